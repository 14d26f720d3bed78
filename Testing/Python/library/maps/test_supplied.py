"""Values supplied by hand: what the header lacks, or says wrong, with a name and a reason."""

from datetime import datetime
from typing import Any

import pytest

from builders.volumes import pet_header, pet_of
from dosepainting_hrs.errors import DicomError, ParameterError
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_conversion import suv_conversion
from dosepainting_hrs.maps.suv_parameters import DecayCorrection, ReferenceChoice, Sex, SuvParameters, Units

SIGNED = {"supplied_by": "A. Physicist", "supplied_reason": "injection protocol"}
# What is missing in the header, what is given, and the factor by hand: 1000 W / D.
MISSING: dict[str, tuple[dict[str, Any], dict[str, Any], float]] = {
    "weight": ({"weight_kg": None}, {"weight": 50.0}, 0.0005),
    "dose": ({"injected_dose_bq": None}, {"injected_dose": 400.0}, 0.0005),
    "half-life": ({"half_life_s": None}, {"half_life": 6588.0}, 0.001),
    "time of injection": ({"injection_time": None, "injection_datetime": None}, {"injection_time": "10:00"}, 0.001),
    "date of injection": (
        {"injection_time": None, "injection_datetime": None},
        {"injection_time": "2025-01-01 10:00:00"},
        0.001,
    ),
    "units": ({"units": None}, {"units": Units.BQML}, 0.001),
    "decay correction": ({"decay_correction": None}, {"decay_correction": DecayCorrection.ADMIN}, 0.0005),
    "attenuation": ({"corrected_image": ("DECY",)}, {"attenuation_corrected": True, **SIGNED}, 0.001),
}


@pytest.mark.parametrize("case", MISSING)
def test_what_the_header_lacks_can_be_given_and_is_on_record(case: str) -> None:
    changes, given, factor = MISSING[case]
    found = suv_conversion(pet_header(**changes), SuvParameters(**given))
    assert found.factor == pytest.approx(factor)
    (record,) = found.supplied
    assert record.what.endswith("supplied by hand")
    assert record.reason
    assert found.facts[0].text.startswith("Supplied by hand: ")


@pytest.mark.parametrize("case", MISSING)
def test_without_it_the_refusal_names_the_option_that_gives_it(case: str) -> None:
    changes, given, _ = MISSING[case]
    with pytest.raises(Exception, match=r"missing|lists no") as refusal:
        suv_conversion(pet_header(**changes))
    option = next(iter(given)).replace("_", "-")
    assert f"--{option}" in refusal.value.hint  # type: ignore[attr-defined]


def test_it_stands_in_the_identity_and_the_history_of_the_map() -> None:
    made = Suv(SuvParameters(weight=50.0, **SIGNED)).compute(pet_of([[[1000.0]]], weight_kg=None))
    (record,) = made.identity.supplied
    assert (record.who, record.reason) == ("A. Physicist", "injection protocol")
    assert record.what == "PatientWeight (0010,1030) = 50 kg, supplied by hand"
    assert any(
        one.startswith("Supplied by hand: PatientWeight (0010,1030) = 50 kg, which the header does not") for one in made.history
    )


def test_against_the_header_it_needs_a_name_and_a_reason_and_is_a_warning() -> None:
    with pytest.raises(ParameterError, match=r"\(0010,1030\) is 100 in the header, but 50 kg was given by hand") as refusal:
        suv_conversion(pet_header(), SuvParameters(weight=50.0))
    assert "--supplied-by and --supplied-reason" in refusal.value.hint
    found = suv_conversion(pet_header(), SuvParameters(weight=50.0, **SIGNED))
    assert found.factor == pytest.approx(0.0005)
    (warning,) = [one.text for one in found.facts if one.warns]
    assert "(0010,1030) = 50 kg, instead of 100, which the header has. By A. Physicist: injection protocol." in warning


@pytest.mark.parametrize(
    "given",
    [
        {"weight": 100.0},
        {"injected_dose": 200.0},
        {"injection_time": "2025-01-01 10:00:00"},
        {"injection_time": "10:00"},
        {"units": Units.BQML},
        {"sex": Sex.FEMALE},
    ],
)
def test_what_the_header_says_too_needs_no_reason(given: dict[str, Any]) -> None:
    assert suv_conversion(pet_header(), SuvParameters(**given)).factor == pytest.approx(0.001)


def test_height_is_given_in_cm_and_sex_by_its_letter() -> None:
    given = {"height": 175.0, "sex": Sex.MALE, "normalisation": "ideal body weight"}
    found = suv_conversion(pet_header(height_m=None, sex=None), SuvParameters(**given))
    assert found.factor == pytest.approx((48.0 + 1.06 * 23) * 1000 / 1e8)


@pytest.mark.parametrize("text", ["noon", "10", "2025-01-01", "10:00 on Monday"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="which is no time that is understood"):
        suv_conversion(pet_header(), SuvParameters(injection_time=text, **SIGNED))


@pytest.mark.parametrize("text", ["25:00", "10:61:00", "2025-02-30 10:00:00"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(DicomError, match="which is not a"):
        suv_conversion(pet_header(), SuvParameters(injection_time=text, **SIGNED))


def test_a_nuclide_that_is_in_no_table_takes_a_half_life_by_hand() -> None:
    """Sc-44, 4.04 h: in no table here."""
    header = pet_header(nuclide="^44^Scandium", half_life_s=14544.0)
    with pytest.raises(DicomError, match="whose half-life is not in the table"):
        suv_conversion(header)
    found = suv_conversion(header, SuvParameters(half_life=14544.0))
    assert found.factor == pytest.approx(1e5 / (200e6 * 2 ** (-6588 / 14544)))
    assert any("it stands in no table here" in one.text for one in found.facts if one.warns)


def test_each_slice_can_be_said_to_be_corrected_to_its_own_acquisition() -> None:
    found = suv_conversion(pet_header(), SuvParameters(reference_time=ReferenceChoice.EACH))
    assert found.factor == pytest.approx(0.001)
    assert found.reference_time is None
    assert any("each slice is decay-corrected to its own AcquisitionTime" in one.text for one in found.facts if one.warns)


def test_the_chosen_reference_time_decides() -> None:
    """GE's stated moment is half a half-life later than the series': by name the series' is taken."""
    header = pet_header(ge_decay_datetime="20250101124442")
    by_rules = suv_conversion(header)
    assert by_rules.reference_time == datetime(2025, 1, 1, 12, 44, 42)
    assert by_rules.factor == pytest.approx(0.001 * 2**0.5)
    assert suv_conversion(header, SuvParameters(reference_time=ReferenceChoice.SERIES)).factor == pytest.approx(0.001)
