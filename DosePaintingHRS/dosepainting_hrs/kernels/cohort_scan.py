"""The scan of many cohorts at once: they share centres and distances, and each has its own radius."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cohens_d import mean_d_each
from .jit import kernel, kernel_step
from .kd_leaves import Leaves
from .leaf_voxels import AT_ONCE, TOGETHER, Listed, gather, reach, room_for
from .radius_guess import LIMIT, bracket, learn, new_aim, spread_leaves, take_aim
from .row_lists import Items, Rows, count_rows, counted, counted_at, list_rows, padded, row_of, rows_for, with_rows

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Counts = NDArray[np.int32]
Ints = NDArray[np.int64]
Found = tuple[Floats, Floats, Floats]
_EACH_ROW, _LEAST_ROWS = 10, 16
"""Voxels that a row should hold, and how many rows there are at least."""
_STRAIGHT = 5
"""Tries to find a row by how many voxels are missing, before rows are halved."""


@kernel
def scan_cohorts(  # noqa: PLR0917
    leaves: Leaves, unit: bool, bounds: Floats, moments: Singles, tallies: Counts, centres: Floats, times: Counts, n_hrs: Ints,
    volumes: Ints, class_starts: Ints, tolerance: float, rows: int, watched: Ints, found_scores: Found, shares: Floats,
) -> None:  # fmt: skip
    """Fill the score of every cohort at every centre, and the shares of the first cohort.

    Parameters
    ----------
    leaves, bounds, moments, tallies
        The voxels; see `LeafTable`.
    unit : bool
        Whether every voxel's weight is 1.
    centres : ndarray, (c, m)
        Normalised centres; those that follow each other are best neighbours.
    times : ndarray, (b, t)
        How often each cohort counts each tumour.
    n_hrs : ndarray, (b,)
        Voxels of the cluster.
    volumes : ndarray, (t,)
        Voxels of each tumour.
    class_starts : ndarray, (classes + 1,)
        Where each class of the tumours begins.
    tolerance : float
        Share of a squared distance within which others are equal to it.
    rows : int
        Rows that divide the bracket of squared distances.
    watched : ndarray, (b,)
        One tumour of each cohort, whose share is kept.
    found_scores : tuple of ndarray, (b, c)
        Filled with scores, squared radii and shares of the watched tumours.
    shares : ndarray, (c, t)
        Filled.
    """
    wide, number, tumours, most = padded(times), len(tallies), len(volumes), leaves[1].size + AT_ONCE
    begin, rates = np.empty(number, dtype=np.float32), np.empty(number, dtype=np.float32)
    inside, listed, found = (
        np.empty((TOGETHER, tallies.shape[1]), dtype=np.int32),
        room_for(most),
        np.empty(TOGETHER, dtype=np.int64),
    )
    work = rows_for(rows, tumours, most)
    counts, scratch = np.ascontiguousarray(times.T).astype(np.float64), np.empty((3 * len(class_starts) - 2, len(n_hrs)))
    sizes, radii, everything = counted_blocks(tallies, wide[0]), found_scores[1], reach(centres[0], bounds)
    aim, low, high = (
        new_aim(everything, sizes.sum(), *likely_radii(times, n_hrs, volumes, centres.shape[1])),
        np.empty(8),
        np.empty(8),
    )
    limits = np.empty(TOGETHER)
    for start in range(0, len(centres), TOGETHER):
        stop = min(start + TOGETHER, len(centres))
        for index in range(start, stop):
            spread_leaves(centres[index], moments, sizes, begin, rates)
            limits[index - start] = take_aim(aim, begin, rates, sizes, n_hrs[0])
            low[index - start], high[index - start] = bracket(aim, 0, reach(centres[index], bounds), tolerance)
        gather(leaves, unit, centres[start:stop], low, high, inside, listed, found)
        for index in range(start, stop):
            one, tries, done = index - start, 0, False
            while True:
                near = (listed[0][one], listed[1][one], listed[2][one])
                space = with_rows(work, min(rows, max(found[one] // _EACH_ROW, _LEAST_ROWS)))
                done = score_cohorts(
                    found[one], near, leaves, unit, centres[index], inside[one], low[one], high[one], space, tolerance, wide,
                    n_hrs, volumes, class_starts, watched, found_scores, shares, index, counts, scratch,
                )  # fmt: skip
                if done:
                    break
                tries += 1
                aim[LIMIT] = limits[one]
                low[one], high[one] = bracket(aim, tries, reach(centres[index], bounds), tolerance)
                gather(
                    leaves, unit, centres[index : index + 1], low[one : one + 1], high[one : one + 1],
                    inside[one : one + 1], (listed[0][one : one + 1], listed[1][one : one + 1], listed[2][one : one + 1]),
                    found[one : one + 1],
                )  # fmt: skip
        for index in range(start, stop):
            aim[LIMIT] = limits[index - start]
            learn(aim, radii[0, index], radii[:, index].min(), radii[:, index].max())


@kernel
def counted_blocks(tallies: Counts, times: Counts) -> Singles:
    """Return the voxels of every block as a cohort counts them, (blocks,)."""
    found = np.empty(len(tallies), dtype=np.float32)
    for index in range(len(found)):
        found[index] = np.float32(counted(tallies[index], times))
    return found


@kernel
def likely_radii(times: Counts, n_hrs: Ints, volumes: Ints, axes: int) -> tuple[float, float]:
    """Return the least and greatest squared radius of all cohorts, as shares of the first one's, if voxels spread evenly."""
    least, greatest, first = 1.0, 1.0, 0.0
    for cohort in range(len(n_hrs)):
        total = 0
        for tumour in range(len(volumes)):
            total += times[cohort, tumour] * volumes[tumour]
        share = (n_hrs[cohort] / total) ** (2.0 / axes)
        first = share if cohort == 0 else first
        least, greatest = min(least, share / first), max(greatest, share / first)
    return least, greatest


