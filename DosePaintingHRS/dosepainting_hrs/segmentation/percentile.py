"""The hottest share of a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from .islands import HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake
from .scale import require_percentage


@dataclass(frozen=True, kw_only=True)
class PercentileParameters(Parameters):
    """The percentile to reach, and which islands to keep."""

    percentile: Annotated[
        float,
        Field(
            help="Voxels that reach this percentile of the map in the region belong: 90 for the hottest tenth.",
            unit="%",
            minimum=0.0,
            maximum=100.0,
            example=90.0,
        ),
    ]
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0

    def __post_init__(self) -> None:
        require_percentage(self.percentile, "percentile")
        super().__post_init__()


@register_segmentation("percentile", schema=1)
class Percentile(Segmentation):
    """Region of all voxels inside another region where a map reaches a percentile of its values there.

    Parameters
    ----------
    map : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region to stay inside, on the grid of the map.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the region is empty, the map has no value in it, or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    The percentile is that of all finite values in the region, linear between the two nearest of them (type 7 of Hyndman and
    Fan). Voxels of equal value are taken together, so that the share may be larger than asked for. Islands are 26-connected;
    with only one kept, the share is smaller.

    References
    ----------
    Hyndman RJ, Fan Y (1996), Sample quantiles in statistical packages, Am Stat 50:361-365, doi:10.1080/00031305.1996.10473566.
    """

    parameters: PercentileParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        progress(0.0, "Looking at the map inside the region")
        uptake = Uptake.of(map, within)
        threshold = float(np.percentile(uptake.values[uptake.inside], self.parameters.percentile))
        progress(0.5, "Finding islands")
        step = f"Threshold at {threshold:.6g} ({map.quantity}), percentile {self.parameters.percentile:g}"
        region = uptake.at_least(threshold, self.parameters, step)
        progress(1.0, "Region made")
        return region
