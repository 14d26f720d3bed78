"""Filters as maps, before and after on a blurred sphere: what each gives back and what it costs."""

import numpy as np
import pytest
from scipy import ndimage

from builders.volumes import geometry_of, image_of
from dosepainting_hrs.image import Image
from dosepainting_hrs.maps.bilateral_filter import BilateralFilter, BilateralFilterParameters
from dosepainting_hrs.maps.deblurring import Deblurring, DeblurringParameters
from dosepainting_hrs.maps.gaussian_filter import GaussianFilter, GaussianFilterParameters
from dosepainting_hrs.phantom.spheres import SpherePhantom, sphere_phantom


def filtered(image: Image) -> dict[str, Image]:
    return {
        "before": image,
        "gaussian": GaussianFilter(GaussianFilterParameters(fwhm_mm=5.0)).compute(image=image),
        "bilateral": BilateralFilter(BilateralFilterParameters()).compute(image=image),
        "deblurring": Deblurring(DeblurringParameters(psf_fwhm_mm=6.0)).compute(image=image),
    }


@pytest.fixture(scope="module")
def phantom() -> SpherePhantom:
    return sphere_phantom(17.0, contrast=5.0)


def test_before_and_after_on_a_blurred_sphere(phantom: SpherePhantom) -> None:
    """The Gaussian lowers noise and contrast, the bilateral filter noise alone, deblurring raises both."""
    inside, outside = phantom.truth.array, phantom.background.array
    height = {name: one.array[inside].mean() for name, one in filtered(phantom.image).items()}
    noise = {name: one.array[outside].std() for name, one in filtered(phantom.image).items()}
    assert height["gaussian"] < height["bilateral"] < height["deblurring"]
    assert height["bilateral"] == pytest.approx(height["before"], rel=0.03)
    assert max(noise["gaussian"], noise["bilateral"]) < noise["before"] / 2
    assert noise["deblurring"] > noise["before"]


def test_the_quantity_stays_and_the_history_says_what_was_done(phantom: SpherePhantom) -> None:
    for name, one in filtered(phantom.image).items():
        assert one.quantity == phantom.image.quantity
        assert name == "before" or one.history[-1].startswith(("Smoothed", "Deblurred"))


def test_the_gaussian_is_as_wide_in_mm_along_every_axis() -> None:
    """Against scipy, whose standard deviations are in voxels."""
    values = np.random.default_rng(1).random((9, 12, 15)).astype(np.float32)
    image = image_of(values, geometry_of(values.shape, spacing=(1.0, 2.0, 3.0)))
    sigma = 5.0 / 2.3548200450309493
    expected = ndimage.gaussian_filter(values.astype(np.float64), [sigma / 3, sigma / 2, sigma], mode="nearest")
    np.testing.assert_allclose(
        GaussianFilter(GaussianFilterParameters(fwhm_mm=5.0)).compute(image=image).array, expected, rtol=1e-9
    )


def test_voxels_without_a_value_stay_without_and_harm_no_other(phantom: SpherePhantom) -> None:
    values = phantom.image.array.copy()
    values[3, 4, 5] = np.nan
    for one in list(filtered(image_of(values)).values())[1:]:
        assert np.isnan(one.array[3, 4, 5])
        assert np.isfinite(one.array).sum() == values.size - 1
