"""One signal for each b-value: repetitions and gradient directions of a diffusion acquisition brought together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, QuantityError
from ..image_frames import Frames
from ..quantities import MR_SIGNAL, UNKNOWN

SAME_B = 1.0
"""b-values that differ by less are one, s/mm2."""
Direction = tuple[float, float, float] | None
Groups = dict[Direction, list[int]]


@dataclass(frozen=True, kw_only=True)
class BValue:
    """The frames of one b-value.

    Parameters
    ----------
    b : float
        In s/mm2.
    groups : dict of direction to list of int
        Frames by gradient direction; the key None holds those without direction.
    traces : int
        Frames without direction that were left out, because others of this b-value have one: trace images made from those.
    """

    b: float
    groups: Groups
    traces: int = 0

    @property
    def repeats(self) -> int:
        """Most frames of one direction."""
        return max(len(frames) for frames in self.groups.values())


def b_values_of(frames: Frames) -> tuple[BValue, ...]:
    """Sort frames by b-value and direction.

    Raises
    ------
    InputError
        If a frame carries no b-value.
    QuantityError
        If the frames hold no MR signal.
    """
    if frames.quantity not in {MR_SIGNAL, UNKNOWN}:
        raise QuantityError(f"ADC is made from diffusion-weighted MR signals, but the frames hold {frames.quantity}.")
    found: list[tuple[float, Groups]] = []
    for number, b in sorted(enumerate(frames.b_values()), key=lambda pair: pair[1]):
        if not found or b - found[-1][0] >= SAME_B:
            found.append((b, {}))
        found[-1][1].setdefault(frames.infos[number].direction, []).append(number)
    return tuple(_without_traces(b, groups) for b, groups in found)


def _without_traces(b: float, groups: Groups) -> BValue:
    """Leave out trace images beside the directions that they were calculated from: they would count twice."""
    directed: Groups = {way: frames for way, frames in groups.items() if way is not None}
    if not directed or len(directed) == len(groups) or b < SAME_B:
        return BValue(b=b, groups=groups)
    return BValue(b=b, groups=directed, traces=len(groups[None]))


def chosen_b_values(
    found: Sequence[BValue], chosen: Sequence[float], minimum: float, maximum: float | None
) -> tuple[BValue, ...]:
    """Return the b-values to fit, in rising order.

    Parameters
    ----------
    found : sequence of BValue
        All of the acquisition.
    chosen : sequence of float
        Those to take; empty for all.
    minimum, maximum : float
        Others are left out, s/mm2.

    Raises
    ------
    InputError
        If one that is asked for is not there, or fewer than two are left.
    """
    there = ", ".join(f"{one.b:g}" for one in found)
    for b in chosen:
        if all(abs(one.b - b) >= SAME_B for one in found):
            raise InputError(f"b = {b:g} s/mm2 is asked for, but the acquisition has b = {there} s/mm2.", "Choose among these.")
    taken = [one for one in found if not chosen or any(abs(one.b - b) < SAME_B for b in chosen)]
    taken = [one for one in taken if one.b >= minimum - SAME_B / 2 and (maximum is None or one.b <= maximum + SAME_B / 2)]
    if len(taken) < 2:
        left = ", ".join(f"{one.b:g}" for one in taken) or "none"
        raise InputError(
            f"ADC needs at least two b-values; of b = {there} s/mm2 {left} is left.",
            "Choose others, or give a diffusion series with more b-values.",
        )
    return tuple(taken)


def require_no_repeats(taken: Sequence[BValue], frames: Frames) -> None:
    """Refuse frames of one b-value and direction: they may be repetitions, or two acquisitions.

    Raises
    ------
    InputError
        If there are; the sentence tells their acquisition numbers.
    """
    for one in taken:
        for same in one.groups.values():
            if len(same) > 1:
                numbers = {frames.infos[frame].acquisition_number for frame in same} - {None}
                of = (
                    f" (AcquisitionNumber {', '.join(map(str, sorted(n for n in numbers if n is not None)))})"
                    if numbers
                    else ""
                )
                raise InputError(
                    f"b = {one.b:g} s/mm2 was acquired {len(same)} times without another gradient direction{of}: "
                    "repetitions, or two acquisitions in one series.",
                    "If they are repetitions, have them averaged: --repeats average. Otherwise give one acquisition alone.",
                )


def signal_of(one: BValue, block: NDArray[Any]) -> NDArray[np.float64]:
    """Return the signal of a b-value: arithmetic mean of repetitions, geometric mean of directions.

    Parameters
    ----------
    one : BValue
        The b-value.
    block : array, (t, voxels)
        Some voxels of all frames.

    Returns
    -------
    array, (voxels,)
        NaN where one of several directions has no signal above 0, whose geometric mean is not defined.
    """
    means = [np.mean(block[same], axis=0, dtype=np.float64) for same in one.groups.values()]
    if len(means) == 1:
        return np.asarray(means[0], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.exp(np.mean(np.log(means), axis=0))
    return np.where(np.min(means, axis=0) > 0.0, whole, np.nan)


def in_words(taken: Sequence[BValue]) -> str:
    """Say which b-values were taken and how their frames were brought together."""
    text = f"b = {', '.join(f'{one.b:g}' for one in taken)} s/mm2"
    ways = max(len(one.groups) for one in taken)
    repeats = max(one.repeats for one in taken)
    text += f", geometric mean of up to {ways} directions" if ways > 1 else ""
    traces = sum(one.traces for one in taken)
    text += f", {traces} trace image{'s' * (traces != 1)} beside directions left out" if traces else ""
    return text + (f", arithmetic mean of up to {repeats} repetitions" if repeats > 1 else "")
