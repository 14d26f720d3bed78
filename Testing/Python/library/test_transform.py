"""Transforms: which way they lead, what chains make of them, and what is no transform."""

from __future__ import annotations

import numpy as np
import pytest

from dosepainting_hrs.errors import GeometryError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.transform import (
    Affine,
    Field,
    Transform,
    chained,
    kind_of_matrix,
    require_rigid,
    rotation_and_shift,
)

QUARTER_TURN = np.array([[0.0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])
"""Turns +x into +y and then shifts by (10, 20, 30) mm."""
GRID = Geometry.from_parts((21, 31, 41), (2.0, 2.0, 2.0), (-40.0, -30.0, -20.0))


def shift_field(shift: tuple[float, float, float]) -> Field:
    return Field(GRID, np.broadcast_to(np.array(shift), (*GRID.shape, 3)).copy())


def swirl(amplitude: float) -> Field:
    """u_x = amplitude sin(z / 12), nothing else: its inverse is known, p - u(p)."""
    z = GRID.to_world(np.stack(np.indices(GRID.shape)[::-1], axis=-1))[..., 2]
    vectors = np.zeros((*GRID.shape, 3))
    vectors[..., 0] = amplitude * np.sin(z / 12.0)
    return Field(GRID, vectors)


def test_a_landmark_pair_tells_the_direction() -> None:
    """By hand: (1, 2, 3) turned by 90 degrees about z is (-2, 1, 3), shifted (8, 21, 33)."""
    transform = Transform.of_matrix(QUARTER_TURN, "A", "B")
    assert transform.apply([1.0, 2.0, 3.0]) == pytest.approx([8.0, 21.0, 33.0])
    assert transform.inverse().apply([8.0, 21.0, 33.0]) == pytest.approx([1.0, 2.0, 3.0])
    assert (transform.inverse().from_frame, transform.inverse().to_frame) == ("B", "A")


def test_a_chain_is_applied_in_the_order_of_its_frames_and_composed_once() -> None:
    """First turned, then shifted by 5 along x: (1, 2, 3) to (8, 21, 33) to (13, 21, 33)."""
    shift = np.eye(4)
    shift[0, 3] = 5.0
    whole = chained((Transform.of_matrix(QUARTER_TURN, "A", "B"), Transform.of_matrix(shift, "B", "C")))
    assert (whole.from_frame, whole.to_frame, len(whole.parts)) == ("A", "C", 1)
    assert whole.apply([1.0, 2.0, 3.0]) == pytest.approx([13.0, 21.0, 33.0])


def test_a_chain_with_a_gap_is_refused() -> None:
    first, second = Transform.of_matrix(np.eye(4), "A", "B"), Transform.of_matrix(np.eye(4), "C", "D")
    with pytest.raises(GeometryError, match="gap: one transform leads to frame B, the next begins in C"):
        first.then(second)


def test_a_field_between_matrices_keeps_its_place() -> None:
    field = Transform(parts=(shift_field((3.0, 0.0, 0.0)),))
    turn = Transform.of_matrix(QUARTER_TURN)
    assert field.then(turn).apply([1.0, 2.0, -20.0]) == pytest.approx([8.0, 24.0, 10.0])  # (4, 2, -20) turned
    assert turn.then(field).apply([1.0, 2.0, -20.0]) == pytest.approx([11.0, 21.0, 10.0])


def test_a_field_turned_round_leads_back() -> None:
    """The shear by sin z has the exact inverse p - u(p), up to the linear interpolation that both share."""
    field = swirl(6.0)
    points = np.random.default_rng(1).uniform(-12, 12, (50, 3))
    there = field.apply(points)
    assert np.abs(there - points).max() > 3.0
    assert field.inverse().apply(there) == pytest.approx(points, abs=1e-4)


def test_a_field_says_nothing_outside_of_its_grid() -> None:
    reached = shift_field((1.0, 0.0, 0.0)).apply([[0.0, 0.0, 0.0], [40.9, 0.0, 0.0], [41.1, 0.0, 0.0]])
    assert reached[0] == pytest.approx([1.0, 0.0, 0.0])
    assert np.isfinite(reached[1]).all()  # Beyond the last centre at 40, within its voxel.
    assert np.isnan(reached[2]).all()


def test_where_a_field_folds_it_cannot_be_turned_round() -> None:
    """u = -3 p maps p to -2 p: fixed-point iteration cannot find it, and nothing is made up."""
    points = GRID.to_world(np.stack(np.indices(GRID.shape)[::-1], axis=-1))
    folding = Field(GRID, -3.0 * points)
    assert np.isnan(folding.inverse().apply([[5.0, 5.0, 5.0]])).all()


def test_sampling_a_chain_gives_the_chain() -> None:
    chain = Transform(parts=(swirl(4.0), Affine(QUARTER_TURN)))
    small = Geometry.from_parts((5, 5, 5), (2.0, 2.0, 2.0), (-4.0, -4.0, -4.0))
    field = chain.sampled(small)
    points = small.corners()
    assert field.apply(points) == pytest.approx(chain.apply(points), abs=1e-9)
    with pytest.raises(GeometryError, match="does not cover"):
        chain.sampled(Geometry.from_parts((5, 5, 5), (50.0, 2.0, 2.0), (-4.0, -4.0, -4.0)))


@pytest.mark.parametrize(
    ("matrix", "match"),
    [
        (np.diag([1.0, 1.0, 0.0, 1.0]), "singular"),
        (np.full((4, 4), np.nan), "no transform"),
        (np.eye(3), "no transform"),
        (np.vstack([np.eye(4)[:3], [0, 0, 1, 1]]), "last row 0 0 0 1"),
    ],
)
def test_what_is_no_matrix_is_refused(matrix: np.ndarray, match: str) -> None:
    with pytest.raises(GeometryError, match=match):
        Affine(matrix)


def test_rigid_is_what_turns_and_shifts_only() -> None:
    assert kind_of_matrix(QUARTER_TURN) == "rigid"
    assert kind_of_matrix(np.diag([1.01, 1.0, 1.0, 1.0])) == "affine"
    assert kind_of_matrix(np.diag([-1.0, 1.0, 1.0, 1.0])) == "affine"
    with pytest.raises(GeometryError, match=r"called rigid, but scales its axes by 1.01, 1, 1"):
        require_rigid(np.diag([1.01, 1.0, 1.0, 1.0]), "The matrix")
    with pytest.raises(GeometryError, match="mirrors"):
        require_rigid(np.diag([-1.0, 1.0, 1.0, 1.0]), "The matrix")


def test_angle_and_shift_of_a_matrix() -> None:
    angle, shift = rotation_and_shift(QUARTER_TURN)
    assert angle == pytest.approx(90.0)
    assert shift == pytest.approx([10.0, 20.0, 30.0])
    small = np.eye(4)
    small[:2, :2] = [[np.cos(1e-5), -np.sin(1e-5)], [np.sin(1e-5), np.cos(1e-5)]]
    assert rotation_and_shift(small)[0] == pytest.approx(np.degrees(1e-5), rel=1e-6)
