"""Bootstraps, shuffles and N_HRS: counts that can be worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.cohorts import BOEKE_CLASSES, cohort_of, random_cohort, voxels_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.learning.resampling import draw_bootstraps, draw_centres, draw_permutations, n_hrs_of, true_cohort
from dosepainting_hrs.learning.settings import PermutedSize, PermuteUnit, ScanSettings
from dosepainting_hrs.learning.voxels import ClassOf, Voxels
from dosepainting_hrs.phantom.cohort_voxels import cohort_voxels


def sized(*sizes: int) -> Voxels:
    """Tumours of these many voxels, two of each class in turn."""
    rng = np.random.default_rng(1)
    return cohort_of([rng.normal(size=(size, 1)) for size in sizes], [index // 2 for index in range(len(sizes))])


def test_n_hrs_is_rounded_half_up() -> None:
    """0.075 x (20 + 20) + 0.15 x (10 + 10) = 6; with 10 more in L, 7.5, which is 8; with 2 more in M and 1 in L: 6.3."""
    for sizes, expected in (((9, 9, 20, 20, 10, 10), 6), ((9, 9, 20, 20, 15, 15), 8), ((9, 9, 21, 21, 10, 11), 6)):
        assert true_cohort(sized(*sizes)).n_hrs.tolist() == [expected]


def test_n_hrs_of_a_bootstrap_counts_tumours_as_often_as_they_were_drawn() -> None:
    cohort = sized(9, 9, 20, 40, 10, 30)
    times = np.array([1, 1, 2, 0, 0, 2])
    assert n_hrs_of(cohort.volumes, times, cohort.class_index, cohort.classes) == round(0.075 * 40 + 0.15 * 60)


def test_more_voxels_than_there_are() -> None:
    classes = (BOEKE_CLASSES[0], BOEKE_CLASSES[1], ClassOf(name="L", target_fraction=15.0))
    with pytest.raises(InputError, match=r"has 36 voxels, fewer than N_HRS = 18\d.*H 0 %, M 7.5 %, L 1500 %"):
        true_cohort(replace(sized(6, 6, 6, 6, 6, 6), classes=classes))


def test_bootstraps_have_two_tumours_of_every_class() -> None:
    cohort = random_cohort(2, tumours=6)
    drawn = draw_bootstraps(cohort, ScanSettings(bootstraps=40, seed=1))
    assert drawn.redrawn > 0, "of six tumours in three pairs few draws hold all six classes twice"
    assert (drawn.multiplicity > 0).all(axis=1).all(), "two different ones of two"
    assert (drawn.multiplicity.sum(axis=1) == 6).all()


def test_stratified_bootstraps_keep_the_size_of_every_class() -> None:
    cohort = random_cohort(3, tumours=14)
    labels = cohort.class_index
    for stratified in (False, True):
        drawn = draw_bootstraps(cohort, ScanSettings(bootstraps=30, stratified=stratified)).multiplicity
        sizes = np.stack([drawn[:, labels == which].sum(axis=1) for which in range(3)], axis=1)
        assert (sizes == np.bincount(labels)).all() == stratified


def test_few_assignments_are_all_taken() -> None:
    """Six tumours in three pairs: 6! / (2! 2! 2!) = 90."""
    found = draw_permutations(random_cohort(4, tumours=6), ScanSettings(permutations=1000))
    assert (found.distinct, found.enumerated, len(np.unique(found.labels, axis=0))) == (90, True, 90)
    assert found.smallest_p == pytest.approx(1 / 90)
    assert found.p_of(3.0, np.array([3.0, *np.zeros(89)])) == pytest.approx(1 / 90)


def test_cell_lines_of_table_1_are_shuffled_as_groups() -> None:
    """Boeke 2023: four lines are H, one M, one L: 6! / 4! = 30 assignments, so p cannot fall below 1/30."""
    cohort = voxels_of(cohort_voxels(seed=1, scale=0.02))
    found = draw_permutations(cohort, ScanSettings(permutations=1000, permute_unit=PermuteUnit.GROUP))
    assert (found.distinct, found.enumerated, found.smallest_p) == (30, True, pytest.approx(1 / 30))
    groups = np.unique([one.group for one in cohort.tumours], return_inverse=True)[1]
    assert all(len(set(labels[groups == which])) == 1 for labels in found.labels for which in range(6))
    tumours = draw_permutations(cohort, ScanSettings(permutations=99))
    assert tumours.distinct > 10**14, "37! / (18! 12! 7!)"
    assert tumours.smallest_p == pytest.approx(0.01)


def test_a_group_of_two_classes_cannot_be_shuffled() -> None:
    cohort = random_cohort(5)
    mixed = replace(cohort, tumours=tuple(replace(one, patient="same") for one in cohort.tumours))
    with pytest.raises(InputError, match='patient "same" has tumours of different classes'):
        draw_permutations(mixed, ScanSettings(permutations=10, permute_unit=PermuteUnit.PATIENT))


def test_p_counts_what_was_found_itself() -> None:
    found = draw_permutations(random_cohort(6, tumours=12), ScanSettings(permutations=9))
    assert found.p_of(2.0, np.array([1.0, 2.0, 3.0, *np.zeros(6)])) == pytest.approx(3 / 10)
    assert found.p_of(9.0, np.zeros(9)) == pytest.approx(1 / 10)


def test_n_hrs_is_kept_or_computed_again() -> None:
    cohort = sized(30, 40, 10, 20, 50, 60)
    true = true_cohort(cohort).n_hrs[0]
    kept = draw_permutations(cohort, ScanSettings(permutations=20, permuted_n_hrs=PermutedSize.KEPT))
    again = draw_permutations(cohort, ScanSettings(permutations=20))
    assert (kept.n_hrs == true).all()
    assert again.n_hrs.tolist() == [n_hrs_of(cohort.volumes, np.ones(6, int), one, cohort.classes) for one in again.labels]
    assert len(set(again.n_hrs.tolist())) > 5


def test_centres_are_seeded_and_all_voxels_when_enough_are_asked_for() -> None:
    settings = ScanSettings(iterations=50, seed=3)
    first, again, other = (draw_centres(400, one) for one in (settings, settings, replace(settings, seed=4)))
    assert first.tolist() == again.tolist() != other.tolist()
    assert len(set(first.tolist())) == 50
    assert draw_centres(50, settings).tolist() == list(range(50))
