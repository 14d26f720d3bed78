"""Supervoxels: neighbouring voxels with similar values joined before the scan, against noise and misregistration."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..progress import Progress, each, silent
from ..segmentation.slic import slic
from .plan import Refit, Remade
from .space import normalisation
from .voxels import Floats, Ints, Voxels


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """The voxels of a cohort as they are scanned, and as they were.

    Parameters
    ----------
    voxels, single : Voxels
        What is scanned, and the voxels each standing for itself; the same without supervoxels.
    joined_to : ndarray, (n,), or None
        Row of `voxels` that each row of `single` was joined to; None without supervoxels.
    spacing_mm : ndarray, (t, 3)
        Voxel edges (z, y, x) of each tumour.
    size : int
        Voxels of a supervoxel on average; 1 without supervoxels.
    """

    voxels: Voxels
    single: Voxels
    joined_to: Ints | None
    spacing_mm: Floats
    size: int

    def rows_of(self, single: Ints) -> Ints:
        """Return the rows that are scanned which hold some single voxels."""
        return single if self.joined_to is None else self.joined_to[single]


def joined(
    voxels: Voxels, spacing_mm: Floats, size: int, progress: Progress = silent, *, without: int | None = None
) -> tuple[Voxels, Ints]:
    """Return a cohort of supervoxels, mean values with numbers of voxels as weights, and the supervoxel of each voxel.

    Parameters
    ----------
    voxels : Voxels
        The pooled voxels, each standing for itself.
    spacing_mm : ndarray, (t, 3)
        Voxel edges (z, y, x) of each tumour.
    size : int
        Voxels that a supervoxel has on average.
    without : int or None
        Tumour that the normalisation leaves out; it is joined like the others.

    Notes
    -----
    Simple linear iterative clustering (see `slic`) of z-normalised values, in each tumour for itself: of the other tumours it
    knows the normalisation, and the basis of component maps.
    A supervoxel's place is that of its voxel nearest to its middle.

    References
    ----------
    Achanta R et al. (2012), SLIC superpixels compared to state-of-the-art superpixel methods, IEEE Trans Pattern Anal Mach
    Intell 34; suggested for this scan by Boeke et al. (2023), discussion.
    """
    mean, sd = normalisation(voxels) if without is None else _normalisation_without(voxels, without)
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


def joined_again(made: Pooled, refit: Refit | None, progress: Progress = silent) -> Refit:
    """Return what joins a cohort's voxels anew without a tumour.

    Parameters
    ----------
    made : Pooled
        The cohort joined as a whole; its centres are looked for in what is joined anew.
    refit : callable or None
        Makes the maps of the voxels without a tumour; they are kept when None.
    progress : callable
        Told that the work goes on; may raise ``Cancelled``.
    """
    single, rows = made.single, made.joined_to
    assert rows is not None  # noqa: S101  (the caller asks for supervoxels only)
    at_middle = np.flatnonzero((single.place == made.voxels.place[rows]).all(axis=1))
    middles = np.empty(made.voxels.count, dtype=np.int64)
    middles[rows[at_middle]] = at_middle

    def again(tumour: int) -> Remade:
        progress(0.0, f"Joining voxels without {single.tumours[tumour].case}")
        voxels = single if refit is None else refit(tumour).voxels
        joined_anew, rows_of = joined(voxels, made.spacing_mm, made.size, without=tumour)
        return Remade(voxels=joined_anew, rows=rows_of[middles])

    return again


def _normalisation_without(voxels: Voxels, tumour: int) -> tuple[Floats, Floats]:
    """Return mean and SD of the other tumours; a map that is the same in all of them is not scaled, as in the fold's scan."""
    values = voxels.values[voxels.tumour != tumour]
    sd = values.std(axis=0)
    return values.mean(axis=0), np.where(np.ptp(values, axis=0) > 0, sd, 1.0)


def _middle(place: Ints) -> Ints:
    away = ((place - place.mean(axis=0)) ** 2).sum(axis=1)
    return np.asarray(place[int(np.argmin(away))], dtype=np.int64)
