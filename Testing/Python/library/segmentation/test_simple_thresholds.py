"""Thresholds by mean, percentile, reference and island: by hand on a few voxels."""

import numpy as np
import pytest

from builders.volumes import OTHER_PATIENT, image_of, mask_of
from dosepainting_hrs.errors import IdentityError, InputError, ParameterError, QuantityError
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.quantities import HOUNSFIELD
from dosepainting_hrs.segmentation.local_threshold import LocalThreshold, LocalThresholdParameters
from dosepainting_hrs.segmentation.percent_mean import PercentMean, PercentMeanParameters
from dosepainting_hrs.segmentation.percentile import Percentile, PercentileParameters
from dosepainting_hrs.segmentation.reference_ratio import ReferenceRatio, ReferenceRatioParameters


def row(*values: float) -> tuple[object, object]:
    return image_of([[values]]), mask_of([[np.ones(len(values))]])


def indices(made: object) -> list[int]:
    return np.flatnonzero(made.array).tolist()


def test_the_mean_is_that_of_the_region() -> None:
    """Mean of 1, 2, 3, 6 is 3; 100 % is 3 and 200 % is 6."""
    for percent, expected in ((100.0, [2, 3]), (200.0, [3])):
        method = PercentMean(PercentMeanParameters(percent=percent, islands="all"))
        assert indices(method.compute(*row(1, 2, 3, 6))) == expected
        assert "of the mean of 3 inside" in method.compute(*row(1, 2, 3, 6)).history[-1]


def test_a_mean_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"The mean of the map .* is 0"):
        PercentMean(PercentMeanParameters(percent=100.0)).compute(*row(-1, 1))


@pytest.mark.parametrize(("percentile", "expected"), [(50.0, [2, 3, 4]), (60.0, [3, 4]), (100.0, [4])])
def test_percentiles_of_five_values(percentile: float, expected: list[int]) -> None:
    """Of 1, 2, 3, 4, 5 the median is 3; the 60th percentile lies 2.4 steps up, at 3.4."""
    method = Percentile(PercentileParameters(percentile=percentile, islands="all"))
    assert indices(method.compute(*row(1, 2, 3, 4, 5))) == expected


def test_equal_values_go_together() -> None:
    assert indices(Percentile(PercentileParameters(percentile=90.0)).compute(*row(1, 5, 5, 5))) == [1, 2, 3]


def test_a_percentile_below_zero_is_no_difficulty() -> None:
    assert indices(Percentile(PercentileParameters(percentile=75.0)).compute(*row(-4, -3, -2, -1, 0))) == [3, 4]


def ratio(value: float, reference: list[int], **more: object) -> object:
    image = image_of([[[2.0, 2.4, 2.39, 3.0, 1.8, 2.2]]])
    method = ReferenceRatio(ReferenceRatioParameters(ratio=value, islands="all"))
    within, muscle = mask_of([[[1, 1, 1, 1, 0, 0]]]), mask_of([[reference]], name="muscle", **more)
    return method.compute(image, within, muscle)


def test_a_multiple_of_the_reference() -> None:
    """The reference holds 1.8 and 2.2: mean 2 (in the map's single precision); 1.2 x 2 is 2.4, and 2.39 lies below it."""
    made = ratio(1.1999999, [0, 0, 0, 0, 1, 1])
    assert indices(made) == [1, 3]
    assert '1.2 x the mean of 2 +/- 0.2 in 2 voxels of the reference "muscle", inside' in made.history[-1]


def test_a_reference_inside_the_lesion_is_told() -> None:
    assert 'of which 1 lie in "GTVp"' in ratio(1.2, [1, 0, 0, 0, 1, 1]).history[-1]


def test_presets_are_for_a_tracer_and_a_tissue() -> None:
    presets = {one.name: (one.values, one.source) for one in ReferenceRatioParameters.presets}
    assert presets["FMISO tumour to blood 1.2"][0] == {"ratio": 1.2}
    assert presets["FAZA tumour to muscle 1.4"][0] == {"ratio": 1.4}
    with pytest.raises(ParameterError, match='asks for "ratio"') as refusal:
        from_json(ReferenceRatio, {})
    assert "1.2, 1.4" in refusal.value.hint


def test_an_empty_reference_or_another_patients_is_refused() -> None:
    with pytest.raises(InputError, match='The reference region "muscle" holds no finite value'):
        ratio(1.2, [0] * 6)
    with pytest.raises(IdentityError, match='"muscle" belongs to patient "P2"'):
        ratio(1.2, [0, 0, 0, 0, 1, 1], identity=OTHER_PATIENT)


def test_a_reference_without_uptake_is_refused() -> None:
    image, within = row(-1, 5)
    with pytest.raises(InputError, match=r'mean of the map in the region "GTVp" is -1'):
        ReferenceRatio(ReferenceRatioParameters(ratio=1.2)).compute(image, within, mask_of([[[1, 0]]]))


def test_every_island_has_its_own_threshold() -> None:
    """Two lesions of 10 and 4 on a background of 1: half of 10 is 5, half of 4 is 2, and each keeps its own edge."""
    values = (1, 4, 10, 6, 1, 1, 2, 4, 1.9, 1)
    method = LocalThreshold(LocalThresholdParameters(floor=1.5, percent=50.0))
    assert indices(method.compute(*row(*values))) == [2, 3, 6, 7]
    assert "(2 islands: 5, 2)" in method.compute(*row(*values)).history[-1]


def test_the_floor_holds_where_the_share_lies_below_it() -> None:
    method = LocalThreshold(LocalThresholdParameters(floor=1.5, percent=10.0))
    assert indices(method.compute(*row(1, 2, 10, 1.4, 1))) == [1, 2]


def test_a_floor_above_everything_is_refused() -> None:
    with pytest.raises(InputError, match=r"reaches 3 .*below the floor of 5"):
        LocalThreshold(LocalThresholdParameters(floor=5.0, percent=50.0)).compute(*row(1, 3))


@pytest.mark.parametrize(
    "method",
    [
        PercentMean(PercentMeanParameters(percent=100.0)),
        LocalThreshold(LocalThresholdParameters(floor=1.0, percent=50.0)),
    ],
)
def test_shares_of_ct_numbers_are_refused(method: PercentMean) -> None:
    with pytest.raises(QuantityError, match="means nothing: air has -1000"):
        method.compute(image_of([[[30.0, 60.0]]], quantity=HOUNSFIELD), mask_of([[[1, 1]]]))
