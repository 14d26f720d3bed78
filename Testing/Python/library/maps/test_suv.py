"""SUV by body weight, against hand calculations. Base case: 200 MBq, one half-life before the scan, 100 kg: factor 0.001."""

import re
from dataclasses import replace

import numpy as np
import pytest

from builders.volumes import image_of, pet_header, pet_of
from dosepainting_hrs.acquisition import Differing
from dosepainting_hrs.errors import DicomError, InputError, ParameterError, QuantityError
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_conversion import SuvConversion, suv_conversion
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, HOUNSFIELD, SUV_BW
from dosepainting_hrs.working import INPUT, Fact

SUV = Suv(SuvParameters())


def told(found: SuvConversion) -> str:
    return " ".join(one.text for one in found.facts)


def test_after_one_half_life_the_dose_is_halved() -> None:
    """By hand: 1000 x 100 kg / (200 MBq / 2) = 0.001."""
    found = suv_conversion(pet_header())
    assert found.dose is not None
    assert found.dose.per_slice_bq == pytest.approx(100e6, rel=1e-12)
    assert found.factor == pytest.approx(1e-3, rel=1e-12)
    assert found.elapsed_s == 6588.0


def test_after_two_hours_the_dose_follows_the_decay_law() -> None:
    """By hand: 2 ** (-7200 / 6588) = 0.46883 of 400 MBq; 60 kg."""
    header = pet_header(injected_dose_bq=400e6, weight_kg=60.0, injection_time="094948", injection_datetime=None)
    assert suv_conversion(header).factor == pytest.approx(1000 * 60 / (400e6 * 2 ** (-7200 / 6588)), rel=1e-12)


def test_the_map_is_activity_times_factor_in_single_precision() -> None:
    uptake = SUV.compute(pet_of([[[0.0, 2500.0, 5000.0]], [[1.0, 40000.0, 7.0]]]))
    assert uptake.array.dtype == np.float32
    np.testing.assert_allclose(uptake.array, [[[0.0, 2.5, 5.0]], [[0.001, 40.0, 0.007]]], rtol=1e-7)
    assert uptake.quantity == SUV_BW


def test_the_history_says_how_the_factor_came_about() -> None:
    history = " ".join(SUV.compute(pet_of([[[1000.0]]])).history)
    for fact in (
        "Units (0054,1001) is BQML",
        "100 kg",
        "/ 100 MBq",
        "200 MBq at 2025-01-01 10:00:00",
        "6588.0 s (110 min of uptake) to the reference time 11:49:48",
        "Reference time 11:49:48 by SeriesDate/Time (0008,0021/0031); earliest AcquisitionDate/Time (0008,0022/0032).",
        "Half-life 6588 s",
        "x 0.001.",
        "Reconstruction: not stated",
        "EARL: not stated",
    ):
        assert fact in history
    assert "F-18 has 6586.2 s" in history
    assert "GE decay reference" not in history


def test_what_the_history_says_stands_as_facts_with_tags_and_numbers_too() -> None:
    made = SUV.compute(pet_of([[[1000.0]]]))
    assert [one.text for one in made.working] == list(made.history[-len(made.working) :])
    by_tag = {one.tag: one for one in made.working}
    assert (by_tag["PatientWeight (0010,1030)"].value, by_tag["PatientWeight (0010,1030)"].unit) == (100.0, "kg")
    assert by_tag["RadiopharmaceuticalStartDateTime (0018,1078)"].value == 200e6
    assert [one.factor for one in made.working if one.text.startswith("SUVbw =")] == [pytest.approx(1e-3)]
    assert not any(one.warns for one in made.working)


def test_the_map_no_longer_carries_the_header_of_the_pet() -> None:
    """Otherwise SUV could be made of SUV."""
    uptake = SUV.compute(pet_of([[[1000.0]]]))
    assert uptake.acquisition is None
    with pytest.raises(QuantityError, match="holds SUVbw already"):
        SUV.compute(uptake)


def test_an_image_without_a_pet_header_is_refused() -> None:
    with pytest.raises(InputError, match="without the header of its PET series"):
        SUV.compute(image_of([[[1.0]]], quantity=ACTIVITY_CONCENTRATION))


def test_a_ct_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"SUV is made from a PET series, but the image holds CT number \(HU\)") as refused:
        SUV.compute(image_of([[[1.0]]], quantity=HOUNSFIELD))
    assert refused.value.hint.startswith("Give the DICOM folder of a PET: inspect FOLDER")


