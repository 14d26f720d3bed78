"""Grids in the patient, by hand and by laws."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosepainting_hrs.errors import GeometryError
from dosepainting_hrs.geometry import AxisOrder, Geometry, StoredGrid

GRID = Geometry.from_parts((4, 3, 2), (1.0, 2.0, 5.0), (10.0, -20.0, 30.0))


def test_index_is_x_y_z_and_world_is_lps() -> None:
    """By hand: index (1, 2, 3) lies at (10 + 1, -20 + 4, 30 + 15)."""
    assert GRID.to_world((1, 2, 3)).tolist() == [11.0, -16.0, 45.0]
    assert GRID.to_index((11.0, -16.0, 45.0)).tolist() == [1.0, 2.0, 3.0]


def test_parts_come_back() -> None:
    assert GRID.spacing.tolist() == [1.0, 2.0, 5.0]
    assert GRID.origin.tolist() == [10.0, -20.0, 30.0]
    assert GRID.voxel_volume_ml == pytest.approx(0.010, rel=1e-12)
    assert str(GRID) == "2 x 3 x 4 voxels of 1 x 2 x 5 mm"


def test_a_sheared_voxel_has_the_volume_of_its_box() -> None:
    """Shear keeps volume: base 1 x 2 mm, height 5 mm, although the slanted edge is longer."""
    affine = GRID.affine.copy()
    affine[:3, 2] = (0.0, 3.0, 5.0)
    assert Geometry((4, 3, 2), affine).voxel_volume_ml == pytest.approx(0.010, rel=1e-12)


def test_corners_are_the_outermost_voxel_centres() -> None:
    corners = GRID.corners()
    assert corners.min(axis=0).tolist() == [10.0, -20.0, 30.0]
    assert corners.max(axis=0).tolist() == [11.0, -16.0, 45.0]


def test_direction_is_by_columns() -> None:
    """x of the image runs to the patient's posterior, y to the right."""
    turned = Geometry.from_parts((1, 2, 2), (1, 1, 1), (0, 0, 0), [[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert turned.to_world((1, 0, 0)).tolist() == [0.0, 1.0, 0.0]
    assert turned.to_world((0, 1, 0)).tolist() == [-1.0, 0.0, 0.0]


@pytest.mark.parametrize(("shift_mm", "same"), [(0.009, True), (0.011, False)])
def test_one_per_cent_of_the_smallest_edge_is_the_same_grid(shift_mm: float, same: bool) -> None:
    moved = Geometry.from_parts((4, 3, 2), (1.0, 2.0, 5.0), (10.0, -20.0 + shift_mm, 30.0))
    assert GRID.is_same_grid(moved) is same
    assert moved.is_same_grid(GRID) is same


def test_a_small_error_of_spacing_adds_up_over_the_grid() -> None:
    """0.1 um per voxel is nothing for 4 slices and 5 % of a voxel edge after 500."""
    few, many = ((n, 1, 1) for n in (4, 500))
    for shape, same in ((few, True), (many, False)):
        exact = Geometry.from_parts(shape, (1.0, 1.0, 2.0), (0, 0, 0))
        drifting = Geometry.from_parts(shape, (1.0, 1.0, 2.0001), (0, 0, 0))
        assert exact.is_same_grid(drifting) is same


def test_another_shape_is_another_grid() -> None:
    assert not GRID.is_same_grid(Geometry((4, 3, 3), GRID.affine))


def test_oblique_is_told_from_flipped_and_permuted() -> None:
    assert not Geometry.from_parts((1, 1, 1), (1, 1, 1), (0, 0, 0), [[0, -1, 0], [1, 0, 0], [0, 0, -1]]).is_oblique()
    angle = np.deg2rad(1.0)
    tilted = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    assert Geometry.from_parts((1, 1, 1), (1, 1, 1), (0, 0, 0), tilted).is_oblique()


@pytest.mark.parametrize(
    ("shape", "affine", "sentence"),
    [
        ((0, 1, 1), np.eye(4), "at least one voxel"),
        ((1, 1), np.eye(4), "at least one voxel"),
        ((1, 1, 1), np.diag([1, 1, 0, 1]), "does not map voxel indices"),
        ((1, 1, 1), np.full((4, 4), np.nan), "does not map voxel indices"),
        ((1, 1, 1), np.eye(3), "does not map voxel indices"),
    ],
)
def test_what_is_no_grid_is_refused(shape: tuple[int, int, int], affine: np.ndarray, sentence: str) -> None:
    with pytest.raises(GeometryError, match=sentence):
        Geometry(shape, affine)


def test_the_affine_cannot_be_changed_from_outside() -> None:
    affine = np.eye(4)
    grid = Geometry((1, 1, 1), affine)
    affine[0, 3] = 7.0
    assert grid.origin[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 3] = 7.0


FLIPS = list(product((False, True), repeat=3))
ORDERS = [AxisOrder((a, b, c), (f, g, h)) for (a, b, c), (f, g, h) in product(permutations(range(3)), FLIPS)]


@pytest.mark.parametrize("order", ORDERS)
def test_canonical_voxels_lie_where_the_stored_ones_lay(order: AxisOrder) -> None:
    """All 48 ways to store an axial volume: every voxel keeps its place in the patient, and the way back is exact."""
    axial = Geometry.from_parts((4, 3, 2), (1.0, 2.0, 5.0), (10.0, -20.0, 30.0))
    canonical = np.arange(24).reshape(4, 3, 2)
    stored_array = order.restore(canonical)
    affine = np.eye(4)
    for axis, (source, backwards) in enumerate(zip(order.source, order.reversed, strict=True)):
        affine[:3, source] = axial.affine[:3, axis] * (-1 if backwards else 1)
    last = [axial.shape[2 - axis] - 1 if backwards else 0 for axis, backwards in enumerate(order.reversed)]
    affine[:3, 3] = axial.to_world(last)
    stored = Geometry((stored_array.shape[0], stored_array.shape[1], stored_array.shape[2]), affine)
    grid = StoredGrid.of(stored)
    assert grid.axes == order
    assert np.allclose(grid.canonical().affine, axial.affine)
    assert np.array_equal(grid.axes.apply(stored_array), canonical)
    assert np.array_equal(grid.axes.restore(canonical), stored_array)


@given(st.floats(-np.pi, np.pi), st.floats(-1.2, 1.2), st.floats(-np.pi, np.pi))
def test_canonical_axes_of_any_oblique_grid_run_to_l_p_s(yaw: float, pitch: float, roll: float) -> None:
    def turn(axis: int, angle: float) -> np.ndarray:
        first, second = (axis + 1) % 3, (axis + 2) % 3
        matrix = np.eye(3)
        matrix[first, first] = matrix[second, second] = np.cos(angle)
        matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
        return matrix

    direction = turn(0, roll) @ turn(1, pitch) @ turn(2, yaw)
    stored = Geometry.from_parts((4, 3, 2), (1.0, 2.0, 5.0), (1.0, 2.0, 3.0), direction)
    canonical = StoredGrid.of(stored).canonical()
    assert (np.diag(canonical.direction) >= 0).all()
    mine, theirs = (np.sort(one.corners().round(6), axis=0) for one in (canonical, stored))
    assert np.allclose(mine, theirs, atol=1e-5)
