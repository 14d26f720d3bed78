"""Boxes of voxels within grids: around a region, and from one grid to another that shares its voxels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dosepainting_hrs.geometry import SAME_GRID_TOLERANCE, Geometry, StoredGrid

Box = tuple[slice, slice, slice]


def bounding_box(array: NDArray[np.bool_]) -> Box | None:
    """Return the smallest box (z, y, x) that holds every voxel inside a region; None when it is empty."""
    planes = np.flatnonzero(np.any(array, axis=(1, 2)))
    if not planes.size:
        return None
    z = slice(int(planes[0]), int(planes[-1]) + 1)
    # Collapsing the planes that are left first keeps the rest to one plane.
    flat = np.any(array[z], axis=0)
    rows, columns = np.flatnonzero(flat.any(axis=1)), np.flatnonzero(flat.any(axis=0))
    return z, slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def cut(grid: Geometry, box: Box) -> Geometry:
    """Return the grid of the voxels inside a box (z, y, x)."""
    z, y, x = box
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world((x.start, y.start, z.start))
    return Geometry((z.stop - z.start, y.stop - y.start, x.stop - x.start), affine)


def stored_first(grid: StoredGrid, box: Box) -> tuple[int, int, int]:
    """Return the first index (x, y, z) on the stored grid of a box (z, y, x) of canonical voxels."""
    first = [0, 0, 0]
    sizes = grid.geometry.shape[::-1]
    for axis, (source, backwards) in enumerate(zip(grid.axes.source, grid.axes.reversed, strict=True)):
        part = box[2 - axis]
        first[source] = sizes[source] - part.stop if backwards else part.start
    return first[0], first[1], first[2]


def paste_offset(part: Geometry, whole: Geometry) -> tuple[int, int, int] | None:
    """Return the index (z, y, x) in `whole` of the first voxel of `part`; None when its voxels are not voxels of `whole`.

    Both in canonical axis order; voxels are the same when no corner differs by over 1 % of the smallest voxel edge.
    The index may lie outside of `whole`.
    """
    x, y, z = np.rint(whole.to_index(part.origin)).astype(int).tolist()
    affine = whole.affine.copy()
    affine[:3, 3] = whole.to_world((x, y, z))
    there = Geometry(part.shape, affine)
    return (z, y, x) if part.is_same_grid(there, SAME_GRID_TOLERANCE) else None
