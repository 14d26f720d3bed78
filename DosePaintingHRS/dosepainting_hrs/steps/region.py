"""Make a region from regions, by a registered method: a margin, a union, an interpolation, a sphere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from .. import segmentation  # noqa: F401  (registers the methods)
from ..address import Where
from ..context import Context
from ..image import Mask
from ..inputs import load_inputs
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..parameters_json import from_json, with_preset, with_preset_named
from ..progress import part
from ..registry import REGIONS
from ..segmentation.islands import island_count
from ..segmentation.remarks import unidentified
from ..storage.volumes import require_new_volume, write_volume


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
class RegionStep(Step):
    """Make a region from regions (margin, opening, union, STAPLE ...), or a sphere on the grid of an image."""

    method: Annotated[str, Field("Name of the method.")]
    inputs: Annotated[Mapping[str, Where], Field("Images and regions by the names of the inputs.")]
    output: Annotated[str, Field("New mask file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    parameters: Annotated[Mapping[str, Any], Field("Parameters of the method.")] = field(default_factory=dict)
    preset: Annotated[str, Field("Name of the preset whose values the parameters hold; empty for none.")] = ""
    method_schema: Annotated[int, Field("Version of the parameters.")] = 1
    name: Annotated[str, Field("Name of the new region; the output's file name when not given.")] = ""
    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> RegionResult:
        """Bring the regions to one grid, make the new one, and write the mask."""
        kind = REGIONS.get(self.method)
        method = kind(from_json(kind, with_preset(kind, self.preset, self.parameters), self.method_schema))
        target = context.new_file(self.output)
        require_new_volume(target)
        given = load_inputs(context, kind, self.inputs, self.drawn_on)
        mask: Mask = method.compute(**given.arguments, progress=part(context.progress, 0.4, 0.9))
        mask = replace(mask, name=self.name or target.name.split(".", 1)[0])
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
            remarks=(*given.remarks, *unidentified(given.images, given.regions)),
            history=mask.history,
        )
