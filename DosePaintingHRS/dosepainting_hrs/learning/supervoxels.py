"""Supervoxels: neighbouring voxels with similar values joined before the scan, against noise and misregistration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..progress import Progress, each, silent
from ..segmentation.slic import slic
from .space import normalisation
from .voxels import Floats, Ints, Voxels


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
    Simple linear iterative clustering (see `slic`) of z-normalised values, in each tumour for itself.
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
        edge = (size * float(np.prod(spacing_mm[tumour]))) ** (1.0 / 3.0)
        labels = slic(z[rows], voxels.place[rows], spacing_mm[tumour], edge)
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


def _middle(place: Ints) -> Ints:
    away = ((place - place.mean(axis=0)) ** 2).sum(axis=1)
    return np.asarray(place[int(np.argmin(away))], dtype=np.int64)
