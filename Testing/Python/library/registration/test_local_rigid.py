"""Local rigid registration: known motions of smooth phantoms are found, and what cannot be found is said to have failed."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from builders.volumes import image_of, mask_of
from dosepainting_hrs.errors import Cancelled, InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.quantities import HOUNSFIELD, MR_SIGNAL
from dosepainting_hrs.registration.local_rigid import RegisterParameters, aligned_centres, register_local, tolerance_mm
from dosepainting_hrs.registration.scene import region_corners
from dosepainting_hrs.transform import Transform

FIXED_GRID = Geometry.from_parts((36, 48, 48), (2.0, 2.0, 2.5), (-47.0, -47.0, -43.75))
MOVING_GRID = Geometry.from_parts((34, 44, 46), (2.2, 2.2, 2.6), (-49.5, -47.3, -42.9))
FEW = RegisterParameters(samples=15_000, starts=3, reach_mm=10.0, reach_deg=6.0, margin_mm=12.0)


def anatomy(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blobs without symmetry: a value at any point, LPS mm."""
    random = np.random.default_rng(4)
    value = np.zeros(points.shape[:-1])
    for _ in range(40):
        centre, size = random.uniform(-45, 45, 3), random.uniform(4, 12)
        value += random.uniform(-1, 1) * np.exp(-(((points - centre) / size) ** 2).sum(axis=-1))
    return value


def turned(degrees: tuple[float, float, float], shift: tuple[float, float, float]) -> NDArray[np.float64]:
    matrix = np.eye(4)
    for axis, angle in enumerate(np.radians(degrees)):
        a, b = (axis + 1) % 3, (axis + 2) % 3
        one = np.eye(4)
        one[a, a] = one[b, b] = np.cos(angle)
        one[b, a], one[a, b] = np.sin(angle), -np.sin(angle)
        matrix = one @ matrix
    matrix[:3, 3] = shift
    return matrix


TRUTH = turned((3.0, -4.0, 2.0), (4.0, -5.0, 6.0))
"""From the moving image's frame to the fixed one's."""


def seen(grid: Geometry, to_patient: NDArray[np.float64], *, as_mr: bool, seed: int) -> NDArray[np.float64]:
    z, y, x = np.indices(grid.shape)
    places = grid.to_world(np.stack([x, y, z], axis=-1))
    value = anatomy(places @ to_patient[:3, :3].T + to_patient[:3, 3])
    shown = np.cos(2.0 * value) if as_mr else value
    return np.asarray(shown + np.random.default_rng(seed).normal(0, 0.03, grid.shape))


def in_frame(image: Image, frame: str) -> Image:
    return replace(image, identity=replace(image.identity, frame_of_reference=frame))


@pytest.fixture(scope="module")
def fixed() -> Image:
    return in_frame(image_of(seen(FIXED_GRID, np.eye(4), as_mr=False, seed=1), FIXED_GRID, HOUNSFIELD), "CT")


@pytest.fixture(scope="module")
def moving() -> Image:
    """Another contrast, which no straight line turns into the first."""
    return in_frame(image_of(seen(MOVING_GRID, TRUTH, as_mr=True, seed=2), MOVING_GRID, MR_SIGNAL), "MR")


@pytest.fixture(scope="module")
def region() -> Mask:
    z, y, x = np.indices(FIXED_GRID.shape)
    return mask_of((np.abs(z - 18) < 5) & (np.abs(y - 24) < 7) & (np.abs(x - 24) < 7), FIXED_GRID)


def error_mm(found: Transform, region: Mask) -> float:
    corners = region_corners(region)
    there = Transform.of_matrix(TRUTH).inverse().apply(corners)
    return float(np.linalg.norm(found.apply(there) - corners, axis=-1).max())


def test_a_known_motion_between_two_contrasts_is_found_and_is_the_same_twice(fixed: Image, moving: Image, region: Mask) -> None:
    first = register_local(fixed, moving, region, FEW)
    assert error_mm(Transform(), region) > 8.0
    assert error_mm(first.transform, region) < 1.1  # half a voxel of the coarser
    assert (first.transform.from_frame, first.transform.to_frame, first.transform.kind) == ("MR", "CT", "rigid")
    quality = first.quality
    assert quality.passed, quality.reasons
    assert quality.similarity_after > 2.0 * quality.similarity_before
    assert quality.tolerance_mm == pytest.approx(1.1)  # half of 2.2 mm
    again = register_local(fixed, moving, region, FEW)
    assert again.transform.matrix is not None
    assert np.array_equal(np.asarray(first.transform.matrix), again.transform.matrix)


def test_stretching_is_found_on_request(fixed: Image, region: Mask) -> None:
    stretch = TRUTH @ np.diag([1.04, 0.97, 1.0, 1.0])
    moving = in_frame(image_of(seen(MOVING_GRID, stretch, as_mr=False, seed=3), MOVING_GRID, HOUNSFIELD), "CT2")
    found = register_local(fixed, moving, region, replace(FEW, kind="affine", margin_mm=24.0, samples=30_000)).transform
    assert found.kind == "affine"
    corners = region_corners(region)
    there = Transform.of_matrix(stretch).inverse().apply(corners)
    assert np.linalg.norm(found.apply(there) - corners, axis=-1).max() < 1.1


