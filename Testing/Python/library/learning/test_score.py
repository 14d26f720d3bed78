"""Cohen's d, its mean and the rank-sum test on numbers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dosepainting_hrs.kernels.cohens_d import mean_d_each
from dosepainting_hrs.learning.score import mean_of, pair_scores, rank_sum_p, score_of


def pairs_of(shares: list[float], classes: list[int], times: list[int] | None = None, count: int = 3) -> tuple[float, ...]:
    return pair_scores(np.array(shares), np.array(times or [1] * len(shares)), np.array(classes), count)


def test_by_hand() -> None:
    """H: 0, 0.1 (mean 0.05, var 0.005); M: 0.2, 0.3, 0.4 (0.3, 0.01); L: 0.5, 0.7 (0.6, 0.02).

    HM: 0.25 / sqrt((0.005 + 2 x 0.01) / 3) = 2.7386; ML: 0.3 / sqrt((2 x 0.01 + 0.02) / 3) = 2.5981; S is their mean.
    """
    score = score_of(np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7]), np.array([0, 0, 1, 1, 1, 2, 2]), 3)
    assert score.pairs == pytest.approx((0.25 / math.sqrt(0.025 / 3), 0.3 / math.sqrt(0.04 / 3)))
    assert score.total == pytest.approx((2.738613 + 2.598076) / 2, abs=1e-6)


def test_two_and_five_classes() -> None:
    assert pairs_of([0, 1, 2, 3], [0, 0, 1, 1], count=2) == pytest.approx((2 / math.sqrt(0.5),))
    five = pairs_of([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], count=5)
    assert five == pytest.approx((2 / math.sqrt(0.5),) * 4)


def test_a_tumour_drawn_twice_counts_twice() -> None:
    twice = pairs_of([0.1, 0.2, 0.4, 0.5, 0.9], [0, 0, 1, 1, 1], times=[1, 2, 0, 2, 1], count=2)
    assert twice == pytest.approx(pairs_of([0.1, 0.2, 0.2, 0.5, 0.5, 0.9], [0, 0, 0, 1, 1, 1], count=2))


def test_no_variance() -> None:
    """Equal means: 0. Different means: no score, the centre is set aside. A third of 0.1 + 0.1 + 0.1 is not 0.1 in binary."""
    assert pairs_of([0.1] * 6, [0, 0, 0, 1, 1, 1], count=2) == (0.0,)
    assert math.isnan(pairs_of([0.1] * 3 + [0.2] * 3, [0, 0, 0, 1, 1, 1], count=2)[0])
    assert math.isnan(mean_of((1.0, math.nan)))


@given(seed=st.integers(0, 10_000), classes=st.integers(2, 4))
def test_the_kernel_agrees_to_the_bit(seed: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.sort(np.concatenate([np.arange(classes).repeat(2), rng.integers(0, classes, size=6)]))
    shares = np.round(rng.uniform(size=(len(labels), 5)), int(rng.integers(0, 3)))
    times = rng.integers(0, 3, size=shares.shape)
    scratch = np.empty((3 * classes + 1, 5))
    mean_d_each(shares, times.astype(np.float64), np.searchsorted(labels, np.arange(classes + 1)), scratch)
    expected = [mean_of(pair_scores(shares[:, one], times[:, one], labels, classes)) for one in range(5)]
    assert np.array_equal(scratch[-1], expected, equal_nan=True)


def test_rank_sum_by_hand() -> None:
    """Three below three: 2 of the 20 orders are as far apart: p = 0.1. All the same: 1. Ties: the normal approximation."""
    assert rank_sum_p(np.array([1.0, 2, 3]), np.array([4.0, 5, 6])) == pytest.approx(0.1)
    assert rank_sum_p(np.ones(4), np.ones(3)) == 1.0
    low, high = np.array([0.0, 0, 0, 1, 2]), np.array([0.0, 2, 3, 4, 4])
    assert rank_sum_p(low, high) == pytest.approx(stats.mannwhitneyu(low, high, method="asymptotic").pvalue)


def test_the_larger_p_stands_for_both_pairs() -> None:
    score = score_of(np.array([1.0, 2, 3, 4, 5, 6, 5.5, 6.5, 7]), np.repeat([0, 1, 2], 3), 3)
    assert score.p == max(score.p_pairs) > min(score.p_pairs)
