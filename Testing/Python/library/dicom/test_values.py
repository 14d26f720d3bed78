"""Header values as plain types."""

from __future__ import annotations

from datetime import datetime

import pytest
from pydicom import Dataset

from dosepainting_hrs.dicom.values import date_time, items, number, numbers, text, texts, whole


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("20240229", "235959.5", datetime(2024, 2, 29, 23, 59, 59, 500000)),
        ("20240102", "10", datetime(2024, 1, 2, 10)),
        ("2024.01.02", "10:11:12", datetime(2024, 1, 2, 10, 11, 12)),
        ("20240102", "101112.000001", datetime(2024, 1, 2, 10, 11, 12, 1)),
        ("20230229", "101112", None),
        ("20240102", "256000", None),
        ("20240102", "1", None),
        ("20240102", "", None),
        ("", "101112", None),
        ("2024", "101112", None),
    ],
)
def test_date_and_time_make_one_moment_or_none(date: str, time: str, expected: datetime | None) -> None:
    assert date_time(date, time) == expected


def test_absent_empty_and_malformed_values_are_empty() -> None:
    header = Dataset()
    header.PatientID = ""
    assert (text(header, "PatientID"), text(header, "PatientName")) == ("", "")
    assert (texts(header, "ImageType"), numbers(header, "PixelSpacing"), number(header, "SliceThickness")) == ((), (), None)
    assert (whole(header, "Rows"), items(header, "SourceImageSequence")) == (None, ())
    header.SeriesDescription = "1\\nan"
    assert numbers(header, "SeriesDescription") == ()
    header.SeriesDescription = "12 mm"
    assert numbers(header, "SeriesDescription") == ()


def test_several_values_are_not_one_number() -> None:
    header = Dataset()
    header.PixelSpacing = [1.5, 2.5]
    assert numbers(header, "PixelSpacing") == (1.5, 2.5)
    assert number(header, "PixelSpacing") is None
