"""The sampling kernel against three lines of numpy, and against a polyhedron whose volume is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from dosepainting_hrs.kernels.coverage import GOLDEN, PLASTIC, sampled_shares


def run(
    inside: NDArray[np.bool_], to_source: NDArray[np.float64], shape: tuple[int, int, int], samples: int
) -> NDArray[np.float64]:
    counts = np.zeros(tuple(n + 1 for n in inside.shape), dtype=np.int64)
    counts[1:, 1:, 1:] = inside.cumsum(0).cumsum(1).cumsum(2)
    shares = np.full(shape, np.nan)
    sampled_shares(inside, counts, to_source, np.zeros(3, dtype=np.int64), samples, shares)
    return shares


def twin(
    inside: NDArray[np.bool_], to_source: NDArray[np.float64], shape: tuple[int, int, int], samples: int
) -> NDArray[np.float64]:
    part = np.indices(np.array(shape) * samples)[::-1]
    a, b, c = part % samples
    shift = np.stack([b * GOLDEN + c * PLASTIC, c * GOLDEN + a * PLASTIC, a * GOLDEN + b * PLASTIC]) % 1.0
    fine = (part + shift) / samples - 0.5
    index = np.floor(np.tensordot(to_source[:, :3], fine, 1) + to_source[:, 3, None, None, None] + 0.5).astype(int) + 1
    held = np.pad(inside, 1)[tuple(np.clip(index[axis], 0, inside.shape[2 - axis] + 1) for axis in (2, 1, 0))]
    return held.reshape(shape[0], samples, shape[1], samples, shape[2], samples).mean(axis=(1, 3, 5))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), angles=st.tuples(*[st.floats(-45, 45)] * 3), scale=st.floats(0.3, 2.5))
def test_kernel_is_its_twin(seed: int, angles: tuple[float, float, float], scale: float) -> None:
    random = np.random.default_rng(seed)
    inside = random.random((4, 5, 3)) < random.choice([0.1, 0.5, 0.95])
    matrix = np.column_stack([scale * Rotation.from_euler("xyz", angles, degrees=True).as_matrix(), random.uniform(-2, 3, 3)])
    ours, theirs = run(inside, matrix, (5, 4, 6), 4), twin(inside, matrix, (5, 4, 6), 4)
    # A sample on a face may fall to either side in the last bit.
    assert np.abs(ours - theirs).max() <= 1 / 4**3
    assert np.count_nonzero(ours != theirs) <= 1


def test_voxels_wholly_inside_are_exactly_one_and_outside_exactly_zero() -> None:
    inside = np.zeros((9, 9, 9), dtype=bool)
    inside[:, :, :6] = True
    turn = Rotation.from_euler("z", 30, degrees=True).as_matrix()
    shares = run(inside, np.column_stack([turn, [2.0, 4.0, 4.0]]), (1, 1, 1), 16)
    assert shares[0, 0, 0] == 1.0
    shares = run(inside, np.column_stack([turn, [7.0, 4.0, 4.0]]), (1, 1, 1), 16)
    assert shares[0, 0, 0] == 0.0


def test_a_corner_cut_off_a_turned_voxel_has_its_analytic_volume() -> None:
    # A unit square turned by 45 degrees, cut by the plane through its centre less d: the triangle's area is (s - d)^2
    # with s = 1/sqrt(2); here the region ends at x = 0.5 and the voxel's centre lies at x = 0.2, so d = 0.3.
    inside = np.zeros((3, 5, 5), dtype=bool)
    inside[:, :, 1:] = True
    turn = Rotation.from_euler("z", 45, degrees=True).as_matrix()
    shares = run(inside, np.column_stack([turn, [0.2, 2.0, 1.0]]), (1, 1, 1), 16)
    assert shares[0, 0, 0] == pytest.approx((np.sqrt(0.5) - 0.3) ** 2, abs=2e-3)
