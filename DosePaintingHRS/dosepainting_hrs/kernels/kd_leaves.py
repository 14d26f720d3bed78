"""Order points so that each run of a fixed length lies close together: the leaves of a k-d tree, without the tree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Singles = NDArray[np.float32]
Counts = NDArray[np.int32]
Tumours = NDArray[np.uint16]
Bits = NDArray[np.uint64]
Leaves = tuple[Floats, Tumours, Counts, Counts, Bits, Singles, Singles, Counts]
"""Values (leaves, LEAF, m), tumours and weights (leaves, LEAF); voxels (leaves, t) and places, one bit each, of each tumour;
the values once more in single precision, axis by axis (leaves, m, LEAF). Of each group of LEAF leaves: their least and greatest
values (groups, 2, m, LEAF), infinite where there is no leaf, and the voxels of each tumour (groups, t)."""

LEAF = 64
"""Points per leaf: as many as a word has bits."""


@kernel
def kd_order(points: Floats) -> Ints:
    """Return an order of the points in which every `LEAF` consecutive ones are neighbours.

    Parameters
    ----------
    points : ndarray, (m, n)
        One row per axis.

    Returns
    -------
    ndarray, (n,), int64
    """
    axes, count = points.shape
    order, keys = np.arange(count), np.empty(count)
    starts, stops = np.empty(128, dtype=np.int64), np.empty(128, dtype=np.int64)
    starts[0], stops[0], waiting = 0, (count + LEAF - 1) // LEAF, 1
    while waiting:
        waiting -= 1
        first, last = starts[waiting], stops[waiting]
        if last - first < 2:
            continue
        middle = (first + last) // 2
        low, high = first * LEAF, min(last * LEAF, count)
        axis = _widest(points, order, low, high, axes)
        for index in range(low, high):
            keys[index] = points[axis, order[index]]
        _select(keys, order, low, high - 1, middle * LEAF)
        starts[waiting], stops[waiting] = first, middle
        starts[waiting + 1], stops[waiting + 1] = middle, last
        waiting += 2
    return order


@kernel
def fill_leaves(  # noqa: PLR0917
    points: Floats, tumour: Tumours, weights: Counts, order: Ints, leaves: Leaves, moments: Singles, tallies: Counts
) -> None:
    """Copy points leaf by leaf, and find the bounds and the tumours of every leaf.

    Parameters
    ----------
    points : ndarray, (m, n)
        One row per axis.
    tumour, weights : ndarray, (n,)
        Tumour of each point, and the voxels it stands for.
    order : ndarray, (n,)
        See `kd_order`.
    leaves : tuple of ndarray
        Filled. The places that the last leaf does not fill are infinitely far away and stand for nothing.
    moments : ndarray, (2, m, blocks)
        Filled with mean and variance along each axis of blocks of leaves.
    tallies : ndarray, (blocks, t)
        Filled with the voxels of each tumour in these blocks.
    """
    values, tumours, counted, counts, bits, singles, boxes, whole = leaves
    number, axes, each = len(values), values.shape[2], -(-len(values) // len(tallies))
    values[:], tumours[:], counted[:], counts[:], bits[:], singles[:] = np.inf, 0, 0, 0, 0, np.inf
    boxes[:], whole[:], tallies[:] = np.inf, 0, 0
    for index in range(number):
        first = index * LEAF
        for place in range(min(LEAF, len(order) - first)):
            point = order[first + place]
            whose = tumour[point]
            tumours[index, place], counted[index, place] = whose, weights[point]
            counts[index, whose] += weights[point]
            bits[index, whose] |= np.uint64(1) << np.uint64(place)
            for axis in range(axes):
                values[index, place, axis] = points[axis, point]
                singles[index, axis, place] = points[axis, point]
        whole[index // LEAF] += counts[index]
        tallies[index // each] += counts[index]
    for block in range(len(tallies)):
        _fill_moments(leaves, block * each, min((block + 1) * each, number), len(order), moments[:, :, block])


@kernel
def _fill_moments(leaves: Leaves, first: int, stop: int, filled: int, moments: Singles) -> None:
    """Fill the bounds of some leaves, and mean and variance of all of them, (2, m)."""
    values, counted, boxes = leaves[0], leaves[2], leaves[6]
    for axis in range(values.shape[2]):
        total, mean, variance = 0, 0.0, 0.0
        for index in range(first, stop):
            least, most = np.inf, -np.inf
            for place in range(min(LEAF, filled - index * LEAF)):
                value = values[index, place, axis]
                least, most = min(least, value), max(most, value)
                total += counted[index, place]
                mean += counted[index, place] * value
            boxes[index // LEAF, 0, axis, index % LEAF], boxes[index // LEAF, 1, axis, index % LEAF] = least, most
        mean /= total
        for index in range(first, stop):
            for place in range(min(LEAF, filled - index * LEAF)):
                away = values[index, place, axis] - mean
                variance += counted[index, place] * (away * away)
        moments[0, axis], moments[1, axis] = mean, variance / total


@kernel
def _widest(points: Floats, order: Ints, low: int, high: int, axes: int) -> int:
    """Return the axis along which some of the points lie farthest apart."""
    found, width, step = 0, -1.0, max(1, (high - low) // 256)
    for axis in range(axes):
        least, most = np.inf, -np.inf
        for index in range(low, high, step):
            value = points[axis, order[index]]
            least, most = min(least, value), max(most, value)
        if most - least > width:
            found, width = axis, most - least
    return found


@kernel
def _select(keys: Floats, order: Ints, low: int, high: int, place: int) -> None:
    """Reorder so that no key before `place` is above, and none from it on below, the key that belongs there."""
    while low < high:
        first, middle, last = keys[low], keys[(low + high) // 2], keys[high]
        pivot = max(min(first, middle), min(max(first, middle), last))
        left, right = low, high
        while left <= right:
            while keys[left] < pivot:
                left += 1
            while keys[right] > pivot:
                right -= 1
            if left <= right:
                keys[left], keys[right] = keys[right], keys[left]
                order[left], order[right] = order[right], order[left]
                left += 1
                right -= 1
        if place <= right:
            high = right
        elif place >= left:
            low = left
        else:
            return
