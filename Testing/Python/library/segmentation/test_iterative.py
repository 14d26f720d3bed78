"""Iterative threshold: the model against the phantom's own formula, and spheres of known volume."""

import numpy as np
import pytest

from builders.volumes import image_of, mask_of
from dosepainting_hrs.errors import InputError, ParameterError
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.phantom.spheres import blurred_sphere, sphere_phantom
from dosepainting_hrs.segmentation.iterative import Iterative, IterativeParameters, edge_share


@pytest.mark.parametrize("diameter", [6.0, 10.0, 37.0])
def test_the_height_at_the_edge_is_that_of_a_blurred_sphere(diameter: float) -> None:
    edge, centre = blurred_sphere([diameter / 2, 0.0], diameter, 6.0)
    assert edge_share(diameter / 2, 6.0) == pytest.approx(edge / centre, rel=1e-9)


def test_without_blur_and_for_a_huge_sphere_the_edge_is_at_half_height() -> None:
    assert edge_share(10.0, 0.0) == 0.5
    assert edge_share(1e6, 6.0) == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("contrast", [4.0, 8.0])
@pytest.mark.parametrize(("diameter", "tolerance"), [(13.0, 0.10), (17.0, 0.06), (22.0, 0.05), (37.0, 0.02)])
def test_without_noise_it_finds_the_volume_of_spheres(diameter: float, tolerance: float, contrast: float) -> None:
    """Within what voxels of 2 mm allow: one more or less on every face of a 13 mm sphere is 10 %."""
    phantom = sphere_phantom(diameter, contrast=contrast, noise=0.0, seed=4)
    method = Iterative(IterativeParameters(psf_fwhm_mm=6.0))
    made = method.compute(phantom.image, phantom.within, phantom.background)
    assert made.volume_ml == pytest.approx(phantom.sphere.volume_ml, rel=tolerance)


def test_the_resolution_is_what_makes_the_volume_right() -> None:
    """Half height without a model loses a good part of a sphere of 13 mm: the edge lies sigma^2 / R = 1 mm too far in."""
    phantom = sphere_phantom(13.0, contrast=8.0, noise=0.0, seed=4)
    given = (phantom.image, phantom.within, phantom.background)
    sharp, right = (Iterative(IterativeParameters(psf_fwhm_mm=fwhm)).compute(*given).volume_ml for fwhm in (0.0, 6.0))
    assert sharp < 0.8 * phantom.sphere.volume_ml
    assert abs(right - phantom.sphere.volume_ml) < 0.1 * phantom.sphere.volume_ml


def test_a_lesion_smaller_than_the_resolution_is_refused() -> None:
    """One hot voxel of 2 mm and a resolution of 12 mm."""
    values = np.ones((7, 7, 7))
    values[3, 3, 3] = 9.0
    inside = np.zeros((7, 7, 7))
    inside[2:5, 2:5, 2:5] = 1
    around = 1 - inside
    with pytest.raises(InputError, match=r"comes out 2\.5 mm across, too small for a resolution of 12 mm"):
        Iterative(IterativeParameters(psf_fwhm_mm=12.0)).compute(image_of(values), mask_of(inside), mask_of(around))


def test_too_few_rounds_are_refused() -> None:
    phantom = sphere_phantom(13.0, contrast=8.0, noise=0.0, seed=4)
    with pytest.raises(InputError, match="still changes after 1 rounds"):
        Iterative(IterativeParameters(psf_fwhm_mm=6.0, rounds=1)).compute(phantom.image, phantom.within, phantom.background)


def test_the_resolution_is_asked_for() -> None:
    with pytest.raises(ParameterError, match='asks for "psf_fwhm_mm"'):
        from_json(Iterative, {})
