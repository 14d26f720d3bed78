"""Sums of classes against plain numpy, and upper bounds of scores against the scores."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from dosepainting_hrs.kernels.class_sums import BLOCK, sum_class
from dosepainting_hrs.kernels.permuted_score import permuted_score, permuted_upper_score, totals


@numba.njit
def sums_in(values, squares, members, block, one, sums):  # noqa: PLR0917
    sum_class(values, squares, members, block, one, sums)


def test_sums_of_a_class_are_those_of_its_members():
    random = np.random.default_rng(1)
    values = random.normal(size=12).astype(np.float32)
    squares, members = values**2, random.integers(0, 2**32, size=(3, 2, 12), dtype=np.uint32)
    sums = np.full((2, 2, BLOCK), -1, dtype=np.float32)
    sums_in(values, squares, members, 2, 1, sums)
    for place in range(BLOCK):
        has = (members[2, 1] >> np.uint32(place)) & 1 == 1
        assert sums[1, :, place] == pytest.approx([values[has].sum(), squares[has].sum()], rel=1e-5, abs=1e-5)
    assert (sums[0] == -1).all()


def random_shuffle(random, tumours):
    labels = random.permutation(np.arange(tumours) % 3)
    members = np.argsort(labels, kind="stable").astype(np.uint16)[None]
    starts = np.searchsorted(np.sort(labels), np.arange(4)).astype(np.int32)[None]
    return members, starts, np.bincount(labels).argmax(keepdims=True).astype(np.int32)


@pytest.mark.parametrize("spread", [0.3, 1e-3, 1e-9, 1e-11, 0.0])
def test_no_score_within_reach_lies_above_its_bound(spread):
    random, scratch, squares = np.random.default_rng(3), np.empty((3, 3)), np.empty(12)
    close = []
    for _ in range(300):
        shuffle, shares = random_shuffle(random, 12), 0.3 + spread * random.uniform(size=12)
        moved = spread * 10.0 ** random.uniform(-6, -1)
        bound = permuted_upper_score(shares, squares, totals(shares, squares), moved, shuffle, 0, scratch)
        way = random.normal(size=12)
        for distance in (0.0, moved):
            meant = shares + distance * way / np.linalg.norm(way)
            score = permuted_score(meant, squares, totals(meant, squares), shuffle, 0, scratch)
            assert not score > bound
        close.append(bound - score)
    if spread > 1e-6:
        assert np.median(close) < 0.1  # It would be of no use if it were always far above.


def test_a_class_of_nobody_has_no_score():
    shuffle = (np.arange(4, dtype=np.uint16)[None], np.array([[0, 0, 2, 4]], dtype=np.int32), np.array([1], dtype=np.int32))
    shares, squares = np.array([0.1, 0.2, 0.3, 0.4]), np.empty(4)
    assert permuted_upper_score(shares, squares, totals(shares, squares), 0.1, shuffle, 0, np.empty((3, 3))) == -np.inf
