"""Islands of a region dropped that are too small."""

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
class DropIslandsParameters(Parameters):
    """Which islands stay."""

    smallest_ml: Annotated[float, Field(help="Islands smaller than this are dropped.", unit="ml", minimum=0.0, example=0.01)]
    largest_only: Annotated[bool, Field(help="Keep the largest island only.")] = False


@register_region("drop-islands", schema=1)
class DropIslands(RegionMethod):
    """Region without the islands that are smaller than a volume.

    Parameters
    ----------
    region : Mask, (z, y, x)

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the region is empty, or nothing is left.

    Notes
    -----
    Islands are 26-connected. Of several largest ones, the first in index order is kept.

    References
    ----------
    Rosenfeld A, Pfaltz JL (1966), Sequential operations in digital picture processing, J ACM 13:471-494,
    doi:10.1145/321356.321357 (labelling of connected components).
    """

    inputs = (Slot("region", "region", "Region whose islands to look at."),)
    parameters: DropIslandsParameters

    def compute(self, region: Mask, progress: Progress = silent) -> Mask:
        """Return the region."""
        from scipy import ndimage  # noqa: PLC0415

        progress(0.0, "Looking for islands")
        padded = Padded(region, 0.0)
        labels, count = ndimage.label(padded.array, structure=np.ones((3, 3, 3)))
        sizes = np.bincount(labels.ravel(), minlength=count + 1)
        sizes[0] = 0
        kept = sizes * region.geometry.voxel_volume_ml >= self.parameters.smallest_ml * (1.0 - 1e-9)
        kept[0] = False
        if self.parameters.largest_only:
            kept &= np.arange(count + 1) == int(np.argmax(sizes))
        left = int(np.count_nonzero(kept))
        step = (
            f'Kept {left} of {count} islands of "{region.name}": '
            f"{'the largest, if ' if self.parameters.largest_only else ''}of at least {self.parameters.smallest_ml:g} ml."
        )
        made = changed(region, padded.back(kept[labels]), step)
        progress(1.0, "Region made")
        return made
