"""When the tracer was injected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ..acquisition import PetAcquisition
from ..errors import DicomError
from .decay_reference import TOLERANCE_S, earliest_acquisition
from .dicom_times import parse_datetime, parse_time

_SAME_TIME_OF_DAY_S = 1.0
_START_TIME_TAG = "RadiopharmaceuticalStartTime (0018,1072)"
_START_DATETIME_TAG = "RadiopharmaceuticalStartDateTime (0018,1078)"
_GE_TAG = "GE's stated injection (0009,103B)"
_SUPPLY = "Give it with --injection-time, or correct the header at its source."


@dataclass(frozen=True, kw_only=True)
class Injection:
    """When the tracer was injected, which tag says so, and what is to be told of it.

    Parameters
    ----------
    time : datetime
        The moment.
    source : str
        Tag that gives it.
    conventions : tuple of str
        Conventions of the fixed list that were applied.
    warnings : tuple of str
        What contradicts it without hindering.
    """

    time: datetime
    source: str
    conventions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def injection_of(acquisition: PetAcquisition, reference: datetime) -> Injection:
    """Find out when the tracer was injected.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of the series.
    reference : datetime
        Moment to which the voxels are decay-corrected, or the earliest acquisition where they are not.

    Raises
    ------
    DicomError
        If there were several injections, no tag gives the time, two tags contradict each other, or it comes after
        `reference`; in a dynamic series, after its end.

    Notes
    -----
    The start date-time goes before the start time. A start time without date takes the date of the acquisition, and the day
    before when that would be after it.
    """
    if acquisition.tracers > 1:
        raise DicomError(
            f"RadiopharmaceuticalInformationSequence (0054,0016) lists {acquisition.tracers} injections; SUV needs one.",
            "Use a series of one tracer.",
        )
    latest = _latest(acquisition, reference)
    injection = _as_stated(acquisition, latest)
    if injection.time > latest:
        raise DicomError(
            f"The injection at {injection.time:%Y-%m-%d %H:%M:%S} ({injection.source}) comes after the scan, as the voxels are "
            f"decay-corrected to {reference:%Y-%m-%d %H:%M:%S}: a clock or a date was wrong.",
            "Check both times; give the right one with --injection-time, with a name and a reason.",
        )
    if injection.time > reference:
        late = (injection.time - reference).total_seconds()
        told = f"The tracer was injected {late:.0f} s after the moment that this dynamic series is decay-corrected to."
        injection = Injection(time=injection.time, source=injection.source, conventions=(*injection.conventions, told))
    return _compared_with_ge(acquisition, injection)


def _latest(acquisition: PetAcquisition, reference: datetime) -> datetime:
    """Return the moment after which no injection can lie: in a dynamic series it may come until the last frame ends."""
    if acquisition.series_type[:1] != ("DYNAMIC",):
        return reference
    ends = [
        one.acquired + timedelta(milliseconds=one.frame_duration_ms or 0.0)
        for one in acquisition.slices
        if one.acquired is not None
    ]
    return max(reference, *ends) if ends else reference


def _as_stated(acquisition: PetAcquisition, latest: datetime) -> Injection:
    of_day = parse_time(acquisition.injection_time, _START_TIME_TAG) if acquisition.injection_time else None
    if acquisition.injection_datetime:
        moment = parse_datetime(acquisition.injection_datetime, _START_DATETIME_TAG)
        if of_day is not None:
            _require_same_time_of_day(moment, of_day)
        return Injection(time=moment, source=_START_DATETIME_TAG)
    if of_day is None:
        raise DicomError(
            f"Both {_START_DATETIME_TAG} and {_START_TIME_TAG} are missing; SUV needs to know when the tracer was injected.",
            _SUPPLY,
        )
    convention = f"{_START_TIME_TAG} has no date; it takes that of the acquisition."
    acquired = earliest_acquisition(acquisition)
    moment = datetime.combine((acquired or latest).date(), of_day)
    if moment > latest:
        moment -= timedelta(days=1)
        convention = f"{_START_TIME_TAG} has no date, and would lie after the scan on its day; it takes the day before."
    return Injection(time=moment, source=_START_TIME_TAG, conventions=(convention,))


def _require_same_time_of_day(moment: datetime, of_day: time) -> None:
    apart_s = abs((datetime.combine(moment.date(), of_day) - moment).total_seconds())
    if apart_s > _SAME_TIME_OF_DAY_S:
        raise DicomError(
            f"{_START_DATETIME_TAG} says {moment:%H:%M:%S}, but {_START_TIME_TAG} says {of_day:%H:%M:%S}; the time of day "
            "must be the same.",
            "Find out when the tracer was injected and give it with --injection-time, with a name and a reason.",
        )


def _compared_with_ge(acquisition: PetAcquisition, injection: Injection) -> Injection:
    if not acquisition.ge_injection_datetime:
        return injection
    stated = parse_datetime(acquisition.ge_injection_datetime, _GE_TAG)
    apart_s = (stated - injection.time).total_seconds()
    if abs(apart_s) <= TOLERANCE_S:
        return injection
    told = f"{_GE_TAG} says {stated:%Y-%m-%d %H:%M:%S}, {apart_s:+.0f} s from the injection taken."
    return Injection(time=injection.time, source=injection.source, conventions=injection.conventions, warnings=(told,))
