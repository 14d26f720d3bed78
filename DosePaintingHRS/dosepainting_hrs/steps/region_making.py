"""What the steps that make a region by a registered method share: the method, its inputs and parameters, and the name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from ..address import Where
from ..context import Context
from ..image import Mask
from ..inputs import Inputs, load_inputs
from ..job import Argument, Step
from ..parameters import Field
from ..parameters_json import from_json, with_preset
from ..progress import part
from ..registry import Method, Registry
from ..storage.volumes import require_new_volume


@dataclass(frozen=True, kw_only=True)
class RegionMakingStep(Step):
    """Make a region by a registered method."""

    method: Annotated[str, Field("Name of the method.")]
    inputs: Annotated[Mapping[str, Where], Field("Images and regions by the names of the inputs.")]
    output: Annotated[str, Field("New mask file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    parameters: Annotated[Mapping[str, Any], Field("Parameters of the method.")] = field(default_factory=dict)
    preset: Annotated[str, Field("Name of the preset whose values the parameters hold; empty for none.")] = ""
    method_schema: Annotated[int, Field("Version of the parameters.")] = 1
    name: Annotated[str, Field("Name of the new region; the output's file name when not given.")] = ""

    def made(self, context: Context, registry: Registry[Any], drawn_on: Where | None) -> tuple[Mask, Method, Inputs, Path, str]:
        """Build the method, bring its inputs to one grid, and run it.

        Returns
        -------
        Mask
            What it made.
        Method
            The method with its parameters.
        Inputs
            What it was given.
        Path
            Where the mask goes; nothing is there yet.
        str
            The name of the new region.
        """
        kind = registry.get(self.method)
        method = kind(from_json(kind, with_preset(kind, self.preset, self.parameters), self.method_schema))
        target = context.new_file(self.output)
        require_new_volume(target)
        given = load_inputs(context, kind, self.inputs, drawn_on)
        mask: Mask = method.compute(**given.arguments, progress=part(context.progress, 0.4, 0.9))
        return context.noted(given.kept_by(mask)), method, given, target, self.name or target.name.split(".", 1)[0]
