"""Voxels sorted by squared distance, by way of rows: the few in a row are quickly sorted, and most rows need not be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import even_kernel, kernel, kernel_step
from .kd_leaves import LEAF, Leaves, columns_for
from .leaf_voxels import Listed, distance_of, error_of

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]
Ints = NDArray[np.int64]
Items = tuple[Floats, NDArray[np.uint16], Counts]
"""Squared distances, tumours and weights of voxels."""
Work = tuple[Counts, Counts, Floats, Counts]
"""Of voxels, a number that depends on the step, the part of the row and the distance; where each part of the rows begins."""
Rows = tuple[Counts, NDArray[np.uint16], NDArray[np.bool_], Ints, Work, Items]
"""Voxels before each row, row of each voxel, wanted rows, where they begin, working space, their voxels."""
PARTS = 16
"""Parts of a row into which voxels are sorted first."""
_SMALL = 24
"""Up to this length insertion is the fastest way to sort."""


@kernel
def padded(times: Counts) -> Counts:
    """Return how often each cohort counts each tumour, with the columns that are of no tumour."""
    found = np.zeros((len(times), columns_for(times.shape[1])), dtype=np.int32)
    found[:, : times.shape[1]] = times
    return found


@kernel
def rows_for(rows: int, tumours: int, most: int) -> Rows:
    """Return space for rows of at most so many voxels; pages that are never written to take no memory."""
    numbers, parts = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    return (
        np.empty((rows + 1, columns_for(tumours)), dtype=np.int32),
        np.empty(most, dtype=np.uint16),
        np.zeros(rows + 1, dtype=np.bool_),
        np.empty(rows + 1, dtype=np.int64),
        (numbers, parts, np.empty(most), np.empty(PARTS * rows, dtype=np.int32)),
        (np.empty(most), np.empty(most, dtype=np.uint16), np.empty(most, dtype=np.int32)),
    )


@kernel
def with_rows(work: Rows, rows: int) -> Rows:
    """Return the same space for fewer rows."""
    before, at_row, wanted, starts, kept, items = work
    return before[: rows + 1], at_row, wanted[: rows + 1], starts[: rows + 1], kept, items


@kernel
def row_of(distance: float, low: float, scale: float, rows: int) -> int:
    """Return the row of a squared distance; rows never fall when it rises."""
    return min(int((distance - low) * scale), rows - 1)


@kernel
def counted(voxels: Counts, times: Counts) -> int:
    """Return the voxels of all tumours as a cohort counts them."""
    total = 0
    for which in range(len(voxels)):
        total += voxels[which] * times[which]
    return total


@kernel_step
def counted_at(voxels: Counts, row: int, times: Counts, cohort: int) -> int:
    """Return the voxels of all tumours in one row as one of the cohorts counts them, fewer than 2^31."""
    total = np.int32(0)
    for which in range(voxels.shape[1]):
        total = np.int32(total + np.int32(voxels[row, which] * times[cohort, which]))
    return int(total)


@kernel
def count_rows(  # noqa: PLR0917
    found: int, listed: Listed, leaves: Leaves, unit: bool, centre: Floats, low: float, high: float, inside: Counts,
    at_row: NDArray[np.uint16], keys: Counts, before: Counts,
) -> None:  # fmt: skip
    """Count the voxels of each tumour before each row of the bracket.

    Parameters
    ----------
    found, listed, leaves, unit, centre, low, high
        See `gather`.
    inside : ndarray, (c,)
        Voxels of each tumour that lie below the bracket; those listed are added.
    at_row : ndarray, (n,)
        Filled with the row of every voxel listed; the number of rows where it lies in none.
    keys : ndarray, (n,)
        Working space.
    before : ndarray, (rows + 1, c)
        Filled; the last row counts all.

    Notes
    -----
    Where single precision cannot tell on which side of the edge of a row a voxel lies, it is measured in double precision.
    """
    singles, tumours, places = listed
    rows, wide, scale = len(before) - 1, before.shape[1], (len(before) - 1) / (high - low)
    _single_rows(found, singles, tumours, low, scale, error_of(centre, high) * scale, rows, wide, at_row, keys)
    before[:] = 0
    flat = before.reshape(before.size)
    for index in range(found):
        key = keys[index]
        if unit and key >= 0:
            flat[key] += 1
            continue
        weight = leaves[2][places[index] // LEAF, places[index] % LEAF]
        if key < 0:
            distance, tumour = distance_of(leaves[0], places[index], centre), tumours[index]
            row = row_of(distance, low, scale, rows) if low <= distance <= high else rows
            at_row[index] = row
            if distance < low:
                inside[tumour] += weight
            key = (row + 1) * wide + tumour
        if key < len(flat):
            flat[key] += weight
    before[0] = inside
    _add_up(before)


@even_kernel
def _add_up(before: Counts) -> None:
    """Add to each row the one before it."""
    for row in range(len(before) - 1):
        one, other = before[row], before[row + 1]
        for place in range(len(one)):
            other[place] += one[place]


@even_kernel
def _single_rows(  # noqa: PLR0917
    found: int, singles: NDArray[np.float32], tumours: NDArray[np.uint16], low: float, scale: float, slack: float, rows: int,
    wide: int, at_row: NDArray[np.uint16], keys: Counts,
) -> None:  # fmt: skip
    """Fill the row of each voxel, and the place in the table where it is counted; -1 when it may lie in another row."""
    first, factor = np.float32(low), np.float32(scale)
    wrong, end, width = np.float32(slack + rows * 2.0**-21), np.float32(rows), np.int32(wide)
    for index in range(found):
        at = (singles[index] - first) * factor
        least, most = at - wrong, at + wrong
        row = np.int32(least)
        sure = (least >= 0.0) & (most < end) & (row == np.int32(most))
        at_row[index] = np.uint16(row)
        keys[index] = np.int32(np.int32(row + np.int32(1)) * width) + np.int32(tumours[index]) if sure else np.int32(-1)


@kernel
def list_rows(  # noqa: PLR0917
    found: int, listed: Listed, leaves: Leaves, centre: Floats, low: float, high: float, at_row: NDArray[np.uint16],
    wanted: NDArray[np.bool_], starts: Ints, work: Work, items: Items,
) -> None:  # fmt: skip
    """Measure the voxels of wanted rows and list them row by row, each row sorted by distance.

    Parameters
    ----------
    found, listed, leaves, centre, low, high, at_row
        See `count_rows`.
    wanted : ndarray, (rows + 1,)
        Which rows; the last entry is False.
    starts : ndarray, (rows + 1,)
        Filled with where each row begins; rows that are not wanted are empty.
    work : tuple of ndarray
        Working space.
    items : tuple of ndarray
        Filled.
    """
    kept, parts, distances, begin = work
    rows, number = len(wanted) - 1, 0
    for index in range(found):
        kept[number] = index
        number += wanted[at_row[index]]
    for row in range(rows):
        if wanted[row]:
            begin[row * PARTS : (row + 1) * PARTS] = 0
    scale = rows / (high - low)
    for one in range(number):
        distance, row = distance_of(leaves[0], listed[2][kept[one]], centre), int(at_row[kept[one]])
        part = row * PARTS + max(min(int(((distance - low) * scale - row) * PARTS), PARTS - 1), 0)
        distances[one], parts[one] = distance, part
        begin[part] += 1
    place = 0
    for row in range(rows):
        starts[row] = place
        if wanted[row]:
            for part in range(row * PARTS, (row + 1) * PARTS):
                place, begin[part] = place + begin[part], place
    starts[rows] = place
    for one in range(number):
        place, index = begin[parts[one]], listed[2][kept[one]]
        begin[parts[one]] += 1
        items[0][place], items[1][place] = distances[one], listed[1][kept[one]]
        items[2][place] = leaves[2][index // LEAF, index % LEAF]
    for row in range(rows):
        if wanted[row]:
            sort_items(items, starts[row], starts[row + 1])


@kernel
def sort_items(items: Items, first: int, stop: int) -> None:
    """Sort voxels from `first` up to `stop` by distance; equal distances are passed over in one go."""
    if stop - first <= _SMALL:
        _insert(items, first, stop)
        return
    pending = np.empty((64, 2), dtype=np.int64)
    pending[0, 0], pending[0, 1], waiting = first, stop, 1
    while waiting:
        waiting -= 1
        low, high = pending[waiting, 0], pending[waiting, 1]
        while high - low > _SMALL:
            left, right = _partition(items, low, high)
            if left - low < high - right:
                pending[waiting, 0], pending[waiting, 1] = right, high
                high = left
            else:
                pending[waiting, 0], pending[waiting, 1] = low, left
                low = right
            waiting += 1
        _insert(items, low, high)


@kernel
def _partition(items: Items, low: int, high: int) -> tuple[int, int]:
    """Bring smaller, equal and larger items together; returns where the equal ones begin and end."""
    distance = items[0]
    one, two, three = distance[low], distance[(low + high) // 2], distance[high - 1]
    pivot = max(min(one, two), min(max(one, two), three))
    left, index, right = low, low, high
    while index < right:
        value = distance[index]
        if value < pivot:
            _swap(items, index, left)
            left += 1
            index += 1
        elif value > pivot:
            right -= 1
            _swap(items, index, right)
        else:
            index += 1
    return left, right


@kernel
def _swap(items: Items, one: int, other: int) -> None:
    distance, tumour, weight = items
    distance[one], distance[other] = distance[other], distance[one]
    tumour[one], tumour[other] = tumour[other], tumour[one]
    weight[one], weight[other] = weight[other], weight[one]


@kernel
def _insert(items: Items, low: int, high: int) -> None:
    distance, tumour, weight = items
    for index in range(low + 1, high):
        value, whose, counted, place = distance[index], tumour[index], weight[index], index
        while place > low and distance[place - 1] > value:
            distance[place] = distance[place - 1]
            tumour[place], weight[place] = tumour[place - 1], weight[place - 1]
            place -= 1
        distance[place], tumour[place], weight[place] = value, whose, counted
