"""Smoothing that spares edges, and the noise that it is measured against."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_REACH = 2.0
_MAD_PER_SIGMA = 0.6744897501960817


def smoothed(values: NDArray[np.float64], spacing_zyx: ArrayLike, *, sigma_mm: float, spread: float) -> NDArray[np.float64]:
    """Return an array (z, y, x) after bilateral smoothing.

    Parameters
    ----------
    values : array of float64, (z, y, x)
        Finite values.
    spacing_zyx : array of 3
        Voxel edges along the array axes, mm.
    sigma_mm : float
        Standard deviation of the Gaussian over distance, mm; neighbours up to twice as far count.
    spread : float
        Standard deviation of the Gaussian over difference in value, in their unit; 0 leaves the array as it is.

    References
    ----------
    Tomasi C, Manduchi R (1998), Bilateral filtering for gray and color images, Proc IEEE Int Conf Computer Vision, 839-846.
    """
    from ..kernels.bilateral import bilateral  # noqa: PLC0415  (slow to import)

    out = np.array(values, dtype=np.float64, order="C")
    if spread > 0 and sigma_mm > 0:
        offsets, weights = neighbours(spacing_zyx, sigma_mm)
        bilateral(np.ascontiguousarray(values, dtype=np.float64), offsets, weights, spread, out)
    return out


def neighbours(spacing_zyx: ArrayLike, sigma_mm: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return half of the neighbours within two standard deviations, as steps along z, y, x, and their weights."""
    spacing = np.asarray(spacing_zyx, dtype=np.float64)
    reach = np.floor(_REACH * sigma_mm / spacing + 1e-9).astype(np.int64)
    steps = np.indices(tuple(2 * reach + 1)).reshape(3, -1).T - reach
    later = steps[len(steps) // 2 + 1 :]
    away = ((later * spacing) ** 2).sum(axis=1)
    near = away <= (_REACH * sigma_mm) ** 2 * (1 + 1e-9)
    return np.ascontiguousarray(later[near]), np.exp(-0.5 * away[near] / sigma_mm**2)


def noise_of(values: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """Return a robust estimate of the noise of an array (z, y, x), in its unit.

    Notes
    -----
    Median of the absolute differences of neighbours inside along x, over 0.6745 sqrt(2): right for white noise, and too low
    where the noise of neighbours goes together. 0 when there are no neighbours.
    """
    pairs = inside[:, :, 1:] & inside[:, :, :-1]
    differences = np.abs(values[:, :, 1:] - values[:, :, :-1])[pairs]
    return float(np.median(differences)) / (_MAD_PER_SIGMA * float(np.sqrt(2.0))) if differences.size else 0.0
