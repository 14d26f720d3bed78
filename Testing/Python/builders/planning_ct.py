"""A small planning CT on disk, with all that its object class asks for, and its stack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from builders.dicom_series import AXIAL, write_series
from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.dicom.stacking import read_stack

ROOT = "1.2.826.0.1.3680043.10.4321"
FRAME, STUDY, SERIES = f"{ROOT}.1", f"{ROOT}.2", f"{ROOT}.3"
_TAGS: dict[str, Any] = {
    "SeriesDate": "20240102",
    "SeriesTime": "101500",
    "ContentDate": "20240102",
    "ContentTime": "101500",
    "AcquisitionNumber": 1,
    "KVP": 120,
    "RescaleType": "HU",
    "StudyDescription": "Planning",
    "StudyID": "77",
    "AccessionNumber": "A1",
    "PatientSex": "F",
}


def planning_ct(
    folder: Path,
    shape: tuple[int, int, int] = (6, 20, 24),
    *,
    spacing: Sequence[float] = (1.171875, 0.9, 2.5),
    origin: ArrayLike = (-120.3, -85.7, -31.25),
    direction: ArrayLike = AXIAL,
    tags: dict[str, Any] | None = None,
    **more: Any,
) -> Stack:
    """Write a CT of air, its slices at uneven decimals, and return its stack."""
    known = {"study_uid": STUDY, "series_uid": SERIES, "frame_uid": FRAME, "patient_name": "Müller^Jörg", **more}
    stored: NDArray[np.int16] = np.zeros(shape, dtype=np.int16)
    write_series(
        folder,
        stored,
        spacing=spacing,
        origin=origin,
        direction=direction,
        intercept=-1024.0,
        tags={**_TAGS, **(tags or {})},
        **known,
    )
    return read_stack(folder)
