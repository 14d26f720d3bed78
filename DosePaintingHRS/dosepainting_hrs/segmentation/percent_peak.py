"""Voxels of a map that reach a share of its peak inside a region."""

from __future__ import annotations

from dataclasses import dataclass

from ..registry import register_segmentation
from .islands import Uptake
from .peak import peak_of
from .share import ShareOf, ShareParameters


@dataclass(frozen=True, kw_only=True)
class PercentPeakParameters(ShareParameters):
    """The share of the peak to reach, and which islands to keep."""


@register_segmentation("percent-peak", schema=1)
class PercentPeak(ShareOf):
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
    threshold = percent x peak / 100. The peak is the highest mean over a sphere of 1 ml centred on a voxel of the region;
    it is less at the mercy of noise than the maximum. Islands are 26-connected.

    References
    ----------
    Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck squamous
    cell carcinoma: does it fulfill the promises?, Semin Radiat Oncol 28:35-45, section on segmentation.

    Wahl RL et al. (2009), From RECIST to PERCIST, J Nucl Med 50 Suppl 1:122S-150S, doi:10.2967/jnumed.108.057307.
    """

    statistic, told_as = "peak", "peak (1 ml)"
    parameters: PercentPeakParameters

    def value_of(self, uptake: Uptake) -> float:
        """Return the highest mean over a sphere of 1 ml."""
        return peak_of(uptake)
