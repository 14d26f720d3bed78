"""The peak of a map in a region: the highest mean over a sphere of 1 ml."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..sphere import PEAK_RADIUS_MM, ball_offsets
from .islands import Uptake


def peak_of(uptake: Uptake) -> float:
    """Return the highest mean of a map over a sphere of 1 ml whose centre is a voxel of a region.

    Parameters
    ----------
    uptake : Uptake
        The map inside the region.

    Returns
    -------
    float
        In the unit of the map.

    Notes
    -----
    A voxel belongs to the sphere when its centre lies within 6.2 mm of the sphere's; the sphere may reach beyond the region,
    not beyond the image, and voxels without a finite value are left out of the mean. This is the global intensity peak of
    IBSI and the SUVpeak of PERCIST.

    References
    ----------
    Zwanenburg A et al. (2020), The Image Biomarker Standardization Initiative, Radiology 295:328-338,
    doi:10.1148/radiol.2020191145, reference manual, global intensity peak.

    Wahl RL et al. (2009), From RECIST to PERCIST, J Nucl Med 50 Suppl 1:122S-150S, doi:10.2967/jnumed.108.057307.
    """
    offsets = ball_offsets(uptake.image.geometry, PEAK_RADIUS_MM)
    reach = np.abs(offsets).max(axis=0)
    image, box = uptake.image.array, uptake.box
    low = [max(part.start - int(n), 0) for part, n in zip(box, reach, strict=True)]
    high = [min(part.stop + int(n), size) for part, n, size in zip(box, reach, image.shape, strict=True)]
    values = np.asarray(image[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], dtype=np.float64)
    before = [int(n) - (part.start - a) for part, n, a in zip(box, reach, low, strict=True)]
    after = [int(n) - (b - part.stop) for part, n, b in zip(box, reach, high, strict=True)]
    padded = np.pad(values, list(zip(before, after, strict=True)), constant_values=np.nan)
    known = np.isfinite(padded)
    means = _sums(np.where(known, padded, 0.0), offsets, reach, uptake.values.shape)
    if known.all():
        means /= len(offsets)
    else:
        means /= np.maximum(_sums(known.astype(np.float64), offsets, reach, uptake.values.shape), 1.0)
    return float(means[uptake.inside].max())


def _sums(
    padded: NDArray[np.float64], offsets: NDArray[np.int64], reach: NDArray[np.int64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    # A ball holds one run of voxels along x for every step along z and y: the difference of two running sums.
    running = np.zeros((*padded.shape[:2], padded.shape[2] + 1))
    np.cumsum(padded, axis=2, out=running[:, :, 1:])
    depth, height, width = shape
    total = np.zeros(shape)
    for z, y in np.unique(offsets[:, :2], axis=0).tolist():
        along = offsets[(offsets[:, 0] == z) & (offsets[:, 1] == y), 2]
        first, last = int(reach[2] + along.min()), int(reach[2] + along.max()) + 1
        rows = running[reach[0] + z : reach[0] + z + depth, reach[1] + y : reach[1] + y + height]
        total += rows[:, :, last : last + width] - rows[:, :, first : first + width]
    return total
