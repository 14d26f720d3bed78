"""Carry a region through a deformable transform."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError, InputError
from ..geometry import Geometry, StoredGrid
from ..image import Mask
from ..progress import Progress, each, silent
from ..transform import Transform
from .covered_shares import Covered
from .volume_true import TIE_SHARE, VolumeTrue, most_covered

PARTS = 4
"""Samples along each edge of a target voxel."""


def carry_region(mask: Mask, target: Geometry, transform: Transform, *, progress: Progress = silent) -> VolumeTrue:
    """Bring a region through a deformable transform to a grid.

    Parameters
    ----------
    mask : Mask
        The region on its own grid.
    target : Geometry
        The grid to bring it to, in any axis order.
    transform : Transform
        From the region's frame to the target's.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    VolumeTrue
        The region on the target grid; its volume is that of the deformed region, within half a target voxel.

    Raises
    ------
    InputError
        If the region is empty, or nothing of it is left.
    GeometryError
        If the field does not cover the region or folds within it, or the region leaves the target grid.

    Notes
    -----
    Each target voxel that the region can touch is sampled in 4 x 4 x 4 equal parts, each mapped back to the voxel of
    the source in which it lies. The shares add up to the volume; voxels are taken by falling share until it is reached.
    """
    if not mask.array.any():
        raise InputError(f'The region "{mask.name}" is empty: it has no voxels to carry.', "Choose a region that has voxels.")
    grid = StoredGrid.of(target)
    canonical = grid.canonical()
    progress(0.0, "Finding where the region goes")
    low, high = _reach(mask, transform, canonical)
    shares = _shares(mask, transform.inverse(), canonical, (low, high), progress)
    total = float(shares.sum())
    count = math.floor(total + 0.5 + TIE_SHARE)
    if count == 0:
        raise InputError(f'The region "{mask.name}" has less than half a voxel of the target grid.', "Use smaller voxels.")
    covered = Covered((int(low[2]), int(low[1]), int(low[0])), shares)
    z, y, x = np.indices(shares.shape)
    index = np.stack([(shares * axis).sum() for axis in (x, y, z)]) / total + low
    array = np.zeros(canonical.shape, dtype=np.bool_)
    array[covered.box] = most_covered(covered, count, canonical, canonical.to_world(index))
    stored = np.ascontiguousarray(grid.axes.restore(array)).astype(np.bool_)
    progress(1.0, "Region carried")
    return VolumeTrue(
        array=stored,
        source_ml=mask.volume_ml,
        target_ml=int(np.count_nonzero(array)) * canonical.voxel_volume_ml,
        vanished=(),
        unchanged=False,
    )


def _reach(mask: Mask, transform: Transform, target: Geometry) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the box of target voxels that the region can touch, from the corners of all its voxels."""
    z, y, x = np.nonzero(mask.array)
    centres = np.stack([x, y, z], axis=-1).astype(np.float64)
    corners = np.unique(np.concatenate([centres + step for step in _CORNERS]), axis=0)
    arrived = transform.apply(mask.geometry.to_world(corners))
    lost: NDArray[np.bool_] = np.isnan(arrived.sum(axis=-1))
    if lost.any():
        raise GeometryError(
            f'The deformable transform does not cover the region "{mask.name}": {lost.mean():.1%} of its corners lie outside '
            "of the field, or where it folds.",
            "Register a box that holds the whole region with a margin.",
        )
    index = target.to_index(arrived)
    last = np.array(target.shape[::-1]) - 1
    if (index < -0.51).any() or (index > last + 0.51).any():
        raise GeometryError(f'The region "{mask.name}" leaves the target grid of {target}.', "Use a grid that holds it.")
    low = np.clip(np.floor(index.min(axis=0) + 0.5) - 1, 0, last).astype(np.int64)
    high = np.clip(np.floor(index.max(axis=0) + 0.5) + 1, 0, last).astype(np.int64)
    return low, high


def _shares(
    mask: Mask, pull: Transform, target: Geometry, box: tuple[NDArray[np.int64], NDArray[np.int64]], progress: Progress
) -> NDArray[np.float64]:
    low, high = box
    shares = np.zeros(tuple(int(n) for n in (high - low + 1)[::-1]))
    offsets = (np.arange(PARTS) + 0.5) / PARTS - 0.5
    steps = np.stack(np.meshgrid(offsets, offsets, offsets, indexing="ij"), axis=-1).reshape(-1, 3)
    y, x = np.indices(shares.shape[1:])
    sizes = np.array(mask.array.shape[::-1])
    for z in each(range(shares.shape[0]), progress, "Carrying the region"):
        plane = np.stack([x, y, np.full_like(x, z)], axis=-1) + low
        samples = plane[..., None, :] + steps
        back = mask.geometry.to_index(pull.apply(target.to_world(samples)))
        nearest = np.floor(np.nan_to_num(back, nan=-9.0) + 0.5).astype(np.int64)
        inside: NDArray[np.bool_] = np.all((nearest >= 0) & (nearest < sizes), axis=-1)
        held = np.where(inside[..., None], nearest, 0)
        shares[z] = np.mean(mask.array[held[..., 2], held[..., 1], held[..., 0]] & inside, axis=-1)
    return shares


_CORNERS = np.array([[i, j, k] for i in (-0.5, 0.5) for j in (-0.5, 0.5) for k in (-0.5, 0.5)])
