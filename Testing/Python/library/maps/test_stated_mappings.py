"""Real World Value Mappings and SUV of other software: compared with ours, told, never believed."""

import numpy as np
import pytest

from builders.volumes import OTHER_PATIENT, geometry_of, image_of, pet_header, pet_of
from dosepainting_hrs.acquisition import PetAcquisition, RealWorldMapping
from dosepainting_hrs.errors import GeometryError, IdentityError, QuantityError
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_conversion import suv_conversion
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, SUV_BW
from dosepainting_hrs.working import COMPARISON, Fact


def with_mapping(unit: str, *slopes: float | None, intercept: float = 0.0) -> PetAcquisition:
    mapping = RealWorldMapping(
        where="the images themselves",
        unit=unit,
        quantity="SUV",
        slopes=slopes,
        intercepts=tuple(None if one is None else intercept for one in slopes),
    )
    return pet_header(len(slopes), mappings=(mapping,))


def compared(header: PetAcquisition) -> Fact:
    (fact,) = [one for one in suv_conversion(header).facts if one.kind == COMPARISON]
    return fact


@pytest.mark.parametrize(("unit", "slope"), [("{SUVbw}g/ml", 0.001), ("g/ml{SUVbw}", 0.001), ("Bq/ml", 1.0), ("g/ml", 0.001)])
def test_one_that_is_right_agrees(unit: str, slope: float) -> None:
    """Ours is 0.001 per stored value; slope 1 of the series leads to Bq/ml."""
    fact = compared(with_mapping(unit, slope))
    assert "agrees with our own factor" in fact.text
    assert not fact.warns


@pytest.mark.parametrize(("slope", "slip"), [(1e-6, "0.001 times"), (1.0, "1000 times")])
def test_one_that_is_off_by_a_thousand_is_told_and_changes_nothing(slope: float, slip: str) -> None:
    header = with_mapping("{SUVbw}g/ml", slope)
    fact = compared(header)
    assert fact.warns
    assert f"is {slip} our own factor, off by 1000: a slip between g and kg" in fact.text
    assert "ours was taken" in fact.text
    assert suv_conversion(header).factor == pytest.approx(0.001)


def test_slices_are_compared_one_by_one() -> None:
    assert "up to 50 % around that" in compared(with_mapping("{SUVbw}g/ml", 0.001, 0.001, 0.0015)).text
    assert "It maps 1 of 2 slices" in compared(with_mapping("{SUVbw}g/ml", 0.001, None)).text
    assert "maps no slice" in compared(with_mapping("{SUVbw}g/ml", None)).text
    assert "Its intercept is not 0" in compared(with_mapping("{SUVbw}g/ml", 0.001, intercept=5.0)).text


def test_another_normalisation_is_compared_with_ours_of_that_kind() -> None:
    lean = 1.07 * 100 - 148 * (100 / 175) ** 2
    assert "agrees" in compared(with_mapping("{SUVlbm}g/ml", 0.001 * lean / 100)).text


def test_a_unit_that_is_not_known_is_told() -> None:
    assert "could not be compared" in compared(with_mapping("[arb'U]", 0.001)).text


def test_an_suv_image_of_other_software_is_compared_voxel_by_voxel() -> None:
    pet = pet_of(np.linspace(0, 9000, 27).reshape(3, 3, 3))
    own = np.linspace(0, 9, 27).reshape(3, 3, 3)
    suv = Suv(SuvParameters())
    agreeing = suv.compute(pet, stated=image_of(own)).working[-1]
    assert "is 1 times ours" in agreeing.text
    assert "they agree" in agreeing.text
    assert not agreeing.warns
    off = suv.compute(pet, stated=image_of(own / 1000))
    assert "is 0.001 times ours" in off.working[-1].text
    assert off.working[-1].warns
    np.testing.assert_allclose(off.array, own, rtol=1e-6)


def test_an_image_that_cannot_be_compared_is_refused() -> None:
    pet, suv = pet_of(np.full((2, 2, 2), 1000.0)), Suv(SuvParameters())
    with pytest.raises(QuantityError, match="needs SUVbw"):
        suv.compute(pet, stated=image_of(np.ones((2, 2, 2)), quantity=ACTIVITY_CONCENTRATION))
    with pytest.raises(IdentityError, match="belongs to patient"):
        suv.compute(pet, stated=image_of(np.ones((2, 2, 2)), quantity=SUV_BW, identity=OTHER_PATIENT))
    with pytest.raises(GeometryError, match="lies on a grid"):
        suv.compute(pet, stated=image_of(np.ones((2, 2, 2)), geometry_of((2, 2, 2), (1, 1, 1))))
