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
UNITS = ("BQML", "GML", "CM2ML", "CNTS", "CPS")
"""Units (0054,1001) that SUV can be made from."""
_AGAIN = "Correct the header at its source, or export the series from the scanner again."
_WITHOUT_A_WAY = {
    "PROPCNTS": "something proportional to counts",
    "PROPCPS": "something proportional to counts per second",
    "1CM": "attenuation",
}


def require_quantitative(acquisition: PetAcquisition) -> None:
    """Refuse a series that is no attenuation-corrected volume whose values have a known meaning.

    Raises
    ------
    QuantityError
        If Units are missing, or none that SUV can be made from.
    DicomError
        If its slices differ in what belongs to the whole series, the series is a projection, its rescaling is odd, or it
        is not attenuation-corrected.
    """
    _require_one_value(acquisition)
    _require_units(acquisition.units)
    _require_slices(acquisition)
    if "ATTN" not in acquisition.corrected_image:
        raise DicomError(
            f"CorrectedImage (0028,0051) lists no attenuation correction (ATTN), but {_listed(acquisition)}; SUV needs it.",
            "Choose the corrected series of the study; if it is corrected, say so with --attenuation-corrected true.",
        )


def decay_correction(acquisition: PetAcquisition) -> str:
    """Return START, ADMIN or NONE.

    Raises
    ------
    DicomError
        If DecayCorrection is missing or another one, or contradicts CorrectedImage.
    """
    stated, tag = acquisition.decay_correction, "DecayCorrection (0054,1102)"
    if stated not in ("START", "ADMIN", "NONE"):
        found = f'is "{stated}"' if stated else "is missing"
        raise DicomError(
            f"{tag} {found}; SUV needs START (the scan's start), ADMIN (the injection) or NONE.",
            "Give it with --decay-correction, if the scanner's documentation says which one it is.",
        )
    listed = "DECY" in acquisition.corrected_image
    if listed == (stated == "NONE"):
        says = "decay correction (DECY)" if listed else f"no decay correction (DECY), but {_listed(acquisition)}"
        raise DicomError(
            f'{tag} is "{stated}", and CorrectedImage (0028,0051) lists {says}: the two contradict each other.',
            "Find out which one holds, and correct the header at its source or choose another series of the study.",
        )
    return stated


def weight_kg(acquisition: PetAcquisition) -> tuple[float, tuple[str, ...]]:
    """Return the patient's weight, kg, and the convention that was applied to get it.

    Raises
    ------
    DicomError
        If it is missing or not above 0.
    """
    weight = positive(acquisition.weight_kg, "PatientWeight (0010,1030)", "kg", "--weight")
    if weight > GRAMS_ABOVE:
        return weight / 1000.0, (f"PatientWeight (0010,1030) is {weight:g}: over {GRAMS_ABOVE:g}, so it was taken as grams.",)
    return weight, ()


def height_cm(acquisition: PetAcquisition) -> float | None:
    """Return the patient's height, cm; None when it is missing or 0.

    Raises
    ------
    DicomError
        If it is no height of a person in metres.
    """
    height = acquisition.height_m
    if not height:
        return None
    if not 0.2 <= height <= 2.6:
        raise DicomError(
            f"PatientSize (0010,1020) is {height:g} m, which no patient has; SUV needs the height in metres.",
            "Give it with --height, in cm, with a name and a reason.",
        )
    return 100.0 * height


def injected_dose_bq(acquisition: PetAcquisition) -> tuple[float, tuple[str, ...]]:
    """Return the injected activity, Bq, and the convention that was applied to get it.

    Raises
    ------
    DicomError
        If it is missing, or is no activity that is injected into a person.
    """
    tag = "RadionuclideTotalDose (0018,1074)"
    dose = positive(acquisition.injected_dose_bq, tag, "Bq", "--injected-dose (in MBq)")
    low, high = DOSE_RANGE_BQ
    if low <= dose <= high:
        return dose, ()
    if DOSE_RANGE_MBQ[0] <= dose <= DOSE_RANGE_MBQ[1]:
        least, most = DOSE_RANGE_MBQ
        return dose * 1e6, (f"{tag} is {dose:g}: from {least:g} to {most:g}, so it was taken as MBq.",)
    raise DicomError(
        f"{tag} is {dose:g} Bq; a dose from {low:g} to {high:g} Bq, or from 1 to 10000 MBq, is needed.",
        "Give it with --injected-dose, in MBq, with a name and a reason.",
    )


def positive(value: float | None, tag: str, unit: str, option: str = "") -> float:
    """Return a header value that is there and above 0.

    Raises
    ------
    DicomError
        If it is not; the hint names the option that supplies it.
    """
    mend = f"Give it with {option}, or correct the header at its source." if option else _AGAIN
    if value is None:
        raise DicomError(f"{tag} is missing; SUV needs it, in {unit}.", mend)
    if not value > 0 or value == float("inf"):
        raise DicomError(f"{tag} is {value:g} {unit}; SUV needs a value above 0.", mend)
    return value


def _listed(acquisition: PetAcquisition) -> str:
    return ", ".join(acquisition.corrected_image) or "nothing"


def _require_units(units: str | None) -> None:
    if units in UNITS:
        return
    can = ", ".join(UNITS)
    if not units:
        raise QuantityError(
            f"Units (0054,1001) is missing; SUV can be made from {can}.",
            "Give it with --units, if the scanner's documentation says what the voxels hold.",
        )
    means = f" ({_WITHOUT_A_WAY[units]})" if units in _WITHOUT_A_WAY else ""
    raise QuantityError(
        f'Units (0054,1001) is "{units}"{means}, from which there is no way to SUV; it can be made from {can}.',
        "Choose another series of the study.",
    )


def _require_one_value(acquisition: PetAcquisition) -> None:
    for one in acquisition.differing:
        raise DicomError(
            f"{one.tag} differs between slices of the series: {' and '.join(one.values[:3])}; SUV needs one value for all.",
            "Two acquisitions may be mixed: find out which slices belong together, and export them as series of their own.",
        )


def _require_slices(acquisition: PetAcquisition) -> None:
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
        raise DicomError("RescaleIntercept (0028,1052) is missing; it must be 0 in a PET series.", _AGAIN)
    odd = sorted(value for value in intercepts if value)
    if odd:
        raise DicomError(f"RescaleIntercept (0028,1052) is {odd[0]:g}; it must be 0 in a PET series.", _AGAIN)
    if any(one.slope is None for one in acquisition.slices):
        raise DicomError("RescaleSlope (0028,1053) is missing in a slice; every slice needs its own.", _AGAIN)
