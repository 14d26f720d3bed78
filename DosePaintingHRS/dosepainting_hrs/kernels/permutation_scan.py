"""The scan with shuffled class labels, each shuffle with its own N_HRS: one walk outwards from a centre serves all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .class_sums import BLOCK
from .cohort_scan import count_tied, counted_blocks, last_distance
from .jit import even_kernel, kernel
from .kd_leaves import Leaves
from .leaf_voxels import AT_ONCE, TOGETHER, Listed, gather, reach, room_for
from .permuted_score import Shuffles, permuted_score, permuted_upper_score, totals, visiting
from .radius_guess import bracket, learn, new_aim, spread_leaves, take_aim
from .row_lists import Rows, count_rows, counted, list_rows, row_of, rows_for
from .score_bounds import LEAST_ROOT, Bounds, standardise, upper_scores

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Counts = NDArray[np.int32]
Ints = NDArray[np.int64]
ROWS = 512
"""Rows that divide the bracket of squared distances."""


@kernel
def scan_permutations(  # noqa: PLR0917
    leaves: Leaves, unit: bool, edges: Floats, moments: Singles, tallies: Counts, centres: Floats, n_hrs: Ints,
    shuffles: Shuffles, bounds: Bounds, derived: int, volumes: Ints, tolerance: float, best: Floats,
) -> None:  # fmt: skip
    """Raise `best` to the highest score of each shuffle over the centres.

    Parameters
    ----------
    leaves, unit, edges, moments, tallies, centres
        See `scan_cohorts`.
    n_hrs : ndarray, (p,)
        Voxels of the cluster of each shuffle, rising.
    shuffles, bounds, derived
        The shuffles in the order of `n_hrs`; see `permuted_best`.
    volumes : ndarray, (t,)
        Voxels of each tumour.
    tolerance : float
        Share of a squared distance within which others are equal to it.
    best : ndarray, (p,)
        Raised.
    """
    number, tumours, most = len(tallies), len(volumes), leaves[1].size + AT_ONCE
    begin, rates = np.empty(number, dtype=np.float32), np.empty(number, dtype=np.float32)
    inside, listed, found = np.empty((TOGETHER, tallies.shape[1]), dtype=np.int32), room_for(most), np.empty(1, dtype=np.int64)
    near, ends = (listed[0][0], listed[1][0], listed[2][0]), np.empty((2, 1))
    work = rows_for(ROWS, tumours, most)
    upper, totals_before = np.empty(len(n_hrs), dtype=np.float32), np.empty(ROWS + 1, dtype=np.int64)
    sizes = counted_blocks(tallies, np.ones(tallies.shape[1], dtype=np.int32))
    first = new_aim(reach(centres[0], edges), sizes.sum(), 1.0, 1.0)
    last = first.copy()
    for index in visiting(len(centres)):
        spread_leaves(centres[index], moments, sizes, begin, rates)
        take_aim(first, begin, rates, sizes, n_hrs[0])
        take_aim(last, begin, rates, sizes, n_hrs[-1])
        everything, tries, done = reach(centres[index], edges), 0, False
        while not done:
            ends[0, 0] = bracket(first, tries, everything, tolerance)[0]
            ends[1, 0] = bracket(last, tries, everything, tolerance)[1]
            gather(leaves, unit, centres[index : index + 1], ends[0], ends[1], inside, listed, found)
            low, scale = ends[0, 0], ROWS / (ends[1, 0] - ends[0, 0])
            count_rows(found[0], near, leaves, unit, centres[index], low, ends[1, 0], inside[0], work[1], work[4][0], work[0])
            row_totals(work[0], totals_before)
            whole = ends[0, 0] == 0.0 and ends[1, 0] == everything
            done = bound_all(work[0], totals_before, n_hrs, bounds, derived, volumes, low, scale, tolerance, whole, upper)
            tries += 1
        score_some(
            found[0], near, leaves, centres[index], work, totals_before, upper, n_hrs, shuffles, volumes, low, ends[1, 0],
            tolerance, best,
        )  # fmt: skip
        least = row_with(totals_before, n_hrs[0], 0)
        most = row_with(totals_before, n_hrs[-1], least)
        learn(first, low + (least + 0.5) / scale, low + (least + 0.5) / scale, low + (least + 0.5) / scale)
        learn(last, low + (most + 0.5) / scale, low + (most + 0.5) / scale, low + (most + 0.5) / scale)


@even_kernel
def bound_all(  # noqa: PLR0917
    before: Counts, totals_before: Ints, n_hrs: Ints, bounds: Bounds, derived: int, volumes: Ints,
    low: float, scale: float, tolerance: float, whole: bool, upper: Singles,
) -> bool:  # fmt: skip
    """Fill an upper bound of the score of every shuffle; False when some radius, or a tie with it, lies outside the rows.

    The shuffles of a block have much the same N_HRS: their shares lie between those at a row that comes before all their radii
    and those at a row that comes after.
    """
    rows, tumours, size, classes = len(before) - 1, len(volumes), bounds[0].shape[2], bounds[0].shape[1]
    if totals_before[0] >= n_hrs[0] or totals_before[rows] < n_hrs[-1]:
        return False
    values, squares = np.empty((1, size), dtype=np.float32), np.empty((1, size), dtype=np.float32)
    sums, block_upper = np.empty((classes, 2, BLOCK), dtype=np.float32), np.empty(BLOCK, dtype=np.float32)
    middle, per_voxel, last = np.empty(tumours), 1.0 / volumes, 0
    for block in range(len(bounds[0])):
        start, stop = bounds[2][block], bounds[2][block + 1]
        first = row_with(totals_before, n_hrs[start], last)
        last = row_with(totals_before, n_hrs[stop - 1], first)
        least, most = rows_of_tie(first, low, scale, rows, tolerance)[0], rows_of_tie(last, low, scale, rows, tolerance)[1]
        if not whole and (least < 0 or most >= rows):
            return False
        moved = middle_of(before, max(least, 0), min(most, rows - 1), per_voxel, middle)
        root = standardise(middle, 0, values, squares)
        if root < LEAST_ROOT:
            upper[start:stop] = np.inf
            continue
        upper_scores(values, squares, 0, bounds, block, derived, np.sqrt(moved) / root, sums, block_upper)
        upper[start:stop] = block_upper[: stop - start]
    return True


@even_kernel
def middle_of(before: Counts, least: int, most: int, per_voxel: Floats, shares: Floats) -> float:
    """Fill shares half-way between those before a row and those after another; returns their squared distance from both."""
    moved, other = 0.0, 0.0
    for tumour in range(len(shares)):
        under, over = before[least, tumour] * per_voxel[tumour], before[most + 1, tumour] * per_voxel[tumour]
        shares[tumour] = 0.5 * (under + over)
        square = (0.5 * (over - under)) ** 2
        # Two sums: neither waits for the other.
        moved, other = other, moved + square
    return moved + other


@kernel
def score_some(  # noqa: PLR0917
    found: int, listed: Listed, leaves: Leaves, centre: Floats, work: Rows, totals_before: Ints, upper: Singles, n_hrs: Ints,
    shuffles: Shuffles, volumes: Ints, low: float, high: float, tolerance: float, best: Floats,
) -> None:  # fmt: skip
    """Compute the scores whose upper bound reaches the best so far."""
    before, at_row, wanted, starts, kept, items = work
    rows, tumours, some = len(before) - 1, len(volumes), False
    scale = rows / (high - low)
    shares, squares, scratch = np.empty(tumours), np.empty(tumours), np.empty((3, shuffles[1].shape[1] - 1))
    per_voxel, row = 1.0 / volumes, 0
    wanted[:] = False
    for which in range(len(n_hrs)):
        if upper[which] < best[which]:
            continue
        row = row_with(totals_before, n_hrs[which], row)
        least, most = rows_of_tie(row, low, scale, rows, tolerance)
        least, most = max(least, 0), min(most, rows - 1)
        # Its own rows bound a score more closely than those of a block of shuffles.
        moved = np.sqrt(middle_of(before, least, most, per_voxel, shares))
        upper[which] = permuted_upper_score(shares, squares, totals(shares, squares), moved, shuffles, which, scratch)
        if upper[which] >= best[which]:
            wanted[least : most + 1] = True
            some = True
    if not some:
        return
    list_rows(found, listed, leaves, centre, low, high, at_row, wanted, starts, kept, items)
    ones, within, tied = np.ones(tumours, dtype=np.int32), np.empty(tumours, dtype=np.int32), np.empty(tumours, dtype=np.int32)
    row = 0
    for which in range(len(n_hrs)):
        if not upper[which] >= best[which]:
            continue
        row = row_with(totals_before, n_hrs[which], row)
        last = last_distance(items, starts[row], ones, n_hrs[which] - totals_before[row])
        nearest, farthest = last * (1.0 - tolerance), last * (1.0 + tolerance)
        first, final = row_of(max(nearest, low), low, scale, rows), row_of(farthest, low, scale, rows)
        within[:] = before[first, :tumours]
        count_tied(items, starts[first], starts[final + 1], nearest, farthest, within, tied)
        part = (n_hrs[which] - counted(within, ones)) / counted(tied, ones)
        for tumour in range(tumours):
            shares[tumour] = (within[tumour] + part * tied[tumour]) / volumes[tumour]
        score = permuted_score(shares, squares, totals(shares, squares), shuffles, which, scratch)
        best[which] = score if score > best[which] else best[which]


@kernel
def row_with(totals_before: Ints, wanted: int, row: int) -> int:
    """Return the row, not before another one, in which the wanted number of voxels is reached."""
    while row < len(totals_before) - 2 and totals_before[row + 1] < wanted:
        row += 1
    return row


@kernel
def rows_of_tie(row: int, low: float, scale: float, rows: int, tolerance: float) -> tuple[int, int]:
    """Return the first and last row that a tie with some voxel of a row can reach; -1 or `rows` when it can leave them."""
    least = (low + row / scale) * (1.0 - 2.0 * tolerance - 1e-12)
    most = (low + (row + 1) / scale) * (1.0 + 2.0 * tolerance + 1e-12)
    first = -1 if least < low else row_of(least, low, scale, rows)
    return first, rows if (most - low) * scale > rows else row_of(most, low, scale, rows)


@even_kernel
def row_totals(before: Counts, totals_before: Ints) -> None:
    """Fill the voxels of all tumours before each row."""
    for row in range(len(before)):
        total = 0
        for tumour in range(before.shape[1]):
            total += before[row, tumour]
        totals_before[row] = total
