"""To which moment the voxels of a PET series are decay-corrected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..acquisition import PetAcquisition, PetSlice
from ..errors import DicomError
from .dicom_times import parse_datetime
from .suv_parameters import ReferenceChoice

TOLERANCE_S = 2.0
"""Times that differ by no more than this count as one."""
TOLD_PERCENT = 1.0
"""Reference times that differ by more than this, in per cent of SUV, are told."""
REFUSED_PERCENT = 5.0
"""The back-computed time and that of the series may differ by no more than this where both count, in per cent of SUV."""
NOT_GIVEN = "not given"
"""How the remark on a moment begins whose tags are missing."""
_ACQUISITION_TAG = "AcquisitionDate/Time (0008,0022/0032)"
_SERIES_TAG = "SeriesDate/Time (0008,0021/0031)"
_GE_TAG = "GE decay reference (0009,100D)"
_BACK_TAG = "back-computation from FrameReferenceTime (0054,1300)"
_FACTOR_TAG = "DecayFactor (0054,1321)"
_CENTURY_S = 100.0 * 365.25 * 86400.0


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


def mean_decay_time_s(duration_s: float, decay_constant: float) -> float:
    """Return the time from the start of a frame at which the activity equals its mean over the frame, s.

    Notes
    -----
    (1/lambda) ln(lambda T / (1 - exp(-lambda T))): slightly before the middle of the frame.
    """
    decays = decay_constant * duration_s
    return math.log(decays / -math.expm1(-decays)) / decay_constant


def reference_times(
    acquisition: PetAcquisition, decay_constant: float, choice: ReferenceChoice = ReferenceChoice.RULES
) -> tuple[ReferenceTime, ...]:
    """List the moments that the tags give for DecayCorrection START.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of the series.
    decay_constant : float
        ln 2 over half-life, 1/s.
    choice : ReferenceChoice
        Which one to take; by the rules the first that counts of the stated one (GE), the back-computed one, the series'
        and the earliest acquisition.

    Returns
    -------
    tuple of ReferenceTime
        The one to take first, the others in the order of the rules; differences in SUV are relative to it. That by
        DecayFactor is shown, never taken.

    Raises
    ------
    DicomError
        If there is none to take, or the back-computed one and the series' both count and disagree by over 5 % of SUV.
    """
    earliest = earliest_acquisition(acquisition)
    listed = {
        ReferenceChoice.GE: _stated(acquisition),
        ReferenceChoice.BACK_COMPUTED: _back_computed(acquisition.slices, earliest, decay_constant),
        ReferenceChoice.SERIES: _of_series(acquisition, earliest),
        ReferenceChoice.ACQUISITION: _of_acquisition(acquisition, earliest),
    }
    taken = _chosen(listed, choice)
    if choice is ReferenceChoice.RULES and taken is not ReferenceChoice.GE:
        _require_agreement(listed, decay_constant)
    by_factor = _by_decay_factor(acquisition.slices, earliest, decay_constant)
    ordered = [listed.pop(taken), *listed.values(), *([by_factor] if by_factor.given else [])]
    moment = ordered[0].time
    return tuple(_compared(one, moment, decay_constant) for one in ordered) if moment else tuple(ordered)


def earliest_acquisition(acquisition: PetAcquisition) -> datetime | None:
    """Return the earliest acquisition of any slice; None when a slice does not say when it was acquired."""
    times = [one.acquired for one in acquisition.slices if one.acquired is not None]
    return min(times) if times and len(times) == len(acquisition.slices) else None


def require_acquisition_times(acquisition: PetAcquisition, why: str) -> list[datetime]:
    """Return when each slice was acquired.

    Raises
    ------
    DicomError
        If a slice does not say so.
    """
    times = [one.acquired for one in acquisition.slices if one.acquired is not None]
    lacking = len(acquisition.slices) - len(times)
    if lacking or not times:
        raise DicomError(
            f"{_ACQUISITION_TAG} is missing in {lacking} of {len(acquisition.slices)} slices; {why}.",
            "Correct the header at its source, or export the series from the scanner again.",
        )
    return times


def _chosen(listed: Mapping[ReferenceChoice, ReferenceTime], choice: ReferenceChoice) -> ReferenceChoice:
    if choice is not ReferenceChoice.RULES:
        one = listed[choice]
        if one.time is None:
            raise DicomError(
                f'The reference time "{choice.value}" was chosen, but the header does not give it ({one}).',
                f"Choose another one with --reference-time, or leave it to the rules. {_there_are(listed)}",
            )
        return choice
    counting = [name for name, one in listed.items() if one.counted and one.time is not None]
    if not counting:
        told = "; ".join(str(one) for one in listed.values())
        raise DicomError(
            f"No tag tells to which moment the voxels are decay-corrected: {told}.",
            f"Choose one by name with --reference-time, if the scanner's documentation names it. {_there_are(listed)}",
        )
    return counting[0]


def _there_are(listed: Mapping[ReferenceChoice, ReferenceTime]) -> str:
    given = [f'"{name.value}"' for name, one in listed.items() if one.time is not None]
    return f"The header gives {', '.join(given)}." if given else "The header gives none of them."


def _stated(acquisition: PetAcquisition) -> ReferenceTime:
    if not acquisition.ge_decay_datetime:
        return ReferenceTime(source=_GE_TAG, time=None, counted=False, remark=NOT_GIVEN)
    return ReferenceTime(source=_GE_TAG, time=parse_datetime(acquisition.ge_decay_datetime, _GE_TAG), counted=True)


def _back_computed(slices: Sequence[PetSlice], earliest: datetime | None, decay_constant: float) -> ReferenceTime:
    bare = ReferenceTime(source=_BACK_TAG, time=None, counted=False)
    offsets = []
    for one in slices:
        if one.acquired is None or one.frame_reference_ms is None or not one.frame_duration_ms or one.frame_duration_ms < 0:
            missing = "AcquisitionDate/Time, FrameReferenceTime or ActualFrameDuration"
            return replace(bare, remark=f"{NOT_GIVEN} ({missing} is missing)")
        mean_s = mean_decay_time_s(one.frame_duration_ms / 1000.0, decay_constant)
        offsets.append((one.acquired - (earliest or one.acquired)).total_seconds() + mean_s - one.frame_reference_ms / 1000.0)
    return _single(bare, offsets, earliest)


def _by_decay_factor(slices: Sequence[PetSlice], earliest: datetime | None, decay_constant: float) -> ReferenceTime:
    """Return the moment at which a decay factor of 1 would have been right: a second witness, which scanners round."""
    bare = ReferenceTime(source=_FACTOR_TAG, time=None, counted=False)
    offsets = []
    for one in slices:
        # A factor of 1 in a frame that has a length says that nobody filled it in.
        if one.acquired is None or earliest is None or not one.decay_factor or one.decay_factor <= 1.0:
            return replace(bare, remark=NOT_GIVEN)
        duration_s = (one.frame_duration_ms or 0.0) / 1000.0
        mean_s = mean_decay_time_s(duration_s, decay_constant) if duration_s > 0 else 0.0
        offsets.append((one.acquired - earliest).total_seconds() + mean_s - math.log(one.decay_factor) / decay_constant)
    found = _single(bare, offsets, earliest)
    return replace(found, counted=False, remark=found.remark or "shown for comparison only")


def _single(bare: ReferenceTime, offsets: Sequence[float], earliest: datetime | None) -> ReferenceTime:
    """Return the one moment that offsets from the earliest acquisition give, if it is one and not later than that."""
    low, high = min(offsets), max(offsets)
    if high - low > TOLERANCE_S:
        return replace(bare, remark=f"not one time for all slices ({low:+.0f} to {high:+.0f} s from the first acquisition)")
    mean = sum(offsets) / len(offsets)
    late = mean > TOLERANCE_S
    remark = f"{mean:.0f} s after the earliest acquisition" if late else ""
    moment = earliest + timedelta(seconds=mean) if earliest is not None and abs(mean) < _CENTURY_S else None
    return replace(bare, time=moment, counted=not late and moment is not None, remark=remark)


def _of_series(acquisition: PetAcquisition, earliest: datetime | None) -> ReferenceTime:
    start = acquisition.series_start
    if start is None:
        return ReferenceTime(source=_SERIES_TAG, time=None, counted=False, remark=NOT_GIVEN)
    if earliest is None:
        return ReferenceTime(source=_SERIES_TAG, time=start, counted=False, remark="no acquisition time to compare it with")
    late_s = (start - earliest).total_seconds()
    late = late_s > TOLERANCE_S
    remark = f"{late_s:.0f} s after the earliest acquisition, so it was set later" if late else ""
    return ReferenceTime(source=_SERIES_TAG, time=start, counted=not late, remark=remark)


def _of_acquisition(acquisition: PetAcquisition, earliest: datetime | None) -> ReferenceTime:
    source = f"earliest {_ACQUISITION_TAG}"
    if earliest is None:
        lacking = sum(one.acquired is None for one in acquisition.slices)
        remark = f"{NOT_GIVEN} ({_ACQUISITION_TAG} is missing in {lacking} of {len(acquisition.slices)} slices)"
        return ReferenceTime(source=source, time=None, counted=False, remark=remark)
    return ReferenceTime(source=source, time=earliest, counted=True)


def _compared(one: ReferenceTime, taken: datetime, decay_constant: float) -> ReferenceTime:
    if one.time is None:
        return one
    percent = 100.0 * math.expm1(_bounded(decay_constant * (one.time - taken).total_seconds()))
    return replace(one, suv_difference_percent=percent)


def _require_agreement(listed: Mapping[ReferenceChoice, ReferenceTime], decay_constant: float) -> None:
    back, series = listed[ReferenceChoice.BACK_COMPUTED], listed[ReferenceChoice.SERIES]
    if not (back.counted and series.counted and back.time and series.time):
        return
    apart_s = abs((back.time - series.time).total_seconds())
    percent = 100.0 * math.expm1(_bounded(decay_constant * apart_s))
    if percent > REFUSED_PERCENT:
        raise DicomError(
            f"The moments to which the voxels may be decay-corrected disagree by {percent:.3g} % of SUV: {back.source} gives "
            f"{back.time:%Y-%m-%d %H:%M:%S}, {series.source} gives {series.time:%Y-%m-%d %H:%M:%S}; at most "
            f"{REFUSED_PERCENT:g} % is allowed.",
            "Find out from the scanner's documentation which one holds and choose it: --reference-time "
            f'"{ReferenceChoice.BACK_COMPUTED.value}" or --reference-time "{ReferenceChoice.SERIES.value}".',
        )


def _bounded(exponent: float) -> float:
    return min(exponent, 700.0)  # Dates decades apart must still give a sentence, not an overflow.
