"""The cheapest cut: against all cuts that there are on a few voxels, on spheres, and smoother where surface costs more."""

import itertools

import numpy as np
import pytest

from builders.settled import settled_as
from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.phantom.spheres import sphere_phantom
from dosepainting_hrs.segmentation.graph_cut import GraphCut, GraphCutParameters, cheapest_cut

SPACING = np.array([3.0, 2.0, 1.0])


def cost(joined: np.ndarray, values: np.ndarray, prefer: np.ndarray, smoothness: float, beta: float) -> float:
    """The energy, pair by pair."""
    extent = values.max() - values.min()
    total = -prefer[joined].sum()
    for first in np.ndindex(joined.shape):
        for axis in range(3):
            second = tuple(at + (number == axis) for number, at in enumerate(first))
            if second[axis] < joined.shape[axis] and joined[first] != joined[second]:
                apart = (values[first] - values[second]) / extent
                total += smoothness * np.exp(-beta * apart**2) / SPACING[axis]
    return float(total)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("smoothness", [0.0, 1.0, 8.0])
def test_no_other_division_of_twelve_voxels_costs_less(seed: int, smoothness: float) -> None:
    random = np.random.default_rng(seed)
    values, prefer = random.random((2, 2, 3)), random.normal(0, 2, (2, 2, 3))
    lesion, background = np.zeros((2, 2, 3), dtype=np.bool_), np.zeros((2, 2, 3), dtype=np.bool_)
    lesion[0, 0, 0] = background[1, 1, 2] = True
    found = cheapest_cut(settled_as(values, lesion, background), prefer, smoothness, 5.0, SPACING)
    assert found[0, 0, 0]
    assert not found[1, 1, 2]
    least = min(
        cost(np.array(one).reshape(values.shape), values, prefer, smoothness, 5.0)
        for one in itertools.product((False, True), repeat=12)
        if one[0] and not one[-1]
    )
    assert cost(found, values, prefer, smoothness, 5.0) == pytest.approx(least, abs=0.02)  # Rounded to thousandths.


def test_without_smoothness_it_is_half_way_between_seeds_and_background() -> None:
    """Equal spread on both sides: the border lies at the mean of the two means."""
    phantom = sphere_phantom(22.0, contrast=4.0, seed=1)
    made = GraphCut(GraphCutParameters(smoothness_mm=0.0)).compute(phantom.image, phantom.within)
    told = made.history[-1]
    high, low = (float(told.split(word)[1].split()[0].rstrip(",")) for word in ("seeds ", "background "))
    half = phantom.within.array & (phantom.image.array > (high + low) / 2)
    assert np.count_nonzero(half != made.array) <= 3  # Means are told to four digits.


def test_surface_that_costs_more_is_smoother() -> None:
    """Noise as large as half the contrast leaves specks; smoothness takes them away and keeps the sphere."""
    phantom = sphere_phantom(28.0, contrast=2.0, seed=2, noise=0.5)

    def wrong(smoothness: float) -> float:
        made = GraphCut(GraphCutParameters(smoothness_mm=smoothness, beta=0.0)).compute(phantom.image, phantom.within)
        return np.count_nonzero(made.array != phantom.truth.array) / phantom.truth.voxel_count

    assert wrong(3.0) < 0.5 * wrong(0.0)


def test_the_answer_does_not_hang_on_the_unit_of_the_map() -> None:
    phantom = sphere_phantom(17.0, contrast=4.0, seed=3)
    plain = GraphCut(GraphCutParameters()).compute(phantom.image, phantom.within)
    scaled = image_of(phantom.image.array * 250.0, phantom.image.geometry, identity=phantom.image.identity)
    assert np.array_equal(GraphCut(GraphCutParameters()).compute(scaled, phantom.within).array, plain.array)


def test_seeds_like_the_background_are_refused() -> None:
    geometry = geometry_of((5, 5, 5), (2.0, 2.0, 2.0))
    inside = np.zeros((5, 5, 5), dtype=np.bool_)
    inside[1:4, 1:4, 1:4] = True
    with pytest.raises(InputError, match="nothing tells them apart"):
        GraphCut(GraphCutParameters()).compute(image_of(np.ones((5, 5, 5)), geometry), mask_of(inside, geometry))
