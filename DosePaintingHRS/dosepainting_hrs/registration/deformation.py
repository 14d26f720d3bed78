"""Figures of a displacement field: where it squeezes, stretches and folds, and how well it can be turned round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..transform import Field

Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Folding:
    """The Jacobian determinant of a field.

    Parameters
    ----------
    minimum, maximum : float
        Of the local change of volume; 1 is none.
    folding_share : float
        Share of the grid where it is 0 or less: there the field folds, and its map is none.
    """

    minimum: float
    maximum: float
    folding_share: float


def jacobian_of(field: Field) -> Float:
    """Return the Jacobian determinant of p + u(p) at every grid point, (z, y, x).

    Notes
    -----
    By central differences inside and one-sided ones at the faces, in voxel steps turned into mm by the grid's matrix.
    """
    steps = np.stack([_along(field.vectors, axis) for axis in (2, 1, 0)], axis=-1)  # (z, y, x, component, index axis)
    per_mm = np.linalg.inv(field.geometry.affine[:3, :3])
    gradient = steps @ per_mm
    return np.asarray(np.linalg.det(np.eye(3) + gradient), dtype=np.float64)


def folding_of(field: Field) -> Folding:
    """Return the extremes of the Jacobian, and the share of the grid where it is not positive."""
    jacobian = jacobian_of(field)
    return Folding(minimum=float(jacobian.min()), maximum=float(jacobian.max()), folding_share=float((jacobian <= 0.0).mean()))


def inverse_consistency_mm(field: Field, points: Float) -> tuple[float, float]:
    """Return how far points come back from where they went, mm: the mean and the largest; NaN where they do not.

    Parameters
    ----------
    field : Field
        A field and, by iteration, its inverse.
    points : array, (n, 3)
        LPS mm.
    """
    back = field.inverse().apply(field.apply(points))
    apart = np.linalg.norm(back - points, axis=-1)
    return float(apart.mean()), float(apart.max())


def _along(vectors: NDArray[np.floating], axis: int) -> Float:
    if vectors.shape[axis] < 2:
        return np.zeros(vectors.shape)
    return np.asarray(np.gradient(np.asarray(vectors, dtype=np.float64), axis=axis), dtype=np.float64)
