"""Which voxels of a leaf are how near, against plain numpy."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from dosepainting_hrs.kernels.leaf_sets import box_nearness, nearness


@numba.njit
def found_in(values, index, centres, one, below, up_to, block):  # noqa: PLR0917
    return nearness(values, index, centres, one, below, up_to, block)


@numba.njit
def boxes_in(boxes, index, centres, one, below, up_to):  # noqa: PLR0917
    return box_nearness(boxes, index, centres, one, below, up_to)


def places_of(word):
    return [(int(word) >> place) & 1 for place in range(64)]


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
                assert places_of(word) == expected.astype(int).tolist()
            assert bin(int(sets[0])).count("1") == 20
            assert bin(int(sets[1])).count("1") == 41


@pytest.mark.parametrize("axes", [1, 2, 3, 5, 8])
def test_nearest_and_farthest_points_of_boxes_are_those_of_numpy(axes):
    random = np.random.default_rng(axes)
    ends = random.normal(size=(2, 2, axes, 64)).astype(np.float32)
    boxes, centres = np.sort(ends, axis=1), random.normal(size=(3, axes)).astype(np.float32)
    boxes[1, :, :, 50:] = np.inf  # Boxes that no leaf fills.
    for group in range(2):
        for one in range(3):
            nearest, farthest = np.zeros(64, dtype=np.float32), np.zeros(64, dtype=np.float32)
            for axis in range(axes):
                low, high, at = boxes[group, 0, axis], boxes[group, 1, axis], centres[one, axis]
                nearest += np.maximum(np.maximum(low - at, at - high), 0) ** 2
                farthest += np.maximum(at - low, high - at) ** 2
            below, up_to = np.sort(farthest)[20], np.sort(nearest)[30]
            inner, near = boxes_in(boxes, group, centres, one, below, up_to)
            assert places_of(inner) == (farthest < below).astype(int).tolist()
            assert places_of(near) == (nearest <= up_to).astype(int).tolist()
            assert sum(places_of(inner)) == 20
            assert sum(places_of(near)) >= 31


def test_other_kinds_of_numbers_are_not_taken():
    double = np.zeros((1, 1, 64))
    with pytest.raises(numba.TypingError, match="float32"):
        found_in(double, 0, double[0], 0, np.float32(0), np.float32(0), np.zeros(64))
