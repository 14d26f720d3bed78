"""Relative enhancement of a contrast series over its signal before arrival, and where that signal ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, QuantityError
from ..identity import require_same_frame, require_same_patient
from ..image import Mask
from ..image_frames import Frames
from ..parameters import Field, Parameters
from ..progress import Progress, each
from ..quantities import MR_SIGNAL, UNKNOWN, Quantity

ENHANCEMENT = Quantity("relative enhancement", "1")
RISE = 0.1
"""Arrival is found at the first frame whose mean signal has risen by this share of the whole rise."""
_CLEAR = 0.05
"""From this rise on, as a share of its first level, the mean of all voxels is taken for the arrival."""
_MOST = 0.05
"""Share of all voxels that are taken where that of all is almost flat: those that rise most."""
_CLEAR_OF_MOST = 0.2
"""By this share at least these have to rise; noise alone makes some voxels seem to."""
_BLOCK = 8192
_FEWEST = 3
Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class BaselineParameters(Parameters):
    """Which frames lie before the arrival of contrast."""

    baseline_frames: Annotated[
        int | None,
        Field(
            help="Frames before the arrival of contrast, from the first; none has the arrival found.",
            unit="1",
            minimum=1,
            maximum=10000,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The frames before arrival.

    Parameters
    ----------
    count : int
        How many.
    arrival_s : float or None
        When contrast arrives: midway between the last of them and the first one after; None when frames carry no times.
    found_in : str
        Whose mean signal told it, as words after "the mean signal"; empty where it was given.
    """

    count: int
    arrival_s: float | None
    found_in: str = ""

    def __str__(self) -> str:
        how = f"found by the rise of the mean signal {self.found_in}" if self.found_in else "given"
        return f"S0 is the mean of the first {self.count} frames ({how})"


def baseline_of(frames: Frames, given: int | None, within: Mask | None = None) -> Baseline:
    """Find the frames before arrival, or check a given number of them.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Contrast series.
    given : int or None
        Number of frames before arrival.
    within : Mask or None
        Region on the grid of the frames whose mean signal tells the arrival; None takes that of all voxels.

    Raises
    ------
    InputError
        If no frame lies before arrival, or none after.
    QuantityError
        If the frames hold no MR signal.
    IdentityError, GeometryError
        If the region is of another patient, frame of reference or grid.

    Notes
    -----
    The level before is that of the first frame, the whole rise that to the highest mean. The arrival is at the first frame
    that has risen by a tenth of that, and stays there in the next. Where the mean of all voxels rises by less than a
    twentieth of its level, as when air, fat and still muscle outweigh what takes up contrast, that of the twentieth of all
    voxels that rise most, from the first frame to the mean of the last third, is taken if it rises by a fifth or more.
    """
    if frames.quantity not in {MR_SIGNAL, UNKNOWN}:
        raise QuantityError(f"Enhancement is made from MR signals, but the frames hold {frames.quantity}.")
    if given is not None:
        if given >= len(frames):
            raise InputError(
                f"{given} frames before arrival are given, but the series has {len(frames)}.", "Give a smaller number."
            )
        return Baseline(count=given, arrival_s=_arrival(frames, given))
    if len(frames) < _FEWEST:
        raise InputError(
            f"The series has {len(frames)} frames, too few to find the arrival of contrast in.", "Give --baseline-frames."
        )
    count, where = _found_in_all(frames) if within is None else _found_within(frames, within)
    return Baseline(count=count, arrival_s=_arrival(frames, count), found_in=where)


def _found_within(frames: Frames, within: Mask) -> tuple[int, str]:
    what = (f'The region "{within.name}"', "the contrast series")
    require_same_patient(within.identity, frames.identity, what=what)
    require_same_frame(within.identity, frames.identity, what=what)
    within.require_same_grid(frames.frame(0), what=what)
    count, _ = _first_risen(np.array([_mean_of(one[within.array]) for one in frames.array]))
    if count is None:
        raise InputError(
            f'The mean signal within "{within.name}" does not rise, so the arrival of contrast is not found.',
            "Give the number of frames before it: --baseline-frames; or a region that takes up contrast.",
        )
    return count, f'within "{within.name}"'


def _found_in_all(frames: Frames) -> tuple[int, str]:
    """Return the number of frames before arrival, and which voxels told it."""
    count, share = _first_risen(np.array([_mean_of(one) for one in frames.array]))
    if count is not None and share >= _CLEAR:
        return count, "of all voxels"
    flat: NDArray[Any] = frames.array.reshape(len(frames), -1)
    with np.errstate(invalid="ignore"):
        rise = flat[-max(len(flat) // 3, 1) :].mean(axis=0, dtype=np.float64) - flat[0]
    rise[~np.isfinite(rise)] = -np.inf
    most = np.argsort(-rise, kind="stable")[: max(int(rise.size * _MOST), 1)]
    most = most[rise[most] > 0.0]
    chosen, clear = _first_risen(np.array([_mean_of(one[most]) for one in flat]))
    if chosen is not None and clear >= _CLEAR_OF_MOST:
        return chosen, f"of the {len(most)} voxels that rise most; that of all voxels is almost flat"
    if count is not None:
        return count, "of all voxels"
    raise InputError(
        f"Neither the mean signal of all voxels nor that of the {_MOST:.0%} of them that rise most rises, so the arrival of "
        "contrast is not found.",
        "Give the number of frames before it: --baseline-frames; or check that the series is one with contrast.",
    )


def _first_risen(mean: Float) -> tuple[int | None, float]:
    """Return the first frame that has risen for good, None where there is none, and the rise as a share of the first level."""
    rise = float(mean.max() - mean[0])  # Not a number if any frame has none.
    risen = mean > mean[0] + RISE * rise
    lasting = np.flatnonzero(risen[:-1] & risen[1:])
    if not rise > 0.0 or not lasting.size:
        return None, 0.0
    return int(lasting[0]), rise / float(mean[0]) if mean[0] > 0.0 else np.inf


def blocks_of(frames: Frames, baseline: Baseline, progress: Progress) -> Iterator[tuple[slice, Float, Float]]:
    """Go through the voxels, some at a time.

    Yields
    ------
    slice
        Which voxels of the flat array.
    array, (t, voxels)
        Relative enhancement (S - S0) / S0; NaN where S0 is not above 0 or a frame holds no number.
    array, (voxels,)
        S0.
    """
    flat: NDArray[Any] = frames.array.reshape(len(frames), -1)
    for start in each(range(0, flat.shape[1], _BLOCK), progress, "Going through curves"):
        part = slice(start, min(start + _BLOCK, flat.shape[1]))
        curves = flat[:, part].astype(np.float64)
        before = curves[: baseline.count].mean(axis=0)
        before[~((before > 0.0) & np.isfinite(curves).all(axis=0))] = np.nan
        with np.errstate(invalid="ignore"):
            curves -= before
            curves /= before
        yield part, curves, before


def _arrival(frames: Frames, count: int) -> float | None:
    times = [one.middle_s for one in frames.infos]
    earlier, later = times[count - 1], times[count]
    return None if earlier is None or later is None else (earlier + later) / 2.0


def _mean_of(frame: NDArray[Any]) -> float:
    finite = frame[np.isfinite(frame)]
    return float(finite.mean(dtype=np.float64)) if finite.size else float("nan")


def middles_s(frames: Frames) -> Float:
    """Return the middle of every frame after the beginning of the first, s.

    Raises
    ------
    InputError
        If a frame has no time.
    """
    starts = frames.starts_s()
    return np.array([start + (info.duration_s or 0.0) / 2.0 for start, info in zip(starts, frames.infos, strict=True)])
