"""The b-value of an MR slice, wherever its maker writes it."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from pydicom import Dataset

from .values import numbers, raw, text, texts

_SIEMENS = 0x0019100C
_GE = 0x00431039
_PHILIPS = 0x20011003
_GE_OFFSET = 1_000_000_000
"""Some GE versions add this to the b-value."""


def b_value(header: Dataset) -> tuple[float, str] | None:
    """Return the b-value of a slice, s/mm2, and the tag it stands in; None when none is given.

    The standard's (0018,9087) goes before Siemens (0019,100C), GE (0043,1039) first value, and Philips (2001,1003).
    A private tag counts only when Manufacturer names its maker.
    """
    maker = text(header, "Manufacturer").upper()
    found = binary_number(header, 0x00189087, "<d")
    if found is not None:
        return found, "(0018,9087)"
    if "SIEMENS" in maker:
        return _told(_first_number(header, _SIEMENS), "(0019,100C)")
    if "GE " in maker or maker.startswith("GE"):
        value = _first_number(header, _GE)
        return _told(None if value is None else value % _GE_OFFSET, "(0043,1039)")
    if "PHILIPS" in maker:
        return _told(binary_number(header, _PHILIPS, "<f"), "(2001,1003)")
    return None


def b_values(headers: Sequence[Dataset]) -> tuple[tuple[float, ...], str]:
    """Return the distinct b-values of a series in rising order, s/mm2, and the tag that gives them."""
    found = [value for value in map(b_value, headers) if value is not None]
    return tuple(sorted({value for value, _ in found})), found[0][1] if found else ""


def gradient_direction(header: Dataset) -> tuple[float, float, float] | None:
    """Return the unit vector of the diffusion gradient of a slice, LPS; None for traces, b = 0, and where none is given.

    The standard's (0018,9089) goes before Siemens (0019,100E), GE (0019,10BB), (0019,10BC) and (0019,10BD), and Philips
    (2005,10B0), (2005,10B1) and (2005,10B2). GE's are in the axes of the image, of which only equality is used here.
    """
    if text(header, "DiffusionDirectionality") in {"ISOTROPIC", "NONE"} or "TRACEW" in texts(header, "ImageType"):
        return None
    maker = text(header, "Manufacturer").upper()
    found = _vector(header, "DiffusionGradientOrientation")
    if found is None and "SIEMENS" in maker:
        found = _vector(header, 0x0019100E)
    if found is None and "GE" in maker:
        found = _three(tuple(_first_number(header, tag) for tag in (0x001910BB, 0x001910BC, 0x001910BD)))
    if found is None and "PHILIPS" in maker:
        found = _three(tuple(binary_number(header, tag, "<f") for tag in (0x200510B0, 0x200510B1, 0x200510B2)))
    return found


def _vector(header: Dataset, key: str | int) -> tuple[float, float, float] | None:
    value = raw(header, key)
    if isinstance(value, bytes):
        return _three(struct.unpack("<3d", value)) if len(value) == 24 else _three(numbers(header, key))
    return _three(tuple(float(one) for one in value)) if isinstance(value, Sequence) and not isinstance(value, str) else None


def _three(values: Sequence[float | None]) -> tuple[float, float, float] | None:
    known = [value for value in values if value is not None]
    length = math.sqrt(sum(value * value for value in known))
    if len(known) != 3 or not 0.1 < length < 10.0:
        return None
    return known[0] / length, known[1] / length, known[2] / length


def _told(value: float | None, tag: str) -> tuple[float, str] | None:
    return None if value is None else (value, tag)


def _first_number(header: Dataset, tag: int) -> float | None:
    try:
        return float(text(header, tag).split("\\")[0])
    except ValueError:
        return None


def binary_number(header: Dataset, tag: int, layout: str) -> float | None:
    """Return a number that a private element holds, also where its VR is unknown and its bytes are all there is."""
    value = raw(header, tag)
    if isinstance(value, bytes):
        if len(value) != struct.calcsize(layout):
            return _first_number(header, tag)
        return float(struct.unpack(layout, value)[0])
    return float(value) if isinstance(value, (int, float)) else None
