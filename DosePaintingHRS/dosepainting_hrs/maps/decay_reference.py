"""To which moment the voxels of a PET series are decay-corrected, and when the tracer was injected."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from ..acquisition import PetAcquisition, PetSlice
from ..errors import DicomError

TOLERANCE_S = 2.0
"""Times that differ by no more than this count as one."""
SUV_TOLERANCE_PERCENT = 1.0
"""Counted reference times may differ by no more than this, in per cent of SUV."""
NOT_GIVEN = "not given"
"""How the remark on a moment begins whose tags are missing."""
_SAME_TIME_OF_DAY_S = 1.0
_MEND = "Correct the header at its source, or export the series from the scanner again."
_ACQUISITION_TAG = "AcquisitionDate/Time (0008,0022/0032)"
_SERIES_TAG = "SeriesDate/Time (0008,0021/0031)"
_START_TIME_TAG = "RadiopharmaceuticalStartTime (0018,1072)"
_START_DATETIME_TAG = "RadiopharmaceuticalStartDateTime (0018,1078)"
_GE_TAG = "GE decay reference (0009,100D)"
_BACK_TAG = "back-computation from FrameReferenceTime (0054,1300)"


@dataclass(frozen=True, kw_only=True)
class ReferenceTime:
    """A moment that the tags give for the decay correction.

    Parameters
    ----------
    source : str
        Tag or computation that it comes from.
    time : datetime or None
        The moment; None when the tags do not give it.
    counted : bool
        Whether the rules take it into account.
    remark : str
        Why it is not counted; empty when it is.
    suv_difference_percent : float or None
        By how much SUV would change if it were taken, in per cent.
    """

    source: str
    time: datetime | None
    counted: bool
    remark: str = ""
    suv_difference_percent: float | None = None

    @property
    def given(self) -> bool:
        """Whether the header holds the tags at all, be it that they give no single moment."""
        return not self.remark.startswith(NOT_GIVEN)

    def agrees_with(self, taken: datetime) -> bool:
        """Whether it counts and lies within `TOLERANCE_S` of the moment taken."""
        return self.counted and self.time is not None and abs((self.time - taken).total_seconds()) <= TOLERANCE_S

    def __str__(self) -> str:
        if self.time is None:
            return f"{self.source}: {self.remark}"
        change = "" if self.suv_difference_percent is None else f", {self.suv_difference_percent:+.2f} % of SUV"
        return f"{self.source}: {self.time:%H:%M:%S}{change}{'' if self.counted else f' (not used: {self.remark})'}"


@dataclass(frozen=True, kw_only=True)
class Injection:
    """When the tracer was injected, which tag says so, and the conventions that were applied."""

    time: datetime
    source: str
    conventions: tuple[str, ...] = ()


def mean_decay_time_s(duration_s: float, decay_constant: float) -> float:
    """Return the time from the start of a frame at which the activity equals its mean over the frame, s.

    Notes
    -----
    (1/lambda) ln(lambda T / (1 - exp(-lambda T))): slightly before the middle of the frame.
    """
    decays = decay_constant * duration_s
    return math.log(decays / -math.expm1(-decays)) / decay_constant


def reference_times(acquisition: PetAcquisition, decay_constant: float) -> tuple[ReferenceTime, ...]:
    """List the moments that the tags give for DecayCorrection START, in the order in which they are taken.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of the series.
    decay_constant : float
        ln 2 over half-life, 1/s.

    Returns
    -------
    tuple of ReferenceTime
        The stated one (GE), the back-computed one, the series' and the earliest acquisition; the first that counts is
        the one to take, and the differences in SUV are relative to it.

    Raises
    ------
    DicomError
        If acquisition times are missing, the series time lies after the acquisition by over 2 s, or two that count
        disagree by over 1 % of SUV.
    """
    earliest = earliest_acquisition(acquisition)
    listed = (
        _stated(acquisition),
        _back_computed(acquisition.slices, earliest, decay_constant),
        _of_series(acquisition, earliest),
        ReferenceTime(source=f"earliest {_ACQUISITION_TAG}", time=earliest, counted=True),
    )
    taken, _ = taken_from(listed)
    compared = tuple(_compared(one, taken, decay_constant) for one in listed)
    _require_agreement(compared, decay_constant)
    return compared


def taken_from(listed: Sequence[ReferenceTime]) -> tuple[datetime, str]:
    """Return the first moment that counts, and its source."""
    return next((one.time, one.source) for one in listed if one.counted and one.time is not None)


def injection_of(acquisition: PetAcquisition, reference: datetime) -> Injection:
    """Find out when the tracer was injected.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of the series.
    reference : datetime
        Moment to which the voxels are decay-corrected.

    Raises
    ------
    DicomError
        If no tag gives it, two tags contradict each other, or it lies on another day than, or after, `reference`.
    """
    injection = _injection_as_stated(acquisition)
    found = f"The injection at {injection.time:%Y-%m-%d %H:%M:%S} ({injection.source})"
    scanned = f"the voxels are decay-corrected to {reference:%Y-%m-%d %H:%M:%S}"
    if injection.time.date() != reference.date():
        raise DicomError(
            f"{found} lies on the other side of midnight: {scanned}; this version needs both on one day.",
            "Check the dates of the injection and of the scan. Scans over midnight are a matter for a later version.",
        )
    if injection.time > reference:
        raise DicomError(
            f"{found} comes after the scan, as {scanned}: either it was on the other side of midnight, or a clock was wrong.",
            "Check both times. Scans over midnight are a matter for a later version.",
        )
    return injection


def earliest_acquisition(acquisition: PetAcquisition) -> datetime:
    """Return the earliest acquisition of any slice.

    Raises
    ------
    DicomError
        If a slice does not say when it was acquired.
    """
    times = [one.acquired for one in acquisition.slices if one.acquired is not None]
    lacking = len(acquisition.slices) - len(times)
    if lacking or not times:
        raise DicomError(
            f"{_ACQUISITION_TAG} is missing in {lacking} of {len(acquisition.slices)} slices; SUV needs to know when the "
            "scan took place.",
            _MEND,
        )
    return min(times)


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
            "Give the local time of the injection without offset.",
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


def _stated(acquisition: PetAcquisition) -> ReferenceTime:
    if not acquisition.ge_decay_datetime:
        return ReferenceTime(source=_GE_TAG, time=None, counted=False, remark=NOT_GIVEN)
    return ReferenceTime(source=_GE_TAG, time=parse_datetime(acquisition.ge_decay_datetime, _GE_TAG), counted=True)


def _back_computed(slices: Sequence[PetSlice], earliest: datetime, decay_constant: float) -> ReferenceTime:
    bare = ReferenceTime(source=_BACK_TAG, time=None, counted=False)
    offsets = []
    for one in slices:
        if one.acquired is None or one.frame_reference_ms is None or not one.frame_duration_ms or one.frame_duration_ms < 0:
            return replace(bare, remark=f"{NOT_GIVEN} (FrameReferenceTime or ActualFrameDuration is missing)")
        mean_s = mean_decay_time_s(one.frame_duration_ms / 1000.0, decay_constant)
        offsets.append((one.acquired - earliest).total_seconds() + mean_s - one.frame_reference_ms / 1000.0)
    low, high = min(offsets), max(offsets)
    if high - low > TOLERANCE_S:
        return replace(bare, remark=f"not one time for all slices ({low:+.0f} to {high:+.0f} s from the first acquisition)")
    mean = sum(offsets) / len(offsets)
    late = mean > TOLERANCE_S
    remark = f"{mean:.0f} s after the earliest acquisition" if late else ""
    return ReferenceTime(source=_BACK_TAG, time=earliest + timedelta(seconds=mean), counted=not late, remark=remark)


def _of_series(acquisition: PetAcquisition, earliest: datetime) -> ReferenceTime:
    start = acquisition.series_start
    if start is None:
        return ReferenceTime(source=_SERIES_TAG, time=None, counted=False, remark=NOT_GIVEN)
    late_s = (start - earliest).total_seconds()
    if late_s > TOLERANCE_S:
        raise DicomError(
            f"{_SERIES_TAG} is {start:%Y-%m-%d %H:%M:%S}, {late_s:.0f} s after the earliest acquisition "
            f"({earliest:%Y-%m-%d %H:%M:%S}), so the moment of the decay correction is not sure; it may lie at most "
            f"{TOLERANCE_S:g} s after it.",
            "Use the original series; one that was made later by post-processing is a matter for a later version.",
        )
    return ReferenceTime(source=_SERIES_TAG, time=start, counted=True)


def _compared(one: ReferenceTime, taken: datetime, decay_constant: float) -> ReferenceTime:
    if one.time is None:
        return one
    percent = 100.0 * math.expm1(_bounded(decay_constant * (one.time - taken).total_seconds()))
    return replace(one, suv_difference_percent=percent)


def _require_agreement(listed: tuple[ReferenceTime, ...], decay_constant: float) -> None:
    counted = sorted((one.time, one.source) for one in listed if one.counted and one.time is not None)
    (first, first_source), (last, last_source) = counted[0], counted[-1]
    percent = 100.0 * math.expm1(_bounded(decay_constant * (last - first).total_seconds()))
    if percent > SUV_TOLERANCE_PERCENT:
        raise DicomError(
            f"The moments to which the voxels may be decay-corrected disagree by {percent:.3g} % of SUV: {first_source} gives "
            f"{first:%Y-%m-%d %H:%M:%S}, {last_source} gives {last:%Y-%m-%d %H:%M:%S}; at most "
            f"{SUV_TOLERANCE_PERCENT:g} % is allowed.",
            "Find out from the scanner's documentation which one holds. Choosing one by name is a matter for a later version.",
        )


def _bounded(exponent: float) -> float:
    return min(exponent, 700.0)  # Dates decades apart must still give a sentence, not an overflow.


def _injection_as_stated(acquisition: PetAcquisition) -> Injection:
    of_day = parse_time(acquisition.injection_time, _START_TIME_TAG) if acquisition.injection_time else None
    if acquisition.injection_datetime:
        moment = parse_datetime(acquisition.injection_datetime, _START_DATETIME_TAG)
        if of_day is not None:
            _require_same_time_of_day(moment, of_day)
        return Injection(time=moment, source=_START_DATETIME_TAG)
    if of_day is None:
        raise DicomError(
            f"Both {_START_DATETIME_TAG} and {_START_TIME_TAG} are missing; SUV needs to know when the tracer was injected.",
            _MEND,
        )
    convention = f"{_START_TIME_TAG} has no date; it takes that of the acquisition."
    moment = datetime.combine(earliest_acquisition(acquisition).date(), of_day)
    return Injection(time=moment, source=_START_TIME_TAG, conventions=(convention,))


def _require_same_time_of_day(moment: datetime, of_day: time) -> None:
    apart_s = abs((datetime.combine(moment.date(), of_day) - moment).total_seconds())
    if apart_s > _SAME_TIME_OF_DAY_S:
        raise DicomError(
            f"{_START_DATETIME_TAG} says {moment:%H:%M:%S}, but {_START_TIME_TAG} says {of_day:%H:%M:%S}; the time of day "
            "must be the same.",
            "Find out when the tracer was injected and correct the header at its source.",
        )
