"""Which moment the voxels are decay-corrected to. Half-life 6588 s throughout: 95 s are 1 % of SUV."""

import math
import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.volumes import SCAN, pet_header, with_slices
from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.maps.decay_reference import (
    injection_of,
    mean_decay_time_s,
    parse_datetime,
    parse_time,
    reference_times,
    taken_from,
)

LAMBDA = math.log(2) / 6588.0
ONE_PERCENT_S = math.log(1.01) / LAMBDA


def after(seconds: float) -> datetime:
    return SCAN + timedelta(seconds=seconds)


def taken(header: Any) -> tuple[datetime, str]:
    return taken_from(reference_times(header, LAMBDA))


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
    listed = reference_times(header, LAMBDA)
    assert listed[1].time is None
    assert "not one time for all slices (-183 to +60 s" in str(listed[1])
    assert taken_from(listed)[1].startswith("SeriesDate")


@pytest.mark.parametrize(("spread_ms", "counted"), [(1_900.0, True), (2_100.0, False)])
def test_two_seconds_are_one_time(spread_ms: float, counted: bool) -> None:
    mean_ms = 1000 * mean_decay_time_s(120.0, LAMBDA)
    header = with_slices(pet_header(), {"frame_reference_ms": mean_ms}, {"frame_reference_ms": mean_ms + spread_ms})
    assert reference_times(header, LAMBDA)[1].counted is counted


def test_a_reference_time_after_the_acquisition_does_not_count() -> None:
    """FrameReferenceTime 0, as some headers have it, would put the reference into the middle of the frame."""
    listed = reference_times(with_slices(pet_header(), {"frame_reference_ms": 0.0}), LAMBDA)
    assert not listed[1].counted
    assert "not used: 60 s after the earliest acquisition" in str(listed[1])


def test_differences_are_told_in_per_cent_of_suv() -> None:
    """The later the reference time, the less dose is left and the higher is SUV."""
    listed = reference_times(pet_header(series_start=after(-50)), LAMBDA)
    assert listed[2].suv_difference_percent == 0.0
    assert listed[3].suv_difference_percent == pytest.approx(100 * (2 ** (50 / 6588) - 1), rel=1e-9)
    assert "+0.53 % of SUV" in str(listed[3])


@pytest.mark.parametrize(("seconds", "accepted"), [(ONE_PERCENT_S - 0.5, True), (ONE_PERCENT_S + 0.5, False)])
def test_counted_times_may_disagree_by_one_per_cent(seconds: float, accepted: bool) -> None:
    header = pet_header(series_start=after(-seconds))
    if accepted:
        assert taken(header)[0] == after(-seconds)
        return
    with pytest.raises(DicomError, match=r"disagree by 1\.01 % of SUV: SeriesDate.*earliest Acquisition.*at most 1 %"):
        taken(header)


def test_ge_and_acquisition_that_disagree_are_refused() -> None:
    with pytest.raises(DicomError, match=r"disagree by .* % of SUV: GE decay reference"):
        taken(pet_header(ge_decay_datetime="20250101100000"))


def test_dates_years_apart_give_a_sentence_and_no_overflow() -> None:
    with pytest.raises(DicomError, match="disagree by"):
        taken(pet_header(ge_decay_datetime="19000101100000"))


@pytest.mark.parametrize(("seconds", "accepted"), [(1.9, True), (2.1, False), (1800.0, False)])
def test_a_series_time_after_the_acquisition_is_refused(seconds: float, accepted: bool) -> None:
    header = pet_header(series_start=after(seconds))
    if accepted:
        assert taken(header)[0] == after(seconds)
        return
    with pytest.raises(DicomError, match=re.escape(f"{seconds:.0f} s after the earliest acquisition")):
        taken(header)


def test_slices_without_acquisition_time_are_counted() -> None:
    header = with_slices(pet_header(), {}, {"acquired": None})
    with pytest.raises(DicomError, match=r"AcquisitionDate/Time \(0008,0022/0032\) is missing in 1 of 2 slices"):
        taken(header)


def test_a_start_time_without_date_takes_that_of_the_acquisition_and_says_so() -> None:
    found = injection_of(pet_header(injection_datetime=None), SCAN)
    assert found.time == datetime(2025, 1, 1, 10)
    assert found.conventions == ("RadiopharmaceuticalStartTime (0018,1072) has no date; it takes that of the acquisition.",)


def test_the_start_datetime_goes_before_the_start_time() -> None:
    found = injection_of(pet_header(injection_datetime="20250101100000.50", injection_time="100000"), SCAN)
    assert found.time == datetime(2025, 1, 1, 10, 0, 0, 500_000)
    assert found.conventions == ()


REFUSED_INJECTIONS = {
    "neither given": ({"injection_time": None, "injection_datetime": None}, "Both .* are missing"),
    "two times of day": ({"injection_time": "100002"}, "says 10:00:00, but .* says 10:00:02"),
    "before midnight by time alone": (
        {"injection_time": "233000", "injection_datetime": None},
        r"2025-01-01 23:30:00 .*comes after the scan.*other side of midnight",
    ),
    "before midnight by date": (
        {"injection_time": None, "injection_datetime": "20241231233000"},
        r"2024-12-31 23:30:00 .*lies on the other side of midnight",
    ),
    "after the scan": ({"injection_time": None, "injection_datetime": "20250101115000"}, "comes after the scan"),
    "no time": ({"injection_time": "noon", "injection_datetime": None}, '"noon", which is not a time of day'),
    "the hour only": ({"injection_time": "10", "injection_datetime": None}, '"10", which is not a time of day to the minute'),
    "an offset from UTC": ({"injection_datetime": "20250101100000+0100"}, "with an offset from UTC"),
}


@pytest.mark.parametrize("case", REFUSED_INJECTIONS)
def test_an_injection_that_is_not_sure_is_refused(case: str) -> None:
    changes, sentence = REFUSED_INJECTIONS[case]
    with pytest.raises(DicomError, match=sentence):
        injection_of(pet_header(**changes), SCAN)


def test_times_and_dates_are_read_as_dicom_writes_them() -> None:
    assert parse_time("1034", "T") == time(10, 34)
    assert parse_time("103405.25 ", "T") == time(10, 34, 5, 250_000)
    assert parse_datetime("202501011034", "T") == datetime(2025, 1, 1, 10, 34)


@pytest.mark.parametrize("text", ["20250230100000", "20251301100000", "20250101", "2025-01-01T10:00:00", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(DicomError, match="which is not a date"):
        parse_datetime(text, "Tag")


@pytest.mark.parametrize("text", ["2460", "240000", "106000", "10:00:00", "-10000"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(DicomError, match="which is not a time of day"):
        parse_time(text, "Tag")
