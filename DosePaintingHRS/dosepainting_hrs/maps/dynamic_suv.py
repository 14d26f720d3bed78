"""SUV of every frame of a dynamic PET."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..acquisition import PetAcquisition
from ..errors import InputError
from ..image_frames import Frames
from ..quantities import ACTIVITY_CONCENTRATION, SUVS
from ..working import sentences
from .suv_conversion import suv_conversion
from .suv_parameters import SuvParameters


def in_suv(frames: Frames) -> Frames:
    """Return frames in SUV by body weight; those that hold an SUV already stay as they are.

    Raises
    ------
    QuantityError
        If they hold neither SUV nor an activity concentration.
    InputError
        If they come without the header of their series.
    DicomError
        If the header lacks or contradicts what SUV needs.

    Notes
    -----
    The factors are found from the headers of all slices of all frames together, as of one series: with DecayCorrection START
    all frames are corrected to one time and share one factor, otherwise each frame has its own.
    """
    if frames.quantity in SUVS:
        return frames
    frames.require(ACTIVITY_CONCENTRATION, *SUVS)
    known = [one.acquisition for one in frames.infos if one.acquisition is not None]
    if len(known) < len(frames):
        raise InputError(
            "The frames come without the header of their PET series, so weight, dose and times are not known.",
            "Give the DICOM folder of the series, or frames in SUV.",
        )
    found = suv_conversion(together(known), SuvParameters(), frames.geometry.voxel_volume_ml)
    factors = found.factors.reshape(len(frames), -1)
    made = np.empty(frames.array.shape, dtype=np.float32)
    for number, row in enumerate(factors):
        stored: NDArray[Any] = frames.stored.axes.restore(made[number])  # A view: what goes into it, goes into the result.
        np.multiply(frames.stored.axes.restore(frames.array[number]), row[:, None, None], out=stored, casting="same_kind")
    derived = frames.derived(made, found.quantity, f"Made {found.quantity.name} of every frame.")
    identity = replace(derived.identity, supplied=(*derived.identity.supplied, *found.supplied))
    return replace(derived, identity=identity, history=(*derived.history, *sentences(found.facts)))


def together(acquisitions: list[PetAcquisition]) -> PetAcquisition:
    """Return the header of a series from those of its frames: the slices of all of them, the first one's other values."""
    return replace(acquisitions[0], slices=tuple(one for frame in acquisitions for one in frame.slices))
