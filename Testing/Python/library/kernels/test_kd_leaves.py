"""The order of points in leaves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dosepainting_hrs.kernels.kd_leaves import LEAF, kd_order


def points_of(kind, count, random):
    match kind:
        case "even":
            return random.uniform(size=count)
        case "outlier":
            return np.append(random.normal(size=count - 1), 1e9)
        case "steps":
            return random.integers(0, 5, size=count) * 0.1
        case "rising":
            return np.arange(count, dtype=np.float64)
        case _:
            return np.full(count, 2.5)


@pytest.mark.parametrize("kind", ["even", "outlier", "steps", "rising", "equal"])
@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 129, 5000])
def test_along_one_axis_leaves_follow_each_other(kind, count):
    values = points_of(kind, count, np.random.default_rng(count))
    order = kd_order(values[None])
    assert np.sort(order).tolist() == list(range(count))
    leaves = [values[order[start : start + LEAF]] for start in range(0, count, LEAF)]
    finest = np.ptp(values) / (2**32 - 1) if count > 1 else 0.0  # Closer ones may be taken for equal.
    for one, other in pairwise(leaves):
        assert one.max() <= other.min() + finest


def test_the_first_cut_halves_the_widest_axis():
    random = np.random.default_rng(1)
    points = random.normal(size=(3, 40 * LEAF)) * np.array([[1.0], [5.0], [2.0]])
    order = kd_order(points)
    assert points[1, order[: 20 * LEAF]].max() <= points[1, order[20 * LEAF :]].min()
