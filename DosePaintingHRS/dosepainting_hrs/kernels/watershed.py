"""The watershed basins of an image: to which minimum the water of every voxel runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

_NONE, _MINIMUM = -1, -2


@kernel
def watershed_basins(heights: NDArray[np.float64], inside: NDArray[np.bool_], labels: NDArray[np.int32]) -> int:
    """Number the basins of all regional minima; every voxel inside gets the number of one.

    Water runs from a voxel to its lowest neighbour (of six). That is what flooding from all regional minima gives: all that
    lies lower is under water already, so the first neighbour that the water comes from is the lowest. On a plateau it runs to
    the nearest way down. Equal ways: the first in the order -z, -y, -x, +x, +y, +z.

    Parameters
    ----------
    heights : array of float64, (z, y, x)
        Finite inside.
    inside : array of bool, (z, y, x)
        Where there is anything; False all along the border of the array.
    labels : array of int32, (z, y, x)
        Receives 1, 2 ... in index order of the minima, 0 outside.

    Returns
    -------
    int
        Number of basins.
    """
    height, is_inside, label = heights.ravel(), inside.ravel(), labels.ravel()
    row = heights.shape[2]
    steps = np.array([-row * heights.shape[1], -row, -1, 1, row, row * heights.shape[1]])
    downward = np.full(height.size, _NONE, dtype=np.int32)
    flat = _lowest_neighbours(height, is_inside, steps, downward)
    if flat:
        _cross_plateaus(height, is_inside, steps, downward)
    count = _number_minima(height, is_inside, steps, downward, label)
    _follow(is_inside, downward, label)
    return count


@kernel
def _lowest_neighbours(
    height: NDArray[np.float64], inside: NDArray[np.bool_], steps: NDArray[np.int64], downward: NDArray[np.int32]
) -> bool:
    """Find each voxel's lowest neighbour if that is lower than itself; tell whether two neighbours are equal anywhere."""
    flat = False
    for voxel in range(height.size):
        if not inside[voxel]:
            continue
        lowest, best = height[voxel], _NONE
        for step in steps:
            other = voxel + step
            if inside[other]:
                flat |= height[other] == height[voxel]
                if height[other] < lowest:
                    lowest, best = height[other], other
        downward[voxel] = best
    return flat


@kernel
def _cross_plateaus(
    height: NDArray[np.float64], inside: NDArray[np.bool_], steps: NDArray[np.int64], downward: NDArray[np.int32]
) -> None:
    """Lead the voxels of a plateau that has a way down to the nearest one, breadth first."""
    queue = np.empty(height.size, dtype=np.int32)
    first, last = 0, 0
    for voxel in range(height.size):
        if not inside[voxel] or downward[voxel] == _NONE:
            continue
        for step in steps:
            other = voxel + step
            if inside[other] and downward[other] == _NONE and height[other] == height[voxel]:
                queue[last] = voxel
                last += 1
                break
    while first < last:
        voxel = queue[first]
        first += 1
        for step in steps:
            other = voxel + step
            if inside[other] and downward[other] == _NONE and height[other] == height[voxel]:
                downward[other] = voxel
                queue[last] = other
                last += 1


@kernel
def _number_minima(
    height: NDArray[np.float64],
    inside: NDArray[np.bool_],
    steps: NDArray[np.int64],
    downward: NDArray[np.int32],
    label: NDArray[np.int32],
) -> int:
    """Give each regional minimum, one voxel or a plateau, a number; return how many there are."""
    label[:] = 0
    count, waiting = 0, [np.int64(0)]
    waiting.pop()
    for start in range(height.size):
        if not inside[start] or downward[start] != _NONE:
            continue
        count += 1
        downward[start], label[start] = _MINIMUM, count
        waiting.append(np.int64(start))
        while waiting:
            voxel = waiting.pop()
            for step in steps:
                other = voxel + step
                if inside[other] and downward[other] == _NONE and height[other] == height[voxel]:
                    downward[other], label[other] = _MINIMUM, count
                    waiting.append(np.int64(other))
    return count


@kernel
def _follow(inside: NDArray[np.bool_], downward: NDArray[np.int32], label: NDArray[np.int32]) -> None:
    """Give every voxel the number at the end of its way down."""
    for start in range(label.size):
        if not inside[start] or label[start]:
            continue
        voxel = start
        while label[voxel] == 0:
            voxel = downward[voxel]
        found, voxel = label[voxel], start
        while label[voxel] == 0:
            label[voxel] = found
            voxel = downward[voxel]
