"""The part of a region that a grid holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from ..errors import InputError
from ..geometry import Geometry
from ..image import Mask
from ..transform import Transform

_TOLERANCE = 1e-6


def cut_to_grid(mask: Mask, target: Geometry, transform: Transform) -> Mask:
    """Return the part of a region that a grid holds whole: the voxels of which no corner lies outside it.

    Parameters
    ----------
    mask : Mask
        The region.
    target : Geometry
        The grid.
    transform : Transform
        From the frame of the region to that of the grid.

    Raises
    ------
    InputError
        If no voxel lies inside.
    """
    index = np.argwhere(mask.array)
    held = np.ones(len(index), dtype=np.bool_)
    highest = np.array(target.shape[::-1], dtype=np.float64) - 0.5 + _TOLERANCE
    for corner in product((-0.5, 0.5), repeat=3):
        there = target.to_index(transform.apply(mask.geometry.to_world(index[:, ::-1] + np.array(corner))))
        # Where a field does not reach, the place is not a number, and no comparison holds.
        held &= ((there >= -0.5 - _TOLERANCE) & (there <= highest)).all(axis=1)
    if not held.any():
        raise InputError(
            f'No voxel of the region "{mask.name}" lies inside the grid of {target}.', "Check that both belong together."
        )
    array = np.zeros_like(mask.array)
    array[tuple(index[held].T)] = True
    cut = replace(mask, array=array)
    lost = mask.volume_ml - cut.volume_ml
    told = (
        f"Cut to what a grid of {target} holds: the voxels that lie outside or reach out, {lost:.3f} ml of "
        f"{mask.volume_ml:.3f} ml, are left out."
    )
    return replace(cut, history=(*mask.history, told)) if lost else mask
