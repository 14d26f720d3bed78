"""What thresholds at a share of a statistic have in common: the share, the islands, and the region that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation
from .islands import HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake
from .scale import require_above_zero, require_percentage, require_true_zero

Percent = Annotated[
    float,
    Field(
        help="Voxels with at least this share (of the maximum, the peak ... that the method is named after) belong.",
        unit="%",
        minimum=1.0,
        maximum=100.0,
        example=50.0,
    ),
]
"""The one definition of a share that a threshold is laid at."""


@dataclass(frozen=True, kw_only=True)
class ShareParameters(Parameters):
    """The share to reach, and which islands to keep."""

    percent: Percent
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0

    def __post_init__(self) -> None:
        require_percentage(self.percent)
        super().__post_init__()


class ShareOf(Segmentation):
    """Threshold at a share of a statistic of the map in the region.

    Attributes
    ----------
    statistic : str
        Name of the statistic, for sentences.
    told_as : str
        The same as the history has it.
    """

    statistic: ClassVar[str] = ""
    told_as: ClassVar[str] = ""
    parameters: ShareParameters

    def value_of(self, uptake: Uptake) -> float:
        """Return the statistic, in the unit of the map."""
        raise NotImplementedError

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        require_true_zero(map, f"a share of the {self.statistic}")
        progress(0.0, f"Looking for the {self.statistic}")
        uptake = Uptake.of(map, within)
        value = self.value_of(uptake)
        require_above_zero(value, map, within.name, self.statistic)
        progress(0.5, "Finding islands")
        percent = self.parameters.percent
        threshold = percent * value / 100.0
        of = self.told_as or self.statistic
        step = f"Threshold at {threshold:.6g} ({map.quantity}), {percent:g} % of the {of} of {value:.6g}"
        region = uptake.at_least(threshold, self.parameters, step)
        progress(1.0, "Region made")
        return region
