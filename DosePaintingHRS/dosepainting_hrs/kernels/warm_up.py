"""Compile every kernel into the cache: ``python -m dosepainting_hrs.kernels.warm_up``, so that nobody waits for it later."""

from __future__ import annotations

import numpy as np

from ..progress import Progress, each, silent
from .ball import members
from .coverage import sampled_shares
from .decimal_text import write_decimals
from .decimals import parse_decimals
from .fill import fill_even_odd
from .keyhole import join_holes
from .trace import trace_slice


def warm_up(progress: Progress = silent) -> None:
    """Run every kernel once on a few voxels, in the types that its callers use.

    Parameters
    ----------
    progress : callable
        Told the share of kernels done; may raise ``Cancelled``.
    """
    for run in each(_ALL, progress, "Compiling"):
        run()


def _outlines() -> None:
    bordered = np.zeros((5, 5), dtype=np.uint8)
    bordered[1:4, 1:4] = 1
    bordered[2, 2] = 0
    seen = np.full((3, 3), -1, dtype=np.int32)
    vertices, starts = np.empty((32, 2), dtype=np.int32), np.empty(10, dtype=np.int32)
    is_hole, edge_at = np.empty(9, dtype=np.bool_), np.empty((4, 4), dtype=np.int32)
    rings = trace_slice(bordered, seen, 0, vertices, starts, is_hole, edge_at)
    joined, joined_starts = np.empty((starts[rings] + 3, 2), dtype=np.int32), np.empty(rings + 1, dtype=np.int32)
    join_holes(bordered, rings, vertices, starts, is_hole, edge_at, joined, joined_starts)


def _coverage() -> None:
    inside = np.ones((2, 2, 2), dtype=np.bool_)
    counts = np.zeros((3, 3, 3), dtype=np.int64)
    counts[1:, 1:, 1:] = inside.cumsum(axis=0).cumsum(axis=1).cumsum(axis=2)
    sampled_shares(inside, counts, np.eye(3, 4), np.zeros(3, dtype=np.int64), 2, np.empty((2, 2, 2)))


def _filling() -> None:
    square = np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5]])
    starts, planes = np.array([0, 4], dtype=np.int64), np.zeros(1, dtype=np.int64)
    fill_even_odd(square, starts, planes, np.zeros((1, 4, 4), dtype=np.uint8))


def _reading_numbers() -> None:
    # Read only, as the bytes of a file are: numba compiles that anew.
    powers = np.array([10.0**power for power in range(23)], dtype=np.float64)
    parse_decimals(np.frombuffer(b"1.5\\-2", dtype=np.uint8), powers, np.empty(2))


def _writing_numbers() -> None:
    values = np.array([15000, -20000], dtype=np.int64)
    write_decimals(values, np.empty(42, dtype=np.uint8), np.empty(3, dtype=np.int64))


def _membership() -> None:
    for dtype in (np.float32, np.float64):
        members([np.zeros(2, dtype=dtype)], [0.0], [1.0], [0.0], 1.0)


_ALL = (_outlines, _coverage, _filling, _reading_numbers, _writing_numbers, _membership)


if __name__ == "__main__":
    warm_up()
