"""Coordinates of contours as the text that DICOM wants, formatted all at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..errors import DicomError
from ..geometry import Geometry
from ..kernels.decimal_text import write_decimals
from .outline import Outlines

_PER_MM = 10_000
_FARTHEST_MM = 1e6


def contour_texts(outlines: Outlines, grid: Geometry) -> list[bytes]:
    r"""Return ContourData of each contour: LPS mm as ``x\y\z\x\y\z ...``.

    Parameters
    ----------
    outlines : Outlines
        Contours in voxel indices.
    grid : Geometry
        The stored grid that they lie on.

    Returns
    -------
    list of bytes
        One text per contour, padded to even length. Coordinates are rounded to four decimals (0.1 um), so that none is
        longer than 12 characters; DICOM allows 16.

    Raises
    ------
    DicomError
        If a coordinate is over a kilometre from the origin.
    """
    world = grid.to_world(outlines.indices())
    farthest = float(np.abs(world).max(initial=0.0))
    if farthest > _FARTHEST_MM:
        raise DicomError(f"The planning CT reaches {farthest:g} mm from its origin, which is no place in a patient.")
    values = np.rint(world * _PER_MM).astype(np.int64).ravel()
    text = np.empty(21 * len(values), dtype=np.uint8)
    ends = np.empty(len(values) + 1, dtype=np.int64)
    write_decimals(values, text, ends)
    content = text[: ends[-1]].tobytes()
    texts = (content[begin : end - 1] for begin, end in pairwise(ends[3 * outlines.starts].tolist()))
    return [one + b" " if len(one) % 2 else one for one in texts]
