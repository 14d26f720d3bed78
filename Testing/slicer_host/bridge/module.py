"""The module `qt`: one flat namespace over QtCore, QtGui, QtWidgets, QtNetwork and QtUiTools."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from . import connections, qobject
from .members import override
from .ui_loader import UiLoader
from .values import unwrap, wrap
from .wrapped import class_for

_MODULES = [QtCore, QtGui, QtWidgets]
_OPTIONAL = ("QtNetwork", "QtSvg", "QtTest", "QtPrintSupport", "QtXml")
# Classes that PySide has for Python's sake; PythonQt has none of them.
_NOT_IN_PYTHONQT = frozenset({"QVariant", "Signal", "SignalInstance", "Property", "ClassInfo"})

__all__ = ["qobject", "qt_module"]


def _find(name: str) -> Any:
    for module in _MODULES:
        if hasattr(module, name):
            return getattr(module, name)
    for extra in _OPTIONAL:
        try:
            module = __import__(f"PySide6.{extra}", fromlist=[name])
        except ImportError:
            continue
        if hasattr(module, name):
            return getattr(module, name)
    return None


class QtModule(types.ModuleType):
    """`import qt`: classes are wrapped when first asked for; a name that Qt does not have is an AttributeError."""

    def __getattr__(self, name: str) -> Any:
        if name == "QUiLoader":
            value: Any = class_for(UiLoader)
        else:
            native = None if name in _NOT_IN_PYTHONQT or not name.startswith(("Q", "q")) else _find(name)
            if native is None:
                raise AttributeError(f"module 'qt' has no attribute '{name}'")
            value = class_for(native) if isinstance(native, type) else _function(native, name)
        setattr(self, name, value)
        return value


def _function(native: Callable[..., Any], name: str) -> Any:
    if not callable(native):
        return wrap(native)

    def function(*arguments: Any) -> Any:
        return wrap(native(*(unwrap(argument) for argument in arguments)))

    function.__name__ = name
    return function


def qt_module() -> types.ModuleType:
    """Build the module `qt`."""
    module = QtModule("qt", "Qt as Slicer's Python sees it (stand-in).")
    module.Signal = connections.Signal  # type: ignore[attr-defined]
    module.SIGNAL = lambda signature: "2" + signature  # type: ignore[attr-defined]
    module.SLOT = lambda signature: "1" + signature  # type: ignore[attr-defined]
    module.Slot = lambda *_types, **_named: lambda function: function  # type: ignore[attr-defined]
    return module


@override(QtCore.QTimer, "singleShot")
def _single_shot(milliseconds: int, callback: Callable[..., Any], member: str | None = None) -> None:
    """Run a callable once; the timer belongs to the application, so that it does not outlive it."""
    timer = QtCore.QTimer(QtCore.QCoreApplication.instance())
    timer.setSingleShot(True)
    if member is not None:
        connections.connect_slot(timer, "timeout()", callback, member)
    else:
        connections.connect(timer, "timeout()", callback)
    QtCore.QObject.connect(timer, QtCore.SIGNAL("timeout()"), timer, QtCore.SLOT("deleteLater()"))
    timer.start(int(milliseconds))


def _first_of(name: str) -> None:
    @override(QtWidgets.QFileDialog, name)
    def ask(*arguments: Any) -> Any:
        """Return the chosen paths alone: PythonQt gives no filter beside them."""
        chosen = getattr(QtWidgets.QFileDialog, name)(*(unwrap(argument) for argument in arguments))
        return wrap(chosen[0])


for _name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName"):
    _first_of(_name)


@override(QtCore.QObject, "connect")
def _static_connect(sender: Any, *arguments: Any) -> bool:
    return qobject.connect(unwrap(sender), *arguments)
