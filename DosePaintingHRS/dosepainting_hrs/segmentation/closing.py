"""Closing of a region: with gaps filled that are thinner than a ball."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..image import Mask
from ..morphology import Padded, grown, shrunk
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import RegionMethod, Slot, register_region
from .from_regions import changed


@dataclass(frozen=True, kw_only=True)
class ClosingParameters(Parameters):
    """Radius of the ball."""

    radius_mm: Annotated[
        float,
        Field(
            help="Gaps that a ball of this radius does not fit into are filled.",
            unit="mm",
            minimum=0.0,
            maximum=100.0,
            example=1.5,
        ),
    ]


@register_region("closing", schema=1)
class Closing(RegionMethod):
    """Region with gaps, notches and holes filled that are thinner than a ball.

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
    Grown by the radius, then shrunk by it: the complement of all balls (of voxel centres) that fit outside. Distances are
    Euclidean in patient space, so that anisotropic and oblique grids are right. The grid has no end while it grows, so that
    a region at its edge keeps its shape.

    References
    ----------
    Serra J (1982), Image analysis and mathematical morphology, Academic Press, London, chapter II (closing).
    """

    inputs = (Slot("region", "region", "Region to close."),)
    parameters: ClosingParameters

    def compute(self, region: Mask, progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Growing")
        radius = self.parameters.radius_mm
        padded = Padded(region, radius)
        once = grown(padded.array, region.geometry, radius)
        progress(0.5, "Shrinking")
        made = changed(
            region, padded.back(shrunk(once, region.geometry, radius)), f'Closed "{region.name}" by a ball of {radius:g} mm.'
        )
        progress(1.0, "Region made")
        return made
