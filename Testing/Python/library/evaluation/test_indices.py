"""Classical indices: by hand on a few voxels, and on a sphere whose answers are known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from builders.volumes import OTHER_PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError, ParameterError
from dosepainting_hrs.evaluation.indices import Index, IndexChoices, entropy_bits, indices_of
from dosepainting_hrs.segmentation.islands import Uptake
from dosepainting_hrs.segmentation.peak import peak_of
from dosepainting_hrs.sphere import PEAK_RADIUS_MM, ball_offsets

CUBE = np.arange(27.0).reshape(3, 3, 3)
"""Values 0 to 26 of 2 mm voxels (0.008 ml)."""


def measured(*args: object, **more: object) -> dict[str, Index]:
    return {one.name: one for one in indices_of(*args, **more)}  # type: ignore[arg-type]


def value(found: dict[str, Index], name: str) -> float:
    number = found[name].value
    assert number is not None
    return number


def test_plain_statistics_by_hand() -> None:
    """Inside are 1, 2 and 6: mean 3, population variance (4 + 1 + 9) / 3."""
    found = measured(image_of([[[1.0, 2.0, 6.0, 9.0]]]), mask_of([[[1, 1, 1, 0]]]))
    assert value(found, "mean") == 3.0
    assert value(found, "median") == 2.0
    assert (value(found, "minimum"), value(found, "maximum")) == (1.0, 6.0)
    assert value(found, "standard deviation") == pytest.approx(math.sqrt(14 / 3))
    assert value(found, "volume") == pytest.approx(0.024)
    assert (found["maximum"].unit, found["volume"].unit) == ("g/ml", "ml")


def test_a_sphere_of_one_ml_has_its_radius_and_its_volume() -> None:
    assert 4 / 3 * math.pi * PEAK_RADIUS_MM**3 == pytest.approx(1000.0)
    offsets = ball_offsets(geometry_of((3, 3, 3), (0.5, 0.5, 0.5)), PEAK_RADIUS_MM)
    assert len(offsets) * 0.125e-3 == pytest.approx(1.0, rel=0.01)


def test_the_two_peaks_differ_where_the_highest_voxel_stands_alone() -> None:
    """4 mm voxels: a sphere of 6.2 mm holds 19 (1 centre, 6 at 4 mm, 12 at 5.7 mm). A lone 100 on 1, and a block of 20."""
    values = np.ones((9, 9, 20))
    values[4, 4, 3] = 100.0
    values[2:7, 2:7, 12:17] = 20.0
    geometry = geometry_of(values.shape, (4.0, 4.0, 4.0))
    found = measured(image_of(values, geometry), mask_of(np.ones(values.shape), geometry))
    assert value(found, "peak at maximum") == pytest.approx((100 + 18) / 19)
    assert value(found, "peak") == pytest.approx(20.0)
    assert "19 voxels" in found["peak"].definition


def test_a_peak_reaches_beyond_the_region_but_not_beyond_the_image() -> None:
    values = np.full((1, 1, 3), 2.0)
    values[0, 0, 2] = 8.0
    geometry = geometry_of(values.shape, (5.0, 5.0, 5.0))
    found = measured(image_of(values, geometry), mask_of([[[1, 1, 0]]], geometry))
    assert value(found, "peak") == pytest.approx(4.0)  # (2 + 2 + 8) / 3
    assert value(found, "peak at maximum") == pytest.approx(4.0)  # Of two highest voxels the one with the higher sphere.


def test_valley_and_peak_over_seven_voxels_in_both_readings() -> None:
    """5 x 3 x 3 in x: the centres with all neighbours inside are x = 1, 2, 3 of the middle row, with crosses made by hand."""
    values = np.full((3, 3, 5), 10.0)
    values[1, 1] = [10.0, 4.0, 6.0, 9.0, 10.0]
    values[0, 1, 2] = values[2, 1, 2] = values[1, 0, 2] = values[1, 2, 2] = 1.0
    found = measured(image_of(values), mask_of(np.ones(values.shape)))
    crosses = {4.0: (4 + 10 + 6 + 40) / 7, 6.0: (6 + 4 + 9 + 4) / 7, 9.0: (9 + 6 + 10 + 40) / 7}
    assert value(found, "valley of 7 at minimum") == pytest.approx(crosses[4.0])
    assert value(found, "valley of 7") == pytest.approx(crosses[6.0])
    assert value(found, "peak of 7 at maximum") == pytest.approx(crosses[9.0])
    assert value(found, "peak of 7") == pytest.approx(max(crosses.values()))


def test_seven_voxels_must_lie_wholly_inside() -> None:
    inside = np.ones((3, 3, 3))
    assert value(measured(image_of(CUBE), mask_of(inside)), "valley of 7") == pytest.approx(13.0)
    inside[0, 1, 1] = 0
    found = measured(image_of(CUBE), mask_of(inside))["valley of 7"]
    assert found.value is None
    assert "six neighbours inside" in found.definition


def test_metabolic_volume_and_glycolysis_by_hand() -> None:
    """Of 1, 2, 6 and 9 at least 3: two voxels of 0.008 ml with 15 g/ml in all."""
    image, region = image_of([[[1.0, 2.0, 6.0, 9.0]]]), mask_of(np.ones((1, 1, 4)))
    found = measured(image, region, IndexChoices(mtv_threshold=3.0))
    assert value(found, "MTV") == pytest.approx(0.016)
    assert value(found, "TLG") == pytest.approx(15 * 0.008)
    assert found["TLG"].unit == "g"
    by_percent = measured(image, region, IndexChoices(mtv_percent=60.0))
    assert value(by_percent, "MTV") == pytest.approx(0.016)
    whole = measured(image, region)
    assert value(whole, "TLG") == pytest.approx(18 * 0.008)
    assert whole["MTV"].definition.startswith("Volume of the region as given; a region found by a threshold, or one here")
    assert whole["TLG"].definition == "Mean times that volume: of the region as given."
    made = replace(region, history=("Threshold at 3 (SUV), 41 % of the maximum of 7.3.", "Filled 2 holes."))
    told = measured(image, made)["MTV"].definition
    assert told == "Volume of the region as given; its history tells: Threshold at 3 (SUV), 41 % of the maximum of 7.3."


@pytest.mark.parametrize(
    ("values", "width", "bits"),
    [([0.1, 0.2, 1.1, 1.2], 1.0, 1.0), ([0.5] * 4, 1.0, 0.0), ([0.0, 1.0, 2.0, 3.0], 1.0, 2.0), ([-0.1, 0.1], 1.0, 1.0)],
)
def test_entropy_of_a_histogram_by_hand(values: list[float], width: float, bits: float) -> None:
    assert entropy_bits(np.array(values), width) == pytest.approx(bits)


def test_entropy_is_the_ibsi_value_of_its_digital_phantom() -> None:
    """IBSI reference manual, digital phantom: discretised levels 1 (50), 3 (1), 4 (16) and 6 (7 voxels): entropy 1.27."""
    levels = np.repeat([1.0, 3.0, 4.0, 6.0], [50, 1, 16, 7])
    assert entropy_bits(levels, 1.0) == pytest.approx(1.27, abs=0.005)


def test_there_is_no_entropy_without_a_bin_width() -> None:
    found = measured(image_of(CUBE), mask_of(np.ones((3, 3, 3))))["entropy"]
    assert found.value is None
    assert "Needs a bin width" in found.definition


def test_ratios_are_over_the_mean_of_the_reference() -> None:
    image = image_of([[[1.0, 3.0, 6.0, 10.0]]])
    found = measured(image, mask_of([[[0, 0, 1, 1]]]), reference=mask_of([[[1, 1, 0, 0]]], name="muscle"))
    assert value(found, "TMR mean") == 4.0
    assert value(found, "TMR maximum") == 5.0
    assert value(found, "TMR peak") == pytest.approx(value(found, "peak") / 2)
    assert '"muscle", 2' in found["TMR mean"].definition


def test_voxels_without_a_value_do_not_count() -> None:
    found = measured(image_of([[[np.nan, 3.0, np.inf]]]), mask_of([[[1, 1, 1]]]))
    assert (value(found, "mean"), value(found, "volume")) == (3.0, pytest.approx(0.008))


def test_what_cannot_be_measured_is_refused_in_words() -> None:
    image, region = image_of(CUBE), mask_of(np.ones((3, 3, 3)))
    with pytest.raises(InputError, match="none of them with a finite value"):
        indices_of(image, mask_of(np.zeros((3, 3, 3))))
    with pytest.raises(InputError, match=r'reference region "GTVp" is 0; a ratio needs one above 0'):
        indices_of(image_of(np.zeros((3, 3, 3))), region, reference=region)
    with pytest.raises(IdentityError, match="belongs to patient"):
        indices_of(image, mask_of(np.ones((3, 3, 3)), identity=OTHER_PATIENT))
    with pytest.raises(GeometryError, match="lies on a grid"):
        indices_of(image, mask_of(np.ones((3, 3, 4))))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"mtv_threshold": 1.0, "mtv_percent": 41.0}, "threshold or a percentage"),
        ({"bin_width": 0.0}, "must be above 0, got 0"),
        ({"mtv_percent": 141.0}, "from 0 to 100, got 141"),
    ],
)
def test_choices_that_contradict_are_refused(wrong: dict[str, float], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        IndexChoices(**wrong)


def test_the_peak_is_that_of_the_threshold_at_a_share_of_it() -> None:
    """Two ways of summing over one sphere, where the sphere reaches beyond the region and voxels lack values."""
    draw = np.random.default_rng(4)
    values = draw.uniform(1.0, 9.0, (9, 10, 11))
    values[3, 4, 5] = np.nan
    grid = geometry_of(values.shape, (2.0, 2.5, 3.0))
    image, region = image_of(values, grid), mask_of(draw.random(values.shape) < 0.3, grid)
    assert value(measured(image, region), "peak") == pytest.approx(peak_of(Uptake.of(image, region)), rel=1e-12)
