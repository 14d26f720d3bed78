"""Guess between which squared distances the N_HRS-th voxel of every cohort lies, from moments of the leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import even_kernel, kernel

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LIMIT, SLOPE, BIAS = 0, 1, 2
"""Of an aim: squared distance last aimed at, voxels per squared distance there, voxels that the leaves expect too few."""
LOW, HIGH, SLACK_LOW, SLACK_HIGH, FLOOR = 3, 4, 5, 6, 7
"""Of an aim: least and greatest squared radius as shares of the limit, how wrong each of these may be, the least limit."""
_FACTOR, _LEAST_SLACK, _STEPS, _TRIES = 3.0, 1e-4, 16, 5


@kernel
def new_aim(farthest: float, voxels: float, low: float, high: float) -> Floats:
    """Return an aim that nothing is known of yet.

    Parameters
    ----------
    farthest : float
        A squared distance within which all voxels lie.
    voxels : float
        How many these are.
    low, high : float
        What the least and greatest squared radius are likely to be, as shares of the one that is aimed at.
    """
    aim = np.zeros(8)
    aim[LIMIT] = farthest / 8.0 + 1e-300
    aim[SLOPE] = voxels / aim[LIMIT]
    aim[LOW], aim[HIGH], aim[SLACK_LOW], aim[SLACK_HIGH] = low, high, 0.02, 0.02
    aim[FLOOR] = aim[LIMIT] / 1024.0
    return aim


@even_kernel
def spread_leaves(centre: Floats, moments: Singles, sizes: Singles, starts: Singles, rates: Singles) -> None:
    """Fill from which squared distance on, and with how many voxels per squared distance, every leaf is expected to count.

    The squared distances of a leaf's voxels are taken to be even around their mean, as wide as their standard deviation says;
    the mean is exact, the standard deviation that of a block without correlation between the axes.

    Parameters
    ----------
    centre : ndarray, (m,)
        Normalised centre.
    moments : ndarray, (2, m, leaves)
        Mean and variance of the voxels of every leaf.
    sizes : ndarray, (leaves,)
        Voxels of each leaf.
    starts, rates : ndarray, (leaves,)
        Filled.
    """
    starts[:] = 0.0
    rates[:] = 0.0
    for axis in range(len(centre)):
        at, means, variances = np.float32(centre[axis]), moments[0, axis], moments[1, axis]
        for index in range(len(starts)):
            away = means[index] - at
            square, variance = away * away, variances[index]
            starts[index] += square + variance
            rates[index] += variance * (np.float32(4.0) * square + np.float32(0.8) * variance)
    for index in range(len(starts)):
        half = np.float32(1.7320508) * np.sqrt(rates[index]) + np.float32(1e-30)
        starts[index] -= half
        rates[index] = np.float32(0.5) * sizes[index] / half


@even_kernel
def expected_within(starts: Singles, rates: Singles, sizes: Singles, limit: float) -> int:
    """Return how many voxels are expected within a squared distance; see `spread_leaves`.

    Whole voxels are added up: sums of whole numbers may be taken in any order, so that wide instructions can do it.
    """
    total, single = 0, np.float32(limit)
    for index in range(len(starts)):
        share = max((single - starts[index]) * rates[index], np.float32(0.0))
        total += int(np.int32(min(share, sizes[index])))
    return total


@kernel
def take_aim(aim: Floats, starts: Singles, rates: Singles, sizes: Singles, wanted: float) -> float:
    """Move the limit of an aim to where the leaves, less what they were wrong by at the last centres, expect N_HRS voxels.

    Parameters
    ----------
    aim : ndarray, (8,)
        Changed.
    starts, rates, sizes
        See `expected_within`.
    wanted : float
        N_HRS.
    """
    target = max(wanted - aim[BIAS], 1.0)
    limit, count = aim[LIMIT], expected_within(starts, rates, sizes, aim[LIMIT])
    for _ in range(_STEPS):
        if abs(count - target) <= 0.002 * target + 1.0:
            break
        moved = min(max(limit + (target - count) / aim[SLOPE], 0.5 * limit), 2.0 * limit)
        now = expected_within(starts, rates, sizes, moved)
        if abs(now - count) > 8:
            aim[SLOPE] = (now - count) / (moved - limit)
        limit, count = moved, now
    aim[LIMIT] = max(limit + (target - count) / aim[SLOPE], 0.5 * limit)
    return float(aim[LIMIT])


@kernel
def bracket(aim: Floats, tries: int, everything: float, tolerance: float) -> tuple[float, float]:
    """Return the squared distances between which all radii should lie; from some number of tries on, those of all voxels."""
    if tries >= _TRIES:
        return 0.0, everything
    wider = _FACTOR ** (tries + 1)
    low = aim[LIMIT] * aim[LOW] * (1.0 - wider * aim[SLACK_LOW] - 2.0 * tolerance)
    high = aim[LIMIT] * aim[HIGH] * (1.0 + wider * aim[SLACK_HIGH] + 2.0 * tolerance)
    low, high = max(low, 0.0), min(high, everything)
    return 0.0 if tries >= 2 or low >= high else low, high


@kernel
def learn(aim: Floats, first: float, least: float, greatest: float) -> None:
    """Tell an aim the squared radii that were found: of the first cohort, the least and the greatest."""
    if first <= 0.0:
        aim[LIMIT] = max(aim[LIMIT], aim[FLOOR])
        return
    aim[BIAS] += 0.2 * aim[SLOPE] * (aim[LIMIT] - first)
    aim[SLACK_LOW] = _slack(aim[SLACK_LOW], least, aim[LIMIT] * aim[LOW])
    aim[SLACK_HIGH] = _slack(aim[SLACK_HIGH], greatest, aim[LIMIT] * aim[HIGH])
    aim[LIMIT], aim[LOW], aim[HIGH] = first, max(least / first, 1e-6), greatest / first


@kernel
def _slack(slack: float, found: float, expected: float) -> float:
    """Return how wrong an expectation should be taken to be: an average over the last ones."""
    wrong = min(abs(found / expected - 1.0), 1.0)
    return max(0.85 * slack + 0.15 * wrong, _LEAST_SLACK)
