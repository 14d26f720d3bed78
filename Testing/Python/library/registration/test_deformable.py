"""Deformable registration: a known bend is found, its figures are right, and folding is never passed over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from builders.volumes import image_of, mask_of
from dosepainting_hrs.errors import GeometryError, InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.progress import silent
from dosepainting_hrs.quantities import HOUNSFIELD
from dosepainting_hrs.registration.carry import carry_region
from dosepainting_hrs.registration.deformable import register_deformable
from dosepainting_hrs.registration.deformation import folding_of, inverse_consistency_mm, jacobian_of
from dosepainting_hrs.registration.free_form import DeformParameters, fitted_field
from dosepainting_hrs.registration.resample import resample_image
from dosepainting_hrs.registration.scene import Box, scene_of
from dosepainting_hrs.transform import Field, Transform

GRID = Geometry.from_parts((32, 40, 40), (2.0, 2.0, 2.5), (-39.0, -39.0, -38.75))


def points_of(grid: Geometry) -> NDArray[np.float64]:
    z, y, x = np.indices(grid.shape)
    return grid.to_world(np.stack([x, y, z], axis=-1))


def anatomy(points: NDArray[np.float64]) -> NDArray[np.float64]:
    random = np.random.default_rng(4)
    value = np.zeros(points.shape[:-1])
    for _ in range(60):
        centre, size = random.uniform(-40, 40, 3), random.uniform(4, 10)
        value += random.uniform(-1, 1) * np.exp(-(((points - centre) / size) ** 2).sum(axis=-1))
    return value


def bend(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where a point of the fixed image lies in the moving one."""
    moved = points.copy()
    moved[..., 0] += 3.0 * np.sin(points[..., 1] / 14.0) * np.cos(points[..., 2] / 20.0)
    moved[..., 1] += 2.5 * np.cos(points[..., 0] / 16.0)
    moved[..., 2] += 2.0 * np.sin(points[..., 0] / 18.0)
    return moved


@pytest.fixture(scope="module")
def pair() -> tuple[Image, Image, Mask]:
    random = np.random.default_rng(0)
    places = points_of(GRID)
    back = places.copy()
    for _ in range(40):
        back = back - (bend(back) - places)
    fixed = image_of(anatomy(places) + random.normal(0, 0.02, GRID.shape), GRID, HOUNSFIELD)
    moving = image_of(anatomy(back) + random.normal(0, 0.02, GRID.shape), GRID, HOUNSFIELD)
    moving = replace(moving, identity=replace(moving.identity, frame_of_reference="1.2.3.2"))
    z, y, x = np.indices(GRID.shape)
    return fixed, moving, mask_of((np.abs(z - 16) < 5) & (np.abs(y - 20) < 6) & (np.abs(x - 20) < 6), GRID)


def test_a_known_bend_is_found_within_a_voxel(pair: tuple[Image, Image, Mask]) -> None:
    fixed, moving, region = pair
    parameters = DeformParameters(margin_mm=12.0, knots_mm=20.0, iterations=8)
    found = register_deformable(fixed, moving, region, parameters, start=Transform())
    inside = GRID.to_world(np.random.default_rng(1).uniform((15, 15, 12), (25, 25, 20), (200, 3)))
    error = np.linalg.norm(found.transform.inverse().apply(inside) - bend(inside), axis=-1)
    assert np.median(np.linalg.norm(inside - bend(inside), axis=-1)) > 2.0
    assert np.median(error) < 1.0  # half a voxel
    quality = found.quality
    assert quality.passed, quality.reasons
    assert quality.similarity_after > 1.2 * quality.similarity_before
    assert quality.folding.folding_share == 0.0
    assert 0.5 < quality.folding.minimum < 1.0 < quality.folding.maximum < 2.0
    assert quality.inverse_largest_mm < 0.01
    assert quality.repeatability_mm < 1.0
    assert quality.tolerance_mm == 2.0  # A voxel.
    assert (found.transform.kind, found.transform.from_frame) == ("deformable", "1.2.3.2")


def test_two_runs_give_the_same_field(pair: tuple[Image, Image, Mask]) -> None:
    fixed, moving, region = pair
    scene = scene_of(fixed, moving, Box(region=region, margin_mm=0.0, reach_mm=10.0), np.eye(4))
    few = DeformParameters(knots_mm=20.0, iterations=2)
    grid = Geometry.from_parts((9, 10, 11), (2.4, 2.4, 2.5), (-12.0, -12.0, -11.0))
    one, other = (fitted_field(scene, few, grid, silent) for _ in range(2))
    assert np.abs(one.vectors).max() > 0.01
    assert np.array_equal(one.vectors, other.vectors)


def test_noise_in_place_of_anatomy_is_not_believed(pair: tuple[Image, Image, Mask]) -> None:
    """Each repeat fits other noise: it would be found to agree with itself, and with nothing else."""
    fixed, moving, region = pair
    noise = replace(moving, array=np.random.default_rng(9).normal(0, 1, moving.array.shape).astype(np.float32))
    parameters = DeformParameters(margin_mm=4.0, knots_mm=8.0, iterations=4, stiffness=0.0)
    quality = register_deformable(fixed, noise, region, parameters, start=Transform()).quality
    assert not quality.passed
    assert "A repeat on other samples lies" in " ".join(quality.reasons)


