"""The sphere of 1 ml over which peaks are taken, and the voxels of any ball, in one place."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .geometry import Geometry

PEAK_RADIUS_MM = 10.0 * (3.0 / (4.0 * math.pi)) ** (1.0 / 3.0)
"""Radius of a sphere of 1 ml, 6.2 mm."""


def ball_offsets(geometry: Geometry, radius_mm: float) -> NDArray[np.int64]:
    """Return index offsets (z, y, x) of all voxels whose centre lies within a radius of a voxel's centre, (n, 3)."""
    axes = geometry.affine[:3, :3]
    reach = np.floor(radius_mm * np.linalg.norm(np.linalg.inv(axes), axis=1)).astype(int)
    x, y, z = (np.arange(-n, n + 1) for n in reach)
    grid = np.stack(np.meshgrid(z, y, x, indexing="ij"), axis=-1).reshape(-1, 3)
    away = np.sqrt(((grid[:, ::-1, None] * axes.T[None]).sum(axis=1) ** 2).sum(axis=1))
    return np.ascontiguousarray(grid[away <= radius_mm * (1.0 + 1e-9)], dtype=np.int64)
