"""What uptake is normalised to: weight, lean body mass, body surface, ideal weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..errors import DicomError
from ..quantities import SUV_BSA, SUV_BW, SUV_IBW, SUV_LBM, SUV_LBM_JAMES128, SUV_LBM_JANMA, Quantity

MALE, FEMALE, OTHER = "M", "F", "O"


class Normalisation(Enum):
    """What the injected activity is thought to be spread over."""

    BODY_WEIGHT = "body weight"
    LBM_JANMAHASATIAN = "lean body mass (Janmahasatian)"
    LBM_JAMES128 = "lean body mass (James 128)"
    LBM_MORGAN = "lean body mass (Morgan)"
    BODY_SURFACE = "body surface area"
    IDEAL_WEIGHT = "ideal body weight"


QUANTITIES: dict[Normalisation, Quantity] = {
    Normalisation.BODY_WEIGHT: SUV_BW,
    Normalisation.LBM_JANMAHASATIAN: SUV_LBM_JANMA,
    Normalisation.LBM_JAMES128: SUV_LBM_JAMES128,
    Normalisation.LBM_MORGAN: SUV_LBM,
    Normalisation.BODY_SURFACE: SUV_BSA,
    Normalisation.IDEAL_WEIGHT: SUV_IBW,
}
SUV_TYPES = {
    "": Normalisation.BODY_WEIGHT,
    "BW": Normalisation.BODY_WEIGHT,
    "LBM": Normalisation.LBM_MORGAN,
    "LBMJAMES128": Normalisation.LBM_JAMES128,
    "LBMJANMA": Normalisation.LBM_JANMAHASATIAN,
    "BSA": Normalisation.BODY_SURFACE,
    "IBW": Normalisation.IDEAL_WEIGHT,
}
"""SUVType (0054,1006) as DICOM PS3.3 C.8.9.1 defines it."""
_ByBuild = Callable[[float, float], float]


@dataclass(frozen=True, kw_only=True)
class Norm:
    """What a patient's uptake is normalised to.

    Parameters
    ----------
    kind : Normalisation
        What it is.
    grams : float
        SUV = activity concentration (Bq/ml) x `grams` / activity (Bq); cm2 instead of g for body surface area.
    text : str
        The value with its unit, as people say it.
    is_mean_of_sexes : bool
        Whether PatientSex O made it the mean of men's and women's value.
    """

    kind: Normalisation
    grams: float
    text: str
    is_mean_of_sexes: bool = False


def norm_of(kind: Normalisation, weight_kg: float, height_cm: float | None, sex: str | None) -> Norm:
    """Return what uptake is normalised to.

    Parameters
    ----------
    kind : Normalisation
        What is asked for.
    weight_kg, height_cm : float
        The patient's; the height is not needed for body weight.
    sex : str or None
        ``"M"``, ``"F"`` or ``"O"``; not needed for body weight and body surface area.

    Raises
    ------
    DicomError
        If height or sex is needed and missing, or the formula gives nothing above 0.

    Notes
    -----
    W in kg, H in cm, BMI = W / (H / 100)^2. Morgan: men 1.10 W - 120 (W/H)^2, women 1.07 W - 148 (W/H)^2; James 128: men
    1.10 W - 128 (W/H)^2, women as before; Janmahasatian: men 9270 W / (6680 + 216 BMI), women 9270 W / (8780 + 244 BMI);
    ideal weight: men 48.0 + 1.06 (H - 152), women 45.5 + 0.91 (H - 152); body surface (Du Bois): 0.007184 W^0.425 H^0.725
    m2. Sex O: the mean of both.

    References
    ----------
    Vacha M, Hofheinz F, Braune A, Loeck S, Zwanenburg A (2026), Comprehensive manual for SUV computation and digital
    reference objects for its verification, section on voxel values and their unit.
    """
    if kind is Normalisation.BODY_WEIGHT:
        return Norm(kind=kind, grams=1000.0 * weight_kg, text=f"{weight_kg:g} kg body weight")
    height = _needed(height_cm, "PatientSize (0010,1020)", kind, "--height")
    if kind is Normalisation.BODY_SURFACE:
        area = 0.007184 * weight_kg**0.425 * height**0.725
        return Norm(kind=kind, grams=1e4 * area, text=f"{area:.4g} m2 body surface")
    known = _needed(sex if sex in (MALE, FEMALE, OTHER) else None, "PatientSex (0010,0040)", kind, "--sex")
    both = {one: formula(weight_kg, height) for one, formula in _MASSES[kind].items()}
    mass = sum(both.values()) / 2.0 if known == OTHER else both[known]
    if not mass > 0:
        raise DicomError(
            f"The {kind.value} of {weight_kg:g} kg and {height:g} cm is {mass:.4g} kg by its formula, which no patient has.",
            "Check weight and height, or normalise to something else.",
        )
    return Norm(kind=kind, grams=1000.0 * mass, text=f"{mass:.4g} kg {kind.value}", is_mean_of_sexes=known == OTHER)


def _needed(value: float | str | None, tag: str, kind: Normalisation, option: str) -> Any:
    if value is None:
        raise DicomError(
            f"{tag} is missing or has no value that is known; SUV by {kind.value} needs it.", f"Give it with {option}."
        )
    return value


def _bmi(weight: float, height: float) -> float:
    return weight / (height / 100.0) ** 2


def _lean_woman(weight: float, height: float) -> float:
    return 1.07 * weight - 148.0 * (weight / height) ** 2


_MASSES: dict[Normalisation, dict[str, _ByBuild]] = {
    Normalisation.LBM_MORGAN: {MALE: lambda w, h: 1.10 * w - 120.0 * (w / h) ** 2, FEMALE: _lean_woman},
    Normalisation.LBM_JAMES128: {MALE: lambda w, h: 1.10 * w - 128.0 * (w / h) ** 2, FEMALE: _lean_woman},
    Normalisation.LBM_JANMAHASATIAN: {
        MALE: lambda w, h: 9270.0 * w / (6680.0 + 216.0 * _bmi(w, h)),
        FEMALE: lambda w, h: 9270.0 * w / (8780.0 + 244.0 * _bmi(w, h)),
    },
    Normalisation.IDEAL_WEIGHT: {
        MALE: lambda w, h: 48.0 + 1.06 * (h - 152.0),
        FEMALE: lambda w, h: 45.5 + 0.91 * (h - 152.0),
    },
}
