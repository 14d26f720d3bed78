"""The value of a volume at a place in the patient, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import numpy as np

from dosepainting_hrs.errors import GeometryError, InputError

from .attributes import Node
from .volumes import quantity_of_node, ras_of, stored_geometry

OUTSIDE = "outside"
NO_VALUE = "no value"


def value_at(node: Node, place: Sequence[float]) -> float | None:
    """Return the value of the voxel that holds a place; None outside of the volume.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        The volume; a linear parent transform is gone through.
    place : sequence of float, (3,)
        In the coordinates of views and markups, mm.
    """
    try:
        geometry = stored_geometry(node)
    except (InputError, GeometryError):  # No voxels, or bent: it has no value at a place.
        return None
    # One flip leads from either way of counting to the other.
    index = np.rint(geometry.to_index(np.array(ras_of(place)))).astype(int)
    if (index < 0).any() or (index >= geometry.shape[::-1]).any():
        return None
    return float(node.GetImageData().GetScalarComponentAsDouble(*index.tolist(), 0))


def value_in_words(node: Node, place: Sequence[float]) -> str:
    """Return the value at a place with its unit, or why there is none."""
    value = value_at(node, place)
    if value is None:
        return OUTSIDE
    if isnan(value):
        return NO_VALUE
    return f"{value:.4g} {quantity_of_node(node).shown_unit}".strip()
