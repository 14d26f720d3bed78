"""The injected activity that belongs to the voxels of each slice: decayed to the moment that they are corrected to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..acquisition import PetAcquisition
from ..working import CONVENTION, INPUT, REFERENCE_TIME, STEP, Fact
from .decay_reference import TOLD_PERCENT, ReferenceTime, reference_times, require_acquisition_times
from .injection import Injection, injection_of
from .nuclides import checked_half_life, nuclide_of
from .suv_header import decay_correction, injected_dose_bq, positive
from .suv_parameters import ReferenceChoice

_LARGEST_EXPONENT = 700.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Dose:
    """Injected activity and how it decayed.

    Parameters
    ----------
    injected_bq : float
        Activity at injection, Bq.
    per_slice_bq : array of float64, (slices,)
        What the voxels of each slice are divided by, Bq.
    half_life_s : float
        As it was used, s.
    reference_time : datetime or None
        Moment to which the voxels are decay-corrected; None when that is the injection, or differs from slice to slice.
    injected : datetime or None
        When the tracer was injected; None when that does not matter.
    reference_times : tuple of ReferenceTime
        All moments that the tags give, the one that was taken first.
    facts : tuple of Fact
        How.
    """

    injected_bq: float
    per_slice_bq: NDArray[np.float64]
    half_life_s: float
    reference_time: datetime | None
    injected: datetime | None
    reference_times: tuple[ReferenceTime, ...]
    facts: tuple[Fact, ...]


def dose_of(acquisition: PetAcquisition, choice: ReferenceChoice = ReferenceChoice.RULES, *, by_hand: bool = False) -> Dose:
    """Find the injected activity that belongs to the voxels of each slice.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of a series in Bq/ml.
    choice : ReferenceChoice
        Moment to which the voxels are decay-corrected, where DecayCorrection is START.
    by_hand : bool
        Whether the half-life was supplied by hand.

    Raises
    ------
    DicomError
        If a value is missing, contradicts another, or is out of its range.

    Notes
    -----
    START: D exp(-lambda (t_ref - t_admin)); ADMIN: D; NONE: D (1 - exp(-lambda T)) / (lambda T) exp(-lambda (t_acq - t_admin))
    for each slice, T being the duration of its frame.
    """
    injected, conventions = injected_dose_bq(acquisition)
    facts = [Fact(kind=CONVENTION, text=f"Convention: {one}", tag="RadionuclideTotalDose (0018,1074)") for one in conventions]
    half_life, known = _half_life(acquisition, by_hand)
    correction = decay_correction(acquisition)
    if correction == "ADMIN":
        return _undecayed(acquisition, injected, half_life, [*facts, *known])
    decay_constant = math.log(2.0) / half_life
    if correction == "NONE":
        return _decayed_by_frame(acquisition, injected, decay_constant, [*facts, *known])
    if choice is ReferenceChoice.EACH:
        return _decayed_to_each(acquisition, injected, decay_constant, [*facts, *known])
    listed = reference_times(acquisition, decay_constant, choice)
    moment = listed[0].time
    assert moment is not None  # noqa: S101  (what is taken has a time)
    injection = injection_of(acquisition, moment)
    left = injected * _decayed(decay_constant * (moment - injection.time).total_seconds())
    facts += [*_injected(injected, injection), *known, _elapsed(injection, moment, listed[0].source, left), *_listed(listed)]
    return Dose(
        injected_bq=injected,
        per_slice_bq=np.full(len(acquisition.slices), left),
        half_life_s=half_life,
        reference_time=moment,
        injected=injection.time,
        reference_times=listed,
        facts=tuple(facts),
    )


def _half_life(acquisition: PetAcquisition, by_hand: bool) -> tuple[float, list[Fact]]:
    tag = "RadionuclideHalfLife (0018,1075)"
    stated = nuclide_of(acquisition.nuclide) if acquisition.nuclide else None
    option = f"--half-life ({stated.name} has {stated.half_life_s:g} s)" if stated else "--half-life"
    half_life = positive(acquisition.half_life_s, tag, "s", option)
    nuclide = checked_half_life(half_life, acquisition.nuclide, by_hand=by_hand)
    if nuclide is None:
        text = f"Half-life {half_life:g} s, supplied by hand; it stands in no table here."
        return half_life, [Fact(kind=INPUT, text=text, tag=tag, value=half_life, unit="s", warns=True)]
    text = f"Half-life {half_life:g} s ({tag}); {nuclide.name} has {nuclide.half_life_s:g} s."
    facts = [Fact(kind=INPUT, text=text, tag=tag, value=half_life, unit="s")]
    if not acquisition.nuclide:
        told = f"Convention: RadionuclideCodeSequence (0054,0300) names no nuclide; the half-life is that of {nuclide.name}."
        facts.append(Fact(kind=CONVENTION, text=told, tag="RadionuclideCodeSequence (0054,0300)"))
    return half_life, facts


def _undecayed(acquisition: PetAcquisition, injected: float, half_life: float, facts: list[Fact]) -> Dose:
    tag = "DecayCorrection (0054,1102)"
    text = f"{tag} is ADMIN: the voxels are decay-corrected to the injection, so the {injected / 1e6:.4g} MBq stay as they are."
    facts.append(Fact(kind=STEP, text=text, tag=tag, factor=1.0))
    return Dose(
        injected_bq=injected,
        per_slice_bq=np.full(len(acquisition.slices), injected),
        half_life_s=half_life,
        reference_time=None,
        injected=None,
        reference_times=(),
        facts=tuple(facts),
    )


def _decayed_by_frame(acquisition: PetAcquisition, injected: float, decay_constant: float, facts: list[Fact]) -> Dose:
    times = require_acquisition_times(acquisition, "voxels without decay correction need it")
    tag = "ActualFrameDuration (0018,1242)"
    decays = decay_constant * np.array([positive(one.frame_duration_ms, tag, "ms") / 1000.0 for one in acquisition.slices])
    injection = injection_of(acquisition, min(times))
    elapsed = np.array([(one - injection.time).total_seconds() for one in times])
    mean_of_frame = -np.expm1(-decays) / decays
    left = injected * mean_of_frame * np.exp(np.minimum(-decay_constant * elapsed, _LARGEST_EXPONENT))
    low, high = left.min() / 1e6, left.max() / 1e6
    text = (
        f"DecayCorrection (0054,1102) is NONE: each slice has its own activity, the mean over its frame from its own "
        f"AcquisitionTime: {low:.4g} to {high:.4g} MBq, {elapsed.min():.0f} to {elapsed.max():.0f} s after the injection."
    )
    step = Fact(kind=STEP, text=text, tag="DecayCorrection (0054,1102)", factor=float((left / injected).mean()))
    return Dose(
        injected_bq=injected,
        per_slice_bq=left,
        half_life_s=math.log(2.0) / decay_constant,
        reference_time=None,
        injected=injection.time,
        reference_times=(),
        facts=(*facts, *_injected(injected, injection), step),
    )


def _decayed_to_each(acquisition: PetAcquisition, injected: float, decay_constant: float, facts: list[Fact]) -> Dose:
    times = require_acquisition_times(acquisition, "each one was chosen as the moment of its own decay correction")
    injection = injection_of(acquisition, min(times))
    elapsed = np.array([(one - injection.time).total_seconds() for one in times])
    left = injected * np.exp(np.minimum(-decay_constant * elapsed, _LARGEST_EXPONENT))
    text = (
        "As chosen by hand, each slice is decay-corrected to its own AcquisitionTime (0008,0032): "
        f"{elapsed.min():.0f} to {elapsed.max():.0f} s after the injection."
    )
    step = Fact(kind=STEP, text=text, tag="AcquisitionTime (0008,0032)", factor=float((left / injected).mean()), warns=True)
    return Dose(
        injected_bq=injected,
        per_slice_bq=left,
        half_life_s=math.log(2.0) / decay_constant,
        reference_time=None,
        injected=injection.time,
        reference_times=(),
        facts=(*facts, *_injected(injected, injection), step),
    )


def _injected(injected: float, injection: Injection) -> list[Fact]:
    text = f"Injected: {injected / 1e6:.4g} MBq at {injection.time:%Y-%m-%d %H:%M:%S} ({injection.source})."
    facts = [Fact(kind=INPUT, text=text, tag=injection.source, value=injected, unit="Bq")]
    facts += [Fact(kind=CONVENTION, text=f"Convention: {one}", tag=injection.source) for one in injection.conventions]
    return facts + [Fact(kind=INPUT, text=one, tag="(0009,103B)", warns=True) for one in injection.warnings]


def _elapsed(injection: Injection, moment: datetime, source: str, left: float) -> Fact:
    elapsed = (moment - injection.time).total_seconds()
    text = (
        f"Decay: {elapsed:.1f} s ({elapsed / 60:.0f} min of uptake) to the reference time {moment:%H:%M:%S} ({source}) "
        f"leave {left / 1e6:.4g} MBq."
    )
    return Fact(kind=STEP, text=text, tag=source, value=elapsed, unit="s")


def _listed(listed: tuple[ReferenceTime, ...]) -> list[Fact]:
    """Tell every moment that the tags give, those that agree in one sentence."""
    taken = listed[0].time
    assert taken is not None  # noqa: S101
    agreeing = [one for one in listed if one is listed[0] or one.agrees_with(taken)]
    text = f"Reference time {taken:%H:%M:%S} by {'; '.join(one.source for one in agreeing)}."
    facts = [Fact(kind=REFERENCE_TIME, text=text, tag=listed[0].source)]
    for one in listed:
        if one.given and one not in agreeing:
            percent = one.suv_difference_percent
            warns = percent is not None and abs(percent) > TOLD_PERCENT
            fact = Fact(
                kind=REFERENCE_TIME, text=f"Reference time by {one}.", tag=one.source, value=percent, unit="%", warns=warns
            )
            facts.append(fact)
    return facts


def _decayed(exponent: float) -> float:
    return math.exp(min(-exponent, _LARGEST_EXPONENT))
