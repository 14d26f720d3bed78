"""Which moment the voxels are decay-corrected to. Half-life 6588 s throughout: 95 s are 1 % of SUV."""

import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.volumes import SCAN, pet_header, with_slices
from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.maps.decay_reference import mean_decay_time_s, reference_times
from dosepainting_hrs.maps.suv_parameters import ReferenceChoice

LAMBDA = math.log(2) / 6588.0
FIVE_PERCENT_S = math.log(1.05) / LAMBDA


def after(seconds: float) -> datetime:
    return SCAN + timedelta(seconds=seconds)


def taken(header: Any, choice: ReferenceChoice = ReferenceChoice.RULES) -> tuple[datetime | None, str]:
    first = reference_times(header, LAMBDA, choice)[0]
    return first.time, first.source


def by_source(header: Any, word: str) -> Any:
    return next(one for one in reference_times(header, LAMBDA) if word in one.source)


def test_mean_decay_time_of_one_half_life_by_hand() -> None:
    """lambda T = ln 2: T_ave = T ln(2 ln 2) / ln 2 = 0.47123 T."""
    assert mean_decay_time_s(6588.0, LAMBDA) == pytest.approx(6588.0 * math.log(2 * math.log(2)) / math.log(2), rel=1e-12)


@given(st.floats(1.0, 7200.0))
def test_at_the_mean_decay_time_activity_equals_its_mean_over_the_frame(duration_s: float) -> None:
    mean = (1 - math.exp(-LAMBDA * duration_s)) / (LAMBDA * duration_s)
    assert math.exp(-LAMBDA * mean_decay_time_s(duration_s, LAMBDA)) == pytest.approx(mean, rel=1e-9)


def test_series_time_is_taken_when_nothing_else_is_given() -> None:
    moment, source = taken(pet_header())
    assert (moment, source) == (SCAN, "SeriesDate/Time (0008,0021/0031)")


def test_earliest_acquisition_is_taken_when_the_series_has_no_time() -> None:
    header = with_slices(pet_header(series_start=None), {"acquired": after(300)}, {"acquired": SCAN})
    moment, source = taken(header)
    assert moment == SCAN
    assert source.startswith("earliest Acquisition")


def test_back_computation_goes_before_the_series_time() -> None:
    """Two beds of 120 s, 180 s apart: mid-bed reference times lead back to the start of the first."""
    mean_ms = 1000 * mean_decay_time_s(120.0, LAMBDA)
    header = with_slices(
        pet_header(),
        {"frame_reference_ms": mean_ms + 10_000},
        {"acquired": after(180), "frame_reference_ms": mean_ms + 190_000},
    )
    moment, source = taken(header)
    assert (moment - SCAN).total_seconds() == pytest.approx(-10.0, abs=1e-3)
    assert "back-computation" in source


def test_what_ge_states_goes_before_everything() -> None:
    moment, source = taken(pet_header(ge_decay_datetime="20250101114930.00"))
    assert moment == after(-18)
    assert "(0009,100D)" in source


def test_back_computation_that_gives_no_single_time_is_shown_but_does_not_count() -> None:
    """As in GE whole-body series: one acquisition time for all beds, another FrameReferenceTime for each."""
    header = with_slices(pet_header(), {"frame_reference_ms": 0.0}, {"frame_reference_ms": 243_000.0})
    back = by_source(header, "back-computation")
    assert back.time is None
    assert "not one time for all slices (-183 to +60 s" in str(back)
    assert taken(header)[1].startswith("SeriesDate")


@pytest.mark.parametrize(("spread_ms", "counted"), [(1_900.0, True), (2_100.0, False)])
def test_two_seconds_are_one_time(spread_ms: float, counted: bool) -> None:
    mean_ms = 1000 * mean_decay_time_s(120.0, LAMBDA)
    header = with_slices(pet_header(), {"frame_reference_ms": mean_ms}, {"frame_reference_ms": mean_ms + spread_ms})
    assert by_source(header, "back-computation").counted is counted


def test_a_reference_time_after_the_acquisition_does_not_count() -> None:
    """FrameReferenceTime 0, as some headers have it, would put the reference into the middle of the frame."""
    back = by_source(with_slices(pet_header(), {"frame_reference_ms": 0.0}), "back-computation")
    assert not back.counted
    assert "not used: 60 s after the earliest acquisition" in str(back)


def test_differences_are_told_in_per_cent_of_suv() -> None:
    """The later the reference time, the less dose is left and the higher is SUV."""
    header = pet_header(series_start=after(-50))
    assert by_source(header, "Series").suv_difference_percent == 0.0
    acquisition = by_source(header, "earliest")
    assert acquisition.suv_difference_percent == pytest.approx(100 * (2 ** (50 / 6588) - 1), rel=1e-9)
    assert "+0.53 % of SUV" in str(acquisition)


