"""Share of the maximum within the region."""

import numpy as np
import pytest

from builders.volumes import image_of, mask_of
from dosepainting_hrs.errors import InputError, ParameterError, QuantityError
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.quantities import HOUNSFIELD
from dosepainting_hrs.segmentation.percent_max import PercentMax, PercentMaxParameters


def kept(values: list[float], percent: float, region: list[int] | None = None) -> list[int]:
    method = PercentMax(PercentMaxParameters(percent=percent, islands="all"))
    region = region or [1] * len(values)
    return np.flatnonzero(method.compute(map=image_of([[values]]), within=mask_of([[region]])).array).tolist()


@pytest.mark.parametrize(("percent", "expected"), [(41.0, [1, 2, 3]), (42.0, [1, 3]), (50.0, [1, 3]), (51.0, [3])])
def test_by_hand_of_a_maximum_of_100(percent: float, expected: list[int]) -> None:
    assert kept([40.0, 50.0, 41.0, 100.0], percent) == expected


def test_the_maximum_is_that_of_the_region() -> None:
    """Outside the region 1000; inside 10, of which 41 % are 4.1."""
    assert kept([1000.0, 10.0, 4.2, 4.0], 41.0, [0, 1, 1, 1]) == [1, 2]


def test_a_hundred_per_cent_is_the_highest_voxel() -> None:
    assert kept([7.3, 7.2999], 100.0) == [0]


def test_the_history_names_threshold_unit_and_maximum() -> None:
    method = PercentMax(PercentMaxParameters(percent=50.0))
    made = method.compute(map=image_of([[[8.0, 4.0, 3.9]]]), within=mask_of([[[1, 1, 1]]]))
    assert made.history[-1].startswith("Threshold at 4 (SUVbw (g/ml)), 50 % of the maximum of 8 inside")


@pytest.mark.parametrize(("given", "meant"), [(0.41, 41), (0.5, 50), (1.0, 100), (1, 100)])
def test_a_share_given_as_a_percentage_is_refused_with_what_was_meant(given: float, meant: int) -> None:
    with pytest.raises(ParameterError, match=f"{given:g} means {given:g} %, not {meant} %") as refusal:
        PercentMaxParameters(percent=given)
    assert refusal.value.hint == f"Did you mean {meant}?"


def test_a_share_of_the_highest_ct_number_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"CT number \(HU\).*air has -1000"):
        PercentMax(PercentMaxParameters(percent=41.0)).compute(
            map=image_of([[[30.0, 60.0]]], quantity=HOUNSFIELD), within=mask_of([[[1, 1]]])
        )


@pytest.mark.parametrize("highest", [0.0, -2.0])
def test_a_share_of_nothing_is_refused(highest: float) -> None:
    with pytest.raises(InputError, match=rf'maximum of the map in the region "GTVp" is {highest:g} .*above 0'):
        kept([highest, highest - 1], 41.0)


@pytest.mark.parametrize("percent", [-1.0, 100.5, float("nan")])
def test_a_percentage_is_at_most_100(percent: float) -> None:
    with pytest.raises(ParameterError, match='"percent" takes a value from 1 to 100 %, got'):
        PercentMaxParameters(percent=percent)


def test_the_percentage_is_asked_for_and_published_ones_are_proposed() -> None:
    with pytest.raises(ParameterError, match='"percent-max" asks for "percent"') as refusal:
        from_json(PercentMax, {})
    assert "41, 50, 38" in refusal.value.hint


def test_presets_carry_their_source() -> None:
    presets = {one.name: one for one in PercentMaxParameters.presets}
    assert {name: one.values["percent"] for name, one in presets.items()} == {
        "41": 41.0,
        "50": 50.0,
        "Kutnar 2023 baseline": 38.0,
    }
    assert "EANM" in presets["41"].source
    assert "Dice 0.14" in presets["Kutnar 2023 baseline"].source
