"""A region without others."""

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
class DifferenceParameters(Parameters):
    """There is nothing to choose."""


@register_region("difference", schema=1)
class Difference(RegionMethod):
    """Region of all voxels that belong to one region and to none of others.

    Parameters
    ----------
    region : Mask, (z, y, x)
        Region to take from.
    without : dict of str to Mask, (z, y, x)
        Regions to take away, on its grid.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If nothing is left.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.

    References
    ----------
    Boole G (1854), An investigation of the laws of thought, Walton and Maberly, London, chapter II.
    """

    inputs = (
        Slot("region", "region", "Region to take from."),
        Slot("without", "regions", "Regions to take away, each under a name."),
    )
    parameters: DifferenceParameters

    def compute(self, region: Mask, without: Mapping[str, Mask], progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Taking regions away")
        together = Together.of({region.name or "region": region, **{f"without {name}": one for name, one in without.items()}})
        first, *others = together.arrays.values()
        named = ", ".join(f'"{name}"' for name in without)
        made = together.made(first & ~np.any(others, axis=0), f'"{region.name}" without {named}.')
        progress(1.0, "Region made")
        return made
