"""Whether a region can be painted: how compact it is, and what of it is wider than a beam can follow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ParameterError
from ..geometry import Geometry, bounding_box
from ..image import Mask
from ..morphology import distance_to
from .surface_area import surface_area_mm2

_MOST_VOXELS = 8_000_000
_FINER = 3


@dataclass(frozen=True, kw_only=True)
class Deliverability:
    """How compact a region is, and what remains of it at a given width.

    Parameters
    ----------
    volume_ml : float
        Its volume, ml.
    islands : tuple of float
        Volumes of its islands (26-connected), ml, largest first.
    largest_share : float
        Share of the largest island, 0 to 1.
    scatter_index : float
        Radius of gyration over that of a ball of the same volume: 1 for a ball, larger the more it is spread out.
    surface_cm2 : float
        Surface area, cm2.
    surface_to_volume : float
        Surface over volume, 1/mm.
    sphericity : float
        Surface of a ball of the same volume over its surface: about 1 for a ball.
    widest_mm : float
        Diameter of the largest ball that fits in, mm.
    width_mm : float
        The width asked for, mm.
    remaining_ml, remaining_share : float
        Volume of the voxels whose centre lies in a ball of that width that fits in, ml, and as a share of the region.
    remaining_islands : int
        Number of islands of what remains.
    """

    volume_ml: float
    islands: tuple[float, ...]
    largest_share: float
    scatter_index: float
    surface_cm2: float
    surface_to_volume: float
    sphericity: float
    widest_mm: float
    width_mm: float
    remaining_ml: float
    remaining_share: float
    remaining_islands: int


def deliverability(region: Mask, width_mm: float) -> Deliverability:
    """Measure how compact a region is, and what remains of it after opening by a width.

    Parameters
    ----------
    region : Mask, (z, y, x)
        A high-risk subvolume.
    width_mm : float
        Width of the point spread of the map, or of a leaf at the isocentre, mm.

    Raises
    ------
    InputError
        If the region is empty.
    ParameterError
        If the width is not above 0.

    Notes
    -----
    Widths are measured on voxels split into 3 x 3 x 3 (where the region is small enough), so that they are right to a third of
    a voxel; edges of the grid count as edges of the region.
    """
    if not width_mm > 0 or not math.isfinite(width_mm):
        raise ParameterError(f"A width of {width_mm:g} mm is none.", "Give the width of the point spread or of a leaf, in mm.")
    box = bounding_box(region.array)
    if box is None:
        raise InputError(f'The region "{region.name}" is empty.', "Choose a region that has voxels.")
    array, geometry = region.array[box], region.geometry
    volume = region.volume_ml
    islands = _islands(array, geometry)
    surface = surface_area_mm2(array, geometry)
    ball = math.pi ** (1 / 3) * (6000.0 * volume) ** (2 / 3)
    widest, remaining, left = _widths(array, geometry, width_mm)
    return Deliverability(
        volume_ml=volume,
        islands=islands,
        largest_share=islands[0] / volume,
        scatter_index=_scatter(array, geometry),
        surface_cm2=surface / 100.0,
        surface_to_volume=surface / (1000.0 * volume),
        sphericity=ball / surface,
        widest_mm=widest,
        width_mm=width_mm,
        remaining_ml=remaining,
        remaining_share=remaining / volume,
        remaining_islands=left,
    )


def _islands(array: NDArray[np.bool_], geometry: Geometry) -> tuple[float, ...]:
    from scipy import ndimage  # noqa: PLC0415

    labels, _ = ndimage.label(array, structure=np.ones((3, 3, 3)))
    sizes = np.sort(np.bincount(labels.ravel())[1:])[::-1]
    return tuple((sizes * geometry.voxel_volume_ml).tolist())


def _scatter(array: NDArray[np.bool_], geometry: Geometry) -> float:
    points = np.argwhere(array)[:, ::-1] @ geometry.affine[:3, :3].T
    # The spread of a voxel about its own centre belongs to it: one voxel alone has the shape of a voxel, not of a point.
    own = float((geometry.affine[:3, :3] ** 2).sum()) / 12.0
    gyration = math.sqrt(float(points.var(axis=0).sum()) + own)
    radius = (3000.0 * len(points) * geometry.voxel_volume_ml / (4.0 * math.pi)) ** (1 / 3)
    return float(gyration / (math.sqrt(3.0 / 5.0) * radius))


def _widths(array: NDArray[np.bool_], geometry: Geometry, width_mm: float) -> tuple[float, float, int]:
    """Return the diameter of the largest ball, the volume (ml) of all balls of a width, and the number of their islands."""
    from scipy import ndimage  # noqa: PLC0415

    padded = np.pad(array, 1)
    factor = _FINER if padded.size * _FINER**3 <= _MOST_VOXELS else 1
    for axis in range(3):
        padded = np.repeat(padded, factor, axis=axis)
    affine = geometry.affine.copy()
    affine[:3, :3] /= factor
    fine = Geometry(padded.shape, affine)
    half = 0.5 * float(fine.spacing.min())
    depth = np.where(padded, distance_to(~padded, fine) - half, 0.0)
    core = padded & (depth >= width_mm / 2.0 - half)
    left = padded & (distance_to(core, fine) <= width_mm / 2.0)
    # Back to whole voxels by their centres: the steps of the surface, which no ball reaches into, are not the region's fault.
    whole = left[factor // 2 :: factor, factor // 2 :: factor, factor // 2 :: factor]
    _, count = ndimage.label(whole, structure=np.ones((3, 3, 3)))
    return 2.0 * float(depth.max()), float(whole.sum()) * geometry.voxel_volume_ml, int(count)
