"""One parameter space: the normalised voxels of a subset of the maps, and what each cohort and permutation scores there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .neighbours import neighbours_of
from .resampling import Cohorts, Permutations
from .score import mean_of, pair_scores
from .voxels import Floats, Ints, Voxels


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
    """

    z: Floats
    tumour: Ints
    weights: Ints
    volumes: Ints
    class_index: Ints
    classes: int
    tie_tolerance: float

    def cohort_scores(self, centres: Floats, cohorts: Cohorts) -> Floats:
        """Return S of each cohort at each centre, (b, c); NaN where it is set aside."""
        found = np.empty((len(cohorts.n_hrs), len(centres)))
        for index, centre in enumerate(centres):
            for cohort, (multiplicity, n_hrs) in enumerate(zip(cohorts.multiplicity, cohorts.n_hrs, strict=True)):
                shares = self.fractions(centre, multiplicity, int(n_hrs))
                found[cohort, index] = mean_of(pair_scores(shares, multiplicity, self.class_index, self.classes))
        return found

    def permuted_best(self, centres: Floats, permutations: Permutations) -> Floats:
        """Return the highest S of each permutation over the centres, (p,); minus infinity where no centre has a score."""
        best = np.full(len(permutations.n_hrs), -np.inf)
        ones = np.ones(len(self.volumes), dtype=np.int64)
        for centre in centres:
            for index, (labels, n_hrs) in enumerate(zip(permutations.labels, permutations.n_hrs, strict=True)):
                score = mean_of(pair_scores(self.fractions(centre, ones, int(n_hrs)), ones, labels, self.classes))
                best[index] = np.fmax(best[index], score)
        return best

    def fractions(self, centre: Floats, multiplicity: Ints, n_hrs: int) -> Floats:
        """Return the share of each tumour in the cluster around a centre, (t,)."""
        found = neighbours_of(
            self.z,
            self.tumour,
            self.weights,
            centre,
            n_hrs=n_hrs,
            multiplicity=multiplicity,
            tie_tolerance=self.tie_tolerance,
        )
        return found.fractions(self.volumes)


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
