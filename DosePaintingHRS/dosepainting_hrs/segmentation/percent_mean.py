"""Voxels of a map that reach a share of its mean inside a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..parameters import Field
from ..registry import register_segmentation
from .islands import Uptake
from .share import ShareOf, ShareParameters


@dataclass(frozen=True, kw_only=True)
class PercentMeanParameters(ShareParameters):
    """The share of the mean to reach, and which islands to keep."""

    percent: Annotated[
        float,
        Field(
            help="Voxels with at least this share of the map's mean in the region belong; above 100 % for a hotter part.",
            unit="%",
            minimum=1.0,
            maximum=1000.0,
            example=120.0,
        ),
    ]


@register_segmentation("percent-mean", schema=1)
class PercentMean(ShareOf):
    """Region of all voxels inside another region where a map has at least a share of its mean there.

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
        If the region is empty, the map has no value or no mean above 0 in it, or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    threshold = percent x mean / 100, the mean being that of all finite values of the map in the whole region, so that it
    depends on how generously the region was drawn. Islands are 26-connected.

    References
    ----------
    Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck squamous
    cell carcinoma: does it fulfill the promises?, Semin Radiat Oncol 28:35-45, section on segmentation.
    """

    statistic = "mean"
    parameters: PercentMeanParameters

    def value_of(self, uptake: Uptake) -> float:
        """Return the mean of the finite values in the region."""
        return float(uptake.values[uptake.inside].mean())
