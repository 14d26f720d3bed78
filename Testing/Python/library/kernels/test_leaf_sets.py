"""Which voxels of a leaf are how near, against plain numpy."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from dosepainting_hrs.kernels.leaf_sets import nearness


@numba.njit
def found_in(values, index, centres, one, below, up_to, block):  # noqa: PLR0917
    return nearness(values, index, centres, one, below, up_to, block)


@pytest.mark.parametrize("axes", [1, 2, 3, 5, 8])
def test_distances_and_sets_are_those_of_numpy(axes):
    random = np.random.default_rng(axes)
    values, centres = (random.normal(size=size).astype(np.float32) for size in ((3, axes, 64), (2, axes)))
    values[2, :, 60:] = np.inf  # Places that no voxel fills.
    block = np.empty(64, dtype=np.float32)
    for index in range(3):
        for one in range(2):
            squares = np.zeros(64, dtype=np.float32)
            for axis in range(axes):
                squares += (values[index, axis] - centres[one, axis]) ** 2
            below, up_to = np.sort(squares)[[20, 40]]  # Limits that are met exactly.
            sets = found_in(values, index, centres, one, below, up_to, block)
            assert (block == squares).all()
            for word, expected in zip(sets, (squares < below, squares <= up_to), strict=True):
                assert [(int(word) >> place) & 1 for place in range(64)] == expected.astype(int).tolist()
            assert bin(int(sets[0])).count("1") == 20
            assert bin(int(sets[1])).count("1") == 41


def test_other_kinds_of_numbers_are_not_taken():
    double = np.zeros((1, 1, 64))
    with pytest.raises(numba.TypingError, match="float32"):
        found_in(double, 0, double[0], 0, np.float32(0), np.float32(0), np.zeros(64))
