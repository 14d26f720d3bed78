"""Header values as plain Python types, read without warnings and without guessing: absent or malformed is empty.

A header holds most elements undecoded; reading the raw bytes is several times faster than pydicom's typed elements,
which matters for folders of thousands of files.
"""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, lru_cache

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

# Everything that pydicom is known to raise on damaged bytes; NameError stands for its unbound dataset after an EOFError.
DAMAGE = (
    InvalidDicomError,
    BytesLengthException,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    NotImplementedError,
    NameError,
    RecursionError,
    OSError,
    struct.error,
    zlib.error,
)
_DATE = re.compile(r"^(\d{4})\.?(\d{2})\.?(\d{2})$")
_TIME = re.compile(r"^(\d{2}):?(\d{2})?:?(\d{2})?(?:\.(\d{1,6}))?$")


@contextmanager
def without_warnings() -> Iterator[None]:
    """Keep pydicom's remarks on values of odd length or spelling from the user; what matters is checked by name here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def raw(header: Dataset, key: str | int) -> object:
    """Return the value of an element as it stands, undecoded where possible; None when absent.

    Two headers whose raw values are equal hold the same value; the converse need not be so.
    """
    element = _element(header, key)
    return None if element is None else element.value


def raw_text(header: Dataset, key: str | int) -> str:
    """Return `raw` as a text that can be compared and counted, for telling apart the few distinct values of many slices."""
    return str(raw(header, key))


def has(header: Dataset, key: str | int) -> bool:
    """Tell whether an element is there, be it empty."""
    return _tag(key) in header


def text(header: Dataset, key: str | int) -> str:
    """Return an element as text, several values joined by backslashes; empty when absent or empty.

    Parameters
    ----------
    header : Dataset
        Header or sequence item.
    key : str or int
        Keyword, or a tag for private elements.
    """
    element = _element(header, key)
    if element is None:
        return ""
    value = element.value
    if isinstance(element, RawDataElement) and isinstance(value, bytes):
        if value.isascii() and b"\x1b" not in value:
            return value.decode("ascii").strip("\0 ")
        try:
            with without_warnings():
                value = header[element.tag].value
        except DAMAGE:
            return ""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1").strip("\0 ")
    return "\\".join(str(one) for one in value).strip() if isinstance(value, (MultiValue, list)) else str(value).strip()


def texts(header: Dataset, key: str | int) -> tuple[str, ...]:
    """Return a multi-valued element as texts; an empty tuple when absent or empty."""
    joined = text(header, key)
    return tuple(one.strip() for one in joined.split("\\")) if joined else ()


def numbers(header: Dataset, key: str | int) -> tuple[float, ...]:
    """Return the finite values of a decimal or integer string; an empty tuple when absent, empty or malformed."""
    return _numbers_in(text(header, key))


@lru_cache(maxsize=8192)
def _numbers_in(joined: str) -> tuple[float, ...]:
    try:
        values = tuple(float(one) for one in joined.split("\\")) if joined else ()
    except ValueError:
        return ()
    # NaN and infinity are not decimal strings, and would pass every later comparison by failing it.
    return values if all(abs(value) < float("inf") for value in values) else ()


def number(header: Dataset, key: str | int) -> float | None:
    """Return a single decimal or integer string; None when absent, empty or malformed."""
    values = numbers(header, key)
    return values[0] if len(values) == 1 else None


def whole(header: Dataset, keyword: str) -> int | None:
    """Return a binary unsigned or an integer-string element such as Rows; None when absent, empty or malformed."""
    with without_warnings():
        try:
            value = header.get(keyword)
            return int(value) if value not in (None, "") else None
        except DAMAGE:
            return None


def items(header: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence; an empty tuple when absent or damaged."""
    with without_warnings():
        try:
            return tuple(header.get(keyword) or ())
        except DAMAGE:
            return ()


def date_time(date: str, time: str) -> datetime | None:
    """Join a DICOM date (DA) and time (TM); None when either is missing or malformed.

    Parameters
    ----------
    date, time : str
        ``YYYYMMDD`` and ``HH[MM[SS[.FFFFFF]]]``; the older spellings with dots and colons are known.
    """
    day, hour = _DATE.match(date), _TIME.match(time)
    if day is None or hour is None:
        return None
    hours, minutes, seconds, fraction = hour.groups()
    try:
        return datetime(
            int(day[1]),
            int(day[2]),
            int(day[3]),
            int(hours),
            int(minutes or 0),
            int(seconds or 0),
            int((fraction or "").ljust(6, "0")),
        )
    except ValueError:
        return None


def _element(header: Dataset, key: str | int) -> DataElement | RawDataElement | None:
    try:
        return header.get_item(_tag(key))
    except DAMAGE:
        return None


@cache
def _tag(key: str | int) -> BaseTag:
    tag = tag_for_keyword(key) if isinstance(key, str) else key
    if tag is None:
        raise KeyError(key)
    return Tag(tag)
