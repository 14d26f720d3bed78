from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dosepainting_hrs.kernels.fill import fill_even_odd

ROWS, COLUMNS = 9, 11


def filled(*contours: list[tuple[float, float]], planes: list[int] | None = None, depth: int = 1) -> NDArray[np.uint8]:
    out = np.zeros((depth, ROWS, COLUMNS), dtype=np.uint8)
    starts = np.cumsum([0, *map(len, contours)]).astype(np.int64)
    points = np.concatenate([np.array(one, dtype=float).reshape(-1, 2) for one in contours])
    fill_even_odd(points, starts, np.array(planes or [0] * len(contours), dtype=np.int64), out)
    return out


def twin(*contours: list[tuple[int, int]]) -> NDArray[np.uint8]:
    """The same rule in whole numbers (coordinates doubled), so that a centre on an edge is exactly there."""
    y, x = np.mgrid[0 : 2 * ROWS : 2, 0 : 2 * COLUMNS : 2]
    inside = np.zeros((ROWS, COLUMNS), dtype=bool)
    for contour in contours:
        for (xa, ya), (xb, yb) in pairwise([*contour, contour[0]]):
            side = (xb - xa) * (y - ya) - (x - xa) * (yb - ya)  # <= 0 going up: crossing at or left of the centre
            inside ^= ((ya <= y) != (yb <= y)) & ((side <= 0) if yb > ya else (side >= 0))
    return inside.astype(np.uint8)


halves = st.tuples(st.integers(-6, 2 * COLUMNS + 6), st.integers(-6, 2 * ROWS + 6))
polygon = st.lists(halves, min_size=3, max_size=9)


@settings(max_examples=300, deadline=None)
@given(st.lists(polygon, min_size=1, max_size=3))
def test_agrees_with_exact_whole_number_geometry(contours: list[list[tuple[int, int]]]) -> None:
    """Any polygon, crossing itself or not, with vertices on centres, on voxel edges and outside the image."""
    ours = filled(*[[(x / 2, y / 2) for x, y in contour] for contour in contours])
    np.testing.assert_array_equal(ours[0], twin(*contours))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 2 * COLUMNS - 3), unique=True, max_size=5), st.lists(halves, min_size=2, max_size=5), halves)
def test_pieces_of_a_whole_cover_every_centre_once(cuts: list[int], path: list[tuple[int, int]], hub: tuple[int, int]) -> None:
    """Cut the image by a ragged line from top to bottom, and into a fan around a hub: together the pieces are the image."""
    left, right, top, bottom = -8.0, COLUMNS + 8.0, -8.0, ROWS + 8.0
    ragged = [(cuts[0] / 2 if cuts else 3.0, top), *[(x / 2, y / 2) for x, y in path], (5.0, bottom)]
    halves_of_it = [[(left, top), *ragged, (left, bottom)], [(right, top), *ragged, (right, bottom)]]
    assert ((filled(halves_of_it[0]) ^ filled(halves_of_it[1])) == 1).all()
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    fan = [filled([(hub[0] / 2, hub[1] / 2), a, b]).astype(int) for a, b in pairwise(corners)]
    assert (sum(fan) == 1).all()


def test_square_between_voxel_edges() -> None:
    out = filled([(1.5, 2.5), (4.5, 2.5), (4.5, 5.5), (1.5, 5.5)])
    assert out.sum() == 9
    assert out[0, 3:6, 2:5].all()


def test_centre_on_an_outline_is_inside_on_the_side_of_rising_index_only() -> None:
    """Corners on the centres 2 and 5 enclose the centres 2, 3, 4 along both axes."""
    out = filled([(2, 2), (5, 2), (5, 5), (2, 5)])
    assert out.sum() == 9
    assert out[0, 2:5, 2:5].all()


def test_direction_and_starting_point_do_not_matter() -> None:
    points = [(0.3, 0.1), (9.7, 2.2), (6.1, 7.9), (3.3, 4.4), (1.2, 8.1)]
    first = filled(points)
    assert first.sum() > 20
    np.testing.assert_array_equal(filled(points[::-1]), first)
    np.testing.assert_array_equal(filled(points[3:] + points[:3]), first)


def test_parts_outside_the_image_still_count_for_the_parity_inside() -> None:
    """A frame around the whole image, with a window of 2 x 3 centres."""
    out = filled([(-5, -5), (50, -5), (50, 50), (-5, 50)], [(1.5, 1.5), (3.5, 1.5), (3.5, 4.5), (1.5, 4.5)])
    assert out.sum() == ROWS * COLUMNS - 6
    assert not out[0, 2:5, 2:4].any()


def test_planes_are_filled_separately_and_others_left_alone() -> None:
    square = [(0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)]
    out = filled(square, square, square, planes=[3, 1, 3], depth=5)
    assert out.sum(axis=(1, 2)).tolist() == [0, 4, 0, 0, 0]  # twice the same outline on one plane cancels


def test_degenerate_contours_enclose_nothing() -> None:
    assert filled([(2, 2)], [(1, 1), (5, 7)], [(3, 3), (3, 3), (3, 3)]).sum() == 0
