"""Enhancement and its maps: by hand, with times that differ, and on curves that have no answer."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from builders.volumes import frames_of, mask_of
from dosepainting_hrs.errors import IdentityError, InputError, ParameterError, QuantityError
from dosepainting_hrs.image_frames import FrameInfo, Frames
from dosepainting_hrs.maps.dce_components import DceComponents, DceComponentsParameters
from dosepainting_hrs.maps.dce_curves import DceCurves, DceCurvesParameters
from dosepainting_hrs.maps.enhancement import BaselineParameters, baseline_of
from dosepainting_hrs.maps.relative_enhancement import RelativeEnhancement
from dosepainting_hrs.quantities import MR_SIGNAL, SUV_BW
from dosepainting_hrs.registry import MAIN


def dce(signals: ArrayLike, every_s: float = 10.0) -> Frames:
    """Frames from an array (t, voxels), one row of voxels, `every_s` apart."""
    array = np.asarray(signals, dtype=np.float32)
    infos = tuple(FrameInfo(start_s=every_s * n) for n in range(len(array)))
    return frames_of(array[:, None, None, :], quantity=MR_SIGNAL, infos=infos)


def test_relative_enhancement_by_hand() -> None:
    """S0 = mean(100, 102, 98) = 100; 150 and 200 enhance by 0.5 and 1."""
    found = RelativeEnhancement(BaselineParameters()).compute(frames=dce([[100], [102], [98], [150], [200]]))
    np.testing.assert_allclose(found.array[:, 0, 0, 0], [0.0, 0.02, -0.02, 0.5, 1.0], atol=1e-7)
    assert "S0 is the mean of the first 3 frames (found" in found.history[-1]
    assert found.quantity.name == "relative enhancement"


def test_a_given_number_of_frames_goes_before_the_found_one() -> None:
    found = RelativeEnhancement(BaselineParameters(baseline_frames=1)).compute(frames=dce([[100], [102], [98], [150], [200]]))
    assert found.array[4, 0, 0, 0] == pytest.approx(1.0)
    assert found.array[1, 0, 0, 0] == pytest.approx(0.02)
    with pytest.raises(InputError, match="5 frames before arrival are given, but the series has 5"):
        baseline_of(dce([[1]] * 5), 5)


@pytest.mark.parametrize("signals", [[[100.0]] * 6, [[100.0 - n] for n in range(6)], [[np.nan]] * 6], ids=str)
def test_curves_that_do_not_rise_have_no_arrival(signals: ArrayLike) -> None:
    with pytest.raises(InputError, match="rises, so the arrival of contrast is not found"):
        baseline_of(dce(signals), None)


def in_a_flat_background(background: ArrayLike) -> Frames:
    """A hundred voxels of which the first five take up contrast: 30 in frames 0 to 3, then 60 and 76."""
    array = np.tile(np.asarray(background, dtype=np.float64)[:, None], (1, 100))
    array[:, :5] = np.array([30.0, 30.0, 30.0, 30.0, 60.0, 76.0, 76.0, 76.0])[:, None]
    return dce(array)


BACKGROUNDS = {
    "flat": [120.0] * 8,
    "first frame not yet in its steady state": [140.0] + [120.0] * 7,
    "falling": [200.0 - 5.0 * n for n in range(8)],
}


@pytest.mark.parametrize("background", BACKGROUNDS.values(), ids=BACKGROUNDS)
def test_the_arrival_is_found_in_the_region_whatever_the_background_does(background: ArrayLike) -> None:
    """Four frames of 10 s lie before: the middles of the last and the next are 30 and 40 s."""
    frames = in_a_flat_background(background)
    region = mask_of((np.arange(100) < 5)[None, None, :])
    found = baseline_of(frames, None, region)
    assert (found.count, found.arrival_s, found.found_in) == (4, 35.0, 'within "GTVp"')
    made = DceComponents(DceComponentsParameters()).compute_all(frames=frames, within=region)
    assert any('the first 4 frames (found by the rise of the mean signal within "GTVp")' in one for one in made[MAIN].history)
    assert made["basis"]["voxels"] == 5
    still = mask_of((np.arange(100) >= 5)[None, None, :], name="Fat")
    with pytest.raises(InputError, match='The mean signal within "Fat" does not rise') as refused:
        baseline_of(frames, None, still)
    assert "or a region that takes up contrast" in refused.value.hint


@pytest.mark.parametrize("background", BACKGROUNDS.values(), ids=BACKGROUNDS)
def test_without_a_region_the_voxels_that_rise_most_tell_the_arrival(background: ArrayLike) -> None:
    made = RelativeEnhancement(BaselineParameters()).compute(frames=in_a_flat_background(background))
    assert "the first 4 frames (found by the rise of the mean signal of the 5 voxels that rise most" in made.history[-1]
    np.testing.assert_allclose(made.array[:, 0, 0, 0], [0.0] * 4 + [1.0, *[46.0 / 30.0] * 3], rtol=1e-6)


def test_a_region_of_another_patient_tells_no_arrival() -> None:
    frames = in_a_flat_background([120.0] * 8)
    region = mask_of((np.arange(100) < 5)[None, None, :])
    other = replace(region, identity=replace(region.identity, patient_id="SOMEONE-ELSE"))
    with pytest.raises(IdentityError):
        baseline_of(frames, None, other)


def test_other_quantities_are_refused() -> None:
    with pytest.raises(QuantityError, match="Enhancement is made from MR signals"):
        baseline_of(frames_of(np.ones((4, 1, 1, 1)), quantity=SUV_BW), None)


def curve() -> NDArray[np.float64]:
    """Signal 100 at 0 and 10 s, arrival at 15 s, then 5, 15, 25 ... s after it: 150, 300, 250, 240, 230, ..., 150."""
    return np.array([[100.0], [100.0], [150.0], [300.0], *([250.0 - 10 * n] for n in range(11))])


def read_off(frames: Frames, **parameters: Any) -> dict[str, NDArray[np.float32]]:
    chosen = {"early_s": 20.0, "late_s": 100.0, **parameters}
    found = DceCurves(DceCurvesParameters(**chosen)).compute_all(frames=frames)
    return {name: image.array[0, 0] for name, image in found.items()}


def test_what_a_curve_shows_by_hand() -> None:
    """E: 0.5 at 5 s, 2 at 15 s, 1.5 at 25 s, then falling by 0.1 each 10 s.

    E(20) = 1.75, E(100) = 0.75; peak 2 at 15 s. From 0 to 60 s by trapezes: 1.25 + 12.5 + 17.5 + (1.45 + 1.35 + 1.25) x 10,
    from 55 to 60 s (1.2 + 1.15) / 2 x 5. From 60 to 65 s (1.15 + 1.1) / 2 x 5, then 10.5 + 9.5, and 85 to 90 s 0.9 to 0.85.
    """
    found = {name: float(values[0]) for name, values in read_off(dce(curve())).items()}
    assert found[MAIN] == pytest.approx(2.0)
    assert found["time_to_peak"] == pytest.approx(15.0)
    assert found["wash_in"] == pytest.approx(2.0 / 15.0)
    assert found["percent_enhancement"] == pytest.approx(175.0)
    assert found["ser"] == pytest.approx(1.75 / 0.75)
    auc60 = 1.25 + 12.5 + 17.5 + 14.5 + 13.5 + 12.5 + (1.2 + 1.15) / 2 * 5
    assert found["auc60"] == pytest.approx(auc60)
    assert found["auc90"] == pytest.approx(auc60 + (1.15 + 1.1) / 2 * 5 + 10.5 + 9.5 + (0.9 + 0.85) / 2 * 5)
    after = np.arange(15.0, 130.0, 10.0)
    falling = np.concatenate(([2.0], 1.5 - 0.1 * np.arange(11)))
    assert found["wash_out"] == pytest.approx(np.polyfit(after, falling, 1)[0], rel=1e-5)


def test_voxels_without_signal_hold_no_number_and_a_late_peak_has_no_wash_out() -> None:
    rising = np.concatenate(([100.0, 100.0], 110.0 + 10 * np.arange(13)))
    signals = np.stack([curve()[:, 0], np.zeros(15), rising, np.where(np.arange(15) == 7, np.nan, 100.0)], axis=1)
    found = read_off(dce(signals))
    assert np.isnan(found[MAIN]).tolist() == [False, True, False, True]
    assert np.isnan(found["wash_out"]).tolist() == [False, True, True, True]
    assert found["time_to_peak"][2] == pytest.approx(125.0)


def test_times_that_the_series_does_not_have() -> None:
    with pytest.raises(InputError, match="The series ends 125 s after arrival, but its value at 300 s is asked for"):
        read_off(dce(curve()), late_s=300.0)
    with pytest.raises(ParameterError, match=r'"late_s" .* must be above "early_s"'):
        read_off(dce(curve()), early_s=100.0)
    with pytest.raises(InputError, match="15 of 15 frames carry no time"):
        read_off(replace(dce(curve()), infos=(FrameInfo(),) * 15))


def test_components_are_those_of_relative_enhancement() -> None:
    """Against numpy's SVD of (S - S0) / S0, and the same from frames that are enhancement already."""
    draw = np.random.default_rng(2)
    t = np.arange(20.0)
    shapes = np.stack([(t > 4) * (1 - np.exp(-(t - 4) / 3)), (t > 4) * np.exp(-(t - 5) / 4)])
    signals = 100 * (1 + draw.uniform(0.5, 2, (30, 2)) @ shapes).T * draw.uniform(1, 3, 30)
    frames = dce(signals)
    found = DceComponents(DceComponentsParameters()).compute_all(frames=frames, within=mask_of(np.ones((1, 1, 30))))
    stored = frames.array[:, 0, 0].astype(np.float64)
    s0 = stored[:5].mean(axis=0)
    _, s, v = np.linalg.svd(((stored - s0) / s0).T, full_matrices=False)
    np.testing.assert_allclose(found["basis"]["singular_values"][:2], s[:2], rtol=1e-5)
    assert found[MAIN].quantity.name == "DCE_c1"
    np.testing.assert_allclose(np.abs(np.array(found["basis"]["components"][:2]) @ v[:2].T), np.eye(2), atol=1e-4)
    enhancement = RelativeEnhancement(BaselineParameters()).compute(frames=frames)
    again = DceComponents(DceComponentsParameters()).compute_all(frames=enhancement, basis=found["basis"])
    np.testing.assert_allclose(again[MAIN].array, found[MAIN].array, rtol=1e-6)
