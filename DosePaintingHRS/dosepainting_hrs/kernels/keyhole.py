"""Joining the rims of holes to the ring around them, so that one closed contour says both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def join_holes(  # noqa: PLR0917
    bordered: NDArray[np.uint8],
    rings: int,
    vertices: NDArray[np.int32],
    starts: NDArray[np.int32],
    is_hole: NDArray[np.bool_],
    edge_at: NDArray[np.int32],
    joined: NDArray[np.int32],
    joined_starts: NDArray[np.int32],
) -> int:
    """Join every hole of a slice to the first ring on its left by a bridge walked out and back.

    The bridge runs left from the hole's leftmost corner (its highest one) between two rows of the region, so it meets no
    other ring on its way; the ring it ends at belongs to the same piece of the region, and begins further left. Bridges
    therefore never cross, and hole after hole leads to the outer ring. Both ways share all corners: they cancel exactly.

    Parameters
    ----------
    bordered, vertices, starts, is_hole, edge_at
        As `trace_slice` was given and left them.
    rings : int
        As it returned.
    joined : array of int32, (vertices + 3 holes, 2)
        Receives the corners (x, y), contour after contour.
    joined_starts : array of int32, (rings + 1,)
        Receives where each contour begins, and after the last one, where it ends.

    Returns
    -------
    int
        Number of contours: one for each outer ring.
    """
    count = starts[rings]
    following = np.arange(1, len(joined) + 1)
    corner = np.empty((len(joined), 2), dtype=np.int32)
    corner[:count] = vertices[:count]
    bridge_on, way_back = np.full(len(joined), -1), np.full(len(joined), -1)
    leftmost = np.empty(rings, dtype=np.int64)
    for ring in range(rings):
        following[starts[ring + 1] - 1] = best = starts[ring]
        for one in range(starts[ring] + 1, starts[ring + 1]):
            if corner[one, 0] < corner[best, 0] or (corner[one, 0] == corner[best, 0] and corner[one, 1] < corner[best, 1]):
                best = one
        leftmost[ring] = best
    for ring in range(rings):
        if not is_hole[ring]:
            continue
        start = leftmost[ring]
        x, y = corner[start, 0] - 1, corner[start, 1]
        while bordered[y, x] and bordered[y + 1, x]:
            x -= 1
        edge = edge_at[y, x]
        before, reach = edge, abs(y - corner[edge, 1])
        # Several bridges may end on one edge: they are met in order of their distance from its beginning. None ends on the
        # edge that leaves a rim's own leftmost corner, which faces the hole; so rims may be joined in any order.
        while bridge_on[following[before]] == edge and abs(corner[following[before], 1] - corner[edge, 1]) < reach:
            before = way_back[following[before]]
        out, again, back = count, count + 1, count + 2
        corner[out, 0], corner[out, 1], corner[back, 0], corner[back, 1] = x, y, x, y
        corner[again] = corner[start]
        bridge_on[out], way_back[out] = edge, back
        following[again], following[start], following[back] = following[start], back, following[before]
        following[before], following[out] = out, again
        count += 3
    return _collect(rings, starts, is_hole, corner, following, joined, joined_starts)


@kernel
def _collect(  # noqa: PLR0917
    rings: int,
    starts: NDArray[np.int32],
    is_hole: NDArray[np.bool_],
    corner: NDArray[np.int32],
    following: NDArray[np.int64],
    joined: NDArray[np.int32],
    joined_starts: NDArray[np.int32],
) -> int:
    """Walk the chains; a bridge that ends at a corner of the ring does not repeat that corner on its way out."""
    contours, count = 0, 0
    for ring in range(rings):
        if is_hole[ring]:
            continue
        joined_starts[contours] = count
        first = starts[ring]
        here = first
        while True:
            if here == first or corner[here, 0] != joined[count - 1, 0] or corner[here, 1] != joined[count - 1, 1]:
                joined[count] = corner[here]
                count += 1
            here = following[here]
            if here == first:
                break
        contours += 1
    joined_starts[contours] = count
    return contours