def header_with_back_computed(seconds: float, **changes: Any) -> Any:
    """Return a header whose FrameReferenceTime leads back to so many seconds from the acquisition."""
    mean_ms = 1000 * mean_decay_time_s(120.0, LAMBDA)
    return with_slices(pet_header(**changes), {"frame_reference_ms": mean_ms - 1000 * seconds})


@pytest.mark.parametrize(("seconds", "accepted"), [(FIVE_PERCENT_S - 0.5, True), (FIVE_PERCENT_S + 0.5, False)])
def test_back_computation_and_series_may_disagree_by_five_per_cent(seconds: float, accepted: bool) -> None:
    header = header_with_back_computed(-seconds)
    if accepted:
        assert "back-computation" in taken(header)[1]
        return
    with pytest.raises(DicomError, match=r"disagree by 5\.01 % of SUV: back-computation.*SeriesDate.*at most 5 %") as refusal:
        taken(header)
    assert '--reference-time "back-computed" or --reference-time "series"' in refusal.value.hint


@pytest.mark.parametrize(
    ("choice", "source", "seconds"),
    [
        (ReferenceChoice.SERIES, "Series", 0.0),
        (ReferenceChoice.BACK_COMPUTED, "back", -900.0),
        (ReferenceChoice.GE, "GE", -18.0),
    ],
)
def test_one_chosen_by_name_is_taken_and_the_others_are_compared_with_it(
    choice: ReferenceChoice, source: str, seconds: float
) -> None:
    header = header_with_back_computed(-900.0, ge_decay_datetime="20250101114930.00")
    first, *others = reference_times(header, LAMBDA, choice)
    assert source in first.source
    assert first.time is not None
    assert (first.time - SCAN).total_seconds() == pytest.approx(seconds, abs=1e-3)
    assert first.suv_difference_percent == 0.0
    assert any(one.suv_difference_percent for one in others)


def test_one_chosen_by_name_that_the_header_lacks_is_refused_with_what_it_has() -> None:
    with pytest.raises(DicomError, match=r'"GE private tag" was chosen, but the header does not give it') as refusal:
        taken(pet_header(), ReferenceChoice.GE)
    assert 'The header gives "series", "earliest acquisition".' in refusal.value.hint


def test_what_ge_states_needs_no_agreement() -> None:
    """As in the reference object whose acquisition is half an hour after GE's stated moment."""
    header = header_with_back_computed(-1800.0, ge_decay_datetime="20250101111948")
    assert taken(header) == (after(-1800), "GE decay reference (0009,100D)")


def test_dates_years_apart_give_a_number_and_no_overflow() -> None:
    listed = reference_times(pet_header(ge_decay_datetime="19000101100000"), LAMBDA)
    assert math.isfinite(listed[-1].suv_difference_percent or math.nan)
    assert (listed[-1].suv_difference_percent or 0.0) > 1e9


def test_decay_factors_are_a_second_witness_that_is_shown_only() -> None:
    """By hand: frames from 0 and 3600 s after the reference, factors exp(lambda (t + T_ave))."""
    mean = mean_decay_time_s(120.0, LAMBDA)
    slices = [{"acquired": after(t), "decay_factor": math.exp(LAMBDA * (t + 30.0 + mean))} for t in (0.0, 3600.0)]
    witness = by_source(with_slices(pet_header(), *slices), "DecayFactor")
    assert (witness.time - SCAN).total_seconds() == pytest.approx(-30.0, abs=1e-3)
    assert not witness.counted
    assert "shown for comparison only" in str(witness)


@pytest.mark.parametrize(("seconds", "counted"), [(1.9, True), (2.1, False), (1800.0, False)])
def test_a_series_time_after_the_acquisition_was_set_later_and_does_not_count(seconds: float, counted: bool) -> None:
    header = pet_header(series_start=after(seconds))
    series = by_source(header, "Series")
    assert series.counted is counted
    assert taken(header)[0] == (after(seconds) if counted else SCAN)
    if not counted:
        assert f"not used: {seconds:.0f} s after the earliest acquisition, so it was set later" in str(series)


def test_slices_without_acquisition_time_leave_nothing_to_take_and_that_is_said() -> None:
    header = with_slices(pet_header(), {}, {"acquired": None})
    with pytest.raises(DicomError, match=r"\(0008,0022/0032\) is missing in 1 of 2 slices") as refusal:
        taken(header)
    assert '"series"' in refusal.value.hint
    assert taken(header, ReferenceChoice.SERIES)[0] == SCAN
