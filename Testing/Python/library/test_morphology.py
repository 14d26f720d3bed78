"""Margins, opening and closing in millimetres: by hand, against plain counting, on anisotropic, oblique and sheared grids."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from builders.volumes import geometry_of, mask_of
from dosepainting_hrs.errors import InputError, ParameterError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Mask
from dosepainting_hrs.morphology import distance_to
from dosepainting_hrs.segmentation.closing import Closing, ClosingParameters
from dosepainting_hrs.segmentation.margin import Margin, MarginParameters
from dosepainting_hrs.segmentation.opening import Opening, OpeningParameters

ANISOTROPIC = geometry_of((5, 6, 7), spacing=(1.0, 1.5, 2.5))
TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
OBLIQUE = geometry_of((5, 6, 7), spacing=(1.0, 1.5, 2.5), direction=TURN)
SHEARED = Geometry((5, 6, 7), np.array([[1.0, 0.3, 0, 0], [0, 1.5, 0, 0], [0, 0.2, 2.5, 0], [0, 0, 0, 1]]))


def margin(mask: Mask, by: float) -> Mask:
    return Margin(MarginParameters(margin_mm=by)).compute(mask)


def opened(mask: Mask, radius: float) -> Mask:
    return Opening(OpeningParameters(radius_mm=radius)).compute(mask)


def closed(mask: Mask, radius: float) -> Mask:
    return Closing(ClosingParameters(radius_mm=radius)).compute(mask)


def by_counting(array: np.ndarray, geometry: Geometry, by: float) -> np.ndarray:
    """Every voxel whose centre has the centre of a voxel of the region within the distance, pair by pair."""
    found = np.zeros_like(array)
    inside = geometry.to_world(np.argwhere(array)[:, ::-1])
    for index in itertools.product(*map(range, array.shape)):
        away = np.linalg.norm(inside - geometry.to_world(index[::-1]), axis=1)
        found[index] = away.size > 0 and away.min() <= by * (1 + 1e-9)
    return found


@pytest.mark.parametrize("geometry", [ANISOTROPIC, OBLIQUE, SHEARED], ids=["anisotropic", "oblique", "sheared"])
@pytest.mark.parametrize("by", [1.0, 2.5, 3.4])
def test_a_margin_is_a_distance_in_the_patient(geometry: Geometry, by: float) -> None:
    array = np.zeros((5, 6, 7), dtype=np.bool_)
    array[2, 2:4, 3] = array[1, 4, 1] = True
    mask = mask_of(array, geometry)
    expected = by_counting(mask.array, mask.geometry, by)
    assert np.array_equal(margin(mask, by).array, expected)


def test_one_voxel_on_voxels_of_1_by_1_5_by_2_5_mm_grown_by_2_5_mm() -> None:
    """By hand: along x 2 steps, along y 1, along z 1; x and y together 2 and 1: 2.5 mm exactly; nothing with z."""
    array = np.zeros((3, 5, 7))
    array[1, 2, 3] = 1
    made = margin(mask_of(array, geometry_of((3, 5, 7), spacing=(1.0, 1.5, 2.5))), 2.5).array
    assert made[:, 2, 3].tolist() == [True, True, True]
    assert made[1, 2].tolist() == [False, True, True, True, True, True, False]
    assert made[1, 1].tolist() == [False, True, True, True, True, True, False]
    assert made[1, 0].any() == made[0, 1].any() == False  # noqa: E712


@settings(deadline=None, max_examples=25)
@given(arrays(np.bool_, (3, 4, 5), elements=st.booleans()), st.floats(0.5, 4.0))
def test_shrinking_is_growing_of_the_outside(array: np.ndarray, by: float) -> None:
    """The grid has no voxels beyond its edge, and those count as outside: pad by what the distance reaches."""
    geometry = geometry_of((3, 4, 5), spacing=(1.0, 1.5, 2.5))
    wide = np.pad(array, 6)
    outside = by_counting(~wide, geometry_of(wide.shape, spacing=(1.0, 1.5, 2.5)), by) if array.any() else None
    expected = None if outside is None else ~outside[6:-6, 6:-6, 6:-6]
    if expected is None or not expected.any():
        with pytest.raises(InputError):
            margin(mask_of(array, geometry), -by)
    else:
        assert np.array_equal(margin(mask_of(array, geometry), -by).array, expected)


def test_a_margin_of_nothing_changes_nothing() -> None:
    array = np.zeros((3, 3, 3))
    array[1, 1, 1] = 1
    assert np.array_equal(margin(mask_of(array), 0.0).array, array.astype(bool))


def test_growing_stops_at_the_edge_of_the_grid() -> None:
    array = np.zeros((1, 1, 4))
    array[0, 0, 0] = 1
    assert margin(mask_of(array), 4.0).array.ravel().tolist() == [True, True, True, False]


def test_shrinking_to_nothing_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r'Nothing is left of the region "GTVp": margin of -5 mm'):
        margin(mask_of(np.ones((2, 2, 2))), -5.0)


def test_opening_takes_a_bridge_away_and_keeps_the_blocks() -> None:
    """Two cubes of 5 voxels of 2 mm joined by a bridge 1 voxel thin; a ball of 2 mm is a voxel and its 6 neighbours.

    It fits into the cubes, whose corners and edges it does not reach, and at the end of the bridge, of which it takes one
    voxel along; not into the bridge: 2 x (125 - 8 - 12 x 3 + 1).
    """
    array = np.zeros((7, 7, 16))
    array[1:6, 1:6, 1:6] = array[1:6, 1:6, 10:15] = 1
    array[3, 3, 6:10] = 1
    made = opened(mask_of(array), 2.0)
    assert not made.array[3, 3, 7:9].any()
    assert made.array[3, 3, 2:5].all()
    assert made.voxel_count == 2 * (125 - 8 - 12 * 3 + 1)


def test_closing_fills_a_gap_and_adds_nothing_else() -> None:
    array = np.zeros((5, 5, 9))
    array[1:4, 1:4, 1:4] = array[1:4, 1:4, 5:8] = 1
    made = closed(mask_of(array), 2.0).array
    assert made[2, 2, 1:8].all()
    assert made.sum() >= array.sum()
    assert not made[0].any()


def test_closing_leaves_a_region_at_the_edge_of_the_grid_alone() -> None:
    block = np.ones((4, 4, 4))
    assert np.array_equal(closed(mask_of(block), 5.0).array, block.astype(bool))


def test_opening_and_closing_twice_is_once() -> None:
    array = np.random.default_rng(3).random((9, 9, 9)) > 0.35
    for method in (opened, closed):
        once = method(mask_of(array, geometry_of((9, 9, 9), (1.0, 1.5, 2.5))), 1.6)
        assert np.array_equal(method(once, 1.6).array, once.array)


def test_opening_and_closing_are_each_others_complement() -> None:
    """Away from the edge of the grid: closing is opening of the outside."""
    array = np.zeros((13, 13, 13), dtype=np.bool_)
    array[4:9, 4:9, 4:9] = np.random.default_rng(5).random((5, 5, 5)) > 0.4
    geometry = geometry_of((13, 13, 13), (1.0, 1.5, 2.5))
    closing = closed(mask_of(array, geometry), 2.6).array
    opening = opened(mask_of(~array, geometry), 2.6).array
    inner = (slice(4, 9),) * 3
    assert np.array_equal(closing[inner], ~opening[inner])


def test_what_was_measured_in_the_old_region_does_not_stay() -> None:
    mask = mask_of(np.ones((3, 3, 3)))
    assert margin(mask, 2.0).measured == ()
    assert margin(mask, 2.0).history == ('Margin of 2 mm to "GTVp".',)


def test_a_distance_to_nothing_is_infinite() -> None:
    assert np.isinf(distance_to(np.zeros((2, 2, 2), dtype=np.bool_), ANISOTROPIC)).all()


def test_a_radius_below_zero_is_refused() -> None:
    with pytest.raises(ParameterError, match='"radius_mm" takes a value from 0 to 100 mm'):
        OpeningParameters(radius_mm=-1.0)
