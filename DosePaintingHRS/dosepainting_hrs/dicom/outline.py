"""Outlines of a region along pixel edges, exact: filled by the even-odd rule at voxel centres they are the region again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..kernels.keyhole import join_holes
from ..kernels.trace import trace_slice

Holes = Literal["keyhole", "nested"]
"""How holes are written: joined to the ring around them, or as contours of their own."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Outlines:
    """Closed contours of a region in voxel indices.

    Parameters
    ----------
    points : array of int32, (n, 2)
        Corners (x, y), contour after contour; corner (x, y) lies at voxel index (x - 0.5, y - 0.5).
    starts : array of int64, (contours + 1,)
        Where each contour begins in `points`; the last entry is n.
    planes : array of int64, (contours,)
        Slice that each contour lies on, rising.
    """

    points: NDArray[np.int32]
    starts: NDArray[np.int64]
    planes: NDArray[np.int64]

    def indices(self) -> NDArray[np.float64]:
        """Return the corners as voxel indices (x, y, z), (n, 3)."""
        depth = np.repeat(self.planes, np.diff(self.starts))
        return np.column_stack([self.points - 0.5, depth])


def outline(array: NDArray[np.bool_], holes: Holes = "keyhole") -> Outlines:
    """Outline a region slice by slice.

    Pixels that touch only at a corner belong to separate contours; outer rings run clockwise as the slice is looked at
    (x right, y down), rims of holes the other way.

    Parameters
    ----------
    array : array of bool, (z, y, x)
        The region.
    holes : str
        ``"keyhole"``: each hole is joined to the ring around it by a bridge walked out and back, one contour for each
        connected piece of a slice. ``"nested"``: the rim of a hole is a contour of its own.

    Raises
    ------
    ParameterError
        If `holes` is something else.
    """
    if holes not in ("keyhole", "nested"):
        raise ParameterError(f'Holes are written "keyhole" or "nested", not "{holes}".')
    rows, columns = array.shape[1:]
    bordered = np.zeros((rows + 2, columns + 2), dtype=np.uint8)
    seen = np.full((rows, columns), -1, dtype=np.int32)
    edge_at = np.empty((rows + 1, columns + 1), dtype=np.int32)
    vertices = np.empty((2 * (rows + 1) * (columns + 1), 2), dtype=np.int32)
    starts = np.empty(rows * columns + 1, dtype=np.int32)
    is_hole = np.empty(rows * columns, dtype=np.bool_)
    points, sizes, planes = [np.empty((0, 2), dtype=np.int32)], [np.empty(0, dtype=np.int64)], []
    for plane, inside in enumerate(array):
        if not inside.any():
            continue
        bordered[1:-1, 1:-1] = inside
        rings = trace_slice(bordered, seen, plane, vertices, starts, is_hole, edge_at)
        count, found, ends = rings, vertices, starts
        number_of_holes = int(np.count_nonzero(is_hole[:rings]))
        if holes == "keyhole" and number_of_holes:
            found = np.empty((starts[rings] + 3 * number_of_holes, 2), dtype=np.int32)
            ends = np.empty(rings + 1, dtype=np.int32)
            count = join_holes(bordered, rings, vertices, starts, is_hole, edge_at, found, ends)
        points.append(found[: ends[count]].copy())
        sizes.append(np.diff(ends[: count + 1]).astype(np.int64))
        planes += [plane] * count
    return Outlines(
        points=np.concatenate(points),
        starts=np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int64),
        planes=np.array(planes, dtype=np.int64),
    )
