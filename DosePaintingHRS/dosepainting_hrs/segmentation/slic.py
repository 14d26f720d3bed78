"""Supervoxels by simple linear iterative clustering: neighbouring voxels with similar values, on any grid, in any region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 10
COMPACTNESS = 1.0
"""Weight of a distance of one supervoxel's edge beside one standard deviation of a map."""


def slic(
    values: NDArray[np.float64],
    place: NDArray[np.int64],
    spacing_mm: NDArray[np.float64],
    edge_mm: float,
    compactness: float = COMPACTNESS,
) -> NDArray[np.int64]:
    """Return the supervoxel of each voxel, (n,).

    Parameters
    ----------
    values : array of float64, (n, maps)
        What each voxel holds, each map less its mean over its standard deviation.
    place : array of int64, (n, 3)
        Index (z, y, x) of each voxel; a region of any shape.
    spacing_mm : array of 3
        Voxel edges (z, y, x), mm.
    edge_mm : float
        Edge of a supervoxel before it takes its shape, mm.
    compactness : float
        Weight of a distance of one such edge beside one standard deviation of a map.

    Notes
    -----
    Centres begin on a regular grid in the region; each voxel goes to the nearest centre in values and in places divided by the
    edge, times the compactness; centres move to the mean of their voxels; ten rounds. A supervoxel may have parts that do not
    touch where values ask for it.

    References
    ----------
    Achanta R et al. (2012), SLIC superpixels compared to state-of-the-art superpixel methods, IEEE Trans Pattern Anal Mach
    Intell 34:2274-2282, doi:10.1109/TPAMI.2012.120.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415  (slow to import)

    points = np.column_stack([values, compactness * place * spacing_mm / edge_mm])
    centres = points[_seeds(place, spacing_mm, edge_mm)]
    labels = np.zeros(len(points), dtype=np.int64)
    for _ in range(ROUNDS):
        labels = cKDTree(centres).query(points)[1].astype(np.int64)
        found = np.bincount(labels, minlength=len(centres))
        sums = np.stack([np.bincount(labels, column, len(centres)) for column in points.T], axis=1)
        centres = np.where(found[:, None] > 0, sums / np.maximum(found, 1)[:, None], centres)
    return labels


def _seeds(place: NDArray[np.int64], spacing_mm: NDArray[np.float64], edge_mm: float) -> NDArray[np.int64]:
    """Return one voxel of each box of a regular grid that the region touches: the one nearest to the middle of the box."""
    boxes = place * spacing_mm / edge_mm
    cell = np.floor(boxes).astype(np.int64)
    away = ((boxes - cell - 0.5) ** 2).sum(axis=1)
    order = np.lexsort([away, *cell.T])
    _, first = np.unique(cell[order], axis=0, return_index=True)
    return np.asarray(order[first], dtype=np.int64)
