"""Leave-one-out, independent cohorts and optimism, each against its definition in plain numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.cohorts import best_of, random_cohort
from dosepainting_hrs.learning.plan import Plan, Remade
from dosepainting_hrs.learning.result import ScanResult, compare
from dosepainting_hrs.learning.scan import scan
from dosepainting_hrs.learning.score import score_of
from dosepainting_hrs.learning.settings import CohortCentres, LeaveOneOut, ScanSettings, SubsetOf
from dosepainting_hrs.learning.voxels import Floats, Ints

AB = (SubsetOf(maps="A+B"),)


def normalised(values: Floats, counted: Ints) -> Floats:
    kept = np.repeat(values, counted, axis=0)
    return (values - kept.mean(axis=0)) / kept.std(axis=0)


@pytest.mark.parametrize("mode", [LeaveOneOut.KEPT, LeaveOneOut.REFITTED])
def test_each_tumour_is_held_out_once(mode: LeaveOneOut) -> None:
    cohort = random_cohort(11, maps=2)
    settings = ScanSettings(subsets=AB, iterations=25, bootstraps=0, permutations=0, leave_one_out=mode, seed=3)
    plan, held_out = Plan.of(cohort, settings, None), scan(cohort, settings).subsets[0].held_out
    assert held_out is not None
    assert plan.folds is not None
    expected = []
    for fold, (times, n_hrs) in enumerate(zip(plan.folds.multiplicity, plan.folds.n_hrs.tolist(), strict=True)):
        voxels = plan.voxels
        z = plan.pool.values if mode is LeaveOneOut.KEPT else normalised(voxels.values, times[voxels.tumour])
        centres = np.array([row for row in plan.centres if voxels.tumour[row] != fold])
        expected.append(best_of(z, voxels.tumour, voxels.class_index, centres, times, n_hrs)[2][fold])
    shares = np.array(expected)
    assert held_out.fractions[np.argsort(plan.back)] == pytest.approx(shares, rel=1e-12)
    assert held_out.score.total == pytest.approx(score_of(shares, plan.voxels.class_index, 3).total)


def test_maps_are_made_again_without_the_tumour() -> None:
    """The second map of each fold is another one where its tumour is left out: its sign is turned, as a PCA basis may do."""
    cohort = random_cohort(12, maps=2)
    settings = ScanSettings(subsets=AB, iterations=25, bootstraps=0, permutations=0, leave_one_out=LeaveOneOut.REFITTED, seed=3)
    asked = []

    def turned(tumour: int) -> Remade:
        asked.append(tumour)
        return Remade(voxels=replace(cohort, values=cohort.values * [1.0, -1.0]))

    def spoilt(tumour: int) -> Remade:
        return Remade(voxels=replace(cohort, values=np.random.default_rng(tumour).normal(size=cohort.values.shape)))

    plain, mirrored, other = (scan(cohort, settings, refit=one).held_out for one in (None, turned, spoilt))
    assert plain is not None
    assert mirrored is not None
    assert other is not None
    assert sorted(asked) == list(range(9))
    assert mirrored.fractions == pytest.approx(plain.fractions)
    assert other.fractions != pytest.approx(plain.fractions)


def test_independent_cohorts_have_centres_and_normalisation_of_their_own() -> None:
    cohort = random_cohort(13, maps=2)
    settings = ScanSettings(
        subsets=AB, iterations=20, bootstraps=5, permutations=0, cohort_centres=CohortCentres.INDEPENDENT, seed=4
    )
    plan, found = Plan.of(cohort, settings, None), scan(cohort, settings).subsets[0].bootstrap
    assert found is not None
    assert plan.bootstraps is not None
    drawn = [set(plan.cohort_centres(index).tolist()) for index in range(5)]
    assert len(set.intersection(*drawn)) < 10
    for index, (times, n_hrs) in enumerate(zip(plan.bootstraps.multiplicity, plan.bootstraps.n_hrs.tolist(), strict=True)):
        z = normalised(plan.voxels.values, times[plan.voxels.tumour])
        score, row, _, radius = best_of(
            z, plan.voxels.tumour, plan.voxels.class_index, plan.cohort_centres(index), times, n_hrs
        )
        assert (found.scores[index], found.radii[index]) == pytest.approx((score, radius))
        assert found.centres[index].tolist() == plan.voxels.values[row].tolist()


@pytest.fixture(scope="module")
def both() -> ScanResult:
    settings = ScanSettings(subsets=(SubsetOf(maps="A"), *AB), iterations=40, bootstraps=12, permutations=0, seed=6)
    return scan(random_cohort(14, maps=2), settings)


def test_optimism_is_what_a_cluster_loses_outside_its_cohort(both: ScanResult) -> None:
    first = both.subsets[1]
    assert first.bootstrap is not None
    centres = both.centres
    expected = []
    for score, centre in zip(first.bootstrap.scores, first.bootstrap.centres, strict=True):
        at = int(np.flatnonzero((random_cohort(14, maps=2).values[centres] == centre).all(axis=1))[0])
        expected.append(score - first.scores[at])
    assert first.bootstrap.optimism == pytest.approx(np.mean(expected))
    assert first.corrected_score == pytest.approx(first.score.total - np.mean(expected))
    assert both.optimism is not None
    assert both.optimism > 0, "the best of 40 clusters of noise is not as good elsewhere"


def test_two_subsets_are_compared_cohort_by_cohort(both: ScanResult) -> None:
    one, two = both.subset("A"), both.subset("B", "A")
    assert one.bootstrap is not None
    assert two.bootstrap is not None
    found = compare(two, one)
    paired = np.sort(two.bootstrap.scores - one.bootstrap.scores)
    assert found.difference == two.score.total - one.score.total
    assert paired[0] <= found.difference_ci[0] <= paired[1]
    assert paired[-2] <= found.difference_ci[1] <= paired[-1]
    assert 0 <= found.mann_whitney_p <= 1
