"""Which voxels lie below, and which within, a bracket of squared distances; only leaves that cross it are looked into."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bits import below, count_bits, lowest_bit, up_to, without_lowest
from .jit import even_kernel, kernel, kernel_step
from .kd_leaves import LEAF, Leaves
from .single_distances import single_distances

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Counts = NDArray[np.int32]
Ints = NDArray[np.int64]
Listed = tuple[Floats, NDArray[np.uint16], Counts]
"""Squared distances, tumours and weights of voxels."""
ListedOfEach = tuple[Floats, NDArray[np.uint16], Counts]
"""The same of several centres, a row each."""
TOGETHER = 8
"""Centres that are looked at together."""


@even_kernel
def gather(  # noqa: PLR0917
    leaves: Leaves, unit: bool, boxes: Floats, centres: Floats, low: Floats, high: Floats,
    ends: Floats, inside: Counts, listed: ListedOfEach, found: Ints,
) -> None:  # fmt: skip
    """Count the voxels below a bracket, and list those within it, for several centres.

    Every leaf is fetched once for all of them: centres that are neighbours need the same leaves. Single precision decides about
    the voxels that lie farther from the ends of the bracket than it can be wrong; the others are measured in double precision.

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
    ends : ndarray, (2, c, leaves)
        Working space.
    inside : ndarray, (c, t)
        Filled with the voxels of each tumour below the bracket.
    listed : tuple of ndarray, (c, n)
        Filled with the voxels in the bracket.
    found : ndarray, (c,)
        Filled with the number of voxels in the bracket.
    """
    number = len(centres)
    nearest, farthest = ends[0], ends[1]
    block, surely, perhaps = (
        np.empty(LEAF, dtype=np.float32),
        np.empty(number, dtype=np.float32),
        np.empty(number, dtype=np.float32),
    )
    single_centres = centres.astype(np.float32)
    inside[:number], found[:number] = 0, 0
    for one in range(number):
        wrong = error_of(centres[one], high[one])
        surely[one], perhaps[one] = np.float32(low[one] - wrong), np.float32(high[one] + wrong)
    for one in range(number):
        _box_distances(centres[one], boxes, nearest[one], farthest[one])
    whole, singles, bits = leaves[3], leaves[5], leaves[4]
    for index in range(boxes.shape[2]):
        for one in range(number):
            if nearest[one, index] > high[one]:
                continue
            if farthest[one, index] < low[one]:
                for tumour in range(inside.shape[1]):
                    inside[one, tumour] += whole[index, tumour]
                continue
            single_distances(singles, index, single_centres, one, block)
            under = below(block, surely[one])
            within = up_to(block, perhaps[one]) & ~under
            if within != np.uint64(0):
                found[one], nearer = _measure(leaves, index, within, centres, one, low[one], high[one], listed, found[one])
                under |= nearer
            if unit:
                for tumour in range(inside.shape[1]):
                    inside[one, tumour] += np.int32(count_bits(under & bits[index, tumour]))
            else:
                _count_weights(under, leaves[1], leaves[2], index, inside, one)


@even_kernel
def _box_distances(centre: Floats, boxes: Floats, nearest: Floats, farthest: Floats) -> None:
    """Fill the least and greatest squared distance of a centre to the box of every leaf, (leaves,).

    Rounding keeps order: the distances of a leaf's points, added up axis by axis, never leave these bounds by a bit.
    """
    nearest[:] = 0.0
    farthest[:] = 0.0
    for axis in range(len(centre)):
        at, least, most = centre[axis], boxes[0, axis], boxes[1, axis]
        for index in range(len(nearest)):
            under, over = least[index] - at, at - most[index]
            away = max(under, over, 0.0)
            nearest[index] += away * away
            away = max(-under, -over)
            farthest[index] += away * away


@kernel_step
def _measure(  # noqa: PLR0917
    leaves: Leaves,
    index: int,
    places: np.uint64,
    centres: Floats,
    one: int,
    low: float,
    high: float,
    listed: ListedOfEach,
    found: int,
) -> tuple[int, np.uint64]:
    """List the voxels at some places of a leaf that lie in the bracket; returns how many there are now, and which lie below."""
    values, tumours, weights = leaves[0], leaves[1], leaves[2]
    under = np.uint64(0)
    while places != np.uint64(0):
        place = lowest_bit(places)
        places = without_lowest(places)
        distance = 0.0
        for axis in range(centres.shape[1]):
            away = values[index, place, axis] - centres[one, axis]
            distance += away * away
        listed[0][one, found] = distance
        listed[1][one, found], listed[2][one, found] = tumours[index, place], weights[index, place]
        found += int(low <= distance <= high)
        under |= np.uint64(distance < low) << place
    return found, under


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
    return np.empty(size), np.empty(size, dtype=np.uint16), np.empty(size, dtype=np.int32)


@kernel
def error_of(centre: Floats, limit: float) -> float:
    """Return by how much single precision may be wrong about squared distances up to a limit; twice that, to be safe.

    A value, its centre, their difference, every square and every sum are each rounded by 2^-24 of themselves. Beyond the
    limit the error grows more slowly than the distance, so that no voxel from there comes to lie below it.
    """
    axes, radius, unit = len(centre), np.sqrt(limit), 2.0**-23
    away = unit * (2.0 * np.abs(centre).max() + 2.0 * radius)
    return float(axes * (2.0 * radius * away + away * away) + (axes + 2) * unit * limit + 1e-37)


@kernel_step
def _count_weights(  # noqa: PLR0917
    places: np.uint64, tumours: NDArray[np.uint16], weights: Counts, index: int, inside: Counts, one: int
) -> None:
    while places != np.uint64(0):
        place = lowest_bit(places)
        places = without_lowest(places)
        inside[one, tumours[index, place]] += weights[index, place]
