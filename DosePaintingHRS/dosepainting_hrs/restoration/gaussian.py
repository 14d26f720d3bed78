"""A Gaussian point spread function on a grid, and blurring with it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
_REACH = 4.0
"""Standard deviations after which a Gaussian is cut off."""

Halves = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def half_kernels(sigma_mm: float, spacing_zyx: ArrayLike) -> Halves:
    """Return a Gaussian sampled along z, y and x: each the weight of the voxel itself, then of its neighbours on a side.

    Parameters
    ----------
    sigma_mm : float
        Standard deviation, mm.
    spacing_zyx : array of 3
        Voxel edges along the array axes, mm.

    Returns
    -------
    tuple of three arrays of float64
        Weights that add up to 1 when the neighbours count twice; cut off after 4 standard deviations.
    """
    z, y, x = (_half(sigma_mm / float(edge)) for edge in np.asarray(spacing_zyx, dtype=np.float64))
    return z, y, x


def blurred(values: NDArray[np.float64], sigma_mm: float, spacing_zyx: ArrayLike) -> NDArray[np.float64]:
    """Return an array (z, y, x) convolved with a Gaussian; outside it goes on with its border values."""
    from ..kernels.blur import blur  # noqa: PLC0415  (slow to import)

    out = np.empty_like(values)
    blur(np.ascontiguousarray(values), *half_kernels(sigma_mm, spacing_zyx), True, out)
    return out


def _half(sigma: float) -> NDArray[np.float64]:
    away = np.arange(int(_REACH * sigma + 0.5) + 1, dtype=np.float64)
    weights = np.exp(-0.5 * (away / sigma) ** 2) if sigma > 0 else np.ones(1)
    return np.asarray(weights / (2.0 * weights.sum() - weights[0]), dtype=np.float64)
