"""The lesion under a click: the watershed basin around a point, without a region to begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from ..image import Image, Mask
from ..parameters import Field
from ..progress import Progress, part, silent
from ..registry import RegionMethod, Slot, register_region
from .gradient_region import GradientParameters, found_by_gradient
from .islands import ALL, Uptake
from .seeds import SeedPoint
from .sphere import SphereParameters, SphereRegion


@dataclass(frozen=True, kw_only=True)
class WatershedClickParameters(GradientParameters):
    """Where the click was, how far the lesion may reach, and how its edge is found."""

    x_mm: Annotated[float, Field(help="Click, towards the patient's left (LPS).", unit="mm", example=0.0)]
    y_mm: Annotated[float, Field(help="Click, towards the patient's back (LPS).", unit="mm", example=0.0)]
    z_mm: Annotated[float, Field(help="Click, towards the patient's head (LPS).", unit="mm", example=0.0)]
    radius_mm: Annotated[
        float,
        Field(help="How far from the click the lesion may reach.", unit="mm", minimum=1.0, maximum=200.0, example=20.0),
    ]


@dataclass(frozen=True, kw_only=True)
class _Everything:
    islands: str = ALL
    minimum_island_ml: float = 0.0


@register_region("watershed-click", schema=1)
class WatershedClick(RegionMethod):
    """Lesion around a point by the edge of its uptake: one click, one region.

    Parameters
    ----------
    image : Image, (z, y, x)
        Quantitative map.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the point lies outside the map or is colder than what surrounds it, the map has no edge around it, or the sphere
        that is looked at is smaller than the resolution.

    Notes
    -----
    The method "gradient" in a sphere around the click, with the click as seed. What lies farther away than the radius does
    not belong.

    References
    ----------
    Geets X, Lee JA, Bol A, Lonneux M, Gregoire V (2007), A gradient-based method for segmenting FDG-PET images: methodology
    and validation, Eur J Nucl Med Mol Imaging 34:1427-1438, doi:10.1007/s00259-006-0363-4.
    """

    inputs = (Slot("image", "image", "Quantitative map that was clicked on."),)
    parameters: WatershedClickParameters

    def compute(self, image: Image, progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Looking around the click")
        chosen = self.parameters
        x, y, z = chosen.x_mm, chosen.y_mm, chosen.z_mm
        sphere = SphereRegion(SphereParameters(x_mm=x, y_mm=y, z_mm=z, radius_mm=chosen.radius_mm)).compute(image)
        uptake = Uptake.of(image, sphere)
        seeds = (SeedPoint(x_mm=x, y_mm=y, z_mm=z),)
        lesion, step, done = found_by_gradient(uptake, chosen, part(progress, 0.0, 0.95), seeds=seeds)
        region = replace(uptake, remarks=(*uptake.remarks, *done)).kept(lesion, _Everything(), step)
        progress(1.0, "Region made")
        return replace(region, name="lesion")
