"""The voxels of one parameter space in the form that the scan's kernels work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..kernels.kd_leaves import LEAF, Leaves, columns_for, fill_leaves, kd_order
from .voxels import Floats, Ints

_MOST_VOXELS = 2**31 - 1
_MOST_BLOCKS = 4096
"""Blocks of leaves from which radii are guessed: many times as many would cost more than a closer guess saves."""


@dataclass(frozen=True, kw_only=True)
class LeafTable:
    """Voxels in leaves of neighbours.

    Parameters
    ----------
    leaves, moments, tallies
        See `kernels.kd_leaves.fill_leaves`.
    bounds : ndarray, (2, m)
        Least and greatest value along each axis.
    unit : bool
        Whether every point stands for one voxel.
    """

    leaves: Leaves
    moments: NDArray[np.float32]
    tallies: NDArray[np.int32]
    bounds: Floats
    unit: bool


def leaf_table(z: Floats, tumour: Ints, weights: Ints, tumours: int) -> LeafTable:
    """Order points into leaves; equal points of one tumour are merged first where that makes them notably fewer.

    Parameters
    ----------
    z : ndarray, (n, m)
        Normalised values.
    tumour, weights : ndarray, (n,)
        Tumour of each point, and the voxels it stands for.
    tumours : int
        Number of tumours.

    Raises
    ------
    InputError
        If there are 2^31 voxels or more, or 2^16 tumours or more.
    """
    if int(weights.sum()) > _MOST_VOXELS // 8 or tumours >= 2**16:
        raise InputError(
            f"The cohort has {int(weights.sum())} voxels of {tumours} tumours; a scan takes {_MOST_VOXELS // 8} of 65535.",
            "Use supervoxels or a coarser grid.",
        )
    z, tumour, weights = _merged(z, tumour, weights, tumours)
    points, whose, counted = np.ascontiguousarray(z.T), tumour.astype(np.uint16), weights.astype(np.int32)
    order = kd_order(points)
    number, m, columns = -(-len(z) // LEAF), z.shape[1], columns_for(tumours)
    groups, each = -(-number // LEAF), -(-number // _MOST_BLOCKS)
    blocks = -(-number // each)
    leaves = (
        np.empty((number, LEAF, m)),
        np.empty((number, LEAF), dtype=np.uint16),
        np.empty((number, LEAF), dtype=np.int32),
        np.empty((number, columns), dtype=np.int32),
        np.empty((number, columns), dtype=np.uint64),
        np.empty((number, m, LEAF), dtype=np.float32),
        np.empty((groups, 2, m, LEAF), dtype=np.float32),
        np.empty((groups, columns), dtype=np.int32),
    )
    moments, tallies = np.empty((2, m, blocks), dtype=np.float32), np.empty((blocks, columns), dtype=np.int32)
    fill_leaves(points, whose, counted, order, leaves, moments, tallies)
    bounds = np.stack([points.min(axis=1), points.max(axis=1)])
    return LeafTable(leaves=leaves, moments=moments, tallies=tallies, bounds=bounds, unit=bool((weights == 1).all()))


def _merged(z: Floats, tumour: Ints, weights: Ints, tumours: int) -> tuple[Floats, Ints, Ints]:
    key, cells = tumour.copy(), tumours
    for column in z.T:
        # Where a tenth of the voxels shows that values hardly repeat, the full count is not needed.
        few = column[:: max(1, len(column) // 4096)]
        if len(np.unique(few)) > 0.9 * len(few) and len(column) > 4096:
            return z, tumour, weights
        values, codes = np.unique(column, return_inverse=True)
        cells *= len(values)
        if cells >= 2**62:
            return z, tumour, weights
        key = key * len(values) + codes
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    if len(first) > 0.8 * len(z):
        return z, tumour, weights
    merged = np.bincount(group, weights.astype(np.float64)).astype(np.int64)
    return z[first], tumour[first], merged
