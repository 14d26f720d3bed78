"""The inputs of a method from the scene, checked by the same function as those of the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity, require_same_frame, require_same_patient
from dosepainting_hrs.image import Image, Mask, on_grid
from dosepainting_hrs.inputs import Inputs, load_inputs
from dosepainting_hrs.records import read_json_file
from dosepainting_hrs.registry import Method
from dosepainting_hrs_mrml import volumes
from dosepainting_hrs_mrml.boxes import paste_offset

from .input_sources import Given, Source
from .scene_access import SceneAccess, region_stamp


@dataclass(frozen=True, kw_only=True)
class _There:
    """A region whose voxels are voxels of the grid already."""

    mask: Mask
    remarks: tuple[str, ...]
    resampled: None = None


class SceneLoader:
    """Gives `load_inputs` images and regions of a scene; regions are brought to a grid once until they change.

    Parameters
    ----------
    access : SceneAccess
        The scene.
    """

    same_patient: tuple[()] = ()

    def __init__(self, access: SceneAccess) -> None:
        self._access = access
        self._placed: dict[tuple[str, str, str], tuple[tuple[int, ...], Any]] = {}
        self.heard: list[str] = []
        self._grid: Any = None
        self._from: dict[int, Source] = {}

    def load(self, method: type[Method], given: Given) -> Inputs:
        """Return what a method is given.

        Raises
        ------
        InputError
            If an input is missing, a region is empty, or an input is no node and thus needs the child process.
        IdentityError, GeometryError
            If things of different patients, frames of reference or grids were given.
        """
        self.heard, self._grid, self._from = [], None, {}
        return load_inputs(self, method, given)

    def forget(self) -> None:
        """Let go of everything: the scene was closed."""
        self._placed.clear()
        self._grid = None
        self._from.clear()

    def image(self, where: Source) -> Image:
        """Return a volume as an image; the first one gives the grid."""
        if where.node is None:
            raise InputError(f'"{where.address}" is no volume of the scene.')
        if self._grid is None:
            self._grid = where.node
        return self._access.image(where.node)

    def json_record(self, where: Source, what: str) -> dict[str, Any]:
        """Return a JSON object from its file: a model, say."""
        return read_json_file(Path(where.address), what)

    def region(self, where: Source, drawn_on: object = None) -> Mask:
        """Return a segment as a mask on its own grid."""
        mask = self._access.region((where.node, where.segment_id))
        self._from[id(mask)] = where
        return mask

    def place(self, mask: Mask, target: Geometry, identity: Identity, *, what: tuple[str, str]) -> Any:
        """Bring a region onto the grid of the first image, volume-true, after patient and frame were checked."""
        source = self._from[id(mask)]
        if self._grid is None:
            return _placed(mask, target, identity, what)
        key = (source.node.GetID(), source.segment_id, self._grid.GetID())
        stamp = (*region_stamp((source.node, source.segment_id)), *volumes.revision(self._grid))
        known = self._placed.get(key)
        if known is None or known[0] != stamp:
            placed = _placed(mask, target, identity, what)
            placed = replace(placed, mask=replace(placed.mask, stored=self._access.image(self._grid).stored))
            known = (stamp, placed)
            self._placed[key] = known
        return known[1]


def _placed(mask: Mask, target: Geometry, identity: Identity, what: tuple[str, str]) -> Any:
    """Bring a region onto a grid as the pipeline does; without its imports when it was drawn on that grid's voxels."""
    remarks = require_same_patient(mask.identity, identity, what=what)
    require_same_frame(mask.identity, identity, what=what)
    first = paste_offset(mask.geometry, target)
    last = None if first is None else [start + n for start, n in zip(first, mask.array.shape, strict=True)]
    if first is not None and min(first) >= 0 and all(end <= size for end, size in zip(last, target.shape, strict=True)):
        array = np.zeros(target.shape, dtype=np.bool_)
        array[tuple(slice(start, end) for start, end in zip(first, last, strict=True))] = mask.array
        return _There(mask=replace(mask, array=array, geometry=target, stored=on_grid(target)[1]), remarks=tuple(remarks))
    from dosepainting_hrs.context import Context

    return Context().place(mask, target, identity, what=what)
