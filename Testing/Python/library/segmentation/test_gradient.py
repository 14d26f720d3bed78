"""The gradient method on digital spheres, its box, its seeds, its hierarchy, and input that is odd."""

from dataclasses import replace

import numpy as np
import pytest

from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.phantom.spheres import Sphere, SpherePhantom, distances_from, sphere_phantom, spheres_in
from dosepainting_hrs.progress import silent
from dosepainting_hrs.segmentation.gradient import Gradient, GradientInRegionParameters
from dosepainting_hrs.segmentation.gradient_region import found_by_gradient, restored
from dosepainting_hrs.segmentation.islands import Uptake
from dosepainting_hrs.segmentation.seeds import SeedPoint
from dosepainting_hrs.segmentation.watershed_click import WatershedClick, WatershedClickParameters


def parameters(**chosen: object) -> GradientInRegionParameters:
    return GradientInRegionParameters(**{"psf_fwhm_mm": 6.0, **chosen})  # type: ignore[arg-type]


def found(phantom: SpherePhantom, **chosen: object) -> Mask:
    return Gradient(parameters(**chosen)).compute(map=phantom.image, within=phantom.within)


def error_percent(phantom: SpherePhantom, made: Mask) -> float:
    return 100.0 * (made.volume_ml / phantom.sphere.volume_ml - 1.0)


@pytest.mark.parametrize("deblur", ["landweber", "richardson-lucy", "none"])
@pytest.mark.parametrize(("diameter", "limit"), [(13.0, 20.0), (17.0, 20.0), (22.0, 10.0)])
def test_the_volume_of_a_sphere_is_found(diameter: float, limit: float, deblur: str) -> None:
    phantoms = [sphere_phantom(diameter, contrast=4.0, seed=seed) for seed in range(5)]
    assert abs(np.median([error_percent(one, found(one, deblur=deblur)) for one in phantoms])) < limit


def test_without_the_correction_a_sphere_of_13_mm_loses_a_third_or_more() -> None:
    phantom = sphere_phantom(13.0, contrast=4.0)
    lost = error_percent(phantom, found(phantom, correct_curved_edge=False))
    assert -60.0 < lost < -33.0
    assert abs(error_percent(phantom, found(phantom))) < 20.0


def test_anisotropic_voxels_find_the_same_volume() -> None:
    phantom = sphere_phantom(28.0, contrast=6.0, spacing_mm=(1.5, 2.0, 3.0))
    assert abs(error_percent(phantom, found(phantom))) < 10.0


def two_spheres(hot: float = 8.0, apart: float = 34.0, turned: bool = False) -> tuple[Image, Mask]:
    """Two spheres of 18 mm, in one region; the one at the origin is `hot`, the other 5, in a background of 1."""
    angle = np.deg2rad(25.0 if turned else 0.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]])
    grid = geometry_of((32, 32, 46), origin=turn @ np.array([-28.0, -32.0, -32.0]), direction=turn)
    places = [tuple(turn @ np.array([x, 0.0, 0.0])) for x in (0.0, apart)]
    images = [
        spheres_in(grid, [Sphere(centre_mm=at, diameter_mm=18.0)], contrast=one, fwhm_mm=6.0)  # type: ignore[arg-type]
        for at, one in zip(places, (hot, 5.0), strict=True)
    ]
    noise = np.random.default_rng(3).normal(0, 0.1, images[0].array.shape)
    image = replace(images[0], array=(images[0].array + images[1].array - 1.0 + noise).astype(np.float32))
    near = np.minimum(*(distances_from(image.geometry, at) for at in places)) <= 16.0
    within = Mask(array=near, geometry=image.geometry, stored=image.stored, identity=image.identity, name="GTV")
    return image, within


def centre_mm(made: Mask) -> np.ndarray:
    return made.geometry.to_world(np.argwhere(made.array)[:, ::-1].mean(axis=0))


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_lesions_the_hotter_one_the_other_by_a_seed_or_both(turned: bool) -> None:
    image, within = two_spheres(turned=turned)
    angle = np.deg2rad(25.0 if turned else 0.0)
    other = 34.0 * np.array([np.cos(angle), np.sin(angle), 0.0])
    true = 4 / 3 * np.pi * 9.0**3 / 1000
    seed = SeedPoint(x_mm=float(other[0]), y_mm=float(other[1]), z_mm=0.0)
    for chosen, place in (({}, np.zeros(3)), ({"seeds": (seed,)}, other)):
        one = Gradient(parameters(islands="all" if chosen else "highest uptake", **chosen)).compute(map=image, within=within)
        if not chosen:
            np.testing.assert_allclose(centre_mm(one), place, atol=1.0)
            assert one.volume_ml == pytest.approx(true, rel=0.15)
    lesion, _, _ = found_by_gradient(Uptake.of(image, within), parameters(), silent, seeds=(seed,))
    where = np.argwhere(lesion) + [one.start for one in Uptake.of(image, within).box]
    np.testing.assert_allclose(image.geometry.to_world(where[:, ::-1].mean(axis=0)), other, atol=1.0)
    both = Gradient(parameters(islands="all")).compute(map=image, within=within)
    assert both.volume_ml == pytest.approx(2 * true, rel=0.15)


