"""Carrying values over the bridge: PySide objects become wrapped objects, lists become tuples, enums become ints, and back."""

from __future__ import annotations

import enum
import weakref
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6 import QtCore

from . import enums

_make_wrapper: list[Callable[[Any], Any]] = []
_proxies: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
PROXY = "_slicer_host_proxy"  # a Python subclass keeps its state as long as the C++ object lives


def native_of(value: Any) -> Any:
    """Return the PySide object behind a wrapped object (for QTest and for pictures); anything else is returned as it is."""
    return unwrap(value)


def install_wrapper(make: Callable[[Any], Any]) -> None:
    _make_wrapper[:] = [make]


def remember(native: Any, proxy: Any, *, strongly: bool) -> None:
    """Note which wrapper belongs to a QObject, so that the same object is always the same wrapper."""
    if not isinstance(native, QtCore.QObject):
        return
    _proxies[id(native)] = proxy
    if strongly:
        setattr(native, PROXY, proxy)


def wrap(value: Any) -> Any:
    """Turn what PySide returned into what PythonQt would return."""
    if value is None or isinstance(value, bool | str | bytes | float):
        return value
    if isinstance(value, enum.Enum):
        return enums.wrap_enum(value)
    if isinstance(value, int):
        return value
    if isinstance(value, list | tuple):
        return tuple(wrap(item) for item in value)
    if isinstance(value, dict):
        return {key: wrap(item) for key, item in value.items()}
    if isinstance(value, shiboken6.Object):
        if isinstance(value, QtCore.QObject):
            kept = getattr(value, PROXY, None) if shiboken6.isValid(value) else None
            if kept is not None:
                return kept
            known = _proxies.get(id(value))
            if known is not None and known._native is value:
                return known
        return _make_wrapper[0](value)
    return value


def unwrap(value: Any) -> Any:
    """Turn a wrapped object, an enum int or a sequence of them into what PySide takes."""
    native = getattr(type(value), "_native_of", None)
    if native is not None:
        return native(value)
    if isinstance(value, int):
        return enums.unwrap_enum(value)
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    if isinstance(value, tuple):
        return tuple(unwrap(item) for item in value)
    return value
