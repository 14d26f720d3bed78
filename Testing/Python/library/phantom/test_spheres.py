"""Blurred spheres: against a numerical convolution, by hand, and what a scanner would see."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, ndimage

from builders.volumes import geometry_of
from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.phantom.spheres import (
    FWHM_PER_SIGMA,
    NEMA_DIAMETERS_MM,
    Sphere,
    blurred_sphere,
    sphere_phantom,
    spheres_in,
)


def by_quadrature(distance: float, radius: float, sigma: float) -> float:
    """Integrate the Gaussian over the sphere, shell by shell about the point: the share of each shell that lies inside."""

    def shell(s: float) -> float:
        if distance + s <= radius:
            inside = 1.0
        elif abs(distance - s) >= radius:
            inside = 0.0
        else:
            inside = (radius**2 - (distance - s) ** 2) / (4.0 * distance * s)
        return inside * 4 * math.pi * s**2 * math.exp(-(s**2) / (2 * sigma**2)) / (2 * math.pi * sigma**2) ** 1.5

    corners = sorted({0.0, abs(radius - distance), radius + distance})
    return sum(integrate.quad(shell, a, b)[0] for a, b in pairwise(corners))


@pytest.mark.parametrize("distance", [0.01, 2.0, 5.0, 6.5, 9.0, 14.0])
@pytest.mark.parametrize(("diameter", "fwhm"), [(10.0, 6.0), (13.0, 2.0), (37.0, 6.0)])
def test_the_closed_form_is_the_integral(distance: float, diameter: float, fwhm: float) -> None:
    expected = by_quadrature(distance, diameter / 2, fwhm / FWHM_PER_SIGMA)
    assert blurred_sphere(distance, diameter, fwhm) == pytest.approx(expected, abs=1e-7)


def test_the_centre_has_its_limit() -> None:
    """erf(u) - 2 u exp(-u^2) / sqrt(pi) with u = R / (sqrt(2) sigma): the share of a Gaussian within R of its centre."""
    u = 5.0 / (math.sqrt(2) * 6.0 / FWHM_PER_SIGMA)
    expected = math.erf(u) - 2 * u * math.exp(-u * u) / math.sqrt(math.pi)
    assert blurred_sphere(0.0, 10.0, 6.0) == pytest.approx(expected, abs=1e-9)


def test_half_height_lies_inside_the_true_edge_by_about_sigma_squared_over_radius() -> None:
    """At the true edge of a ball the blurred value is 1/2 - sigma / (R sqrt(2 pi)) to first order; its slope there is the
    peak of the Gaussian, so the half height lies sigma^2 / R further in."""
    sigma, radius = 6.0 / FWHM_PER_SIGMA, 18.5
    r = np.linspace(15, 19, 40001)
    half = r[np.argmin(np.abs(blurred_sphere(r, 37.0, 6.0) - 0.5))]
    assert radius - half == pytest.approx(sigma**2 / radius, rel=0.03)


def test_without_blur_the_sphere_is_sharp() -> None:
    assert blurred_sphere([0.0, 5.0, 5.001], 10.0, 0.0).tolist() == [1.0, 1.0, 0.0]


def test_uptake_is_kept_by_blurring() -> None:
    """The integral of contrast over the grid is volume times (contrast - 1), whatever the resolution."""
    phantom = sphere_phantom(13.0, contrast=8.0, noise=0.0)
    excess = float((phantom.image.array.astype(np.float64) - 1.0).sum()) * phantom.image.geometry.voxel_volume_ml
    assert excess == pytest.approx(7.0 * phantom.sphere.volume_ml, rel=1e-4)


@pytest.mark.parametrize("diameter", NEMA_DIAMETERS_MM)
def test_the_mask_has_the_volume_of_the_sphere_on_average(diameter: float) -> None:
    """pi d^3 / 6; a mask of voxel centres has it as its mean over all offsets."""
    made = [sphere_phantom(diameter, contrast=4.0, seed=seed, border_mm=22.5) for seed in range(8)]
    assert made[0].sphere.volume_ml == pytest.approx(math.pi * (diameter / 10) ** 3 / 6)
    mean = np.mean([one.truth.volume_ml for one in made])
    assert mean == pytest.approx(made[0].sphere.volume_ml, rel=0.06 if diameter < 14 else 0.02)


def test_noise_and_offset_are_drawn_from_the_seed() -> None:
    first, again, other = (sphere_phantom(22.0, contrast=4.0, seed=seed) for seed in (1, 1, 2))
    assert first.image.array.tobytes() == again.image.array.tobytes()
    assert first.sphere == again.sphere != other.sphere
    assert max(abs(value) for value in other.sphere.centre_mm) <= 1.0


def test_the_background_has_value_1_and_10_per_cent_noise() -> None:
    phantom = sphere_phantom(22.0, contrast=8.0, seed=3)
    values = phantom.image.array[phantom.background.array]
    assert values.mean() == pytest.approx(1.0, abs=0.005)
    assert values.std() == pytest.approx(0.1, abs=0.003)


def test_the_regions_lie_about_the_sphere() -> None:
    phantom = sphere_phantom(28.0, contrast=8.0, seed=5)
    assert not (phantom.truth.array & ~phantom.within.array).any()
    assert not (phantom.within.array & phantom.background.array).any()
    centre = phantom.image.geometry.to_world(np.array(ndimage.center_of_mass(phantom.truth.array))[::-1])
    np.testing.assert_allclose(centre, phantom.sphere.centre_mm, atol=0.25)


def test_an_oblique_grid_sees_the_same_sphere() -> None:
    """The value at a voxel depends on its distance in the patient only."""
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    geometry = geometry_of((9, 9, 9), spacing=(2.0, 2.5, 4.0), origin=(-4.0, -12.0, -16.0), direction=turn)
    image = spheres_in(geometry, [Sphere(centre_mm=(0.0, 0.0, 0.0), diameter_mm=17.0)], contrast=4.0, fwhm_mm=6.0)
    index = (3, 5, 2)
    distance = np.linalg.norm(image.geometry.to_world(index[::-1]))
    assert image.array[index] == pytest.approx(1 + 3 * float(blurred_sphere(distance, 17.0, 6.0)), rel=1e-6)


def test_a_grid_without_background_is_refused() -> None:
    with pytest.raises(ParameterError, match="leaves no background"):
        sphere_phantom(22.0, contrast=4.0, border_mm=12.0)
