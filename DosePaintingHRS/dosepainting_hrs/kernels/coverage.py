"""How much of each voxel of one grid lies inside a region on another grid that is turned against it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

GOLDEN = 0.6180339887498949
PLASTIC = 0.7548776662466927
"""Where in its part each sample lies: multiples of these fill an interval evenly."""


@kernel
def sampled_shares(  # noqa: PLR0917
    inside: NDArray[np.bool_],
    counts: NDArray[np.int64],
    to_source: NDArray[np.float64],
    first: NDArray[np.int64],
    samples: int,
    shares: NDArray[np.float64],
) -> None:
    """Fill `shares` with the share of each target voxel that lies in source voxels that are inside.

    A voxel whose bounding box in the source holds only voxels that are inside, or none, is exactly 1 or 0; every
    other one is cut into ``samples**3`` equal parts with one sample in each. Samples at the centres of the parts would
    stand in rows, and a surface along such rows would meet or miss them all at once; shifted along each axis by
    multiples of irrational numbers they do not (additive recurrence of low discrepancy).

    Parameters
    ----------
    inside : array of bool, (z, y, x)
        The region on the source grid; nothing is inside beyond it.
    counts : array of int, (z + 1, y + 1, x + 1)
        Its summed-volume table: number of voxels inside before each index.
    to_source : array, (3, 4)
        Maps a target index (x, y, z, 1) to an index (x, y, z) of `inside`.
    first : array of int, (3,)
        Target index (x, y, z) of the first voxel of `shares`.
    samples : int
        Samples along each edge of a target voxel.
    shares : array, (z, y, x)
        Written.
    """
    m = to_source
    half = 0.5 * (np.abs(m[:, 0]) + np.abs(m[:, 1]) + np.abs(m[:, 2]))
    size = np.array([inside.shape[2], inside.shape[1], inside.shape[0]])
    low, high, centre = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3)
    for k in range(shares.shape[0]):
        for j in range(shares.shape[1]):
            for i in range(shares.shape[2]):
                touched, within = 1, True
                for a in range(3):
                    centre[a] = m[a, 0] * (first[0] + i) + m[a, 1] * (first[1] + j) + m[a, 2] * (first[2] + k) + m[a, 3]
                    start, stop = np.floor(centre[a] - half[a] + 0.5), np.floor(centre[a] + half[a] + 0.5) + 1
                    within = within and start >= 0 and stop <= size[a]
                    low[a], high[a] = min(max(start, 0), size[a]), min(max(stop, 0), size[a])
                    touched *= high[a] - low[a]
                (x, y, z), (u, v, w) = low, high
                found = counts[w, v, u] - counts[z, v, u] - counts[w, y, u] - counts[w, v, x]
                found += counts[z, y, u] + counts[z, v, x] + counts[w, y, x] - counts[z, y, x]
                if touched == 0 or found == 0:
                    shares[k, j, i] = 0.0
                elif within and found == touched:
                    shares[k, j, i] = 1.0
                else:
                    shares[k, j, i] = _sampled_share(inside, m, centre, samples)


@kernel
def _sampled_share(inside: NDArray[np.bool_], m: NDArray[np.float64], centre: NDArray[np.float64], samples: int) -> float:
    depth, height, width = inside.shape
    hits = 0
    for c in range(samples):
        for b in range(samples):
            for a in range(samples):
                r = (a + (b * GOLDEN + c * PLASTIC) % 1.0) / samples - 0.5
                s = (b + (c * GOLDEN + a * PLASTIC) % 1.0) / samples - 0.5
                t = (c + (a * GOLDEN + b * PLASTIC) % 1.0) / samples - 0.5
                x = int(np.floor(centre[0] + m[0, 0] * r + m[0, 1] * s + m[0, 2] * t + 0.5))
                y = int(np.floor(centre[1] + m[1, 0] * r + m[1, 1] * s + m[1, 2] * t + 0.5))
                z = int(np.floor(centre[2] + m[2, 0] * r + m[2, 1] * s + m[2, 2] * t + 0.5))
                if 0 <= x < width and 0 <= y < height and 0 <= z < depth and inside[z, y, x]:
                    hits += 1
    return hits / samples**3
