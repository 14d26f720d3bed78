"""Distances and membership against the same in three lines of numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosepainting_hrs.kernels.ball import members, squared_distances


def plain(maps: list[np.ndarray], mean: list[float], sd: list[float], centre: list[float]) -> np.ndarray:
    total = np.zeros(maps[0].shape)
    for values, middle, spread, at in zip(maps, mean, sd, centre, strict=True):
        total += ((values.astype(np.float64) - middle) / spread - at) ** 2
    return total


@given(seed=st.integers(0, 1000), m=st.integers(1, 5), dtype=st.sampled_from([np.float32, np.float64]))
def test_the_kernel_and_its_twin_agree_to_the_bit(seed: int, m: int, dtype: type) -> None:
    rng = np.random.default_rng(seed)
    maps = [rng.normal(size=(3, 4, 5)).astype(dtype) for _ in range(m)]
    mean, sd, centre = rng.normal(size=m).tolist(), rng.uniform(0.5, 2, size=m).tolist(), rng.normal(size=m).tolist()
    expected = plain(maps, mean, sd, centre)
    radius = float(np.median(expected))
    assert (squared_distances(maps, mean, sd, centre) == expected).all()
    assert (members(maps, mean, sd, centre, radius) == (expected <= radius)).all()


def test_more_voxels_than_fit_into_one_block() -> None:
    values = np.linspace(-3, 3, 100_001)
    inside = members([values], [0.0], [1.0], [1.0], 0.25)
    assert np.flatnonzero(inside)[[0, -1]] == pytest.approx(np.flatnonzero(abs(values - 1.0) <= 0.5)[[0, -1]])
    assert inside.sum() == (abs(values - 1.0) <= 0.5).sum()


def test_a_voxel_without_a_value_is_no_member() -> None:
    assert members([np.array([np.nan, 0.0])], [0.0], [1.0], [0.0], 1.0).tolist() == [False, True]
