"""What a PET series says about its acquisition, as it stands: nothing is converted, nothing is guessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydicom import Dataset

from ..acquisition import PetAcquisition, PetSlice
from .pet_agreement import differing_values
from .pet_private import (
    GE_DECAY,
    GE_INJECTION,
    PHILIPS_ACTIVITY,
    PHILIPS_SUV,
    PrivateElement,
    find,
    private_number,
    private_text,
    without_creator,
)
from .real_world import mappings_of
from .stack import Stack
from .values import date_time, items, number, numbers, text, texts

_REPORTED = (
    "Manufacturer",
    "ManufacturerModelName",
    "SoftwareVersions",
    "ReconstructionMethod",
    "ConvolutionKernel",
    "AttenuationCorrectionMethod",
    "ScatterCorrectionMethod",
    "RandomsCorrectionMethod",
    "CorrectedImage",
    "SeriesDescription",
    "ProtocolName",
)
"""What may tell about scanner, reconstruction and protocol, none of which changes a voxel here."""


def pet_acquisition(stack: Stack) -> PetAcquisition:
    """Return the header values that quantification of a PET series rests on.

    Parameters
    ----------
    stack : Stack
        A PET series.

    Returns
    -------
    PetAcquisition
        A tag that is missing, empty or malformed gives None (or an empty text where the field is a plain text).
        Dose, weight and half-life are as the header has them, whatever their unit may be in truth.
    """
    first = stack.first
    tracers = items(first, "RadiopharmaceuticalInformationSequence")
    tracer = tracers[0] if tracers else Dataset()
    return PetAcquisition(
        units=text(first, "Units") or None,
        decay_correction=text(first, "DecayCorrection") or None,
        corrected_image=texts(first, "CorrectedImage"),
        image_type=texts(first, "ImageType"),
        series_start=date_time(text(first, "SeriesDate"), text(first, "SeriesTime")),
        weight_kg=number(first, "PatientWeight"),
        height_m=number(first, "PatientSize"),
        sex=text(first, "PatientSex") or None,
        injected_dose_bq=number(tracer, "RadionuclideTotalDose"),
        half_life_s=number(tracer, "RadionuclideHalfLife"),
        nuclide=_nuclide(tracer),
        tracer=text(tracer, "Radiopharmaceutical"),
        injection_time=text(tracer, "RadiopharmaceuticalStartTime") or None,
        injection_datetime=text(tracer, "RadiopharmaceuticalStartDateTime") or None,
        ge_decay_datetime=private_text(first, GE_DECAY),
        reconstruction=text(first, "ReconstructionMethod"),
        slices=_slices(stack.headers),
        series_type=texts(first, "SeriesType"),
        suv_type=text(first, "SUVType"),
        tracers=len(tracers),
        dose_calibration_factor=number(first, "DoseCalibrationFactor"),
        voxel_ml=_voxel_ml(first),
        ge_injection_datetime=private_text(first, GE_INJECTION),
        private_remarks=without_creator(first),
        reported=_reported(first),
        mappings=mappings_of(stack.headers, stack.mappings),
        differing=differing_values(stack.headers),
    )


def _slices(headers: Sequence[Dataset]) -> tuple[PetSlice, ...]:
    philips = [one if find(headers[0], one) else None for one in (PHILIPS_SUV, PHILIPS_ACTIVITY)]
    return tuple(_slice(header, *philips) for header in headers)


def _slice(header: Dataset, suv: PrivateElement | None, activity: PrivateElement | None) -> PetSlice:
    acquired = date_time(text(header, "AcquisitionDate"), text(header, "AcquisitionTime"))
    return PetSlice(
        # Some scanners write both in one element instead.
        acquired=acquired or _from_datetime(text(header, "AcquisitionDateTime")),
        frame_reference_ms=number(header, "FrameReferenceTime"),
        frame_duration_ms=number(header, "ActualFrameDuration"),
        slope=number(header, "RescaleSlope"),
        intercept=number(header, "RescaleIntercept"),
        decay_factor=number(header, "DecayFactor"),
        suv_scale=private_number(header, suv) if suv else None,
        activity_scale=private_number(header, activity) if activity else None,
    )


def _voxel_ml(header: Dataset) -> float | None:
    spacing, thickness = numbers(header, "PixelSpacing"), number(header, "SliceThickness")
    return spacing[0] * spacing[1] * thickness / 1000.0 if len(spacing) == 2 and thickness else None


def _reported(header: Dataset) -> tuple[tuple[str, str], ...]:
    found = ((keyword, text(header, keyword)) for keyword in _REPORTED)
    return tuple((keyword, value) for keyword, value in found if value)


def _from_datetime(stamp: str) -> datetime | None:
    digits = stamp.split("+", 1)[0].split("-", 1)[0]
    return date_time(digits[:8], digits[8:])


def _nuclide(tracer: Dataset) -> str:
    for code in items(tracer, "RadionuclideCodeSequence"):
        meaning, value = text(code, "CodeMeaning"), text(code, "CodeValue")
        return f"{meaning} ({value})" if meaning and value else meaning or value
    return ""
