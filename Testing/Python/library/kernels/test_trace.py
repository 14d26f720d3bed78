from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage

from dosepainting_hrs.kernels.keyhole import join_holes
from dosepainting_hrs.kernels.trace import trace_slice

Ring = list[tuple[int, int]]
slices = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(lambda shape: arrays(np.bool_, shape))


def traced(inside: NDArray[np.bool_], keyhole: bool = False) -> tuple[list[Ring], list[bool]]:
    """Rings and whether each is the rim of a hole; with keyholes, the joined contours."""
    rows, columns = inside.shape
    bordered = np.pad(inside, 1).astype(np.uint8)
    vertices = np.full((2 * (rows + 1) * (columns + 1), 2), -9, dtype=np.int32)
    starts, is_hole = np.full(rows * columns + 1, -9, dtype=np.int32), np.zeros(rows * columns, dtype=np.bool_)
    edge_at = np.full((rows + 1, columns + 1), -9, dtype=np.int32)
    seen = np.full((rows, columns), 7, dtype=np.int32)
    count = rings = trace_slice(bordered, seen, 8, vertices, starts, is_hole, edge_at)
    if keyhole:
        joined = np.empty((starts[rings] + 3 * is_hole[:rings].sum(), 2), dtype=np.int32)
        ends = np.empty(rings + 1, dtype=np.int32)
        count = join_holes(bordered, rings, vertices, starts, is_hole, edge_at, joined, ends)
        vertices, starts = joined, ends
    found = [[(int(x), int(y)) for x, y in vertices[a:b]] for a, b in pairwise(starts[: count + 1])]
    return found, is_hole[:rings].tolist()


def steps(ring: Ring) -> list[tuple[int, int, int, int]]:
    """A ring as steps of one pixel edge (x, y, dx, dy)."""
    walked = []
    for (x, y), (to_x, to_y) in pairwise([*ring, ring[0]]):
        length = abs(to_x - x) + abs(to_y - y)
        dx, dy = (to_x - x) // length, (to_y - y) // length
        walked += [(x + n * dx, y + n * dy, dx, dy) for n in range(length)]
    return walked


def boundary(inside: NDArray[np.bool_]) -> set[tuple[int, int, int, int]]:
    """The twin: every edge between inside and outside, walked with the inside on the right."""
    down, across = (np.diff(np.pad(inside, 1).astype(int), axis=axis) for axis in (0, 1))
    level = {(int(x) - (s > 0), int(y), s, 0) for s in (1, -1) for y, x in np.argwhere(down == s)}
    upright = {(int(x), int(y) - (s < 0), 0, -s) for s in (1, -1) for y, x in np.argwhere(across == s)}
    return level | upright


def filled(contours: list[Ring], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Even-odd at pixel centres: how many upright edges lie on the left of each."""
    crossings = np.zeros((shape[0], shape[1] + 1), dtype=int)
    for x, y, dx, dy in (step for ring in contours for step in steps(ring)):
        if dx == 0:
            crossings[min(y, y + dy), x] += 1
    return np.cumsum(crossings, axis=1)[:, :-1] % 2 == 1


@settings(max_examples=300, deadline=None)
@given(slices)
def test_rings_walk_every_edge_once_with_the_region_on_the_right(inside: NDArray[np.bool_]) -> None:
    rings, is_hole = traced(inside)
    walked = [step for ring in rings for step in steps(ring)]
    assert len(walked) == len(set(walked))
    assert set(walked) == boundary(inside)
    for ring in rings:
        for (ax, ay), (bx, by), (cx, cy) in zip(ring, ring[1:] + ring[:1], ring[2:] + ring[:2], strict=True):
            assert (ax == bx) != (bx == cx), "a corner at which nothing turns"
            assert (ay == by) != (by == cy)
    assert is_hole == [area(ring) < 0 for ring in rings]


@settings(max_examples=300, deadline=None)
@given(slices)
def test_pieces_that_touch_at_a_corner_have_rings_of_their_own(inside: NDArray[np.bool_]) -> None:
    """Pieces by scipy: 4-connected inside, 8-connected outside; the outermost outside is no hole."""
    _, is_hole = traced(inside)
    pieces = ndimage.label(inside)[1]
    holes = ndimage.label(~np.pad(inside, 1), structure=np.ones((3, 3)))[1] - 1
    assert (is_hole.count(False), is_hole.count(True)) == (pieces, holes)


@settings(max_examples=400, deadline=None)
@given(slices)
def test_a_keyhole_contour_is_one_piece_with_its_holes(inside: NDArray[np.bool_]) -> None:
    contours, _ = traced(inside, keyhole=True)
    labels, pieces = ndimage.label(inside)
    assert len(contours) == pieces
    for contour in contours:
        alone = filled([contour], inside.shape)
        (label,) = np.unique(labels[alone])
        np.testing.assert_array_equal(alone, labels == label)


@settings(max_examples=400, deadline=None)
@given(slices)
def test_a_bridge_is_walked_out_and_back_inside_the_region(inside: NDArray[np.bool_]) -> None:
    contours, is_hole = traced(inside, keyhole=True)
    walked = [step for contour in contours for step in steps(contour)]
    assert len(walked) == len(set(walked)), "two bridges overlap"
    bridges = set(walked) - boundary(inside)
    assert len(walked) == len(bridges) + len(boundary(inside))
    for x, y, dx, dy in bridges:
        assert (x + dx, y, -dx, dy) in bridges
        assert dy == 0
        left = min(x, x + dx)
        assert inside[y - 1, left]
        assert inside[y, left]
    assert bool(bridges) == any(is_hole)


def area(ring: Ring) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*ring, ring[0]])) / 2


def test_one_pixel() -> None:
    inside = np.zeros((3, 4), dtype=bool)
    inside[1, 2] = True
    assert traced(inside) == ([[(2, 1), (3, 1), (3, 2), (2, 2)]], [False])


def test_diagonal_neighbours_are_two_squares() -> None:
    rings, _ = traced(np.eye(2, dtype=bool))
    assert rings == [[(0, 0), (1, 0), (1, 1), (0, 1)], [(1, 1), (2, 1), (2, 2), (1, 2)]]


def test_ring_of_pixels_as_keyhole_by_hand() -> None:
    """Out from (0, 1) on the left side to the hole's corner (1, 1), round it against the clock, and back."""
    inside = np.ones((3, 3), dtype=bool)
    inside[1, 1] = False
    (contour,), _ = traced(inside, keyhole=True)
    assert contour == [(0, 0), (3, 0), (3, 3), (0, 3), (0, 1), (1, 1), (1, 2), (2, 2), (2, 1), (1, 1), (0, 1)]


def test_two_holes_in_a_row_hang_on_one_another() -> None:
    inside = np.ones((3, 5), dtype=bool)
    inside[1, [1, 3]] = False
    (contour,), _ = traced(inside, keyhole=True)
    bridges = set(steps(contour)) - boundary(inside)
    assert bridges == {(0, 1, 1, 0), (1, 1, -1, 0), (2, 1, 1, 0), (3, 1, -1, 0)}


def test_an_island_in_a_hole_is_a_contour_of_its_own() -> None:
    inside = np.ones((5, 5), dtype=bool)
    inside[1:4, 1:4] = False
    inside[2, 2] = True
    contours, _ = traced(inside, keyhole=True)
    assert len(contours) == 2
    assert contours[1] == [(2, 2), (3, 2), (3, 3), (2, 3)]
