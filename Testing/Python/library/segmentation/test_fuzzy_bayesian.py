"""Fuzzy Bayesian classes: levels by hand, Bayes' rule by SciPy, neighbours that decide, and blurred spheres."""

import numpy as np
import pytest
from scipy import stats

from builders.volumes import image_of, mask_of
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.phantom.spheres import sphere_phantom
from dosepainting_hrs.registry import SEGMENTATIONS
from dosepainting_hrs.segmentation.fuzzy_bayesian import FuzzyBayesian, fuzzy_classes, probabilities, with_levels


def method(**chosen: object) -> FuzzyBayesian:
    kind = SEGMENTATIONS.get("fuzzy-bayesian")
    return kind(from_json(kind, chosen))  # type: ignore[return-value]


def test_levels_lie_between_two_classes() -> None:
    """By hand: means 0 and 3, variances 1 and 4; a third of the way 1 and (4 + 4)/9, two thirds 2 and (1 + 16)/9."""
    made = with_levels(np.array([[0.0], [3.0]]), np.array([[1.0], [4.0]]), 2)
    assert made.means.ravel() == pytest.approx([0.0, 1.0, 2.0, 3.0])
    assert made.variances.ravel() == pytest.approx([1.0, 8 / 9, 17 / 9, 4.0])
    assert made.is_hard.tolist() == [True, False, False, True]
    assert made.nearest.tolist() == [0, 0, 1, 1]


def test_half_way_belongs_to_the_higher_class() -> None:
    assert with_levels(np.arange(3.0)[:, None], np.ones((3, 1)), 1).nearest.tolist() == [0, 1, 1, 2, 2]


def test_probabilities_are_bayes_rule() -> None:
    classes = with_levels(np.array([[0.0, 1.0], [2.0, -1.0]]), np.array([[1.0, 0.5], [0.3, 2.0]]), 1)
    values = np.random.default_rng(0).normal(0, 1, (7, 2))
    priors = np.random.default_rng(1).random((7, 3))
    spread = np.sqrt(classes.variances)
    density = [stats.norm.pdf(values, classes.means[one], spread[one]).prod(axis=1) for one in range(3)]
    wanted = priors * np.stack(density, axis=1)
    assert probabilities(values, classes, priors) == pytest.approx(wanted / wanted.sum(axis=1, keepdims=True))


def test_a_voxel_goes_with_its_neighbours() -> None:
    """A lone voxel nearer to the other class by its value belongs to the class all round it."""
    random = np.random.default_rng(2)
    truth = np.zeros((7, 7, 14), dtype=np.int64)
    truth[:, :, 7:] = 1
    values = truth * 2.0 + random.normal(0, 0.4, truth.shape)
    values[3, 3, 3], values[3, 3, 10] = 1.2, 0.8
    found = fuzzy_classes(values.reshape(-1, 1), np.ones(truth.shape, bool), 2, 0).labels.reshape(truth.shape)
    assert found[3, 3, 3] == 0
    assert found[3, 3, 10] == 1
    assert (found != truth).mean() < 0.01


@pytest.mark.parametrize("contrast", [4.0, 8.0])
@pytest.mark.parametrize("diameter", [13.0, 22.0])
def test_blurred_spheres_come_out_within_a_tenth(diameter: float, contrast: float) -> None:
    """Levels take the voxels of the blurred edge, which Gaussians alone take for tissues (docs/validation/spheres.md)."""
    phantom = sphere_phantom(diameter, contrast=contrast, seed=0)
    made = method(clusters=2).compute(maps={"SUV": phantom.image}, within=phantom.within)
    assert made.volume_ml == pytest.approx(phantom.sphere.volume_ml, rel=0.1)


def test_voxels_all_alike_in_two_classes_stay_two_classes() -> None:
    values = np.where(np.arange(64).reshape(4, 4, 4) % 4 > 1, 5.0, 1.0)
    made = method(clusters=2).compute(maps={"SUV": image_of(values)}, within=mask_of(np.ones(values.shape)))
    assert np.array_equal(made.array, values > 3)
