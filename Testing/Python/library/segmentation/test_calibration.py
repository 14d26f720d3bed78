"""Calibration on spheres: the threshold by hand, a phantom whose answer is known, and the real NEMA phantom."""

from pathlib import Path

import numpy as np
import pytest

from builders.volumes import geometry_of, image_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.phantom.spheres import Sphere, blurred_sphere, spheres_in
from dosepainting_hrs.segmentation.adaptive import RATIO, SUBTRACTED
from dosepainting_hrs.segmentation.calibration import PhantomSphere, calibrated, measured_sphere, read_spheres

CENTRES = {37.0: (-60.0, 0.0), 28.0: (0.0, 0.0), 22.0: (55.0, 0.0), 17.0: (-60.0, 50.0), 13.0: (0.0, 50.0)}


def test_the_threshold_lies_between_the_two_voxels_that_the_volume_falls_between() -> None:
    """A row of voxels of 10 x 10 x 1 mm; a sphere of 0.25 ml (7.816 mm) takes 2.5 voxels of 0.1 ml: half way from 7 to 5."""
    image = image_of([[[1.0, 5.0, 9.0, 7.0, 2.0, 1.0]]], geometry_of((1, 1, 6), (1.0, 10.0, 10.0)))
    sphere = PhantomSphere(diameter_mm=(6 * 250 / np.pi) ** (1 / 3), x_mm=2.5, y_mm=0.0, z_mm=0.0)
    found = measured_sphere(image, sphere, 1.0, 5.0)
    assert (found.maximum, found.background) == (9.0, 1.0)
    assert found.threshold == pytest.approx(6.0)


def phantom(contrast: float) -> tuple[object, tuple[PhantomSphere, ...]]:
    geometry = geometry_of((31, 61, 91), (2.0, 2.0, 2.0), (-90.0, -35.0, -30.0))
    spheres = [Sphere(centre_mm=(x, y, 0.0), diameter_mm=d) for d, (x, y) in CENTRES.items()]
    image = spheres_in(geometry, spheres, contrast=contrast, fwhm_mm=6.0)
    return image, tuple(PhantomSphere(diameter_mm=d, x_mm=x, y_mm=y, z_mm=0.0) for d, (x, y) in CENTRES.items())


@pytest.mark.parametrize("contrast", [4.0, 8.0])
def test_without_noise_the_threshold_is_the_height_at_the_true_edge(contrast: float) -> None:
    """In closed form: 1 + (contrast - 1) C(R)."""
    image, spheres = phantom(contrast)
    for sphere in spheres:
        edge = 1 + (contrast - 1) * float(blurred_sphere(sphere.diameter_mm / 2, sphere.diameter_mm, 6.0))
        assert measured_sphere(image, sphere, 1.0, 8.0).threshold == pytest.approx(edge, rel=0.05)


def test_the_fitted_threshold_gives_the_spheres_their_volumes() -> None:
    image, spheres = phantom(8.0)
    rows = tuple(measured_sphere(image, one, 1.0, 8.0) for one in spheres)
    for form in (RATIO, SUBTRACTED):
        made = calibrated(image, spheres, rows, form, 8.0)
        # One threshold for all sizes: the edge of 13 mm lies lower on its own profile than that of the others.
        assert max(map(abs, made.volume_errors_percent)) < 20
        assert max(map(abs, made.volume_errors_percent[:4])) < 6


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("diameter_mm,x_mm,y_mm\n10,1,2\n", "needs a first line with the columns diameter_mm, x_mm, y_mm, z_mm"),
        ("", "needs a first line"),
        ("diameter_mm,x_mm,y_mm,z_mm\n10,1,2,here\n", "Sphere 1 of .* is no number"),
        ("diameter_mm,x_mm,y_mm,z_mm\n10,1,2,3\n-4,1,2,3\n", "Sphere 2 of .* diameter of -4 mm"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "spheres.csv").write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_spheres(tmp_path / "spheres.csv")


def test_a_sphere_elsewhere_is_refused() -> None:
    image, _ = phantom(8.0)
    with pytest.raises(InputError, match=r"holds 0 voxels around the sphere of 10 mm at \(500, 0, 0\) mm"):
        measured_sphere(image, PhantomSphere(diameter_mm=10.0, x_mm=500.0, y_mm=0.0, z_mm=0.0), 1.0, 8.0)
    with pytest.raises(InputError, match="the background has 1"):
        measured_sphere(image, PhantomSphere(diameter_mm=10.0, x_mm=55.0, y_mm=60.0, z_mm=0.0), 1.0, 3.0)
