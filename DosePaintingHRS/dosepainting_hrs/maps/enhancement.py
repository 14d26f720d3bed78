"""Relative enhancement of a contrast series over its signal before arrival, and where that signal ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, QuantityError
from ..image_frames import Frames
from ..parameters import Field, Parameters
from ..progress import Progress, each
from ..quantities import MR_SIGNAL, UNKNOWN, Quantity

ENHANCEMENT = Quantity("relative enhancement", "1")
RISE = 0.1
"""Arrival is found at the first frame whose mean signal has risen by this share of the whole rise."""
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
    found : bool
        Whether it was found rather than given.
    """

    count: int
    arrival_s: float | None
    found: bool

    def __str__(self) -> str:
        how = "found by the rise of the mean signal" if self.found else "given"
        return f"S0 is the mean of the first {self.count} frames ({how})"


def baseline_of(frames: Frames, given: int | None) -> Baseline:
    """Find the frames before arrival, or check a given number of them.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Contrast series.
    given : int or None
        Number of frames before arrival.

    Raises
    ------
    InputError
        If no frame lies before arrival, or none after.
    QuantityError
        If the frames hold no MR signal.

    Notes
    -----
    The mean signal of all voxels is taken; its level before is that of the first frame, its whole rise that to its highest
    value. The arrival is at the first frame that has risen by a tenth of that, and stays there in the next.
    """
    if frames.quantity not in {MR_SIGNAL, UNKNOWN}:
        raise QuantityError(f"Enhancement is made from MR signals, but the frames hold {frames.quantity}.")
    if given is not None:
        if given >= len(frames):
            raise InputError(
                f"{given} frames before arrival are given, but the series has {len(frames)}.", "Give a smaller number."
            )
        return Baseline(count=given, arrival_s=_arrival(frames, given), found=False)
    if len(frames) < _FEWEST:
        raise InputError(
            f"The series has {len(frames)} frames, too few to find the arrival of contrast in.", "Give --baseline-frames."
        )
    mean = np.array([_mean_of(one) for one in frames.array])
    rise = float(mean.max() - mean[0])  # Not a number if any frame has none.
    risen = mean > mean[0] + RISE * rise
    lasting = np.flatnonzero(risen[:-1] & risen[1:])
    if not rise > 0.0 or not lasting.size:
        raise InputError(
            "The mean signal does not rise, so the arrival of contrast is not found.",
            "Give the number of frames before it: --baseline-frames; or choose a contrast series.",
        )
    count = int(lasting[0])
    return Baseline(count=count, arrival_s=_arrival(frames, count), found=True)


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
