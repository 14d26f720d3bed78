"""Random walks, against scikit-image, a dense solution, and by hand."""

import numpy as np
import pytest
from skimage.segmentation import random_walker

from builders.settled import settled_as
from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.phantom.spheres import sphere_phantom
from dosepainting_hrs.segmentation.random_walker import RandomWalker, RandomWalkerParameters, walker_probability
from dosepainting_hrs.segmentation.seeds import BACKGROUND, SeedPoint

UNIT = np.ones(3)


def test_by_hand_along_a_line() -> None:
    """All voxels alike: from one of three between lesion and background the shares are 3/4, 2/4, 1/4."""
    lesion, background = np.zeros((2, 1, 1, 5), dtype=bool)
    lesion[0, 0, 0] = background[0, 0, 4] = True
    share = walker_probability(settled_as(np.ones((1, 1, 5)), lesion, background), 90.0, UNIT)
    assert share.ravel() == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0])


def test_longer_steps_are_harder() -> None:
    """A voxel between the lesion 1 mm away along x and the background 2 mm away along z: 1 to 1/4."""
    values, domain = np.ones((2, 1, 2)), np.array([[[True, True]], [[False, True]]])
    lesion, background = np.zeros((2, 2, 1, 2), dtype=bool)
    lesion[0, 0, 0] = background[1, 0, 1] = True
    share = walker_probability(settled_as(values, lesion, background, domain), 0.0, np.array([2.0, 1.0, 1.0]))
    assert share[0, 0, 1] == pytest.approx(1 / 1.25)


def test_shares_are_those_of_scikit_image() -> None:
    random = np.random.default_rng(5)
    values = random.normal(size=(5, 6, 7))
    lesion, background = np.zeros((2, *values.shape), dtype=bool)
    lesion[2, 2, 2] = background[0] = True
    markers = lesion * 1 + background * 2
    peer = random_walker(values, markers, beta=10.0, mode="bf", return_full_prob=True)[0]
    # scikit-image: exp(-beta d^2 / (10 standard deviations)); ours by the range of the values.
    beta = 10.0 * np.ptp(values) ** 2 / (10.0 * values.std())
    ours = walker_probability(settled_as(values, lesion, background), beta, UNIT)
    np.testing.assert_allclose(ours, peer, atol=1e-6)


def test_a_sphere_is_found_from_its_middle() -> None:
    phantom = sphere_phantom(22.0, contrast=4.0, seed=1)
    x, y, z = phantom.sphere.centre_mm
    chosen = RandomWalkerParameters(seeds=(SeedPoint(x_mm=x, y_mm=y, z_mm=z),))
    made = RandomWalker(chosen).compute(map=phantom.image, within=phantom.within)
    both = np.count_nonzero(made.array & phantom.truth.array)
    assert 2 * both / (made.voxel_count + phantom.truth.voxel_count) > 0.8


def test_a_point_may_be_background() -> None:
    """Three hot voxels in a row; the last one is said to be background, so it and its neighbours go."""
    values = np.array([[[1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 1.0]]])
    within = mask_of(np.array([[[0, 1, 1, 1, 1, 1, 0]]]), geometry_of((1, 1, 7)))
    points = (SeedPoint(x_mm=2.0, y_mm=0.0, z_mm=0.0), SeedPoint(x_mm=10.0, y_mm=0.0, z_mm=0.0, belongs_to=BACKGROUND))
    made = RandomWalker(RandomWalkerParameters(seeds=points, seed_radius_mm=0.0)).compute(map=image_of(values), within=within)
    assert np.flatnonzero(made.array).tolist() == [1, 2, 3]


def test_a_region_that_fills_the_map_has_no_background() -> None:
    with pytest.raises(InputError, match="no voxel around the region") as refusal:
        RandomWalker(RandomWalkerParameters()).compute(map=image_of([[[1.0, 2.0]]]), within=mask_of([[[1, 1]]]))
    assert "background" in refusal.value.hint
