"""The joint histogram against plain numpy, and its slope against differences."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from dosepainting_hrs.kernels.joint_histogram import fill_joint_histogram, sample_pulls, sum_forces

BINS = 12


def spline(t: np.ndarray) -> np.ndarray:
    """The centred cubic B-spline, as textbooks have it."""
    a = np.abs(t)
    near, far = (4 - 6 * a**2 + 3 * a**3) / 6, (2 - a) ** 3 / 6
    return np.where(a < 1, near, np.where(a < 2, far, 0.0))


def twin(to_index: np.ndarray, points: np.ndarray, bins: np.ndarray, moving: np.ndarray) -> tuple[np.ndarray, int]:
    index = points @ to_index[:, :3].T + to_index[:, 3]
    inside = ((index >= 0) & (index < np.array(moving.shape[::-1]) - 1)).all(axis=1)
    values = ndimage.map_coordinates(moving.astype(np.float64), index[inside][:, ::-1].T, order=1)
    histogram = np.zeros((BINS, BINS))
    for fixed, value in zip(bins[inside], values, strict=True):
        histogram[fixed] += spline(np.arange(BINS) - value)
    return histogram, int(inside.sum())


def scene(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    moving = random.uniform(2.0, BINS - 3.01, (7, 8, 9)).astype(np.float32)
    points = random.uniform(-4.0, 4.0, (60, 3))
    to_index = np.hstack([np.eye(3) + 0.1 * random.standard_normal((3, 3)), [[4.0], [3.5], [3.0]]])
    return np.ascontiguousarray(to_index), points, random.integers(0, BINS, 60).astype(np.int32), moving


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_it_counts_as_its_twin_does(seed: int) -> None:
    to_index, points, bins, moving = scene(seed)
    histogram = np.zeros((BINS, BINS))
    count = fill_joint_histogram(to_index, points, bins, moving, np.empty((60, 4), dtype=np.float32), histogram)
    expected, inside = twin(to_index, points, bins, moving)
    assert count == inside
    assert np.abs(histogram - expected).max() < 1e-4  # single precision of the interpolated value
    assert abs(histogram.sum() - inside) < 1e-9


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_its_slope_is_that_of_the_counts(seed: int) -> None:
    """The sum of gain x count, moved by a small step of each matrix element."""
    to_index, points, bins, moving = scene(seed)
    smooth = np.ascontiguousarray(ndimage.gaussian_filter(moving, 1.5))
    gain = np.random.default_rng(seed + 1).standard_normal((BINS, BINS))
    # Samples near a voxel's face change their cell within a step, where the slope jumps.
    index = points @ to_index[:, :3].T + to_index[:, 3]
    clear = (np.abs(index - np.rint(index)) > 0.02).all(axis=1)
    points, bins = np.ascontiguousarray(points[clear]), np.ascontiguousarray(bins[clear])
    places, forces = np.empty((len(points), 4), dtype=np.float32), np.zeros((3, 4))
    fill_joint_histogram(to_index, points, bins, smooth, places, np.zeros((BINS, BINS)))
    sum_forces(points, bins, places, gain, forces)
    for row, column in ((0, 0), (1, 3), (2, 1)):
        totals = []
        for sign in (1, -1):
            moved = to_index.copy()
            moved[row, column] += sign * 2e-3
            totals.append(float((gain * twin(moved, points, bins, smooth)[0]).sum()))
        assert abs((totals[0] - totals[1]) / 4e-3 - forces[row, column]) < 2e-2 * (1.0 + np.abs(forces).max())


def test_the_pull_on_each_sample_adds_up_to_the_sum() -> None:
    to_index, points, bins, moving = scene(3)
    gain = np.random.default_rng(8).standard_normal((BINS, BINS))
    places, forces, pulls = np.empty((60, 4), dtype=np.float32), np.zeros((3, 4)), np.ones((60, 3))
    fill_joint_histogram(to_index, points, bins, moving, places, np.zeros((BINS, BINS)))
    sum_forces(points, bins, places, gain, forces)
    sample_pulls(bins, places, gain, pulls)
    assert np.abs(pulls.sum(axis=0) - forces[:, 3]).max() < 1e-9
    assert np.abs(pulls.T @ points - forces[:, :3]).max() < 1e-9
    assert (pulls[places[:, 0] < 0] == 0).all()
