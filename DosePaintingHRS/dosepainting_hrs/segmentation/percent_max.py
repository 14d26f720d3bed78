"""Voxels of a map that reach a share of its maximum inside a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..parameters import Preset
from ..registry import register_segmentation
from .islands import Uptake
from .share import ShareOf, ShareParameters

_EANM = (
    "Boellaard R et al. (2015), FDG PET/CT: EANM procedure guidelines for tumour imaging: version 2.0, "
    "Eur J Nucl Med Mol Imaging 42:328-354, doi:10.1007/s00259-014-2961-x, volumes of interest"
)


@dataclass(frozen=True, kw_only=True)
class PercentMaxParameters(ShareParameters):
    """The share of the maximum to reach, and which islands to keep."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset("41", {"percent": 41.0}, f"{_EANM}: 41 % of the maximum"),
        Preset("50", {"percent": 50.0}, f"{_EANM}: 50 % of the maximum; Gregoire V et al. (2018), Semin Radiat Oncol 28:35-45"),
        Preset(
            "Kutnar 2023 baseline",
            {"percent": 38.0},
            "Kutnar D et al. (2023), Prediction of post-radiotherapy recurrence volumes in head and neck squamous cell "
            "carcinoma using 3D U-Net segmentation, results, figure 4: tuned for recurrence (Dice 0.14); no boost recipe",
        ),
    )


@register_segmentation("percent-max", schema=1)
class PercentMax(ShareOf):
    """Region of all voxels inside another region where a map has at least a share of its maximum there.

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
        If the region is empty, the map has no value or no value above 0 in it, or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    threshold = percent x maximum / 100, the maximum being that of the highest voxel in the region. A voxel belongs when its
    value, compared in double precision, is >= the threshold. Voxels without a finite value never belong. Islands are
    26-connected.

    To reproduce Kutnar 2023's baseline: percent 38 within the GTV.

    References
    ----------
    Boellaard R et al. (2015), FDG PET/CT: EANM procedure guidelines for tumour imaging: version 2.0, Eur J Nucl Med Mol
    Imaging 42:328-354, doi:10.1007/s00259-014-2961-x.

    Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck squamous
    cell carcinoma: does it fulfill the promises?, Semin Radiat Oncol 28:35-45.

    Kutnar D et al. (2023), Prediction of post-radiotherapy recurrence volumes in head and neck squamous cell carcinoma using
    3D U-Net segmentation, methods and figure 4.
    """

    statistic = "maximum"
    parameters: PercentMaxParameters

    def value_of(self, uptake: Uptake) -> float:
        """Return the highest value in the region."""
        return uptake.maximum
