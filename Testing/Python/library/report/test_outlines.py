"""Outlines at pixel edges, against edges counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from dosepainting_hrs.report.outlines import edge_segments

Edge = tuple[tuple[float, float], tuple[float, float]]


def lines_of(inside: list[list[int]], pixel_mm: tuple[float, float] = (1.0, 1.0)) -> set[Edge]:
    segments = edge_segments(np.array(inside, dtype=np.bool_), pixel_mm)
    return {((a[0], a[1]), (b[0], b[1])) for a, b in segments.tolist()}


def test_one_pixel_has_four_edges_round_it() -> None:
    """Row 1, column 2; pixels 2 mm wide and 3 mm high: from 4 to 6 mm and from 3 to 6 mm."""
    square = {((4.0, 3.0), (6.0, 3.0)), ((4.0, 6.0), (6.0, 6.0)), ((4.0, 3.0), (4.0, 6.0)), ((6.0, 3.0), (6.0, 6.0))}
    assert lines_of([[0, 0, 0], [0, 0, 1]], (2.0, 3.0)) == square


def test_straight_edges_are_drawn_in_one_go() -> None:
    assert ((0.0, 0.0), (3.0, 0.0)) in lines_of([[1, 1, 1]])
    assert len(lines_of([[1, 1, 1]])) == 4


def test_a_hole_is_outlined_too() -> None:
    ring = lines_of([[1, 1, 1], [1, 0, 1], [1, 1, 1]])
    assert {((1.0, 1.0), (2.0, 1.0)), ((1.0, 2.0), (2.0, 2.0)), ((1.0, 1.0), (1.0, 2.0)), ((2.0, 1.0), (2.0, 2.0))} < ring
    assert len(ring) == 8


def test_nothing_has_no_outline() -> None:
    assert edge_segments(np.zeros((3, 4), dtype=np.bool_), (1.0, 1.0)).shape == (0, 2, 2)


@given(arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_total_length_is_the_number_of_pixel_edges_with_one_side_inside(inside: NDArray[np.bool_]) -> None:
    padded = np.pad(inside, 1)
    expected = np.count_nonzero(padded[1:] != padded[:-1]) + np.count_nonzero(padded[:, 1:] != padded[:, :-1])
    segments = edge_segments(inside, (1.0, 1.0))
    assert np.abs(segments[:, 1] - segments[:, 0]).sum() == pytest.approx(expected)