def test_more_groups_give_a_smaller_or_equal_part() -> None:
    phantom = sphere_phantom(28.0, contrast=4.0)
    volumes = [found(phantom, groups=groups, correct_curved_edge=False).volume_ml for groups in (2, 10, 100, 500)]
    assert volumes == sorted(volumes, reverse=True)
    assert volumes[-1] < volumes[0] / 2


@pytest.mark.parametrize("deblur", ["landweber", "richardson-lucy"])
@pytest.mark.parametrize("steps", [5, 12])
def test_a_larger_box_changes_nothing(deblur: str, steps: int) -> None:
    """Even with something twenty times as hot as the lesion beyond the margin."""
    for seed in range(3):
        phantom = sphere_phantom(17.0, contrast=4.0, seed=seed, border_mm=70.0)
        organ = spheres_in(
            phantom.image.geometry, [Sphere(centre_mm=(55.0, 10.0, 0.0), diameter_mm=24.0)], contrast=80.0, fwhm_mm=6.0
        )
        image = replace(phantom.image, array=phantom.image.array + organ.array - np.float32(1))
        uptake, chosen = (
            Uptake.of(image, phantom.within),
            parameters(deblur=deblur, deblur_steps=steps, deblur_stop_percent=0.0),
        )
        small, large = (restored(uptake, chosen, silent, extra) for extra in (0.0, 40.0))
        assert np.abs(small.values - large.values)[small.domain].max() < 1e-3  # A hundredth of the noise.
        regions = [found_by_gradient(uptake, chosen, silent, extra_mm=extra)[0] for extra in (0.0, 40.0)]
        assert np.array_equal(*regions)


def test_a_region_at_the_border_of_the_image() -> None:
    phantom = sphere_phantom(28.0, contrast=6.0, seed=2)
    middle = phantom.image.array.shape[0] // 2
    cut = {
        "geometry": phantom.image.geometry.__class__((middle, *phantom.image.array.shape[1:]), phantom.image.geometry.affine)
    }
    image = replace(phantom.image, array=phantom.image.array[:middle], **cut)
    within, truth = (replace(one, array=one.array[:middle], **cut) for one in (phantom.within, phantom.truth))
    made = Gradient(parameters()).compute(map=image, within=within)
    assert 2 * (made.array & truth.array).sum() / (made.voxel_count + truth.voxel_count) > 0.9


def test_a_map_without_an_edge_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match='no edge in the region "GTVp"') as refusal:
        Gradient(parameters()).compute(map=image_of(np.full((9, 9, 9), 3.0)), within=mask_of(np.ones((9, 9, 9))))
    assert "beyond the lesion" in refusal.value.hint


def test_a_resolution_larger_than_the_region_is_refused() -> None:
    phantom = sphere_phantom(10.0, contrast=4.0, search_mm=2.0)
    with pytest.raises(InputError, match=r"as large as a sphere of 1[34]\.\d mm, smaller than the resolution of 20 mm"):
        found(phantom, psf_fwhm_mm=20.0)


def test_voxels_without_a_value_never_belong_and_are_told() -> None:
    phantom = sphere_phantom(22.0, contrast=4.0)
    array = phantom.image.array.copy()
    middle = tuple(size // 2 for size in array.shape)
    array[middle] = np.nan
    made = found(replace(phantom, image=replace(phantom.image, array=array)))
    assert not made.array[middle]
    assert abs(error_percent(phantom, made)) < 10.0
    assert any(one.startswith("1 voxels without a value") for one in made.history)


def test_negative_values_do_not_matter_to_landweber() -> None:
    """The same map less 10 everywhere has the same edges."""
    phantom = sphere_phantom(17.0, contrast=4.0)
    lower = replace(phantom, image=replace(phantom.image, array=phantom.image.array.astype(np.float64) - 10.0))
    same = found(replace(phantom, image=replace(phantom.image, array=phantom.image.array.astype(np.float64))))
    assert np.array_equal(found(lower).array, same.array)


def test_a_cold_seed_and_one_outside_are_refused() -> None:
    phantom = sphere_phantom(22.0, contrast=4.0)
    x, y, z = phantom.sphere.centre_mm
    with pytest.raises(InputError, match="set something warm apart"):
        found(phantom, seeds=(SeedPoint(x_mm=x + 19.0, y_mm=y, z_mm=z),))
    with pytest.raises(InputError, match="outside the region"):
        found(phantom, seeds=(SeedPoint(x_mm=x + 30.0, y_mm=y, z_mm=z),))


def test_the_history_tells_all_that_was_done() -> None:
    told = " ".join(found(sphere_phantom(22.0, contrast=4.0)).history)
    for words in (
        "Smoothed bilaterally: 2 mm",
        "Deblurred (Landweber): 6 mm FWHM",
        "merged to 2 groups",
        "for its curvature (",
    ):
        assert words in told


def test_one_click_finds_the_lesion() -> None:
    image, _ = two_spheres()
    click = WatershedClickParameters(psf_fwhm_mm=6.0, x_mm=36.0, y_mm=2.0, z_mm=-1.0, radius_mm=18.0)
    made = WatershedClick(click).compute(image=image)
    np.testing.assert_allclose(centre_mm(made), [34.0, 0.0, 0.0], atol=1.0)
    assert made.volume_ml == pytest.approx(4 / 3 * np.pi * 9.0**3 / 1000, rel=0.15)
