"""Inputs of methods that take frames, for the tests that all methods share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image_frames import FrameInfo
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, MR_SIGNAL, SUV_BW
from dosepainting_hrs.registry import Method

from .volumes import frames_of, mask_of, pet_header


def frames_inputs_of(
    kind: type[Method], array: np.ndarray, inside: np.ndarray, geometry: Geometry | None, identity: Identity
) -> dict[str, Any]:
    """Give a method of frames what its role says: DWI that decays with b, or curves that rise and fall in time."""
    found: dict[str, Any] = {}
    for slot in kind.inputs:
        if slot.kind == "region" and (slot.name == "within" or not slot.optional):
            found[slot.name] = mask_of(inside, geometry, identity)
        elif slot.kind == "frames":
            x = np.arange(20.0)
            lasting = "DWI" not in slot.roles
            curves = np.exp(-0.1 * x[:, None, None, None] * np.sqrt(np.abs(np.where(np.isfinite(array), array, 1.0))))
            curves = curves if not lasting else 1.0 + (x > 10)[:, None, None, None] * (1.2 - curves)
            infos = tuple(
                FrameInfo(b_value=100.0 * n) if not lasting else FrameInfo(start_s=80.0 * n, duration_s=80.0) for n in range(20)
            )
            quantity = SUV_BW if "dynamic PET" in slot.roles else MR_SIGNAL
            if kind.name == "suv-frames":  # It makes SUV, so it takes what has none yet, with the header that tells how.
                header = pet_header((geometry.shape if geometry else array.shape)[0])
                infos, quantity = tuple(replace(one, acquisition=header) for one in infos), ACTIVITY_CONCENTRATION
            with np.errstate(invalid="ignore"):  # Infinity times nothing.
                stored = 100.0 * array * curves
            found[slot.name] = frames_of(stored, geometry, quantity, identity, infos)
    return found
