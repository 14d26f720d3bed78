"""Standardised uptake value by body weight, from a PET in Bq/ml that is decay-corrected to the start of the scan."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from ..acquisition import PetAcquisition
from ..errors import DicomError, InputError, QuantityError
from ..image import Image
from ..parameters import Parameters
from ..progress import Progress, each, part, silent
from ..quantities import ACTIVITY_CONCENTRATION, SUV_BW
from ..registry import Map, register_map
from .decay_reference import ReferenceTime, injection_of, reference_times, taken_from
from .nuclides import checked_half_life
from .suv_header import half_life_s, injected_dose_bq, require_activity_decayed_to_start, weight_kg

MAXIMUM_ACTIVITY_PERCENT = 110.0
"""More of the injected activity than this cannot be in the field of view; above it the header is wrong."""


@dataclass(frozen=True, kw_only=True)
class SuvParameters(Parameters):
    """There is nothing to choose: whatever the header leaves open is refused."""


@dataclass(frozen=True, kw_only=True)
class SuvFactor:
    """How the factor from Bq/ml to SUVbw came about.

    Parameters
    ----------
    factor : float
        SUVbw (g/ml) per Bq/ml.
    weight_kg : float
        Patient's weight, kg.
    injected_dose_bq : float
        Activity at injection, Bq.
    half_life_s : float
        Half-life as the header has it, s.
    nuclide : str
        Nuclide whose table value the half-life agrees with.
    table_half_life_s : float
        That table value, s.
    injected : datetime
        When the tracer was injected.
    injected_source : str
        Tag that says so.
    reference_time : datetime
        Moment to which the voxels are decay-corrected.
    reference_source : str
        Tag or computation that says so.
    reference_times : tuple of ReferenceTime
        All moments that the tags give, with their difference in per cent of SUV.
    decayed_dose_bq : float
        Injected activity that is left at the reference time, Bq.
    conventions : tuple of str
        Conventions of the fixed list that were applied.
    activity_percent : float or None
        Activity in the field of view over the decayed dose, per cent; None when no image was given.
    """

    factor: float
    weight_kg: float
    injected_dose_bq: float
    half_life_s: float
    nuclide: str
    table_half_life_s: float
    injected: datetime
    injected_source: str
    reference_time: datetime
    reference_source: str
    reference_times: tuple[ReferenceTime, ...]
    decayed_dose_bq: float
    conventions: tuple[str, ...]
    activity_percent: float | None = None

    @property
    def elapsed_s(self) -> float:
        """Time from injection to the reference time, s."""
        return (self.reference_time - self.injected).total_seconds()

    def sentences(self) -> tuple[str, ...]:
        """Say how the factor came about, one fact per sentence."""
        formula = (
            f"SUVbw = activity concentration (Bq/ml) x 1000 x {self.weight_kg:g} kg / {self.decayed_dose_bq / 1e6:.4g} MBq "
            f"= activity concentration x {self.factor:.6g}."
        )
        injection = f"Injected: {self.injected_dose_bq / 1e6:.4g} MBq at {self.injected:%H:%M:%S} ({self.injected_source})."
        decay = (
            f"Decay: {self.elapsed_s:.1f} s ({self.elapsed_s / 60:.0f} min of uptake) "
            f"to the reference time {self.reference_time:%H:%M:%S} ({self.reference_source}) "
            f"with half-life {self.half_life_s:g} s; {self.nuclide} has {self.table_half_life_s:g} s."
        )
        told = [formula, injection, decay]
        agreeing = [one.source for one in self.reference_times if one.agrees_with(self.reference_time)]
        told.append(f"Reference time {self.reference_time:%H:%M:%S} by {'; '.join(agreeing)}.")
        others = [one for one in self.reference_times if one.given and not one.agrees_with(self.reference_time)]
        told += [f"Reference time by {one}." for one in others]
        told += [f"Convention: {one}" for one in self.conventions]
        if self.activity_percent is not None:
            told.append(
                f"Check: {self.activity_percent:.1f} % of the activity left from the injection is in the field of view "
                f"(over {MAXIMUM_ACTIVITY_PERCENT:g} % is refused)."
            )
        return tuple(told)


def suv_factor(acquisition: PetAcquisition, image: Image | None = None) -> SuvFactor:
    """Find the factor from Bq/ml to SUVbw, or refuse in words.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of the series.
    image : Image, (z, y, x), Bq/ml, optional
        Its voxels, for the check that no more activity is seen than was injected.

    Returns
    -------
    SuvFactor
        The factor and how it came about.

    Raises
    ------
    QuantityError
        If Units are not BQML.
    DicomError
        If a header value is missing, contradicts another, or is of a kind that this version does not handle.

    Notes
    -----
    factor = 1000 W / D(t_ref), D(t_ref) = D exp(-ln 2 (t_ref - t_injection) / half-life); W in kg, D in Bq.
    """
    require_activity_decayed_to_start(acquisition)
    weight, conventions = weight_kg(acquisition)
    dose = injected_dose_bq(acquisition)
    half_life = half_life_s(acquisition)
    nuclide = checked_half_life(half_life, acquisition.nuclide)
    if not acquisition.nuclide:
        told = f"RadionuclideCodeSequence (0054,0300) names no nuclide; the half-life is that of {nuclide.name}."
        conventions = (*conventions, told)
    decay_constant = math.log(2.0) / half_life
    listed = reference_times(acquisition, decay_constant)
    reference_time, reference_source = taken_from(listed)
    injection = injection_of(acquisition, reference_time)
    decayed = dose * math.exp(-decay_constant * (reference_time - injection.time).total_seconds())
    factor = SuvFactor(
        factor=1000.0 * weight / decayed,
        weight_kg=weight,
        injected_dose_bq=dose,
        half_life_s=half_life,
        nuclide=nuclide.name,
        table_half_life_s=nuclide.half_life_s,
        injected=injection.time,
        injected_source=injection.source,
        reference_time=reference_time,
        reference_source=reference_source,
        reference_times=listed,
        decayed_dose_bq=decayed,
        conventions=(*conventions, *injection.conventions),
    )
    return factor if image is None else _with_activity_check(factor, image)


def _with_activity_check(factor: SuvFactor, image: Image, progress: Progress = silent) -> SuvFactor:
    slices = each(image.array, progress, "Adding up the activity")
    total = sum(float(np.nansum(one, dtype=np.float64)) for one in slices) * image.geometry.voxel_volume_ml
    percent = 100.0 * total / factor.decayed_dose_bq
    if not percent <= MAXIMUM_ACTIVITY_PERCENT:
        raise DicomError(
            f"The image holds {total / 1e6:.4g} MBq, {percent:.4g} % of the {factor.decayed_dose_bq / 1e6:.4g} MBq left of the "
            f"injection; at most {MAXIMUM_ACTIVITY_PERCENT:g} % is possible.",
            "The dose, its unit, a time or the rescaling must be wrong: check RadionuclideTotalDose (0018,1074), the times and "
            "RescaleSlope (0028,1053).",
        )
    return replace(factor, activity_percent=percent)


@register_map("suv", schema=1)
class Suv(Map):
    """Standardised uptake value normalised to body weight (SUVbw).

    Takes a PET series in Bq/ml (Units BQML) whose voxels are decay-corrected to the start of the scan (DecayCorrection
    START). Everything that the header leaves open is refused in words, never guessed.

    Parameters
    ----------
    image : Image, (z, y, x), Bq/ml
        PET with the header values of its series.

    Returns
    -------
    Image, (z, y, x), g/ml, float32

    Raises
    ------
    QuantityError
        If the image does not hold an activity concentration.
    InputError
        If the image comes without the header of its series.
    DicomError
        If the header lacks or contradicts what SUV needs.

    Notes
    -----
    SUVbw = C 1000 W / (D exp(-ln 2 (t_ref - t_injection) / half-life)); C in Bq/ml, W in kg, D in Bq. The reference time is
    the first of: GE's stated one, the one computed back from FrameReferenceTime, the series', the earliest acquisition.

    References
    ----------
    Vacha M, Hofheinz F, Braune A, Loeck S, Zwanenburg A (2026), Comprehensive manual for SUV computation and digital
    reference objects for its verification, https://github.com/oncoray/suv_computation.
    Zasadny KR, Wahl RL (1993), Standardized uptake values of normal tissues at PET with 2-[fluorine-18]-fluoro-2-deoxy-
    D-glucose, Radiology 189:847-850, doi:10.1148/radiology.189.3.8234714.
    """

    parameters: SuvParameters

    def compute(self, image: Image, progress: Progress = silent) -> Image:
        """Return the SUVbw map; its history says how the factor came about."""
        acquisition = image.acquisition
        if image.quantity == SUV_BW:
            stated = f' (Units (0054,1001) is "{acquisition.units}")' if acquisition is not None else ""
            raise QuantityError(f"The image holds SUVbw already{stated}; Bq/ml is needed.", "Use it as a map as it is.")
        if acquisition is None:
            image.require(ACTIVITY_CONCENTRATION)
            raise InputError(
                "The image comes without the header of its PET series, so weight, dose and times are not known.",
                "Give the DICOM folder of the series instead of a converted file.",
            )
        found = suv_factor(acquisition)
        image.require(ACTIVITY_CONCENTRATION)
        found = _with_activity_check(found, image, part(progress, 0.0, 0.3))
        uptake = np.empty(image.array.shape, dtype=np.float32)
        for number in each(range(len(uptake)), part(progress, 0.3, 1.0), "Making SUV"):
            uptake[number] = image.array[number].astype(np.float64) * found.factor
        made = image.derived(uptake, SUV_BW, "Made SUV by body weight.")
        return replace(made, history=(*made.history, *found.sentences()))
