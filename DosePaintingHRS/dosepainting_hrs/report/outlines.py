"""The outline of a mask at pixel edges, as line segments to draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def edge_segments(inside: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> NDArray[np.float64]:
    """Return the pixel edges between inside and outside.

    Parameters
    ----------
    inside : array of bool, (rows, columns)
        Upper row first; all beyond it is outside.
    pixel_mm : tuple of float
        Width and height of a pixel, mm.

    Returns
    -------
    array, (segments, 2, 2)
        Start and end of each straight run of edges as (mm from the left, mm from the top).
    """
    padded = np.pad(inside, 1).astype(np.int8)
    horizontal = _runs(np.diff(padded, axis=0)[:, 1:-1])
    vertical = _runs(np.diff(padded, axis=1)[1:-1].T)[..., ::-1]
    return np.concatenate([horizontal, vertical]) * np.asarray(pixel_mm, dtype=np.float64)


def _runs(steps: NDArray[np.int8]) -> NDArray[np.float64]:
    """Join neighbouring steps of one sign along each row into runs: (first column, row) to (last column + 1, row)."""
    change = np.diff(np.pad(steps, ((0, 0), (1, 1))), axis=1) != 0
    padded = np.pad(steps, ((0, 0), (1, 1)))
    starts = np.argwhere(change & (padded[:, 1:] != 0))
    ends = np.argwhere(change & (padded[:, :-1] != 0))
    return np.stack([starts[:, ::-1], ends[:, ::-1]], axis=1).astype(np.float64)
