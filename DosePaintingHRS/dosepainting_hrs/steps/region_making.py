"""What the steps that make a region by a registered method share: how it is made, and its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from ..address import Where
from ..context import Context
from ..image import Mask
from ..inputs import Inputs, load_inputs
from ..job import Argument
from ..parameters import Field
from ..progress import part
from ..registry import Method, Registry
from ..storage.volumes import require_new_volume
from .by_method import MethodStep


@dataclass(frozen=True, kw_only=True)
class RegionMakingStep(MethodStep):
    """Make a region by a registered method."""

    output: Annotated[str, Field("New mask file."), Argument(flags=("-o", "--output"), metavar="FILE")]
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
        method = self.built(registry)
        target = context.new_file(self.output)
        require_new_volume(target)
        given = load_inputs(context, type(method), self.inputs, drawn_on)
        mask: Mask = method.compute(**given.arguments, progress=part(context.progress, 0.4, 0.9))
        return context.noted(given.kept_by(mask)), method, given, target, self.name or target.name.split(".", 1)[0]
