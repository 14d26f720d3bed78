"""Tumour-to-muscle ratio of static and dynamic PET, by hand."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.volumes import OTHER_PATIENT, PATIENT, SCAN, geometry_of, image_of, mask_of, pet_header
from dosepainting_hrs.errors import IdentityError, InputError, ParameterError, QuantityError
from dosepainting_hrs.image import on_grid
from dosepainting_hrs.image_frames import FrameInfo, Frames
from dosepainting_hrs.maps import motion_check
from dosepainting_hrs.maps.motion_check import shift_between
from dosepainting_hrs.maps.ratio import Ratio, RatioParameters
from dosepainting_hrs.maps.ratio_frames import RatioFrames, RatioFramesParameters
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, HOUNSFIELD, SUV_BW
from dosepainting_hrs.reconstruction import steps_of_region
from dosepainting_hrs.segmentation.remarks import state_of_map
from dosepainting_hrs.storage.volumes import read_image, write_volume
from dosepainting_hrs.working import CHECK, SUPPLIED, Fact, Working

IMAGE = image_of([[[1.0, 3.0, 6.0, 10.0]]])
MUSCLE = mask_of([[[1, 1, 0, 0]]], name="muscle")
QUIET = RatioParameters(minimum_volume_ml=0.0, maximum_variation=1000.0)


def dynamic(values: Any, durations: tuple[float, ...] = (), header: bool = True, **changes: Any) -> Frames:
    """Build frames that follow each other from SCAN on, each with a PET header of its own."""
    array = np.asarray(values, dtype=np.float32)
    lasting = durations or (60.0,) * len(array)
    starts = np.concatenate([[0.0], np.cumsum(lasting)[:-1]])
    infos = []
    for start, duration in zip(starts, lasting, strict=True):
        acquired = SCAN + timedelta(seconds=float(start))
        own = pet_header(array.shape[1])
        own = replace(own, slices=tuple(replace(one, acquired=acquired) for one in own.slices))
        infos.append(FrameInfo(start_s=float(start), duration_s=duration, acquisition=own if header else None))
    geometry, stored = on_grid(geometry_of(array.shape[1:]))
    named = {"quantity": SUV_BW, "identity": PATIENT, "began": SCAN, **changes}
    return Frames(array=array, geometry=geometry, stored=stored, infos=tuple(infos), **named)


def warnings(made: Any) -> list[str]:
    return [one.text for one in made.working if one.warns]


def test_every_voxel_is_divided_by_the_mean_of_the_reference() -> None:
    made = Ratio(QUIET).compute(IMAGE, MUSCLE)
    np.testing.assert_allclose(made.array[0, 0], [0.5, 1.5, 3.0, 5.0])
    assert (made.quantity.name, made.quantity.unit) == ("uptake ratio", "1")
    assert 'Reference "muscle": mean 2 g/ml, coefficient of variation 50.0 %, 2 voxels, 0.016 ml.' in made.history
    assert made.history[-1].startswith('Divided SUVbw (g/ml) by its mean of 2 in the reference region "muscle"')


def test_a_small_or_varied_reference_is_warned_of() -> None:
    made = Ratio(RatioParameters()).compute(IMAGE, MUSCLE)
    small, varied = warnings(made)
    assert "has 0.016 ml, less than 1 ml" in small
    assert "vary by 50.0 %, more than 30 %" in varied
    assert not warnings(Ratio(QUIET).compute(IMAGE, MUSCLE))


def test_a_reference_that_cannot_be_used_is_refused_in_words() -> None:
    for mask, image, sentence in (
        (mask_of(np.zeros((1, 1, 4)), name="muscle"), IMAGE, '"muscle" cannot be used: it is empty'),
        (MUSCLE, image_of([[[np.nan, np.nan, 1.0, 1.0]]]), "its 2 voxels hold no finite value"),
        (MUSCLE, image_of([[[0.0, 0.0, 1.0, 1.0]]]), "the mean of the map in it is 0"),
        (MUSCLE, image_of([[[-3.0, 1.0, 1.0, 1.0]]]), "the mean of the map in it is -1"),
    ):
        with pytest.raises(InputError, match=sentence):
            Ratio(QUIET).compute(image, mask)
    with pytest.raises(QuantityError, match="needs uptake"):
        Ratio(QUIET).compute(image_of([[[1.0, 3.0, 6.0, 10.0]]], quantity=HOUNSFIELD), MUSCLE)
    with pytest.raises(IdentityError, match="belongs to patient"):
        Ratio(QUIET).compute(IMAGE, mask_of([[[1, 1, 0, 0]]], identity=OTHER_PATIENT))


CURVES = [[[[1.0, 1.0, 5.0, 5.0]]], [[[2.0, 2.0, 6.0, 6.0]]], [[[4.0, 4.0, 9.0, 12.0]]], [[[8.0, 8.0, 8.0, 8.0]]]]
"""Four frames; injected 6588 s before the first, so that their middles lie at 110.3, 111.3 ... min."""


def test_the_second_last_frame_as_in_the_paper() -> None:
    values = next(one.values for one in RatioFramesParameters.presets if one.name == "Boeke 2023")
    made = RatioFrames(RatioFramesParameters(**values)).compute(dynamic(CURVES), MUSCLE)
    np.testing.assert_allclose(made.array[0, 0], [1.0, 1.0, 2.25, 3.0])
    assert any(one.startswith("Took frame 3 of 4, 2.0 to 3.0 min after the scan began") for one in made.history)


def test_a_window_in_minutes_after_the_injection_weights_frames_by_their_durations() -> None:
    """By hand: frames of 60 and 180 s, muscle (2 + 3 x 4) / 4 = 3.5, last voxel (6 + 3 x 12) / 4 = 10.5: ratio 3."""
    chosen = RatioFramesParameters(window_start=110.81, window_end=114.0)
    made = RatioFrames(chosen).compute(dynamic(CURVES, (60.0, 60.0, 180.0, 60.0)), MUSCLE)
    assert made.array[0, 0, 3] == pytest.approx(3.0)
    assert any(one.startswith("Took frames 2 to 3 of 4, 110.8 to 114.8 min after the injection") for one in made.history)


def test_without_a_header_somebody_has_to_say_when_the_scan_began() -> None:
    bare = dynamic(CURVES, header=False)
    chosen = {"window_start": 0.0, "window_end": 1.0}
    with pytest.raises(InputError, match="minutes after the injection are not known") as refusal:
        RatioFrames(RatioFramesParameters(**chosen)).compute(bare, MUSCLE)
    assert "--scan-begins" in refusal.value.hint
    made = RatioFrames(RatioFramesParameters(**chosen, scan_begins=0.0)).compute(bare, MUSCLE)
    np.testing.assert_allclose(made.array[0, 0], [1, 1, 5, 5])


def test_a_window_without_frames_is_refused_with_where_they_are() -> None:
    with pytest.raises(InputError, match=r"No frame lies in the window from 1 to 2 min .* their middles lie from 110\.3"):
        RatioFrames(RatioFramesParameters(window_start=1.0, window_end=2.0)).compute(dynamic(CURVES), MUSCLE)
    with pytest.raises(InputError, match="Frame 5 from the end was asked for, but there are 4"):
        RatioFrames(RatioFramesParameters(frame_from_end=5)).compute(dynamic(CURVES), MUSCLE)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "not said which frames"),
        ({"window_start": 70.0}, "together, or by frame_from_end"),
        ({"window_start": 70.0, "window_end": 80.0, "frame_from_end": 2}, "together, or by frame_from_end"),
        ({"window_start": 80.0, "window_end": 70.0}, "ends at 70 min, before it begins"),
    ],
)
def test_frames_are_said_in_one_way(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        RatioFramesParameters(**wrong)


def blob(shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0), noise: float = 0.0) -> np.ndarray:
    """Two Gaussian spots on a background, on a grid of 2 mm, moved by (x, y, z) mm."""
    z, y, x = np.meshgrid(*(2.0 * np.arange(n) for n in (16, 18, 20)), indexing="ij")
    values = np.ones(z.shape)
    for centre, height in (((16, 18, 14), 6.0), ((22, 12, 20), 3.0)):
        squares = sum((axis - c - s) ** 2 for axis, c, s in zip((x, y, z), centre, shift_mm, strict=True))
        values += height * np.exp(-squares / (2 * 5.0**2))
    return values + noise * np.random.default_rng(1).normal(size=values.shape)


@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (3.0, 0.0, 0.0), (-2.5, 4.0, 1.0)])
def test_a_known_shift_is_found(shift: tuple[float, float, float]) -> None:
    found = shift_between(image_of(blob(noise=0.05)), image_of(3.0 * blob(shift, noise=0.05)))
    assert found.mm == pytest.approx(shift, abs=0.3)


def test_motion_between_dynamic_and_static_is_told_in_words() -> None:
    """The reference comes from the dynamic, the map from the static one, 5 mm to the side."""
    muscle = np.zeros((16, 18, 20))
    muscle[:3, :3, :3] = 1
    frames = dynamic([blob(), blob()])
    still = Ratio(QUIET).compute(image_of(blob()), mask_of(muscle, name="muscle"), frames=frames)
    assert not warnings(still)
    moved = Ratio(QUIET).compute(image_of(blob((5.0, 0.0, 0.0))), mask_of(muscle, name="muscle"), frames=frames)
    (told,) = warnings(moved)
    assert "the chosen frames and the map lie" in told
    assert "more than half a voxel: register them first" in told
    np.testing.assert_allclose(still.array, blob() / blob()[:3, :3, :3].mean(), rtol=1e-5)


def test_a_dynamic_pet_in_becquerel_is_taken_as_suv_by_its_header() -> None:
    """The header leaves 100 MBq for 100 kg, so that 1000 Bq/ml are SUV 1; minutes after the injection are known as well."""
    muscle = np.zeros((16, 18, 20))
    muscle[:3, :3, :3] = 1
    frames = dynamic([1000.0 * blob(), 2000.0 * blob()], quantity=ACTIVITY_CONCENTRATION)
    chosen = replace(QUIET, window_start=110.0, window_end=110.9)
    made = Ratio(chosen).compute(image_of(blob()), mask_of(muscle, name="muscle"), frames=frames)
    assert any("Took frame 1 of 2, 109.8 to 110.8 min after the injection." in one for one in made.history)
    np.testing.assert_allclose(made.array, blob() / blob()[:3, :3, :3].mean(), rtol=1e-4)


def test_a_dynamic_pet_on_another_grid_gives_the_mean_and_the_motion() -> None:
    """The dynamic lies on voxels of 2 mm, the static map on 3 mm: the mean is that of the static's own grid points, as the
    dynamic rises by 0.1 per mm along x there, and linear interpolation of a straight line is exact."""
    fine, coarse = geometry_of((16, 18, 20), (2.0, 2.0, 2.0)), geometry_of((10, 11, 12), (3.0, 3.0, 3.0))
    ramp = dynamic(np.broadcast_to(1.0 + 0.2 * np.arange(20), (1, 16, 18, 20)))
    ramp = replace(ramp, geometry=fine, stored=on_grid(fine)[1])
    static = image_of(np.broadcast_to(1.0 + 0.3 * np.arange(12), (10, 11, 12)), coarse)
    inside = np.zeros((10, 11, 12))
    inside[2:5, 2:5, 2:5] = 1  # x at 6, 9 and 12 mm: 1.6, 1.9 and 2.2
    made = Ratio(QUIET).compute(static, mask_of(inside, coarse, name="muscle"), frames=ramp)
    np.testing.assert_allclose(made.array, static.array / 1.9, rtol=1e-6)
    assert any("interpolated to that of the map for the reference" in one for one in made.history)
    assert made.geometry.is_same_grid(coarse)


def test_a_reference_outside_of_the_dynamic_field_of_view_is_told() -> None:
    small, coarse = geometry_of((16, 18, 20), (2.0, 2.0, 2.0)), geometry_of((10, 11, 20), (3.0, 3.0, 3.0))
    frames = replace(dynamic([blob()]), geometry=small, stored=on_grid(small)[1])
    static = image_of(np.random.default_rng(1).uniform(1, 2, (10, 11, 20)), coarse)
    inside = np.zeros((10, 11, 20))
    inside[4, 4, 10:16] = 1  # x from 30 to 45 mm; the dynamic's last face lies at 39
    made = Ratio(QUIET).compute(static, mask_of(inside, coarse, name="muscle"), frames=frames)
    assert any("In 2 further voxels of the reference" in one for one in warnings(made))
    inside[:] = 0
    inside[4, 4, 14:] = 1
    with pytest.raises(InputError, match="hold no finite value"):
        Ratio(QUIET).compute(static, mask_of(inside, coarse, name="muscle"), frames=frames)


def test_dynamic_and_static_must_be_suv_of_one_kind() -> None:
    frames = dynamic(CURVES, quantity=ACTIVITY_CONCENTRATION, header=False)
    with pytest.raises(QuantityError, match="must be SUV of one kind"):
        Ratio(QUIET).compute(IMAGE, MUSCLE, frames=frames)
    with pytest.raises(IdentityError, match="belongs to patient"):
        Ratio(QUIET).compute(IMAGE, MUSCLE, frames=dynamic(CURVES, identity=OTHER_PATIENT))


def test_too_little_to_compare_is_refused() -> None:
    with pytest.raises(InputError, match="needs 27 voxels"):
        shift_between(IMAGE, IMAGE)
    with pytest.raises(InputError, match="finds nothing that varies"):
        shift_between(image_of(np.ones((4, 4, 4))), image_of(np.ones((4, 4, 4))))


def test_a_shift_of_fine_voxels_is_found_with_few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Voxels of 0.6 mm, as in mice: 41^3 whole shifts lie within reach, of which all would take minutes."""
    z, y, x = np.meshgrid(*(0.6 * np.arange(40) for _ in range(3)), indexing="ij")
    values = [np.exp(-((z - 12) ** 2 + (y - 12) ** 2 + (x - c) ** 2) / 18.0) for c in (10.0, 13.0)]
    tried: list[tuple[int, int, int]] = []
    plain = motion_check._correlation

    def counted(*given: Any) -> float:
        tried.append(given[-1])
        return plain(*given)

    monkeypatch.setattr(motion_check, "_correlation", counted)
    grid = geometry_of((40, 40, 40), (0.6, 0.6, 0.6))
    found = shift_between(image_of(values[0], grid), image_of(values[1], grid))
    assert found.mm == pytest.approx((3.0, 0.0, 0.0), abs=0.1)
    assert len(tried) == len(set(tried)) < 400


