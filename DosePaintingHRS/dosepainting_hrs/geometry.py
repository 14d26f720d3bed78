"""Grids in the patient: arrays are (z, y, x), affines map index (x, y, z) to LPS millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import GeometryError

Shape = tuple[int, int, int]
Array = NDArray[np.generic]
Box = tuple[slice, slice, slice]
"""A part of an array (z, y, x)."""
_AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
SAME_GRID_TOLERANCE = 0.01
"""Two grids are one when no corner differs by more than this share of the smallest voxel edge."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """A regular grid of voxels in patient space.

    Parameters
    ----------
    shape : tuple of int, (z, y, x)
        Number of voxels along each array axis.
    affine : array, (4, 4)
        Maps homogeneous index (x, y, z, 1), at voxel centres, to LPS mm. Oblique and left-handed grids are normal.

    Raises
    ------
    GeometryError
        If the shape is empty or the affine is singular or not finite.
    """

    shape: Shape
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-12:
            raise GeometryError(f"The affine {affine.tolist()} does not map voxel indices to millimetres one to one.")
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise GeometryError(f"A grid needs at least one voxel along each of three axes, this one is {self.shape}.")
        affine.setflags(write=False)
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))

    @classmethod
    def from_parts(cls, shape: Shape, spacing: ArrayLike, origin: ArrayLike, direction: ArrayLike = _AXIAL) -> Geometry:
        """Build a grid from shape (z, y, x), spacing (x, y, z) mm, LPS origin mm and a 3x3 direction (columns: axes)."""
        affine = np.eye(4)
        affine[:3, :3] = np.asarray(direction, dtype=np.float64) * np.asarray(spacing, dtype=np.float64)
        affine[:3, 3] = np.asarray(origin, dtype=np.float64)
        return cls(shape, affine)

    @property
    def spacing(self) -> NDArray[np.float64]:
        """Edge lengths of a voxel along the index axes (x, y, z), mm."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0), dtype=np.float64)

    @property
    def direction(self) -> NDArray[np.float64]:
        """Unit vectors of the index axes (x, y, z) in LPS, as columns."""
        return self.affine[:3, :3] / self.spacing

    @property
    def origin(self) -> NDArray[np.float64]:
        """LPS position of the centre of the first voxel, mm."""
        return self.affine[:3, 3].copy()

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel, ml."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    def to_world(self, indices: ArrayLike) -> NDArray[np.float64]:
        """Map indices (..., 3) in order (x, y, z) to LPS mm."""
        return mapped(indices, self.affine)

    def to_index(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map LPS points (..., 3), mm, to fractional indices (x, y, z)."""
        return mapped(points, np.asarray(np.linalg.inv(self.affine), dtype=np.float64))

    def corners(self) -> NDArray[np.float64]:
        """LPS positions of the eight outermost voxel centres, (8, 3), mm."""
        last = np.array(self.shape[::-1], dtype=np.float64) - 1.0
        unit = np.array([[i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1)], dtype=np.float64)
        return self.to_world(unit * last)

    def is_same_grid(self, other: Geometry, tolerance: float = SAME_GRID_TOLERANCE) -> bool:
        """Tell whether two grids have one shape and corners that agree within `tolerance` of a voxel edge."""
        if self.shape != other.shape:
            return False
        limit = tolerance * float(min(self.spacing.min(), other.spacing.min()))
        return bool(np.abs(self.corners() - other.corners()).max() <= limit)

    def is_oblique(self, tolerance: float = 1e-4) -> bool:
        """Tell whether any index axis leaves its nearest patient axis by more than `tolerance` (a direction cosine)."""
        largest = np.abs(self.direction).max(axis=0)
        return bool((largest < 1.0 - tolerance).any())

    def __str__(self) -> str:
        size = " x ".join(str(n) for n in self.shape[::-1])
        spacing = " x ".join(f"{s:.4g}" for s in self.spacing)
        return f"{size} voxels of {spacing} mm"


@dataclass(frozen=True)
class AxisOrder:
    """How a stored grid is turned into the canonical one: which axis goes where, and which are reversed.

    Parameters
    ----------
    source : tuple of int
        For each canonical index axis (x, y, z): the stored index axis that becomes it.
    reversed : tuple of bool
        For each canonical index axis: whether it runs against the stored one.
    """

    source: tuple[int, int, int] = (0, 1, 2)
    reversed: tuple[bool, bool, bool] = (False, False, False)

    def apply(self, stored: Array) -> Array:
        """Turn a stored array (its own axes) into canonical (z, y, x); a view where numpy can."""
        canonical = np.transpose(stored, [2 - self.source[2 - axis] for axis in range(3)])
        return np.flip(canonical, tuple(axis for axis in range(3) if self.reversed[2 - axis]))

    def restore(self, canonical: Array) -> Array:
        """Turn a canonical (z, y, x) array back into the stored order; the inverse of `apply`."""
        unflipped = np.flip(canonical, tuple(axis for axis in range(3) if self.reversed[2 - axis]))
        forward = [2 - self.source[2 - axis] for axis in range(3)]
        return np.transpose(unflipped, [forward.index(axis) for axis in range(3)])


@dataclass(frozen=True, eq=False)
class StoredGrid:
    """The grid as its file has it, kept so that it goes out as it came in: never recomputed."""

    geometry: Geometry
    axes: AxisOrder

    @classmethod
    def of(cls, geometry: Geometry) -> StoredGrid:
        """Find the canonical axis order of a stored grid: each axis nearest to L, P, S, none running backwards."""
        direction = geometry.direction
        best = max(permutations(range(3)), key=lambda order: sum(abs(direction[world, order[world]]) for world in range(3)))
        source = (best[0], best[1], best[2])
        backwards = [bool(direction[world, source[world]] < 0) for world in range(3)]
        return cls(geometry, AxisOrder(source, (backwards[0], backwards[1], backwards[2])))

    def canonical(self) -> Geometry:
        """Return the same voxels as a grid whose index axes run nearest to L, P and S."""
        sizes = self.geometry.shape[::-1]
        to_stored = np.zeros((4, 4))
        to_stored[3, 3] = 1.0
        for axis, (source, backwards) in enumerate(zip(self.axes.source, self.axes.reversed, strict=True)):
            to_stored[source, axis] = -1.0 if backwards else 1.0
            to_stored[source, 3] = sizes[source] - 1.0 if backwards else 0.0
        shape = tuple(sizes[source] for source in self.axes.source)[::-1]
        return Geometry((shape[0], shape[1], shape[2]), self.geometry.affine @ to_stored)


def mapped(points: ArrayLike, affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map points (..., 3) by a matrix (4, 4), one axis after the other.

    Notes
    -----
    A matrix product of three columns gains nothing from a linear algebra library, whose threads cost more than the sums
    and whose last digits change from machine to machine.
    """
    x, y, z = np.moveaxis(np.asarray(points, dtype=np.float64), -1, 0)
    result = np.empty((*x.shape, 3))
    for axis, (along_x, along_y, along_z, offset) in enumerate(affine[:3]):
        result[..., axis] = along_x * x + along_y * y + along_z * z + offset
    return result


def bounding_box(array: NDArray[np.bool_]) -> Box | None:
    """Return the smallest box that holds all true voxels of an array (z, y, x); None when there are none."""
    planes = np.flatnonzero(array.any(axis=(1, 2)))
    if not planes.size:
        return None
    # Each further axis looks only at what is left: most of a clinical volume lies outside.
    z = _span(planes)
    y = _span(np.flatnonzero(array[z].any(axis=(0, 2))))
    x = _span(np.flatnonzero(array[z, y].any(axis=(0, 1))))
    return z, y, x


def _span(indices: NDArray[np.intp]) -> slice:
    return slice(int(indices[0]), int(indices[-1]) + 1)
