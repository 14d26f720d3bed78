"""Real World Value Mappings: what a file says its stored values are worth, read and never applied."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from pydicom import Dataset

from ..acquisition import RealWorldMapping
from .values import items, number, raw, text

Key = tuple[str, int]
"""Unit, and which of several mappings in that unit."""
Line = tuple[float | None, float | None]
"""Slope and intercept."""
SOP_CLASS = "1.2.840.10008.5.1.4.1.1.67"
"""Real World Value Mapping Storage."""


def is_mapping(header: Dataset) -> bool:
    """Tell whether a header is that of a Real World Value Mapping object."""
    return text(header, "SOPClassUID") == SOP_CLASS


def mappings_of(headers: Sequence[Dataset], objects: Sequence[Dataset] = ()) -> tuple[RealWorldMapping, ...]:
    """Return the mappings that images carry themselves, and those of objects that reference them.

    Parameters
    ----------
    headers : sequence of Dataset
        One per slice, in order.
    objects : sequence of Dataset
        Real World Value Mapping objects beside them.
    """
    found = _by_unit([_sequence(header) for header in headers], "the images themselves")
    uids = [text(header, "SOPInstanceUID") for header in headers]
    for one in objects:
        label = text(one, "SeriesDescription") or text(one, "ContentLabel") or text(one, "SOPInstanceUID")
        mapped: dict[str, tuple[Dataset, ...]] = {}
        for item in items(one, "ReferencedImageRealWorldValueMappingSequence"):
            for image in items(item, "ReferencedImageSequence"):
                mapped[text(image, "ReferencedSOPInstanceUID")] = _sequence(item)
        found += _by_unit([mapped.get(uid, ()) for uid in uids], f'the object "{label}"')
    return tuple(found)


def _sequence(header: Dataset) -> tuple[Dataset, ...]:
    return items(header, "RealWorldValueMappingSequence")


def _by_unit(per_slice: Sequence[Sequence[Dataset]], where: str) -> list[RealWorldMapping]:
    """Bring mappings of one unit together over the slices; a second, different one of that unit in a slice stands apart."""
    quantities: dict[Key, str] = {}
    values: list[Mapping[Key, Line]] = []
    for mapped in per_slice:
        of_slice: dict[Key, Line] = {}
        for one in mapped:
            unit = next((text(code, "CodeValue") for code in items(one, "MeasurementUnitsCodeSequence")), "")
            line = (_double(one, "RealWorldValueSlope"), _double(one, "RealWorldValueIntercept"))
            before = [known for (named, _), known in of_slice.items() if named == unit]
            if line not in before:
                key = (unit, len(before))
                quantities.setdefault(key, _quantity(one))
                of_slice[key] = line
        values.append(of_slice)
    nothing = (None, None)
    return [
        RealWorldMapping(
            where=where,
            unit=key[0],
            quantity=quantity,
            slopes=tuple(one.get(key, nothing)[0] for one in values),
            intercepts=tuple(one.get(key, nothing)[1] for one in values),
        )
        for key, quantity in quantities.items()
    ]


def _quantity(mapping: Dataset) -> str:
    for definition in items(mapping, "QuantityDefinitionSequence"):
        for code in items(definition, "ConceptCodeSequence"):
            return text(code, "CodeMeaning")
    return text(mapping, "LUTLabel") or text(mapping, "LUTExplanation")


def _double(item: Dataset, keyword: str) -> float | None:
    value = raw(item, keyword)
    if isinstance(value, bytes):
        return float(struct.unpack("<d", value)[0]) if len(value) == 8 else None
    return float(value) if isinstance(value, (int, float)) else number(item, keyword)
