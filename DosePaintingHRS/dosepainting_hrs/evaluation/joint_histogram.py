"""How two maps go together inside a region: joint histogram and correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ParameterError
from ..geometry import bounding_box
from ..identity import require_same_frame, require_same_patient
from ..image import Image, Mask


@dataclass(frozen=True, kw_only=True, eq=False)
class JointHistogram:
    """Two maps in a region.

    Parameters
    ----------
    voxels : int
        Voxels in which both maps have a finite value.
    left_out : int
        Voxels of the region in which one has none.
    first_edges, second_edges : array of float64, (n + 1,)
        Edges of the bins, in the unit of each map.
    counts : array of int64, (n, n)
        Voxels by bin of the first map (rows) and of the second (columns).
    pearson, spearman : float or None
        Correlation of the values, and of their ranks; None when one map is constant.
    first_mean, second_mean : float
        Means.
    """

    voxels: int
    left_out: int
    first_edges: NDArray[np.float64]
    second_edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    pearson: float | None
    spearman: float | None
    first_mean: float
    second_mean: float


def joint_histogram(first: Image, second: Image, within: Mask, bins: int = 64) -> JointHistogram:
    """Count voxels by the values of two maps, and correlate them.

    Parameters
    ----------
    first, second : Image, (z, y, x)
        Maps of one patient on one grid.
    within : Mask, (z, y, x)
        Region, on that grid.
    bins : int
        Number of equal bins of each map, from its lowest to its highest value in the region.

    Raises
    ------
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.
    InputError
        If fewer than two voxels have both values.
    ParameterError
        If there are no bins.

    Notes
    -----
    Neighbouring voxels are not independent of each other: the blur of a PET makes them alike. A correlation says how the maps
    go together in this region; no p value is given, which would take the voxels for a sample.

    References
    ----------
    Spearman C (1904), The proof and measurement of association between two things, Am J Psychol 15:72-101,
    doi:10.2307/1412159.
    """
    if bins < 1:
        raise ParameterError(f"{bins} bins are too few.", "Give at least 1.")
    a, b = values_of(first, second, within)
    known = np.isfinite(a) & np.isfinite(b)
    x, y = a[known], b[known]
    if x.size < 2:
        raise InputError(
            f'Both maps have a finite value in {x.size} of {a.size} voxels of the region "{within.name}"; at least 2 are '
            "needed.",
            "Check that the region lies inside of both maps.",
        )
    counts, first_edges, second_edges = np.histogram2d(x, y, bins=bins)
    return JointHistogram(
        voxels=int(x.size),
        left_out=int(a.size - x.size),
        first_edges=np.asarray(first_edges, dtype=np.float64),
        second_edges=np.asarray(second_edges, dtype=np.float64),
        counts=counts.astype(np.int64),
        pearson=_correlation(x, y),
        spearman=_correlation(_ranks(x), _ranks(y)),
        first_mean=float(x.mean()),
        second_mean=float(y.mean()),
    )


def counts_in(found: JointHistogram, first: Image, second: Image, region: Mask) -> NDArray[np.int64]:
    """Count the voxels of another region in the bins of a histogram, (n, n); those outside of all bins are left out.

    Raises
    ------
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.
    """
    a, b = values_of(first, second, region)
    known = np.isfinite(a) & np.isfinite(b)
    counts, _, _ = np.histogram2d(a[known], b[known], bins=[found.first_edges, found.second_edges])
    return counts.astype(np.int64)


def values_of(first: Image, second: Image, within: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of two maps in a region, voxel by voxel, after all three were checked to belong together.

    Raises
    ------
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.
    """
    for volume, name in ((second, "the second map"), (within, f'the region "{within.name}"')):
        what = (name[:1].upper() + name[1:], "the first map")
        require_same_patient(volume.identity, first.identity, what=what)
        require_same_frame(volume.identity, first.identity, what=what)
        volume.require_same_grid(first, what=what)
    box = bounding_box(within.array)
    if box is None:
        return np.zeros(0), np.zeros(0)
    inside = within.array[box]
    return first.array[box][inside].astype(np.float64), second.array[box][inside].astype(np.float64)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1 on; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[place], dtype=np.float64)


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float | None:
    dx, dy = x - x.mean(), y - y.mean()
    spread = float(np.sqrt((dx * dx).sum() * (dy * dy).sum()))
    return float((dx * dy).sum() / spread) if spread > 0 else None
