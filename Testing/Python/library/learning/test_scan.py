"""The scan on cohorts small enough to follow by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.cohorts import cohort_of, random_cohort
from dosepainting_hrs.errors import InputError, ParameterError
from dosepainting_hrs.learning.plan import Plan
from dosepainting_hrs.learning.scan import chosen_subsets, scan
from dosepainting_hrs.learning.settings import LeaveOneOut, PermutedSize, PermuteUnit, ScanSettings, SubsetOf
from dosepainting_hrs.learning.tasks import scan_piece, space_of
from dosepainting_hrs.learning.voxels import ClassOf, Voxels
from dosepainting_hrs.learning.workers import Threads

PLAIN = ScanSettings(bootstraps=0, permutations=0)
TWO = (ClassOf(name="sensitive", target_fraction=0.0), ClassOf(name="resistant", target_fraction=0.5))


def line(*tumours: list[float], classes: tuple[int, ...]) -> Voxels:
    return cohort_of([np.array(one)[:, None] for one in tumours], classes, TWO)


def test_a_cohort_worked_by_hand() -> None:
    """Sensitive: 0 to 3 and 0 to 3; resistant: two of four voxels, and one of four, near 10.

    N_HRS = 0.5 x 8 = 4. Around 10: the voxels 9, 10, 11 and then 3 (twice, distance 7) for one place: half of each.
    Shares: sensitive 0.5/4 each; resistant 2/4 and 1/4. d = (0.375 - 0.125) / s, s^2 = (0 + 2 x 0.125^2) / 2, s = 0.125: 2.
    """
    cohort = line([0, 1, 2, 3], [0, 1, 2, 3], [9, 10, 0, 1], [11, 0, 1, 2], classes=(0, 0, 1, 1))
    found = scan(cohort, PLAIN).best_subset
    row = 9  # The value 10.
    at_ten = scan(cohort, PLAIN, centres=np.array([row])).best_subset
    assert at_ten.n_hrs == 4
    assert at_ten.fractions == pytest.approx([0.125, 0.125, 0.5, 0.25])
    assert at_ten.score.total == pytest.approx(2.0)
    assert at_ten.centre == (10.0,)
    assert (at_ten.centre_case, at_ten.centre_place, at_ten.centre_row) == ("case-02", (0, 0, 1), row)
    assert at_ten.extents == ((3.0, 11.0),)
    sd = np.std(cohort.values)
    assert at_ten.radius_z == pytest.approx(7.0 / sd)
    assert found.score.total >= 2.0


@given(seed=st.integers(0, 10_000), step=st.sampled_from([0.0, 0.5]), unit=st.sampled_from(list(PermuteUnit)[::2]))
@settings(max_examples=8, deadline=None)
def test_the_order_of_tumours_and_voxels_does_not_matter(seed: int, step: float, unit: PermuteUnit) -> None:
    cohort = random_cohort(seed, step=step, maps=2)
    asked = ScanSettings(
        iterations=30, bootstraps=3, permutations=4, seed=5, leave_one_out=LeaveOneOut.REFITTED, permute_unit=unit
    )
    draw = np.random.default_rng(seed)
    shuffle, tumours = draw.permutation(cohort.count), draw.permutation(len(cohort.tumours))
    rank = np.argsort(tumours)
    moved = replace(
        cohort,
        values=cohort.values[shuffle],
        tumour=rank[cohort.tumour[shuffle]],
        place=cohort.place[shuffle],
        tumours=tuple(cohort.tumours[index] for index in tumours),
    )
    first, second = scan(cohort, asked), scan(moved, asked)
    for one, other in zip(first.subsets, second.subsets, strict=True):
        assert (one.score, one.centre, one.centre_case, one.centre_place) == (
            other.score,
            other.centre,
            other.centre_case,
            other.centre_place,
        )
        assert (one.scores == other.scores).all()
        assert (one.fractions[tumours] == other.fractions).all()
        assert one.bootstrap is not None
        assert other.bootstrap is not None
        assert (one.bootstrap.scores == other.bootstrap.scores).all()
        assert one.permutation_p == other.permutation_p
        assert one.held_out is not None
        assert other.held_out is not None
        assert (one.held_out.fractions[tumours] == other.held_out.fractions).all()


def test_all_31_subsets_of_five_maps() -> None:
    """5 + 10 + 10 + 5 + 1, Boeke 2023."""
    subsets = chosen_subsets("ABCDE", ScanSettings())
    assert [sum(len(one) == size for one in subsets) for size in range(1, 6)] == [5, 10, 10, 5, 1]


@pytest.mark.parametrize("words", ["A+X", "A+A", "+"])
def test_a_subset_of_maps_that_are_not_there_is_refused(words: str) -> None:
    with pytest.raises(ParameterError, match="does not name maps of the cohort"):
        chosen_subsets("AB", ScanSettings(subsets=(SubsetOf(maps=words),)))


def test_an_all_equal_map_is_named() -> None:
    cohort = line([1, 1], [1, 1], [1, 1], [1, 1], classes=(0, 0, 1, 1))
    with pytest.raises(InputError, match='map "A" has the value 1 in all 8 voxels'):
        scan(cohort, PLAIN)


def test_a_centre_outside_the_cohort_is_refused() -> None:
    with pytest.raises(ParameterError, match="no voxel of the cohort"):
        scan(random_cohort(1), PLAIN, centres=np.array([-1]))


def test_a_subset_in_which_no_centre_has_a_score_is_named() -> None:
    """Each cluster holds all of one class and none of the other: means differ, and nothing within a class does."""
    cohort = line([0, 0], [0, 0], [5, 5], [5, 5], classes=(0, 0, 1, 1))
    with pytest.raises(InputError, match=r"No cluster centre of A has a score") as refused:
        scan(cohort, PLAIN)
    assert "leave this subset out" in refused.value.hint


def test_the_number_of_workers_changes_nothing() -> None:
    cohort = random_cohort(4, tumours=9, voxels=100, maps=2)
    asked = ScanSettings(iterations=400, bootstraps=2, permutations=3, seed=2)
    with Threads(1) as one, Threads(5) as many:
        first, second = scan(cohort, asked, workers=one), scan(cohort, asked, workers=many)
    for alone, together in zip(first.subsets, second.subsets, strict=True):
        assert (alone.score, alone.centre, alone.permutation_p) == (together.score, together.centre, together.permutation_p)
        assert (alone.scores == together.scores).all()


def test_target_fractions_of_zero_give_no_cluster() -> None:
    cohort = replace(random_cohort(1), classes=tuple(ClassOf(name=one, target_fraction=0.0) for one in "HML"))
    with pytest.raises(InputError, match=r"N_HRS is 0.*H 0 %, M 0 %, L 0 %"):
        scan(cohort, PLAIN)


@pytest.mark.parametrize("size", list(PermutedSize))
def test_shuffles_find_the_best_of_all_centres_whatever_other_pieces_found_before(size: PermutedSize) -> None:
    """Every voxel is a centre, too many for one piece; the reference takes all in one, backwards, with no score known."""
    cohort = random_cohort(3, tumours=12, voxels=90, maps=2)
    asked = ScanSettings(iterations=cohort.count, bootstraps=0, permutations=12, permuted_n_hrs=size)
    assert cohort.count > 4 * 128
    with Threads(3) as workers:
        one_map = scan(cohort, replace(asked, subsets=(SubsetOf(maps="A+B"),)), workers=workers)
    plan = Plan.of(cohort, asked, None)
    assert plan.permutations is not None
    piece = scan_piece(space_of(plan.pool, (0, 1)), plan.centres[::-1], plan.true, plan.permutations)
    assert one_map.permutation is not None
    assert piece.null is not None
    assert one_map.permutation.null.tolist() == piece.null.tolist()
