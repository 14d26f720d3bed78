"""Scan-line filling of polygons under the even-odd rule."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def fill_even_odd(
    points: NDArray[np.float64],
    starts: NDArray[np.int64],
    planes: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    """Toggle the voxels whose centres lie inside each closed contour, all contours of a plane together.

    A centre exactly on an edge counts as inside when the polygon lies on its side of rising index: rows are taken from
    the lower end of an edge up to, not including, its upper end, columns from the crossing on. So a centre on the common
    edge of two abutting polygons belongs to exactly one of them, and an edge walked out and back cancels.

    Parameters
    ----------
    points : array, (n, 2)
        Vertices (x, y) in voxel indices, contour after contour; a contour is closed from its last vertex to its first.
    starts : array of int, (contours + 1,)
        Where each contour begins in `points`; the last entry is n.
    planes : array of int, (contours,)
        Index along the first axis of `out` that each contour lies on, rising.
    out : array of uint8, (z, y, x)
        Zeros on entry, 0 and 1 on return; planes without contours are not touched.

    Notes
    -----
    Each edge marks, on every row it crosses, the first centre at or right of the crossing; a running exclusive-or along
    the row then turns marks into runs (the parity form of the scan-line algorithm). Edges are walked from their lower end,
    so that two contours with a common edge compute the same crossing to the last bit.
    """
    rows, columns = out.shape[1], out.shape[2]
    contour = 0
    while contour < len(planes):
        plane = planes[contour]
        low, high, left = rows, -1, columns
        while contour < len(planes) and planes[contour] == plane:
            first, end = starts[contour], starts[contour + 1]
            for a in range(first, end):
                b = a + 1 if a + 1 < end else first
                lower, upper = (a, b) if points[a, 1] <= points[b, 1] else (b, a)
                x, y = points[lower, 0], points[lower, 1]
                run, rise = points[upper, 0] - x, points[upper, 1] - y
                for row in range(max(math.ceil(y), 0), min(math.ceil(points[upper, 1]), rows)):
                    crossing = x + (row - y) * run / rise
                    if crossing <= columns - 1:
                        column = max(math.ceil(crossing), 0)
                        out[plane, row, column] ^= 1
                        low, high, left = min(low, row), max(high, row), min(left, column)
            contour += 1
        for row in range(low, high + 1):
            inside = np.uint8(0)
            for column in range(left, columns):
                inside ^= out[plane, row, column]
                out[plane, row, column] = inside