def test_a_weight_over_1000_is_grams_and_that_is_said() -> None:
    found = suv_conversion(pet_header(weight_kg=100_000.0))
    assert found.factor == pytest.approx(1e-3, rel=1e-12)
    assert "Convention: PatientWeight (0010,1030) is 100000: over 1000" in told(found)
    assert suv_conversion(pet_header(weight_kg=1000.0)).factor == pytest.approx(1e-2, rel=1e-12)


def test_a_nuclide_that_is_not_coded_is_told_by_its_half_life() -> None:
    found = suv_conversion(pet_header(nuclide=""))
    assert "Convention: RadionuclideCodeSequence (0054,0300) names no nuclide; the half-life is that of F-18." in told(found)


def test_activity_in_the_field_of_view_is_compared_with_what_was_left() -> None:
    """By hand: 1000 voxels of 0.008 ml with 5e6 Bq/ml hold 40 MBq of the 100 MBq left."""
    made = SUV.compute(pet_of(np.full((10, 10, 10), 5e6)))
    check = made.working[-1]
    assert check.value == pytest.approx(40.0, rel=1e-6)
    assert check.text.startswith("Check: 40.0 % of the activity")


@pytest.mark.parametrize(("share", "accepted"), [(1.099, True), (1.101, False)])
def test_more_activity_than_was_injected_is_refused(share: float, accepted: bool) -> None:
    image = pet_of(np.full((10, 10, 10), share * 100e6 / 8.0))  # 1000 voxels of 0.008 ml
    if accepted:
        SUV.compute(image)
        return
    with pytest.raises(DicomError, match=r"holds 110\.1 % of the activity .*\(110\.1 MBq of 100 MBq\); at most 110 %"):
        SUV.compute(image)


def test_voxels_without_a_value_stay_without() -> None:
    uptake = SUV.compute(pet_of([[[np.nan, 1000.0]]])).array
    assert np.isnan(uptake[0, 0, 0])
    assert uptake[0, 0, 1] == pytest.approx(1.0)


MISSING = {
    "weight_kg": ("PatientWeight (0010,1030) is missing", DicomError),
    "injected_dose_bq": ("RadionuclideTotalDose (0018,1074) is missing", DicomError),
    "half_life_s": ("RadionuclideHalfLife (0018,1075) is missing", DicomError),
    "units": ("Units (0054,1001) is missing; SUV can be made from BQML", QuantityError),
    "decay_correction": ("DecayCorrection (0054,1102) is missing", DicomError),
}


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_value_is_named_with_its_tag(name: str) -> None:
    sentence, kind = MISSING[name]
    with pytest.raises(kind, match=re.escape(sentence)):
        suv_conversion(pet_header(**{name: None}))


