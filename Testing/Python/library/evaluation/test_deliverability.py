"""Deliverability: balls, rods and scattered voxels whose numbers are known."""

import math

import numpy as np
import pytest

from builders.volumes import geometry_of, mask_of
from dosepainting_hrs.errors import InputError, ParameterError
from dosepainting_hrs.evaluation.deliverability import deliverability
from dosepainting_hrs.evaluation.surface_area import surface_area_mm2
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Mask

UPRIGHT = np.eye(3)
TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])


def ball(radius: float, spacing: tuple[float, float, float] = (1.0, 1.0, 1.0), direction: np.ndarray = UPRIGHT) -> Mask:
    n = [2 * math.ceil(radius / s) + 3 for s in spacing]
    geometry = geometry_of((n[2], n[1], n[0]), spacing, direction=direction)
    centre = geometry.to_world((np.array(n) - 1) / 2 + 0.13)
    points = geometry.to_world(np.argwhere(np.ones(geometry.shape))[:, ::-1])
    return mask_of((np.linalg.norm(points - centre, axis=1) <= radius).reshape(geometry.shape), geometry)


@pytest.mark.parametrize("direction", [np.eye(3), TURN], ids=["upright", "oblique"])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (1.0, 1.5, 2.0)])
@pytest.mark.parametrize("radius", [8.0, 14.0])
def test_the_surface_of_a_ball(radius: float, spacing: tuple[float, float, float], direction: np.ndarray) -> None:
    mask = ball(radius, spacing, direction)
    assert surface_area_mm2(mask.array, mask.geometry) == pytest.approx(4 * math.pi * radius**2, rel=0.03)


def test_the_surface_of_a_box() -> None:
    """20 x 30 x 10 mm: 2 (600 + 200 + 300) = 2200 mm2; the 13 directions give about a tenth less for faces along the axes."""
    area = surface_area_mm2(np.ones((10, 30, 20), dtype=np.bool_), geometry_of((10, 30, 20), (1, 1, 1)))
    assert 0.88 * 2200 < area < 1.02 * 2200


def test_a_ball_is_compact() -> None:
    found = deliverability(ball(10.0), 6.0)
    assert found.scatter_index == pytest.approx(1.0, abs=0.01)
    assert found.sphericity == pytest.approx(1.0, abs=0.03)
    assert found.largest_share == 1.0
    # Its surface is one of steps, which cost up to a voxel of 1 mm on each side.
    assert 18.0 <= found.widest_mm <= 20.0
    assert 0.94 <= found.remaining_share <= 1.0
    assert found.surface_to_volume == pytest.approx(3 / 10, rel=0.03)


@pytest.mark.parametrize(("width", "share"), [(3.9, 1.0), (4.0, 1.0), (5.5, 0.0), (12.0, 0.0)])
def test_a_plate_of_4_mm_remains_for_widths_up_to_4_mm(width: float, share: float) -> None:
    """Two voxels of 2 mm thick, 40 mm wide: its rim is all that a ball cannot reach."""
    array = np.zeros((4, 22, 22))
    array[1:3, 1:21, 1:21] = 1
    found = deliverability(mask_of(array), width)
    assert found.remaining_share == pytest.approx(share, abs=0.05)
    assert found.widest_mm == pytest.approx(4.0, abs=0.7)


def test_a_rod_and_a_ball_leave_the_ball() -> None:
    array = np.zeros((25, 25, 60), dtype=np.bool_)
    made = ball(10.0).array
    array[1 : 1 + made.shape[0], 1 : 1 + made.shape[1], 1 : 1 + made.shape[2]] = made
    sphere = array.sum()
    array[12, 12, 20:58] = True
    found = deliverability(mask_of(array, geometry_of(array.shape, (1, 1, 1))), 6.0)
    assert found.remaining_ml == pytest.approx(sphere / 1000, rel=0.06)
    assert found.remaining_islands == 1
    assert found.scatter_index > 1.02


def test_two_voxels_far_apart_are_scattered() -> None:
    """By hand: each 2 mm voxel spreads by 3 x 4 / 12 = 1 mm2, the pair by 10^2 = 100 mm2 about its middle; a ball of their
    16 mm3 has a radius of 1.563 mm, of which sqrt(3/5) is 1.211 mm: sqrt(101) / 1.211."""
    array = np.zeros((1, 1, 11))
    array[0, 0, [0, 10]] = 1
    found = deliverability(mask_of(array), 2.0)
    assert found.islands == (pytest.approx(0.008), pytest.approx(0.008))
    assert found.largest_share == pytest.approx(0.5)
    assert found.scatter_index == pytest.approx(math.sqrt(101) / (math.sqrt(0.6) * (3 * 16 / (4 * math.pi)) ** (1 / 3)))


def test_a_sheared_grid_has_the_surface_of_the_patient() -> None:
    affine = np.array([[1.0, 0.3, 0, 0], [0, 1.0, 0, 0], [0, 0.2, 1.0, 0], [0, 0, 0, 1]])
    geometry = Geometry((25, 25, 35), affine)
    points = geometry.to_world(np.argwhere(np.ones(geometry.shape))[:, ::-1])
    inside = np.linalg.norm(points - geometry.to_world((17.1, 12.2, 12.3)), axis=1) <= 8.0
    area = surface_area_mm2(inside.reshape(geometry.shape), geometry)
    assert area == pytest.approx(4 * math.pi * 64, rel=0.04)


def test_an_empty_region_and_no_width_are_refused() -> None:
    with pytest.raises(InputError, match='"GTVp" is empty'):
        deliverability(mask_of(np.zeros((2, 2, 2))), 5.0)
    with pytest.raises(ParameterError, match="width of 0 mm"):
        deliverability(mask_of(np.ones((2, 2, 2))), 0.0)
