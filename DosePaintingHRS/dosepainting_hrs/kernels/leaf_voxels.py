"""Which voxels lie below, and which within, a bracket of squared distances; only leaves that cross it are looked into."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bits import lowest_bit, without_lowest
from .jit import even_kernel, kernel, kernel_step
from .kd_leaves import LEAF, Leaves
from .leaf_sets import add_counts, add_places, box_nearness, nearness

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
AT_ONCE = 2
"""Voxels of a leaf that are listed without asking whether there are any: few leaves have more, and guesses would be wrong."""
_NONE, _ALL, _PLACES = np.uint64(0), ~np.uint64(0), np.uint64(LEAF - 1)


@even_kernel
def gather(  # noqa: PLR0917
    leaves: Leaves, unit: bool, centres: Floats, low: Floats, high: Floats,
    inside: Counts, listed: ListedOfEach, found: Ints,
) -> None:  # fmt: skip
    """Count the voxels that surely lie below a bracket, and list those that may lie within it, for several centres.

    A group of leaves is fetched once for all of them: centres that are neighbours need the same ones. Single precision decides;
    `error_of` says how wrong it may be, and what is listed is that much more than the bracket.

    Parameters
    ----------
    leaves : tuple of ndarray
        The voxels; see `fill_leaves`.
    unit : bool
        Whether every weight is 1.
    centres : ndarray, (c, m)
        Normalised centres, at most `TOGETHER`.
    low, high : ndarray, (c,)
        The bracket of each, both ends within it.
    inside : ndarray, (c, columns)
        Filled with the voxels of each tumour below the bracket.
    listed : tuple of ndarray, (c, n)
        Filled with the voxels that may lie in the bracket.
    found : ndarray, (c,)
        Filled with the number of these.
    """
    number = len(centres)
    block, limits, sets = (
        np.empty(LEAF, dtype=np.float32),
        np.empty((2, number), dtype=np.float32),
        np.empty((2, number), dtype=np.uint64),
    )
    single_centres = centres.astype(np.float32)
    inside[:number], found[:number] = 0, 0
    for one in range(number):
        wrong = error_of(centres[one], high[one])
        limits[0, one], limits[1, one] = np.float32(low[one] - wrong), np.float32(high[one] + wrong)
    for group in range(len(leaves[7])):
        for one in range(number):
            sets[0, one], sets[1, one] = box_nearness(leaves[6], group, single_centres, one, limits[0, one], limits[1, one])
        for one in range(number):
            whole, crossing = sets[0, one], sets[1, one] & ~sets[0, one]
            if whole == _ALL:
                add_counts(leaves[7], group, inside, one)
                continue
            while whole != _NONE:
                add_counts(leaves[3], group * LEAF + int(lowest_bit(whole)), inside, one)
                whole = without_lowest(whole)
            while crossing != _NONE:
                index = group * LEAF + int(lowest_bit(crossing))
                crossing = without_lowest(crossing)
                below, within = nearness(leaves[5], index, single_centres, one, limits[0, one], limits[1, one], block)
                found[one] = _list(leaves, index, within & ~below, block, one, listed, found[one])
                if unit:
                    add_places(leaves[4], index, below, inside, one)
                else:
                    _add_weights(below, leaves[1], leaves[2], index, inside, one)


@kernel_step
def _list(  # noqa: PLR0917
    leaves: Leaves, index: int, places: np.uint64, distances: Singles, one: int, listed: ListedOfEach, found: int
) -> int:
    """List the voxels at some places of a leaf; returns how many there are now."""
    for _ in range(AT_ONCE):
        place = lowest_bit(places) & _PLACES
        listed[0][one, found], listed[1][one, found] = distances[place], leaves[1][index, place]
        listed[2][one, found] = index * LEAF + int(place)
        found += int(places != _NONE)
        places = without_lowest(places)
    while places != _NONE:
        place = lowest_bit(places)
        places = without_lowest(places)
        listed[0][one, found], listed[1][one, found] = distances[place], leaves[1][index, place]
        listed[2][one, found] = index * LEAF + int(place)
        found += 1
    return found


@kernel_step
def distance_of(values: Floats, place: int, centre: Floats) -> float:
    """Return the squared distance of the voxel at one of all places of the leaves, added up axis by axis."""
    distance = 0.0
    for axis in range(len(centre)):
        away = values[place // LEAF, place % LEAF, axis] - centre[axis]
        distance += away * away
    return distance


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
def _add_weights(  # noqa: PLR0917
    places: np.uint64, tumours: NDArray[np.uint16], weights: Counts, index: int, inside: Counts, one: int
) -> None:
    while places != _NONE:
        place = lowest_bit(places)
        places = without_lowest(places)
        inside[one, tumours[index, place]] += weights[index, place]
