"""SUV of dynamic PET: one factor where frames are corrected to one moment, each its own where not."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from builders.volumes import PATIENT, SCAN, geometry_of, pet_header
from dosepainting_hrs.acquisition import PetAcquisition
from dosepainting_hrs.errors import DicomError, InputError, QuantityError
from dosepainting_hrs.image import on_grid
from dosepainting_hrs.image_frames import FrameInfo, Frames
from dosepainting_hrs.maps.decay_reference import mean_decay_time_s
from dosepainting_hrs.maps.suv_frames import SuvFrames
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, HOUNSFIELD, SUV_BW

MAKE = SuvFrames(SuvParameters())
HALF_LIFE_S = 6588.0
LAMBDA = math.log(2) / HALF_LIFE_S


def frames_of(headers: list[PetAcquisition | None], value: float = 1000.0, **changes: Any) -> Frames:
    shape = (len(headers), 2, 2, 2)
    geometry, stored = on_grid(geometry_of(shape[1:]))
    infos = tuple(FrameInfo(start_s=60.0 * n, duration_s=60.0, acquisition=one) for n, one in enumerate(headers))
    named = {"quantity": ACTIVITY_CONCENTRATION, "identity": PATIENT, "began": SCAN, **changes}
    return Frames(array=np.full(shape, value, np.float32), geometry=geometry, stored=stored, infos=infos, **named)


def headers(starts_s: tuple[float, ...], duration_s: float = 60.0, **changes: Any) -> list[PetAcquisition | None]:
    made: list[PetAcquisition | None] = []
    for start in starts_s:
        own = pet_header(2, **changes)
        acquired = SCAN + timedelta(seconds=start)
        slices = (replace(own.slices[0], acquired=acquired, frame_duration_ms=1000 * duration_s),) * 2
        made.append(replace(own, slices=slices))
    return made


def test_frames_corrected_to_one_moment_share_one_factor() -> None:
    made = MAKE.compute(frames_of(headers((0.0, 3600.0))))
    np.testing.assert_allclose(made.array, 1.0, rtol=1e-6)
    assert made.quantity == SUV_BW
    assert all(one.acquisition is None for one in made.infos)
    assert [one.start_s for one in made.infos] == [0.0, 60.0]


def test_back_computation_over_all_frames_gives_one_moment() -> None:
    """FrameReferenceTime counts from the series' reference: 100 s before the scan, for frames an hour apart."""
    own = headers((0.0, 3600.0))
    mean_s = mean_decay_time_s(60.0, LAMBDA)
    timed = [
        replace(one, slices=tuple(replace(s, frame_reference_ms=1000 * (start + 100.0 + mean_s)) for s in one.slices))
        for one, start in zip(own, (0.0, 3600.0), strict=True)
        if one is not None
    ]
    made = MAKE.compute(frames_of([*timed]))
    np.testing.assert_allclose(made.array, 2.0 ** (-100.0 / HALF_LIFE_S), rtol=1e-6)


def test_frames_that_are_not_corrected_decay_each_for_itself() -> None:
    """One half-life later half the activity is the same SUV: here the values are the same, so SUV doubles."""
    changes = {"decay_correction": "NONE", "corrected_image": ("NORM", "ATTN")}
    made = MAKE.compute(frames_of(headers((0.0, HALF_LIFE_S), **changes)))
    decays = LAMBDA * 60.0
    expected = decays / (1 - math.exp(-decays))
    np.testing.assert_allclose(made.array[0], expected, rtol=1e-6)
    np.testing.assert_allclose(made.array[1], 2 * expected, rtol=1e-6)


def test_frames_that_are_series_of_their_own_are_corrected_to_their_own_start() -> None:
    own = headers((0.0, HALF_LIFE_S))
    apart = [
        replace(one, series_start=SCAN + timedelta(seconds=n * HALF_LIFE_S)) for n, one in enumerate(own) if one is not None
    ]
    made = MAKE.compute(frames_of([*apart]))
    np.testing.assert_allclose(made.array[0], 1.0, rtol=1e-6)
    np.testing.assert_allclose(made.array[1], 2.0, rtol=1e-6)
    assert any("each was converted by its own header (factors 0.001 to 0.002)" in one for one in made.history)


def test_the_tracer_may_come_after_the_start_of_the_scan() -> None:
    """Injected 30 s into the scan: at the reference time there would have been more than the dose."""
    changes = {"injection_time": None, "injection_datetime": "20250101115018"}
    made = MAKE.compute(frames_of(headers((0.0, 60.0), **changes)))
    np.testing.assert_allclose(made.array, 0.5 * 2.0 ** (-30.0 / HALF_LIFE_S), rtol=1e-6)
    assert any("injected 30 s after the moment that this dynamic series is decay-corrected to" in one for one in made.history)


def test_the_check_is_on_the_median_frame_and_tells_the_largest() -> None:
    """By hand: 8 voxels of 0.008 ml with 1e6 Bq/ml are 0.064 MBq of 100; a frame of ten times that."""
    frames = frames_of(headers((0.0, 60.0, 120.0)), 1e8)
    array = frames.array.copy()
    array[2] *= 10
    made = MAKE.compute(replace(frames, array=array))
    assert made.working[-1].value == pytest.approx(6.4)
    assert "most is in frame 3 of 3, 64.0 %" in made.working[-1].text
    with pytest.raises(DicomError, match="at most 110 %"):
        MAKE.compute(frames_of(headers((0.0, 60.0, 120.0)), 2e9))


def test_without_headers_it_is_refused() -> None:
    with pytest.raises(InputError, match="1 of 2 frames come without the header"):
        MAKE.compute(frames_of([*headers((0.0,)), None]))
    with pytest.raises(QuantityError, match=r"SUV is made from a dynamic PET, but the frames hold CT number \(HU\)") as refused:
        MAKE.compute(frames_of([None, None], quantity=HOUNSFIELD))
    assert refused.value.hint.startswith("Give the DICOM folder of a dynamic PET: inspect FOLDER")
    with pytest.raises(QuantityError, match="hold SUVbw already"):
        MAKE.compute(frames_of([None, None], quantity=SUV_BW))


def test_slices_that_lie_along_another_axis_keep_their_factors() -> None:
    """Sagittal slices: the stored slices run along x of the canonical grid."""
    direction = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    geometry, stored = on_grid(geometry_of((2, 3, 4), direction=direction))
    changes = {"decay_correction": "NONE", "corrected_image": ("NORM", "ATTN")}
    (own,) = headers((0.0,), **changes)
    assert own is not None
    late = replace(own.slices[1], acquired=SCAN + timedelta(seconds=HALF_LIFE_S))
    own = replace(own, slices=(own.slices[0], late))
    array = np.full((1, *geometry.shape), 1000.0, np.float32)
    frames = Frames(
        array=array, geometry=geometry, stored=stored, identity=PATIENT, quantity=ACTIVITY_CONCENTRATION,
        infos=(FrameInfo(start_s=0.0, duration_s=60.0, acquisition=own),), began=SCAN,
    )  # fmt: skip
    made = MAKE.compute(frames)
    by_stored_slice = stored.axes.restore(made.array[0])
    np.testing.assert_allclose(by_stored_slice[1] / by_stored_slice[0], 2.0, rtol=1e-5)
