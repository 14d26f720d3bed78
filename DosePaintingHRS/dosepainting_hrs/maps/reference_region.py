"""The mean of a map in a reference region, with what tells whether it can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..errors import InputError
from ..identity import require_same_frame, require_same_patient
from ..image import Image, Mask
from ..parameters import Field
from ..working import CHECK, INPUT, Fact

MinimumVolume = Annotated[float, Field(help="A reference region smaller than this is warned of.", unit="ml", minimum=0.0)]
MaximumVariation = Annotated[
    float,
    Field(help="A coefficient of variation of the reference above this is warned of.", unit="%", minimum=0.0, maximum=1000.0),
]
DEFAULT_VOLUME_ML = 1.0
DEFAULT_VARIATION_PERCENT = 30.0
"""When to warn, not what to do: a mean over less than a millilitre, or voxels that differ by a third, is not one tissue."""


@dataclass(frozen=True, kw_only=True)
class ReferenceStatistics:
    """A map inside a reference region.

    Parameters
    ----------
    name : str
        Name of the region.
    mean, deviation : float
        In the unit of the map; the deviation is that of the population of voxels.
    voxels : int
        Voxels with a finite value.
    volume_ml : float
        Their volume, ml.
    without_value : int
        Voxels of the region in which the map has no value: outside of its field of view, say.
    """

    name: str
    mean: float
    deviation: float
    voxels: int
    volume_ml: float
    without_value: int = 0

    @property
    def variation_percent(self) -> float:
        """Coefficient of variation, per cent."""
        return 100.0 * self.deviation / self.mean

    def facts(self, unit: str, minimum_ml: float, maximum_percent: float) -> list[Fact]:
        """Say what was measured, and warn of what cannot be relied on.

        Parameters
        ----------
        unit : str
            Unit of the map, for people.
        minimum_ml, maximum_percent : float
            Where warnings begin.
        """
        text = (
            f'Reference "{self.name}": mean {self.mean:.4g}{f" {unit}" if unit else ""}, coefficient of variation '
            f"{self.variation_percent:.1f} %, {self.voxels} voxel{'s' * (self.voxels != 1)}, {self.volume_ml:.3g} ml."
        )
        found = [Fact(kind=INPUT, text=text, value=self.mean, unit=unit, factor=1.0 / self.mean)]
        if self.without_value:
            text = (
                f'In {self.without_value} further voxels of the reference "{self.name}" there is no value: the mean lacks them.'
            )
            found.append(Fact(kind=CHECK, text=text, value=self.without_value, unit="1", warns=True))
        if self.volume_ml < minimum_ml:
            text = f'The reference "{self.name}" has {self.volume_ml:.3g} ml, less than {minimum_ml:g} ml: its mean is noisy.'
            found.append(Fact(kind=CHECK, text=text, value=self.volume_ml, unit="ml", warns=True))
        if self.variation_percent > maximum_percent:
            text = (
                f'The voxels of the reference "{self.name}" vary by {self.variation_percent:.1f} %, more than '
                f"{maximum_percent:g} %: it may hold vessels, bone or tumour."
            )
            found.append(Fact(kind=CHECK, text=text, value=self.variation_percent, unit="%", warns=True))
        return found


def reference_statistics(image: Image, reference: Mask) -> ReferenceStatistics:
    """Measure a map in a reference region.

    Parameters
    ----------
    image : Image, (z, y, x)
        The map.
    reference : Mask, (z, y, x)
        On the grid of the map.

    Raises
    ------
    InputError
        If the region is empty, the map has no value in it, or its mean is not above 0.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.
    """
    name = f'The reference region "{reference.name}"'
    what = (name, "the map")
    require_same_patient(reference.identity, image.identity, what=what)
    require_same_frame(reference.identity, image.identity, what=what)
    reference.require_same_grid(image, what=what)
    values = np.asarray(image.array[reference.array], dtype=np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        has = f"its {reference.voxel_count} voxels hold no finite value" if reference.voxel_count else "it is empty"
        raise InputError(f"{name} cannot be used: {has}.", "Draw it in muscle or blood inside the field of view of the map.")
    mean = float(values.mean())
    if mean <= 0:
        raise InputError(
            f"{name} cannot be used: the mean of the map in it is {mean:.4g}, and a ratio needs one above 0.",
            "Check that it lies in muscle or blood, and that the map holds uptake.",
        )
    return ReferenceStatistics(
        name=reference.name,
        mean=mean,
        deviation=float(values.std()),
        voxels=int(values.size),
        volume_ml=values.size * image.geometry.voxel_volume_ml,
        without_value=reference.voxel_count - int(values.size),
    )
