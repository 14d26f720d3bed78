"""Supervoxels: neighbouring voxels with similar values joined before the scan, against noise and misregistration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from ..progress import Progress, each, silent
from .space import normalisation
from .voxels import Floats, Ints, Voxels

ROUNDS = 10
COMPACTNESS = 1.0
"""Weight of a distance of one supervoxel's edge beside one standard deviation of a map."""


def joined(voxels: Voxels, spacing_mm: Floats, size: int, progress: Progress = silent) -> tuple[Voxels, Ints]:
    """Return a cohort of supervoxels, mean values with numbers of voxels as weights, and the supervoxel of each voxel.

    Parameters
    ----------
    voxels : Voxels
        The pooled voxels, each standing for itself.
    spacing_mm : ndarray, (t, 3)
        Voxel edges (z, y, x) of each tumour.
    size : int
        Voxels that a supervoxel has on average.

    Notes
    -----
    Simple linear iterative clustering: centres begin on a regular grid in the tumour; each voxel goes to the nearest centre in
    z-normalised values and places divided by the edge of a supervoxel; centres move to the mean of their voxels; ten rounds.
    A supervoxel's place is that of its voxel nearest to its middle.

    References
    ----------
    Achanta R et al. (2012), SLIC superpixels compared to state-of-the-art superpixel methods, IEEE Trans Pattern Anal Mach
    Intell 34; suggested for this scan by Boeke et al. (2023), discussion.
    """
    mean, sd = normalisation(voxels)
    z = (voxels.values - mean) / sd
    values: list[Floats] = []
    places: list[Ints] = []
    weights: list[Ints] = []
    counts: list[int] = []
    rows_of = np.empty(voxels.count, dtype=np.int64)
    for tumour in each(range(len(voxels.tumours)), progress, "Joining voxels"):
        rows = np.flatnonzero(voxels.tumour == tumour)
        labels = _labels(z[rows], voxels.place[rows], spacing_mm[tumour], size)
        order = [rows[labels == label] for label in np.unique(labels)]
        for number, one in enumerate(order, sum(counts)):
            rows_of[one] = number
        values.append(np.array([voxels.values[one].mean(axis=0) for one in order]))
        places.append(np.array([_middle(voxels.place[one]) for one in order]))
        weights.append(np.array([len(one) for one in order], dtype=np.int64))
        counts.append(len(order))
    made = replace(
        voxels,
        values=np.concatenate(values),
        place=np.concatenate(places),
        weights=np.concatenate(weights),
        tumour=np.repeat(np.arange(len(counts)), counts),
    )
    return made, rows_of


def means_of(values: Floats, rows: Ints) -> Floats:
    """Return the mean value of each supervoxel, given the supervoxel of each voxel."""
    return np.bincount(rows, values) / np.bincount(rows)


def _labels(z: Floats, place: Ints, spacing_mm: Floats, size: int) -> Ints:
    edge = (size * float(np.prod(spacing_mm))) ** (1.0 / 3.0)
    points = np.column_stack([z, COMPACTNESS * place * spacing_mm / edge])
    centres = points[_seeds(place, spacing_mm, edge)]
    labels = np.zeros(len(points), dtype=np.int64)
    for _ in range(ROUNDS):
        labels = cKDTree(centres).query(points)[1].astype(np.int64)
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, points)
        found = np.bincount(labels, minlength=len(centres))
        centres = np.where(found[:, None] > 0, sums / np.maximum(found, 1)[:, None], centres)
    return labels


def _seeds(place: Ints, spacing_mm: Floats, edge: float) -> Ints:
    """Return one voxel of each box of a regular grid that the tumour touches: the one nearest to the middle of the box."""
    boxes = place * spacing_mm / edge
    cell = np.floor(boxes).astype(np.int64)
    away = ((boxes - cell - 0.5) ** 2).sum(axis=1)
    order = np.lexsort([away, *cell.T])
    _, first = np.unique(cell[order], axis=0, return_index=True)
    return np.asarray(order[first], dtype=np.int64)


def _middle(place: Ints) -> Ints:
    away = ((place - place.mean(axis=0)) ** 2).sum(axis=1)
    return np.asarray(place[int(np.argmin(away))], dtype=np.int64)
