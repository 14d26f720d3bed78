"""When each frame began and how long it took, and what does not fit together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from pydicom import Dataset

from ..acquisition import PetAcquisition
from ..errors import DicomError
from ..image_frames import FrameInfo
from .diffusion import b_value, gradient_direction
from .frame_order import acquired, content_time
from .values import number, whole

_OVERLAP_S = 1.0
"""A frame that begins earlier than this before the end of the one before it overlaps with it."""
_NO_DAY = datetime(1900, 1, 1)
Found = tuple[tuple[FrameInfo, ...], datetime | None, tuple[str, ...]]


def frame_infos(frames: Sequence[Sequence[Dataset]], acquisitions: Sequence[PetAcquisition | None] = ()) -> Found:
    """Return what is known of each frame, when the first one began, and remarks.

    Parameters
    ----------
    frames : sequence of sequence of Dataset
        Headers of each frame.
    acquisitions : sequence of PetAcquisition or None
        Header values of each frame of a PET; may be left out.

    Raises
    ------
    DicomError
        If the slices of a frame differ in duration, or frames overlap in time.
    """
    acquisitions = acquisitions or (None,) * len(frames)
    durations = [_duration_s(headers, number_) for number_, headers in enumerate(frames, 1)]
    begun = _starts(frames)
    began = begun[0] if begun is not None else None
    starts: list[float | None] = [None] * len(frames)
    if begun is not None:
        starts = [(time - begun[0]).total_seconds() for time in begun]
    infos = tuple(
        FrameInfo(
            start_s=start,
            duration_s=duration,
            b_value=_weight(headers),
            direction=gradient_direction(headers[0]) if _weight(headers) else None,
            acquisition_number=_acquisition_number(headers),
            acquisition=acquisition,
        )
        for headers, start, duration, acquisition in zip(frames, starts, durations, acquisitions, strict=True)
    )
    return infos, began, _gaps(infos) if infos[0].b_value is None else ()


def _weight(headers: Sequence[Dataset]) -> float | None:
    found = b_value(headers[0])
    return None if found is None else found[0]


def _acquisition_number(headers: Sequence[Dataset]) -> int | None:
    found = {whole(header, "AcquisitionNumber") for header in headers}
    return found.pop() if len(found) == 1 else None


def _duration_s(headers: Sequence[Dataset], frame: int) -> float | None:
    known = set()
    for header in headers:
        value = number(header, "ActualFrameDuration")
        known.add(value if value is not None else number(header, "FrameAcquisitionDuration"))
    if len(known) > 1:
        raise DicomError(
            f"The slices of frame {frame} differ in ActualFrameDuration (0018,1242): "
            f"{' and '.join(sorted(f'{value:g} ms' if value is not None else 'none' for value in known))}.",
            "Two acquisitions may be mixed; export the series again from its source.",
        )
    duration = known.pop()
    return duration / 1000.0 if duration else None


def _starts(frames: Sequence[Sequence[Dataset]]) -> list[datetime] | None:
    """Return when each frame began by the first time that rises from frame to frame; None when there is none.

    FrameReferenceTime marks, for all practical purposes, the middle of a frame.
    """
    for ask in (acquired, _by_reference, _by_trigger, content_time):
        found: list[datetime] = []
        for headers in frames:
            times = [ask(header) for header in headers]
            known = [time for time in times if time is not None]
            if len(known) == len(times):
                found.append(min(known))
        weighted = b_value(frames[0][0]) is not None
        if len(found) == len(frames) and (weighted or all(earlier < later for earlier, later in pairwise(found))):
            return found
    return None


def _by_reference(header: Dataset) -> datetime | None:
    middle, lasting = number(header, "FrameReferenceTime"), number(header, "ActualFrameDuration")
    if middle is None or lasting is None:
        return None
    return (acquired(header) or _NO_DAY) + timedelta(milliseconds=middle - lasting / 2)


def _by_trigger(header: Dataset) -> datetime | None:
    delay = number(header, "TriggerTime")
    return None if delay is None else (acquired(header) or _NO_DAY) + timedelta(milliseconds=delay)


def _gaps(infos: Sequence[FrameInfo]) -> tuple[str, ...]:
    remarks = []
    for place, (earlier, later) in enumerate(pairwise(infos), 1):
        if earlier.start_s is None or later.start_s is None or earlier.duration_s is None:
            continue
        gap = later.start_s - earlier.start_s - earlier.duration_s
        if gap < -_OVERLAP_S:
            raise DicomError(
                f"Frame {place + 1} begins {-gap:.4g} s before frame {place} has ended: a frame is doubled, or two "
                "acquisitions are mixed.",
                "Export the series again from its source, each acquisition as its own series.",
            )
        if gap > _OVERLAP_S:
            remarks.append(f"There is a gap of {gap:.4g} s between frame {place} and {place + 1}.")
    return tuple(remarks)
