"""What a scan found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .neighbours import Neighbours
from .score import Score
from .settings import PermuteUnit, ScanSettings
from .voxels import ClassOf, Floats, Ints, Tumour

Interval = tuple[float, float]


def confidence_interval(values: Floats) -> Interval:
    """Return the 2.5th and 97.5th percentile, linear between order statistics, of the values that are numbers."""
    numbers = values[np.isfinite(values)]
    if len(numbers) == 0:
        return (float("nan"), float("nan"))
    low, high = np.percentile(numbers, [2.5, 97.5])
    return (float(low), float(high))


def mean_difference(first: Floats, second: Floats) -> float:
    """Return the mean of the differences that are numbers; NaN when none is."""
    difference = (first - second)[np.isfinite(first - second)]
    return float(difference.mean()) if len(difference) else float("nan")


@dataclass(frozen=True, kw_only=True)
class SubsetBootstrap:
    """The best cluster of each bootstrap cohort in one subset of the maps.

    Parameters
    ----------
    scores : ndarray, (b,)
        S of each cohort's best cluster.
    centres : ndarray, (b, m)
        Its centre, in map units.
    radii : ndarray, (b,)
        Its radius, in standard deviations of the cohort's normalisation.
    true_scores : ndarray, (b,)
        S of the same cluster in the true cohort: the same centre with the N_HRS of the true cohort.
    """

    scores: Floats
    centres: Floats
    radii: Floats
    true_scores: Floats

    @property
    def optimism(self) -> float:
        """Mean over the cohorts of S in the cohort minus S of the same cluster in the true cohort."""
        return mean_difference(self.scores, self.true_scores)

    @property
    def score_ci(self) -> Interval:
        """95 % percentile interval of S."""
        return confidence_interval(self.scores)

    @property
    def centre_ci(self) -> tuple[Interval, ...]:
        """95 % percentile interval of the centre along each map, in map units."""
        return tuple(confidence_interval(axis) for axis in self.centres.T)


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Shares of tumours in clusters that were learned without them.

    Parameters
    ----------
    fractions : ndarray, (t,)
        Share of each tumour in the cluster that was learned without it.
    score : Score
        One score of these shares.
    fold_scores : ndarray, (t,)
        Best S of the cohort without each tumour.
    """

    fractions: Floats
    score: Score
    fold_scores: Floats


@dataclass(frozen=True, kw_only=True)
class SubsetResult:
    """The best cluster of one subset of the maps.

    Parameters
    ----------
    maps, units : tuple of str
        The maps of the subset and their units.
    score : Score
        S, Cohen's d and the rank-sum p-value of each pair of classes.
    centre : tuple of float
        Cluster centre in map units.
    centre_z : tuple of float
        The same, normalised.
    centre_row : int
        Row of the voxels that is the centre.
    centre_case : str
        Its case.
    centre_place : tuple of int
        Its index (z, y, x) in the grid of the case.
    radius_z : float
        Distance of the N_HRS-th voxel from the centre, normalised.
    n_hrs : int
        Number of voxels of the cluster.
    members : Neighbours
        Voxels of each tumour within and at the radius.
    fractions : ndarray, (t,)
        Share of each tumour in the cluster, in the order of the tumours.
    extents : tuple of (float, float)
        Lowest and highest value of the member voxels along each map, in map units.
    scores : ndarray, (c,)
        S of every centre, in the order of the centres; NaN where it was set aside.
    set_aside : int
        Number of centres without a score: a pooled standard deviation of 0 with different means.
    bootstrap : SubsetBootstrap or None
        Bootstrap cohorts.
    permutation_p : float or None
        p-value of the best cluster *of this subset*, its search over all centres repeated with shuffled labels.
    permutation_null : ndarray, (p,) or None
        Best score of each permutation in this subset.
    held_out : HeldOut or None
        Leave-one-tumour-out shares and their score.
    """

    maps: tuple[str, ...]
    units: tuple[str, ...]
    score: Score
    centre: tuple[float, ...]
    centre_z: tuple[float, ...]
    centre_row: int
    centre_case: str
    centre_place: tuple[int, int, int]
    radius_z: float
    n_hrs: int
    members: Neighbours
    fractions: Floats
    extents: tuple[Interval, ...]
    scores: Floats
    set_aside: int
    bootstrap: SubsetBootstrap | None = None
    permutation_p: float | None = None
    permutation_null: Floats | None = None
    held_out: HeldOut | None = None

    @property
    def dimension(self) -> int:
        """Number of maps."""
        return len(self.maps)

    @property
    def corrected_score(self) -> float | None:
        """S minus the optimism of the bootstrap."""
        return None if self.bootstrap is None else self.score.total - self.bootstrap.optimism


