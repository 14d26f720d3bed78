"""A margin around a region, or inside it, in millimetres."""

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
class MarginParameters(Parameters):
    """How far."""

    margin_mm: Annotated[
        float,
        Field(
            help="Grow by this distance in all directions; below 0 the region shrinks by it.",
            unit="mm",
            minimum=-100.0,
            maximum=100.0,
            example=3.0,
        ),
    ]


@register_region("margin", schema=1)
class Margin(RegionMethod):
    """Region grown or shrunk by a distance in all directions.

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
    Growing takes every voxel whose centre lies within the distance of the centre of a voxel of the region; shrinking keeps
    those that have no voxel of the outside within it. Distances are Euclidean in patient space, so that anisotropic and
    oblique grids are right. Growing stops at the edge of the grid; beyond the edge counts as outside.

    References
    ----------
    Maurer CR, Qi R, Raghavan V (2003), A linear time algorithm for computing exact Euclidean distance transforms of binary
    images in arbitrary dimensions, IEEE Trans Pattern Anal Mach Intell 25:265-270, doi:10.1109/TPAMI.2003.1177156.
    """

    inputs = (Slot("region", "region", "Region to grow or shrink."),)
    parameters: MarginParameters

    def compute(self, region: Mask, progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Measuring distances")
        by = self.parameters.margin_mm
        padded = Padded(region, max(by, 0.0))
        geometry = region.geometry
        array = grown(padded.array, geometry, by) if by >= 0 else shrunk(padded.array, geometry, -by)
        made = changed(region, padded.back(array), f'Margin of {by:g} mm to "{region.name}".')
        progress(1.0, "Region made")
        return made
