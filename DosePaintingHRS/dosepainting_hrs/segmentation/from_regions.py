"""What region methods share: regions that were checked to belong together, and the region made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Mask
from .islands import Box, bounding_box


@dataclass(frozen=True, kw_only=True, eq=False)
class Together:
    """Regions of one patient on one grid, in the smallest box that holds them all.

    Parameters
    ----------
    first : Mask
        The first of them, with identity and history of all.
    box : tuple of slice
        Bounding box of their union.
    arrays : dict of str to array of bool, shape of the box
        The regions in the box, by name, in the order given.
    """

    first: Mask
    box: Box
    arrays: dict[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, regions: Mapping[str, Mask], *, at_least: int = 2) -> Together:
        """Check that regions belong together.

        Parameters
        ----------
        regions : mapping of str to Mask, (z, y, x)
            By name.
        at_least : int
            How many are needed.

        Raises
        ------
        IdentityError
            If they are of different patients or frames of reference.
        GeometryError
            If they do not share one grid.
        InputError
            If there are too few, or all are empty.
        """
        if len(regions) < at_least:
            given = ", ".join(f'"{name}"' for name in regions) or "none"
            raise InputError(f"At least {at_least} regions are needed, given: {given}.", "Name another region.")
        first = joined(regions)
        every = np.zeros(first.array.shape, dtype=np.bool_)
        for mask in regions.values():
            every |= mask.array
        box = bounding_box(every)
        if box is None:
            raise InputError(f"None of the regions {', '.join(regions)} has a voxel.", "Choose regions that are not empty.")
        return cls(first=first, box=box, arrays={name: mask.array[box] for name, mask in regions.items()})

    def made(self, inside: NDArray[np.bool_], step: str) -> Mask:
        """Return a region from its voxels in the box.

        Raises
        ------
        InputError
            If it is empty.
        """
        array = np.zeros(self.first.array.shape, dtype=np.bool_)
        array[self.box] = inside
        return changed(self.first, array, step)


def joined(regions: Mapping[str, Mask]) -> Mask:
    """Return the first of some regions with the identity and history of all, after they were checked to belong together.

    Raises
    ------
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.
    """
    (name, first), *others = regions.items()
    for other, mask in others:
        what = (f'The region "{other}"', f'the region "{name}"')
        told = require_same_patient(mask.identity, first.identity, what=what)
        require_same_frame(mask.identity, first.identity, what=what)
        mask.require_same_grid(first, what=what)
        history = (*first.history, *(one for one in (*mask.history, *told) if one not in first.history))
        first = replace(first, identity=combined(first.identity, mask.identity), history=history)
    return first


def changed(region: Mask, array: NDArray[np.bool_], step: str) -> Mask:
    """Return a region with other voxels and one more step in its history; what was measured in the old one is dropped.

    Raises
    ------
    InputError
        If no voxel is left.
    """
    if not array.any():
        raise InputError(f'Nothing is left of the region "{region.name}": {step[:1].lower()}{step[1:]}', "Choose other values.")
    return replace(region, array=array, history=(*region.history, step), measured=(), edited=False)
