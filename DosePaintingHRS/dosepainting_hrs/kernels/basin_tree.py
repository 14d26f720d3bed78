"""Merging neighbouring basins, step by step, always the two that are most alike."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def merge_basins(size: NDArray[np.float64], mean: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Merge neighbours by Ward's rule until none has a neighbour left.

    Each step merges the two neighbours whose union adds least to the sum of squares: n m / (n + m) (difference of means)^2.

    Parameters
    ----------
    size, mean : array of float64, (2 n,)
        Number of voxels, above 0, and mean value of each of n basins; the rest receives those of the groups made.
    pairs : array of int64, (m, 2)
        Basins that touch, each pair once.

    Returns
    -------
    array of int64, (merges, 2)
        The two groups that each step merges; step k makes group n + k.
    """
    total = size.size
    count = total // 2
    parent = np.arange(total)
    neighbour, following, first, last = _chains(pairs, total)
    seen = np.full(total, -1)
    # Each group waits with its best neighbour. A neighbour made later has it among its own, so nothing is overlooked.
    heap = [(0.0, np.int64(0), np.int64(0))]
    heap.pop()
    for group in range(count):
        _wait(heap, np.int64(group), size, mean, parent, neighbour, following, first, last, seen, np.int64(group))
    heapq.heapify(heap)
    merges = np.empty((count, 2), dtype=np.int64)
    done, stamp = 0, np.int64(total)
    while heap:
        _, one, other = heapq.heappop(heap)
        if parent[one] != one:
            continue
        stamp += 1
        if parent[other] == other:
            new = np.int64(count + done)
            merges[done, 0], merges[done, 1] = min(one, other), max(one, other)
            done += 1
            size[new] = size[one] + size[other]
            mean[new] = (size[one] * mean[one] + size[other] * mean[other]) / size[new]
            parent[one] = parent[other] = new
            following[last[one]] = first[other]
            first[new], last[new] = first[one], last[other]
            one = new
        _wait(heap, one, size, mean, parent, neighbour, following, first, last, seen, stamp)
    return merges[:done]


@kernel
def groups_at(merges: NDArray[np.int64], count: int, level: int) -> NDArray[np.int64]:
    """Return the group (n,) that each of `count` basins is in after the first `level` merges."""
    group = np.arange(count + level)
    for number in range(level):
        group[merges[number, 0]] = group[merges[number, 1]] = count + number
    for node in range(group.size - 1, -1, -1):  # Groups have higher numbers than what they hold.
        group[node] = group[group[node]]
    return group[:count]


@kernel
def _chains(pairs: NDArray[np.int64], total: int):  # type: ignore[no-untyped-def]
    """Return every group's neighbours as a chain of links: those of a merged group are the two chains in one."""
    links = 2 * pairs.shape[0]
    neighbour, following = np.empty(links, dtype=np.int64), np.full(links, -1)
    first, last = np.full(total, -1), np.full(total, -1)
    for number in range(pairs.shape[0]):
        for side in range(2):
            here, link = pairs[number, side], 2 * number + side
            neighbour[link] = pairs[number, 1 - side]
            if first[here] < 0:
                first[here] = link
            else:
                following[last[here]] = link
            last[here] = link
    return neighbour, following, first, last


@kernel
def _wait(  # type: ignore[no-untyped-def]  # noqa: PLR0917
    heap,
    group: np.int64,
    size: NDArray[np.float64],
    mean: NDArray[np.float64],
    parent: NDArray[np.int64],
    neighbour: NDArray[np.int64],
    following: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    seen: NDArray[np.int64],
    stamp: np.int64,
):
    """Put a group on the heap with the neighbour that it costs least to merge with; drop its links that lead nowhere new."""
    best, cheapest = np.int64(-1), np.inf
    seen[group] = stamp
    link, before = first[group], np.int64(-1)
    while link >= 0:
        other = neighbour[link]
        while parent[other] != other:
            parent[other] = parent[parent[other]]
            other = parent[other]
        onward = following[link]
        if seen[other] == stamp:
            if before < 0:
                first[group] = onward
            else:
                following[before] = onward
        else:
            seen[other], neighbour[link] = stamp, other
            apart = mean[group] - mean[other]
            cost = size[group] * size[other] / (size[group] + size[other]) * apart * apart
            if cost < cheapest or (cost == cheapest and other < best):
                best, cheapest = other, cost
            before = link
        link = onward
    last[group] = before
    if best >= 0:
        heapq.heappush(heap, (cheapest, np.int64(group), best))
