"""Make a quantitative map from an image by a registered method."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from .. import maps, segmentation  # noqa: F401  (register the methods; a learned model has a map as well)
from ..address import Where
from ..context import Context
from ..errors import ParameterError
from ..image import Image
from ..image_frames import Frames
from ..inputs import Inputs, load_inputs
from ..job import Argument, register_step
from ..parameters import Field, nearest
from ..parameters_json import with_preset_named
from ..progress import part
from ..registry import MAIN, MAPS, Map
from ..storage.atomic import new_file, require_absent
from ..storage.volumes import require_new_volume, write_volume
from ..working import Fact, warnings_of
from .by_method import MethodStep


@dataclass(frozen=True, kw_only=True)
class AlsoMade:
    """What was made besides the main image; a record has no quantity."""

    name: str
    output: str
    quantity: str
    unit: str
    minimum: float
    maximum: float


@dataclass(frozen=True, kw_only=True)
class MapResult:
    """What was made: the file, its quantity, and how it came about, as sentences and as facts with tags and numbers."""

    output: str
    also: tuple[AlsoMade, ...]
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
    working: tuple[Fact, ...]


@register_step("map", MapResult)
@dataclass(frozen=True, kw_only=True)
class MapStep(MethodStep):
    """Make a quantitative map (SUV ...) from an image."""

    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None
    also: Annotated[
        Mapping[str, str],
        Field("What else the method makes, each by its name into a new file; describe lists the names."),
        Argument(flags=("--also",), metavar="NAME=FILE"),
    ] = field(default_factory=dict)

    def run(self, context: Context) -> MapResult:
        """Make the map and write it with its identity."""
        method = self.built(MAPS)
        kind = type(method)
        _check_also(kind, self.also)
        targets = {MAIN: context.new_file(self.output)} | {name: context.new_file(file) for name, file in self.also.items()}
        for name, target in targets.items():
            require_absent(target) if _is_record(kind, name) else require_new_volume(target)
        given = load_inputs(context, kind, self.inputs, self.drawn_on)
        made = method.compute_all(**given.arguments, progress=part(context.progress, 0.4, 0.9))
        for name, target in targets.items():
            context.progress(0.9, f"Writing {target.name}")
            made[name] = self._written(context, made[name]() if callable(made[name]) else made[name], target, given)
        image: Image | Frames = made[MAIN]
        low, high = _range(image)
        return MapResult(
            output=context.told(targets[MAIN]),
            also=tuple(_also(name, made[name], context.told(target)) for name, target in targets.items() if name != MAIN),
            method=self.method,
            quantity=image.quantity.name,
            unit=image.quantity.unit,
            minimum=low,
            maximum=high,
            patient_id=image.identity.patient_id,
            frame_of_reference=image.identity.frame_of_reference,
            series=image.identity.series,
            remarks=(*given.remarks, *warnings_of(image.working)),
            history=image.history,
            working=image.working,
        )

    def _written(self, context: Context, made: Any, target: Path, given: Inputs) -> Any:
        if isinstance(made, (Image, Frames)):
            made = context.noted(given.kept_by(made))
            made = replace(made, history=with_preset_named(made.history, self.preset))
            write_volume(made, target, job=context.record)
            return made
        with new_file(target) as temporary:
            temporary.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return made


def _check_also(kind: type[Map], also: Mapping[str, str]) -> None:
    for name in also:
        if name not in [one.name for one in kind.also]:
            raise ParameterError(
                f'The map "{kind.name}" makes no "{name}" besides its image.',
                nearest(name, tuple(one.name for one in kind.also)),
            )


def _is_record(kind: type[Map], name: str) -> bool:
    return any(one.name == name and one.kind == "record" for one in kind.also)


def _range(image: Image | Frames) -> tuple[float, float]:
    finite = image.array[np.isfinite(image.array)] if image.array.dtype.kind == "f" else image.array
    return (float(finite.min()), float(finite.max())) if finite.size else (float("nan"), float("nan"))


def _also(name: str, made: Any, output: str) -> AlsoMade:
    if not isinstance(made, (Image, Frames)):
        return AlsoMade(name=name, output=output, quantity="", unit="", minimum=float("nan"), maximum=float("nan"))
    low, high = _range(made)
    return AlsoMade(name=name, output=output, quantity=made.quantity.name, unit=made.quantity.unit, minimum=low, maximum=high)