def test_noise_instead_of_anatomy_fails_the_quality_figure(fixed: Image, moving: Image, region: Mask) -> None:
    noise = replace(moving, array=np.random.default_rng(9).normal(0, 1, moving.array.shape).astype(np.float32))
    quality = register_local(fixed, noise, region, FEW).quality
    assert not quality.passed
    assert any("Repeats differ" in reason or "almost as alike" in reason for reason in quality.reasons)
    assert quality.in_words()[0].startswith("FAILED")


def test_a_motion_beyond_reach_fails_the_quality_figure(fixed: Image, moving: Image, region: Mask) -> None:
    far = Transform.of_matrix(turned((0.0, 0.0, 0.0), (30.0, 20.0, 0.0)) @ TRUTH, "MR", "CT")
    found = register_local(fixed, moving, region, FEW, start=far)
    assert error_mm(found.transform, region) > 5.0
    assert not found.quality.passed


def test_a_match_where_nothing_was_searched_fails_and_names_the_reach(fixed: Image, moving: Image, region: Mask) -> None:
    """The start lies 9 mm off along x; the search looks 6 mm round, a climb goes on from there and finds it."""
    near = Transform.of_matrix(turned((0.0, 0.0, 0.0), (9.0, 0.0, 0.0)) @ TRUTH, "MR", "CT")
    found = register_local(fixed, moving, region, replace(FEW, reach_mm=6.0), start=near)
    assert error_mm(found.transform, region) < 1.1
    beyond = "The match lies 9 mm from the start along one axis; only 6 mm were searched (reach-mm)."
    assert found.quality.reasons[-1] == beyond
    assert not found.quality.passed
    assert beyond not in register_local(fixed, moving, region, FEW, start=near).quality.reasons


def test_the_ends_of_a_slab_do_not_pull_an_image_off() -> None:
    """Nothing is moved; both images are one slab, long structures run along it, and the moving one's end slices are spoilt.

    A shift that pushes the spoilt slices out of the box makes what is left more alike, if samples may leave.
    """
    still = Geometry.from_parts((21, 48, 48), (2.0, 2.0, 3.0), (-47.0, -47.0, -30.0))
    grid = Geometry.from_parts((16, 48, 48), (2.0, 2.0, 4.0), (-47.0, -47.0, -30.0))
    long = np.diag([1.0, 1.0, 0.5, 1.0])
    slab = seen(grid, long, as_mr=True, seed=5)
    slab[[0, -1]] = 2.0 + np.random.default_rng(1).normal(0, 0.1, slab[[0, -1]].shape)
    shown = seen(still, long, as_mr=False, seed=1)
    z, y, x = np.indices(still.shape)
    region = mask_of((np.abs(z - 10) < 5) & (np.abs(y - 24) < 7) & (np.abs(x - 24) < 7), still)
    parameters = RegisterParameters(kind="shift", reach_mm=6.0, margin_mm=20.0, samples=30_000)
    found = register_local(image_of(shown, still, HOUNSFIELD), image_of(slab, grid, MR_SIGNAL), region, parameters)
    assert found.quality.passed, found.quality.reasons
    centre = found.box.mean(axis=0)
    assert (
        np.linalg.norm(found.transform.apply(centre[None]) - centre) < 0.3
    )  # Samples that may leave: 0.6 mm, and repeats differ by 0.9 mm.


def test_images_that_lie_apart_are_refused_and_centres_help(fixed: Image, moving: Image, region: Mask) -> None:
    away = np.eye(4)
    away[:3, 3] = (500.0, 0.0, 0.0)
    with pytest.raises(InputError, match=r"do not overlap enough: 0% of the box"):
        register_local(fixed, moving, region, FEW, start=Transform.of_matrix(away))
    centred = aligned_centres(fixed, moving)
    assert centred.apply(moving.geometry.corners().mean(axis=0)) == pytest.approx(fixed.geometry.corners().mean(axis=0))


def test_a_mask_of_one_voxel_is_refused(fixed: Image, moving: Image, region: Mask) -> None:
    array = np.zeros(region.array.shape, dtype=np.bool_)
    array[18, 24, 24] = True
    sentence = re.escape('The mask "GTVp" has 1 voxel, 1 of them inside the box; a registration needs at least 500')
    with pytest.raises(InputError, match=sentence):
        register_local(fixed, moving, region, FEW, mask=replace(region, array=array))


def test_a_uniform_image_and_an_empty_region_are_refused(fixed: Image, moving: Image, region: Mask) -> None:
    with pytest.raises(InputError, match="fixed image has the same value everywhere"):
        register_local(replace(fixed, array=np.zeros_like(fixed.array)), moving, region, FEW)
    with pytest.raises(InputError, match="is empty"):
        register_local(fixed, moving, replace(region, array=np.zeros_like(region.array)), FEW)


def test_work_can_be_stopped(fixed: Image, moving: Image, region: Mask) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        register_local(fixed, moving, region, FEW, progress=stop)


def test_the_tolerance_is_half_a_voxel_of_the_coarser_but_half_a_millimetre_at_least() -> None:
    fine = Geometry.from_parts((4, 4, 4), (0.9, 0.9, 3.0), (0, 0, 0))
    coarse = Geometry.from_parts((4, 4, 4), (4.0, 4.0, 3.0), (0, 0, 0))
    assert tolerance_mm(fine, fine) == 0.5
    assert tolerance_mm(fine, coarse) == 1.5
