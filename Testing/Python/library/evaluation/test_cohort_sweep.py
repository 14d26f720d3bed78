"""Sweeps of a cohort: by hand on two and three patients."""

import pytest

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.evaluation.cohort_sweep import cohort_sweep
from dosepainting_hrs.evaluation.threshold_sweep import SweepPoint


def sweep(*dice: float | None, percents: tuple[float, ...] = (10.0, 20.0, 30.0)) -> tuple[SweepPoint, ...]:
    return tuple(
        SweepPoint(percent=percent, threshold=1.0, volume_ml=2.0, mean=1.0, dice=one, recall=0.5, precision=None, origins=1)
        for percent, one in zip(percents, dice, strict=True)
    )


def test_the_best_percentage_has_the_highest_mean_dice() -> None:
    """Means 0.35, 0.4 and 0.4: of equals, the higher percentage."""
    found = cohort_sweep({"a": sweep(0.5, 0.6, 0.2), "b": sweep(0.2, 0.2, 0.6)})
    assert [point.mean_dice for point in found.points] == pytest.approx([0.35, 0.4, 0.4])
    assert (found.best_percent, found.best_mean_dice) == (30.0, pytest.approx(0.4))
    assert (found.points[0].origins, found.points[0].mean_precision) == (2, 0.0)


def test_a_patient_left_out_gets_the_percentage_of_the_others() -> None:
    """For a, the others are best at 30 (0.6 and 0.5): 0.1; for b at 10: 0.2; for c at 10 (0.9 + 0.2 against 0.7): 0.3."""
    found = cohort_sweep({"a": sweep(0.9, 0.5, 0.1), "b": sweep(0.2, 0.3, 0.6), "c": sweep(0.3, 0.2, 0.5)})
    assert found.left_out_dice == pytest.approx((0.1, 0.2, 0.3))


def test_two_sweeps_of_one_patient_are_left_out_together() -> None:
    """a and b are of one person: for both, only c counts, which is best at 10; for c, a and b are best at 20."""
    sweeps = {"a": sweep(0.1, 0.6, 0.2), "b": sweep(0.2, 0.7, 0.3), "c": sweep(0.9, 0.4, 0.0)}
    found = cohort_sweep(sweeps, {"a": "P1", "b": "P1", "c": "P2"})
    assert (found.shared, found.left_out_dice) == ((("a", "b"),), pytest.approx((0.1, 0.2, 0.4)))
    with pytest.raises(InputError, match="at least two patients; these are of 1"):
        cohort_sweep({"a": sweeps["a"], "b": sweeps["b"]}, {"a": "P1", "b": "P1"})


@pytest.mark.parametrize("patients", [{}, {"a": "P1"}, {"a": "P1", "b": "P1"}])
def test_one_sweep_twice_is_no_cohort(patients: dict[str, str]) -> None:
    with pytest.raises(InputError, match='"a" and "b" are one and the same sweep'):
        cohort_sweep({"a": sweep(0.1, 0.2, 0.3), "b": sweep(0.1, 0.2, 0.3)}, patients)


def test_a_patient_whose_reference_nothing_finds_is_named_and_does_not_count() -> None:
    found = cohort_sweep({"a": sweep(0.5, 0.6, 0.2), "b": sweep(0.0, 0.0, 0.0), "c": sweep(0.3, 0.2, 0.1)})
    assert (found.patients, found.without_best) == (("a", "c"), ("b",))
    assert [point.mean_dice for point in found.points] == pytest.approx([0.4, 0.4, 0.15])
    with pytest.raises(InputError, match=r"these are of 1, without those .* \(b\)"):
        cohort_sweep({"a": sweep(0.5, 0.6, 0.2), "b": sweep(0.0, 0.0, 0.0)})


def test_quartiles_are_those_of_the_patients() -> None:
    found = cohort_sweep({name: sweep(value, 0.0, 0.0) for name, value in zip("abcde", (0.1, 0.2, 0.3, 0.4, 0.9), strict=True)})
    first = found.points[0]
    assert (first.lower_quartile_dice, first.median_dice, first.upper_quartile_dice) == pytest.approx((0.2, 0.3, 0.4))


@pytest.mark.parametrize(
    ("sweeps", "sentence"),
    [
        ({"a": sweep(0.1, 0.2, 0.3)}, "at least two sweeps"),
        ({"a": sweep(0.1, 0.2, 0.3), "b": sweep(0.1, None, 0.3)}, 'sweep "b" has no reference'),
        (
            {"a": sweep(0.1, 0.2, 0.3), "b": sweep(0.1, 0.2, 0.3, percents=(1.0, 2.0, 3.0))},
            '"b" and "a" have other percentages',
        ),
    ],
)
def test_what_is_no_cohort_is_refused(sweeps: dict[str, tuple[SweepPoint, ...]], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        cohort_sweep(sweeps)
