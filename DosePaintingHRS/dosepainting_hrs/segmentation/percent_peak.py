"""Voxels of a map that reach a share of its peak inside a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from .islands import HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake
from .peak import peak_of
from .scale import require_above_zero, require_percentage, require_true_zero


@dataclass(frozen=True, kw_only=True)
class PercentPeakParameters(Parameters):
    """The share of the peak to reach, and which islands to keep."""

    percent: Annotated[
        float,
        Field(
            help="Voxels with at least this share of the map's peak in the region belong to the new region.",
            unit="%",
            minimum=1.0,
            maximum=100.0,
            example=50.0,
        ),
    ]
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0

    def __post_init__(self) -> None:
        require_percentage(self.percent)
        super().__post_init__()


@register_segmentation("percent-peak", schema=1)
class PercentPeak(Segmentation):
    """Region of all voxels inside another region where a map has at least a share of its peak there.

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
        If the region is empty, the map has no value or no peak above 0 in it, or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    threshold = percent x peak / 100. The peak is the highest mean over a sphere of 1 ml centred on a voxel of the region (see
    `peak_of`); it is less at the mercy of noise than the maximum. Islands are 26-connected.

    References
    ----------
    Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck squamous
    cell carcinoma: does it fulfill the promises?, Semin Radiat Oncol 28:35-45, section on segmentation.

    Wahl RL et al. (2009), From RECIST to PERCIST, J Nucl Med 50 Suppl 1:122S-150S, doi:10.2967/jnumed.108.057307.
    """

    parameters: PercentPeakParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        require_true_zero(map, "a share of the peak")
        progress(0.0, "Looking for the peak")
        uptake = Uptake.of(map, within)
        peak = peak_of(uptake)
        require_above_zero(peak, map, within.name, "peak")
        progress(0.5, "Finding islands")
        percent = self.parameters.percent
        threshold = percent * peak / 100.0
        step = f"Threshold at {threshold:.6g} ({map.quantity}), {percent:g} % of the peak (1 ml) of {peak:.6g}"
        region = uptake.at_least(threshold, self.parameters, step)
        progress(1.0, "Region made")
        return region
