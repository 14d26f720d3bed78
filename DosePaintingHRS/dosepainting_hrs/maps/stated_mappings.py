"""Real World Value Mappings and SUV images of other software, compared with our own factor; told, never believed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..acquisition import PetAcquisition, RealWorldMapping
from ..errors import DicomError, InputError
from ..image import Image
from ..working import COMPARISON, Fact
from .body import Norm, Normalisation

AGREE = 0.01
"""Factors that differ by no more than this share agree."""
_UNITS = {
    "{SUVbw}g/ml": Normalisation.BODY_WEIGHT,
    "g/ml{SUVbw}": Normalisation.BODY_WEIGHT,
    "{SUVlbm}g/ml": Normalisation.LBM_MORGAN,
    "g/ml{SUVlbm}": Normalisation.LBM_MORGAN,
    "{SUVlbm(James128)}g/ml": Normalisation.LBM_JAMES128,
    "{SUVlbm(Janma)}g/ml": Normalisation.LBM_JANMAHASATIAN,
    "{SUVbsa}cm2/ml": Normalisation.BODY_SURFACE,
    "cm2/ml{SUVbsa}": Normalisation.BODY_SURFACE,
    "{SUVibw}g/ml": Normalisation.IDEAL_WEIGHT,
    "g/ml{SUVibw}": Normalisation.IDEAL_WEIGHT,
}
_BARE = {"g/ml": Normalisation.BODY_WEIGHT, "cm2/ml": Normalisation.BODY_SURFACE}
"""Units without a kind: compared as the usual one, and said so."""
_BECQUEREL = frozenset(("Bq/ml", "Bq/mL"))
_COUNTING_SHARE = 0.1


def mapping_facts(
    acquisition: PetAcquisition,
    to_suv: NDArray[np.float64],
    to_activity: NDArray[np.float64] | None,
    own: Norm | None,
    norm: Callable[[Normalisation], Norm],
) -> tuple[Fact, ...]:
    """Compare every Real World Value Mapping of a series with our own factors.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values with the mappings, which apply to stored values before any rescaling.
    to_suv : array, (slices,)
        Rescaled value times this is the SUV that is made.
    to_activity : array, (slices,) or None
        Rescaled value times this is Bq/ml; None when the series holds SUV.
    own : Norm or None
        What the SUV that is made is normalised to; None when it is not known.
    norm : callable
        Gives the norm of another kind of SUV.
    """
    slopes = np.array([one.slope for one in acquisition.slices], dtype=np.float64)
    facts = []
    for mapping in acquisition.mappings:
        expected, note = None, ""
        if mapping.unit in _BECQUEREL and to_activity is not None:
            expected = slopes * to_activity
        kind = _UNITS.get(mapping.unit, _BARE.get(mapping.unit))
        if kind is not None and own is not None:
            try:
                expected = slopes * to_suv * norm(kind).grams / own.grams
            except DicomError as error:
                note = error.message
        facts.append(_told(mapping, expected, note))
    return tuple(facts)


def _told(mapping: RealWorldMapping, expected: NDArray[np.float64] | None, note: str) -> Fact:
    subject = f"The Real World Value Mapping in {mapping.where} ({mapping.unit or 'no unit'}{_named(mapping)})"
    stated = np.array([np.nan if one is None else one for one in mapping.slopes])
    if expected is None:
        return Fact(
            kind=COMPARISON, text=f"{subject} could not be compared with our own factor. {note}".rstrip(), tag="(0040,9096)"
        )
    mapped = np.isfinite(stated) & (stated != 0.0)
    if not mapped.any():
        return Fact(kind=COMPARISON, text=f"{subject} maps no slice of this series.", tag="(0040,9096)", warns=True)
    ratios = stated[mapped] / expected[mapped]
    middle, spread = float(np.median(ratios)), float(np.abs(ratios / np.median(ratios) - 1.0).max())
    bare = " It does not say of which kind; body weight, or body surface, was assumed." if mapping.unit in _BARE else ""
    some = "" if mapped.all() else f" It maps {np.count_nonzero(mapped)} of {len(mapped)} slices."
    offset = " Its intercept is not 0." if any(mapping.intercepts) else ""
    agrees = bool(np.abs(ratios - 1.0).max() <= AGREE) and not offset
    if agrees:
        text = f"{subject} agrees with our own factor within {100 * np.abs(ratios - 1.0).max():.2g} %.{bare}{some}"
    else:
        by_slice = f", from slice to slice up to {100 * spread:.2g} % around that" if spread > AGREE else ""
        text = f"{subject} is {middle:.4g} times our own factor{by_slice}{_slip(middle)}; ours was taken.{offset}{bare}{some}"
    return Fact(kind=COMPARISON, text=text, tag="(0040,9096)", value=middle, unit="1", warns=not agrees)


def _named(mapping: RealWorldMapping) -> str:
    return f', "{mapping.quantity}"' if mapping.quantity else ""


def _slip(ratio: float) -> str:
    for power in (1e3, 1e6):
        for factor in (power, 1.0 / power):
            if abs(ratio / factor - 1.0) <= AGREE:
                return f", off by {power:.0f}: a slip between g and kg, or Bq and kBq or MBq"
    return ""


def image_fact(made: Image, stated: Image) -> Fact:
    """Compare an SUV image of other software with ours, voxel by voxel where there is uptake.

    Parameters
    ----------
    made, stated : Image, (z, y, x)
        Ours, and the other one, of one patient on one grid.

    Raises
    ------
    InputError
        If no voxel has uptake in both.
    """
    own, other = made.array.astype(np.float64), stated.array.astype(np.float64)
    finite = np.isfinite(own) & np.isfinite(other)
    top = float(own[finite].max()) if finite.any() else 0.0
    counting = finite & (own >= _COUNTING_SHARE * top) & (own > 0)
    if top <= 0 or not counting.any():
        raise InputError("The SUV image to compare with has no uptake where ours has.", "Check which series it is.")
    ratios = other[counting] / own[counting]
    low, middle, high = (float(one) for one in np.percentile(ratios, (5, 50, 95)))
    agrees = abs(middle - 1.0) <= AGREE and max(abs(low - 1.0), abs(high - 1.0)) <= AGREE
    text = (
        f"The SUV image of other software ({stated.quantity}) is {middle:.4g} times ours (5 to 95 % of {ratios.size} voxels "
        f"above {_COUNTING_SHARE:.0%} of the maximum: {low:.4g} to {high:.4g}){'' if agrees else _slip(middle)}; "
        f"{'they agree' if agrees else 'ours was taken'}."
    )
    return Fact(kind=COMPARISON, text=text, value=middle, unit="1", warns=not agrees)
