"""Order points so that each run of a fixed length lies close together: the leaves of a k-d tree, without the tree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Singles = NDArray[np.float32]
Counts = NDArray[np.int32]
Codes = NDArray[np.uint32]
Tumours = NDArray[np.uint16]
Bits = NDArray[np.uint64]
Leaves = tuple[Floats, Tumours, Counts, Counts, Bits, Singles, Singles, Counts]
"""Values (leaves, LEAF, m), tumours and weights (leaves, LEAF); voxels (leaves, c) and places, one bit each, of each tumour;
the values once more in single precision, axis by axis (leaves, m, LEAF). Of each group of LEAF leaves: their least and greatest
values (groups, 2, m, LEAF), infinite where there is no leaf, and the voxels of each tumour (groups, c). There are `columns_for`
the tumours."""

LEAF = 64
"""Points per leaf: as many as a word has bits."""
LANES = 8
"""Tumours that one wide instruction counts: tables have columns for a multiple of these, the last ones of no tumour."""
_HALF, _POINT, _MOST = np.uint64(32), np.uint64(2**32 - 1), 2**32 - 1
"""Of a key: by how much its value is shifted, and where the point's index is. The greatest of both."""
_MANY, _SAMPLE = 512, 32
"""Keys from which on a pivot is chosen from a sample, and its size."""


@kernel
def columns_for(tumours: int) -> int:
    """Return how many columns a table of tumours has."""
    return -(-tumours // LANES) * LANES


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

    Notes
    -----
    A key holds a value in its upper and the point's index in its lower half: values up to 2^-32 of the widest axis apart may be
    taken for equal, which moves points between neighbouring leaves and nothing else, and no two keys are equal.
    """
    count = points.shape[1]
    codes, keys = _codes_of(points), np.arange(count).astype(np.uint64)
    starts, stops = np.empty(128, dtype=np.int64), np.empty(128, dtype=np.int64)
    starts[0], stops[0], waiting = 0, (count + LEAF - 1) // LEAF, 1
    while waiting:
        waiting -= 1
        first, last = starts[waiting], stops[waiting]
        if last - first < 2:
            continue
        middle = (first + last) // 2
        low, high = first * LEAF, min(last * LEAF, count)
        code = codes[_widest(codes, keys, low, high)]
        for place in range(low, high):
            point = keys[place] & _POINT
            keys[place] = (np.uint64(code[point]) << _HALF) | point
        _select(keys, low, high, middle * LEAF)
        starts[waiting], stops[waiting] = first, middle
        starts[waiting + 1], stops[waiting + 1] = middle, last
        waiting += 2
    return (keys & _POINT).astype(np.int64)


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
    tallies : ndarray, (blocks, c)
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
def _codes_of(points: Floats) -> Codes:
    """Return whole numbers in place of the values, in the same order along each axis, and as far apart on all of them."""
    lows, width = np.empty(len(points)), 0.0
    for axis in range(len(points)):
        lows[axis] = points[axis].min()
        width = max(width, points[axis].max() - lows[axis])
    scale, codes = _MOST / width if width > 0.0 else 0.0, np.empty(points.shape, dtype=np.uint32)
    for axis in range(len(points)):
        for point in range(points.shape[1]):
            codes[axis, point] = np.uint32((points[axis, point] - lows[axis]) * scale)
    return codes


@kernel
def _widest(codes: Codes, keys: Bits, low: int, high: int) -> int:
    """Return the axis along which some of the points lie farthest apart."""
    found, width, step = 0, np.int64(-1), max(1, (high - low) // 256)
    for axis in range(len(codes)):
        least, most = np.int64(_MOST), np.int64(0)
        for place in range(low, high, step):
            value = np.int64(codes[axis, keys[place] & _POINT])
            least, most = min(least, value), max(most, value)
        if most - least > width:
            found, width = axis, most - least
    return found


@kernel
def _select(keys: Bits, low: int, high: int, place: int) -> None:
    """Reorder keys from `low` up to `high`, all different, so that those before `place` are below those from it on."""
    while high - low > 2:
        pivot = _pivot(keys, low, high, place)
        # No branch depends on a key: half of all guesses would be wrong.
        middle = low
        for index in range(low, high):
            key = keys[index]
            keys[index], keys[middle] = keys[middle], key
            middle += int(key <= pivot)
        if middle == place:
            return
        low, high = (low, middle) if place < middle else (middle, high)
    if high - low == 2:
        keys[low], keys[low + 1] = min(keys[low], keys[low + 1]), max(keys[low], keys[low + 1])


@kernel
def _pivot(keys: Bits, low: int, high: int, place: int) -> np.uint64:
    """Return one of at least three keys: near the one that belongs to a place, and not the greatest."""
    if high - low < _MANY:
        first, middle, last = keys[low], keys[(low + high) // 2], keys[high - 1]
        return np.uint64(max(min(first, middle), min(max(first, middle), last)))
    sample, step = np.empty(_SAMPLE, dtype=np.uint64), (high - low) // _SAMPLE
    for index in range(_SAMPLE):
        sample[index] = keys[low + index * step]
    sample.sort()
    return np.uint64(sample[min((place - low) * _SAMPLE // (high - low), _SAMPLE - 2)])
