"""Where a blurred edge is steepest, in closed form and by a fine three-dimensional calculation, and putting it right."""

import numpy as np
import pytest
from scipy import ndimage, optimize

from dosepainting_hrs.phantom.spheres import blurred_sphere
from dosepainting_hrs.restoration.deblur import LANDWEBER, RICHARDSON_LUCY, deblurred
from dosepainting_hrs.segmentation.curved_edge import EdgeModel, corrected

SIGMA = 6.0 / 2.3548200450309493


def steepest_in_closed_form(radius: float) -> float:
    def slope(r: float) -> float:
        near, far = blurred_sphere([r - 1e-3, r + 1e-3], 2 * radius, 6.0)
        return float(far - near)

    return float(optimize.minimize_scalar(slope, bounds=(radius - 3.0, radius + 1.0), method="bounded").x)


@pytest.mark.parametrize("radius", [5.0, 6.5, 8.5, 11.0, 18.5])
def test_without_deblurring_it_is_that_of_the_closed_form(radius: float) -> None:
    assert EdgeModel(fwhm_mm=6.0).steepest_mm(radius) == pytest.approx(steepest_in_closed_form(radius), abs=0.02)


@pytest.mark.parametrize("radius", [18.5, 40.0])
def test_a_large_sphere_loses_about_sigma_squared_over_its_radius(radius: float) -> None:
    assert radius - EdgeModel(fwhm_mm=6.0).steepest_mm(radius) == pytest.approx(SIGMA**2 / radius, rel=0.1)


@pytest.mark.parametrize(("kind", "contrast"), [(LANDWEBER, 4.0), (RICHARDSON_LUCY, 4.0), (RICHARDSON_LUCY, 8.0)])
def test_with_deblurring_it_is_that_of_three_dimensions(kind: str, contrast: float) -> None:
    """A sphere of 17 mm on voxels of 1 mm, deblurred as a whole; along an axis, differences over 2 x 1 mm."""
    places = np.arange(-26.0, 27.0)
    away = np.sqrt(sum(axis**2 for axis in np.meshgrid(places, places, places, indexing="ij")))
    seen = 1.0 + (contrast - 1.0) * blurred_sphere(away, 17.0, 6.0)
    sharp = deblurred(seen, (1.0, 1.0, 1.0), fwhm_mm=6.0, kind=kind, steps=5).values
    fine = np.arange(0.0, 14.0, 0.01)
    profile = np.interp(fine, places[26:], sharp[26, 26, 26:])
    spline = ndimage.map_coordinates(sharp[26, 26, 26:], [fine], order=3)
    assert np.abs(profile - spline).max() < 0.1  # The grid is fine enough.
    slope = ndimage.map_coordinates(sharp[26, 26, 26:], [fine - 1], order=3, mode="mirror")
    slope -= ndimage.map_coordinates(sharp[26, 26, 26:], [fine + 1], order=3)
    model = EdgeModel(fwhm_mm=6.0, kind=kind, steps=5, difference_mm=1.0, contrast=float(seen.max()))
    assert model.steepest_mm(8.5) == pytest.approx(fine[slope.argmax()], abs=0.06)


@pytest.mark.parametrize("radius", [6.0, 9.0, 20.0])
def test_the_true_radius_is_found_again(radius: float) -> None:
    model = EdgeModel(fwhm_mm=6.0, kind=LANDWEBER, steps=5, difference_mm=2.0)
    found, in_range = model.true_radius_mm(model.steepest_mm(radius))
    assert found == pytest.approx(radius, abs=0.05)
    assert in_range


def test_what_is_too_small_for_the_resolution_is_told() -> None:
    assert not EdgeModel(fwhm_mm=6.0).true_radius_mm(0.5)[1]


def ball(radius: float, spacing: tuple[float, float, float]) -> np.ndarray:
    axes = [edge * np.arange(-int(20 / edge), int(20 / edge) + 1) for edge in spacing]
    return np.sqrt(sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij"))) <= radius


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 1.0, 1.0)])
def test_a_ball_grows_to_the_volume_of_the_true_one_and_stays_round(spacing: tuple[float, float, float]) -> None:
    model = EdgeModel(fwhm_mm=6.0)
    small, true = ball(model.steepest_mm(10.0), spacing), ball(10.0, spacing)
    result = corrected(small, np.ones(small.shape, dtype=bool), spacing, model)
    assert np.count_nonzero(result.region) == pytest.approx(np.count_nonzero(true), rel=0.03)
    assert np.count_nonzero(result.region & true) / np.count_nonzero(true) > 0.96
    assert not (small & ~result.region).any()


def test_each_island_grows_by_its_own_size_and_only_where_allowed() -> None:
    region = np.zeros((15, 15, 40), dtype=bool)
    region[5:11, 5:11, 4:10] = True
    region[5:9, 5:9, 30:34] = True
    allowed = np.ones(region.shape, dtype=bool)
    allowed[4, :, :] = False
    result = corrected(region, allowed, (2.0, 2.0, 2.0), EdgeModel(fwhm_mm=6.0))
    assert len(result.moved_mm) == 2
    assert 0 < result.moved_mm[0] < result.moved_mm[1]
    assert not (result.region[4]).any()
    assert result.region[:, :, :20].sum() > 216
    assert result.region[:, :, 20:].sum() > 64
