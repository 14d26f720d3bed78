"""Adaptive threshold: coefficients by hand, and from spheres whose answer is known."""

from typing import Any

import numpy as np
import pytest

from builders.volumes import image_of, mask_of
from dosepainting_hrs.errors import InputError, ParameterError
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.segmentation.adaptive import (
    RATIO,
    SUBTRACTED,
    Adaptive,
    AdaptiveParameters,
    SphereMeasured,
    fitted,
)


def measured(*rows: tuple[float, float, float]) -> tuple[SphereMeasured, ...]:
    return tuple(SphereMeasured(maximum=m, background=b, threshold=t) for m, b, t in rows)


def kept(**values: Any) -> tuple[list[int], str]:
    """A lesion of 10 falling off to a background of 2."""
    image = image_of([[[10.0, 6.0, 5.9, 5.0, 4.4, 2.0, 2.0]]])
    within, background = mask_of([[[1, 1, 1, 1, 1, 0, 0]]]), mask_of([[[0, 0, 0, 0, 0, 1, 1]]], name="around")
    made = Adaptive(AdaptiveParameters(**values)).compute(image, within, background)
    return np.flatnonzero(made.array).tolist(), made.history[-1]


def test_in_ratio_form_the_threshold_is_a_times_maximum_plus_b_times_background() -> None:
    """0.4 x 10 + 0.5 x 2 = 5."""
    indices, told = kept(form=RATIO, a=0.4, b=0.5)
    assert indices == [0, 1, 2, 3]
    assert told.startswith("Threshold at 5 (SUVbw (g/ml)) = 0.4 x the maximum of 10 + 0.5 x the background of 2 +/- 0 in 2")


def test_in_background_subtracted_form_it_lies_a_share_of_the_way_up() -> None:
    """2 + 0.5 x (10 - 2) = 6."""
    assert kept(form=SUBTRACTED, a=0.5)[0] == [0, 1]


def test_two_spheres_determine_a_straight_line() -> None:
    """T / max = a + b x background / max through (0.25, 0.55) and (0.125, 0.5): b = 0.4, a = 0.45."""
    a, b = fitted(measured((4.0, 1.0, 2.2), (8.0, 1.0, 4.0)), RATIO)
    assert (a, b) == (pytest.approx(0.45), pytest.approx(0.4))


def test_more_spheres_are_fitted_by_least_squares() -> None:
    """Against numpy's solver for the same straight line."""
    draw = np.random.default_rng(2)
    rows = [(m, 1.0, 0.45 * m + 0.4 + 0.05 * draw.standard_normal()) for m in (2.0, 3.0, 4.0, 6.0, 8.0)]
    x, y = np.array([b / m for m, b, _ in rows]), np.array([t / m for m, _, t in rows])
    slope, intercept = np.polyfit(x, y, 1)
    assert fitted(measured(*rows), RATIO) == (pytest.approx(intercept), pytest.approx(slope))


def test_the_share_of_the_way_up_is_the_mean_over_spheres() -> None:
    """(2.5 - 1) / 3 = 0.5 and (3.8 - 1) / 7 = 0.4."""
    assert fitted(measured((4.0, 1.0, 2.5), (8.0, 1.0, 3.8)), SUBTRACTED) == (pytest.approx(0.45), pytest.approx(0.55))


def test_a_table_of_spheres_does_the_same_as_its_coefficients() -> None:
    rows = [{"maximum": 4.0, "background": 1.0, "threshold": 2.2}, {"maximum": 8.0, "background": 1.0, "threshold": 4.0}]
    parameters = from_json(Adaptive, {"form": RATIO, "calibration": rows})
    assert parameters.coefficients() == (pytest.approx(0.45), pytest.approx(0.4))
    indices, told = kept(form=RATIO, calibration=measured((4.0, 1.0, 2.2), (8.0, 1.0, 4.0)))
    assert indices == [0, 1, 2]  # 4.5 + 0.8 = 5.3
    assert "(fitted to 2 spheres), inside" in told


def test_one_contrast_does_not_determine_two_coefficients() -> None:
    with pytest.raises(InputError, match="does not determine two coefficients") as refusal:
        fitted(measured((4.0, 1.0, 2.2), (8.0, 2.0, 4.4)), RATIO)
    assert SUBTRACTED in refusal.value.hint


def test_a_sphere_without_contrast_is_refused() -> None:
    with pytest.raises(InputError, match="not hotter than its background"):
        fitted(measured((1.0, 1.0, 1.0)), SUBTRACTED)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"form": RATIO}, 'asks for "calibration", or for "a" and "b"'),
        ({"form": RATIO, "a": 0.4}, 'asks for "calibration", or for "a" and "b"'),
        ({"form": SUBTRACTED}, 'asks for "calibration", or for "a"'),
        ({"form": SUBTRACTED, "a": 0.4, "b": 0.6}, '"b" has no place'),
        ({"form": RATIO, "a": 0.4, "calibration": measured((4.0, 1.0, 2.2))}, "given together"),
        ({"form": "other", "a": 0.4}, '"form" cannot be "other"'),
    ],
)
def test_coefficients_are_asked_for_and_never_assumed(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        AdaptiveParameters(**values)


def test_a_lesion_without_contrast_is_refused() -> None:
    image = image_of([[[2.0, 2.0, 3.0]]])
    with pytest.raises(InputError, match=r'maximum .* is 2 .*not above the background of 3 \+/- 0 in 1 voxels of "around"'):
        Adaptive(AdaptiveParameters(form=SUBTRACTED, a=0.5)).compute(
            image, mask_of([[[1, 1, 0]]]), mask_of([[[0, 0, 1]]], name="around")
        )
