"""Distance of every voxel to a cluster centre in normalised parameter space, and who lies within its radius."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

_BLOCK = 32_768
"""Voxels at a time: their squared distances stay in the processor's cache while the maps pass by."""

Map = NDArray[np.floating[Any]]


def squared_distances(
    maps: Sequence[Map], mean: Sequence[float], sd: Sequence[float], centre: Sequence[float]
) -> NDArray[np.float64]:
    """Return the squared distance of every voxel to a centre, in the shape of the maps; NaN where a map has none.

    Parameters
    ----------
    maps : sequence of ndarray, one shape
        Values in map units, float32 or float64.
    mean, sd : sequence of float
        Normalisation of each map, in map units.
    centre : sequence of float
        Normalised centre.

    Notes
    -----
    sum over maps, in their order, of ((value - mean) / sd - centre)^2, in double precision: the same operations as in the scan.
    """
    flat = [np.ravel(one) for one in maps]
    found = np.zeros(flat[0].size)
    for start in range(0, found.size, _BLOCK):
        block = found[start : start + _BLOCK]
        for values, middle, spread, at in zip(flat, mean, sd, centre, strict=True):
            _add_squares(values[start : start + _BLOCK], float(middle), float(spread), float(at), block)
    return found.reshape(np.shape(maps[0]))


def members(
    maps: Sequence[Map], mean: Sequence[float], sd: Sequence[float], centre: Sequence[float], squared_radius: float
) -> NDArray[np.bool_]:
    """Return which voxels lie within a squared radius of a centre; see `squared_distances`. NaN never does."""
    flat = [np.ravel(one) for one in maps]
    found = np.empty(flat[0].size, dtype=np.bool_)
    scratch = np.empty(min(_BLOCK, found.size))
    for start in range(0, found.size, _BLOCK):
        block = scratch[: min(_BLOCK, found.size - start)]
        block[:] = 0.0
        for values, middle, spread, at in zip(flat, mean, sd, centre, strict=True):
            _add_squares(values[start : start + _BLOCK], float(middle), float(spread), float(at), block)
        _mark(block, float(squared_radius), found[start : start + _BLOCK])
    return found.reshape(np.shape(maps[0]))


@kernel
def _add_squares(values: Map, mean: float, sd: float, centre: float, total: NDArray[np.float64]) -> None:
    for index in range(values.size):
        away = (np.float64(values[index]) - mean) / sd - centre
        total[index] += away * away


@kernel
def _mark(total: NDArray[np.float64], squared_radius: float, found: NDArray[np.bool_]) -> None:
    for index in range(total.size):
        found[index] = total[index] <= squared_radius
