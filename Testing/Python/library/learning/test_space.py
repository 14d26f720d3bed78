"""The fast scan against all distances in plain numpy: the same members and the same score, to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.cohorts import random_cohort
from dosepainting_hrs.kernels.kd_leaves import kd_order
from dosepainting_hrs.learning import leaves
from dosepainting_hrs.learning.leaves import leaf_table
from dosepainting_hrs.learning.neighbours import neighbours_of, squared_distances
from dosepainting_hrs.learning.resampling import (
    Cohorts,
    Permutations,
    draw_bootstraps,
    draw_permutations,
    true_cohort,
    without_each,
)
from dosepainting_hrs.learning.score import mean_of, pair_scores
from dosepainting_hrs.learning.settings import PermutedSize, ScanSettings
from dosepainting_hrs.learning.space import Space, normalisation
from dosepainting_hrs.learning.voxels import Floats, Ints, Voxels


def space_of(cohort: Voxels, tie_tolerance: float = 1e-9) -> tuple[Voxels, Space]:
    voxels, _ = cohort.canonical_order()
    mean, spread = normalisation(voxels)
    ones = np.ones(voxels.count, dtype=np.int64)
    space = Space(
        z=(voxels.values - mean) / spread,
        tumour=voxels.tumour,
        weights=ones if voxels.weights is None else voxels.weights,
        volumes=voxels.volumes,
        class_index=voxels.class_index,
        classes=len(voxels.classes),
        tie_tolerance=tie_tolerance,
    )
    return voxels, space


def plain_shares(space: Space, centre: Floats, multiplicity: Ints, n_hrs: int) -> Floats:
    found = neighbours_of(
        squared_distances(space.z.T, centre),
        space.tumour,
        space.weights,
        n_hrs=n_hrs,
        multiplicity=multiplicity,
        tie_tolerance=space.tie_tolerance,
    )
    return found.fractions(space.volumes)


def plain_scores(space: Space, centres: Floats, cohorts: Cohorts) -> tuple[Floats, Floats]:
    scores = np.empty((len(cohorts.n_hrs), len(centres)))
    first = []
    for number, centre in enumerate(centres):
        shares = [plain_shares(space, centre, *one) for one in zip(cohorts.multiplicity, cohorts.n_hrs.tolist(), strict=True)]
        first.append(shares[0])
        for cohort, (share, times) in enumerate(zip(shares, cohorts.multiplicity, strict=True)):
            scores[cohort, number] = mean_of(pair_scores(share, times, space.class_index, space.classes))
    return scores, np.array(first)


def plain_permuted(space: Space, centres: Floats, permutations: Permutations) -> Floats:
    best = np.full(len(permutations.n_hrs), -np.inf)
    ones = np.ones(len(space.volumes), dtype=np.int64)
    for centre in centres:
        for index, (labels, n_hrs) in enumerate(zip(permutations.labels, permutations.n_hrs.tolist(), strict=True)):
            shares = plain_shares(space, centre, ones, n_hrs)
            best[index] = np.fmax(best[index], mean_of(pair_scores(shares, ones, labels, space.classes)))
    return best


def all_cohorts(voxels: Voxels, seed: int) -> Cohorts:
    """The true cohort, bootstraps and cohorts without one tumour, side by side."""
    parts = [true_cohort(voxels), draw_bootstraps(voxels, ScanSettings(bootstraps=4, seed=seed)), without_each(voxels)]
    return Cohorts(
        multiplicity=np.concatenate([one.multiplicity for one in parts]), n_hrs=np.concatenate([one.n_hrs for one in parts])
    )


@given(
    seed=st.integers(0, 10_000),
    maps=st.integers(1, 5),
    step=st.sampled_from([0.0, 0.1, 0.5, 2.0]),
    most_weight=st.sampled_from([1, 3]),
    voxels=st.sampled_from([12, 60, 400]),
)
@settings(max_examples=60, deadline=None)
def test_the_same_members_and_scores_as_with_all_distances(
    seed: int, maps: int, step: float, most_weight: int, voxels: int
) -> None:
    cohort, space = space_of(random_cohort(seed, maps=maps, step=step, voxels=voxels, most_weight=most_weight))
    cohorts = all_cohorts(cohort, seed)
    centres = space.z[np.random.default_rng(seed).choice(cohort.count, size=6)]
    found = space.cohort_scores(centres, cohorts)
    expected, expected_shares = plain_scores(space, centres, cohorts)
    assert (found.shares == expected_shares).all()
    assert np.array_equal(found.scores, expected, equal_nan=True)


@pytest.mark.parametrize("size", list(PermutedSize))
@given(seed=st.integers(0, 10_000), maps=st.integers(1, 5), step=st.sampled_from([0.0, 0.5]), weight=st.sampled_from([1, 2]))
@settings(max_examples=15, deadline=None)
def test_shuffled_labels_score_as_with_all_distances(
    size: PermutedSize, seed: int, maps: int, step: float, weight: int
) -> None:
    cohort, space = space_of(random_cohort(seed, maps=maps, step=step, most_weight=weight))
    permutations = draw_permutations(cohort, ScanSettings(permutations=20, seed=seed, permuted_n_hrs=size))
    centres = space.z[np.random.default_rng(seed).choice(cohort.count, size=5)]
    expected = plain_permuted(space, centres, permutations)
    assert space.permuted_best(centres, permutations) == pytest.approx(expected, rel=1e-9)
    if size is PermutedSize.KEPT:
        shares = space.cohort_scores(centres, true_cohort(cohort)).shares
        assert space.permuted_shares(shares, permutations) == pytest.approx(expected, rel=1e-9)


@given(seed=st.integers(0, 10_000), power=st.integers(-20, 20), step=st.sampled_from([0.0, 0.25]))
@settings(max_examples=20, deadline=None)
def test_maps_scaled_by_a_power_of_two_have_the_same_members(seed: int, power: int, step: float) -> None:
    """Scaling by 2^k is exact in binary arithmetic, so nothing at all may change."""
    cohort = random_cohort(seed, maps=2, step=step)
    scaled = replace(cohort, values=cohort.values * np.array([2.0**power, 1.0]))
    voxels, space = space_of(cohort)
    _, other = space_of(scaled)
    cohorts = all_cohorts(voxels, seed)
    rows = np.random.default_rng(seed).choice(cohort.count, size=6)
    first, second = space.cohort_scores(space.z[rows], cohorts), other.cohort_scores(other.z[rows], cohorts)
    assert np.array_equal(first.scores, second.scores, equal_nan=True)
    assert (first.shares == second.shares).all()


@pytest.mark.parametrize("outlier", [1e3, 1e6, 1e9])
def test_distances_that_single_precision_cannot_tell_apart(outlier: float) -> None:
    """One far voxel presses all others into a corner; what decides quickly must leave these to double precision."""
    cohort = random_cohort(3, maps=2, voxels=400)
    values = cohort.values.copy()
    values[0] = outlier
    voxels, space = space_of(replace(cohort, values=values))
    cohorts, centres = all_cohorts(voxels, 1), space.z[::701]
    expected, shares = plain_scores(space, centres, cohorts)
    found = space.cohort_scores(centres, cohorts)
    assert (found.shares == shares).all()
    assert np.array_equal(found.scores, expected, equal_nan=True)


def test_ties_share_the_last_places() -> None:
    """A quantised map: voxels at -1 and +1 step tie although their distances differ in the last bits."""
    cohort = random_cohort(5, maps=1, step=0.3, voxels=200)
    _, space = space_of(cohort)
    row = int(np.argmin(abs(space.z[:, 0])))
    steps = np.round((space.z[:, 0] - space.z[row, 0]) / (0.3 / np.std(cohort.values))).astype(int)
    nearest = int((steps == 0).sum())
    ones = np.ones(len(space.volumes), dtype=np.int64)
    distances = squared_distances(space.z.T, space.z[row])
    found = neighbours_of(distances, space.tumour, space.weights, n_hrs=nearest + 3, multiplicity=ones, tie_tolerance=1e-9)
    assert found.tied.sum() == (abs(steps) == 1).sum()
    assert found.share == pytest.approx(3 / found.tied.sum())
    cohorts = Cohorts(multiplicity=ones[None], n_hrs=np.array([nearest + 3]))
    shares = space.cohort_scores(space.z[[row]], cohorts).shares
    assert (shares[0] == found.fractions(space.volumes)).all()


def test_a_cohort_of_many_leaves() -> None:
    """Enough voxels that most leaves are never looked into, and that the sample is one."""
    cohort, space = space_of(random_cohort(8, maps=3, voxels=4000))
    assert cohort.count > 20_000
    cohorts = all_cohorts(cohort, 1)
    centres = space.z[[0, 7000, 15_000]]
    scores = space.cohort_scores(centres, cohorts).scores
    assert (scores == plain_scores(space, centres, cohorts)[0]).all()
    permutations = draw_permutations(cohort, ScanSettings(permutations=25))
    assert space.permuted_best(centres, permutations) == pytest.approx(plain_permuted(space, centres, permutations), rel=1e-9)


def test_blocks_of_several_leaves_have_the_moments_and_voxels_of_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large cohort guesses radii from blocks: here 5 leaves of 64 points in blocks of 2."""
    monkeypatch.setattr(leaves, "_MOST_BLOCKS", 3)
    random = np.random.default_rng(2)
    z, tumour, weights = random.normal(size=(310, 2)), random.integers(0, 4, size=310), random.integers(1, 4, size=310)
    table = leaf_table(z, tumour, weights, 4)
    order = kd_order(np.ascontiguousarray(z.T))
    assert table.tallies.shape == (3, 8)
    for block, rows in enumerate((order[:128], order[128:256], order[256:])):
        assert table.tallies[block].tolist() == np.bincount(tumour[rows], weights[rows], minlength=8).tolist()
        mean = np.average(z[rows], axis=0, weights=weights[rows])
        assert table.moments[0, :, block] == pytest.approx(mean, rel=1e-5)
        assert table.moments[1, :, block] == pytest.approx(
            np.average((z[rows] - mean) ** 2, axis=0, weights=weights[rows]), rel=1e-5
        )
    boxes = table.leaves[6]
    for leaf in range(5):
        rows = order[leaf * 64 : leaf * 64 + 64]
        assert (boxes[0, 0, :, leaf] == z[rows].min(axis=0).astype(np.float32)).all()
        assert (boxes[0, 1, :, leaf] == z[rows].max(axis=0).astype(np.float32)).all()
    assert (boxes[0, :, :, 5:] == np.inf).all()
    assert table.leaves[7][0].tolist() == np.bincount(tumour, weights, minlength=8).tolist()
    assert table.bounds.tolist() == [z.min(axis=0).tolist(), z.max(axis=0).tolist()]
