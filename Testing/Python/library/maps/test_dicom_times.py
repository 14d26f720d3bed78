"""Dates and times as DICOM writes them, and as it does not."""

from datetime import datetime, time

import pytest

from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.maps.dicom_times import parse_datetime, parse_time


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
