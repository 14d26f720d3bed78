"""A small region of no symmetry on grids of all kinds, for tests of segments."""

from __future__ import annotations

from typing import Any

import numpy as np

from builders.volumes import AXIAL, geometry_of, mask_of
from dosepainting_hrs.image import Mask

TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
SHAPE = (4, 5, 6)
GRIDS = {
    "axial": AXIAL,
    "flipped rows and slices": np.diag([1.0, -1.0, -1.0]),
    "left-handed": np.diag([-1.0, 1.0, 1.0]),
    "sagittal": np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]),
    "oblique, flipped, left-handed": TURN @ np.diag([1.0, 1.0, -1.0]),
}
RED = (1.0, 0.0, 0.0)
QUARTER_TURN = [[0, -1, 0, 5], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
"""RAS: (r, a, s) -> (-a + 5, r, s)."""


def corner_mask(direction: Any = AXIAL, name: str = "GTVp") -> Mask:
    """Return five voxels of an unsymmetrical shape, on a grid of 1 x 2 x 3 mm at (-10, 20, 30)."""
    inside = np.zeros(SHAPE, dtype=bool)
    inside[1, 2, 3:6] = True
    inside[2, 2, 3] = True
    inside[2, 3, 3] = True
    return mask_of(inside, geometry_of(SHAPE, (1.0, 2.0, 3.0), (-10.0, 20.0, 30.0), direction), name=name)


def places(mask: Mask) -> set[tuple[float, ...]]:
    """Return the LPS positions of the voxels inside."""
    points = mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1])
    return {tuple(np.round(point, 6) + 0.0) for point in points}


def labelmap_of(node: Any, segment_id: str) -> Any:
    """Return the labelmap that holds a segment."""
    return node.GetSegmentation().GetSegment(segment_id).GetRepresentation("Binary labelmap")
