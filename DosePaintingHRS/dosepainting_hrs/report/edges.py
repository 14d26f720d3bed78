"""Thin lines along the strongest edges of a slice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
SMOOTHING_MM = 1.5
"""Standard deviation of the Gaussian that takes noise away before edges are sought, mm."""
_STRONG, _WEAK = 88.0, 78.0
_AIR = 0.15
_SKIN_MM = 2.0
_SHORTEST_MM = 8.0


def edges(values: Float, pixel_mm: tuple[float, float] = (1.0, 1.0)) -> NDArray[np.bool_]:
    """Return the places on the strongest edges of a slice, one or two pixels wide.

    Parameters
    ----------
    values : array, (rows, columns)
        From 0 to 1; NaN where the image has none.
    pixel_mm : tuple of float
        Width and height of a pixel, mm.

    Notes
    -----
    The way of Canny (IEEE Trans Pattern Anal Mach Intell 1986;8:679): Gaussian smoothing, places where the slope is largest
    along its own direction, and of these the lines that hold a strong place. Strong and weak are percentiles of the slope
    inside the body, so that noise in air is left out; a line shorter than 8 mm is left out too. Where the image ends there
    is no edge.
    """
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    known = np.isfinite(values)
    if not known.any():
        return np.zeros(values.shape, dtype=np.bool_)
    width, height = pixel_mm
    sigma = (SMOOTHING_MM / height, SMOOTHING_MM / width)
    share = ndimage.gaussian_filter(known.astype(np.float64), sigma, mode="nearest")
    smooth = ndimage.gaussian_filter(np.nan_to_num(values), sigma, mode="nearest") / np.maximum(share, 1e-6)
    down, right = np.gradient(smooth, height, width)
    slope = np.hypot(down, right)
    body = _grown(smooth > _AIR * float(np.percentile(smooth[known], 95.0)), pixel_mm, _SKIN_MM)
    inside = body & ~_grown(~known, pixel_mm, 2.0 * SMOOTHING_MM)
    if not inside.any() or slope[inside].max() <= 0.0:
        return np.zeros(values.shape, dtype=np.bool_)
    strong, weak = np.percentile(slope[inside], (_STRONG, _WEAK))
    ridge = _ridges(slope, down, right, pixel_mm) & inside & (slope > 0.0)
    lines, count = ndimage.label(ridge & (slope >= weak), structure=np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    holds = ndimage.maximum(slope, lines, numbers) >= strong if count else np.zeros(0, dtype=np.bool_)
    long_enough = np.bincount(lines.ravel(), minlength=count + 1)[1:] * max(pixel_mm) >= _SHORTEST_MM
    return np.asarray(np.concatenate([[False], holds & long_enough])[lines])


def _ridges(slope: Float, down: Float, right: Float, pixel_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """Return where the slope is not exceeded a pixel before and behind along its own direction."""
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    size = np.maximum(slope, 1e-12)
    step = min(pixel_mm)
    moves = np.stack([down / size * step / pixel_mm[1], right / size * step / pixel_mm[0]])
    places = np.indices(slope.shape).astype(np.float64)
    before, behind = (ndimage.map_coordinates(slope, places + sign * moves, order=1, mode="nearest") for sign in (-1.0, 1.0))
    return np.asarray((slope >= before - 1e-12) & (slope > behind + 1e-12))


def _grown(mask: NDArray[np.bool_], pixel_mm: tuple[float, float], by_mm: float) -> NDArray[np.bool_]:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    if not mask.any():
        return mask
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=pixel_mm[::-1]) <= by_mm)
