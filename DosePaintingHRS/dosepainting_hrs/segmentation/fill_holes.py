"""Holes of a region filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..image import Mask
from ..morphology import Padded
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import RegionMethod, Slot, register_region
from .from_regions import changed


@dataclass(frozen=True, kw_only=True)
class FillHolesParameters(Parameters):
    """Which holes."""

    largest_ml: Annotated[
        float | None, Field(help="Only holes of at most this volume are filled; none for all.", unit="ml", minimum=0.0)
    ] = None


@register_region("fill-holes", schema=1)
class FillHoles(RegionMethod):
    """Region with the holes filled that it encloses on all sides.

    Parameters
    ----------
    region : Mask, (z, y, x)

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the region is empty.

    Notes
    -----
    A hole is a 6-connected part of the outside that does not reach the box around the region; a cave that opens at the edge
    of the grid is none.

    References
    ----------
    Soille P (2004), Morphological image analysis: principles and applications, 2nd edition, Springer, section 6.3.7.
    """

    inputs = (Slot("region", "region", "Region whose holes to fill."),)
    parameters: FillHolesParameters

    def compute(self, region: Mask, progress: Progress = silent) -> Mask:
        """Return the region."""
        from scipy import ndimage  # noqa: PLC0415

        progress(0.0, "Looking for holes")
        padded = Padded(region, 0.0)
        labels, count = ndimage.label(~padded.array)
        sizes = np.bincount(labels.ravel(), minlength=count + 1) * region.geometry.voxel_volume_ml
        hole = np.ones(count + 1, dtype=np.bool_)
        hole[[0, int(labels[0, 0, 0])]] = False
        if self.parameters.largest_ml is not None:
            hole &= sizes <= self.parameters.largest_ml * (1.0 + 1e-9)
        filled = padded.array | hole[labels]
        step = f'Filled {np.count_nonzero(hole)} holes of {sizes[hole].sum():.3f} ml in "{region.name}".'
        made = changed(region, padded.back(filled), step)
        progress(1.0, "Region made")
        return made
