"""From every unit that a PET may store to SUV. Base case: 100 kg, 100 MBq left, so that 1000 Bq/ml are SUV 1."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders.volumes import geometry_of, pet_header, pet_of, with_slices
from dosepainting_hrs.errors import DicomError, QuantityError
from dosepainting_hrs.maps.body import Normalisation
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_conversion import suv_conversion
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.quantities import SUV_BSA, SUV_IBW, SUV_LBM_JAMES128, SUV_LBM_JANMA

LEAN_F = 1.07 * 100 - 148 * (100 / 175) ** 2
"""James 128 for a woman of 100 kg and 175 cm, kg."""


def told(header: Any, **chosen: Any) -> str:
    return " ".join(one.text for one in suv_conversion(header, SuvParameters(**chosen)).facts)


def factors(header: Any, **chosen: Any) -> list[float]:
    return list(suv_conversion(header, SuvParameters(**chosen)).factors)


def test_suv_by_body_weight_stays_as_it_is() -> None:
    header = pet_header(units="GML", suv_type="BW", weight_kg=None, injected_dose_bq=None, half_life_s=None)
    assert factors(header) == [1.0]
    assert "hold SUVbw (g/ml) already" in told(header)


def test_an_empty_suv_type_means_body_weight_and_that_is_said() -> None:
    assert factors(pet_header(units="GML")) == [1.0]
    assert "Convention: SUVType (0054,1006) is empty, so SUV in g/ml was taken as that by body weight." in told(
        pet_header(units="GML")
    )


def test_lean_body_mass_becomes_body_weight() -> None:
    found = factors(pet_header(units="GML", suv_type="LBMJAMES128"))
    assert found == [pytest.approx(100 / LEAN_F)]


def test_body_surface_becomes_body_weight() -> None:
    area = 0.007184 * 100**0.425 * 175**0.725
    assert factors(pet_header(units="CM2ML", suv_type="BSA")) == [pytest.approx(100_000 / (area * 1e4))]
    assert factors(pet_header(units="CM2ML")) == [pytest.approx(100_000 / (area * 1e4))]


@pytest.mark.parametrize(("units", "suv_type"), [("GML", "BSA"), ("CM2ML", "BW"), ("GML", "LBMX")])
def test_units_and_type_that_contradict_are_refused(units: str, suv_type: str) -> None:
    with pytest.raises(DicomError, match=r"SUVType \(0054,1006\) is .* no SUV is both"):
        factors(pet_header(units=units, suv_type=suv_type))


def test_philips_suv_factor_goes_before_its_activity_factor() -> None:
    header = with_slices(pet_header(units="CNTS"), {"suv_scale": 0.5, "activity_scale": 7.0}, {"suv_scale": 0.25})
    assert factors(header) == [0.5, 0.25]
    assert "Philips (7053,1000): x 0.25 to 0.5" in told(header)


def test_philips_activity_factor_leads_to_bq_per_ml() -> None:
    header = with_slices(pet_header(units="CNTS"), {"suv_scale": 0.0, "activity_scale": 7.0})
    assert factors(header) == [pytest.approx(0.007)]


def test_a_factor_that_some_slices_lack_is_refused() -> None:
    header = with_slices(pet_header(units="CNTS"), {"suv_scale": 0.5}, {})
    with pytest.raises(DicomError, match=r"missing or not above 0 in 1 of 2 slices"):
        factors(header)


def test_counts_become_a_rate_by_the_duration_and_a_concentration_by_the_voxel() -> None:
    """By hand: 1 count / 120 s / 0.008 ml x 0.001."""
    header = pet_header(units="CNTS", voxel_ml=0.008, corrected_image=("ATTN", "DECY", "DCAL"))
    assert factors(header) == [pytest.approx(0.001 / 120 / 0.008)]
    without = with_slices(header, {"frame_duration_ms": None})
    with pytest.raises(DicomError, match=r"ActualFrameDuration \(0018,1242\) is missing"):
        factors(without)


def test_a_rate_without_dose_calibration_takes_the_factor() -> None:
    header = pet_header(units="CPS", voxel_ml=0.008, dose_calibration_factor=3.0)
    assert factors(header) == [pytest.approx(0.001 * 3.0 / 0.008)]
    assert factors(replace(header, corrected_image=(*header.corrected_image, "DCAL"))) == [pytest.approx(0.001 / 0.008)]
    with pytest.raises(DicomError, match=r"DoseCalibrationFactor \(0054,1322\) is missing") as refusal:
        factors(replace(header, dose_calibration_factor=None))
    assert "--dose-calibration-factor" in refusal.value.hint


def test_a_voxel_that_is_another_by_the_distance_of_slices_is_told() -> None:
    header = pet_header(units="CPS", voxel_ml=0.016, dose_calibration_factor=1.0)
    facts = suv_conversion(header, voxel_ml=0.008).facts
    assert [one.text for one in facts if one.warns] == [
        "By the distance of the slices a voxel has 0.008 ml, by SliceThickness 0.016 ml, taken."
    ]


@pytest.mark.parametrize("units", ["PROPCNTS", "PROPCPS", "1CM", "SPLIT"])
def test_other_units_are_refused(units: str) -> None:
    with pytest.raises(QuantityError, match="no way to SUV"):
        factors(pet_header(units=units))


OUTPUTS = {
    Normalisation.LBM_JAMES128: (SUV_LBM_JAMES128, 1000 * LEAN_F / 1e8),
    Normalisation.LBM_JANMAHASATIAN: (SUV_LBM_JANMA, 9270 * 100 / (8780 + 244 * 100 / 1.75**2) * 1000 / 1e8),
    Normalisation.BODY_SURFACE: (SUV_BSA, 0.007184 * 100**0.425 * 175**0.725 * 1e4 / 1e8),
    Normalisation.IDEAL_WEIGHT: (SUV_IBW, (45.5 + 0.91 * 23) * 1000 / 1e8),
}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_every_normalisation_by_hand(kind: Normalisation) -> None:
    quantity, factor = OUTPUTS[kind]
    made = Suv(SuvParameters(normalisation=kind)).compute(pet_of([[[1000.0]]]))
    assert made.quantity == quantity
    assert made.array[0, 0, 0] == pytest.approx(1000 * factor, rel=1e-6)
    assert quantity.code is not None


def test_slices_with_their_own_factors_keep_them_on_flipped_and_turned_grids() -> None:
    """The third stored slice has ten times the factor, wherever its grid puts it."""
    header = with_slices(pet_header(units="CNTS"), {"suv_scale": 1.0}, {"suv_scale": 1.0}, {"suv_scale": 10.0})
    for direction in (np.diag([1.0, 1.0, -1.0]), np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])):
        grid = geometry_of((3, 4, 5), direction=direction)
        image = replace(pet_of(np.full((3, 4, 5), 2.0), grid), acquisition=header)
        made = Suv(SuvParameters()).compute(image)
        assert made.stored.axes.restore(made.array)[:, 0, 0].tolist() == [2.0, 2.0, 20.0]


@pytest.mark.parametrize(("correction", "factor"), [("ADMIN", 0.0005), ("START", 0.001)])
def test_decay_corrected_to_the_injection_the_dose_stays(correction: str, factor: float) -> None:
    assert factors(pet_header(decay_correction=correction)) == [pytest.approx(factor)]


def test_decay_corrected_to_the_injection_no_time_is_needed() -> None:
    header = with_slices(pet_header(decay_correction="ADMIN", injection_time=None, injection_datetime=None), {"acquired": None})
    assert factors(header) == [pytest.approx(0.0005)]


def test_without_decay_correction_each_slice_takes_the_mean_of_its_own_frame() -> None:
    """By hand: after one half-life, over a frame of one half-life, the mean is 0.5 x 0.5 / ln 2 of the dose."""
    frame = {"frame_duration_ms": 6588_000.0}
    header = with_slices(pet_header(decay_correction="NONE", corrected_image=("ATTN",)), frame)
    assert factors(header) == [pytest.approx(1000 * 100 / (200e6 * 0.25 / np.log(2)))]
    with pytest.raises(DicomError, match=r"AcquisitionDate/Time .* is missing in 1 of 1 slices; voxels without"):
        factors(with_slices(header, {"acquired": None}))
