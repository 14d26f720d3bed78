"""How well shares of tumours separate ordered classes: Cohen's d of neighbouring classes, its mean, and rank-sum tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .voxels import Floats, Ints

NO_SPREAD = 1e-12
"""A pooled standard deviation (and a difference of means) of shares up to this counts as none: it is rounding."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Score of one cluster.

    Parameters
    ----------
    total : float
        S, the mean of `pairs`; NaN when a pair has none.
    pairs : tuple of float
        Cohen's d of each pair of neighbouring classes, positive when the share rises with the order of the classes.
    p_pairs : tuple of float
        Two-sided Wilcoxon rank-sum p-value of each pair.
    """

    total: float
    pairs: tuple[float, ...]
    p_pairs: tuple[float, ...]

    @property
    def p(self) -> float:
        """The larger of the p-values: both pairs are separated at this level."""
        return max(self.p_pairs)


def score_of(fractions: Floats, class_index: Ints, classes: int) -> Score:
    """Score shares, or any other number per tumour, such as a classical index.

    Parameters
    ----------
    fractions : ndarray, (t,)
        Share of each tumour that lies in the cluster.
    class_index : ndarray, (t,)
        Class of each tumour.
    classes : int
        Number of ordered classes.

    Returns
    -------
    Score

    Notes
    -----
    p-values are those of the Mann-Whitney form of the Wilcoxon rank-sum test: exact when no value occurs twice and both
    classes have at most 8 tumours, else by the normal approximation with corrections for ties and continuity.

    References
    ----------
    Boeke 2023, methods, "Quantification of stratification potential".
    """
    ones = np.ones(len(fractions), dtype=np.int64)
    pairs = pair_scores(fractions, ones, class_index, classes)
    per_class = [fractions[class_index == index] for index in range(classes)]
    p_pairs = tuple(rank_sum_p(low, high) for low, high in pairwise(per_class))
    return Score(total=mean_of(pairs), pairs=pairs, p_pairs=p_pairs)


def rank_sum_p(first: Floats, second: Floats) -> float:
    """Return the two-sided Wilcoxon rank-sum p-value; 1 when all values are the same."""
    from scipy import stats  # noqa: PLC0415  (slow to import)

    if len(first) == 0 or len(second) == 0 or np.ptp(np.concatenate([first, second])) == 0:
        return 1.0
    return float(stats.mannwhitneyu(first, second, alternative="two-sided", method="auto").pvalue)


def pair_scores(fractions: Floats, multiplicity: Ints, class_index: Ints, classes: int) -> tuple[float, ...]:
    """Return Cohen's d of each pair of neighbouring classes.

    Parameters
    ----------
    fractions : ndarray, (t,)
        Share of each tumour.
    multiplicity : ndarray, (t,)
        How often each tumour counts (bootstrap cohorts draw some twice).
    class_index : ndarray, (t,)
        Class of each tumour.
    classes : int
        Number of classes.

    Returns
    -------
    tuple of float
        NaN for a pair whose pooled standard deviation is 0 although the means differ, or that has fewer than three tumours.

    Notes
    -----
    d = (mean_j - mean_i) / s with s^2 = ((n_i - 1) s_i^2 + (n_j - 1) s_j^2) / (n_i + n_j - 2). Where s is 0, d is 0 if the
    means agree. Sums run over the tumours in the order given.
    """
    counts, means, squares = [0] * classes, [0.0] * classes, [0.0] * classes
    for share, times, which in zip(fractions.tolist(), multiplicity.tolist(), class_index.tolist(), strict=True):
        counts[which] += times
        means[which] += times * share
    means = [total / count if count else 0.0 for total, count in zip(means, counts, strict=True)]
    for share, times, which in zip(fractions.tolist(), multiplicity.tolist(), class_index.tolist(), strict=True):
        away = share - means[which]
        squares[which] += times * (away * away)
    return tuple(
        _cohens_d(means[low], means[low + 1], squares[low] + squares[low + 1], counts[low], counts[low + 1])
        for low in range(classes - 1)
    )


def mean_of(pairs: Sequence[float]) -> float:
    """Return S, the mean over the pairs in their order; NaN when one is NaN."""
    total = 0.0
    for one in pairs:
        total += one
    return total / len(pairs)


def _cohens_d(low: float, high: float, squares: float, n_low: int, n_high: int) -> float:
    if n_low < 1 or n_high < 1 or n_low + n_high < 3:
        return math.nan
    spread, difference = math.sqrt(squares / (n_low + n_high - 2)), high - low
    if spread > NO_SPREAD:
        return difference / spread
    return 0.0 if abs(difference) <= NO_SPREAD else math.nan
