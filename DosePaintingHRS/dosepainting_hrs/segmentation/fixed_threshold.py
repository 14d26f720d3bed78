"""Voxels of a map that reach a fixed value inside a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ..errors import QuantityError
from ..image import Image, Mask
from ..parameters import Field, Parameters, Preset
from ..progress import Progress, silent
from ..quantities import ABSORBED_DOSE, ACTIVITY_CONCENTRATION, ADC, HOUNSFIELD, MR_SIGNAL, SUV_BSA, SUV_BW, SUV_IBW, SUV_LBM
from ..registry import Segmentation, register_segmentation
from .islands import HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake

_ANY = "any"
_NAMED = (SUV_BW, SUV_LBM, SUV_BSA, SUV_IBW, ADC, ABSORBED_DOSE, ACTIVITY_CONCENTRATION, HOUNSFIELD, MR_SIGNAL)
_CHOICES = (_ANY, *(one.name for one in _NAMED))


@dataclass(frozen=True, kw_only=True)
class FixedThresholdParameters(Parameters):
    """The value to reach, and which islands to keep."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "2.5",
            {"threshold": 2.5, "quantity": SUV_BW.name},
            "Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck "
            'squamous cell carcinoma, Semin Radiat Oncol 28:35-45, "Common values are 2.5 SUV or ..."; for SUV maps only',
        ),
    )

    threshold: Annotated[float, Field(help="Voxels with at least this value belong to the region.", unit="unit of the map")]
    quantity: Annotated[
        str,
        Field(
            help="Quantity that the map must hold for the value to mean anything.",
            choices=(_ANY, *(one.name for one in _NAMED)),
        ),
    ] = _ANY
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0


@register_segmentation("fixed-threshold", schema=1)
class FixedThreshold(Segmentation):
    """Region of all voxels inside another region where a map has at least a fixed value.

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
        If the map holds another quantity than the parameters ask for.
    InputError
        If the region is empty, the map has no value in it, or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    A voxel belongs when its value, compared in double precision, is >= the threshold. Voxels without a finite value never
    belong. Islands are 26-connected.

    References
    ----------
    Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck squamous
    cell carcinoma: does it fulfill the promises?, Semin Radiat Oncol 28:35-45, section on segmentation.
    """

    parameters: FixedThresholdParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        wanted = self.parameters.quantity
        if wanted not in (_ANY, map.quantity.name):
            raise QuantityError(
                f"The threshold of {self.parameters.threshold:g} is one of {wanted}, but the map holds {map.quantity}.",
                f"Make a map of {wanted} first, or give a threshold in the unit of this map.",
            )
        progress(0.0, "Looking at the map inside the region")
        uptake = Uptake.of(map, within)
        progress(0.5, "Finding islands")
        value = self.parameters.threshold
        region = uptake.at_least(value, self.parameters, f"Threshold at {value:.6g} ({map.quantity})")
        progress(1.0, "Region made")
        return region