def test_a_ratio_of_a_ratio_is_warned_of() -> None:
    once = Ratio(QUIET).compute(IMAGE, MUSCLE)
    assert not any("ratio of a ratio" in one for one in warnings(once))
    assert any("this is a ratio of a ratio" in one for one in warnings(Ratio(QUIET).compute(once, MUSCLE)))


def test_a_ratio_lies_on_the_grid_of_its_map_whatever_its_reference_went_through(tmp_path: Path) -> None:
    """Only the region was resampled: the maximum is that of the reconstructed voxels, in memory and in the file."""
    carried = replace(MUSCLE, history=("Resampled volume-true to a grid.", "Resampled (linear interpolation) to a grid."))
    for image, grid in (
        (IMAGE, "the map's native grid."),
        (replace(IMAGE, resampled=True), "a grid that the map was resampled to"),
    ):
        made = Ratio(QUIET).compute(image, carried)
        write_volume(made, tmp_path / f"{image.resampled}.nrrd")
        for one in (made, read_image(tmp_path / f"{image.resampled}.nrrd")):
            assert grid in state_of_map(one, MUSCLE)[0]


def test_the_reconstruction_of_the_map_behind_a_reference_is_not_taken_for_that_of_the_ratio() -> None:
    """The muscle was found on a PET that tells its reconstruction; the map that is divided tells none."""
    reference = replace(MUSCLE, history=("Loaded.", "Reconstruction: OSEM.", "EARL: not stated.", "Threshold at 1."))
    made = Ratio(QUIET).compute(IMAGE, reference)
    assert "Reconstruction: OSEM." not in made.history
    assert f'Of the map behind the region "{MUSCLE.name}": Reconstruction: OSEM.' in made.history
    assert "Threshold at 1." in made.history
    assert not any("OSEM" in one for one in state_of_map(made, MUSCLE))