REFUSED = {
    "units proportional to counts": (
        {"units": "PROPCNTS"},
        r'"PROPCNTS" \(something proportional to counts\).*no way to SUV.*BQML',
    ),
    "units of a MU map": ({"units": "1CM"}, r'"1CM" \(attenuation\), from which there is no way'),
    "units nobody knows": ({"units": "LITRES"}, r'"LITRES", from which there is no way'),
    "another decay correction": ({"decay_correction": "SCAN"}, r'DecayCorrection \(0054,1102\) is "SCAN"; SUV needs START'),
    "a dose between MBq and Bq": ({"injected_dose_bq": 368_080.0}, r"is 368080 Bq; a dose from 1e\+06 to 1e\+10 Bq"),
    "a dose over 10 GBq": ({"injected_dose_bq": 1.1e10}, r"is 1\.1e\+10 Bq; a dose from"),
    "a dose under 1 MBq": ({"injected_dose_bq": 0.99}, r"is 0\.99 Bq; a dose from"),
    "no dose at all": ({"injected_dose_bq": 0.0}, "is 0 Bq; SUV needs a value above 0"),
    "no weight": ({"weight_kg": 0.0}, r"PatientWeight \(0010,1030\) is 0 kg"),
    "no half-life": ({"half_life_s": 0.0}, r"RadionuclideHalfLife \(0018,1075\) is 0 s"),
    "a weight that is no number": ({"weight_kg": float("nan")}, "is nan kg"),
    "no attenuation correction": ({"corrected_image": ("NORM", "DECY")}, r"lists no attenuation.*\(ATTN\), but NORM, DECY"),
    "no decay correction listed": ({"corrected_image": ("ATTN",)}, r'is "START".*lists no decay correction \(DECY\), but ATTN'),
    "a decay correction listed": ({"decay_correction": "NONE"}, r'is "NONE".*lists decay correction \(DECY\).*contradict'),
    "a projection": ({"image_type": ("DERIVED", "SECONDARY", "MIP")}, r'ImageType \(0008,0008\) is "DERIVED\\SECONDARY\\MIP"'),
    "a reprojection": ({"series_type": ("WHOLE BODY", "REPROJECTION")}, r"SeriesType \(0054,1000\) is REPROJECTION"),
    "half-life of another nuclide": ({"half_life_s": 4057.7}, r"is 4057\.7 s, but F-18 .* has 6586\.2 s"),
    "two injections": ({"tracers": 2}, r"\(0054,0016\) lists 2 injections"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_in_words(case: str) -> None:
    changes, sentence = REFUSED[case]
    with pytest.raises((DicomError, QuantityError), match=sentence) as refusal:
        suv_conversion(pet_header(**changes))
    assert refusal.value.hint


@pytest.mark.parametrize("dose", [1e6, 1e10])
def test_the_ends_of_the_range_of_doses_are_taken(dose: float) -> None:
    assert suv_conversion(pet_header(injected_dose_bq=dose)).factor == pytest.approx(1e-3 * 200e6 / dose)


@pytest.mark.parametrize("dose", [1.0, 368.08, 1e4])
def test_a_dose_from_1_to_10_000_is_mbq_and_that_is_said(dose: float) -> None:
    found = suv_conversion(pet_header(injected_dose_bq=dose))
    assert found.factor == pytest.approx(1e-3 * 200.0 / dose)
    assert f"Convention: RadionuclideTotalDose (0018,1074) is {dose:g}: from 1 to 10000, so it was taken as MBq." in told(found)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"intercept": -1024.0}, r"RescaleIntercept \(0028,1052\) is -1024; it must be 0"),
        ({"intercept": None}, r"RescaleIntercept \(0028,1052\) is missing"),
        ({"slope": None}, r"RescaleSlope \(0028,1053\) is missing"),
    ],
)
def test_one_slice_with_an_odd_rescaling_is_refused(changes: dict[str, float | None], sentence: str) -> None:
    header = pet_header(3)
    odd = replace(header.slices[1], **changes)
    with pytest.raises(DicomError, match=sentence):
        suv_conversion(replace(header, slices=(header.slices[0], odd, header.slices[2])))


def test_a_value_that_differs_between_slices_is_refused_until_somebody_signs_for_one() -> None:
    header = replace(
        pet_header(), differing=(Differing(field="weight_kg", tag="PatientWeight (0010,1030)", values=("100", "80")),)
    )
    with pytest.raises(DicomError, match=r"PatientWeight \(0010,1030\) differs between slices of the series: 100 and 80"):
        suv_conversion(header)
    with pytest.raises(ParameterError, match="is 100 and 80 in the header, but 100 kg was given by hand"):
        suv_conversion(header, SuvParameters(weight=100.0))
    signed = SuvParameters(weight=80.0, supplied_by="A. Physicist", supplied_reason="weighed on the day")
    assert suv_conversion(header, signed).factor == pytest.approx(0.8e-3, rel=1e-12)


@pytest.mark.parametrize(("weight", "doubted"), [(70.0, False), (3.4, True), (240.0, True)])
def test_a_weight_that_does_not_go_with_the_height_is_doubted(weight: float, doubted: bool) -> None:
    """By hand: over 1.75 m squared, 3.4 kg give 1.11 and 240 kg give 78.4 kg/m2."""
    facts = suv_conversion(replace(pet_header(), weight_kg=weight)).facts
    assert any("body mass index" in one.text and one.warns for one in facts) is doubted


def test_a_warning_from_loading_stays_with_the_map() -> None:
    lossy = Fact(kind=INPUT, text="The images were compressed with loss: their values are not the scanner's.", warns=True)
    uptake = SUV.compute(replace(pet_of([[[1000.0]]]), working=(lossy,)))
    assert uptake.working[0] == lossy
    assert uptake.history.count(lossy.text) == 1
