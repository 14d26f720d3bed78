"""Rigid and affine motions as a few numbers in millimetres, for a search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
ARM_MM = 40.0
"""A turn counts in mm as the path of a point at this distance."""
_STEP = 1e-4


def matrix_of(numbers: Float) -> Float:
    """Return the matrix (4, 4) of a motion, about the origin.

    Parameters
    ----------
    numbers : array, (6,) or (12,)
        Rotation vector x `ARM_MM` and shift, mm; of an affine motion, also six numbers of a symmetric stretch.

    Notes
    -----
    Six numbers make a rigid motion R, t. Twelve make S R, t with S = I + E / `ARM_MM`, E symmetric with six numbers:
    turns are in R only, so that nothing is said twice.
    """
    matrix = np.eye(4)
    matrix[:3, :3] = _turn(numbers[:3] / ARM_MM)
    matrix[:3, 3] = numbers[3:6]
    if len(numbers) == 12:
        matrix[:3, :3] = (np.eye(3) + _symmetric(numbers[6:]) / ARM_MM) @ matrix[:3, :3]
    return matrix


def slope_along(numbers: Float, slope: Float) -> Float:
    """Turn a slope along matrix elements, (3, 4), into one along the numbers of a motion."""
    along = np.empty(len(numbers))
    along[3:6] = slope[:, 3]
    for k in (*range(3), *range(6, len(numbers))):
        step = np.zeros(len(numbers))
        step[k] = _STEP
        change = (matrix_of(numbers + step)[:3, :3] - matrix_of(numbers - step)[:3, :3]) / (2.0 * _STEP)
        along[k] = float((change * slope[:, :3]).sum())
    return along


def _symmetric(six: Float) -> Float:
    a, b, c, d, e, f = six
    return np.array([[a, d, e], [d, b, f], [e, f, c]])


def _turn(vector: Float) -> Float:
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross))
