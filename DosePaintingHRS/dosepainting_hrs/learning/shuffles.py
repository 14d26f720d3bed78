"""Shuffled class labels in the form that the scan's kernels work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kernels.class_sums import BLOCK
from ..kernels.permuted_score import Shuffles
from ..kernels.score_bounds import Bounds
from .voxels import Ints

_SPAN = 1.01


@dataclass(frozen=True, kw_only=True)
class ShuffleTable:
    """Shuffles ordered by their N_HRS.

    Parameters
    ----------
    order : ndarray, (p,)
        Which shuffle is where.
    n_hrs : ndarray, (p,)
        N_HRS, rising.
    shuffles, bounds : tuple of ndarray
        See `Shuffles` and `Bounds` of the kernels.
    derived : int
        The class with most tumours.
    """

    order: Ints
    n_hrs: Ints
    shuffles: Shuffles
    bounds: Bounds
    derived: int

    @staticmethod
    def of(labels: Ints, n_hrs: Ints) -> ShuffleTable:
        """Order shuffled labels, (p, t), and their N_HRS, (p,)."""
        order = np.argsort(n_hrs, kind="stable")
        classes = int(labels.max()) + 1
        return ShuffleTable(
            order=order,
            n_hrs=n_hrs[order],
            shuffles=_shuffles_of(labels[order], classes),
            bounds=_bounds_of(labels[order], n_hrs[order], classes),
            derived=int(np.bincount(labels.ravel()).argmax()),
        )


def _shuffles_of(labels: Ints, classes: int) -> Shuffles:
    members = np.argsort(labels, axis=1, kind="stable").astype(np.uint16)
    sizes = np.stack([(labels == index).sum(axis=1) for index in range(classes)], axis=1)
    starts = np.zeros((len(labels), classes + 1), dtype=np.int32)
    starts[:, 1:] = sizes.cumsum(axis=1)
    return members, starts, sizes.argmax(axis=1).astype(np.int32)


def _blocks_of(n_hrs: Ints) -> Ints:
    """Return where blocks of shuffles begin whose N_HRS differ little: the closer they are, the closer the bounds."""
    starts = [0]
    for place, size in enumerate(n_hrs.tolist()):
        if place - starts[-1] == BLOCK or size > _SPAN * n_hrs[starts[-1]]:
            starts.append(place)
    return np.array([*starts, len(n_hrs)], dtype=np.int64)


def _bounds_of(labels: Ints, n_hrs: Ints, classes: int) -> Bounds:
    starts, tumours = _blocks_of(n_hrs), labels.shape[1]
    blocks, size = len(starts) - 1, tumours + tumours % 2
    places = np.minimum(starts[:-1, None] + np.arange(BLOCK), starts[1:, None] - 1)
    masks = labels[places][:, None].swapaxes(2, 3) == np.arange(classes)[:, None, None]  # (blocks, classes, t, BLOCK)
    members = np.zeros((blocks, classes, size), dtype=np.uint32)
    members[:, :, :tumours] = masks @ (np.uint32(1) << np.arange(BLOCK, dtype=np.uint32))
    number = masks.sum(axis=2).astype(np.float64)
    following = np.roll(number, -1, axis=1)
    with np.errstate(divide="ignore"):
        one, other = 1.0 / number, 1.0 / following
    free = np.sqrt(np.maximum(number + following - 2.0, 0.0))
    return members, np.stack([one, free, np.sqrt(one + other)], axis=2).astype(np.float32), starts
