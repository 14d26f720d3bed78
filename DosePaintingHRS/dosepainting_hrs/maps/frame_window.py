"""Which frames of a dynamic PET lie in a window of minutes after the injection, and their mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

import numpy as np

from ..errors import InputError, ParameterError
from ..image import Image
from ..image_frames import Frames
from ..parameters import Field
from ..working import INPUT, Fact
from .dynamic_header import together
from .injection import injection_of

WindowStart = Annotated[
    float | None, Field(help="Beginning of the window, after the injection.", unit="min", minimum=0.0, maximum=1e4)
]
WindowEnd = Annotated[float | None, Field(help="End of the window, after the injection.", unit="min", minimum=0.0, maximum=1e4)]
FromEnd = Annotated[
    int | None, Field(help="One frame, counted from the last one: 1 is the last, 2 the one before it.", unit="1", minimum=1)
]
ScanBegins = Annotated[
    float | None,
    Field(
        help="When the first frame began, after the injection; only where the frames come without the header of their series.",
        unit="min",
        minimum=-60.0,
        maximum=1e4,
    ),
]


class WindowChoice(Protocol):
    """Parameters that say which frames count."""

    @property
    def window_start(self) -> float | None:
        """Beginning of the window, min after the injection."""

    @property
    def window_end(self) -> float | None:
        """End of the window, min after the injection."""

    @property
    def frame_from_end(self) -> int | None:
        """One frame, counted from the last one."""

    @property
    def scan_begins(self) -> float | None:
        """When the first frame began, min after the injection."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameWindow:
    """The frames that count, and their mean weighted by duration.

    Parameters
    ----------
    image : Image, (z, y, x)
        The mean.
    numbers : tuple of int
        The frames, from 0.
    fact : Fact
        Which they are, in words.
    """

    image: Image
    numbers: tuple[int, ...]
    fact: Fact


def require_one_choice(chosen: WindowChoice) -> None:
    """Refuse parameters that give both a window and a frame, or half a window.

    Raises
    ------
    ParameterError
        If so.
    """
    window = (chosen.window_start is not None, chosen.window_end is not None)
    if any(window) and (not all(window) or chosen.frame_from_end is not None):
        raise ParameterError(
            "The frames to take are said by window_start and window_end together, or by frame_from_end.", "Give one of the two."
        )
    if chosen.window_start is not None and chosen.window_end is not None and chosen.window_end <= chosen.window_start:
        raise ParameterError(
            f"The window ends at {chosen.window_end:g} min, before it begins at {chosen.window_start:g} min.", "Swap the two."
        )


def frames_in_window(frames: Frames, chosen: WindowChoice) -> FrameWindow:
    """Return the mean of the frames in a window, weighted by their durations.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Dynamic PET, decay-corrected to one moment or in SUV.
    chosen : WindowChoice
        Which frames count; the last one when nothing is said.

    Raises
    ------
    InputError
        If no frame lies in the window, the frames carry no times, or the injection is not known.

    Notes
    -----
    A frame counts when its middle lies in the window.
    """
    delay = _delay_min(frames, chosen)
    if chosen.window_start is None or chosen.window_end is None:
        back = chosen.frame_from_end or 1
        if back > len(frames):
            raise InputError(f"Frame {back} from the end was asked for, but there are {len(frames)}.", "Choose another one.")
        numbers: tuple[int, ...] = (len(frames) - back,)
    else:
        numbers = _within(frames, chosen.window_start, chosen.window_end, delay)
    weights = np.array([frames.infos[one].duration_s or 1.0 for one in numbers])
    mean = np.zeros(frames.geometry.shape)
    for number, weight in zip(numbers, weights / weights.sum(), strict=True):
        mean += weight * frames.array[number]
    text = _told(frames, numbers, delay)
    image = frames.image(mean.astype(np.float32), frames.quantity, text)
    return FrameWindow(image=image, numbers=numbers, fact=Fact(kind=INPUT, text=text))


def injected_at(frames: Frames) -> datetime | None:
    """Return when the tracer was injected; None when the frames come without the header of their series.

    Raises
    ------
    DicomError
        If the header lacks or contradicts it.
    """
    acquisitions = [one.acquisition for one in frames.infos if one.acquisition is not None]
    if len(acquisitions) < len(frames) or frames.began is None:
        return None
    return injection_of(together(acquisitions), frames.began).time


def _delay_min(frames: Frames, chosen: WindowChoice) -> float | None:
    """Return how many minutes after the injection the first frame began; None when that is not known."""
    if chosen.scan_begins is not None:
        return chosen.scan_begins
    injected = injected_at(frames) if chosen.window_start is not None else None
    if injected is not None and frames.began is not None:
        return (frames.began - injected).total_seconds() / 60.0
    return None


def _within(frames: Frames, start: float, end: float, delay: float | None) -> tuple[int, ...]:
    if delay is None:
        raise InputError(
            "The frames come without the header of their series, so minutes after the injection are not known.",
            "Give the DICOM series, or say with --scan-begins when the first frame began.",
        )
    frames.starts_s()
    middles = [delay + (one.middle_s or 0.0) / 60.0 for one in frames.infos]
    numbers = tuple(number for number, middle in enumerate(middles) if start <= middle <= end)
    if not numbers:
        raise InputError(
            f"No frame lies in the window from {start:g} to {end:g} min after the injection; their middles lie from "
            f"{middles[0]:.1f} to {middles[-1]:.1f} min.",
            "Choose another window.",
        )
    return numbers


def _told(frames: Frames, numbers: tuple[int, ...], delay: float | None) -> str:
    first, last = numbers[0], numbers[-1]
    which = f"frame {first + 1}" if first == last else f"frames {first + 1} to {last + 1}"
    times = [frames.infos[one].start_s for one in (first, last)]
    if None in times:
        return f"Took {which} of {len(frames)}."
    begin, end = (times[0] or 0.0) / 60.0, ((times[1] or 0.0) + (frames.infos[last].duration_s or 0.0)) / 60.0
    after = "the scan began" if delay is None else "the injection"
    return f"Took {which} of {len(frames)}, {begin + (delay or 0.0):.1f} to {end + (delay or 0.0):.1f} min after {after}."
