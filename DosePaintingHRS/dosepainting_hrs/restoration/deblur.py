"""Deblurring with a known Gaussian point spread function: Landweber and Richardson-Lucy, with a stopping rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..progress import Progress, silent
from .gaussian import FWHM_PER_SIGMA, half_kernels

LANDWEBER = "landweber"
RICHARDSON_LUCY = "richardson-lucy"
KINDS = (LANDWEBER, RICHARDSON_LUCY)
_REACH = 2.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Deblurred:
    """A deblurred array.

    Parameters
    ----------
    values : array of float64, (z, y, x)
        The result.
    steps : int
        Steps done.
    clipped : int
        Voxels that were negative and taken as 0, by Richardson-Lucy.
    """

    values: NDArray[np.float64]
    steps: int
    clipped: int = 0


def deblurred(
    values: NDArray[np.float64],
    spacing_zyx: ArrayLike,
    *,
    fwhm_mm: float,
    kind: str = LANDWEBER,
    steps: int = 5,
    stop_percent: float = 0.0,
    watched: NDArray[np.bool_] | None = None,
    progress: Progress = silent,
) -> Deblurred:
    """Deblur an array; outside it goes on with its border values.

    Parameters
    ----------
    values : array of float64, (z, y, x)
        Finite values.
    spacing_zyx : array of 3
        Voxel edges along the array axes, mm.
    fwhm_mm : float
        Full width at half maximum of the point spread function, mm.
    kind : str
        ``"landweber"`` or ``"richardson-lucy"``.
    steps : int
        At most so many.
    stop_percent : float
        Stop after the first step that changes the values (root mean square) by less than this share of their spread (standard
        deviation), %.
    watched : array of bool, (z, y, x) or None
        Voxels whose change counts; None for all.
    progress : callable
        Told before each step.

    Notes
    -----
    With the blurring H, which is symmetric, the image y and the estimate x, which starts at y: Landweber
    x + H(y - H x), linear, keeps negative values; Richardson-Lucy x H(y / H x), for values that are not negative.

    References
    ----------
    Landweber L (1951), An iteration formula for Fredholm integral equations of the first kind, Am J Math 73:615-624.

    Richardson WH (1972), Bayesian-based iterative method of image restoration, J Opt Soc Am 62:55-59. Lucy LB (1974), An
    iterative technique for the rectification of observed distributions, Astron J 79:745-754.
    """
    from ..kernels.blur import blur  # noqa: PLC0415  (slow to import)
    from ..kernels.richardson_lucy import richardson_lucy_step  # noqa: PLC0415  (slow to import)

    halves = half_kernels(fwhm_mm / FWHM_PER_SIGMA, spacing_zyx)
    measured = np.ascontiguousarray(values, dtype=np.float64)
    clipped = int(np.count_nonzero(measured < 0)) if kind == RICHARDSON_LUCY else 0
    if clipped:
        measured = np.maximum(measured, 0.0)
    estimate = measured.copy()
    first, second, before = np.empty_like(measured), np.empty_like(measured), np.empty_like(measured)
    done = 0
    for done in range(1, steps + 1):
        progress((done - 1) / steps, f"Deblurring, step {done}")
        if stop_percent > 0:
            before[:] = estimate
        if kind == RICHARDSON_LUCY:
            richardson_lucy_step(measured, estimate, *halves, True, first, second)
        else:
            blur(estimate, *halves, True, first)
            np.subtract(measured, first, out=first)
            blur(first, *halves, True, second)
            estimate += second
        if stop_percent > 0 and _change(before, estimate, watched) < stop_percent / 100.0:
            break
    progress(1.0, "Deblurred")
    return Deblurred(values=estimate, steps=done, clipped=clipped)


def margin_mm(fwhm_mm: float, steps: int) -> float:
    """Return how far around a region deblurring has to look, mm: beyond it, what lies there no longer matters.

    Notes
    -----
    Each step blurs twice, so what lies outside spreads as by a Gaussian of sigma sqrt(2 steps), of which 2.5 standard
    deviations are kept; only its difference to the border values that stand for it comes in at all.
    """
    return _REACH * fwhm_mm / FWHM_PER_SIGMA * float(np.sqrt(2.0 * steps))


def _change(before: NDArray[np.float64], after: NDArray[np.float64], watched: NDArray[np.bool_] | None) -> float:
    old, new = (before, after) if watched is None else (before[watched], after[watched])
    spread = float(np.std(new))
    return float(np.sqrt(np.mean((new - old) ** 2))) / spread if spread > 0 else 0.0
