"""Bilateral smoothing: neighbours count the less, the farther away and the more different they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

NEGLIGIBLE = 12.5
"""Exponent from which a weight is taken for that at this exponent, under four millionths."""


@kernel
def bilateral(
    values: NDArray[np.float64],
    offsets: NDArray[np.int64],
    weights: NDArray[np.float64],
    spread: float,
    out: NDArray[np.float64],
) -> None:
    """Average every voxel with its neighbours, weighted by nearness in space and in value.

    Parameters
    ----------
    values : array of float64, (z, y, x)
        Finite image.
    offsets : array of int64, (n, 3)
        Half of the neighbours, each as steps along z, y, x; the other half are their opposites.
    weights : array of float64, (n,)
        Weight of each for its distance; that of the voxel itself is 1.
    spread : float
        Standard deviation of the Gaussian over differences in value, in their unit.
    out : array of float64, (z, y, x)
        Receives the result.
    """
    planes, rows, columns = values.shape
    total = np.ones(values.shape)
    weight = np.empty(columns)
    factor = 0.5 / (spread * spread)
    out[:] = values
    for one in range(offsets.shape[0]):
        dz, dy, dx = offsets[one]
        length = columns - abs(dx)
        left, right = max(0, -dx), max(0, dx)
        for z in range(max(0, -dz), min(planes, planes - dz)):
            for row in range(max(0, -dy), min(rows, rows - dy)):
                here, there = values[z, row, left:], values[z + dz, row + dy, right:]
                for column in range(length):
                    apart = here[column] - there[column]
                    weight[column] = weights[one] * _gaussian(min(factor * apart * apart, NEGLIGIBLE))
                # Each pair is weighed once, for both.
                sums, totals = out[z, row, left:], total[z, row, left:]
                for column in range(length):
                    sums[column] += weight[column] * there[column]
                    totals[column] += weight[column]
                sums, totals = out[z + dz, row + dy, right:], total[z + dz, row + dy, right:]
                for column in range(length):
                    sums[column] += weight[column] * here[column]
                    totals[column] += weight[column]
    for z in range(planes):
        for row in range(rows):
            for column in range(columns):
                out[z, row, column] /= total[z, row, column]


@kernel
def _gaussian(exponent: float) -> float:
    """Return exp(-exponent) to a millionth of itself, for exponents from 0 to 12.5: eight terms of a 32nd of it, squared.

    Sums and products alone are done for several voxels at a time; the exact function is not.
    """
    x = -exponent / 32.0
    root = 1.0 + x * (1.0 + x / 2 * (1.0 + x / 3 * (1.0 + x / 4 * (1.0 + x / 5 * (1.0 + x / 6 * (1.0 + x / 7))))))
    root *= root
    root *= root
    root *= root
    root *= root
    return root * root
