"""Union of regions."""

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
class UnionParameters(Parameters):
    """There is nothing to choose."""


@register_region("union", schema=1)
class Union(RegionMethod):
    """Region of all voxels that belong to any of several regions.

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
        If there are fewer than two, or all are empty.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.

    References
    ----------
    Boole G (1854), An investigation of the laws of thought, Walton and Maberly, London, chapter II.
    """

    inputs = (Slot("regions", "regions", "Regions to combine, each under a name."),)
    parameters: UnionParameters

    def compute(self, regions: Mapping[str, Mask], progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Combining regions")
        together = Together.of(regions)
        inside = np.any(list(together.arrays.values()), axis=0)
        named = ", ".join(f'"{name}"' for name in regions)
        made = together.made(inside, f"Union of {named}.")
        progress(1.0, "Region made")
        return made
