"""A region cut down to another."""

from __future__ import annotations

from dataclasses import dataclass

from ..image import Mask
from ..parameters import Parameters
from ..progress import Progress, silent
from ..registry import RegionMethod, Slot, register_region
from .from_regions import changed, joined


@dataclass(frozen=True, kw_only=True)
class RestrictParameters(Parameters):
    """There is nothing to choose."""


@register_region("restrict", schema=1)
class Restrict(RegionMethod):
    """Region without what lies outside another region, the GTV say.

    Parameters
    ----------
    region : Mask, (z, y, x)
        Region to cut down.
    within : Mask, (z, y, x)
        Region to stay inside, on its grid.

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
        Slot("region", "region", "Region to cut down."),
        Slot("within", "region", "Region to stay inside, usually the GTV."),
    )
    parameters: RestrictParameters

    def compute(self, region: Mask, within: Mask, progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Cutting down")
        both = joined({region.name or "region": region, within.name if within.name != region.name else "within": within})
        array = region.array & within.array
        outside = (region.voxel_count - int(array.sum())) * region.geometry.voxel_volume_ml
        made = changed(both, array, f'Restricted to "{within.name}": {outside:.3f} ml lay outside.')
        progress(1.0, "Region made")
        return made
