"""One parameter space: the normalised voxels of a subset of the maps, and what each cohort and permutation scores there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import InputError
from ..kernels.cohort_scan import scan_cohorts
from ..kernels.permutation_scan import scan_permutations
from ..kernels.permuted_score import permuted_best
from .leaves import LeafTable, leaf_table
from .resampling import Cohorts, Permutations
from .shuffles import ShuffleTable
from .torch_scan import torch_members, torch_scores, torch_shares
from .voxels import Floats, Ints, Voxels

_FEW_ROWS, _MANY_ROWS, _MANY_COHORTS = 64, 512, 4
"""Rows that divide the bracket of distances: enough for each to hold a few voxels."""


@dataclass(frozen=True, kw_only=True)
class CohortScores:
    """What cohorts found at centres.

    Parameters
    ----------
    scores : ndarray, (b, c)
        S; NaN where it is set aside.
    squared_radii : ndarray, (b, c)
        Squared distance of the N_HRS-th voxel, normalised.
    watched : ndarray, (b, c)
        Share of the tumour that each cohort watches.
    shares : ndarray, (c, t)
        Shares of all tumours with the N_HRS of the first cohort.
    """

    scores: Floats
    squared_radii: Floats
    watched: Floats
    shares: Floats

    @property
    def radii(self) -> Floats:
        """Distance of the N_HRS-th voxel, normalised."""
        return np.sqrt(self.squared_radii)


@dataclass(frozen=True, kw_only=True)
class Space:
    """Normalised voxels of a subset of the maps.

    Parameters
    ----------
    z : ndarray, (n, m)
        Normalised values.
    tumour : ndarray, (n,)
        Tumour of each row, in the order of `class_index`.
    weights : ndarray, (n,)
        Voxels that a row stands for.
    volumes : ndarray, (t,)
        Voxels of each tumour.
    class_index : ndarray, (t,)
        Class of each tumour.
    classes : int
        Number of classes.
    tie_tolerance : float
        See `neighbours_of`.
    device : str
        Device of PyTorch that finds the clusters of cohorts; the kernels do when it is empty.
    """

    z: Floats
    tumour: Ints
    weights: Ints
    volumes: Ints
    class_index: Ints
    classes: int
    tie_tolerance: float
    device: str = ""

    @cached_property
    def table(self) -> LeafTable:
        """The voxels in leaves."""
        return leaf_table(self.z, self.tumour, self.weights, len(self.volumes))

    @cached_property
    def class_starts(self) -> Ints:
        """Where each class of the tumours begins; they are ordered by class."""
        return np.searchsorted(self.class_index, np.arange(self.classes + 1)).astype(np.int64)

    def cohort_scores(self, centres: Floats, cohorts: Cohorts) -> CohortScores:
        """Return what each cohort finds at each centre.

        Raises
        ------
        InputError
            If a cohort counts 2^31 voxels or more.
        """
        if self.device:
            return self._by_torch(centres, cohorts)
        most = int((cohorts.multiplicity @ self.volumes).max())
        if most >= 2**31:
            raise InputError(f"A cohort counts {most} voxels; a scan takes {2**31 - 1}.", "Use supervoxels or a coarser grid.")
        size = (len(cohorts.n_hrs), len(centres))
        found, shares = (np.empty(size), np.empty(size), np.empty(size)), np.empty((len(centres), len(self.volumes)))
        times = cohorts.multiplicity.astype(np.int32)
        many = len(times) >= _MANY_COHORTS
        scan_cohorts(
            self.table.leaves,
            self.table.unit,
            self.table.bounds,
            self.table.moments,
            self.table.tallies,
            centres,
            times,
            cohorts.n_hrs,
            self.volumes,
            self.class_starts,
            self.tie_tolerance,
            _MANY_ROWS if many else _FEW_ROWS,
            cohorts.watched,
            found,
            shares,
        )
        return CohortScores(scores=found[0], squared_radii=found[1], watched=found[2], shares=shares)

    def _by_torch(self, centres: Floats, cohorts: Cohorts) -> CohortScores:
        last, inside, tied = torch_members(self.z, self.tumour, self.weights, centres, cohorts, self.tie_tolerance, self.device)
        shares = torch_shares(inside, tied, cohorts, self.volumes)
        watched = shares[np.arange(len(shares)), :, cohorts.watched]
        scores = torch_scores(shares, cohorts, self.class_starts)
        return CohortScores(scores=scores, squared_radii=last, watched=watched, shares=shares[0])

    def permuted_best(self, centres: Floats, permutations: Permutations, floor: Floats | None = None) -> Floats:
        """Return the highest S of each permutation over the centres, (p,); minus infinity where no centre has a score.

        What lies below a `floor`, (p,), of scores found elsewhere need not be computed; these are counted in.
        """
        table = permutations.table
        best = _ordered(floor, table)
        scan_permutations(
            self.table.leaves,
            self.table.unit,
            self.table.bounds,
            self.table.moments,
            self.table.tallies,
            centres,
            table.n_hrs,
            table.shuffles,
            table.bounds,
            table.derived,
            self.volumes,
            self.tie_tolerance,
            best,
        )
        found = np.empty_like(best)
        found[table.order] = best
        return found

    def permuted_shares(self, shares: Floats, permutations: Permutations, floor: Floats | None = None) -> Floats:
        """Return the same from the shares (c, t) of clusters whose N_HRS is kept."""
        table = permutations.table
        best = _ordered(floor, table)
        permuted_best(shares, table.shuffles, table.bounds, table.derived, best)
        found = np.empty_like(best)
        found[table.order] = best
        return found


def _ordered(floor: Floats | None, table: ShuffleTable) -> Floats:
    return np.full(len(table.order), -np.inf) if floor is None else floor[table.order]


def normalisation(voxels: Voxels, multiplicity: Ints | None = None) -> tuple[Floats, Floats]:
    """Return mean and standard deviation (divisor n) of every map over the pooled voxels, (m,) each.

    Parameters
    ----------
    voxels : Voxels
        The cohort.
    multiplicity : ndarray, (t,), or None
        How often each tumour counts; once when None.

    Raises
    ------
    InputError
        If a map has the same value in all voxels.
    """
    counted = np.ones(voxels.count) if voxels.weights is None else voxels.weights.astype(np.float64)
    if multiplicity is not None:
        counted = counted * multiplicity[voxels.tumour]
    total = counted.sum()
    mean = np.array([(counted * column).sum() / total for column in voxels.values.T])
    spread = np.array(
        [
            np.sqrt((counted * (column - centre) ** 2).sum() / total)
            for column, centre in zip(voxels.values.T, mean, strict=True)
        ]
    )
    kept = voxels.values[counted > 0]
    for name, column in zip(voxels.maps, kept.T, strict=True):
        if column.min() == column.max():
            raise InputError(
                f'The map "{name}" has the value {column[0]:g} in all {len(kept)} voxels; it cannot be normalised.',
                "Leave the map out.",
            )
    return mean, spread
