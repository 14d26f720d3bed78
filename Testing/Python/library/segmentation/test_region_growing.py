"""Growing from seeds, against SimpleITK's confidence connected and by hand."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from builders.volumes import image_of, mask_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.segmentation.region_growing import RegionGrowing, RegionGrowingParameters
from dosepainting_hrs.segmentation.seeds import SeedPoint

SHAPE = (12, 14, 16)


def seed(x: float, y: float = 0.0, z: float = 0.0) -> SeedPoint:
    """A point at a voxel, whose edges are 2 mm."""
    return SeedPoint(x_mm=2 * x, y_mm=2 * y, z_mm=2 * z)


def grown(values: np.ndarray, seeds: tuple[SeedPoint, ...], inside: np.ndarray | None = None, **chosen: float) -> np.ndarray:
    within = mask_of(np.ones(values.shape) if inside is None else inside)
    method = RegionGrowing(RegionGrowingParameters(seeds=seeds, **chosen))  # type: ignore[arg-type]
    return method.compute(map=image_of(values), within=within).array


@pytest.mark.parametrize("iterations", [0, 1, 4])
@pytest.mark.parametrize("multiplier", [1.0, 2.0])
def test_in_a_whole_image_it_is_that_of_simpleitk(iterations: int, multiplier: float) -> None:
    values = ndimage.gaussian_filter(np.random.default_rng(8).normal(size=SHAPE), 1.5).astype(np.float32)
    places = [(7, 6, 5), (10, 8, 6)]
    ours = grown(values, tuple(seed(*at) for at in places), iterations=iterations, multiplier=multiplier, seed_radius_mm=2.0)
    peer = sitk.ConfidenceConnected(
        sitk.GetImageFromArray(values.astype(np.float64)), places, iterations, multiplier, initialNeighborhoodRadius=1
    )
    assert np.array_equal(ours, sitk.GetArrayFromImage(peer) > 0)


def test_by_hand_without_iterations() -> None:
    """Around the 8: 7, 8, 9 have mean 8 and deviation 1. Within two deviations: 6 to 10; the second 7 is cut off by the 1."""
    values = np.array([[[1.0, 6.0, 7.0, 8.0, 9.0, 1.0, 7.0]]])
    found = grown(values, (seed(3),), multiplier=2.0, iterations=0)
    assert np.flatnonzero(found).tolist() == [1, 2, 3, 4]


def test_it_stays_inside_the_region_and_does_not_come_back_by_a_way_outside() -> None:
    values = np.full((1, 3, 5), 5.0) + np.arange(15).reshape(1, 3, 5) / 100
    inside = np.ones((1, 3, 5), dtype=bool)
    inside[0, :, 2] = False
    assert not grown(values, (seed(0),), inside, multiplier=20.0)[0, :, 2:].any()


def test_without_seeds_it_starts_at_the_highest_voxel() -> None:
    values = np.array([[[1.0, 1.1, 1.0, 8.0, 8.3, 8.1]]])
    assert np.flatnonzero(grown(values, (), multiplier=3.0, iterations=0)).tolist() == [3, 4, 5]


def test_a_flat_neighbourhood_gives_the_flat_part() -> None:
    values = np.array([[[2.0, 5.0, 5.0, 5.0, 2.0]]])
    assert np.flatnonzero(grown(values, (seed(2),), multiplier=1.0)).tolist() == [1, 2, 3]


def test_a_seed_without_a_value_is_refused() -> None:
    with pytest.raises(InputError, match="has no value there"):
        grown(np.array([[[1.0, np.nan, 3.0]]]), (seed(1),), multiplier=1.0)
