"""Maps from one frame of reference to another: matrices, displacement fields, and chains of them, in LPS mm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import GeometryError
from .geometry import Geometry, mapped

RIGID_TOLERANCE = 1e-4
"""Largest departure from orthonormality that a matrix called rigid may have."""
_INVERSION_MM = 1e-5
_INVERSION_STEPS = 200
Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Affine:
    """A homogeneous matrix, (4, 4), that maps LPS mm to LPS mm.

    Raises
    ------
    GeometryError
        If it is no finite 4 x 4 matrix with the last row 0 0 0 1, or squeezes space flat.
    """

    matrix: NDArray[np.float64]

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.size != 16 or not np.isfinite(matrix).all() or not np.allclose(matrix.reshape(4, 4)[3], (0, 0, 0, 1)):
            raise GeometryError(
                f"The matrix {matrix.ravel().tolist()} is no transform: 16 finite numbers with the last row 0 0 0 1 are needed."
            )
        matrix = matrix.reshape(4, 4)
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-9:
            raise GeometryError(
                f"The matrix {matrix.ravel().tolist()} is singular: it squeezes the patient flat and cannot be turned round.",
                "Look for a wrong or empty row.",
            )
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    def apply(self, points: ArrayLike) -> Points:
        """Map points (..., 3), mm."""
        return mapped(points, self.matrix)

    def inverse(self) -> Affine:
        """Return the map that leads back."""
        return Affine(np.asarray(np.linalg.inv(self.matrix), dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Field:
    """A displacement field: maps p to p + u(p), u interpolated linearly between the points of a grid.

    Parameters
    ----------
    geometry : Geometry
        Grid of the vectors, in any axis order.
    vectors : array, (z, y, x, 3)
        Displacement (x, y, z) at each grid point, LPS mm.
    turned : bool
        Whether the map leads the other way: from p + u(p) to p, found by iteration to 1e-5 mm.

    Notes
    -----
    Outside of the grid (beyond the faces of its outermost voxels) nothing is known, and points become NaN; so do
    points at which the field folds and cannot be turned round.
    """

    geometry: Geometry
    vectors: NDArray[np.floating]
    turned: bool = False

    def __post_init__(self) -> None:
        if self.vectors.shape != (*self.geometry.shape, 3):
            raise GeometryError(
                f"A field of shape {self.vectors.shape} does not fit a grid of shape {self.geometry.shape} with 3 values each."
            )
        if not np.isfinite(self.vectors).all():
            raise GeometryError("The displacement field holds values that are not finite.", "Make the field again.")

    def apply(self, points: ArrayLike) -> Points:
        """Map points (..., 3), mm; NaN where the field does not reach."""
        asked = np.asarray(points, dtype=np.float64)
        if not self.turned:
            return np.asarray(asked + self.displacement(asked))
        found = asked - np.nan_to_num(self.displacement(asked))
        for _ in range(_INVERSION_STEPS):
            better = asked - self.displacement(found)
            step = np.abs(better - found)
            found = better
            if not (step > _INVERSION_MM).any():
                break
        return np.where((step <= _INVERSION_MM).all(axis=-1, keepdims=True), found, np.nan)

    def displacement(self, points: Points) -> Points:
        """Return u at points (..., 3), mm; NaN outside of the grid."""
        from scipy import ndimage  # noqa: PLC0415  (a panel that opens knows transforms, and does not wait for it)

        index = self.geometry.to_index(points).reshape(-1, 3)[:, ::-1].T
        sizes = np.array(self.geometry.shape)[:, None]
        inside = ((index >= -0.5) & (index <= sizes - 0.5)).all(axis=0)
        held = np.clip(np.nan_to_num(index), 0, sizes - 1)
        result = np.empty((index.shape[1], 3))
        for axis in range(3):
            result[:, axis] = ndimage.map_coordinates(self.vectors[..., axis], held, order=1, output=np.float64)
        result[~inside] = np.nan
        return result.reshape(points.shape)

    def inverse(self) -> Field:
        """Return the map that leads back."""
        return Field(self.geometry, self.vectors, not self.turned)


@dataclass(frozen=True, kw_only=True, eq=False)
class Transform:
    """A map from one frame of reference to another: its parts one after the other.

    Parameters
    ----------
    from_frame, to_frame : str
        Frame of Reference UIDs that it joins; empty when not known.
    parts : tuple of Affine and Field
        Applied in order; neighbouring matrices are multiplied once. None means the identity.
    """

    from_frame: str = ""
    to_frame: str = ""
    parts: tuple[Affine | Field, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", _merged(self.parts))

    @classmethod
    def of_matrix(cls, matrix: ArrayLike, from_frame: str = "", to_frame: str = "") -> Transform:
        """Return the transform of one matrix."""
        return cls(from_frame=from_frame, to_frame=to_frame, parts=(Affine(np.asarray(matrix, dtype=np.float64)),))

    @cached_property
    def matrix(self) -> NDArray[np.float64] | None:
        """The whole map as one matrix, (4, 4); None when any part is a field."""
        if not self.parts:
            return np.eye(4)
        only = self.parts[0]
        return only.matrix if len(self.parts) == 1 and isinstance(only, Affine) else None

    @property
    def is_deformable(self) -> bool:
        """Tell whether any part is a field."""
        return self.matrix is None

    @property
    def kind(self) -> str:
        """``"rigid"``, ``"affine"`` or ``"deformable"``."""
        return "deformable" if self.matrix is None else kind_of_matrix(self.matrix)

    def apply(self, points: ArrayLike) -> Points:
        """Map points (..., 3) of the one frame to the other, LPS mm; NaN where a field does not reach."""
        here = np.asarray(points, dtype=np.float64)
        for part in self.parts:
            here = part.apply(here)
        return here

    def inverse(self) -> Transform:
        """Return the transform that leads back."""
        parts = tuple(part.inverse() for part in reversed(self.parts))
        return Transform(from_frame=self.to_frame, to_frame=self.from_frame, parts=parts)

    def then(self, other: Transform) -> Transform:
        """Return this transform followed by another.

        Raises
        ------
        GeometryError
            If the other does not begin in the frame where this one ends.
        """
        if self.to_frame and other.from_frame and self.to_frame != other.from_frame:
            raise GeometryError(
                f"The chain has a gap: one transform leads to frame {self.to_frame}, the next begins in {other.from_frame}.",
                "Give them in order, or turn one round: dosepainting-hrs transform invert.",
            )
        return Transform(from_frame=self.from_frame, to_frame=other.to_frame, parts=(*self.parts, *other.parts))

    def sampled(self, geometry: Geometry) -> Field:
        """Return the whole map as one field on a grid of its own frame.

        Raises
        ------
        GeometryError
            If a field of the chain does not reach all of the grid.
        """
        vectors = np.empty((*geometry.shape, 3))
        rows, columns = np.indices(geometry.shape[1:])
        for z in range(geometry.shape[0]):
            points = geometry.to_world(np.stack([columns, rows, np.full_like(rows, z)], axis=-1))
            vectors[z] = self.apply(points) - points
        if not np.isfinite(vectors).all():
            raise GeometryError(f"The deformable transform does not cover a grid of {geometry}.", "Choose a smaller grid.")
        return Field(geometry, vectors)


def kind_of_matrix(matrix: NDArray[np.float64]) -> str:
    """Return ``"rigid"`` for a matrix that turns and shifts only, else ``"affine"``."""
    return "rigid" if departure_from_rigid(matrix) <= RIGID_TOLERANCE and np.linalg.det(matrix[:3, :3]) > 0 else "affine"


def departure_from_rigid(matrix: NDArray[np.float64]) -> float:
    """Return the largest element by which R R^T differs from the identity."""
    turned = np.asarray(matrix, dtype=np.float64)[:3, :3]
    return float(np.abs(turned @ turned.T - np.eye(3)).max())


def require_rigid(matrix: NDArray[np.float64], what: str) -> None:
    """Refuse a matrix that is called rigid and is not.

    Raises
    ------
    GeometryError
        If it mirrors, scales or shears.
    """
    departure = departure_from_rigid(matrix)
    scales = np.linalg.norm(np.asarray(matrix)[:3, :3], axis=0)
    if np.linalg.det(np.asarray(matrix)[:3, :3]) < 0:
        raise GeometryError(f"{what} is called rigid, but mirrors the patient.", "A boost would land on the other side.")
    if departure > RIGID_TOLERANCE:
        raise GeometryError(
            f"{what} is called rigid, but scales its axes by {', '.join(f'{one:.6g}' for one in scales)} or shears "
            f"(R R^T differs from the identity by {departure:.2g}, up to {RIGID_TOLERANCE:g} is taken).",
            'If that is meant, call it "affine".',
        )


def rotation_and_shift(matrix: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return the angle of the rotation, degrees, and the shift (x, y, z) of the origin, mm."""
    left, _, right = np.linalg.svd(np.asarray(matrix, dtype=np.float64)[:3, :3])
    turn = left @ right
    # The arc tangent keeps small angles that the arc cosine of almost 1 would lose.
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    return float(np.degrees(np.arctan2(np.linalg.norm(axis), np.trace(turn) - 1.0))), np.array(matrix[:3, 3])


def chained(transforms: tuple[Transform, ...]) -> Transform:
    """Return several transforms as one, in order.

    Raises
    ------
    GeometryError
        If there is none, or the frames of two neighbours differ.
    """
    if not transforms:
        raise GeometryError("There is no transform to compose.", "Give at least one.")
    whole = transforms[0]
    for _, following in pairwise(transforms):
        whole = whole.then(following)
    return whole


def _merged(parts: tuple[Affine | Field, ...]) -> tuple[Affine | Field, ...]:
    merged: list[Affine | Field] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Affine) and isinstance(last, Affine):
            merged[-1] = Affine(part.matrix @ last.matrix)
        else:
            merged.append(part)
    return tuple(merged)
