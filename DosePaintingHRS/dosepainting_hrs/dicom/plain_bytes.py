"""Headers and sequences in the plain form that most files have, taken apart in a third of pydicom's time.

Plain is: little endian, every VR known, every length within the bytes; an element of undefined length at the top is handed to
pydicom and the rest read on. Everything else is left to pydicom, which knows all forms and whose complaints about damage
become our sentences; so these functions answer with the elements that pydicom would give, or with None. Like pydicom's, they
are raw: their values are decoded when they are first asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, MutableSequence
from functools import lru_cache
from io import BytesIO

from pydicom import Dataset
from pydicom.charset import convert_encodings, default_encoding
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement, convert_raw_data_element, empty_value_for_VR
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import data_element_generator
from pydicom.tag import BaseTag
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR

from .values import DAMAGE

Stop = Callable[[BaseTag, str | None, int], bool]
"""Tells by tag, VR (None when implicit) and length whether the reading ends before an element."""
Elements = dict[BaseTag, DataElement | RawDataElement]
Encoding = str | MutableSequence[str]

_EXPLICIT_FORM = struct.Struct("<HH2sH").unpack_from
_IMPLICIT_FORM = struct.Struct("<HHL").unpack_from
_LENGTH = struct.Struct("<L").unpack_from
_VRS = {vr.encode(): vr.value for vr in VR if len(vr) == 2}
_LONG_VRS = frozenset(vr.value for vr in EXPLICIT_VR_LENGTH_32)
_NOT_DATA = frozenset((0x0000, 0xFFFE))
"""Groups of network commands and of delimiters."""
_ITEM = (0xFFFE, 0xE000)
_TRANSFER_SYNTAX, _CHARACTER_SET = BaseTag(0x00020010), BaseTag(0x00080005)
_UNDEFINED = 0xFFFFFFFF
_BEGIN = b"DICM\2\0\0\0UL\4\0"
_META_BEGIN = 144
"""File meta information begins here, behind its length."""
_EXPLICIT = frozenset((ExplicitVRLittleEndian.encode(), RLELossless.encode()))
_COMPRESSED = b"1.2.840.10008.1.2.4."


def plain_header(content: bytes, stop: Stop) -> tuple[Dataset, int] | None:
    """Take a header apart.

    Parameters
    ----------
    content : bytes
        A file, or its beginning.
    stop : callable
        Where the header ends; asked for every element.

    Returns
    -------
    Dataset, int
        The header with its `file_meta`, and how far it reaches; or None when pydicom has to look at it.
    """
    if content[128:140] != _BEGIN or len(content) < _META_BEGIN + 8:
        return None
    start = _META_BEGIN + _LENGTH(content, _META_BEGIN - 4)[0]
    meta = _elements(content, 132, start, implicit=False) if start + 8 <= len(content) else None
    implicit = None if meta is None else _is_implicit(meta[0], content[start : start + 6])
    if meta is None or implicit is None:
        return None
    found = _elements(content, start, len(content), implicit=implicit, stop=stop)
    header = None if found is None else _dataset(found[0], implicit, default_encoding)
    if found is None or header is None:
        return None
    header.file_meta = FileMetaDataset(meta[0])
    header.file_meta.set_original_encoding(False, True, default_encoding)
    return header, found[1]


def items_of(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence; an empty tuple when it is absent or empty.

    Parameters
    ----------
    dataset : Dataset
        Header or sequence item.
    keyword : str
        Keyword of the sequence.

    Raises
    ------
    Exception
        Whatever pydicom raises when the sequence is damaged.
    """
    element = dataset.get_item(tag_for_keyword(keyword) or 0)
    encoding = dataset.original_character_set
    encoding = [encoding] if isinstance(encoding, str) and encoding else encoding
    # A sequence that is read already, or that says to be something else, is pydicom's to judge.
    if isinstance(element, RawDataElement) and element.value and element.VR in {VR.SQ, None} and encoding:
        items = _items(element.value, element.is_implicit_VR, encoding) if element.is_little_endian else None
        if items is not None:
            return items
    return tuple(dataset.get(keyword) or ())


