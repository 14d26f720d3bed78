"""The synthetic tumour: volumes by an independent way, one inside the other, one seed one tumour."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import label

from dosepainting_hrs.phantom.tumour import CORE_SUV, PRIMARY_SUV, RIM_SUV, Tumour, tumour_of, volumes_ml

SEEDS = (0, 1, 7)
QUESTIONS = ("is_gtv", "is_hrs", "is_node")


def scattered(tumour: Tumour, count: int) -> tuple[NDArray[np.float64], float]:
    """Random points in the tumour's box, and the volume of the box in ml."""
    low, high = tumour.box()
    points = np.random.default_rng(99).uniform(low, high, (count, 3))
    return points, float(np.prod(high - low)) / 1000.0


@pytest.mark.parametrize("seed", SEEDS)
def test_stated_volumes_are_those_that_random_points_find(seed: int) -> None:
    """Monte-Carlo integration knows nothing of the lattice that set the volumes; four standard errors are allowed."""
    tumour, count = tumour_of(seed), 600_000
    points, box_ml = scattered(tumour, count)
    for question, stated in zip(QUESTIONS, volumes_ml(seed), strict=True):
        share = float(getattr(tumour, question)(points).mean())
        error = box_ml * np.sqrt(share * (1 - share) / count)
        assert share * box_ml == pytest.approx(stated, abs=4 * error + 0.002 * stated), question


@pytest.mark.parametrize("seed", SEEDS)
def test_volumes_are_clinical(seed: int) -> None:
    gtv, hrs, node = volumes_ml(seed)
    assert 25 <= gtv <= 40
    assert 4 <= hrs <= 8
    assert 3 <= node <= 8


@pytest.mark.parametrize("seed", SEEDS)
def test_subvolume_lies_within_the_primary(seed: int) -> None:
    tumour = tumour_of(seed)
    points, _ = scattered(tumour, 200_000)
    hot = tumour.is_hrs(points)
    assert hot.any()
    assert tumour.is_gtv(points)[hot].all()
    assert not tumour.is_node(points)[hot].any()


@pytest.mark.parametrize("seed", SEEDS)
def test_box_holds_everything_in_one_piece_each(seed: int) -> None:
    tumour = tumour_of(seed)
    low, high = tumour.box(margin_mm=12.0)
    axes = [np.arange(a, b, 2.0) for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    inner_low, inner_high = tumour.box()
    outside = ((points < inner_low) | (points > inner_high)).any(axis=-1)
    for question in QUESTIONS:
        region = getattr(tumour, question)(points)
        assert not region[outside].any(), question
        assert label(region, np.ones((3, 3, 3)))[1] == 1, question


def test_uptake_is_hottest_in_the_subvolume_and_unknown_outside() -> None:
    tumour = tumour_of(1)
    points, _ = scattered(tumour, 200_000)
    suv = tumour.suv(points)
    hot, gtv, node = (getattr(tumour, question)(points) for question in ("is_hrs", "is_gtv", "is_node"))
    assert (suv[hot] >= RIM_SUV).all()
    assert suv[hot].max() == pytest.approx(CORE_SUV, rel=0.05)
    assert suv[gtv & ~hot].max() <= 1.25 * PRIMARY_SUV  # A quarter of ripple on the primary.
    assert np.isnan(suv[~gtv & ~node]).all()
    assert not np.isnan(suv[gtv | node]).any()


def test_another_seed_is_another_shape() -> None:
    points, _ = scattered(tumour_of(1), 50_000)
    first, second = tumour_of(1).is_gtv(points), tumour_of(2).is_gtv(points)
    overlap = 2 * (first & second).sum() / (first.sum() + second.sum())
    assert overlap < 0.95
