"""When the tracer was injected: dates, midnight, and what contradicts."""

from datetime import datetime
from typing import Any

import pytest

from builders.volumes import SCAN, pet_header, with_slices
from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.maps.injection import injection_of


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
    "after the scan": ({"injection_time": None, "injection_datetime": "20250101115000"}, "comes after the scan"),
    "no time": ({"injection_time": "noon", "injection_datetime": None}, '"noon", which is not a time of day'),
    "the hour only": ({"injection_time": "10", "injection_datetime": None}, '"10", which is not a time of day to the minute'),
    "an hour after the scan, by date and time": (
        {"injection_time": None, "injection_datetime": "20250101130000"},
        r"2025-01-01 13:00:00 .*comes after the scan.*a clock or a date was wrong",
    ),
    "two injections": ({"tracers": 2}, r"\(0054,0016\) lists 2 injections; SUV needs one"),
    "an offset from UTC": ({"injection_datetime": "20250101100000+0100"}, "with an offset from UTC"),
}


@pytest.mark.parametrize("case", REFUSED_INJECTIONS)
def test_an_injection_that_is_not_sure_is_refused(case: str) -> None:
    changes, sentence = REFUSED_INJECTIONS[case]
    with pytest.raises(DicomError, match=sentence):
        injection_of(pet_header(**changes), SCAN)


def test_before_midnight_by_time_alone_is_the_day_before_and_that_is_said() -> None:
    found = injection_of(pet_header(injection_time="233000", injection_datetime=None), SCAN)
    assert found.time == datetime(2024, 12, 31, 23, 30)
    assert "it takes the day before" in found.conventions[0]


def test_before_midnight_by_date_is_taken_as_it_stands() -> None:
    found = injection_of(pet_header(injection_time=None, injection_datetime="20241231233000"), SCAN)
    assert (found.time, found.conventions) == (datetime(2024, 12, 31, 23, 30), ())


def dynamic(**changes: Any) -> Any:
    header = pet_header(series_type=("DYNAMIC", "IMAGE"), injection_time=None, **changes)
    return with_slices(header, {}, {"acquired": SCAN.replace(hour=12, minute=0, second=0)})


def test_in_a_dynamic_series_the_injection_may_follow_the_start_of_the_scan() -> None:
    found = injection_of(dynamic(injection_datetime="20250101114958"), SCAN)
    assert found.time == SCAN.replace(second=58)
    assert "10 s after the moment that this dynamic series is decay-corrected to" in found.conventions[0]


def test_but_not_the_end_of_its_last_frame() -> None:
    with pytest.raises(DicomError, match="comes after the scan"):
        injection_of(dynamic(injection_datetime="20250101120201"), SCAN)


def test_what_ge_states_is_compared_with_the_injection_taken() -> None:
    found = injection_of(pet_header(ge_injection_datetime="20250101100500"), SCAN)
    assert found.time == datetime(2025, 1, 1, 10)
    assert found.warnings == ("GE's stated injection (0009,103B) says 2025-01-01 10:05:00, +300 s from the injection taken.",)
    assert injection_of(pet_header(ge_injection_datetime="20250101100001"), SCAN).warnings == ()
