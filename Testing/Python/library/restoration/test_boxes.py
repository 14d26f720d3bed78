"""Boxes with a margin in mm, holes filled, reach."""

import numpy as np

from dosepainting_hrs.restoration.boxes import filled, grown_box, inner_box, within_reach

BOX = (slice(4, 6), slice(4, 6), slice(1, 3))


def test_a_margin_is_in_mm_and_ends_with_the_image() -> None:
    grown = grown_box(BOX, 5.0, (4.0, 2.5, 1.0), (8, 20, 30))
    assert grown == (slice(2, 8), slice(2, 8), slice(0, 8))
    assert inner_box(BOX, grown) == (slice(2, 4), slice(2, 4), slice(1, 3))


def test_a_hole_has_the_value_beside_it() -> None:
    values, count = filled(np.array([[[1.0, np.nan, np.inf, 4.0]]]))
    assert (values.ravel().tolist(), count) == ([1.0, 1.0, 4.0, 4.0], 2)


def test_an_array_of_holes_is_0() -> None:
    values, count = filled(np.full((2, 1, 1), np.nan))
    assert (values.ravel().tolist(), count) == ([0.0, 0.0], 2)


def test_reach_is_in_mm() -> None:
    inside = np.zeros((1, 3, 7), dtype=bool)
    inside[0, 1, 3] = True
    near = within_reach(inside, 3.0, (1.0, 3.0, 1.5))
    assert near[0, :, 3].all()
    assert np.flatnonzero(near[0, 1]).tolist() == [1, 2, 3, 4, 5]
