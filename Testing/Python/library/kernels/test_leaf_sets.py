"""Which voxels of a leaf are how near, against plain numpy."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from dosepainting_hrs.kernels.leaf_sets import add_counts, add_places, box_nearness, nearness


@numba.njit
def found_in(values, index, centres, one, below, up_to, block):  # noqa: PLR0917
    return nearness(values, index, centres, one, below, up_to, block)


@numba.njit
def boxes_in(boxes, index, centres, one, below, up_to):  # noqa: PLR0917
    return box_nearness(boxes, index, centres, one, below, up_to)


@numba.njit
def add_counts_in(counts, index, inside, one):
    add_counts(counts, index, inside, one)


@numba.njit
def add_places_in(bits, index, places, inside, one):
    add_places(bits, index, places, inside, one)


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


@pytest.mark.parametrize("columns", [8, 40])
def test_counts_of_a_row_and_of_places_are_added_to_one_row(columns):
    random = np.random.default_rng(columns)
    counts, inside = (random.integers(0, 1000, size=(3, columns)).astype(np.int32) for _ in range(2))
    bits, before = random.integers(0, 2**64, size=(3, columns), dtype=np.uint64), inside.copy()
    add_counts_in(counts, 2, inside, 1)
    assert (inside[1] == before[1] + counts[2]).all()
    add_places_in(bits, 1, np.uint64(0xF0F0F0F0F0F0F0F1), inside, 2)
    expected = [bin(int(word) & 0xF0F0F0F0F0F0F0F1).count("1") for word in bits[1]]
    assert (inside[2] == before[2] + expected).all()
    assert (inside[0] == before[0]).all()


def test_other_kinds_of_numbers_are_not_taken():
    double = np.zeros((1, 1, 64))
    with pytest.raises(numba.TypingError, match="float32"):
        found_in(double, 0, double[0], 0, np.float32(0), np.float32(0), np.zeros(64))
