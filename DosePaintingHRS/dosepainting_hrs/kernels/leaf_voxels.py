"""Which voxels lie below, and which within, a bracket of squared distances; only leaves that cross it are looked into."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bits import count_bits, lowest_bit, without_lowest
from .jit import even_kernel, kernel, kernel_step
from .kd_leaves import LEAF, Leaves
from .leaf_sets import nearness

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Counts = NDArray[np.int32]
Ints = NDArray[np.int64]
Listed = tuple[Singles, NDArray[np.uint16], Counts]
"""Squared distances in single precision, tumours, and places among all places of the leaves."""
ListedOfEach = tuple[Singles, NDArray[np.uint16], Counts]
"""The same of several centres, a row each."""
TOGETHER = 8
"""Centres that are looked at together."""
_FAR, _CROSSING, _INSIDE = np.uint8(0), np.uint8(1), np.uint8(2)


@even_kernel
def gather(  # noqa: PLR0917
    leaves: Leaves, unit: bool, boxes: Singles, centres: Floats, low: Floats, high: Floats,
    states: NDArray[np.uint8], inside: Counts, listed: ListedOfEach, found: Ints,
) -> None:  # fmt: skip
    """Count the voxels that surely lie below a bracket, and list those that may lie within it, for several centres.

    Every leaf is fetched once for all of them: centres that are neighbours need the same leaves. Single precision decides;
    `error_of` says how wrong it may be, and what is listed is that much more than the bracket.

    Parameters
    ----------
    leaves, boxes
        The voxels; see `fill_leaves`.
    unit : bool
        Whether every weight is 1.
    centres : ndarray, (c, m)
        Normalised centres, at most `TOGETHER`.
    low, high : ndarray, (c,)
        The bracket of each, both ends within it.
    states : ndarray, (c + 1, leaves)
        Working space.
    inside : ndarray, (c, t)
        Filled with the voxels of each tumour below the bracket.
    listed : tuple of ndarray, (c, n)
        Filled with the voxels that may lie in the bracket.
    found : ndarray, (c,)
        Filled with the number of these.
    """
    number, tumours = len(centres), inside.shape[1]
    block, surely, perhaps = (
        np.empty(LEAF, dtype=np.float32),
        np.empty(number, dtype=np.float32),
        np.empty(number, dtype=np.float32),
    )
    single_centres = centres.astype(np.float32)
    inside[:number], found[:number] = 0, 0
    wanted, near, far = states[number], np.empty(boxes.shape[2], dtype=np.float32), np.empty(boxes.shape[2], dtype=np.float32)
    wanted[:] = 0
    for one in range(number):
        wrong = error_of(centres[one], high[one])
        surely[one], perhaps[one] = np.float32(low[one] - wrong), np.float32(high[one] + wrong)
        _box_distances(single_centres[one], boxes, near, far)
        for index in range(len(near)):
            inner = np.uint8(near[index] <= perhaps[one]) * np.uint8(1 + np.uint8(far[index] < surely[one]))
            states[one, index] = inner
            wanted[index] |= inner
    whole, singles, bits = leaves[3], leaves[5], leaves[4]
    for index in range(boxes.shape[2]):
        if wanted[index] == _FAR:
            continue
        for one in range(number):
            if states[one, index] == _FAR:
                continue
            if states[one, index] == _INSIDE:
                for tumour in range(tumours):
                    inside[one, tumour] += whole[index, tumour]
                continue
            under, within = nearness(singles, index, single_centres, one, surely[one], perhaps[one], block)
            within &= ~under
            place, last = found[one], index * LEAF
            while within != np.uint64(0):
                bit = lowest_bit(within)
                within = without_lowest(within)
                listed[0][one, place], listed[1][one, place] = block[bit], leaves[1][index, bit]
                listed[2][one, place] = last + bit
                place += 1
            found[one] = place
            if unit:
                for tumour in range(tumours):
                    inside[one, tumour] += np.int32(count_bits(under & bits[index, tumour]))
            else:
                _count_weights(under, leaves[1], leaves[2], index, inside, one)


@even_kernel
def _box_distances(centre: Singles, boxes: Singles, nearest: Singles, farthest: Singles) -> None:
    """Fill the least and greatest squared distance of a centre to the box of every leaf, (leaves,)."""
    nearest[:] = 0.0
    farthest[:] = 0.0
    for axis in range(len(centre)):
        at, least, most = centre[axis], boxes[0, axis], boxes[1, axis]
        for index in range(len(nearest)):
            under, over = least[index] - at, at - most[index]
            away = max(under, over, np.float32(0.0))
            nearest[index] += away * away
            away = max(-under, -over)
            farthest[index] += away * away


@kernel_step
def distance_of(values: Floats, place: int, centre: Floats) -> float:
    """Return the squared distance of the voxel at one of all places of the leaves, added up axis by axis."""
    distance = 0.0
    for axis in range(len(centre)):
        away = values[place // LEAF, place % LEAF, axis] - centre[axis]
        distance += away * away
    return distance


@kernel
def bounds_of(boxes: Floats) -> Floats:
    """Return the least and the greatest value along every axis, (2, m)."""
    found = np.empty((2, boxes.shape[1]))
    for axis in range(boxes.shape[1]):
        found[0, axis], found[1, axis] = boxes[0, axis].min(), boxes[1, axis].max()
    return found


@kernel
def reach(centre: Floats, bounds: Floats) -> float:
    """Return a squared distance within which all voxels lie."""
    total = 0.0
    for axis in range(len(centre)):
        away = max(bounds[1, axis] - centre[axis], centre[axis] - bounds[0, axis])
        total += away * away
    return float(total * 1.01 + 1e-300)


@kernel
def room_for(most: int) -> ListedOfEach:
    """Return space for the voxels of `TOGETHER` centres; pages that are never written to take no memory."""
    size = (TOGETHER, most)
    return np.empty(size, dtype=np.float32), np.empty(size, dtype=np.uint16), np.empty(size, dtype=np.int32)


@kernel
def error_of(centre: Floats, limit: float) -> float:
    """Return by how much single precision may be wrong about squared distances up to a limit; twice that, to be safe.

    A value, its centre, their difference, every square and every sum are each rounded by 2^-24 of themselves; what the axes
    add up to is bounded by the inequality of Cauchy and Schwarz. Beyond the limit the error grows more slowly than the
    distance, so that no voxel from there comes to lie below it.
    """
    axes, radius, unit = len(centre), np.sqrt(limit), 2.0**-23
    away = unit * (2.0 * np.abs(centre).max() + 2.0 * radius)
    return float(2.0 * radius * np.sqrt(axes) * away + axes * away * away + (axes + 2) * unit * limit + 1e-37)


@kernel_step
def _count_weights(  # noqa: PLR0917
    places: np.uint64, tumours: NDArray[np.uint16], weights: Counts, index: int, inside: Counts, one: int
) -> None:
    while places != np.uint64(0):
        place = lowest_bit(places)
        places = without_lowest(places)
        inside[one, tumours[index, place]] += weights[index, place]
