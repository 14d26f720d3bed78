"""The scan with shuffled class labels, each shuffle with its own N_HRS: one walk outwards from a centre serves all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cohort_scan import counted_leaves
from .jit import kernel
from .kd_leaves import LEAF, Leaves
from .leaf_voxels import Listed, bounds_of, gather, reach
from .permuted_score import Shuffles, permuted_score, totals
from .radius_guess import bracket, learn, new_aim, spread_leaves, take_aim
from .row_lists import list_rows, row_of

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Counts = NDArray[np.int32]
Ints = NDArray[np.int64]
ROWS = 2048
"""Rows that divide the bracket of squared distances: few voxels in each, so that sorting them costs little."""


@kernel
def scan_permutations(  # noqa: PLR0917
    leaves: Leaves, unit: bool, boxes: Floats, moments: Singles, centres: Floats, n_hrs: Ints, shuffles: Shuffles,
    volumes: Ints, tolerance: float, best: Floats,
) -> None:  # fmt: skip
    """Raise `best` to the highest score of each shuffle over the centres.

    Parameters
    ----------
    leaves, unit, boxes, moments, centres
        See `scan_cohorts`.
    n_hrs : ndarray, (p,)
        Voxels of the cluster of each shuffle, rising.
    shuffles : tuple of ndarray
        The shuffles in the order of `n_hrs`.
    volumes : ndarray, (t,)
        Voxels of each tumour.
    tolerance : float
        Share of a squared distance within which others are equal to it.
    best : ndarray, (p,)
        Raised.
    """
    number, tumours, most = boxes.shape[2], len(volumes), boxes.shape[2] * LEAF + 1
    one_inside, ends_of, many = np.empty((1, tumours), dtype=np.int32), np.empty((2, 1)), np.empty(1, dtype=np.int64)
    begin, rates = np.empty(number, dtype=np.float32), np.empty(number, dtype=np.float32)
    listed, items = _list(most), _list(most)
    at_row, kept = np.empty(most, dtype=np.uint16), np.empty(most, dtype=np.int64)
    starts, wanted = np.empty(ROWS + 1, dtype=np.int64), np.ones(ROWS, dtype=np.bool_)
    sizes, near_aim, far_aim = counted_leaves(leaves, np.ones(tumours, dtype=np.int32)), np.empty(0), np.empty(0)
    for index in range(len(centres)):
        centre = centres[index]
        spread_leaves(centre, moments, sizes, begin, rates)
        everything = reach(centre, bounds_of(boxes))
        if index == 0:
            near_aim, far_aim = new_aim(everything, sizes.sum(), 1.0, 1.0), new_aim(everything, sizes.sum(), 1.0, 1.0)
        take_aim(near_aim, begin, rates, sizes, n_hrs[0])
        take_aim(far_aim, begin, rates, sizes, n_hrs[-1])
        tries, done, ends = 0, False, np.empty(2)
        while not done:
            low, high = bracket(near_aim, tries, everything, tolerance)[0], bracket(far_aim, tries, everything, tolerance)[1]
            ends_of[0, 0], ends_of[1, 0] = low, high
            gather(
                leaves,
                unit,
                boxes,
                centres[index : index + 1],
                ends_of[0],
                ends_of[1],
                one_inside,
                (listed[0].reshape((1, most)), listed[1].reshape((1, most)), listed[2].reshape((1, most))),
                many,
            )
            found, inside = many[0], one_inside[0]
            scale = ROWS / (high - low)
            for place in range(found):
                at_row[place] = row_of(listed[0][place], low, scale, ROWS)
            list_rows(found, listed, at_row, wanted, starts, kept, items)
            done = _walk(found, items, low, high, inside, n_hrs, shuffles, volumes, tolerance, best, ends)
            tries += 1
        learn(near_aim, ends[0], ends[0], ends[0])
        learn(far_aim, ends[1], ends[1], ends[1])


@kernel
def _walk(  # noqa: PLR0917
    found: int, items: Listed, low: float, high: float, inside: Counts, n_hrs: Ints, shuffles: Shuffles,
    volumes: Ints, tolerance: float, best: Floats, ends: Floats,
) -> bool:  # fmt: skip
    """Go outwards from voxel to voxel; False when a radius, or a tie with it, lies outside the bracket."""
    distances, tumours, weights = items
    within, tied, shares = inside.copy(), np.zeros(len(inside), dtype=np.int32), np.zeros(len(inside))
    squares, scratch = np.empty(len(inside)), np.empty((3, shuffles[1].shape[1] - 1))
    total = np.int64(inside.sum())
    counted, last, first, sums = total, 0, 0, (0.0, 0.0)
    if total >= n_hrs[0] or total + weights[:found].sum() < n_hrs[-1]:
        return False
    for tumour in range(len(shares)):
        shares[tumour] = within[tumour] / volumes[tumour]
    item = 0
    for which in range(len(n_hrs)):
        if which == 0 or n_hrs[which] != n_hrs[which - 1]:
            while counted + weights[last] < n_hrs[which]:
                counted += weights[last]
                last += 1
            least, most = distances[last] * (1.0 - tolerance), distances[last] * (1.0 + tolerance)
            if least < low or most > high:
                return False
            ends[1] = distances[last]
            if which == 0:
                ends[0] = distances[last]
            for place in range(first, item):  # What was tied before is inside now, or tied anew.
                shares[tumours[place]] = within[tumours[place]] / volumes[tumours[place]]
            while distances[first] < least:
                within[tumours[first]] += weights[first]
                shares[tumours[first]] = within[tumours[first]] / volumes[tumours[first]]
                total += weights[first]
                first += 1
            item, equal = first, 0
            while item < found and distances[item] <= most:
                tied[tumours[item]] += weights[item]
                equal += weights[item]
                item += 1
            part = (n_hrs[which] - total) / equal
            for place in range(first, item):
                one = tumours[place]
                shares[one] = (within[one] + part * tied[one]) / volumes[one]
            for place in range(first, item):
                tied[tumours[place]] = 0
            sums = totals(shares, squares)
        score = permuted_score(shares, squares, sums, shuffles, which, scratch)
        best[which] = score if score > best[which] else best[which]
    return True


@kernel
def _list(most: int) -> Listed:
    return np.empty(most), np.empty(most, dtype=np.uint16), np.empty(most, dtype=np.int32)
