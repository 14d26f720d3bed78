"""Images and masks: what they hold, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest

from builders.volumes import PATIENT, geometry_of, image_of, mask_of, pet_of
from dosepainting_hrs.errors import GeometryError, QuantityError
from dosepainting_hrs.image import Image, on_grid, voxel_hash
from dosepainting_hrs.quantities import HOUNSFIELD, SUV_BW


def test_volume_is_voxels_times_voxel_volume() -> None:
    """By hand: 3 voxels of 1 x 2 x 5 mm are 30 mm3."""
    mask = mask_of([[[1, 1, 0, 1]]], geometry_of((1, 1, 4), spacing=(1, 2, 5)))
    assert mask.voxel_count == 3
    assert mask.volume_ml == pytest.approx(0.030, rel=1e-12)


def test_a_mask_of_numbers_becomes_one_of_true_and_false() -> None:
    mask = mask_of([[[1, 0]]])
    numbers = replace(mask, array=np.array([[[3, 0]]]))
    assert numbers.array.dtype == np.bool_
    assert numbers.array.tolist() == [[[True, False]]]


def test_an_array_must_fit_its_grid() -> None:
    geometry, stored = on_grid(geometry_of((1, 1, 2)))
    with pytest.raises(GeometryError, match=r"shape \(1, 1, 3\) does not fit a grid of shape \(1, 1, 2\)"):
        Image(array=np.zeros((1, 1, 3)), geometry=geometry, stored=stored, quantity=SUV_BW)


def test_another_quantity_is_named_with_its_unit() -> None:
    with pytest.raises(QuantityError, match=r"needs SUVbw \(g/ml\), but the image holds CT number"):
        image_of([[[1.0]]], quantity=HOUNSFIELD).require(SUV_BW)
    image_of([[[1.0]]]).require(HOUNSFIELD, SUV_BW)


def test_a_derived_image_keeps_identity_and_grid_and_adds_a_step() -> None:
    pet = replace(pet_of([[[1.0]]]), history=("Loaded.",))
    made = pet.derived(pet.array * 2, SUV_BW, "Doubled.")
    assert (made.identity, made.stored, made.history) == (PATIENT, pet.stored, ("Loaded.", "Doubled."))
    assert made.acquisition is None
    assert made.quantity == SUV_BW


def test_two_grids_are_both_described() -> None:
    with pytest.raises(GeometryError, match=r"^A lies on a grid of 1 x 1 x 1 voxels of 2 x 2 x 2 mm, but B has 2 x 1 x 1"):
        image_of([[[1.0]]]).require_same_grid(image_of([[[1.0, 2.0]]]), what=("A", "B"))


def test_the_hash_knows_values_and_shape_but_not_memory_order() -> None:
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    assert voxel_hash(array) == voxel_hash(np.asfortranarray(array))
    assert voxel_hash(array) != voxel_hash(array.reshape(3, 2, 4))
    assert voxel_hash(array) != voxel_hash(array.astype(np.float64))
    changed = array.copy()
    changed[0, 0, 0] = 1e-6
    assert voxel_hash(array) != voxel_hash(changed)


def test_a_mask_hashes_as_zeros_and_ones() -> None:
    mask = np.array([[[True, False]]])
    assert voxel_hash(mask) == voxel_hash(mask.astype(np.uint8))