def test_what_a_region_says_of_the_map_it_was_drawn_on_is_not_said_of_another() -> None:
    """Its own steps and what was supplied by hand stay; the other map's doubts do not; its making says whose it is."""
    facts = (
        Fact(kind=CHECK, text="There is no b = 0.", warns=True),
        Fact(kind=SUPPLIED, text="Weight 70 kg, from the letter."),
    )
    drawn_on = Working(quantity="ADC (um2/s)", series=("1.2.3",), facts=facts)
    history = (
        "Loaded MR series 1.2.3.",
        *(one.text for one in facts),
        "Made ADC by a fit.",
        "Sphere of 15 mm.",
        "It is cut off.",
    )
    region = replace(MUSCLE, history=history, rests_on=(drawn_on,))
    behind = f'Of the map behind the region "{MUSCLE.name}": '
    assert steps_of_region(region, ()) == (
        f"{behind}Loaded MR series 1.2.3.",
        f"{behind}Weight 70 kg, from the letter.",
        f"{behind}Made ADC by a fit.",
        "Sphere of 15 mm.",
        "It is cut off.",
    )
    assert steps_of_region(region, history[:4]) == history[4:]


def test_the_reconstruction_that_map_and_reference_share_is_told_once() -> None:
    told = ("Reconstruction: OSEM.", "EARL: not stated.")
    made = Ratio(QUIET).compute(replace(IMAGE, history=told), replace(MUSCLE, history=told))
    assert [one for one in made.history if "OSEM" in one or "EARL" in one] == list(told)
