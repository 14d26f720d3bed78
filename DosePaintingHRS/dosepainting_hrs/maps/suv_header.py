"""Header values that SUV rests on, checked: what is missing, odd or of another kind is refused in words."""

from __future__ import annotations

from ..acquisition import PetAcquisition
from ..errors import DicomError, QuantityError

DOSE_RANGE_BQ = (1e6, 1e10)
"""A dose in this range is in Bq (computation manual of the IBSI SUV reference objects)."""
DOSE_RANGE_MBQ = (1.0, 1e4)
"""A dose in this range was stored in MBq (same manual)."""
GRAMS_ABOVE = 1000.0
"""A weight above this was stored in grams (same manual)."""
_MEND = "Correct the header at its source, or export the series from the scanner again."
_OTHER_UNITS = {
    "GML": "SUV or a variant of it",
    "CM2ML": "SUV normalised to body surface",
    "CNTS": "counts",
    "CPS": "counts per second",
    "PROPCNTS": "something proportional to counts",
    "PROPCPS": "something proportional to counts per second",
}
_OTHER_DECAY_CORRECTIONS = {
    "ADMIN": "the voxels are decay-corrected to the injection",
    "NONE": "the voxels are not decay-corrected",
}


def require_activity_decayed_to_start(acquisition: PetAcquisition) -> None:
    """Refuse a series whose voxels are not attenuation-corrected Bq/ml, decay-corrected to the start of the scan.

    Raises
    ------
    QuantityError
        If Units are not BQML.
    DicomError
        If the decay or attenuation correction, kind of image or rescale intercept is another one, or missing.
    """
    _require_units(acquisition.units)
    _require_slices_of_activity(acquisition)
    _require_corrections(acquisition)


def weight_kg(acquisition: PetAcquisition) -> tuple[float, tuple[str, ...]]:
    """Return the patient's weight, kg, and the convention that was applied to get it.

    Raises
    ------
    DicomError
        If it is missing or not above 0.
    """
    weight = _positive(acquisition.weight_kg, "PatientWeight (0010,1030)", "kg")
    if weight > GRAMS_ABOVE:
        return weight / 1000.0, (f"PatientWeight (0010,1030) is {weight:g}: over {GRAMS_ABOVE:g}, so it was taken as grams.",)
    return weight, ()


def injected_dose_bq(acquisition: PetAcquisition) -> float:
    """Return the injected activity, Bq.

    Raises
    ------
    DicomError
        If it is missing, was stored in MBq, or is no activity that is injected into a person.
    """
    tag = "RadionuclideTotalDose (0018,1074)"
    dose = _positive(acquisition.injected_dose_bq, tag, "Bq")
    low, high = DOSE_RANGE_BQ
    if low <= dose <= high:
        return dose
    if DOSE_RANGE_MBQ[0] <= dose <= DOSE_RANGE_MBQ[1]:
        raise DicomError(
            f"{tag} is {dose:g}, which looks like MBq; this version needs Bq ({low:g} to {high:g}).",
            "Correct the header at its source. Doses stored in MBq are a matter for a later version.",
        )
    raise DicomError(f"{tag} is {dose:g} Bq; a dose from {low:g} to {high:g} Bq is needed.", _MEND)


def half_life_s(acquisition: PetAcquisition) -> float:
    """Return the half-life as the header has it, s.

    Raises
    ------
    DicomError
        If it is missing or not above 0.
    """
    return _positive(acquisition.half_life_s, "RadionuclideHalfLife (0018,1075)", "s")


def _require_units(units: str | None) -> None:
    if units == "BQML":
        return
    if not units:
        raise QuantityError("Units (0054,1001) is missing; SUV needs BQML (Bq/ml).", _MEND)
    means = f" ({_OTHER_UNITS[units]})" if units in _OTHER_UNITS else ""
    raise QuantityError(
        f'Units (0054,1001) is "{units}"{means}; this version makes SUV from BQML (Bq/ml) only.',
        "Use a series in Bq/ml. Other units are a matter for a later version.",
    )


def _require_slices_of_activity(acquisition: PetAcquisition) -> None:
    if "REPROJECTION" in acquisition.series_type:
        raise DicomError(
            "SeriesType (0054,1000) is REPROJECTION; the reconstructed slices (IMAGE) are needed.",
            "Choose the original PET series of the study.",
        )
    kind = "\\".join(acquisition.image_type)
    words = {word for value in acquisition.image_type for word in value.upper().replace("_", " ").split()}
    if words & {"MIP", "REPROJECTION", "PROJECTION", "MPR"}:
        raise DicomError(
            f'ImageType (0008,0008) is "{kind}": a projection or reformatted view; the reconstructed slices are needed.',
            "Choose the original PET series of the study.",
        )
    intercepts = {one.intercept for one in acquisition.slices}
    if None in intercepts:
        raise DicomError("RescaleIntercept (0028,1052) is missing; it must be 0 in a PET series.", _MEND)
    odd = sorted(value for value in intercepts if value)
    if odd:
        raise DicomError(f"RescaleIntercept (0028,1052) is {odd[0]:g}; it must be 0 in a PET series.", _MEND)
    if any(one.slope is None for one in acquisition.slices):
        raise DicomError("RescaleSlope (0028,1053) is missing in a slice; every slice needs its own.", _MEND)


def _require_corrections(acquisition: PetAcquisition) -> None:
    decay = acquisition.decay_correction
    if decay != "START":
        found = f'is "{decay}"' if decay else "is missing"
        means = f" ({_OTHER_DECAY_CORRECTIONS[decay]})" if decay in _OTHER_DECAY_CORRECTIONS else ""
        raise DicomError(
            f"DecayCorrection (0054,1102) {found}{means}; this version needs START (decay-corrected to the start of the scan).",
            "Other decay corrections are a matter for a later version." if decay else _MEND,
        )
    applied = ", ".join(acquisition.corrected_image) or "none"
    for correction, name in (("ATTN", "attenuation"), ("DECY", "decay")):
        if correction not in acquisition.corrected_image:
            raise DicomError(
                f"CorrectedImage (0028,0051) lists no {name} correction ({correction}), but {applied}; SUV needs it.",
                "Choose the corrected series of the study.",
            )


def _positive(value: float | None, tag: str, unit: str) -> float:
    if value is None:
        raise DicomError(f"{tag} is missing; SUV needs it, in {unit}.", _MEND)
    if not value > 0 or value == float("inf"):
        raise DicomError(f"{tag} is {value:g} {unit}; SUV needs a value above 0.", _MEND)
    return value
