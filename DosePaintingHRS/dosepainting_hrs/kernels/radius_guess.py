"""Guess from a sample of the voxels between which squared distances the N_HRS-th voxel of every cohort lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bits import below, count_bits
from .jit import kernel

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]
Ints = NDArray[np.int64]
Sample = tuple[Floats, NDArray[np.uint64]]
"""Values (m, blocks, 64), and which of each block belong to each tumour (blocks, t), one bit each."""

LOWEST, HIGHEST = -40 * 32, 40 * 32
"""Levels of squared distance: 32 an octave, level 0 is 1. Below the lowest is nothing, above the highest everything."""


@kernel
def sample_distances(sample: Sample, centre: Floats, distances: Floats) -> None:
    """Fill the squared distance of every voxel of a sample to a centre, (blocks, 64)."""
    distances[:] = 0.0
    flat = distances.reshape(distances.size)
    for axis in range(len(centre)):
        at, values = centre[axis], sample[0][axis].reshape(distances.size)
        for index in range(len(flat)):
            away = values[index] - at
            flat[index] += away * away


@kernel
def guess(  # noqa: PLR0917
    sample: Sample, distances: Floats, times: Counts, expected: Floats, spread: float, start: tuple[int, int], seen: Counts
) -> tuple[int, int]:
    """Return levels of squared distance between which the radii of all cohorts should lie.

    Parameters
    ----------
    sample, distances
        The sample, and its squared distances to the centre.
    times : ndarray, (b, t)
        How often each cohort counts each tumour.
    expected : ndarray, (b,)
        N_HRS of each cohort, scaled down to the sample.
    spread : float
        How many standard deviations of the sample's count to allow for.
    start : (int, int)
        Level to begin at, and how far above the other one may lie.
    seen : ndarray, (t,)
        Working space.
    """
    low, _ = _search(sample, distances, times, expected, -spread, start[0], seen)
    _, high = _search(sample, distances, times, expected, spread, low + start[1], seen)
    return low, high


@kernel
def level(which: int) -> float:
    """Return the squared distance of a level."""
    if which <= LOWEST:
        return 0.0
    if which >= HIGHEST:
        return np.inf
    return 2.0 ** (which >> 5) * (1.0 + (which & 31) / 32.0)


@kernel
def counted(voxels: Counts, times: Counts) -> int:
    """Return the voxels of all tumours as a cohort counts them."""
    total = 0
    for which in range(len(voxels)):
        total += voxels[which] * times[which]
    return total


@kernel
def _search(  # noqa: PLR0917
    sample: Sample, distances: Floats, times: Counts, expected: Floats, spread: float, start: int, seen: Counts
) -> tuple[int, int]:
    """Return neighbouring levels, the lower without and the higher with enough voxels, from a level to start at."""
    low = high = max(min(start, HIGHEST - 1), LOWEST + 1)
    step = 2
    if _enough(sample, distances, times, expected, spread, low, seen):
        while True:
            low = max(high - step, LOWEST)
            if low == LOWEST or not _enough(sample, distances, times, expected, spread, low, seen):
                break
            high = low
            step *= 2
    else:
        while True:
            high = min(low + step, HIGHEST)
            if high == HIGHEST or _enough(sample, distances, times, expected, spread, high, seen):
                break
            low = high
            step *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if _enough(sample, distances, times, expected, spread, middle, seen):
            high = middle
        else:
            low = middle
    return low, high


@kernel
def _enough(  # noqa: PLR0917
    sample: Sample, distances: Floats, times: Counts, expected: Floats, spread: float, which: int, seen: Counts
) -> bool:
    """Say whether the voxels up to a level are enough for every cohort, or with a negative spread for any."""
    limit = level(which)
    seen[:] = 0
    plain = (times == 1).all()
    for block in range(len(distances)):
        under = below(distances[block], limit)
        if plain:
            seen[0] += np.int32(count_bits(under))
            continue
        for tumour in range(len(seen)):
            seen[tumour] += np.int32(count_bits(under & sample[1][block, tumour]))
    for cohort in range(len(times)):
        enough = counted(seen, times[cohort]) >= expected[cohort] + spread * np.sqrt(expected[cohort])
        if enough != (spread > 0.0):
            return bool(enough)
    return spread > 0.0
