"""Fixed threshold: at least the value, in double precision, and never assumed."""

import numpy as np
import pytest

from builders.volumes import image_of, mask_of
from dosepainting_hrs.errors import ParameterError, QuantityError
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, HOUNSFIELD
from dosepainting_hrs.segmentation.fixed_threshold import FixedThreshold, FixedThresholdParameters


def kept(values: list[float], threshold: float) -> list[int]:
    method = FixedThreshold(FixedThresholdParameters(threshold=threshold, islands="all"))
    return np.flatnonzero(method.compute(map=image_of([[values]]), within=mask_of([[np.ones(len(values))]])).array).tolist()


def test_the_value_itself_belongs() -> None:
    assert kept([2.4, 2.5, 2.6], 2.5) == [1, 2]


def test_comparison_is_in_double_precision() -> None:
    """The map's 2.3 is the single-precision 2.2999999523...: below 2.3. In single precision it would belong."""
    assert kept([2.3, 9.0], 2.3) == [1]
    assert kept([2.3, 9.0], float(np.float32(2.3))) == [0, 1]


def test_a_threshold_below_zero_is_allowed() -> None:
    assert kept([-3.0, -1.0, 2.0], -1.0) == [1, 2]


def test_the_value_is_asked_for() -> None:
    with pytest.raises(ParameterError, match=r'"fixed-threshold" asks for "threshold"') as refusal:
        from_json(FixedThreshold, {})
    assert "Values with a source: 2.5" in refusal.value.hint


def test_only_the_island_of_highest_uptake_is_the_default() -> None:
    method = FixedThreshold(FixedThresholdParameters(threshold=3.0))
    made = method.compute(map=image_of([[[4.0, 0.0, 5.0]]]), within=mask_of([[[1, 1, 1]]]))
    assert np.flatnonzero(made.array).tolist() == [2]


def test_a_published_suv_is_no_threshold_for_other_quantities() -> None:
    """2.5 of 40 000 Bq/ml, or of 60 HU, would take the whole region."""
    preset = FixedThresholdParameters(**FixedThresholdParameters.presets[0].values)
    for quantity in (ACTIVITY_CONCENTRATION, HOUNSFIELD):
        image = image_of([[[1.0, 9.0]]], quantity=quantity)
        with pytest.raises(QuantityError, match=r"2\.5 is one of SUVbw, but the map holds (activity|CT number)"):
            FixedThreshold(preset).compute(image, mask_of([[[1, 1]]]))
    assert FixedThreshold(preset).compute(image_of([[[1.0, 9.0]]]), mask_of([[[1, 1]]])).voxel_count == 1
