"""Squared distances of the voxels of one leaf in single precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel_step
from .kd_leaves import LEAF

Singles = NDArray[np.float32]


@kernel_step
def single_distances(values: Singles, index: int, centres: Singles, one: int, block: Singles) -> None:
    """Fill the squared distances of a leaf, (LEAF,), to one of the centres; some axes in one go are faster than one by one.

    Parameters
    ----------
    values : ndarray, (leaves, m, LEAF)
        Normalised values.
    index : int
        Which leaf.
    centres : ndarray, (c, m)
        Normalised centres.
    one : int
        Which centre.
    block : ndarray, (LEAF,)
        Filled.
    """
    axes = values.shape[1]
    if axes == 1:
        _one_axis(values, index, centres, one, block)
    elif axes == 2:
        _two_axes(values, index, centres, one, block)
    elif axes == 3:
        _three_axes(values, index, centres, one, block)
    else:
        _four_axes(values, index, centres, one, block)
        for axis in range(4, axes):
            at = centres[one, axis]
            for place in range(LEAF):
                away = values[index, axis, place] - at
                block[place] += away * away


@kernel_step
def _one_axis(values: Singles, index: int, centres: Singles, one: int, block: Singles) -> None:
    at = centres[one, 0]
    for place in range(LEAF):
        a = values[index, 0, place] - at
        block[place] = a * a


@kernel_step
def _two_axes(values: Singles, index: int, centres: Singles, one: int, block: Singles) -> None:
    at, at_2 = centres[one, 0], centres[one, 1]
    for place in range(LEAF):
        a, b = values[index, 0, place] - at, values[index, 1, place] - at_2
        block[place] = a * a + b * b


@kernel_step
def _three_axes(values: Singles, index: int, centres: Singles, one: int, block: Singles) -> None:
    at, at_2, at_3 = centres[one, 0], centres[one, 1], centres[one, 2]
    for place in range(LEAF):
        a, b, c = values[index, 0, place] - at, values[index, 1, place] - at_2, values[index, 2, place] - at_3
        block[place] = a * a + b * b + c * c


@kernel_step
def _four_axes(values: Singles, index: int, centres: Singles, one: int, block: Singles) -> None:
    at, at_2, at_3, at_4 = centres[one, 0], centres[one, 1], centres[one, 2], centres[one, 3]
    for place in range(LEAF):
        a, b = values[index, 0, place] - at, values[index, 1, place] - at_2
        c, d = values[index, 2, place] - at_3, values[index, 3, place] - at_4
        block[place] = a * a + b * b + c * c + d * d
