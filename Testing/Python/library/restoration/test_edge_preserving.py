"""Noise as it is drawn, and what smoothing leaves alone."""

import numpy as np
import pytest

from dosepainting_hrs.restoration.edge_preserving import neighbours, noise_of, smoothed


def test_noise_is_found_in_spite_of_an_edge() -> None:
    values = np.random.default_rng(1).normal(0, 0.3, (20, 20, 20))
    values[:, :, 10:] += 50.0
    assert noise_of(values, np.ones(values.shape, dtype=bool)) == pytest.approx(0.3, rel=0.1)


def test_without_neighbours_there_is_no_noise() -> None:
    assert noise_of(np.ones((2, 2, 1)), np.ones((2, 2, 1), dtype=bool)) == 0.0


def test_neighbours_are_half_of_those_within_two_standard_deviations() -> None:
    """Within 4 mm on voxels of 2 x 2 x 4 mm: 26 in a plane of 2 mm voxels would be too many; by hand 12 and 2."""
    steps, weights = neighbours((4.0, 2.0, 2.0), 2.0)
    assert len(steps) == (12 + 2) / 2
    assert all(tuple(step) > (0, 0, 0) for step in steps)
    assert weights[(steps == (1, 0, 0)).all(axis=1)] == pytest.approx(np.exp(-2.0))


def test_no_spread_changes_nothing() -> None:
    values = np.random.default_rng(1).random((3, 3, 3))
    assert np.array_equal(smoothed(values, (1.0, 1.0, 1.0), sigma_mm=2.0, spread=0.0), values)
