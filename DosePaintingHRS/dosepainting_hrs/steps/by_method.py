"""What the steps that make something by a registered method share: the method, its inputs and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from ..address import Where
from ..job import Argument, Step
from ..parameters import Field
from ..parameters_json import from_json, with_preset
from ..registry import Registry


@dataclass(frozen=True, kw_only=True)
class MethodStep(Step):
    """Make something by a registered method."""

    method: Annotated[str, Field("Name of the method.")]
    inputs: Annotated[Mapping[str, Where], Field("Images and regions by the names of the inputs.")]
    output: Annotated[str, Field("New volume file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    parameters: Annotated[Mapping[str, Any], Field("Parameters of the method.")] = field(default_factory=dict)
    preset: Annotated[str, Field("Name of the preset whose values the parameters hold; empty for none.")] = ""
    method_schema: Annotated[int, Field("Version of the parameters.")] = 1

    def built(self, registry: Registry[Any]) -> Any:
        """Return the method with its parameters.

        Raises
        ------
        ParameterError
            If there is no such method, or its parameters are not allowed.
        """
        kind = registry.get(self.method)
        return kind(from_json(kind, with_preset(kind, self.preset, self.parameters), self.method_schema))
