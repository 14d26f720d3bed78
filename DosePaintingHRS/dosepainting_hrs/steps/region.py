"""Make a region from regions, by a registered method: a margin, a union, an interpolation, a sphere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from .. import segmentation  # noqa: F401  (registers the methods)
from ..address import Where
from ..context import Context
from ..job import Argument, register_step
from ..parameters import Field
from ..parameters_json import with_preset_named
from ..registry import REGIONS
from ..segmentation.islands import island_count
from ..segmentation.remarks import unidentified
from ..storage.volumes import write_volume
from ..working import warnings_of
from .region_making import RegionMakingStep


@dataclass(frozen=True, kw_only=True)
class RegionResult:
    """What was made: the mask file, its volume, and the volumes of what it was made from."""

    output: str
    method: str
    name: str
    volume_ml: float
    islands: int
    from_ml: Mapping[str, float]
    patient_id: str
    frame_of_reference: str
    series: tuple[str, ...]
    remarks: tuple[str, ...]
    history: tuple[str, ...]


@register_step("region", RegionResult)
@dataclass(frozen=True, kw_only=True)
class RegionStep(RegionMakingStep):
    """Make a region from regions (margin, opening, union, STAPLE ...), or a sphere on the grid of an image."""

    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> RegionResult:
        """Bring the regions to one grid, make the new one, and write the mask."""
        mask, _method, given, target, name = self.made(context, REGIONS, self.drawn_on)
        mask = replace(mask, name=name)
        mask = replace(mask, history=with_preset_named(mask.history, self.preset))
        context.progress(0.9, f"Writing {target.name}")
        write_volume(mask, target, job=context.record)
        return RegionResult(
            output=context.told(target),
            method=self.method,
            name=mask.name,
            volume_ml=mask.volume_ml,
            islands=island_count(mask),
            from_ml={name: one.volume_ml for name, one in given.regions.items()},
            patient_id=mask.identity.patient_id,
            frame_of_reference=mask.identity.frame_of_reference,
            series=mask.identity.series,
            remarks=(*given.remarks, *warnings_of(mask.working), *unidentified(given.images, given.regions)),
            history=mask.history,
        )
