"""Following the edges between pixels around the regions of a slice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def trace_slice(  # noqa: PLR0917
    bordered: NDArray[np.uint8],
    seen: NDArray[np.int32],
    stamp: int,
    vertices: NDArray[np.int32],
    starts: NDArray[np.int32],
    is_hole: NDArray[np.bool_],
    edge_at: NDArray[np.int32],
) -> int:
    """Trace every ring of pixel edges of one slice, with the region on the right hand (x right, y down).

    A corner (x, y) is the upper left corner of pixel (row y, column x). Pixels that touch only at a corner are kept apart:
    each has its own ring. Corners where a ring goes straight on are left out.

    Parameters
    ----------
    bordered : array of uint8, (rows + 2, columns + 2)
        0 and 1, with an empty border one pixel wide.
    seen : array of int32, (rows, columns)
        Work space, kept between calls.
    stamp : int
        A number that `seen` does not hold yet.
    vertices : array of int32, (2 (rows + 1) (columns + 1), 2)
        Receives the corners (x, y) at which a ring turns, ring after ring.
    starts : array of int32, (rows columns + 1,)
        Receives where each ring begins in `vertices`, and after the last one, where it ends.
    is_hole : array of bool, (rows columns,)
        Receives whether each ring is the rim of a hole.
    edge_at : array of int32, (rows + 1, columns + 1)
        Receives, for each corner on a ring, the vertex that it is or that the straight edge through it begins at.

    Returns
    -------
    int
        Number of rings.
    """
    rings, count = 0, 0
    for row in range(bordered.shape[0] - 2):
        for column in range(bordered.shape[1] - 2):
            if bordered[row + 1, column + 1] <= bordered[row, column + 1] or seen[row, column] == stamp:
                continue
            # An upper edge that no ring has yet: the highest of an outer ring, but never the highest of a hole's rim.
            starts[rings], is_hole[rings] = count, False
            x, y, dx, dy = column, row, 1, 0
            while True:
                vertices[count, 0], vertices[count, 1] = x, y
                edge_at[y, x] = count
                count += 1
                # Straight on while there is region on the right and none on the left.
                while True:
                    if dx == 1:
                        seen[y, x] = stamp
                    x, y = x + dx, y + dy
                    right = bordered[y + (1 + dx + dy) // 2, x + (1 + dx - dy) // 2]
                    left = bordered[y + (1 - dx + dy) // 2, x + (1 + dx + dy) // 2]
                    if not right or left:
                        break
                    edge_at[y, x] = count - 1
                # Turning right wherever the right side ends keeps pixels apart that touch at this corner only.
                dx, dy = (dy, -dx) if right else (-dy, dx)
                is_hole[rings] |= y < row
                if x == column and y == row and dx == 1:
                    break
            rings += 1
    starts[rings] = count
    return rings
