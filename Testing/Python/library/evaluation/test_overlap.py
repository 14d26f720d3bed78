"""Overlap of two cubes, by hand."""

import numpy as np
import pytest

from builders.volumes import OTHER_PATIENT, mask_of
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError
from dosepainting_hrs.evaluation.overlap import overlap


def cube(start: int, size: int = 4) -> np.ndarray:
    array = np.zeros((8, 8, 8))
    array[:4, :4, start : start + size] = 1
    return array


def test_two_cubes_shifted_by_one_voxel() -> None:
    """Each 64 voxels of 0.008 ml; 48 in common, 80 in either."""
    found = overlap(mask_of(cube(0)), mask_of(cube(1)))
    assert found.dice == 96 / 128
    assert found.jaccard == 48 / 80
    volumes = (found.first_ml, found.second_ml, found.both_ml, found.either_ml)
    assert volumes == pytest.approx((0.512, 0.512, 0.384, 0.640), rel=1e-12)


def test_a_region_with_itself() -> None:
    found = overlap(mask_of(cube(0)), mask_of(cube(0)))
    assert (found.dice, found.jaccard) == (1.0, 1.0)


def test_apart_or_one_empty_is_zero() -> None:
    assert overlap(mask_of(cube(0)), mask_of(cube(4))).dice == 0.0
    assert overlap(mask_of(cube(0)), mask_of(cube(0, 0))).jaccard == 0.0


def test_both_empty_is_not_defined() -> None:
    with pytest.raises(InputError, match='"GTVp" and "HRS" are both empty'):
        overlap(mask_of(cube(0, 0)), mask_of(cube(0, 0), name="HRS"))


def test_regions_of_two_patients_or_grids_are_not_compared() -> None:
    with pytest.raises(IdentityError, match='patient "P2"'):
        overlap(mask_of(cube(0)), mask_of(cube(0), identity=OTHER_PATIENT))
    with pytest.raises(GeometryError, match="lies on a grid of"):
        overlap(mask_of(cube(0)), mask_of(np.ones((2, 2, 2))))
