"""What a PET series says about its acquisition, as it stands: nothing is converted, nothing is guessed."""

from __future__ import annotations

from datetime import datetime

from pydicom import Dataset

from ..acquisition import PetAcquisition, PetSlice
from .stack import Stack
from .values import date_time, items, number, text, texts

_GE_PET_CREATOR = "GEMS_PETD_01"
_GE_GROUP = 0x0009
_GE_DECAY_ELEMENT = 0x0D


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
        ge_decay_datetime=_ge_decay_datetime(first),
        reconstruction=text(first, "ReconstructionMethod"),
        slices=tuple(_slice(header) for header in stack.headers),
        series_type=texts(first, "SeriesType"),
    )


def _slice(header: Dataset) -> PetSlice:
    acquired = date_time(text(header, "AcquisitionDate"), text(header, "AcquisitionTime"))
    return PetSlice(
        # Some scanners write both in one element instead.
        acquired=acquired or _from_datetime(text(header, "AcquisitionDateTime")),
        frame_reference_ms=number(header, "FrameReferenceTime"),
        frame_duration_ms=number(header, "ActualFrameDuration"),
        slope=number(header, "RescaleSlope"),
        intercept=number(header, "RescaleIntercept"),
    )


def _from_datetime(stamp: str) -> datetime | None:
    digits = stamp.split("+", 1)[0].split("-", 1)[0]
    return date_time(digits[:8], digits[8:])


def _nuclide(tracer: Dataset) -> str:
    for code in items(tracer, "RadionuclideCodeSequence"):
        meaning, value = text(code, "CodeMeaning"), text(code, "CodeValue")
        return f"{meaning} ({value})" if meaning and value else meaning or value
    return ""


def _ge_decay_datetime(header: Dataset) -> str | None:
    """Find GE's stated decay reference, in whichever block of the group its creator has reserved."""
    for block in range(0x10, 0x100):
        if text(header, _GE_GROUP << 16 | block) == _GE_PET_CREATOR:
            return text(header, _GE_GROUP << 16 | block << 8 | _GE_DECAY_ELEMENT) or None
    return None
