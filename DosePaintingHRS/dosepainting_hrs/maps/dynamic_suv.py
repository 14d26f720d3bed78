"""Frames of a dynamic PET in SUV, whatever they hold."""

from __future__ import annotations

from ..image_frames import Frames
from ..quantities import SUVS
from .suv_frames import SuvFrames
from .suv_parameters import SuvParameters


def in_suv(frames: Frames) -> Frames:
    """Return frames in SUV by body weight; those that hold an SUV already stay as they are.

    Raises
    ------
    QuantityError, InputError, DicomError
        As `SuvFrames`, for frames that it takes.
    """
    return frames if frames.quantity in SUVS else SuvFrames(SuvParameters()).compute(frames)
