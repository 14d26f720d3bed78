"""Slices between drawn ones: by hand, and a cone whose slices are known."""

import numpy as np
import pytest

from builders.volumes import geometry_of, mask_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.image import Mask
from dosepainting_hrs.segmentation.interpolate_slices import InterpolateSlices, InterpolateSlicesParameters


def filled(mask: Mask, plane: str = "axial") -> Mask:
    return InterpolateSlices(InterpolateSlicesParameters(plane=plane)).compute(mask)


def test_between_two_equal_slices_lies_the_same() -> None:
    array = np.zeros((5, 7, 7))
    array[[0, 4], 2:5, 2:5] = 1
    made = filled(mask_of(array))
    assert np.array_equal(made.array, np.broadcast_to(array[0] > 0, array.shape))
    assert made.history[-1] == 'Filled 3 axial slices between 2 drawn ones of "GTVp".'


def test_half_way_between_a_wide_and_a_narrow_strip() -> None:
    """Along x, outlines at 0.5 and 8.5 below, 3.5 and 5.5 above: half way at 2 and 7; voxel centres 2 to 7 lie in it."""
    array = np.zeros((3, 21, 10))
    array[0, :, 1:9] = array[2, :, 4:6] = 1
    made = filled(mask_of(array)).array
    assert np.flatnonzero(made[1, 10]).tolist() == [2, 3, 4, 5, 6, 7]


def test_the_slices_drawn_stay() -> None:
    array = np.zeros((7, 9, 9))
    array[0, 2:6, 1:5] = array[3, 4:7, 4:8] = array[6, 1:8, 3] = 1
    made = filled(mask_of(array)).array
    for index in (0, 3, 6):
        assert np.array_equal(made[index], array[index] > 0)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 3.0), (0.8, 1.3, 2.0)])
def test_a_cone_is_rebuilt_from_every_fourth_slice(spacing: tuple[float, float, float]) -> None:
    """The radius of a cone is linear, so that its distances do: the volume agrees to 3 %, voxels on the line included."""
    geometry = geometry_of((9, 60, 60), spacing)
    centre = geometry.to_world((29.5, 29.5, 0))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in (9, 60, 60)), indexing="ij")[::-1], axis=-1)
    points = geometry.to_world(index)
    away = np.hypot(points[..., 0] - centre[0], points[..., 1] - centre[1])
    cone = away <= 8.0 + 1.5 * index[..., 2]
    drawn = cone.copy()
    drawn[[1, 2, 3, 5, 6, 7]] = False
    made = filled(mask_of(drawn, geometry))
    assert made.voxel_count == pytest.approx(cone.sum(), rel=0.03)
    assert (made.array ^ cone).sum() <= 0.04 * cone.sum()


def test_coronal_slices_are_filled_along_the_other_axis() -> None:
    array = np.zeros((5, 5, 5))
    array[1:4, [0, 4], 1:4] = 1
    made = filled(mask_of(array), "coronal").array
    assert made[1:4, :, 1:4].all()
    assert made.sum() == 45


def test_gaps_are_filled_and_ends_are_not() -> None:
    array = np.zeros((9, 3, 3))
    array[[2, 4], 1, 1] = 1
    assert np.flatnonzero(filled(mask_of(array)).array[:, 1, 1]).tolist() == [2, 3, 4]


def test_an_empty_region_is_refused() -> None:
    with pytest.raises(InputError, match='The region "GTVp" is empty'):
        filled(mask_of(np.zeros((3, 3, 3))))
