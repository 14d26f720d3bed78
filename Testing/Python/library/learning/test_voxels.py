"""What pooled voxels refuse, each with the name of what is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.cohorts import cohort_of, random_cohort
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.learning.voxels import ClassOf

ONE = np.ones((3, 1))


@pytest.mark.parametrize(("classes", "told"), [((0, 0, 1, 2, 2), "one tumour"), ((0, 0, 2, 2), "no tumour")])
def test_a_class_of_fewer_than_two_tumours_is_named(classes: tuple[int, ...], told: str) -> None:
    with pytest.raises(InputError, match=f'class "M" has {told}; a score needs at least two'):
        cohort_of([ONE] * len(classes), classes)


def test_a_voxel_without_a_value_is_named() -> None:
    cohort = random_cohort(1)
    values = cohort.values.copy()
    values[[3, 5], 1] = np.nan
    with pytest.raises(InputError, match=r'map "B" has no finite value in voxel \(0, 0, 3\) .* of case "case-00"; 2 voxels'):
        replace(cohort, values=values)


@pytest.mark.parametrize("weight", [0, 1.5, -1])
def test_weights_are_whole_numbers(weight: float) -> None:
    cohort = random_cohort(1)
    with pytest.raises(InputError, match="whole number of at least 1"):
        replace(cohort, weights=np.array([weight, *[1] * (cohort.count - 1)]))


def test_one_class_is_no_cohort() -> None:
    with pytest.raises(InputError, match="1 class; a scan compares at least two"):
        cohort_of([ONE, ONE], (0, 0), classes=(ClassOf(name="a", target_fraction=0.1),))


def test_a_case_named_twice_is_refused() -> None:
    cohort = random_cohort(1)
    tumours = (cohort.tumours[0], replace(cohort.tumours[1], case=cohort.tumours[0].case), *cohort.tumours[2:])
    with pytest.raises(InputError, match='case "case-00" stands twice'):
        replace(cohort, tumours=tumours)


def test_a_tumour_without_voxels_is_named() -> None:
    cohort = random_cohort(1)
    with pytest.raises(InputError, match='case "case-08" has no voxel'):
        replace(cohort, tumour=np.minimum(cohort.tumour, 7))


def test_a_map_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match='no map "X"'):
        random_cohort(1).columns(("A", "X"))


def test_weights_count_as_voxels() -> None:
    cohort = random_cohort(1, most_weight=3)
    assert cohort.weights is not None
    assert cohort.volumes.tolist() == [int(cohort.weights[cohort.tumour == one].sum()) for one in range(9)]


def test_voxels_of_one_place_are_ordered_by_their_values() -> None:
    cohort = random_cohort(3, maps=2)
    place = cohort.place.copy()
    place[:6] = place[0]
    stacked = replace(cohort, place=place, tumour=np.where(np.arange(cohort.count) < 6, cohort.tumour[0], cohort.tumour))
    shuffle = np.random.default_rng(1).permutation(cohort.count)
    moved = replace(stacked, values=stacked.values[shuffle], tumour=stacked.tumour[shuffle], place=place[shuffle])
    one, other = stacked.canonical_order()[0], moved.canonical_order()[0]
    assert (one.values == other.values).all()
    assert (one.place == other.place).all()
