"""Basins and their tree by hand: along a line, with means that say what belongs together."""

import numpy as np
import pytest

from dosepainting_hrs.segmentation.basins import BasinTree, basin_tree, gradient_magnitude, touching


def line(*basins: tuple[int, float]) -> BasinTree:
    """Basins one after the other, each with its length (odd) and its mean; the water stands in the middle of each."""
    heights = np.concatenate([np.abs(np.arange(length) - length // 2) / (length // 2) for length, _ in basins])
    values = np.concatenate([np.full(length, mean) for length, mean in basins])
    return basin_tree(heights[None, None], values[None, None], np.ones((1, 1, values.size), dtype=bool))


@pytest.fixture
def two_hills() -> BasinTree:
    """Background 1, a hill of 9 in two basins, background 1, a hill of 6, background 1.1."""
    return line((21, 1.0), (3, 9.0), (3, 9.1), (21, 1.0), (3, 6.0), (21, 1.1))


def test_basins_and_merges_by_hand(two_hills: BasinTree) -> None:
    """First the two halves of the hill; then the cheapest, 3 x 21 / 24 x 4.9^2 = 63, is the low hill with the 1.1 ..."""
    assert two_hills.count == 6
    assert two_hills.sizes[:6].tolist() == [21, 3, 3, 21, 3, 21]
    assert two_hills.means[:6] == pytest.approx([1.0, 9.0, 9.1, 1.0, 6.0, 1.1])
    assert two_hills.merges.tolist()[:3] == [[1, 2], [4, 5], [3, 7]]
    assert two_hills.means[6:8] == pytest.approx([9.05, (18 + 23.1) / 24])


def test_the_group_around_a_basin_is_the_one_that_stands_out(two_hills: BasinTree) -> None:
    group, left = two_hills.group_around(1, groups=2)
    assert np.flatnonzero(two_hills.basins_of(group)).tolist() == [1, 2]
    assert left == 3  # Until the hill is merged with the background beside it.
    cold, none = two_hills.group_around(0, groups=2)
    assert (cold, none) == (-1, 0)


def test_a_finer_level_gives_a_part(two_hills: BasinTree) -> None:
    group, left = two_hills.group_around(1, groups=6)
    assert (group, left) == (1, 6)


def test_other_warm_groups_are_found_where_they_are_looked_for(two_hills: BasinTree) -> None:
    group, _ = two_hills.group_around(1, groups=2)
    everywhere = two_hills.warm_groups(group, 2, np.ones(6, dtype=bool))
    assert [np.flatnonzero(two_hills.basins_of(one)).tolist() for one in everywhere] == [[1, 2], [4]]
    elsewhere = np.array([True, True, True, True, False, False])
    assert two_hills.warm_groups(group, 2, elsewhere) == [group]


def test_the_gradient_is_per_mm_and_a_single_plane_has_none_across() -> None:
    """A ramp of 3 per voxel of 2 mm along y and 4 per voxel of 1 mm along x: sqrt(1.5^2 + 4^2)."""
    y, x = np.mgrid[:4, :5].astype(float)
    np.testing.assert_allclose(gradient_magnitude((3 * y + 4 * x)[None], (5.0, 2.0, 1.0)), np.sqrt(1.5**2 + 16))


def test_neighbours_share_a_face() -> None:
    labels = np.array([[[1, 1, 2], [3, 0, 2]]], dtype=np.int32)
    assert touching(labels, 3).tolist() == [[0, 1], [0, 2]]
