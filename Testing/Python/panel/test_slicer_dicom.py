"""Volumes that Slicer's own DICOM module loaded know their files only; the panel reads whose they are from these."""

from pathlib import Path
from typing import Any

import pytest
import slicer

from builders.panel_clicks import Person
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.phantom.truth import PatientTruth
from dosepainting_hrs_mrml import volumes
from dosepainting_hrs_mrml.attributes import fields_of


class Database:
    """The application's DICOM database, as far as the panel asks it."""

    def __init__(self, files: dict[str, Path]) -> None:
        self.files = files

    def fileForInstance(self, uid: str) -> str:  # noqa: N802
        return str(self.files.get(uid, ""))


def as_slicer_loads(folder: Path, series: str, files: dict[str, Path]) -> Any:
    """Add a series to the scene with the one attribute that Slicer's own reader gives it."""
    stack = read_stack(folder, series)
    node = volumes.add_volume(slicer.mrmlScene, load_image(stack), "3: PET")
    for name in fields_of(node):
        node.RemoveAttribute(name)
    node.SetAttribute("DICOM.instanceUIDs", " ".join(stack.sop_instance_uids))
    files.update(zip(stack.sop_instance_uids, stack.files, strict=True))
    return node


def test_identity_comes_from_the_files_that_the_database_knows(
    ready: Person, patient: PatientTruth, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, Path] = {}
    node = as_slicer_loads(patient.folder / patient.pet, patient.pet_series, files)
    access = ready.panel.scene_access
    assert access.identity(node).patient_id == ""

    monkeypatch.setattr(slicer, "dicomDatabase", Database(files), raising=False)
    access.forget()
    identity = access.identity(node)
    assert identity.is_known
    assert (identity.patient_id, identity.frame_of_reference) == (patient.patient_id, patient.frame_of_reference)
    assert access.address_of(node) == f"{(patient.folder / patient.pet)}#{patient.pet_series}"
