"""DICOM dates and times of day as they stand in a header, read strictly."""

from __future__ import annotations

import re
from datetime import datetime, time

from ..errors import DicomError

_MEND = "Correct the header at its source, or export the series from the scanner again."


def parse_datetime(text: str, tag: str) -> datetime:
    """Read a DICOM DT that names at least the minute.

    Raises
    ------
    DicomError
        If it is not one, or carries an offset from UTC, which the times it is compared with lack.
    """
    match = re.fullmatch(r"(\d{8})(\d{4}(?:\d{2}(?:\.\d{1,6})?)?)([+-]\d{4})?", text.strip())
    if match is None:
        raise DicomError(f'{tag} is "{text}", which is not a date and time to the minute (YYYYMMDDHHMMSS).', _MEND)
    if match[3]:
        raise DicomError(
            f'{tag} is "{text}", with an offset from UTC; the times of the scan are local times without one.',
            "Give the local time without offset, for the injection with --injection-time.",
        )
    try:
        day = datetime.strptime(match[1], "%Y%m%d").date()
    except ValueError as error:
        raise DicomError(f'{tag} is "{text}", which is not a date of the calendar.', _MEND) from error
    return datetime.combine(day, parse_time(match[2], tag))


def parse_time(text: str, tag: str) -> time:
    """Read a DICOM TM that names at least the minute.

    Raises
    ------
    DicomError
        If it is not one.
    """
    pattern = r"([01]\d|2[0-3])([0-5]\d)(?:([0-5]\d)(?:\.(\d{1,6}))?)?"
    match = re.fullmatch(pattern, text.strip())
    if match is None:
        raise DicomError(f'{tag} is "{text}", which is not a time of day to the minute (HHMMSS).', _MEND)
    return time(int(match[1]), int(match[2]), int(match[3] or 0), int((match[4] or "0").ljust(6, "0")))
