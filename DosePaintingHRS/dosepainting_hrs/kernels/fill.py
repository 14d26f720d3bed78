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
        Index along the first axis of `out` that each contour lies on.
    out : array of uint8, (z, y, x)
        Zeros on entry, 0 and 1 on return; voxels outside the contours are not touched.

    Notes
    -----
    Each edge crosses some rows; the crossing's place is the first centre at or right of it. A closed contour crosses a row
    an even number of times, and the run between two places is toggled as soon as the second one is known: whichever two
    crossings of a row make a pair, the toggled runs add up to the same parity, so that nothing needs sorting. Edges are
    walked from their lower end, so that two contours with a common edge compute the same crossing to the last bit.
    """
    rows, columns = out.shape[1], out.shape[2]
    unpaired = np.full(rows, -1, dtype=np.int64)
    for contour in range(len(planes)):
        first, end = starts[contour], starts[contour + 1]
        for a in range(first, end):
            b = a + 1 if a + 1 < end else first
            lower, upper = (a, b) if points[a, 1] <= points[b, 1] else (b, a)
            x, y = points[lower, 0], points[lower, 1]
            run, rise = points[upper, 0] - x, points[upper, 1] - y
            for row in range(max(math.ceil(y), 0), min(math.ceil(points[upper, 1]), rows)):
                crossing = x + (row - y) * run / rise
                place = max(math.ceil(crossing), 0) if crossing <= columns - 1 else columns
                other = unpaired[row]
                if other < 0:
                    unpaired[row] = place
                    continue
                between = out[planes[contour], row, min(place, other) : max(place, other)]
                for voxel in range(len(between)):  # As one run, which the compiler turns into wide instructions.
                    between[voxel] ^= 1
                unpaired[row] = -1
