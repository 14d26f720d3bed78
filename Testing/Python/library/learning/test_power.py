"""Power by simulation against what is known of the rank-sum test."""

from __future__ import annotations

import pytest

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.learning.power import PowerSettings, power_of, tumours_needed


def test_one_standard_deviation_needs_eighteen_tumours_per_class() -> None:
    """The t-test needs 17 for d = 1 at 80 % (two-sided 5 %); the rank-sum test, 95.5 % as efficient, 17 / 0.955 = 17.8."""
    found = tumours_needed(PowerSettings(effect=0.05, noise=0.05, classes=2, simulations=4000))
    assert 16 <= found[-1].tumours[0] <= 20
    assert found[-1].power >= 0.8
    assert all(one.power < 0.8 for one in found[:-1])


def test_without_an_effect_the_power_is_the_level() -> None:
    found = power_of((12, 12), PowerSettings(effect=0.0, noise=0.1, classes=2, simulations=4000))
    assert found.power == pytest.approx(0.05, abs=0.015)
    assert found.score == pytest.approx(0.0, abs=0.03)


def test_both_pairs_must_be_significant() -> None:
    found = power_of((18, 12, 7), PowerSettings(effect=0.075, noise=0.05))
    assert found.power <= min(found.pairs)
    assert found.pairs[0] > found.pairs[1], "18 and 12 tumours show more than 12 and 7"


def test_a_score_to_reach_takes_the_place_of_the_tests() -> None:
    easy, hard = (
        power_of((12, 12, 12), PowerSettings(effect=0.075, noise=0.05, least_score=least)).power for least in (1.0, 2.0)
    )
    assert easy > 0.9
    assert hard < 0.3


def test_the_search_stops() -> None:
    found = tumours_needed(PowerSettings(effect=0.0001, noise=0.1, most_tumours=20, simulations=50))
    assert found[-1].tumours == (20, 20, 20)
    assert found[-1].power < 0.8


@pytest.mark.parametrize("tumours", [(1, 5, 5), (5, 5)])
def test_too_few_tumours_are_refused(tumours: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match="3 classes of at least 2 are needed"):
        power_of(tumours, PowerSettings(effect=0.1, noise=0.1))
