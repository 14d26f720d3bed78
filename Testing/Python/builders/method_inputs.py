"""What any registered method is given in tests: a small map with two hot spots, a region, and values for what it asks.

A method that asks for parameters takes those of its first preset, then the examples of its fields; fields named x_mm, y_mm and
z_mm are a click on the hottest spot.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from builders.hrs_models import activity_model, suv_model
from builders.method_frames import frames_inputs_of
from builders.volumes import PATIENT, image_of, mask_of, pet_of
from dosepainting_hrs import maps, prescription, segmentation  # noqa: F401  (registers the methods)
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.hrs_model import model_json
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.image_frames import Frames
from dosepainting_hrs.parameters import parameter_infos
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.progress import Progress, silent
from dosepainting_hrs.registry import MAPS, Method

SHAPE = (6, 7, 8)
CLICK = (2, 2, 1)
"""Index (x, y, z) of a voxel of the hottest spot, in canonical order."""
Kind = type[Method]
RECORDS = {"hrs-model": lambda: model_json(suv_model()), "hrs-distance": lambda: model_json(activity_model())}


def values() -> np.ndarray:
    """Background 1 with noise, a hot spot of 8 and another of 6; distinct everywhere."""
    array = 1.0 + np.random.default_rng(4).random(SHAPE) / 2
    array[1:3, 2:4, 2:4] += np.linspace(6.5, 7.0, 8).reshape(2, 2, 2)
    array[4:, 5:, 6:] += np.linspace(4.5, 5.0, 8).reshape(2, 2, 2)
    return array.astype(np.float32)


def region() -> np.ndarray:
    array = np.zeros(SHAPE, dtype=np.bool_)
    array[:5, 1:, 1:] = True
    return array


def required_values(kind: Kind, geometry: Geometry | None = None) -> dict[str, Any]:
    presets = kind.parameters_type.presets
    chosen = dict(presets[0].values) if presets else {}
    missing = []
    for info in parameter_infos(kind.parameters_type):
        asked = info.required or (info.default is None and info.field.example is not None)
        if asked and info.name not in chosen:
            chosen |= {info.name: info.field.example} if not info.is_table else {info.name: [_row(info.kind)]}
            missing += [info.name] if chosen[info.name] is None else []
    assert not missing, f"the contract needs a preset of {kind.name}, or examples, for {missing}"
    return clicked(chosen, geometry) if geometry is not None else chosen


def _row(kind: type) -> dict[str, Any]:
    return {column.name: column.field.example for column in parameter_infos(kind) if column.required}


def clicked(chosen: Mapping[str, Any], geometry: Geometry) -> dict[str, Any]:
    """Put every position among the parameters onto the hottest spot."""
    place = dict(zip(("x_mm", "y_mm", "z_mm"), geometry.to_world(CLICK).tolist(), strict=True))
    found = {}
    for name, value in chosen.items():
        rows = isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping)
        found[name] = [clicked(row, geometry) for row in value] if rows else place.get(name, value)
    return found


def method_of(kind: Kind, geometry: Geometry | None = None) -> Any:
    return kind(from_json(kind, required_values(kind, geometry)))


def inputs_of(
    kind: Kind,
    array: np.ndarray | None = None,
    inside: np.ndarray | None = None,
    geometry: Geometry | None = None,
    identity: Identity = PATIENT,
) -> dict[str, Any]:
    """Give a method what it needs: PET in Bq/ml for a map, SUV and a region for a segmentation, regions for a region method."""
    array = values() if array is None else array
    inside = region() if inside is None else inside
    if any(slot.kind == "frames" and not slot.optional for slot in kind.inputs):
        return frames_inputs_of(kind, array, inside, geometry, identity)
    is_map = kind.name in MAPS.names()
    found: dict[str, Any] = {}
    for slot in kind.inputs:
        if slot.optional and is_map:
            continue
        if slot.kind == "record":
            found[slot.name] = RECORDS[kind.name]()
        elif slot.takes_images:
            image = pet_of(array * 1000, geometry, identity) if is_map else image_of(array, geometry, identity=identity)
            found[slot.name] = {"one": image, "other": image} if slot.takes_several else image
        elif slot.takes_several:
            parts = {"one": inside * (array < 7.7), "other": inside * (array > 1.1) * (array < 7.9)}
            found[slot.name] = {name: mask_of(part, geometry, identity, name) for name, part in parts.items()}
        else:
            found[slot.name] = mask_of(inside, geometry, identity)
    return found


def volumes_of(inputs: dict[str, Any]) -> dict[str, Image | Mask]:
    """Return all images and regions among a method's inputs, those of a slot that takes several under two names."""
    found: dict[str, Image | Mask] = {}
    for slot, given in inputs.items():
        several = given if isinstance(given, dict) else {}
        found |= {f"{slot}:{name}": one for name, one in several.items() if isinstance(one, (Image, Mask))}
        found |= {} if isinstance(given, dict) else {slot: given}
    return found


def changed(inputs: dict[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    """Return inputs of which the volume called `name` (as `volumes_of` calls it) has other fields."""
    slot, _, one = name.partition(":")
    replaced = replace(volumes_of(inputs)[name], **changes)
    return {**inputs, slot: {**inputs[slot], one: replaced} if one else replaced}


def computed(kind: Kind, progress: Progress = silent, **inputs: Any) -> Image | Mask:
    given = inputs or inputs_of(kind)
    geometry = next(iter(volumes_of(given).values())).geometry
    result: Image | Mask | Frames = method_of(kind, geometry).compute(**given, progress=progress)
    return result.frame(-1) if isinstance(result, Frames) else result
