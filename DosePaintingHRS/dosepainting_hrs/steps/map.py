"""Make a quantitative map from an image by a registered method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np

from .. import maps  # noqa: F401  (registers the methods)
from ..address import Where
from ..context import Context
from ..image import Image
from ..inputs import load_inputs
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..parameters_json import from_json, with_preset, with_preset_named
from ..progress import part
from ..registry import MAPS
from ..storage.volumes import require_new_volume, write_volume


@dataclass(frozen=True, kw_only=True)
class MapResult:
    """What was made: the file, its quantity, and how it came about."""

    output: str
    method: str
    quantity: str
    unit: str
    minimum: float
    maximum: float
    patient_id: str
    frame_of_reference: str
    series: tuple[str, ...]
    remarks: tuple[str, ...]
    history: tuple[str, ...]


@register_step("map", MapResult)
@dataclass(frozen=True, kw_only=True)
class MapStep(Step):
    """Make a quantitative map (SUV ...) from an image."""

    method: Annotated[str, Field("Name of the map.")]
    inputs: Annotated[Mapping[str, Where], Field("Images and regions by the names of the inputs.")]
    output: Annotated[str, Field("New volume file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    parameters: Annotated[Mapping[str, Any], Field("Parameters of the method.")] = field(default_factory=dict)
    preset: Annotated[str, Field("Name of the preset whose values the parameters hold; empty for none.")] = ""
    method_schema: Annotated[int, Field("Version of the parameters.")] = 1
    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> MapResult:
        """Make the map and write it with its identity."""
        kind = MAPS.get(self.method)
        method = kind(from_json(kind, with_preset(kind, self.preset, self.parameters), self.method_schema))
        target = context.new_file(self.output)
        require_new_volume(target)
        given = load_inputs(context, kind, self.inputs, self.drawn_on)
        image: Image = method.compute(**given.arguments, progress=part(context.progress, 0.4, 0.9))
        image = replace(image, history=with_preset_named(image.history, self.preset))
        context.progress(0.9, f"Writing {target.name}")
        write_volume(image, target, job=context.record)
        finite = image.array[np.isfinite(image.array)] if image.array.dtype.kind == "f" else image.array
        return MapResult(
            output=context.told(target),
            method=self.method,
            quantity=image.quantity.name,
            unit=image.quantity.unit,
            minimum=float(finite.min()) if finite.size else float("nan"),
            maximum=float(finite.max()) if finite.size else float("nan"),
            patient_id=image.identity.patient_id,
            frame_of_reference=image.identity.frame_of_reference,
            series=image.identity.series,
            remarks=tuple(given.remarks),
            history=image.history,
        )
