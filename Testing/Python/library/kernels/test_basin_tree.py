"""The order of merging against plain search for the cheapest pair, and against scikit-learn's Ward."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.cluster import ward_tree

from dosepainting_hrs.kernels.basin_tree import groups_at, merge_basins


def merged(sizes: np.ndarray, means: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    room = np.zeros(len(sizes))
    return merge_basins(np.concatenate([sizes, room]), np.concatenate([means, room]), pairs.astype(np.int64))


def twin(sizes: np.ndarray, means: np.ndarray, pairs: np.ndarray) -> list[tuple[int, int]]:
    size, mean = dict(enumerate(sizes)), dict(enumerate(means))
    edges, merges = {tuple(sorted(pair)) for pair in pairs.tolist()}, []

    def cost(pair: tuple[int, int]) -> float:
        one, other = pair
        return size[one] * size[other] / (size[one] + size[other]) * (mean[one] - mean[other]) ** 2

    while edges:
        one, other = min(edges, key=cost)
        new = len(sizes) + len(merges)
        merges.append((one, other))
        size[new] = size[one] + size[other]
        mean[new] = (size[one] * mean[one] + size[other] * mean[other]) / size[new]
        edges = {tuple(sorted(new if node in (one, other) else node for node in pair)) for pair in edges}
        edges = {pair for pair in edges if pair[0] != pair[1]}
    return merges


@given(seed=st.integers(0, 100_000), count=st.integers(1, 14), density=st.floats(0.05, 1.0))
def test_kernel_is_its_twin(seed: int, count: int, density: float) -> None:
    random = np.random.default_rng(seed)
    sizes, means = random.integers(1, 50, count).astype(float), random.normal(size=count)
    pairs = np.array([(a, b) for a in range(count) for b in range(a + 1, count) if random.random() < density]).reshape(-1, 2)
    assert [tuple(pair) for pair in merged(sizes, means, pairs).tolist()] == twin(sizes, means, pairs)


def test_groups_of_equal_size_are_those_of_scikit_learn() -> None:
    """Between neighbours on a line, all of one voxel; the last three groups, whatever their numbers."""
    values = np.random.default_rng(2).normal(size=40)
    pairs = np.column_stack([np.arange(39), np.arange(1, 40)])
    line = sparse.coo_matrix((np.ones(39), pairs.T), shape=(40, 40))
    children = ward_tree(values[:, None], connectivity=line + line.T)[0]
    ours = groups_at(merged(np.ones(40), values, pairs), 40, 37)
    theirs = groups_at(children.astype(np.int64), 40, 37)
    assert np.unique(np.column_stack([ours, theirs]), axis=0).shape[0] == np.unique(ours).size == 3


def test_by_hand_size_counts() -> None:
    """A large group and a near one: 1 x 100 / 101 x 1 = 0.99; two small ones farther apart: 1 x 1 / 2 x 1.21 = 0.605."""
    sizes, means = np.array([100.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.1])
    assert merged(sizes, means, np.array([[0, 1], [1, 2]])).tolist() == [[1, 2], [0, 3]]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_groups_at_a_level(level: int) -> None:
    merges = np.array([[1, 2], [0, 3]])
    assert groups_at(merges, 3, level).tolist() == [[0, 1, 2], [0, 3, 3], [4, 4, 4]][level]
