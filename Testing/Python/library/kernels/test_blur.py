"""Blurring against scipy, which is another implementation, on both ways of going on outside."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from dosepainting_hrs.kernels.blur import blur


@given(seed=st.integers(0, 10_000), repeat=st.booleans(), shape=st.tuples(*[st.integers(1, 7)] * 3))
def test_kernel_is_its_twin(seed: int, repeat: bool, shape: tuple[int, int, int]) -> None:
    random = np.random.default_rng(seed)
    values, halves = random.normal(size=shape), [random.random(length) for length in (1, 3, 5)]
    out = np.empty(shape)
    blur(values, *halves, repeat, out)
    expected = values
    for axis, half in enumerate(halves):
        whole = np.concatenate([half[:0:-1], half])
        expected = ndimage.correlate1d(expected, whole, axis, mode="nearest" if repeat else "constant")
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)


def test_by_hand_a_point_becomes_its_kernel() -> None:
    point, out = np.zeros((1, 1, 5)), np.empty((1, 1, 5))
    point[0, 0, 2] = 4.0
    blur(point, np.ones(1), np.ones(1), np.array([0.5, 0.25]), True, out)
    assert out.ravel().tolist() == [0.0, 1.0, 2.0, 1.0, 0.0]


@pytest.mark.parametrize(("repeat", "edge"), [(True, 3.0), (False, 2.25)])
def test_by_hand_what_lies_outside(repeat: bool, edge: float) -> None:
    out = np.empty((1, 1, 3))
    blur(np.full((1, 1, 3), 3.0), np.ones(1), np.ones(1), np.array([0.5, 0.25]), repeat, out)
    assert out.ravel().tolist() == [edge, 3.0, edge]
