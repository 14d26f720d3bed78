"""STAPLE: against a plain expectation and maximisation, and what a consensus must do."""

import numpy as np
import pytest

from builders.volumes import mask_of
from dosepainting_hrs.segmentation.staple import Staple, StapleParameters, probabilities


def by_hand(decisions: np.ndarray, rounds: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Warfield 2004, equations 12 to 19, for decisions (raters, voxels); the prior is the mean share of foreground."""
    prior = decisions.mean()
    p, q = np.full(len(decisions), 0.99999), np.full(len(decisions), 0.99999)
    for _ in range(rounds):
        a = prior * np.prod(np.where(decisions, p[:, None], 1 - p[:, None]), axis=0)
        b = (1 - prior) * np.prod(np.where(decisions, 1 - q[:, None], q[:, None]), axis=0)
        weight = a / (a + b)
        p = (decisions * weight).sum(axis=1) / weight.sum()
        q = ((1 - decisions) * (1 - weight)).sum(axis=1) / (1 - weight).sum()
    return weight, p, q


def raters() -> list[np.ndarray]:
    """Three raters of one block: one right, one one voxel short on a side, one too generous with holes."""
    truth = np.zeros((6, 8, 8), dtype=np.bool_)
    truth[1:5, 2:6, 2:6] = True
    short = truth.copy()
    short[:, :, 5] = False
    generous = truth.copy()
    generous[1:5, 1:7, 2:6] = True
    generous[2, 3, 3] = False
    return [truth, short, generous]


def test_it_is_what_expectation_and_maximisation_give() -> None:
    found, rates = probabilities(raters())
    expected, p, q = by_hand(np.array([one.ravel() for one in raters()], dtype=float))
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-4)
    np.testing.assert_allclose([one[0] for one in rates], p, atol=1e-4)
    np.testing.assert_allclose([one[1] for one in rates], q, atol=1e-4)


def test_the_consensus_of_a_region_with_itself_is_that_region() -> None:
    truth = raters()[0]
    made = Staple(StapleParameters()).compute({name: mask_of(truth) for name in "abc"})
    assert np.array_equal(made.array, truth)


def test_the_consensus_names_how_well_each_agrees() -> None:
    made = Staple(StapleParameters()).compute({name: mask_of(one) for name, one in zip("abc", raters(), strict=True)})
    assert made.history[-1].startswith('STAPLE consensus at a probability of 0.5: "a" sensitivity')
    assert np.array_equal(made.array, raters()[0])


@pytest.mark.parametrize("wide", [0, 4])
def test_the_empty_space_around_does_not_matter(wide: int) -> None:
    """The estimate is made in the smallest box, so that a larger grid changes nothing."""
    padded = [np.pad(one, wide) for one in raters()]
    made = Staple(StapleParameters()).compute({name: mask_of(one) for name, one in zip("abc", padded, strict=True)})
    assert made.voxel_count == raters()[0].sum()
