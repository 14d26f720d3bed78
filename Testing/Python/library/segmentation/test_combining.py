"""Union, intersection, difference, majority, restriction, holes and islands: by hand on a few voxels."""

from dataclasses import replace

import numpy as np
import pytest

from builders.volumes import PATIENT, mask_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.image import Mask
from dosepainting_hrs.segmentation.difference import Difference, DifferenceParameters
from dosepainting_hrs.segmentation.drop_islands import DropIslands, DropIslandsParameters
from dosepainting_hrs.segmentation.fill_holes import FillHoles, FillHolesParameters
from dosepainting_hrs.segmentation.intersection import Intersection, IntersectionParameters
from dosepainting_hrs.segmentation.majority import Majority, MajorityParameters
from dosepainting_hrs.segmentation.restrict import Restrict, RestrictParameters
from dosepainting_hrs.segmentation.union import Union, UnionParameters


def row(*values: int, name: str = "GTVp") -> Mask:
    return mask_of([[values]], name=name)


def indices(mask: Mask) -> list[int]:
    return np.flatnonzero(mask.array).tolist()


A, B, C = row(1, 1, 1, 0, 0, 0, name="a"), row(0, 1, 1, 1, 0, 0, name="b"), row(0, 0, 1, 1, 1, 0, name="c")
THREE = {"a": A, "b": B, "c": C}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Union(UnionParameters()), [0, 1, 2, 3, 4]),
        (Intersection(IntersectionParameters()), [2]),
        (Majority(MajorityParameters()), [1, 2, 3]),
    ],
)
def test_three_regions(method: Union, expected: list[int]) -> None:
    made = method.compute(THREE)
    assert indices(made) == expected
    assert made.history[-1].endswith('of "a", "b", "c".')


def test_half_is_no_majority() -> None:
    assert indices(Majority(MajorityParameters()).compute({"a": A, "b": B})) == [1, 2]


def test_a_region_without_others() -> None:
    assert indices(Difference(DifferenceParameters()).compute(A, {"b": B, "c": C})) == [0]


def test_nothing_left_is_refused() -> None:
    with pytest.raises(InputError, match='Nothing is left of the region "a"'):
        Difference(DifferenceParameters()).compute(A, {"a": A})
    with pytest.raises(InputError, match="Nothing is left"):
        Intersection(IntersectionParameters()).compute({"a": A, "far": row(0, 0, 0, 0, 0, 1)})


def test_one_region_is_no_combination() -> None:
    with pytest.raises(InputError, match=r'At least 2 regions are needed, given: "a"\.'):
        Union(UnionParameters()).compute({"a": A})


def test_a_combination_is_of_all_its_sources() -> None:
    other = replace(B, identity=replace(PATIENT, series=("1.2.3.99",), marks=("research-only",)), history=("b was made.",))
    made = Union(UnionParameters()).compute({"a": replace(A, history=("a was made.",)), "b": other})
    assert made.identity.series == ("1.2.3.10", "1.2.3.99")
    assert made.identity.marks == ("research-only",)
    assert made.history == ("a was made.", "b was made.", 'Union of "a", "b".')


def test_restricting_tells_what_lay_outside() -> None:
    """Two voxels of 0.008 ml."""
    made = Restrict(RestrictParameters()).compute(C, row(0, 0, 1, 0, 0, 0, name="GTVn"))
    assert indices(made) == [2]
    assert made.history[-1] == 'Restricted to "GTVn": 0.016 ml lay outside.'


def test_a_hole_is_enclosed_by_faces() -> None:
    """A cube of 5 with a hole of 1 voxel, one of 2, and a cave; voxels of 0.008 ml."""
    cube = np.ones((7, 7, 7))
    cube[[0, -1]] = cube[:, [0, -1]] = cube[:, :, [0, -1]] = 0
    cube[2, 2, 2] = cube[4, 4, 3:5] = cube[1:3, 4, 2] = 0
    filled = FillHoles(FillHolesParameters()).compute(mask_of(cube))
    assert filled.voxel_count == 125 - 2
    assert not filled.array[1:3, 4, 2].any()
    assert filled.history[-1] == 'Filled 2 holes of 0.024 ml in "GTVp".'
    only_small = FillHoles(FillHolesParameters(largest_ml=0.008)).compute(mask_of(cube))
    assert only_small.voxel_count == 125 - 4


def test_islands_below_a_volume_are_dropped() -> None:
    """Islands of 3, 1 and 2 voxels of 0.008 ml."""
    mask = row(1, 1, 1, 0, 1, 0, 1, 1)
    assert indices(DropIslands(DropIslandsParameters(smallest_ml=0.016)).compute(mask)) == [0, 1, 2, 6, 7]
    made = DropIslands(DropIslandsParameters(smallest_ml=0.0, largest_only=True)).compute(mask)
    assert indices(made) == [0, 1, 2]
    with pytest.raises(InputError, match="Nothing is left"):
        DropIslands(DropIslandsParameters(smallest_ml=1.0)).compute(mask)