def _elements(content: bytes, at: int, end: int, *, implicit: bool, stop: Stop | None = None) -> tuple[Elements, int] | None:
    """Return the elements up to `end`, or to where `stop` says so, and that place; None when something is not plain."""
    found: Elements = {}
    while at + 8 <= end:
        if implicit:
            vr: str | None = None
            group, number, length = _IMPLICIT_FORM(content, at)
            begin = at + 8
        else:
            group, number, code, length = _EXPLICIT_FORM(content, at)
            vr = _VRS.get(code)
            begin = at + 8
            if vr is None:
                return None
            if vr in _LONG_VRS:
                begin = at + 12
                if begin > end:
                    return None
                (length,) = _LENGTH(content, at + 8)
        tag = BaseTag(group << 16 | number)
        if stop is not None and stop(tag, vr, length):
            return found, at
        if length == _UNDEFINED and stop is not None:
            read = _undefined(content, at, implicit, found)
            if read is None:
                return None
            found[tag], at = read
            continue
        at = begin + length  # Within an item, an undefined length is 4 GB, which is beyond any end.
        if at > end or group in _NOT_DATA:
            return None
        value = content[begin:at] if length else _empty(vr)
        found[tag] = RawDataElement(tag, vr, length, value, begin, implicit, True)
    return (found, at) if at == end else None


def _undefined(content: bytes, at: int, implicit: bool, before: Elements) -> tuple[DataElement | RawDataElement, int] | None:
    """Have pydicom read one element of undefined length, with the character set that it met `before`."""
    own = before.get(_CHARACTER_SET)
    if own is not None and own.VR not in {VR.CS, None}:
        return None
    encoding: Encoding = default_encoding if own is None else list(_encoding(own.value))
    with BytesIO(content) as stream:
        stream.seek(at)
        try:
            element = next(data_element_generator(stream, implicit, True, encoding=encoding), None)
        except DAMAGE:
            return None
        return None if element is None else (element, stream.tell())


def _items(content: bytes, implicit: bool, encoding: Encoding) -> tuple[Dataset, ...] | None:
    items = []
    at = 0
    while at + 8 <= len(content):
        group, number, length = _IMPLICIT_FORM(content, at)
        begin, at = at + 8, at + 8 + length
        if (group, number) != _ITEM or at > len(content):
            return None
        found = _elements(content, begin, at, implicit=implicit)
        item = None if found is None else _dataset(found[0], implicit, encoding)
        if item is None:
            return None
        items.append(item)
    return tuple(items) if at == len(content) else None


def _dataset(elements: Elements, implicit: bool, parent_encoding: Encoding) -> Dataset | None:
    own = elements.get(_CHARACTER_SET)
    if own is not None and own.VR not in {VR.CS, None}:
        return None
    encoding = parent_encoding if own is None else list(_encoding(own.value))
    dataset = Dataset(elements, parent_encoding=parent_encoding)
    dataset.set_original_encoding(implicit, True, encoding)
    return dataset


@lru_cache(maxsize=64)
def _encoding(value: bytes | None) -> tuple[str, ...]:
    raw = RawDataElement(_CHARACTER_SET, VR.CS, len(value or b""), value, 0, False, True)
    return tuple(convert_encodings(convert_raw_data_element(raw).value))


@lru_cache(maxsize=64)
def _empty(vr: str | None) -> bytes | None:
    value = empty_value_for_VR(vr, raw=True)
    return value if isinstance(value, bytes) else None


def _is_implicit(meta: Elements, first: bytes) -> bool | None:
    """Tell whether the data set has no VRs; None when file meta information and the `first` bytes behind it do not agree."""
    syntax = meta.get(_TRANSFER_SYNTAX)
    if syntax is None or syntax.VR != VR.UI or not syntax.value or {tag >> 16 for tag in meta} != {2} or first[:2] == b"\2\0":
        return None
    uid = syntax.value.rstrip(b"\0 ")
    if uid == ImplicitVRLittleEndian.encode():
        return None if first[4:6].isupper() else True
    return False if uid in _EXPLICIT or uid.startswith(_COMPRESSED) else None
