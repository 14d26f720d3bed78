"""The four ways to fit a single exponential to diffusion signals, block by block, on all processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ..progress import Progress

BLOCK = 4096
"""Voxels that are fitted in one go: their signals stay in the processor's cache."""
_BLOCKS_PER_TASK = 16
Float = NDArray[np.float64]
Maps = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


class Fit(Enum):
    """How the exponential is fitted."""

    LOG_LINEAR = "log-linear"
    WEIGHTED = "weighted log-linear"
    NON_LINEAR = "non-linear"
    WITH_FLOOR = "non-linear with noise floor"


def fit_exponential(  # noqa: PLR0917
    signals_of: Callable[[slice], Float], voxels: int, b_values: Sequence[float], fit: Fit, floor: float, progress: Progress
) -> Maps:
    """Fit every voxel.

    Parameters
    ----------
    signals_of : callable
        Returns the signals (b-values, voxels) of a stretch of voxels; called from several threads.
    voxels : int
        How many there are.
    b_values : sequence of float
        Rising, s/mm2.
    fit : Fit
        Which way.
    floor : float
        Noise floor of `Fit.WITH_FLOOR`; 0 otherwise.
    progress : callable
        Told the share of voxels done.

    Returns
    -------
    tuple of four arrays of float32, (voxels,)
        ADC (um2/s), S0, R2, residual; NaN where a voxel cannot be fitted.
    """
    b = np.asarray(b_values, dtype=np.float64) * 1e-6
    maps = tuple(np.empty(voxels, dtype=np.float32) for _ in range(4))
    made: Maps = (maps[0], maps[1], maps[2], maps[3])
    stretch = BLOCK * _BLOCKS_PER_TASK
    starts = range(0, voxels, stretch)

    def task(start: int) -> None:
        for begin in range(start, min(start + stretch, voxels), BLOCK):
            part = slice(begin, min(begin + BLOCK, voxels))
            fit_block(signals_of(part), b, fit, floor, (made[0][part], made[1][part], made[2][part], made[3][part]))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = [pool.submit(task, start) for start in starts]
        try:
            for number, one in enumerate(waiting):
                progress(number / len(waiting), "Fitting")
                one.result()
        except BaseException:
            for one in waiting:
                one.cancel()
            raise
    progress(1.0, "Fitted")
    return made


def fit_block(signals: Float, b: Float, fit: Fit, floor: float, made: Maps) -> None:
    """Fit some voxels, (b-values, voxels), into the stretch of the results that is theirs; b in s/um2."""
    from ..kernels.mono_exponential import fit_line, fit_signals, fit_weighted  # noqa: PLC0415  (slow to import)

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if fit is Fit.LOG_LINEAR:
            adc, s0, r2, residual = made
            intercept = np.empty(signals.shape[1])
            fit_line(np.log(signals), b, intercept, adc, r2, residual)
            np.exp(intercept, out=s0, casting="same_kind")
            return
        # The start of a fit with floor: what lies under the floor, taken off in squares.
        clean = np.sqrt(np.maximum(signals**2 - floor**2, 0.01 * floor**2)) if floor else signals
        fit_weighted(clean, np.log(clean), b, *made)
    if fit is not Fit.WEIGHTED:
        fit_signals(signals, b, floor, *made)
