"""Points in the patient and the voxels that they lie in."""

import numpy as np
import pytest

from builders.volumes import geometry_of
from dosepainting_hrs.errors import InputError, ParameterError
from dosepainting_hrs.segmentation.seeds import BACKGROUND, SeedPoint, neighbours, require_inside, seed_voxels

TURNED = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def test_a_point_lies_in_the_voxel_whose_centre_is_nearest() -> None:
    grid = geometry_of((4, 5, 6), spacing=(2.0, 3.0, 4.0), origin=(10.0, 20.0, 30.0))
    near = [SeedPoint(x_mm=12.9, y_mm=27.4, z_mm=36.0), SeedPoint(x_mm=12.0, y_mm=26.0, z_mm=37.9)]
    assert seed_voxels(near, grid) == [(2, 2, 1)]


def test_a_turned_grid_is_followed() -> None:
    grid = geometry_of((4, 5, 6), spacing=(2.0, 3.0, 4.0), direction=TURNED)
    assert seed_voxels([SeedPoint(x_mm=-9.0, y_mm=4.0, z_mm=8.0)], grid) == [(2, 3, 2)]


def test_only_those_asked_for() -> None:
    grid = geometry_of((1, 1, 3))
    two = [SeedPoint(x_mm=0.0, y_mm=0.0, z_mm=0.0), SeedPoint(x_mm=4.0, y_mm=0.0, z_mm=0.0, belongs_to=BACKGROUND)]
    assert seed_voxels(two, grid) == [(0, 0, 0)]
    assert seed_voxels(two, grid, BACKGROUND) == [(0, 0, 2)]


@pytest.mark.parametrize("x_mm", [-1.01, 5.01])
def test_a_point_outside_the_map_is_refused(x_mm: float) -> None:
    with pytest.raises(InputError, match=rf"seed at \({x_mm:g}, 0, 0\) mm lies outside the map"):
        seed_voxels([SeedPoint(x_mm=x_mm, y_mm=0.0, z_mm=0.0)], geometry_of((1, 1, 3)))


def test_a_point_outside_the_region_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match=r'near \(4\.0, 0\.0, 0\.0\) mm lies outside the region "GTVp"'):
        require_inside([(0, 0, 2)], np.array([[[True, True, False]]]), "GTVp", geometry_of((1, 1, 3)))


def test_a_seed_says_what_it_belongs_to() -> None:
    with pytest.raises(ParameterError, match='"belongs_to" cannot be "tumour"'):
        SeedPoint(x_mm=0.0, y_mm=0.0, z_mm=0.0, belongs_to="tumour")


def test_neighbours_are_counted_by_hand() -> None:
    """Five voxels, numbered in order: 0 1 above, 2 . below in the first plane; 3 4 above in the second."""
    domain = np.array([[[1, 1], [1, 0]], [[1, 1], [0, 0]]], dtype=np.bool_)
    pairs = {(int(one), int(other), int(axis)) for one, other, axis in zip(*neighbours(domain), strict=True)}
    assert pairs == {(0, 3, 0), (1, 4, 0), (0, 2, 1), (0, 1, 2), (3, 4, 2)}
