"""The part of an image that counts: a box around a region with a margin in mm, without holes in its values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Box = tuple[slice, slice, slice]


def grown_box(box: Box, margin_mm: float, spacing_zyx: ArrayLike, shape: tuple[int, ...]) -> Box:
    """Return a box that reaches `margin_mm` farther on all sides, as far as there is an image of `shape` (z, y, x)."""
    z, y, x = (
        slice(max(0, one.start - voxels), min(size, one.stop + voxels))
        for one, voxels, size in zip(box, _voxels(margin_mm, spacing_zyx), shape, strict=True)
    )
    return z, y, x


def inner_box(inner: Box, outer: Box) -> Box:
    """Return where a box lies within an array that holds another, larger one."""
    z, y, x = (slice(one.start - two.start, one.stop - two.start) for one, two in zip(inner, outer, strict=True))
    return z, y, x


def filled(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Return an array in which voxels without a finite value have that of the nearest voxel with one, and how many there were.

    An array without any finite value comes back as 0.
    """
    missing = ~np.isfinite(values)
    count = int(np.count_nonzero(missing))
    if not count:
        return values, 0
    if count == values.size:
        return np.zeros_like(values), count
    from scipy import ndimage  # noqa: PLC0415  (seldom needed, slow to import)

    nearest = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
    return values[tuple(nearest)], count


def within_reach(inside: NDArray[np.bool_], reach_mm: float, spacing_zyx: ArrayLike) -> NDArray[np.bool_]:
    """Return all voxels of an array (z, y, x) that lie no farther than `reach_mm` from one that is inside."""
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    away = ndimage.distance_transform_edt(~inside, sampling=np.asarray(spacing_zyx, dtype=np.float64))
    return np.asarray(away <= reach_mm, dtype=np.bool_)


def _voxels(margin_mm: float, spacing_zyx: ArrayLike) -> list[int]:
    return [int(np.ceil(margin_mm / edge)) for edge in np.asarray(spacing_zyx, dtype=np.float64)]
