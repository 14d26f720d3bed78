"""Convolving an image with a symmetric kernel along each axis, one plane after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def blur(  # noqa: PLR0912, PLR0917
    values: NDArray[np.float64],
    along_z: NDArray[np.float64],
    along_y: NDArray[np.float64],
    along_x: NDArray[np.float64],
    repeat: bool,
    out: NDArray[np.float64],
) -> None:
    """Convolve along z, then y, then x.

    Parameters
    ----------
    values : array of float64, (z, y, x)
        Image.
    along_z, along_y, along_x : array of float64, (radius + 1,)
        Half a kernel each: the weight of the voxel itself, then those of its neighbours at 1, 2 ... on either side.
    repeat : bool
        Whether the image goes on outside with its border values, or with 0.
    out : array of float64, (z, y, x)
        Receives the result; another array than `values`.
    """
    planes, rows, columns = values.shape
    radius_y, radius_x = along_y.size - 1, along_x.size - 1
    plane = np.zeros((rows + 2 * radius_y, columns))
    line = np.zeros(columns + 2 * radius_x)
    for z in range(planes):
        inner = plane[radius_y : radius_y + rows]
        for row in range(rows):
            for column in range(columns):
                inner[row, column] = along_z[0] * values[z, row, column]
        for away in range(1, along_z.size):
            below, above = z - away, z + away
            if repeat:
                below, above = max(below, 0), min(above, planes - 1)
            if below >= 0 and above < planes:
                for row in range(rows):
                    for column in range(columns):
                        inner[row, column] += along_z[away] * (values[below, row, column] + values[above, row, column])
            elif below >= 0 or above < planes:
                only = below if below >= 0 else above
                for row in range(rows):
                    for column in range(columns):
                        inner[row, column] += along_z[away] * values[only, row, column]
        if repeat:
            plane[:radius_y] = plane[radius_y]
            plane[radius_y + rows :] = plane[radius_y + rows - 1]
        for row in range(rows):
            middle = line[radius_x : radius_x + columns]
            here = plane[row + radius_y]
            for column in range(columns):
                middle[column] = along_y[0] * here[column]
            for away in range(1, along_y.size):
                below_row, above_row = plane[row + radius_y - away], plane[row + radius_y + away]
                for column in range(columns):
                    middle[column] += along_y[away] * (below_row[column] + above_row[column])
            if repeat:
                line[:radius_x] = middle[0]
                line[radius_x + columns :] = middle[columns - 1]
            target = out[z, row]
            for column in range(columns):
                target[column] = along_x[0] * line[column + radius_x]
            for away in range(1, along_x.size):
                for column in range(columns):
                    target[column] += along_x[away] * (line[column + radius_x - away] + line[column + radius_x + away])
