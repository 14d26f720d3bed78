"""Majority of regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..image import Mask
from ..parameters import Parameters
from ..progress import Progress, silent
from ..registry import RegionMethod, Slot, register_region
from .from_regions import Together


@dataclass(frozen=True, kw_only=True)
class MajorityParameters(Parameters):
    """There is nothing to choose."""


@register_region("majority", schema=1)
class Majority(RegionMethod):
    """Region of all voxels that belong to more than half of several regions.

    Parameters
    ----------
    regions : dict of str to Mask, (z, y, x)
        On one grid.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If there are fewer than two, or no voxel has a majority.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.

    Notes
    -----
    Of an even number, half is no majority.

    References
    ----------
    Rohlfing T, Brandt R, Menzel R, Maurer CR (2004), Evaluation of atlas selection strategies for atlas-based image
    segmentation with application to confocal microscopy images of bee brains, NeuroImage 21:1428-1442,
    doi:10.1016/j.neuroimage.2003.11.010 (vote rule).
    """

    inputs = (Slot("regions", "regions", "Regions to combine, each under a name."),)
    parameters: MajorityParameters

    def compute(self, regions: Mapping[str, Mask], progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Combining regions")
        together = Together.of(regions)
        inside = 2 * np.sum(list(together.arrays.values()), axis=0) > len(regions)
        named = ", ".join(f'"{name}"' for name in regions)
        made = together.made(inside, f"Majority of {named}.")
        progress(1.0, "Region made")
        return made
