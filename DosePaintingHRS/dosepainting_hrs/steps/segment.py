"""Make a region inside a region from a map, by a registered method."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from .. import segmentation  # noqa: F401  (registers the methods)
from ..address import Where
from ..context import Context
from ..image import Measured
from ..job import Argument, register_step
from ..parameters import Field
from ..parameters_json import with_preset_named
from ..registry import SEGMENTATIONS
from ..segmentation.islands import island_count
from ..segmentation.remarks import remarks_on, state_of_map
from ..storage.volumes import write_volume
from .region_making import RegionMakingStep


@dataclass(frozen=True, kw_only=True)
class SegmentResult:
    """What was made: the mask file, its volume, and the map inside it."""

    output: str
    method: str
    name: str
    volume_ml: float
    within_ml: float
    share_of_within: float
    islands: int
    map_quantity: str
    map_unit: str
    map_maximum: float
    map_mean: float
    map_state: tuple[str, ...]
    patient_id: str
    frame_of_reference: str
    series: tuple[str, ...]
    remarks: tuple[str, ...]
    history: tuple[str, ...]


@register_step("segment", SegmentResult)
@dataclass(frozen=True, kw_only=True)
class SegmentStep(RegionMakingStep):
    """Make a region (an HRS, say) inside a region by a threshold or another method."""

    image: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--image",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> SegmentResult:
        """Bring the region to the map's grid when it lies elsewhere, segment, and write the mask."""
        mask, method, given, target, name = self.made(context, SEGMENTATIONS, self.image)
        grid = next(iter(given.images.values()))
        # A model that was learned names the quantities that it is meant for.
        doubted = {} if any(slot.kind == "record" for slot in method.inputs) else given.images
        remarks = [*given.remarks, *remarks_on(mask, doubted, given.regions, method.parameters)]
        values = grid.array[mask.array].astype(np.float64)
        measured = Measured(statistic="maximum", value=float(values.max()), quantity=grid.quantity)
        mask = replace(mask, name=name, measured=(measured,))
        within = next(iter(given.regions.values()))
        state = tuple(dict.fromkeys(one for image in given.images.values() for one in state_of_map(image, within)))
        *before, last = mask.history
        history = (*before, *(one for one in state if one not in before), last)
        mask = replace(mask, history=with_preset_named(history, self.preset))
        context.progress(0.9, f"Writing {target.name}")
        write_volume(mask, target, job=context.record)
        return SegmentResult(
            output=context.told(target),
            method=self.method,
            name=mask.name,
            volume_ml=mask.volume_ml,
            within_ml=within.volume_ml,
            share_of_within=mask.voxel_count / within.voxel_count,
            islands=island_count(mask),
            map_quantity=grid.quantity.name,
            map_unit=grid.quantity.unit,
            map_maximum=float(values.max()),
            map_mean=float(values.mean()),
            map_state=state,
            patient_id=mask.identity.patient_id,
            frame_of_reference=mask.identity.frame_of_reference,
            series=mask.identity.series,
            remarks=tuple(remarks),
            history=mask.history,
        )
