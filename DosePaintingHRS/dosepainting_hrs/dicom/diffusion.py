"""The b-value of an MR slice, wherever its maker writes it."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from pydicom import Dataset

from .values import raw, text

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
    found = _binary(header, 0x00189087, "<d")
    if found is not None:
        return found, "(0018,9087)"
    if "SIEMENS" in maker:
        return _told(_first_number(header, _SIEMENS), "(0019,100C)")
    if "GE " in maker or maker.startswith("GE"):
        value = _first_number(header, _GE)
        return _told(None if value is None else value % _GE_OFFSET, "(0043,1039)")
    if "PHILIPS" in maker:
        return _told(_binary(header, _PHILIPS, "<f"), "(2001,1003)")
    return None


def b_values(headers: Sequence[Dataset]) -> tuple[tuple[float, ...], str]:
    """Return the distinct b-values of a series in rising order, s/mm2, and the tag that gives them."""
    found = [value for value in map(b_value, headers) if value is not None]
    return tuple(sorted({value for value, _ in found})), found[0][1] if found else ""


def _told(value: float | None, tag: str) -> tuple[float, str] | None:
    return None if value is None else (value, tag)


def _first_number(header: Dataset, tag: int) -> float | None:
    try:
        return float(text(header, tag).split("\\")[0])
    except ValueError:
        return None


def _binary(header: Dataset, tag: int, layout: str) -> float | None:
    value = raw(header, tag)
    if isinstance(value, bytes):
        if len(value) != struct.calcsize(layout):
            return _first_number(header, tag)
        return float(struct.unpack(layout, value)[0])
    return float(value) if isinstance(value, (int, float)) else None
