"""A threshold of its own for every island: lesions of different uptake in one region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..errors import InputError
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from .islands import ALL, Islands, MinimumIsland, Uptake
from .scale import require_percentage, require_true_zero
from .share import Percent


@dataclass(frozen=True, kw_only=True)
class LocalThresholdParameters(Parameters):
    """From where on islands count, the share of their maximum to reach, and which to keep."""

    floor: Annotated[
        float,
        Field(help="Islands are what hangs together at or above this value.", unit="unit of the map", example=2.0),
    ]
    percent: Percent
    islands: Islands = ALL
    minimum_island_ml: MinimumIsland = 0.0

    def __post_init__(self) -> None:
        require_percentage(self.percent)
        super().__post_init__()


@register_segmentation("local-threshold", schema=1)
class LocalThreshold(Segmentation):
    """Region of all voxels inside another region that reach a share of the maximum of their own island.

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
    QuantityError
        If the map holds CT numbers, whose zero is no absence of anything.
    InputError
        If the region is empty, the map has no value or nothing above 0 at or above the floor in it, or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    Islands (26-connected) are found at the floor; in each, threshold = percent x its own maximum / 100, and never below the
    floor. One threshold for a whole region with two lesions loses the weaker one.

    References
    ----------
    Boellaard R et al. (2015), FDG PET/CT: EANM procedure guidelines for tumour imaging: version 2.0, Eur J Nucl Med Mol
    Imaging 42:328-354, doi:10.1007/s00259-014-2961-x, volumes of interest (a threshold per lesion).
    """

    parameters: LocalThresholdParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        from scipy import ndimage  # noqa: PLC0415

        require_true_zero(map, "a share of the maximum")
        progress(0.0, "Finding islands")
        uptake = Uptake.of(map, within)
        floor, percent = self.parameters.floor, self.parameters.percent
        labels, count = ndimage.label(uptake.inside & (uptake.values >= floor), structure=np.ones((3, 3, 3)))
        if not count or uptake.maximum <= 0:
            raise InputError(
                f'The map reaches {uptake.maximum:.6g} in the region "{within.name}", below the floor of {floor:.6g} '
                f"({map.quantity}) or not above 0; nothing would be left.",
                "Choose a lower floor, or another region.",
            )
        progress(0.5, "Thresholding every island")
        maxima = np.full(count + 1, np.inf)
        maxima[1:] = ndimage.maximum(uptake.values, labels, np.arange(1, count + 1))
        thresholds = np.maximum(percent * maxima / 100.0, floor)
        told = ", ".join(f"{one:.4g}" for one in np.sort(thresholds[1:])[::-1][:5]) + (", ..." if count > 5 else "")
        step = (
            f"Islands from {floor:.6g} ({map.quantity}) on, each thresholded at {percent:g} % of its own maximum "
            f"({count} islands: {told})"
        )
        region = uptake.kept(uptake.values >= thresholds[labels], self.parameters, step)
        progress(1.0, "Region made")
        return region
