"""A Gaussian on a grid: its width in mm on every axis, and its sum."""

import numpy as np
import pytest

from dosepainting_hrs.restoration.gaussian import FWHM_PER_SIGMA, blurred, half_kernels


def test_a_point_is_spread_by_the_standard_deviation_asked_for_on_every_axis() -> None:
    point = np.zeros((31, 41, 61))
    point[15, 20, 30] = 1.0
    spread = blurred(point, 4.0, (3.0, 2.0, 1.5))
    assert spread.sum() == pytest.approx(1.0)
    for axis, edge in enumerate((3.0, 2.0, 1.5)):
        places = edge * (np.arange(point.shape[axis]) - point.shape[axis] // 2)
        along = spread.sum(axis=tuple(other for other in range(3) if other != axis))
        assert np.sqrt((along * places**2).sum()) == pytest.approx(4.0, rel=2e-3)


def test_half_the_maximum_is_reached_at_half_the_width() -> None:
    (half, _, _) = half_kernels(6.0 / FWHM_PER_SIGMA, (3.0, 1.0, 1.0))
    assert half[1] / half[0] == pytest.approx(0.5)


def test_no_width_changes_nothing() -> None:
    values = np.random.default_rng(1).random((3, 4, 5))
    assert np.array_equal(blurred(values, 0.0, (1.0, 1.0, 1.0)), values)
