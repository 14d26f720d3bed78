"""Means of a map over a set of neighbours, for every voxel of a region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def neighbour_means(
    values: NDArray[np.float64], inside: NDArray[np.bool_], offsets: NDArray[np.int64], whole: bool, means: NDArray[np.float64]
) -> None:
    """Fill `means` with the mean over the neighbours of each voxel that is inside, NaN elsewhere.

    Neighbours beyond the array or without a finite value are left out of the mean.

    Parameters
    ----------
    values : array, (z, y, x)
        The map.
    inside : array of bool, (z, y, x)
        Voxels whose means are asked for.
    offsets : array of int, (n, 3)
        Neighbours as index offsets (z, y, x); the voxel itself is one only if (0, 0, 0) is among them.
    whole : bool
        Whether a voxel counts only when all its neighbours are inside and finite; the mean of others is NaN.
    means : array, (z, y, x)
        Written.
    """
    depth, height, width = values.shape
    for k in range(depth):
        for j in range(height):
            for i in range(width):
                means[k, j, i] = np.nan
                if not inside[k, j, i]:
                    continue
                total, count = 0.0, 0
                for n in range(offsets.shape[0]):
                    z, y, x = k + offsets[n, 0], j + offsets[n, 1], i + offsets[n, 2]
                    if 0 <= z < depth and 0 <= y < height and 0 <= x < width:
                        value = values[z, y, x]
                        if np.isfinite(value) and (not whole or inside[z, y, x]):
                            total += value
                            count += 1
                if count == offsets.shape[0] or (count > 0 and not whole):
                    means[k, j, i] = total / count
