"""Bilateral smoothing against its definition in plain numpy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dosepainting_hrs.kernels.bilateral import bilateral
from dosepainting_hrs.restoration.edge_preserving import neighbours


def smooth(values: np.ndarray, sigma: float, spread: float) -> np.ndarray:
    out = np.empty_like(values)
    bilateral(values, *neighbours((2.0, 1.0, 1.5), sigma), spread, out)
    return out


def twin(values: np.ndarray, sigma: float, spread: float) -> np.ndarray:
    places = np.argwhere(np.ones(values.shape, dtype=bool)) * (2.0, 1.0, 1.5)
    away = ((places[:, None] - places) ** 2).sum(axis=2)
    flat = values.ravel()
    weights = np.exp(-0.5 * away / sigma**2 - 0.5 * ((flat[:, None] - flat) / spread) ** 2) * (away <= 4 * sigma**2)
    return (weights @ flat / weights.sum(axis=1)).reshape(values.shape)


@given(seed=st.integers(0, 10_000), shape=st.tuples(*[st.integers(1, 5)] * 3), spread=st.floats(0.05, 3.0))
def test_kernel_is_its_twin(seed: int, shape: tuple[int, int, int], spread: float) -> None:
    values = np.random.default_rng(seed).normal(size=shape)
    # Weights under four millionths are taken for four millionths.
    np.testing.assert_allclose(smooth(values, 1.6, spread), twin(values, 1.6, spread), atol=4e-4)


def test_a_step_much_larger_than_the_spread_stays_and_noise_goes() -> None:
    values = np.where(np.arange(10) < 5, 0.0, 100.0) + np.tile([0.1, -0.1], 5)
    out = smooth(np.broadcast_to(values, (4, 10, 10)).copy(), 2.0, 1.0)
    assert np.abs(out[..., :5]).max() < 0.06
    assert np.abs(out[..., 5:] - 100.0).max() < 0.06
