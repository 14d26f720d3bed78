"""Contours of one region: coordinates straight from the bytes of their elements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from ..errors import DosePaintingError
from ..kernels.decimals import parse_decimals
from .plain_bytes import items_of
from .roi import Contour, Drawing
from .single_file import damage_explained
from .values import raw, text

_FARTHEST_MM = 1e6
"""No patient is a kilometre long: a coordinate beyond this is damage."""
_POWERS = np.array([float(10**power) for power in range(23)], dtype=np.float64)


def read_drawing(items: Sequence[Dataset], path: Path) -> Drawing:
    """Decode the contours of one region.

    Parameters
    ----------
    items : sequence of Dataset
        Its items of ROIContourSequence; one in all files that follow the standard.
    path : Path
        The file, for the sentence when its bytes cannot be decoded.
    """
    contours: list[Contour] = []
    try:
        with damage_explained(path):
            for contour in (one for item in items for one in items_of(item, "ContourSequence")):
                points = contour_points(contour)
                if isinstance(points, str):
                    return Drawing(damage=f"Contour {len(contours) + 1} of the ROI {points}.")
                images = items_of(contour, "ContourImageSequence")
                uid = text(images[0], "ReferencedSOPInstanceUID") if images else ""
                kind = text(contour, "ContourGeometricType")
                contours.append(Contour(points=points, geometric_type=kind, sop_instance_uid=uid))
    except DosePaintingError as error:
        return Drawing(damage=error.message)
    return Drawing(contours=tuple(contours))


def contour_points(contour: Dataset) -> NDArray[np.float64] | str:
    """Return the vertices of a contour, or what is wrong with them.

    Parameters
    ----------
    contour : Dataset
        Item of a ContourSequence.

    Returns
    -------
    array, (n, 3), LPS mm, or str
        The vertices; or the end of a sentence that begins with the contour.
    """
    content = raw(contour, "ContourData")
    if content is None:
        return "has no coordinates"
    if not isinstance(content, bytes):
        # Already decoded by whoever handed over the data set.
        content = "\\".join(str(one) for one in np.atleast_1d(np.asarray(content, dtype=object))).encode()
    if not content.strip(b"\0 "):
        return "has no coordinates"
    values = np.empty(content.count(b"\\") + 1)
    if parse_decimals(np.frombuffer(content, dtype=np.uint8), _POWERS, values) != len(values):
        texts = [one.strip("\0 ") for one in content.decode("latin-1").split("\\")]
        wrong = next((one for one in texts if not _is_number(one)), None)
        if wrong is not None:
            return f'has a coordinate that is no number, "{wrong[:24]}"'
        values = np.array([float(one) for one in texts])
    if len(values) % 3:
        return f"has {len(values)} coordinates, which is no multiple of three"
    farthest = float(np.abs(values).max())
    if not farthest <= _FARTHEST_MM:
        return f"has a coordinate of {farthest:g} mm, which is no place in a patient"
    announced = text(contour, "NumberOfContourPoints")
    if announced.isdecimal() and int(announced) != len(values) // 3:
        return f"has {len(values) // 3} points, but announces {announced}"
    return values.reshape(-1, 3)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
