"""What uptake is normalised to, by hand for 70 kg and 175 cm."""

import pytest

from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.maps.body import Normalisation, norm_of

# By hand: (W/H)^2 = 0.16; BMI = 70 / 1.75^2 = 22.857142857.
KILOGRAMS = {
    (Normalisation.LBM_MORGAN, "M"): 1.10 * 70 - 120 * 0.16,
    (Normalisation.LBM_MORGAN, "F"): 1.07 * 70 - 148 * 0.16,
    (Normalisation.LBM_JAMES128, "M"): 56.52,
    (Normalisation.LBM_JAMES128, "F"): 51.22,
    (Normalisation.LBM_JANMAHASATIAN, "M"): 648900 / 11617.142857142857,
    (Normalisation.LBM_JANMAHASATIAN, "F"): 648900 / 14357.142857142857,
    (Normalisation.IDEAL_WEIGHT, "M"): 48.0 + 1.06 * 23,
    (Normalisation.IDEAL_WEIGHT, "F"): 45.5 + 0.91 * 23,
}


@pytest.mark.parametrize(("kind", "sex"), KILOGRAMS)
def test_masses_by_hand(kind: Normalisation, sex: str) -> None:
    found = norm_of(kind, 70.0, 175.0, sex)
    assert found.grams == pytest.approx(1000 * KILOGRAMS[kind, sex], rel=1e-12)
    assert not found.is_mean_of_sexes


@pytest.mark.parametrize("kind", dict.fromkeys(kind for kind, _ in KILOGRAMS))
def test_sex_other_is_the_mean_of_both(kind: Normalisation) -> None:
    found = norm_of(kind, 70.0, 175.0, "O")
    assert found.grams == pytest.approx(500 * (KILOGRAMS[kind, "M"] + KILOGRAMS[kind, "F"]))
    assert found.is_mean_of_sexes


def test_body_weight_needs_nothing_else_and_body_surface_no_sex() -> None:
    """Du Bois: 0.007184 x 70^0.425 x 175^0.725 = 1.8481 m2, as published tables have it (1.85)."""
    assert norm_of(Normalisation.BODY_WEIGHT, 70.0, None, None).grams == 70_000.0
    assert norm_of(Normalisation.BODY_SURFACE, 70.0, 175.0, None).grams == pytest.approx(18481, abs=1)


@pytest.mark.parametrize(
    ("height", "sex", "sentence", "option"),
    [
        (None, "M", r"PatientSize \(0010,1020\) is missing", "--height"),
        (175.0, None, r"PatientSex \(0010,0040\) is missing", "--sex"),
        (175.0, "W", r"PatientSex \(0010,0040\) is missing or has no value that is known", "--sex"),
    ],
)
def test_what_is_missing_is_named_with_how_to_give_it(
    height: float | None, sex: str | None, sentence: str, option: str
) -> None:
    with pytest.raises(DicomError, match=sentence) as refusal:
        norm_of(Normalisation.LBM_JANMAHASATIAN, 70.0, height, sex)
    assert option in refusal.value.hint


def test_a_formula_that_leaves_no_mass_is_refused() -> None:
    """Morgan for a woman of 300 kg and 150 cm: 321 - 148 x 4 < 0."""
    with pytest.raises(DicomError, match="which no patient has"):
        norm_of(Normalisation.LBM_MORGAN, 300.0, 150.0, "F")
