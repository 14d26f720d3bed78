"""Opening of a region: without what is thinner than a ball."""

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
class OpeningParameters(Parameters):
    """Radius of the ball."""

    radius_mm: Annotated[
        float,
        Field(
            help="What a ball of this radius does not fit into is taken away.",
            unit="mm",
            minimum=0.0,
            maximum=100.0,
            example=1.5,
        ),
    ]


@register_region("opening", schema=1)
class Opening(RegionMethod):
    """Region without bridges, spikes and islands that are thinner than a ball.

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
    Shrunk by the radius, then grown by it: all balls (of voxel centres) that fit into the region. Distances are Euclidean in
    patient space, so that anisotropic and oblique grids are right; beyond the edge of the grid counts as outside.

    References
    ----------
    Serra J (1982), Image analysis and mathematical morphology, Academic Press, London, chapter II (opening).
    """

    inputs = (Slot("region", "region", "Region to open."),)
    parameters: OpeningParameters

    def compute(self, region: Mask, progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Shrinking")
        radius = self.parameters.radius_mm
        padded = Padded(region, 0.0)
        once = shrunk(padded.array, region.geometry, radius)
        progress(0.5, "Growing")
        made = changed(
            region, padded.back(grown(once, region.geometry, radius)), f'Opened "{region.name}" by a ball of {radius:g} mm.'
        )
        progress(1.0, "Region made")
        return made
