"""Distances between surfaces, by hand and against a brute-force twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from builders.volumes import geometry_of, mask_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.evaluation.surface_distance import surface_distance
from dosepainting_hrs.geometry import Geometry


def bar(start: int, stop: int) -> np.ndarray:
    """Voxels start to stop-1 along x of a line of 12: all of them surface."""
    array = np.zeros((1, 1, 12))
    array[0, 0, start:stop] = 1
    return array


def test_two_bars_shifted_by_two_voxels_of_three_mm() -> None:
    """By hand: of 5 voxels on either side, 3 are in common (0) and the others 3 and 6 mm away."""
    geometry = geometry_of((1, 1, 12), spacing=(3.0, 1.0, 7.0))
    found = surface_distance(mask_of(bar(0, 5), geometry), mask_of(bar(2, 7), geometry))
    assert found.maximum_mm == pytest.approx(6.0, rel=1e-12)
    assert found.mean_mm == pytest.approx(9 / 5, rel=1e-12)
    assert found.percentile_95_mm == pytest.approx(3.0 + 0.8 * 3.0, rel=1e-12)  # Between rank 3 (3 mm) and 4 (6 mm) at 3.8.


@pytest.mark.parametrize(("axis", "expected"), [(0, 2.5), (1, 1.5), (2, 1.0)])
def test_a_cube_shifted_by_one_voxel_moves_by_one_spacing(axis: int, expected: float) -> None:
    """Spacing (x, y, z) 1.0, 1.5, 2.5 mm; a cube of 3 voxels: 26 on its surface, 1 within."""
    geometry = geometry_of((6, 6, 6), spacing=(1.0, 1.5, 2.5))
    array = np.zeros((6, 6, 6))
    array[1:4, 1:4, 1:4] = 1
    found = surface_distance(mask_of(array, geometry), mask_of(np.roll(array, 1, axis), geometry))
    assert found.maximum_mm == pytest.approx(expected, rel=1e-12)


def test_the_inside_is_no_surface() -> None:
    """A full cube against its own shell: same surface, so no distance; with the inside it would be 1 mm."""
    full = np.zeros((7, 7, 7))
    full[1:6, 1:6, 1:6] = 1
    shell = full.copy()
    shell[2:5, 2:5, 2:5] = 0
    found = surface_distance(mask_of(full), mask_of(shell))
    assert found.maximum_mm == 0.0


def test_a_larger_region_is_as_far_away_seen_from_either_side() -> None:
    """Directed distances differ: from the small one 0, from the large one up to 9 mm. The symmetric ones do not."""
    geometry = geometry_of((1, 1, 12), spacing=(1.0, 1.0, 1.0))
    small, large = mask_of(bar(0, 1), geometry), mask_of(bar(0, 10), geometry)
    assert surface_distance(small, large) == surface_distance(large, small)
    assert surface_distance(small, large).maximum_mm == 9.0
    assert surface_distance(small, large).mean_mm == pytest.approx(45 / 11)


def test_a_sheared_grid_is_measured_in_the_patient() -> None:
    """Gantry tilt: each slice 4 mm up and 3 mm to the side of the one below, so 5 mm along the slice axis."""
    affine = np.eye(4)
    affine[:3, 2] = (0.0, 3.0, 4.0)
    geometry = Geometry((2, 1, 1), affine)
    found = surface_distance(mask_of([[[1]], [[0]]], geometry), mask_of([[[0]], [[1]]], geometry))
    assert found.maximum_mm == pytest.approx(5.0, rel=1e-12)


def test_an_empty_region_has_no_surface() -> None:
    with pytest.raises(InputError, match='The region "HRS" is empty'):
        surface_distance(mask_of(bar(0, 2)), mask_of(bar(0, 0), name="HRS"))


def brute_force(first: np.ndarray, second: np.ndarray, spacing: np.ndarray) -> tuple[float, float]:
    def surface(array: np.ndarray) -> np.ndarray:
        padded = np.pad(array, 1)
        inner = [np.roll(padded, shift, axis)[1:-1, 1:-1, 1:-1] for axis in range(3) for shift in (-1, 1)]
        return np.argwhere(array & ~np.logical_and.reduce(inner))[:, ::-1] * spacing

    apart = np.linalg.norm(surface(first)[:, None] - surface(second)[None], axis=2)
    both = np.concatenate([apart.min(1), apart.min(0)])
    return float(both.mean()), float(both.max())


@settings(max_examples=50, deadline=None)
@given(*(arrays(np.bool_, (3, 4, 4), elements=st.booleans()) for _ in range(2)))
def test_agrees_with_all_pairs(first: np.ndarray, second: np.ndarray) -> None:
    first[1, 1, 1] = second[0, 2, 2] = True
    geometry = geometry_of((3, 4, 4), spacing=(1.0, 2.0, 3.5))
    found = surface_distance(mask_of(first, geometry), mask_of(second, geometry))
    assert (found.mean_mm, found.maximum_mm) == pytest.approx(brute_force(first, second, geometry.spacing), rel=1e-9)
