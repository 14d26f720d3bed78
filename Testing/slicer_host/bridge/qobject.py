"""PythonQt's own forms of QObject's methods: connect, findChild, inherits, setProperty, delete."""
# ruff: noqa: N802 - the names are Qt's

from __future__ import annotations

from typing import Any

import shiboken6
from PySide6 import QtCore

from . import connections
from .values import PROXY, unwrap, wrap
from .wrapped import Wrapped, WrappedClass, qobject_method


@qobject_method
def connect(native: QtCore.QObject, *arguments: Any) -> bool:
    signature = arguments[0] if arguments else None
    if not isinstance(signature, str) or not 2 <= len(arguments) <= 3:
        raise ValueError(f"Could not find matching overload for given arguments: connect{arguments!r}")
    if len(arguments) == 3:
        receiver, slot = arguments[1:]
        if isinstance(slot, str):
            return connections.connect_slot(native, signature, receiver, slot)
        raise ValueError(f"Could not find matching overload for given arguments: connect{arguments!r}")
    own = _python_signal(native, signature)
    return own.connect(arguments[1]) if own is not None else connections.connect(native, signature, arguments[1])


@qobject_method
def disconnect(native: QtCore.QObject, *arguments: Any) -> bool:
    if not arguments:
        return connections.disconnect(native, None, None)
    own = _python_signal(native, arguments[0])
    callback = arguments[1] if len(arguments) > 1 else None
    return own.disconnect(callback) if own is not None else connections.disconnect(native, arguments[0], callback)


def _python_signal(native: QtCore.QObject, signature: str) -> connections.PythonSignal | None:
    proxy = getattr(native, PROXY, None)
    name = signature.split("(", maxsplit=1)[0]
    declared = None if proxy is None else getattr(type(proxy), name, None)
    return getattr(proxy, name) if isinstance(declared, connections.Signal) else None


def _class_name(kind: Any) -> str | None:
    if isinstance(kind, WrappedClass):
        return getattr(kind._pyside, "CPP_NAME", kind._pyside.__name__)
    return kind if isinstance(kind, str) else None


def _matches(child: QtCore.QObject, kind: str | None, name: str) -> bool:
    return (not name or child.objectName() == name) and (not kind or child_inherits(child, kind))


def child_inherits(child: QtCore.QObject, kind: str) -> bool:
    spelled = getattr(type(child), "CPP_NAME", "")
    return child.inherits(kind) or spelled == kind


@qobject_method
def findChild(native: QtCore.QObject, kind: Any = None, name: str = "") -> Any:
    wanted = _class_name(kind)
    return next((wrap(c) for c in native.findChildren(QtCore.QObject) if _matches(c, wanted, name)), None)


@qobject_method
def findChildren(native: QtCore.QObject, kind: Any = None, name: Any = "") -> Any:
    wanted = _class_name(kind)
    if isinstance(name, Wrapped):
        pattern = unwrap(name)
        return tuple(
            wrap(c)
            for c in native.findChildren(QtCore.QObject)
            if _matches(c, wanted, "") and pattern.match(c.objectName()).hasMatch()
        )
    return tuple(wrap(c) for c in native.findChildren(QtCore.QObject) if _matches(c, wanted, name))


@qobject_method
def inherits(native: QtCore.QObject, kind: str) -> bool:
    return child_inherits(native, kind)


@qobject_method
def delete(native: QtCore.QObject) -> None:
    shiboken6.delete(native)


@qobject_method
def setProperty(native: QtCore.QObject, name: str, value: Any) -> bool:
    return bool(native.setProperty(name, unwrap(value)))


@qobject_method
def exec_(native: Any, *arguments: Any) -> Any:
    """PythonQt spells exec with an underscore too, for objects that have it."""
    if not hasattr(native, "exec"):
        raise AttributeError(f"{type(native).__name__} has no attribute named 'exec_'")
    return wrap(native.exec(*(unwrap(argument) for argument in arguments)))
