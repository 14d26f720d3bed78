"""Reading and writing Q_PROPERTYs and dynamic properties with the types that PythonQt accepts."""

from __future__ import annotations

import enum
import math
from typing import Any

from PySide6 import QtCore

from .values import unwrap, wrap

_INTEGERS = frozenset({"int", "uint", "qlonglong", "qulonglong", "short", "ushort"})
_REALS = frozenset({"double", "float"})


def read(native: QtCore.QObject, name: str) -> Any:
    return wrap(native.property(name))


def write(native: QtCore.QObject, declared: QtCore.QMetaProperty, value: Any) -> None:
    """Write a declared property, or raise PythonQt's AttributeError."""
    name, kind = declared.name(), declared.typeName()
    if not declared.isWritable():
        raise AttributeError(f"Property '{name}' of {type(native).__name__} object is not writable")
    accepted, converted = _converted(declared, kind, value)
    if not accepted or not native.setProperty(name, converted):
        raise AttributeError(
            f"Property '{name}' of type '{kind}' does not accept an object of type {type(value).__name__} ({value!r})"
        )


def _converted(declared: QtCore.QMetaProperty, kind: str, value: Any) -> tuple[bool, Any]:
    if declared.isEnumType():
        return _enum_value(declared, value)
    if kind == "bool":
        return isinstance(value, bool | int | float), bool(value) if isinstance(value, int | float) else value
    if kind in _INTEGERS:
        return _is_finite(value), int(value) if _is_finite(value) else value
    if kind in _REALS:
        return isinstance(value, int | float), float(value) if isinstance(value, int | float) else value
    if kind == "QString":
        # PythonQt would write str(value); a panel that means a text says so, and None would become the text "None".
        return isinstance(value, str), value
    if kind == "QStringList":
        good = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        return good, list(value) if good else value
    if (
        kind.startswith("Q")
        and isinstance(value, tuple | list | str | int)
        and kind not in ("QVariant", "QUrl", "QKeySequence")
    ):
        return False, value  # a tuple is no QSize, a text no QIcon
    return True, unwrap(value)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _enum_value(declared: QtCore.QMetaProperty, value: Any) -> tuple[bool, Any]:
    if isinstance(value, str):
        number = declared.enumerator().keysToValue(value)
        number, ok = number if isinstance(number, tuple) else (number, number != -1)
        return bool(ok), number
    return isinstance(value, int) and not isinstance(value, bool | enum.Enum), int(value) if isinstance(value, int) else value


def is_dynamic(native: QtCore.QObject, name: str) -> bool:
    return any(bytes(known.data()).decode() == name for known in native.dynamicPropertyNames())
