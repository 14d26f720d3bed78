"""Peak over a sphere of 1 ml: by hand, and against a plain count."""

import numpy as np
import pytest

from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.errors import InputError, ParameterError, QuantityError
from dosepainting_hrs.quantities import HOUNSFIELD
from dosepainting_hrs.segmentation.islands import Uptake
from dosepainting_hrs.segmentation.peak import peak_of
from dosepainting_hrs.segmentation.percent_peak import PercentPeak, PercentPeakParameters
from dosepainting_hrs.sphere import PEAK_RADIUS_MM, ball_offsets

SHEARED = np.array([[1.0, 0.2, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def test_the_sphere_has_1_ml() -> None:
    assert 4 / 3 * np.pi * PEAK_RADIUS_MM**3 == pytest.approx(1000.0)


def test_on_voxels_of_6_mm_the_sphere_is_a_voxel_and_its_six_neighbours() -> None:
    """6 mm away lies within 6.2 mm, 8.5 mm (a diagonal) does not: mean of 7 x by hand."""
    values = np.zeros((5, 5, 5))
    values[2, 2, 2], values[2, 2, 3], values[2, 2, 4] = 7.0, 14.0, 70.0
    image = image_of(values, geometry_of((5, 5, 5), (6, 6, 6)))
    inside = np.zeros((5, 5, 5))
    inside[2, 2, 2] = 1
    assert peak_of(Uptake.of(image, mask_of(inside, image.geometry))) == pytest.approx((7 + 14) / 7)
    inside[2, 2, 3] = 1
    assert peak_of(Uptake.of(image, mask_of(inside, image.geometry))) == pytest.approx((7 + 14 + 70) / 7)


@pytest.mark.parametrize("direction", [np.eye(3), SHEARED])
def test_it_is_the_highest_mean_on_any_grid(direction: np.ndarray) -> None:
    geometry = geometry_of((8, 9, 10), (2.0, 2.5, 4.0), direction=direction)
    draw = np.random.default_rng(1)
    image = image_of(draw.random((8, 9, 10)), geometry)
    mask = mask_of(draw.random((8, 9, 10)) > 0.7, geometry)
    points = image.geometry.to_world(np.argwhere(np.ones((8, 9, 10)))[:, ::-1])
    values = image.array.astype(np.float64).ravel()
    expected = max(
        values[np.linalg.norm(points - points[index], axis=1) <= PEAK_RADIUS_MM].mean() for index in np.flatnonzero(mask.array)
    )
    assert peak_of(Uptake.of(image, mask)) == pytest.approx(expected, rel=1e-9)


def test_voxels_without_a_value_are_left_out() -> None:
    values = np.full((3, 3, 3), 2.0)
    values[1, 1, 0] = np.nan
    image = image_of(values, geometry_of((3, 3, 3), (6, 6, 6)))
    assert peak_of(Uptake.of(image, mask_of(np.ones((3, 3, 3)), image.geometry))) == pytest.approx(2.0)


def test_one_voxel_larger_than_the_sphere_is_its_own_peak() -> None:
    assert ball_offsets(geometry_of((1, 1, 1), (20, 20, 20)), PEAK_RADIUS_MM).tolist() == [[0, 0, 0]]


def test_half_of_the_peak() -> None:
    """Voxels of 20 mm: the peak is the highest voxel, 10."""
    image = image_of([[[10.0, 5.0, 4.9]]], geometry_of((1, 1, 3), (20, 20, 20)))
    made = PercentPeak(PercentPeakParameters(percent=50.0)).compute(image, mask_of([[[1, 1, 1]]], image.geometry))
    assert np.flatnonzero(made.array).tolist() == [0, 1]
    assert made.history[-1].startswith("Threshold at 5 (SUVbw (g/ml)), 50 % of the peak (1 ml) of 10 inside")


def test_a_share_of_ct_numbers_and_a_share_of_nothing_are_refused() -> None:
    method, region = PercentPeak(PercentPeakParameters(percent=50.0)), mask_of([[[1, 1]]])
    with pytest.raises(QuantityError, match="a share of the peak means nothing"):
        method.compute(image_of([[[30.0, 60.0]]], quantity=HOUNSFIELD), region)
    with pytest.raises(InputError, match=r"The peak of the map .* is -1\.5 .*above 0"):
        method.compute(image_of([[[-1.0, -2.0]]]), region)


def test_a_share_given_as_a_percentage_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"0\.5 means 0\.5 %, not 50 %"):
        PercentPeakParameters(percent=0.5)
