"""Normalised images, by hand."""

import numpy as np
import pytest

from builders.volumes import OTHER_PATIENT, image_of, mask_of
from dosepainting_hrs.errors import IdentityError, InputError, ParameterError, QuantityError
from dosepainting_hrs.maps.normalise import Normalise, NormaliseParameters, Scale
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.quantities import HOUNSFIELD, MR_SIGNAL

Z = Normalise(NormaliseParameters(scale=Scale.Z_SCORE))


def preset(name: str) -> Normalise:
    values = next(one.values for one in NormaliseParameters.presets if one.name == name)
    return Normalise(from_json(Normalise, values))  # type: ignore[arg-type]


def test_z_scores_of_all_voxels() -> None:
    """2, 4, 4, 4, 5, 5, 7, 9: mean 5, standard deviation 2."""
    made = Z.compute(image_of([[[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]]], quantity=MR_SIGNAL))
    np.testing.assert_allclose(made.array[0, 0], [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2], atol=1e-7)
    assert made.quantity.name == "z-score of MR signal"
    assert "Mean 5, standard deviation 2 of 8 voxels of the image." in made.history


def test_z_scores_within_a_region_count_its_voxels_and_reach_all() -> None:
    """Inside are 1 and 3: mean 2, deviation 1; the 10 outside becomes 8."""
    made = Z.compute(image_of([[[1.0, 3.0, 10.0]]]), within=mask_of([[[1, 1, 0]]]))
    np.testing.assert_allclose(made.array[0, 0], [-1.0, 1.0, 8.0], atol=1e-6)


def test_percentiles_are_the_ends_and_what_lies_beyond_is_clipped() -> None:
    """0 to 100: the 10th and 90th percentile are 10 and 90."""
    values = np.arange(101.0)[None, None]
    made = Normalise(NormaliseParameters(scale=Scale.PERCENTILE, low=10.0, high=90.0)).compute(image_of(values))
    np.testing.assert_allclose(made.array[0, 0, [0, 10, 50, 90, 100]], [0, 0, 0.5, 1, 1], atol=1e-6)
    assert made.quantity.name == "normalised SUVbw"


def test_the_window_of_kutnar_maps_water_to_0_and_clips_air_and_metal() -> None:
    made = preset("Kutnar 2023 CT").compute(image_of([[[-2000.0, -1024.0, 0.0, 512.0, 3000.0]]], quantity=HOUNSFIELD))
    np.testing.assert_allclose(made.array[0, 0], [-1, -1, 0, 0.5, 1], atol=1e-7)


def test_the_window_of_ct_is_refused_on_pet() -> None:
    with pytest.raises(QuantityError, match=r"one of CT numbers, but the image holds SUVbw"):
        preset("Kutnar 2023 CT").compute(image_of([[[1.0, 2.0]]]))


def test_voxels_without_a_value_stay_without_and_do_not_count() -> None:
    made = Z.compute(image_of([[[1.0, 3.0, np.nan]]]))
    np.testing.assert_allclose(made.array[0, 0], [-1.0, 1.0, np.nan], atol=1e-6)


def test_what_cannot_be_normalised_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="All 3 values of the image are 7; a z-score needs values that differ"):
        Z.compute(image_of([[[7.0, 7.0, 7.0]]]))
    with pytest.raises(InputError, match="holds no finite value"):
        Z.compute(image_of([[[1.0, 2.0]]]), within=mask_of([[[0, 0]]]))
    with pytest.raises(InputError, match=r"percentiles 1 and 99 .* are both 7"):
        Normalise(NormaliseParameters(scale=Scale.PERCENTILE, low=1.0, high=99.0)).compute(image_of([[[7.0, 7.0]]]))
    with pytest.raises(IdentityError, match="belongs to patient"):
        Z.compute(image_of([[[1.0, 2.0]]]), within=mask_of([[[1, 1]]], identity=OTHER_PATIENT))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"scale": Scale.WINDOW}, 'asks for "low" and "high"'),
        ({"scale": Scale.WINDOW, "low": 2.0, "high": 1.0}, "not below"),
        ({"scale": Scale.PERCENTILE, "low": -1.0, "high": 99.0}, "from 0 to 100"),
        ({"scale": Scale.Z_SCORE, "low": 1.0}, "no low and high end"),
        ({"scale": Scale.WINDOW, "low": 1.0, "high": 2.0, "to_low": 1.0}, "nothing would be left"),
    ],
)
def test_parameters_that_say_nothing_are_refused(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        NormaliseParameters(**wrong)  # type: ignore[arg-type]
