"""Small PET series like the IBSI SUV reference objects, written from the manual's description of each.

Every one has background 1.00, a hot voxel 4.00 and a cold one 0.20 in each of four slices (two beds of two). How the values
are stored follows from the definition of each unit, by hand here and not from the library: 70 kg, 1.75 m, 368.08 MBq of F-18,
injected at 10:00, decay-corrected to 11:00.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataelem import DataElement

from .dicom_series import write_series

WEIGHT_KG, DOSE_BQ, HALF_LIFE_S = 70.0, 368.08e6, 6586.2
LAMBDA = math.log(2) / HALF_LIFE_S
BQ_PER_SUV = DOSE_BQ * 2 ** (-3600.0 / HALF_LIFE_S) / (1000.0 * WEIGHT_KG)
"""Bq/ml that are SUV 1 an hour after the injection: 3600."""
SLICES = 4


def _uncorrected(minutes: float) -> float:
    """Bq/ml that are SUV 1 as the mean over a frame of 603 s that begins so many minutes after the injection."""
    decays = LAMBDA * 603.0
    left = DOSE_BQ * math.exp(-LAMBDA * 60.0 * minutes) * (1.0 - math.exp(-decays)) / decays
    return left / (1000.0 * WEIGHT_KG)


@dataclass(frozen=True)
class ReferenceObject:
    """One object: what the manual says is special about it, and the rescaled value that SUV 1 has in each slice."""

    about: str
    per_suv: Sequence[float] = (BQ_PER_SUV,) * SLICES
    slope: Sequence[float] = (1.0,) * SLICES
    tags: dict[str, Any] = field(default_factory=dict)
    tracer: dict[str, Any] = field(default_factory=dict)
    by_slice: dict[str, Sequence[Any]] = field(default_factory=dict)
    private: dict[int, tuple[str, str]] = field(default_factory=dict)


BEDS = {"ActualFrameDuration": 603_000, "SeriesType": ["WHOLE BODY", "IMAGE"]}
_BSA_CM2 = 1e4 * 0.007184 * 175.0**0.725 * 70.0**0.425
OBJECTS = {
    "1_0": ReferenceObject("several rescale slopes", slope=(3.0, 4.0, 3.0, 4.0)),
    "2_1": ReferenceObject(
        "GML, lean body mass James 128, male: 1.10 x 70 - 128 x (70/175)^2 = 56.52 kg",
        (56.52 / 70.0,) * SLICES,
        (0.001,) * SLICES,
        {"Units": "GML", "SUVType": "LBMJAMES128", "PatientSex": "M"},
    ),
    "2_2": ReferenceObject(
        "GML, ideal body weight, sex other: mean of 72.38 and 66.43 kg",
        (69.405 / 70.0,) * SLICES,
        (0.002,) * SLICES,
        {"Units": "GML", "SUVType": "IBW", "PatientSex": "O"},
    ),
    "2_3": ReferenceObject(
        "CM2ML, body surface (Du Bois)",
        (_BSA_CM2 / 70_000.0,) * SLICES,
        (0.001,) * SLICES,
        {"Units": "CM2ML", "SUVType": "BSA"},
    ),
    "2_4": ReferenceObject(
        "CNTS, Philips SUV scale factor 0.0005",
        (2000.0,) * SLICES,
        tags={"Units": "CNTS", "Manufacturer": "Philips Medical Systems"},
        private={0x70531000: ("DS", "0.0005")},
    ),
    "2_5": ReferenceObject(
        "CNTS, Philips activity concentration scale factor 0.5",
        (2.0 * BQ_PER_SUV,) * SLICES,
        tags={"Units": "CNTS", "Manufacturer": "Philips Medical Systems"},
        private={0x70531009: ("DS", "0.5")},
    ),
    "3_0": ReferenceObject("dose in MBq", tracer={"RadionuclideTotalDose": 368.08}),
    "3_2": ReferenceObject(
        "series time after the acquisition, two beds whose frame reference times lead back to 11:00",
        tags={**BEDS, "SeriesTime": "113000"},
        by_slice={
            "AcquisitionTime": ("110230", "110230", "110500", "110500"),
            "FrameReferenceTime": (450_000, 450_000, 600_000, 600_000),
        },
    ),
    "3_3": ReferenceObject(
        "GE private decay correction date-time 11:00, acquired at 11:30",
        tags={"Manufacturer": "GE MEDICAL SYSTEMS", "AcquisitionTime": "113000"},
        private={0x0009100D: ("LO", "20250101110000.000000")},
    ),
    "3_4": ReferenceObject(
        "not decay-corrected, two beds",
        (_uncorrected(60.0), _uncorrected(60.0), _uncorrected(65.0), _uncorrected(65.0)),
        (0.5,) * SLICES,
        {**BEDS, "DecayCorrection": "NONE", "CorrectedImage": ["NORM", "DTIM", "ATTN", "SCAT", "RAN"]},
        by_slice={"AcquisitionTime": ("110000", "110000", "110500", "110500")},
    ),
    "4_0": ReferenceObject("start date-time only", tracer={"RadiopharmaceuticalStartTime": None}),
    "4_2": ReferenceObject(
        "over midnight, start time only",
        tags={"SeriesDate": "20250102", "AcquisitionDate": "20250102", "SeriesTime": "003000", "AcquisitionTime": "003000"},
        tracer={"RadiopharmaceuticalStartTime": "233000", "RadiopharmaceuticalStartDateTime": None},
    ),
}
_BASE = {
    "SeriesDate": "20250101",
    "AcquisitionDate": "20250101",
    "SeriesTime": "110000",
    "AcquisitionTime": "110000",
    "FrameReferenceTime": 150_000.0,
    "ActualFrameDuration": 300_000,
    "PatientWeight": WEIGHT_KG,
    "PatientSize": 1.75,
    "PatientSex": "O",
}
_TRACER = {
    "RadionuclideTotalDose": DOSE_BQ,
    "RadionuclideHalfLife": HALF_LIFE_S,
    "RadiopharmaceuticalStartTime": "100000",
    "RadiopharmaceuticalStartDateTime": "20250101100000",
}


def write_reference_object(folder: Path, name: str, change: Callable[[int, Dataset], None] | None = None) -> None:
    """Write one of `OBJECTS` as a DICOM series; `change` may spoil it, slice by slice."""
    wanted = OBJECTS[name]
    suv = np.ones((SLICES, 6, 6))
    suv[:, 1, 2], suv[:, 4, 3] = 4.0, 0.2
    scale = np.array(wanted.per_suv) / np.array(wanted.slope)
    stored = np.rint(suv * scale[:, None, None]).astype(np.int16)

    def finish(number: int, ds: Dataset) -> None:
        tracer = ds.RadiopharmaceuticalInformationSequence[0]
        for keyword, value in {**_TRACER, **wanted.tracer}.items():
            if value is None:
                tracer.pop(keyword, None)
            else:
                setattr(tracer, keyword, value)
        for keyword, values in wanted.by_slice.items():
            setattr(ds, keyword, values[number])
        for tag, (vr, value) in wanted.private.items():
            ds.add(DataElement(tag, vr, value))
        if change is not None:
            change(number, ds)

    write_series(
        folder,
        stored,
        modality="PT",
        spacing=(4.0, 4.0, 4.0),
        slope=list(wanted.slope),
        tags={**_BASE, **wanted.tags},
        change=finish,
    )
