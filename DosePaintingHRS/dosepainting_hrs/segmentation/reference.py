"""What a reference region (muscle, blood, background) has in a map."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError
from ..geometry import bounding_box
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Image, Mask
from ..registry import Slot
from .islands import Uptake

REFERENCE = Slot("reference", "region", "Reference region: muscle, blood or background.")
WITH_REFERENCE = (
    Slot("map", "image", "Quantitative map to segment."),
    Slot("within", "region", "Region to stay inside, usually the GTV."),
    REFERENCE,
)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A map in a reference region.

    Parameters
    ----------
    mean, deviation : float
        Mean and standard deviation of all finite values, in the unit of the map.
    voxels : int
        Their number.
    """

    mean: float
    deviation: float
    voxels: int

    def __str__(self) -> str:
        return f"{self.mean:.6g} +/- {self.deviation:.3g} in {self.voxels} voxels"


def reference_of(image: Image, region: Mask) -> Reference:
    """Return mean and deviation of a map in a reference region, after both were checked to belong together.

    Raises
    ------
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.
    InputError
        If the map has no finite value there.
    """
    name = f'The reference region "{region.name}"'
    require_same_patient(region.identity, image.identity, what=(name, "the map"))
    require_same_frame(region.identity, image.identity, what=(name, "the map"))
    region.require_same_grid(image, what=(name, "the map"))
    box = bounding_box(region.array)
    values = np.asarray(image.array[box][region.array[box]] if box is not None else [], dtype=np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        raise InputError(f"{name} holds no finite value of the map.", "Draw it where the map has values.")
    return Reference(mean=float(values.mean()), deviation=float(values.std()), voxels=int(values.size))


def with_reference(made: Mask, region: Mask) -> Mask:
    """Return a region with the identity of its reference region, and the history of that before its own last step."""
    *before, last = made.history
    history = (*before, *(one for one in region.history if one not in before), last)
    return replace(made, identity=combined(made.identity, region.identity), history=history)


def overlapping(uptake: Uptake, region: Mask) -> str:
    """Say how many voxels of a reference region lie in the region that is looked in; empty when none."""
    shared = int(np.count_nonzero(uptake.within.array[uptake.box] & region.array[uptake.box]))
    return f', of which {shared} lie in "{uptake.within.name}"' if shared else ""
