"""Which voxels lie below, and which within, a bracket of squared distances; only leaves that cross it are looked into."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bits import below, count_bits, lowest_bit, up_to, without_lowest
from .jit import kernel
from .kd_leaves import LEAF, Leaves

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]
Listed = tuple[Floats, NDArray[np.uint16], Counts]
"""Squared distances, tumours and weights of voxels."""


@kernel
def box_distances(centre: Floats, boxes: Floats, nearest: Floats, farthest: Floats) -> None:
    """Fill the least and greatest squared distance of a centre to the box of every leaf, (2, m, leaves).

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


@kernel
def gather(  # noqa: PLR0917
    leaves: Leaves, unit: bool, centre: Floats, nearest: Floats, farthest: Floats, low: float, high: float,
    inside: Counts, listed: Listed,
) -> int:  # fmt: skip
    """Count the voxels below a bracket, and list those within it.

    Parameters
    ----------
    leaves : tuple of ndarray
        The voxels; see `fill_leaves`.
    unit : bool
        Whether every weight is 1.
    centre : ndarray, (m,)
        Normalised centre.
    nearest, farthest : ndarray, (leaves,)
        See `box_distances`.
    low, high : float
        The bracket, both ends within it.
    inside : ndarray, (t,)
        Filled with the voxels of each tumour below the bracket.
    listed : tuple of ndarray, (n,)
        Filled with the voxels in the bracket.

    Returns
    -------
    int
        Number of voxels in the bracket.
    """
    values, tumours, weights, counts, bits = leaves
    distances, whose, counted = listed
    inside[:] = 0
    block = np.empty(LEAF)
    found = np.uint64(0)
    for index in range(len(nearest)):
        if nearest[index] > high:
            continue
        if farthest[index] < low:
            for tumour in range(len(inside)):
                inside[tumour] += counts[index, tumour]
            continue
        _distances(values[index], centre, block)
        under = below(block, low)
        if unit:
            for tumour in range(len(inside)):
                inside[tumour] += np.int32(count_bits(under & bits[index, tumour]))
        else:
            _count_weights(under, tumours[index], weights[index], inside)
        within = up_to(block, high) & ~under
        while within != np.uint64(0):
            place = lowest_bit(within)
            within = without_lowest(within)
            distances[found], whose[found], counted[found] = block[place], tumours[index, place], weights[index, place]
            found += np.uint64(1)
    return int(found)


@kernel
def _distances(values: Floats, centre: Floats, block: Floats) -> None:
    for place in range(LEAF):
        block[place] = 0.0
    for axis in range(len(centre)):
        at = centre[axis]
        for place in range(LEAF):
            away = values[axis, place] - at
            block[place] += away * away


@kernel
def _count_weights(places: np.uint64, tumours: NDArray[np.uint16], weights: Counts, inside: Counts) -> None:
    while places != np.uint64(0):
        place = lowest_bit(places)
        places = without_lowest(places)
        inside[tumours[place]] += weights[place]