@dataclass(frozen=True, kw_only=True)
class PermutationResult:
    """What the whole scan gives when class labels are shuffled.

    Parameters
    ----------
    p : float
        p-value of the best score over all centres *and* subsets.
    null : ndarray, (p,)
        Best score over all centres and subsets, of each permutation.
    distinct : int
        Number of different assignments of labels to units.
    smallest_p : float
        The smallest p-value that could have come out.
    enumerated : bool
        Whether every assignment was taken once.
    unit : PermuteUnit
        What the labels were shuffled between.
    """

    p: float
    null: Floats
    distinct: int
    smallest_p: float
    enumerated: bool
    unit: PermuteUnit


@dataclass(frozen=True, kw_only=True)
class ScanResult:
    """What a scan found.

    Parameters
    ----------
    settings : ScanSettings
        What was asked.
    maps, units : tuple of str
        All maps of the cohort.
    z_mean, z_sd : ndarray, (m,)
        Mean and standard deviation of every map over the pooled voxels, in map units.
    centres : ndarray, (c,), int64
        Rows of the voxels that served as centres.
    n_hrs : int
        N_HRS of the cohort.
    tumours : tuple of Tumour
        The tumours.
    classes : tuple of ClassOf
        The classes.
    volumes : ndarray, (t,), int64
        Voxels of each tumour.
    subsets : tuple of SubsetResult
        One for each subset of the maps, by number of maps.
    best : int
        Which of `subsets` is best by the rule of the settings.
    best_of_dimension : dict of int to int
        The same among the subsets of each number of maps.
    redrawn : int
        Bootstrap draws that were thrown away.
    optimism : float or None
        Optimism of the best over all subsets, the choice of the subset included.
    permutation : PermutationResult or None
        The null distribution of the best over all subsets.
    held_out : HeldOut or None
        Leave-one-tumour-out shares, the subset chosen anew without each tumour.
    """

    settings: ScanSettings
    maps: tuple[str, ...]
    units: tuple[str, ...]
    z_mean: Floats
    z_sd: Floats
    centres: Ints
    n_hrs: int
    tumours: tuple[Tumour, ...]
    classes: tuple[ClassOf, ...]
    volumes: Ints
    subsets: tuple[SubsetResult, ...]
    best: int
    best_of_dimension: dict[int, int]
    redrawn: int = 0
    optimism: float | None = None
    permutation: PermutationResult | None = None
    held_out: HeldOut | None = None

    @property
    def best_subset(self) -> SubsetResult:
        """The best subset."""
        return self.subsets[self.best]

    def subset(self, *maps: str) -> SubsetResult:
        """Return the result of the subset with exactly these maps, in any order."""
        return next(one for one in self.subsets if set(one.maps) == set(maps))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two subsets compared over the same bootstrap cohorts.

    Parameters
    ----------
    difference : float
        S of the first minus S of the second, in the true cohort.
    difference_ci : (float, float)
        95 % percentile interval of the paired difference over the bootstrap cohorts.
    mann_whitney_p : float
        Reproduction of the paper only: p of the Mann-Whitney U test that takes bootstrap cohorts for a sample, and so shrinks
        with their number.
    """

    difference: float
    difference_ci: Interval
    mann_whitney_p: float


def compare(first: SubsetResult, second: SubsetResult) -> Comparison:
    """Compare two subsets of one scan.

    Raises
    ------
    ValueError
        If the scan had no bootstrap cohorts.
    """
    from scipy import stats  # noqa: PLC0415  (slow to import)

    if first.bootstrap is None or second.bootstrap is None:
        raise ValueError("a comparison needs a scan with bootstrap cohorts")
    ours, theirs = first.bootstrap.scores, second.bootstrap.scores
    both = np.isfinite(ours) & np.isfinite(theirs)
    p = float(stats.mannwhitneyu(ours[both], theirs[both], alternative="two-sided").pvalue) if both.any() else 1.0
    return Comparison(
        difference=first.score.total - second.score.total,
        difference_ci=confidence_interval(ours - theirs),
        mann_whitney_p=p,
    )
