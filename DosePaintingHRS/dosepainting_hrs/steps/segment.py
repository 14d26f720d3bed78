"""Make a region inside a region from a map, by a registered method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np

from .. import segmentation  # noqa: F401  (registers the methods)
from ..address import Where
from ..context import Context
from ..image import Mask, Measured
from ..inputs import load_inputs
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..parameters_json import from_json, with_preset, with_preset_named
from ..progress import part
from ..registry import SEGMENTATIONS
from ..segmentation.islands import island_count
from ..segmentation.remarks import remarks_on, state_of_map
from ..storage.volumes import require_new_volume, write_volume


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
class SegmentStep(Step):
    """Make a region (an HRS, say) inside a region by a threshold or another method."""

    method: Annotated[str, Field("Name of the method.")]
    inputs: Annotated[Mapping[str, Where], Field("Images and regions by the names of the inputs.")]
    output: Annotated[str, Field("New mask file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    parameters: Annotated[Mapping[str, Any], Field("Parameters of the method.")] = field(default_factory=dict)
    preset: Annotated[str, Field("Name of the preset whose values the parameters hold; empty for none.")] = ""
    method_schema: Annotated[int, Field("Version of the parameters.")] = 1
    name: Annotated[str, Field("Name of the new region; the output's file name when not given.")] = ""
    image: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--image",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> SegmentResult:
        """Bring the region to the map's grid when it lies elsewhere, segment, and write the mask."""
        kind = SEGMENTATIONS.get(self.method)
        method = kind(from_json(kind, with_preset(kind, self.preset, self.parameters), self.method_schema))
        target = context.new_file(self.output)
        require_new_volume(target)
        given = load_inputs(context, kind, self.inputs, self.image)
        grid = next(iter(given.images.values()))
        mask: Mask = method.compute(**given.arguments, progress=part(context.progress, 0.4, 0.9))
        # A model that was learned names the quantities that it is meant for.
        doubted = {} if any(slot.kind == "record" for slot in kind.inputs) else given.images
        remarks = [*given.remarks, *remarks_on(mask, doubted, given.regions, method.parameters)]
        values = grid.array[mask.array].astype(np.float64)
        measured = Measured(statistic="maximum", value=float(values.max()), quantity=grid.quantity)
        mask = replace(mask, name=self.name or target.name.split(".", 1)[0], measured=(measured,))
        within = next(iter(given.regions.values()))
        state = state_of_map(grid, within)
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
