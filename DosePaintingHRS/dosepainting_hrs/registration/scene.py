"""Two images cut to the box in which they are compared, and to what the search can reach round it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Array, Geometry
from ..image import Image, Mask

LEAST_MASK_VOXELS = 500
_MOST_BLUR_MM = 12.0
"""Rim that the coarsest smoothing reads beyond the box."""
Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Two images, the box they are compared in, and where the comparison begins.

    Parameters
    ----------
    fixed, moving : array, (z, y, x)
        Voxel values.
    fixed_grid, moving_grid : Geometry
        Their grids.
    low, high : array, (3,)
        Ends of the box, fractional indices (x, y, z) of the fixed image.
    mask : array of bool, (z, y, x), or None
        Where in the fixed image samples may lie; everywhere in the box when None.
    pull : array, (4, 4)
        Where a point of the fixed image lies in the moving one at the start, LPS mm to LPS mm.
    """

    fixed: Array
    fixed_grid: Geometry
    moving: Array
    moving_grid: Geometry
    low: Float
    high: Float
    mask: NDArray[np.bool_] | None
    pull: Float

    @property
    def centre(self) -> Float:
        """Middle of the box, LPS mm in the fixed image's frame."""
        return self.fixed_grid.to_world((self.low + self.high) / 2.0)

    def after(self, motion: Float) -> Scene:
        """Return the same with the comparison beginning after a motion (4, 4) about the centre."""
        about, back = np.eye(4), np.eye(4)
        about[:3, 3], back[:3, 3] = self.centre, -self.centre
        return replace(self, pull=self.pull @ about @ motion @ back)

    def corners(self) -> Float:
        """Corners of the box, (8, 3), LPS mm in the fixed image's frame."""
        unit = np.array([[i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1)], dtype=np.float64)
        return self.fixed_grid.to_world(self.low + unit * (self.high - self.low))


@dataclass(frozen=True, kw_only=True, eq=False)
class Box:
    """Where to compare.

    Parameters
    ----------
    region : Mask or None
        On the fixed image's grid; the whole image when None.
    mask : Mask or None
        Where the fixed image may be looked at, on its grid.
    margin_mm : float
        Added to the region on every side, mm.
    reach_mm : float
        How far the search can move a point of the box, mm.
    """

    region: Mask | None
    mask: Mask | None = None
    margin_mm: float
    reach_mm: float


def region_corners(region: Mask) -> Float:
    """Return the corners of the box round a region, (8, 3), LPS mm."""
    return region.geometry.to_world(_corner_indices(*_index_box(region)))


def scene_of(fixed: Image, moving: Image, box: Box, pull: Float) -> Scene:
    """Cut two images to what a comparison inside a box needs.

    Parameters
    ----------
    fixed, moving : Image
        The images.
    box : Box
        Where to compare.
    pull : array, (4, 4)
        Where a point of the fixed image lies in the moving one at the start.

    Raises
    ------
    InputError
        If an image has a single slice, the region is empty, or the mask holds too few voxels.
    """
    for image, which in ((fixed, "fixed"), (moving, "moving")):
        if min(image.array.shape) < 2:
            raise InputError(f"The {which} image has {image.geometry}; at least two voxels along each axis are needed.")
    low, high = _ends(fixed, box)
    blur = _MOST_BLUR_MM / fixed.geometry.spacing
    cut, first, fixed_grid = _cropped(fixed.array, fixed.geometry, low - blur, high + blur)
    corners = fixed.geometry.to_world(_corner_indices(low, high)) @ pull[:3, :3].T + pull[:3, 3]
    index = moving.geometry.to_index(corners)
    around = (box.reach_mm + _MOST_BLUR_MM) / moving.geometry.spacing
    other, _, moving_grid = _cropped(moving.array, moving.geometry, index.min(axis=0) - around, index.max(axis=0) + around)
    return Scene(
        fixed=cut,
        fixed_grid=fixed_grid,
        moving=other,
        moving_grid=moving_grid,
        low=low - first,
        high=high - first,
        mask=None if box.mask is None else _cropped_mask(box.mask, first, cut.shape, (low - first, high - first)),
        pull=pull,
    )


def _ends(fixed: Image, box: Box) -> tuple[Float, Float]:
    last = np.array(fixed.geometry.shape[::-1]) - 1.0
    if box.region is None:
        return np.zeros(3), last
    low, high = _index_box(box.region)
    margin = box.margin_mm / fixed.geometry.spacing
    return np.clip(low - margin, 0, last), np.clip(high + margin, 0, last)


def _index_box(region: Mask) -> tuple[Float, Float]:
    if not region.array.any():
        raise InputError(f'The region "{region.name}" is empty: no box can be drawn round it.', "Choose another region.")
    index = np.argwhere(region.array)[:, ::-1]
    return index.min(axis=0) - 0.5, index.max(axis=0) + 0.5


def _corner_indices(low: Float, high: Float) -> Float:
    unit = np.array([[i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1)], dtype=np.float64)
    return np.asarray(low + unit * (high - low))


def _cropped(array: Array, grid: Geometry, low: Float, high: Float) -> tuple[Array, Float, Geometry]:
    sizes = np.array(grid.shape[::-1])
    first = np.clip(np.floor(low), 0, sizes - 2).astype(int)
    stop = np.clip(np.ceil(high) + 1, first + 2, sizes).astype(int)
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world(first)
    cut = array[first[2] : stop[2], first[1] : stop[1], first[0] : stop[0]]
    return cut, first.astype(np.float64), Geometry((cut.shape[0], cut.shape[1], cut.shape[2]), affine)


def _cropped_mask(mask: Mask, first: Float, shape: tuple[int, ...], ends: tuple[Float, Float]) -> NDArray[np.bool_]:
    x, y, z = first.astype(int)
    inside = mask.array[z : z + shape[0], y : y + shape[1], x : x + shape[2]].copy()
    low, high = np.ceil(ends[0]).astype(int), np.floor(ends[1]).astype(int) + 1
    keep = np.zeros_like(inside)
    keep[low[2] : high[2], low[1] : high[1], low[0] : high[0]] = True
    inside &= keep
    count = int(np.count_nonzero(inside))
    if count < LEAST_MASK_VOXELS:
        raise InputError(
            f'The mask "{mask.name}" has {mask.voxel_count} voxel{"s" * (mask.voxel_count != 1)}, {count} of them inside the '
            f"box; a registration needs at least {LEAST_MASK_VOXELS} to look at.",
            "Use a larger mask, or none.",
        )
    return inside
