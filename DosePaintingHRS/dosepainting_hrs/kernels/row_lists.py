"""Voxels sorted by squared distance, by way of rows: the few in a row are quickly sorted, and most rows need not be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel, kernel_step
from .leaf_voxels import Listed

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]
Ints = NDArray[np.int64]
_SMALL = 24
"""Up to this length insertion is the fastest way to sort."""


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
    """Return the voxels of all tumours in one row as one of the cohorts counts them."""
    total = 0
    for which in range(voxels.shape[1]):
        total += voxels[row, which] * times[cohort, which]
    return total


@kernel
def count_rows(  # noqa: PLR0917
    found: int, listed: Listed, low: float, scale: float, inside: Counts, at_row: NDArray[np.uint16], before: Counts
) -> None:
    """Count the voxels of each tumour before each row.

    Parameters
    ----------
    found : int
        Number of voxels listed.
    listed : tuple of ndarray
        The voxels.
    low, scale : float
        See `row_of`.
    inside : ndarray, (t,)
        Voxels of each tumour before the first row.
    at_row : ndarray, (n,)
        Filled with the row of every voxel.
    before : ndarray, (rows + 1, t)
        Filled; the last entry counts all.
    """
    distances, tumours, weights = listed
    rows = len(before) - 1
    before[:] = 0
    before[0] = inside
    for index in range(found):
        at_row[index] = row_of(distances[index], low, scale, rows)
        before[at_row[index] + np.uint16(1), tumours[index]] += weights[index]
    for row in range(rows):
        for tumour in range(len(inside)):
            before[row + 1, tumour] += before[row, tumour]


@kernel
def list_rows(  # noqa: PLR0917
    found: int, listed: Listed, at_row: NDArray[np.uint16], wanted: NDArray[np.bool_], starts: Ints, kept: Ints, items: Listed
) -> None:
    """Copy the voxels of wanted rows row by row, each row sorted by distance.

    Parameters
    ----------
    found, listed, at_row
        See `count_rows`.
    wanted : ndarray, (rows,)
        Which rows.
    starts : ndarray, (rows + 1,)
        Filled with where each row begins; rows that are not wanted are empty.
    kept : ndarray, (n,)
        Working space.
    items : tuple of ndarray
        Filled.
    """
    rows, number = len(wanted), 0
    starts[:] = 0
    for index in range(found):
        kept[number] = index
        number += wanted[at_row[index]]
    for place in range(number):
        starts[at_row[kept[place]] + 1] += 1
    for row in range(rows):
        starts[row + 1] += starts[row]
    for place in range(number):
        index = kept[place]
        row = at_row[index]
        to = starts[row]
        starts[row] += 1
        items[0][to], items[1][to], items[2][to] = listed[0][index], listed[1][index], listed[2][index]
    for row in range(rows, 0, -1):
        starts[row] = starts[row - 1]
    starts[0] = 0
    for row in range(rows):
        if wanted[row]:
            sort_items(items, starts[row], starts[row + 1])


@kernel
def sort_items(items: Listed, first: int, stop: int) -> None:
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
def _partition(items: Listed, low: int, high: int) -> tuple[int, int]:
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
def _swap(items: Listed, one: int, other: int) -> None:
    distance, tumour, weight = items
    distance[one], distance[other] = distance[other], distance[one]
    tumour[one], tumour[other] = tumour[other], tumour[one]
    weight[one], weight[other] = weight[other], weight[one]


@kernel
def _insert(items: Listed, low: int, high: int) -> None:
    distance, tumour, weight = items
    for index in range(low + 1, high):
        value, whose, counted, place = distance[index], tumour[index], weight[index], index
        while place > low and distance[place - 1] > value:
            distance[place] = distance[place - 1]
            tumour[place], weight[place] = tumour[place - 1], weight[place - 1]
            place -= 1
        distance[place], tumour[place], weight[place] = value, whose, counted
