"""Which slice of a series belongs to which frame: by time or diffusion weighting, never by number or file name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from pydicom import Dataset

from ..errors import DicomError
from .diffusion import b_value, gradient_direction
from .values import date_time, number, numbers, text

Key = tuple[Any, ...]
_EARLIEST = datetime.min


@dataclass(frozen=True, kw_only=True)
class FrameOrder:
    """The slices of a series, frame by frame.

    Parameters
    ----------
    frames : tuple of tuple of int
        For each frame, the index of its slice at each place, first to last along the normal.
    by : str
        What tells the frames apart, for the history.
    remarks : tuple of str
        What was odd and hinders nothing.
    """

    frames: tuple[tuple[int, ...], ...]
    by: str
    remarks: tuple[str, ...] = ()


def order_frames(headers: Sequence[Dataset], places: Sequence[Sequence[int]]) -> FrameOrder:
    """Sort the slices at each place into frames.

    Parameters
    ----------
    headers : sequence of Dataset
        Headers of all slices.
    places : sequence of sequence of int
        For each place along the normal, the indices of the slices that lie there.

    Raises
    ------
    DicomError
        If nothing tells the frames apart, or one is missing or doubled at some place.
    """
    name, keys = _weighting(headers) or _telling(headers, places)
    found = [Counter(keys[index] for index in place) for place in places]
    union = sorted({key for counter in found for key in counter})
    fixed = len(union) == max(len(counter) for counter in found)
    if fixed:
        _require_complete(name, union, found)
    else:
        _require_even(name, places)
    frames = tuple(zip(*(sorted(place, key=lambda one: (keys[one], _number(headers[one]))) for place in places), strict=True))
    if not fixed:
        _require_apart(name, keys, frames)
    numbers_of = [[_number(headers[frame[place]]) for frame in frames] for place in (0, len(places) - 1)]
    swapped = any(later < earlier for row in numbers_of for earlier, later in pairwise(row))
    told = (
        ("InstanceNumber does not follow the order of the frames; they were put in order by " + name + ".",) if swapped else ()
    )
    return FrameOrder(frames=frames, by=name, remarks=told if name != "b-value" else ())


def acquired(header: Dataset) -> datetime | None:
    """Return when a slice was acquired, from AcquisitionDate and AcquisitionTime or AcquisitionDateTime."""
    day = text(header, "AcquisitionDate") or text(header, "SeriesDate") or text(header, "StudyDate")
    stamp = text(header, "AcquisitionDateTime").split("+", 1)[0].split("-", 1)[0]
    return date_time(day, text(header, "AcquisitionTime")) or date_time(stamp[:8], stamp[8:])


def content_time(header: Dataset) -> datetime | None:
    """Return when the creation of the pixels of a slice began."""
    day = text(header, "ContentDate") or text(header, "SeriesDate") or text(header, "StudyDate")
    return date_time(day, text(header, "ContentTime"))


def _weighting(headers: Sequence[Dataset]) -> tuple[str, list[Key]] | None:
    found = [b_value(header) for header in headers]
    if not any(one is not None and one[0] > 0 for one in found):
        return None
    absent = sum(one is None for one in found)
    if absent:
        raise DicomError(
            f"The b-value is absent in {absent} of {len(headers)} images.",
            "It is looked for in (0018,9087), Siemens (0019,100C), GE (0043,1039) and Philips (2001,1003); "
            "export the series again with private tags.",
        )
    ways = [
        gradient_direction(header) if one is not None and one[0] > 0 else None
        for one, header in zip(found, headers, strict=True)
    ]
    return "b-value", [
        (one[0], () if way is None else tuple(round(value, 3) for value in way))
        for one, way in zip(found, ways, strict=True)
        if one is not None
    ]


def _telling(headers: Sequence[Dataset], places: Sequence[Sequence[int]]) -> tuple[str, list[Key]]:
    """Find what tells most frames apart: a time, or a number that the scanner gives to each time."""
    pet = text(headers[0], "Modality") == "PT"
    asked: list[tuple[str, Callable[[Dataset], Hashable | None]]] = [
        ("AcquisitionTime", acquired),
        ("FrameReferenceTime", lambda header: number(header, "FrameReferenceTime")),
        ("TemporalPositionIdentifier", lambda header: number(header, "TemporalPositionIdentifier")),
        ("TriggerTime", lambda header: number(header, "TriggerTime")),
        ("ContentTime", content_time),
    ]
    best: tuple[str, list[Key]] | None = None
    most = 1
    for name, ask in asked[:2] if pet else asked:
        values = [ask(header) for header in headers]
        if any(value is None for value in values):
            continue
        keys: list[Key] = [(value,) for value in values]
        distinct = max(len({keys[index] for index in place}) for place in places)
        if distinct > most:
            best, most = (name, keys), distinct
    if best is None:
        looked = "AcquisitionTime or FrameReferenceTime" if pet else "AcquisitionTime, TemporalPositionIdentifier, TriggerTime"
        raise DicomError(
            f"There are several images at each place, and no {looked} tells which frame each belongs to.",
            "Export the series again from the scanner, with its times.",
        )
    return best


def _require_complete(name: str, union: Sequence[Key], found: Sequence[Counter[Key]]) -> None:
    missing = {key: sum(counter[key] == 0 for counter in found) for key in union}
    doubled = {key: sum(counter[key] > 1 for counter in found) for key in union}
    for key in union if name == "b-value" else ():
        # The same number of images of a b-value at all places is a repetition, which methods deal with.
        if len({counter[key] for counter in found}) == 1:
            doubled[key] = 0
    for noun, at in (("missing", missing), ("doubled", doubled)):
        bad = {key: count for key, count in at.items() if count}
        if bad:
            told = "; ".join(
                f"{_in_words(name, key)} at {count} of {len(found)} places" for key, count in list(bad.items())[:4]
            )
            more = f"; and {len(bad) - 4} more" if len(bad) > 4 else ""
            raise DicomError(
                f"{len(bad)} of {len(union)} frames {'is' if len(bad) == 1 else 'are'} {noun} in part: {told}{more}.",
                "Copy or export the series again, complete and once.",
            )


def _require_even(name: str, places: Sequence[Sequence[int]]) -> None:
    counts = [len(place) for place in places]
    if len(set(counts)) > 1:
        raise DicomError(
            f"The places along the normal hold from {min(counts)} to {max(counts)} images, in frames told apart by {name}: "
            "frames are missing or doubled in part.",
            "Copy or export the series again, complete and once.",
        )


def _require_apart(name: str, keys: Sequence[Key], frames: Sequence[Sequence[int]]) -> None:
    """Refuse frames that overlap: a slice of one that was taken after one of the next belongs elsewhere."""
    for place, (earlier, later) in enumerate(pairwise(frames), 1):
        if max(keys[index] for index in earlier) >= min(keys[index] for index in later):
            raise DicomError(
                f"The slices of frame {place} and {place + 1} overlap in {name}: a frame is missing or doubled at some place, "
                "or two acquisitions are mixed.",
                "Copy or export the series again, complete and once.",
            )


def _in_words(name: str, key: Key) -> str:
    value = key[0]
    if isinstance(value, datetime):
        return f"that of {value:%H:%M:%S}"
    direction = f" along {key[1]}" if len(key) > 1 and key[1] else ""
    return f"{'b' if name == 'b-value' else name} = {value:g}{direction}"


def _number(header: Dataset) -> float:
    return (numbers(header, "InstanceNumber") or (0.0,))[0]
