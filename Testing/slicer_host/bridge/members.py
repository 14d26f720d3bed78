"""What a wrapped class has: property before method before enum, looked up as PythonQt does."""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import cache
from typing import Any

from PySide6 import QtCore

# Names that PySide adds for Python's sake and C++ does not have.
_PYSIDE_ONLY = frozenset({"emit", "sender_", "staticMetaObject", "disconnectNotify", "connectNotify", "signalsBlocked_"})


@cache
def _described(native: type) -> tuple[dict[str, QtCore.QMetaProperty], dict[str, tuple[str, ...]]]:
    """Return properties and signals of a PySide class, read at one go: its meta object may not be there a second time."""
    meta = native.staticMetaObject
    properties = {meta.property(i).name(): meta.property(i) for i in range(meta.propertyCount())}
    signals: dict[str, list[str]] = {}
    for i in range(meta.methodCount()):
        method = meta.method(i)
        if method.methodType() == QtCore.QMetaMethod.MethodType.Signal:
            signals.setdefault(method.name().toStdString(), []).append(method.methodSignature().toStdString())
    # Clones for default arguments follow the full form: clicked(bool), then clicked().
    return properties, {name: tuple(signatures) for name, signatures in signals.items()}


def properties_of(native: type) -> dict[str, QtCore.QMetaProperty]:
    """Return the Q_PROPERTYs of a PySide class by name; empty for classes that are no QObject."""
    return _described(native)[0] if issubclass(native, QtCore.QObject) else {}


def signals_of(native: type) -> dict[str, tuple[str, ...]]:
    """Return the signatures of each signal of a PySide class, by the signal's name, longest overload first."""
    return _described(native)[1] if issubclass(native, QtCore.QObject) else {}


@cache
def is_method(native: type, name: str) -> bool:
    """Say whether a PySide class offers a C++ method of this name (public, not one that PySide invented)."""
    if name.startswith("_") or name in _PYSIDE_ONLY:
        return False
    for base in native.__mro__:
        if base is object or base.__name__ in ("Object", "_Property"):
            continue
        if name in vars(base):
            value = vars(base)[name]
            if isinstance(value, staticmethod | classmethod):
                value = value.__func__
            return callable(value) and not isinstance(value, type) and type(value).__name__ not in ("Signal", "Property")
    return False


def is_static(native: type, name: str) -> bool:
    for base in native.__mro__:
        if name in vars(base):
            value = vars(base)[name]
            return isinstance(value, staticmethod) or type(value).__name__ == "builtin_function_or_method"
    return False


def nested_class(native: type, name: str) -> type | None:
    """Return a class declared within a PySide class (``QStyle.SubControl`` and other enums are not meant)."""
    if name.startswith("_"):
        return None
    value: Any = getattr(native, name, None)
    if isinstance(value, type) and not issubclass(value, enum.Enum):
        return value
    return None


def names_of(native: type) -> list[str]:
    """List everything that can be read from a wrapped object, for `dir`."""
    methods = [name for name in dir(native) if is_method(native, name)]
    return sorted({*properties_of(native), *signals_of(native), *methods})


_overrides: dict[tuple[type, str], Callable[..., Any]] = {}


def override(native: type, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a static method of a PySide class the form that it has in PythonQt."""

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        _overrides[native, name] = function
        return function

    return keep


def override_of(native: type, name: str) -> Callable[..., Any] | None:
    for base in native.__mro__:
        found = _overrides.get((base, name))
        if found is not None:
            return found
    return None