def test_a_deformation_starts_from_a_matrix(pair: tuple[Image, Image, Mask]) -> None:
    fixed, moving, region = pair
    start = Transform(parts=(Field(GRID, np.zeros((*GRID.shape, 3))),))
    with pytest.raises(InputError, match="starts from a rigid or affine transform"):
        register_deformable(fixed, moving, region, DeformParameters(), start=start)


def test_the_jacobian_is_that_of_the_map() -> None:
    """u = 0.1 x along x and -0.2 y along y: 1.1 x 0.8 everywhere, on an oblique grid as well."""
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    for direction in (np.eye(3), turn):
        grid = Geometry.from_parts((5, 6, 7), (2.0, 3.0, 4.0), (1.0, 2.0, 3.0), direction)
        vectors = points_of(grid) * np.array([0.1, -0.2, 0.0])
        assert jacobian_of(Field(grid, vectors)) == pytest.approx(np.full(grid.shape, 0.88))


def test_folding_is_counted_and_cannot_be_turned_round() -> None:
    """u = -2 x for x > 0 only turns that half inside out: half of the points."""
    places = points_of(GRID)
    vectors = np.zeros_like(places)
    vectors[..., 0] = np.where(places[..., 0] > 0, -2.0 * places[..., 0], 0.0)
    folding = folding_of(Field(GRID, vectors))
    assert folding.minimum == pytest.approx(-1.0)
    assert 0.4 < folding.folding_share <= 0.5
    _, largest = inverse_consistency_mm(Field(GRID, vectors), np.array([[15.0, 0.0, 0.0]]))
    assert not largest < 1.0


def swelling() -> Transform:
    """Everything twice as far from the origin, in a field that reaches 30 mm: from the moving frame to the fixed one."""
    grid = Geometry.from_parts((31, 31, 31), (2.0, 2.0, 2.0), (-30.0, -30.0, -30.0))
    return Transform(from_frame="A", to_frame="B", parts=(Field(grid, -0.5 * points_of(grid), turned=True),))


def test_a_carried_region_has_the_volume_of_the_deformed_one() -> None:
    """A ball of 5 mm becomes one of 10 mm: eight times the volume, within the digital ball's own error."""
    grid = Geometry.from_parts((31, 31, 31), (1.0, 1.0, 1.0), (-15.0, -15.0, -15.0))
    ball = mask_of(np.linalg.norm(points_of(grid), axis=-1) <= 5.0, grid)
    target = Geometry.from_parts((26, 26, 26), (1.0, 1.0, 1.0), (-12.5, -12.5, -12.5))
    carried = carry_region(ball, target, swelling())
    assert carried.target_ml == pytest.approx(8.0 * ball.volume_ml, rel=0.02)
    distance = np.linalg.norm(points_of(target), axis=-1)
    assert carried.array[distance < 9.0].all()
    assert not carried.array[distance > 11.0].any()


def test_a_region_that_the_field_does_not_cover_is_refused() -> None:
    grid = Geometry.from_parts((41, 41, 41), (1.0, 1.0, 1.0), (0.0, -20.0, -20.0))
    far = mask_of(np.linalg.norm(points_of(grid) - (18.0, 0.0, 0.0), axis=-1) <= 4.0, grid)
    with pytest.raises(GeometryError, match="does not cover the region"):
        carry_region(far, GRID, swelling())
    empty = mask_of(np.zeros(grid.shape), grid)
    with pytest.raises(InputError, match="is empty"):
        carry_region(empty, GRID, swelling())


def test_an_image_is_pulled_through_the_field_once() -> None:
    """A ramp of 3 x + 2 y in the source, seen at half the distance: 1.5 x + y, exactly; nothing outside of the field."""
    source_grid = Geometry.from_parts((21, 21, 21), (2.0, 2.0, 2.0), (-20.0, -20.0, -20.0))
    places = points_of(source_grid)
    ramp = image_of(3.0 * places[..., 0] + 2.0 * places[..., 1], source_grid)
    target = Geometry.from_parts((3, 5, 21), (4.0, 4.0, 4.0), (-40.0, -8.0, -4.0))
    seen = resample_image(ramp, target, transform=swelling())
    there = points_of(target)
    inside = np.abs(there[..., 0]) <= 30.0
    assert seen.array[inside] == pytest.approx((1.5 * there[..., 0] + there[..., 1])[inside], abs=1e-3)
    assert np.isnan(seen.array[np.abs(there[..., 0]) > 31.0]).all()


def test_a_mask_of_one_voxel_leaves_nothing_to_deform_by(pair: tuple[Image, Image, Mask]) -> None:
    fixed, moving, region = pair
    array = np.zeros_like(region.array)
    array[16, 20, 20] = True
    start = Transform(from_frame="1.2.3.2", to_frame=fixed.identity.frame_of_reference)
    with pytest.raises(InputError, match="has 1 voxel, 1 of them inside the box"):
        register_deformable(fixed, moving, region, DeformParameters(), start=start, mask=replace(region, array=array))
