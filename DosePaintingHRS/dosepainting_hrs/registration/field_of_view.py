"""Cut a grid to the slices that several images all cover (field-of-view harmonisation)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError
from ..geometry import Geometry

Float = NDArray[np.float64]
_HAIR = 1e-6


def common_slices(grid: Geometry, corners: Sequence[Float]) -> tuple[int, int]:
    """Return the first and last slice of a grid whose centres lie within the reach of every image.

    Parameters
    ----------
    grid : Geometry
        The grid; its slices lie along its third index axis.
    corners : sequence of array, (8, 3)
        Corners of each image, LPS mm in the grid's frame: centres of its outermost voxels.

    Raises
    ------
    GeometryError
        If no slice lies within all.

    References
    ----------
    Kutnar D et al. (2023), Methods: images were cropped to a common range of slices by their DICOM positions.
    """
    first, last = 0, grid.shape[0] - 1
    for one in corners:
        along = grid.to_index(one)[:, 2]
        first = max(first, int(np.ceil(along.min() - _HAIR)))
        last = min(last, int(np.floor(along.max() + _HAIR)))
    if first > last:
        raise GeometryError(
            "The images share no slice: their fields of view do not overlap.", "Leave out the one that lies apart."
        )
    return first, last


def cut_slices(grid: Geometry, first: int, last: int) -> Geometry:
    """Return a grid cut to some of its slices, both ends kept."""
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world((0.0, 0.0, float(first)))
    return Geometry((last - first + 1, grid.shape[1], grid.shape[2]), affine)
