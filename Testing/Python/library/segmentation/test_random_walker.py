"""Random walks, against scikit-image, a dense solution, and by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.segmentation import random_walker

from builders.settled import settled_as
from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.errors import Cancelled, InputError, ParameterError
from dosepainting_hrs.phantom.spheres import sphere_phantom
from dosepainting_hrs.segmentation import random_walker as random_walker_module
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
    peer = random_walker(values, markers, beta=2.0, mode="bf", return_full_prob=True)[0]
    # scikit-image: exp(-beta d^2 / (10 standard deviations)), and a lower floor; ours by the range of the values.
    beta = 2.0 * np.ptp(values) ** 2 / (10.0 * values.std())
    ours = walker_probability(settled_as(values, lesion, background), beta, UNIT)
    np.testing.assert_allclose(ours, peer, atol=1e-6)


@pytest.mark.parametrize("beta", [300.0, 3000.0, 1e5])
def test_voxels_behind_hard_edges_are_solved_for_as_well(beta: float) -> None:
    """Against elimination. A floor of 1e-10 under the ease of a step left errors up to 0.5: the residual did not see them."""
    values = np.random.default_rng(7).normal(size=(8, 8, 8))
    lesion, background = np.zeros((2, *values.shape), dtype=bool)
    lesion[4, 4, 4] = background[0] = True
    expected = eliminated(values, lesion, background, beta)
    ours = walker_probability(settled_as(values, lesion, background), beta, UNIT)
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def eliminated(
    values: NDArray[np.float64], lesion: NDArray[np.bool_], background: NDArray[np.bool_], beta: float
) -> NDArray[np.float64]:
    """Return the shares by plain elimination: a voxel's is the mean of its neighbours', weighted by the ease of the steps."""
    number = np.arange(values.size).reshape(values.shape)
    matrix = np.zeros((values.size, values.size))
    for axis in range(3):
        inner, outer = (np.moveaxis(number, axis, 0)[part].ravel() for part in (slice(None, -1), slice(1, None)))
        apart = (values.ravel()[inner] - values.ravel()[outer]) / np.ptp(values)
        matrix[inner, outer] = matrix[outer, inner] = -(np.exp(-beta * apart**2) + 1e-6)
    matrix[number.ravel(), number.ravel()] = -matrix.sum(axis=1)
    known = (lesion | background).ravel()
    matrix[known] = np.eye(values.size)[known]
    return np.linalg.solve(matrix, lesion.ravel().astype(np.float64)).reshape(values.shape)


def test_a_walk_that_does_not_settle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_walker_module, "_MOST", 3)
    phantom = sphere_phantom(22.0, contrast=4.0, seed=1)
    with pytest.raises(ParameterError, match=r'"beta": with 1000 .* did not settle in 3 iterations'):
        RandomWalker(RandomWalkerParameters(beta=1000.0)).compute(map=phantom.image, within=phantom.within)


def test_a_long_walk_can_be_stopped() -> None:
    def stop(_fraction: float, message: str) -> None:
        if message == "Following the walkers":
            raise Cancelled

    phantom = sphere_phantom(22.0, contrast=4.0, seed=1)
    with pytest.raises(Cancelled):
        RandomWalker(RandomWalkerParameters()).compute(map=phantom.image, within=phantom.within, progress=stop)


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


@pytest.mark.parametrize("lesion", [(SeedPoint(x_mm=2.0, y_mm=0.0, z_mm=0.0),), ()])
def test_a_voxel_cannot_be_lesion_and_background(lesion: tuple[SeedPoint, ...]) -> None:
    """Given twice, or as background where the lesion is taken to begin: at the highest value."""
    image, within = image_of(np.array([[[1.0, 9.0, 8.0, 1.0]]])), mask_of(np.array([[[0, 1, 1, 0]]]), geometry_of((1, 1, 4)))
    points = (*lesion, SeedPoint(x_mm=2.0, y_mm=0.0, z_mm=0.0, belongs_to=BACKGROUND))
    with pytest.raises(InputError, match=r"near \(2\.0, 0\.0, 0\.0\) mm is given as lesion and as background"):
        RandomWalker(RandomWalkerParameters(seeds=points)).compute(map=image, within=within)


def test_a_region_that_fills_the_map_has_no_background() -> None:
    with pytest.raises(InputError, match="no voxel around the region") as refusal:
        RandomWalker(RandomWalkerParameters()).compute(map=image_of([[[1.0, 2.0]]]), within=mask_of([[[1, 1]]]))
    assert "background" in refusal.value.hint
