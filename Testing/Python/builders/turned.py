"""One grid as files with other axes have it."""

from __future__ import annotations

from dosepainting_hrs.geometry import Geometry


def flipped_geometry(geometry: Geometry, axes: tuple[int, ...]) -> Geometry:
    """Return the grid of the same voxels stored backwards along some array axes."""
    affine = geometry.affine.copy()
    for axis in axes:
        index = 2 - axis
        affine[:3, 3] += affine[:3, index] * (geometry.shape[axis] - 1)
        affine[:3, index] *= -1
    return Geometry(geometry.shape, affine)


def reordered_geometry(geometry: Geometry, order: tuple[int, ...]) -> Geometry:
    """Return the grid of the same voxels with its array axes in another order."""
    shape = tuple(geometry.shape[axis] for axis in order)
    affine = geometry.affine.copy()
    for new, old in enumerate(order):
        affine[:3, 2 - new] = geometry.affine[:3, 2 - old]
    return Geometry((shape[0], shape[1], shape[2]), affine)
