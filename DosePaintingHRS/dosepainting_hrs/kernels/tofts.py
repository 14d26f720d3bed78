"""Best rate of exchange of every voxel among many, for the Tofts models, whose other parameters are linear."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .jit import even_kernel

Float = NDArray[np.float64]


@even_kernel
def best_rates(  # noqa: PLR0917
    dots: Float,
    plasma_dots: Float,
    squares: Float,
    own: Float,
    cross: Float,
    plasma: float,
    rates: Float,
    made: NDArray[np.float32],
) -> None:
    """Fit C = Ktrans x (plasma * exp(-kep t)) + vp x plasma to each voxel by least squares over a list of kep.

    Parameters
    ----------
    dots : array, (rates, voxels)
        Sum over frames of each basis curve (plasma convolved with one exponential) times each voxel's curve.
    plasma_dots, squares : array, (voxels,)
        Sum over frames of the plasma curve times each voxel's curve, and of its squares.
    own, cross : array, (rates,)
        Sum over frames of each basis curve squared, and times the plasma curve.
    plasma : float
        Sum over frames of the plasma curve squared; 0 leaves vp out (the model without plasma).
    rates : array, (rates,)
        kep, 1/s, in even steps of its logarithm.
    made : array of float32, (4, voxels)
        Results: Ktrans and kep, 1/s, vp, and the sum of squares that is left. NaN where a voxel's curve holds no number.

    Notes
    -----
    Ktrans and vp are not below 0. Between the best rate and its two neighbours the sums are taken as parabolas of log kep,
    and the place where the remaining sum of squares, a parabola as well, is lowest is the result.
    """
    count, voxels = dots.shape
    left = np.empty(count)
    for v in range(voxels):
        if not math.isfinite(squares[v]):
            made[:, v] = np.nan
            continue
        best = 0
        for k in range(count):
            _, _, left[k] = _linear(dots[k, v], plasma_dots[v], own[k], cross[k], plasma, squares[v])
            if left[k] < left[best]:
                best = k
        middle = min(max(best, 1), count - 2)
        low, mid, high = left[middle - 1], left[middle], left[middle + 1]
        bend = low - 2.0 * mid + high
        step = 0.5 * (low - high) / bend if bend > 0.0 else float(best - middle)
        step = min(max(step, -1.0), 1.0)
        # Lagrange's weights of the three neighbours.
        a, b, c = 0.5 * step * (step - 1.0), 1.0 - step * step, 0.5 * step * (step + 1.0)
        dot = a * dots[middle - 1, v] + b * dots[middle, v] + c * dots[middle + 1, v]
        square = a * own[middle - 1] + b * own[middle] + c * own[middle + 1]
        both = a * cross[middle - 1] + b * cross[middle] + c * cross[middle + 1]
        ktrans, vp, rest = _linear(dot, plasma_dots[v], square, both, plasma, squares[v])
        made[0, v] = ktrans
        made[1, v] = rates[middle] * (rates[middle + 1] / rates[middle]) ** step
        made[2, v] = vp
        made[3, v] = rest


@even_kernel
def _linear(  # noqa: PLR0917
    dot: float,
    plasma_dot: float,
    own: float,
    cross: float,
    plasma: float,
    square: float,
) -> tuple[float, float, float]:
    """Return the best Ktrans and vp at one rate, neither below 0, and the sum of squares that they leave."""
    ktrans, vp = max(dot / own, 0.0), 0.0
    if plasma > 0.0:
        determinant = own * plasma - cross * cross
        if determinant > 1e-12 * own * plasma:
            ktrans = (plasma * dot - cross * plasma_dot) / determinant
            vp = (own * plasma_dot - cross * dot) / determinant
            if vp < 0.0:
                ktrans, vp = max(dot / own, 0.0), 0.0
            elif ktrans < 0.0:
                ktrans, vp = 0.0, max(plasma_dot / plasma, 0.0)
    fitted = ktrans * (2.0 * dot - ktrans * own) + vp * (2.0 * plasma_dot - vp * plasma) - 2.0 * ktrans * vp * cross
    return ktrans, vp, max(square - fitted, 0.0)
