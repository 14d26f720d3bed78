"""The studies of the validation, reduced: planted clusters are found, and chance is called chance."""

from __future__ import annotations

import pytest

from builders.cohort_studies import critical_distance, distance_to_uniform, find_plant, null_p_values
from builders.cohorts import voxels_of
from dosepainting_hrs.learning.scan import scan
from dosepainting_hrs.learning.settings import PermutedSize, ScanSettings, SubsetOf
from dosepainting_hrs.phantom.cohort_voxels import cohort_voxels

THREES = ("ADC+FMISO_c1+FMISO_c2", "ADC+FMISO_c1+DCE_c1", "FMISO_c1+FMISO_c2+DCE_c2", "ADC+DCE_c1+DCE_c2", "ADC")


def test_the_cluster_of_the_paper_is_found() -> None:
    found = [find_plant("paper", seed, scale=0.15, iterations=600, subsets=THREES) for seed in range(3)]
    assert all(one.right_three for one in found)
    assert sum(one.distance < 1.0 for one in found) >= 2
    assert all(1.5 < one.score < 5.0 for one in found), "S about 3"


def test_a_sharp_cluster_is_found_at_its_place() -> None:
    found = [find_plant("sharp", seed, scale=0.15, iterations=2000, subsets=THREES[:1]) for seed in range(3)]
    assert sum(one.distance < 0.25 for one in found) >= 2
    assert all(one.score > 6.0 for one in found)


def test_a_planted_cluster_is_no_chance_and_none_is() -> None:
    settings = ScanSettings(iterations=100, bootstraps=0, permutations=99, subsets=(SubsetOf(maps=THREES[0]),))
    planted, none = (
        scan(voxels_of(cohort_voxels(kind, seed=2, scale=0.05)), settings).permutation for kind in ("paper", "none")
    )
    assert planted is not None
    assert none is not None
    assert planted.p == planted.smallest_p == pytest.approx(0.01)
    assert none.p > 0.05


@pytest.mark.parametrize("size", list(PermutedSize))
def test_p_values_of_chance_are_uniform(size: PermutedSize) -> None:
    found = null_p_values(40, permutations=39, size=size)
    assert distance_to_uniform(found, 39) < critical_distance(40)


def test_the_42_tumours_of_table_1() -> None:
    """Boeke 2023, table 1: 42 complete, of which 5 CAL-33 are excluded; about 109,000 voxels."""
    everything, made = cohort_voxels(excluded=True), cohort_voxels()
    assert (len(everything.cases), len(made.cases)) == (42, 37)
    assert [made.class_names.count(one) for one in "HML"] == [18, 12, 7]
    assert 90_000 < len(made.values) < 125_000
