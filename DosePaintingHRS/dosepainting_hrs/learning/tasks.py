"""The pieces that a scan is made of; each can run on any thread or machine and gives the same numbers there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .resampling import Cohorts, Permutations
from .space import CohortScores, Space
from .voxels import Floats, Ints, Voxels


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The voxels of a cohort as the pieces take them, in canonical order.

    Parameters
    ----------
    values : ndarray, (n, m)
        Values, normalised or in map units.
    tumour, weights : ndarray, (n,)
        Tumour of each row, and the voxels it stands for.
    volumes, class_index : ndarray, (t,)
        Voxels and class of each tumour.
    classes : int
        Number of classes.
    tie_tolerance : float
        See `neighbours_of`.
    device : str
        See `Space`.
    """

    values: Floats
    tumour: Ints
    weights: Ints
    volumes: Ints
    class_index: Ints
    classes: int
    tie_tolerance: float
    device: str = ""

    @staticmethod
    def of(voxels: Voxels, values: Floats, tie_tolerance: float, device: str = "") -> Pool:
        """Return the pool of voxels in canonical order, with these values."""
        ones = np.ones(voxels.count, dtype=np.int64)
        return Pool(
            values=values,
            tumour=voxels.tumour,
            weights=ones if voxels.weights is None else voxels.weights,
            volumes=voxels.volumes,
            class_index=voxels.class_index,
            classes=len(voxels.classes),
            tie_tolerance=tie_tolerance,
            device=device,
        )

    def only(self, rows: Ints) -> Pool:
        """Return a pool of some rows; volumes stay those of the whole tumours."""
        return replace(self, values=self.values[rows], tumour=self.tumour[rows], weights=self.weights[rows])


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What some centres gave.

    Parameters
    ----------
    found : CohortScores
        What each cohort finds at each centre.
    null : ndarray, (p,), or None
        Highest S of each permutation over the centres.
    """

    found: CohortScores
    null: Floats | None


@dataclass(frozen=True, kw_only=True)
class Refitted:
    """The best cluster of one cohort with a normalisation and centres of its own.

    Parameters
    ----------
    score : float
        Its S; minus infinity when no centre has one.
    row : int
        Row of the pool that is its centre.
    radius : float
        Its radius, in standard deviations of the cohort.
    watched : float
        Share of the tumour that the cohort lacks.
    """

    score: float
    row: int
    radius: float
    watched: float


def space_of(pool: Pool, columns: tuple[int, ...]) -> Space:
    """Return the space of some maps, its leaves made."""
    space = Space(
        z=np.ascontiguousarray(pool.values[:, list(columns)]),
        tumour=pool.tumour,
        weights=pool.weights,
        volumes=pool.volumes,
        class_index=pool.class_index,
        classes=pool.classes,
        tie_tolerance=pool.tie_tolerance,
        device=pool.device,
    )
    _ = space.table
    return space


def scan_piece(
    space: Space, rows: Ints, cohorts: Cohorts, permutations: Permutations | None, before: Piece | None = None
) -> Piece:
    """Scan some centres for all cohorts and permutations.

    Parameters
    ----------
    space : Space
        The voxels.
    rows : ndarray, (c,)
        The centres.
    cohorts, permutations
        What is asked.
    before : Piece or None
        What other centres gave: no permutation needs a score that lies below its best there.
    """
    found = space.cohort_scores(space.z[rows], cohorts)
    if permutations is None:
        return Piece(found=found, null=None)
    floor = None if before is None else before.null
    if (permutations.n_hrs == cohorts.n_hrs[0]).all():
        return Piece(found=found, null=space.permuted_shares(found.shares, permutations, floor))
    return Piece(found=found, null=space.permuted_best(space.z[rows], permutations, floor))


def refitted(pool: Pool, columns: tuple[int, ...], cohort: Cohorts, rows: Ints, held_out: int | None) -> Refitted:
    """Scan one cohort with its own normalisation and centres.

    Parameters
    ----------
    pool : Pool
        Voxels, in map units.
    columns : tuple of int
        Maps.
    cohort : Cohorts
        One cohort.
    rows : ndarray, (c,)
        Its centres.
    held_out : int or None
        Tumour that the cohort lacks and whose share is asked for.
    """
    times = cohort.multiplicity[0]
    counted = (pool.weights * times[pool.tumour]).astype(np.float64)
    kept = np.flatnonzero((counted > 0) | (pool.tumour == held_out) if held_out is not None else counted > 0)
    values = pool.values[:, list(columns)]
    mean = np.array([(counted * column).sum() for column in values.T]) / counted.sum()
    spread = np.sqrt(np.array([(counted * column**2).sum() for column in (values - mean).T]) / counted.sum())
    small = replace(pool.only(kept), values=(values[kept] - mean) / np.where(spread > 0, spread, 1.0))
    space = space_of(small, tuple(range(len(columns))))
    position = np.searchsorted(kept, rows)
    found = space.cohort_scores(space.z[position], cohort)
    scores = np.where(np.isnan(found.scores[0]), -np.inf, found.scores[0])
    best = int(scores.argmax())
    return Refitted(
        score=float(scores[best]),
        row=int(rows[best]),
        radius=float(np.sqrt(found.squared_radii[0, best])),
        watched=float(found.watched[0, best]),
    )
