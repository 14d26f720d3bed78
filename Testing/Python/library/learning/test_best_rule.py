"""Which subset is called the best: by score, or by score among those whose classes all differ significantly."""

from __future__ import annotations

import numpy as np
import pytest

from builders.cohorts import cohort_of
from dosepainting_hrs.learning.result import ScanResult
from dosepainting_hrs.learning.scan import scan
from dosepainting_hrs.learning.settings import BestRule, ScanSettings, SubsetOf

A = (0, 1, 0, 1, 10, 10, 11, 11, 10, 11, 12, 13)
"""Voxels of each tumour, of 100, in the cluster along A: d = 10 / 0.5774 and 1 / 1; the second pair overlaps."""
B = (0, 1, 2, 3, 6, 7, 8, 9, 12, 13, 14, 15)
"""The same along B: d = 6 / 1.291 for both pairs, none overlaps: p = 2 / 70 of each rank-sum test of four and four."""


def found(rule: BestRule, alpha: float = 0.05) -> ScanResult:
    """Scan with one centre, at 0 in both maps; N_HRS = 0.075 x 400 + 0.15 x 400 = 90 voxels lie exactly there in each map."""
    random = np.random.default_rng(0)
    tumours = []
    for a, b in zip(A, B, strict=True):
        values = random.uniform(50, 100, (100, 2))
        # The voxels of both clusters begin at the same place, so that the centre is one of each.
        values[:a, 0] = 0.0
        values[:b, 1] = 0.0
        tumours.append(values)
    cohort = cohort_of(tumours, [0] * 4 + [1] * 4 + [2] * 4)
    subsets = (SubsetOf(maps="A"), SubsetOf(maps="B"))
    settings = ScanSettings(subsets=subsets, bootstraps=0, permutations=0, best_rule=rule, alpha=alpha)
    return scan(cohort, settings, centres=np.array([1100]))


def test_the_numbers_are_those_worked_by_hand() -> None:
    first, second = found(BestRule.SCORE).subsets
    assert first.score.pairs == pytest.approx((10 / np.sqrt(1 / 3), 1.0))
    assert second.score.pairs == pytest.approx((6 / np.sqrt(5 / 3),) * 2)
    assert second.score.p_pairs == pytest.approx((2 / 70,) * 2)
    assert first.score.p > 0.05


@pytest.mark.parametrize(
    ("rule", "alpha", "best"),
    [
        (BestRule.SCORE, 0.05, "A"),
        (BestRule.SIGNIFICANT, 0.05, "B"),
        (BestRule.SIGNIFICANT, 0.5, "A"),
        (BestRule.SIGNIFICANT, 0.01, "A"),
    ],
    ids=["score", "significant", "all are significant", "none is: by score"],
)
def test_the_rule_decides(rule: BestRule, alpha: float, best: str) -> None:
    """Boeke 2023, table 5: the bold row of one map has not the highest score, but is the only significant one."""
    result = found(rule, alpha)
    assert result.best_subset.maps == (best,)
    assert result.subsets[result.best_of_dimension[1]].maps == (best,)
