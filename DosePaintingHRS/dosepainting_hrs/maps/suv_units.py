"""From what a PET series stores to an activity concentration, or to the SUV that it holds already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..acquisition import PetAcquisition, PetSlice
from ..errors import DicomError
from ..working import CONVENTION, INPUT, STEP, Fact
from .body import SUV_TYPES, Normalisation
from .suv_header import positive

Factors = NDArray[np.float64]
VOXEL_TOLERANCE = 0.01


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """What the rescaled values of a series become by its own units.

    Parameters
    ----------
    factors : array of float64, (slices,)
        Rescaled value times this is Bq/ml, or SUV.
    holds : Normalisation or None
        SUV of this kind; None for an activity concentration.
    facts : tuple of Fact
        How.
    """

    factors: Factors
    holds: Normalisation | None
    facts: tuple[Fact, ...]


def stored_in(acquisition: PetAcquisition, voxel_ml: float | None = None) -> Stored:
    """Find what a series holds, by Units, SUVType and private scale factors.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of a series that `require_quantitative` has let pass.
    voxel_ml : float or None
        Volume of a voxel of its grid, ml, to compare the header's with.

    Raises
    ------
    DicomError
        If a value that the way needs is missing.

    References
    ----------
    Vacha M, Hofheinz F, Braune A, Loeck S, Zwanenburg A (2026), Comprehensive manual for SUV computation and digital
    reference objects for its verification, section on voxel values and their unit; Philips' conformance statements as cited
    there.
    """
    ones = np.ones(len(acquisition.slices))
    slopes = _slopes(acquisition)
    if acquisition.units == "BQML":
        return Stored(factors=ones, holds=None, facts=(_units("BQML", "activity concentration in Bq/ml"), slopes))
    if acquisition.units == "CPS":
        told = (_units("CPS", "counts per second"), slopes)
        factors, facts = _from_rate(acquisition, ones, voxel_ml)
        return Stored(factors=factors, holds=None, facts=(*told, *facts))
    if acquisition.units == "CNTS":
        return _from_counts(acquisition, (_units("CNTS", "counts"), slopes), voxel_ml)
    holds = _kind_held(acquisition)
    unit = "g/ml" if acquisition.units == "GML" else "cm2/ml"
    named = f'SUVType (0054,1006) is "{acquisition.suv_type}"' if acquisition.suv_type else "SUVType (0054,1006) is empty"
    facts = [_units(acquisition.units or "", f"SUV by {holds.value} in {unit}; {named}"), slopes]
    if not acquisition.suv_type:
        text = f"Convention: {named}, so SUV in {unit} was taken as that by {holds.value}."
        facts.append(Fact(kind=CONVENTION, text=text, tag="SUVType (0054,1006)"))
    return Stored(factors=ones, holds=holds, facts=tuple(facts))


def _kind_held(acquisition: PetAcquisition) -> Normalisation:
    surface = acquisition.units == "CM2ML"
    holds = Normalisation.BODY_SURFACE if surface and not acquisition.suv_type else SUV_TYPES.get(acquisition.suv_type)
    if holds is None or (holds is Normalisation.BODY_SURFACE) != surface:
        raise DicomError(
            f'Units (0054,1001) is "{acquisition.units}" and SUVType (0054,1006) is "{acquisition.suv_type}"; no SUV is both.',
            f"SUVType may be {', '.join(one for one in SUV_TYPES if one)}; BSA goes with CM2ML, the others with GML.",
        )
    return holds


def _from_counts(acquisition: PetAcquisition, told: tuple[Fact, ...], voxel_ml: float | None) -> Stored:
    suv = _philips(acquisition, lambda one: one.suv_scale)
    if suv is not None:
        tag = "Philips (7053,1000)"
        text = f"Counts become SUV by body weight by {tag}: x {_spread(suv)}."
        return Stored(
            factors=suv,
            holds=Normalisation.BODY_WEIGHT,
            facts=(*told, Fact(kind=STEP, text=text, tag=tag, factor=float(suv.mean()))),
        )
    activity = _philips(acquisition, lambda one: one.activity_scale)
    if activity is not None:
        tag = "Philips (7053,1009)"
        text = f"Counts become Bq/ml by {tag}: x {_spread(activity)}."
        fact = Fact(kind=STEP, text=text, tag=tag, factor=float(activity.mean()))
        return Stored(factors=activity, holds=None, facts=(*told, fact))
    tag = "ActualFrameDuration (0018,1242)"
    durations = np.array([positive(one.frame_duration_ms, tag, "ms") / 1000.0 for one in acquisition.slices])
    text = f"Counts become counts per second by {tag}: / {_spread(durations)} s."
    factors, facts = _from_rate(acquisition, 1.0 / durations, voxel_ml)
    step = Fact(kind=STEP, text=text, tag=tag, factor=float((1.0 / durations).mean()))
    return Stored(factors=factors, holds=None, facts=(*told, step, *facts))


def _philips(acquisition: PetAcquisition, scale: Callable[[PetSlice], float | None]) -> Factors | None:
    """Return a private factor for every slice; None when none has it, or it is 0: there is no way by it."""
    values = [scale(one) or 0.0 for one in acquisition.slices]
    if not any(values):
        return None
    if not all(value > 0 for value in values):
        lacking = sum(not value > 0 for value in values)
        raise DicomError(
            f"Philips' private scale factor (7053,1000) or (7053,1009) is missing or not above 0 in {lacking} of {len(values)} "
            "slices, but given in the others.",
            "Export the series from the scanner again.",
        )
    return np.array(values)


def _from_rate(acquisition: PetAcquisition, factors: Factors, voxel_ml: float | None) -> tuple[Factors, list[Fact]]:
    facts = []
    if "DCAL" not in acquisition.corrected_image:
        tag = "DoseCalibrationFactor (0054,1322)"
        calibration = positive(acquisition.dose_calibration_factor, tag, "Bq s", "--dose-calibration-factor")
        factors = factors * calibration
        text = f"CorrectedImage lists no DCAL, so the voxels were multiplied by {tag}: x {calibration:g}."
        facts.append(Fact(kind=STEP, text=text, tag=tag, factor=calibration))
    tag = "PixelSpacing (0028,0030) and SliceThickness (0018,0050)"
    volume = positive(acquisition.voxel_ml, tag, "ml")
    text = f"Counts per second become Bq/ml by the volume of a voxel: / {volume:.6g} ml."
    facts.append(Fact(kind=STEP, text=text, tag=tag, factor=1.0 / volume))
    if voxel_ml is not None and abs(voxel_ml / volume - 1.0) > VOXEL_TOLERANCE:
        text = f"By the distance of the slices a voxel has {voxel_ml:.6g} ml, by SliceThickness {volume:.6g} ml, taken."
        facts.append(Fact(kind=INPUT, text=text, tag=tag, value=voxel_ml, unit="ml", warns=True))
    return factors / volume, facts


def _units(units: str, means: str) -> Fact:
    return Fact(kind=INPUT, text=f"Units (0054,1001) is {units}: {means}.", tag="Units (0054,1001)")


def _slopes(acquisition: PetAcquisition) -> Fact:
    slopes = np.array([one.slope for one in acquisition.slices], dtype=np.float64)
    count = len(set(slopes.tolist()))
    how = f"{count} different values over {len(slopes)} slices" if count > 1 else "one for all slices"
    text = f"RescaleSlope (0028,1053) was applied slice by slice: {_spread(slopes)} ({how})."
    return Fact(kind=STEP, text=text, tag="RescaleSlope (0028,1053)", factor=float(slopes.mean()))


def _spread(values: Factors) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