@kernel
def score_cohorts(  # noqa: PLR0917
    found: int, listed: Listed, leaves: Leaves, unit: bool, centre: Floats, inside: Counts, low: float, high: float, work: Rows,
    tolerance: float, times: Counts, n_hrs: Ints, volumes: Ints, class_starts: Ints, watched: Ints,
    found_scores: Found, shares: Floats, index: int, counts: Floats, scratch: Floats,
) -> bool:  # fmt: skip
    """Fill the score of every cohort at one centre; False when a radius, or a tie with it, lies outside the bracket."""
    before, at_row, wanted, starts, kept, items = work
    cohorts, rows, tumours = len(n_hrs), len(before) - 1, len(volumes)
    scale = rows / (high - low)
    count_rows(found, listed, leaves, unit, centre, low, high, inside, at_row, kept[0], before)
    at, last = np.empty(cohorts, dtype=np.int64), np.empty(cohorts)
    wanted[:] = False
    for cohort in range(cohorts):
        ends = counted_at(before, 0, times, cohort), counted_at(before, rows, times, cohort)
        if ends[0] >= n_hrs[cohort] or ends[1] < n_hrs[cohort]:
            return False
        at[cohort] = _row_reaching(before, times, cohort, n_hrs[cohort], ends)
        wanted[at[cohort]] = True
    list_rows(found, listed, leaves, centre, low, high, at_row, wanted, starts, kept, items)
    more = False
    for cohort in range(cohorts):
        row = at[cohort]
        last[cohort] = last_distance(items, starts[row], times[cohort], n_hrs[cohort] - counted_at(before, row, times, cohort))
        least, most = last[cohort] * (1.0 - tolerance), last[cohort] * (1.0 + tolerance)
        if least < low or most > high:
            return False
        for one in range(row_of(least, low, scale, rows), row_of(most, low, scale, rows) + 1):
            more = more or not wanted[one]
            wanted[one] = True
    if more:
        list_rows(found, listed, leaves, centre, low, high, at_row, wanted, starts, kept, items)
    within, tied = np.zeros((1, before.shape[1]), dtype=np.int32), np.zeros((1, before.shape[1]), dtype=np.int32)
    share = np.empty((tumours, cohorts))
    for cohort in range(cohorts):
        least, most = last[cohort] * (1.0 - tolerance), last[cohort] * (1.0 + tolerance)
        first, final = row_of(least, low, scale, rows), row_of(most, low, scale, rows)
        for which in range(tumours):
            within[0, which], tied[0, which] = before[first, which], 0
        for item in range(starts[first], starts[final + 1]):
            if items[0][item] < least:
                within[0, items[1][item]] += items[2][item]
            elif items[0][item] <= most:
                tied[0, items[1][item]] += items[2][item]
        part = (n_hrs[cohort] - counted_at(within, 0, times, cohort)) / counted_at(tied, 0, times, cohort)
        for which in range(tumours):
            share[which, cohort] = (within[0, which] + part * tied[0, which]) / volumes[which]
        found_scores[1][cohort, index] = last[cohort]
        found_scores[2][cohort, index] = share[watched[cohort], cohort]
    mean_d_each(share, counts, class_starts, scratch)
    found_scores[0][:, index] = scratch[-1]
    shares[index] = share[:, 0]
    return True


@kernel
def count_tied(  # noqa: PLR0917
    items: Items, first: int, stop: int, least: float, most: float, within: Counts, tied: Counts
) -> None:
    """Add the voxels of each tumour below `least` to `within`, and fill `tied` with those up to `most`."""
    tied[:] = 0
    for item in range(first, stop):
        if items[0][item] < least:
            within[items[1][item]] += items[2][item]
        elif items[0][item] <= most:
            tied[items[1][item]] += items[2][item]


@kernel_step
def _row_reaching(before: Counts, times: Counts, cohort: int, n_hrs: int, ends: tuple[int, int]) -> int:
    """Return the row in which a cohort comes to have its N_HRS voxels; the ends are its voxels before the rows, and with them.

    Voxels are spread rather evenly over the rows: where the last should be, or a little beyond, is soon found.
    """
    low, high, per_voxel = 0, len(before) - 1, (len(before) - 1) / (ends[1] - ends[0])
    row, tries = int((n_hrs - ends[0]) * per_voxel), 0
    while high - low > 1:
        row = min(max(row, low + 1), high - 1) if tries < _STRAIGHT else (low + high) // 2
        count = counted_at(before, row, times, cohort)
        away = int(abs(n_hrs - count) * per_voxel) + 1
        if count < n_hrs:
            low, row = row, row + away
        else:
            high, row = row, row - away
        tries += 1
    return low


@kernel
def last_distance(items: Items, first: int, times: Counts, wanted: int) -> float:
    """Return the squared distance at which the wanted number of voxels is reached, from `first` on."""
    item, total = first, 0
    while True:
        total += times[items[1][item]] * items[2][item]
        if total >= wanted:
            return float(items[0][item])
        item += 1
