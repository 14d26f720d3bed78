"""The synthetic patient as sample data: made on this machine, loaded as any other patient."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Literal

from dosepainting_hrs.progress import silent

from . import dependencies
from .scene_access import SceneAccess


def load_synthetic_patient(scene, temporary: str, size: Literal["full", "small"] = "small") -> list[Any]:
    """Write the synthetic patient into a temporary folder and load its CT and PET.

    Returns
    -------
    list of vtkMRMLScalarVolumeNode
        Planning CT and PET.
    """
    dependencies.ensure()
    from dosepainting_hrs.phantom.patient import write_patient

    truth = write_patient(Path(tempfile.mkdtemp(prefix="synthetic-", dir=temporary)) / "patient", size=size)
    access = SceneAccess(scene)
    series = ((truth.ct, truth.ct_series), (truth.pet, truth.pet_series))
    return [access.load_series(truth.folder / folder, uid, silent) for folder, uid in series]
