"""The joint histogram of two images at scattered points, and how it changes when the points move."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def fill_joint_histogram(  # noqa: PLR0917
    to_index: NDArray[np.float64],
    points: NDArray[np.float64],
    fixed_bins: NDArray[np.int32],
    moving: NDArray[np.float32],
    places: NDArray[np.float32],
    histogram: NDArray[np.float64],
) -> int:
    """Sort samples into a joint histogram; the moving value spreads over four bins by a cubic B-spline.

    Parameters
    ----------
    to_index : array, (3, 4)
        Maps a point to a fractional index (x, y, z) of the moving image.
    points : array, (n, 3)
        Where the fixed image was sampled.
    fixed_bins : array of int, (n,)
        Bin of the fixed value at each point.
    moving : array, (z, y, x)
        Moving image, in units of histogram bins; all values between 2 and the number of bins less 3.
    places : array, (n, 4)
        Filled: the moving value in bins, and its change along the index axes (x, y, z); -1 where the point lies outside.
    histogram : array, (fixed bins, moving bins)
        Zeros on entry; filled with the weights.

    Returns
    -------
    int
        Number of points inside the moving image.
    """
    depth, height, width = moving.shape
    inside = 0
    for n in range(len(points)):
        px, py, pz = points[n, 0], points[n, 1], points[n, 2]
        x = to_index[0, 0] * px + to_index[0, 1] * py + to_index[0, 2] * pz + to_index[0, 3]
        y = to_index[1, 0] * px + to_index[1, 1] * py + to_index[1, 2] * pz + to_index[1, 3]
        z = to_index[2, 0] * px + to_index[2, 1] * py + to_index[2, 2] * pz + to_index[2, 3]
        places[n, 0] = -1.0
        if not (0.0 <= x < width - 1 and 0.0 <= y < height - 1 and 0.0 <= z < depth - 1):
            continue
        i, j, k = int(x), int(y), int(z)
        u, v, w = x - i, y - j, z - k
        a, b = moving[k, j, i], moving[k, j, i + 1]
        c, d = moving[k, j + 1, i], moving[k, j + 1, i + 1]
        e, f = moving[k + 1, j, i], moving[k + 1, j, i + 1]
        g, h = moving[k + 1, j + 1, i], moving[k + 1, j + 1, i + 1]
        near0, near1, far0, far1 = a + u * (b - a), c + u * (d - c), e + u * (f - e), g + u * (h - g)
        near, far = near0 + v * (near1 - near0), far0 + v * (far1 - far0)
        value = near + w * (far - near)
        along_near, along_far = (b - a) + v * ((d - c) - (b - a)), (f - e) + v * ((h - g) - (f - e))
        places[n, 0] = value
        places[n, 1] = along_near + w * (along_far - along_near)
        places[n, 2] = (near1 - near0) + w * ((far1 - far0) - (near1 - near0))
        places[n, 3] = far - near
        first = math.floor(value) - 1
        t = value - math.floor(value)
        row = histogram[fixed_bins[n]]
        s = 1.0 - t
        row[first] += s * s * s / 6.0
        row[first + 1] += (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0
        row[first + 2] += (4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0
        row[first + 3] += t * t * t / 6.0
        inside += 1
    return inside


@kernel
def sum_forces(
    points: NDArray[np.float64],
    fixed_bins: NDArray[np.int32],
    places: NDArray[np.float32],
    gain: NDArray[np.float64],
    forces: NDArray[np.float64],
) -> None:
    """Sum over all samples how a gain per histogram entry grows when a sample moves by one index step.

    Parameters
    ----------
    points, fixed_bins : array, (n, 3) and (n,)
        As given to `fill_joint_histogram`.
    places : array, (n, 4)
        As it filled them.
    gain : array, (fixed bins, moving bins)
        What one more count in each entry is worth.
    forces : array, (3, 4)
        Zeros on entry. For each index axis of the moving image: the sum of the pull times the point (x, y, z), and of
        the pull itself.
    """
    for n in range(len(points)):
        value = places[n, 0]
        if value < 0.0:
            continue
        first = math.floor(value) - 1
        t = value - math.floor(value)
        s = 1.0 - t
        row = gain[fixed_bins[n]]
        pull = (
            -0.5 * s * s * row[first]
            + (1.5 * t * t - 2.0 * t) * row[first + 1]
            + (2.0 * s - 1.5 * s * s) * row[first + 2]
            + 0.5 * t * t * row[first + 3]
        )
        for axis in range(3):
            along = pull * places[n, axis + 1]
            forces[axis, 0] += along * points[n, 0]
            forces[axis, 1] += along * points[n, 1]
            forces[axis, 2] += along * points[n, 2]
            forces[axis, 3] += along


@kernel
def sample_pulls(
    fixed_bins: NDArray[np.int32], places: NDArray[np.float32], gain: NDArray[np.float64], pulls: NDArray[np.float64]
) -> None:
    """Return for each sample how a gain per histogram entry grows when it moves by one index step of the moving image.

    Parameters
    ----------
    fixed_bins, places, gain
        As given to `sum_forces`.
    pulls : array, (n, 3)
        Filled, along the index axes (x, y, z); 0 for samples outside.
    """
    for n in range(len(fixed_bins)):
        value = places[n, 0]
        if value < 0.0:
            pulls[n, 0] = pulls[n, 1] = pulls[n, 2] = 0.0
            continue
        first = math.floor(value) - 1
        t = value - math.floor(value)
        s = 1.0 - t
        row = gain[fixed_bins[n]]
        pull = (
            -0.5 * s * s * row[first]
            + (1.5 * t * t - 2.0 * t) * row[first + 1]
            + (2.0 * s - 1.5 * s * s) * row[first + 2]
            + 0.5 * t * t * row[first + 3]
        )
        for axis in range(3):
            pulls[n, axis] = pull * places[n, axis + 1]
