"""What is known of each frame as a text field, and the axis of a file that the frames lie along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import InputError, OutputError
from ..image_frames import FrameInfo, Frames

KEY = "DosePaintingHRS.frames"
_WRITTEN, _NAMED = b"kinds: vector", b"kinds: list  "


def to_field(frames: Frames) -> str:
    """Return the facts of all frames as JSON: when the first began, and for each its times and diffusion weighting."""
    each = [
        {
            "start_s": one.start_s,
            "duration_s": one.duration_s,
            "b_value": one.b_value,
            "direction": one.direction,
            "acquisition_number": one.acquisition_number,
        }
        for one in frames.infos
    ]
    return json.dumps({"began": frames.began.isoformat() if frames.began else None, "frames": each})


def infos_from(fields: Mapping[str, str], count: int, where: str) -> tuple[tuple[FrameInfo, ...], datetime | None]:
    """Read the facts of frames back; a file without the field has frames of which nothing is known.

    Raises
    ------
    InputError
        If the field is damaged or tells of another number of frames.
    """
    text = fields.get(KEY, "")
    if not text:
        return (FrameInfo(),) * count, None
    try:
        value: dict[str, Any] = json.loads(text)
        infos = tuple(
            FrameInfo(**{**one, "direction": tuple(one["direction"]) if one["direction"] else None}) for one in value["frames"]
        )
        began = datetime.fromisoformat(value["began"]) if value["began"] else None
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f'The field "{KEY}" of {where} is damaged: {error}.', "Write the file again from its source."
        ) from error
    if len(infos) != count:
        raise InputError(f"{where} holds {count} frames, but facts of {len(infos)}.", "Write the file again from its source.")
    return infos, began


def name_list_axis(path: Path) -> None:
    """Call the first axis of an NRRD a list: SimpleITK calls it a vector, which 3D Slicer would not take for frames.

    Raises
    ------
    OutputError
        If the header has no such axis.
    """
    with path.open("r+b") as stream:
        head = stream.read(1 << 20)
        place = head.find(_WRITTEN)
        if place < 0:
            raise OutputError(f'"{path.name}" was not written as frames.', "Report this: the NRRD writer has changed.")
        stream.seek(place)
        stream.write(_NAMED)
