"""Thresholds from the histogram: Otsu and Li against a plain second implementation, all rules on two clear groups."""

import numpy as np
import pytest

from builders.volumes import image_of, mask_of
from dosepainting_hrs.errors import InputError, ParameterError
from dosepainting_hrs.segmentation.histogram_threshold import (
    _FILTERS,
    HistogramThreshold,
    HistogramThresholdParameters,
    automatic_threshold,
)


def two_groups() -> np.ndarray:
    draw = np.random.default_rng(8)
    return np.concatenate([draw.normal(2.0, 0.3, 3000), draw.normal(8.0, 0.8, 1000)])


def otsu(values: np.ndarray) -> float:
    """The cut between sorted values with the largest variance between the two groups."""
    ordered = np.sort(values)
    sums = np.cumsum(ordered)
    counts = np.arange(1, len(ordered))
    below, above = sums[:-1] / counts, (sums[-1] - sums[:-1]) / (len(ordered) - counts)
    best = int(np.argmax(counts * (len(ordered) - counts) * (below - above) ** 2))
    return float(ordered[best : best + 2].mean())


def li(values: np.ndarray) -> float:
    """The fixed point of the logarithmic mean of the two means."""
    shifted = values - values.min() + 1e-12
    cut, before = shifted.mean(), np.inf
    while abs(cut - before) > 1e-9:
        before = cut
        low, high = shifted[shifted <= cut].mean(), shifted[shifted > cut].mean()
        cut = (low - high) / (np.log(low) - np.log(high))
    return float(cut + values.min())


def test_otsu_separates_as_the_largest_variance_between_groups_does() -> None:
    values = two_groups()
    found = automatic_threshold(values, "otsu", 1024)
    assert np.count_nonzero(values > found) == pytest.approx(np.count_nonzero(values > otsu(values)), abs=2)


def test_li_is_the_minimum_cross_entropy() -> None:
    values = two_groups()
    assert automatic_threshold(values, "li", 4096) == pytest.approx(li(values), abs=0.1)


@pytest.mark.parametrize("rule", sorted(_FILTERS))
def test_every_rule_cuts_between_two_clear_groups(rule: str) -> None:
    """Groups at 2 +/- 0.3 and 8 +/- 0.8: the cut lies above the middle of the lower and below that of the upper one."""
    assert 1.8 < automatic_threshold(two_groups(), rule, 256) < 8.0


def test_only_values_inside_the_region_count() -> None:
    values = np.concatenate([two_groups(), np.full(4000, 1000.0)])
    image, inside = image_of(values.reshape(10, 20, 40)), (values < 1000).reshape(10, 20, 40)
    method = HistogramThreshold(HistogramThresholdParameters(rule="otsu", islands="all"))
    assert method.compute(image, mask_of(inside)).voxel_count == pytest.approx(1000, abs=3)


def test_a_voxel_at_the_threshold_does_not_belong() -> None:
    """Two values: every threshold is the lower bin's; the lower voxels stay out."""
    method = HistogramThreshold(HistogramThresholdParameters(rule="otsu"))
    made = method.compute(image_of([[[1.0, 1.0, 1.0, 5.0, 5.0]]]), mask_of([[[1, 1, 1, 1, 1]]]))
    assert np.flatnonzero(made.array).tolist() == [3, 4]


def test_a_constant_map_has_nothing_to_separate() -> None:
    with pytest.raises(InputError, match=r"has one value, 3 .*nothing to separate"):
        HistogramThreshold(HistogramThresholdParameters(rule="otsu")).compute(image_of([[[3.0, 3.0]]]), mask_of([[[1, 1]]]))


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ParameterError, match='"rule" cannot be "ostu"'):
        HistogramThresholdParameters(rule="ostu")
