"""The kernel against plain numpy, on any values and neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosepainting_hrs.kernels.ball_means import neighbour_means


def twin(values: np.ndarray, inside: np.ndarray, offsets: np.ndarray, whole: bool) -> np.ndarray:
    means = np.full(values.shape, np.nan)
    for index in zip(*np.nonzero(inside), strict=True):
        near = [tuple(np.add(index, offset)) for offset in offsets]
        there = [one for one in near if all(0 <= n < size for n, size in zip(one, values.shape, strict=True))]
        known = [values[one] for one in there if np.isfinite(values[one]) and (inside[one] or not whole)]
        if known and (not whole or len(known) == len(offsets)):
            means[index] = np.mean(known)
    return means


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), whole=st.booleans())
def test_agrees_with_its_twin(seed: int, whole: bool) -> None:
    random = np.random.default_rng(seed)
    values = np.where(random.random((4, 5, 6)) < 0.1, np.nan, random.normal(size=(4, 5, 6)))
    inside = random.random((4, 5, 6)) < 0.6
    offsets = np.unique(random.integers(-2, 3, (5, 3)), axis=0)
    means = np.empty(values.shape)
    neighbour_means(values, inside, offsets, whole, means)
    np.testing.assert_allclose(means, twin(values, inside, offsets, whole), rtol=1e-12)


@pytest.mark.parametrize(("whole", "expected"), [(False, 2.0), (True, np.nan)])
def test_a_neighbour_outside_is_left_out_or_spoils_the_mean(whole: bool, expected: float) -> None:
    """By hand: the voxel 1 and its neighbour 3; the other neighbour lies beyond the edge."""
    means = np.empty((1, 1, 2))
    offsets = np.array([[0, 0, 0], [0, 0, 1], [0, 0, -1]])
    neighbour_means(np.array([[[1.0, 3.0]]]), np.array([[[True, False]]]), offsets, whole, means)
    np.testing.assert_equal(means[0, 0], [expected, np.nan])
