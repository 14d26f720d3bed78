"""Loading .ui files of Qt Designer: ctk and qMRML classes by name, unknown classes a message and None."""
# ruff: noqa: N802 - the names are Qt's

from __future__ import annotations

import sys
from typing import Any
from xml.etree import ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from . import connections

_registered: dict[str, type] = {}


def register_widget(native: type, *names: str) -> None:
    """Make a class of the stand-in known to .ui files under its C++ name."""
    for name in names or (getattr(native, "CPP_NAME", native.__name__),):
        _registered[name] = native


def registered(name: str) -> type | None:
    return _registered.get(name)


class UiLoader(QtUiTools.QUiLoader):
    """QUiLoader that knows the widgets of the stand-in and no others beside Qt's."""

    CPP_NAME = "QUiLoader"

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._made: list[Any] = []
        self._qt_classes = frozenset(self.availableWidgets())

    def createWidget(
        self, class_name: str, parent: QtWidgets.QWidget | None = None, name: str = ""
    ) -> QtWidgets.QWidget | None:
        native = _registered.get(class_name)
        if native is not None:
            widget = native(parent)
            widget.setObjectName(name)
            self._made.append(widget)
            return widget
        if class_name not in self._qt_classes and not class_name.startswith("Q"):
            print(f"QFormBuilder was unable to create a widget of the class '{class_name}'.", file=sys.stderr)
            return None
        made = super().createWidget(class_name, parent, name)
        self._made.append(made)
        return made

    def load(self, device: QtCore.QIODevice | str, parent: QtWidgets.QWidget | None = None) -> QtWidgets.QWidget | None:
        data = _read(device)
        root = ElementTree.fromstring(data)  # noqa: S314 - our own resource file
        buffer = QtCore.QBuffer()
        buffer.setData(_without_foreign_connections(root))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        widget = super().load(buffer, parent)
        if widget is not None:
            widget._made_by_ui = list(self._made)
            self._made.clear()
            _connect_by_hand(root, widget)
        return widget


def _read(device: QtCore.QIODevice | str) -> bytes:
    if isinstance(device, str):
        file = QtCore.QFile(device)
        if not file.open(QtCore.QIODevice.OpenModeFlag.ReadOnly):
            raise RuntimeError(f"Could not open UI file {device}")
        return bytes(file.readAll().data())
    return bytes(device.readAll().data())


def _without_foreign_connections(root: ElementTree.Element) -> bytes:
    """Leave out connections: signals with MRML types are Python signals here, which Designer's loader cannot connect."""
    text = ElementTree.tostring(root)
    copy = ElementTree.fromstring(text)  # noqa: S314 - our own resource file
    for connections_ in copy.findall("connections"):
        copy.remove(connections_)
    return ElementTree.tostring(copy)


def _connect_by_hand(root: ElementTree.Element, top: QtWidgets.QWidget) -> None:
    for item in root.iterfind("connections/connection"):
        names = {tag: (item.findtext(tag) or "").strip() for tag in ("sender", "signal", "receiver", "slot")}
        sender, receiver = (_object(top, names[tag]) for tag in ("sender", "receiver"))
        if sender is None or receiver is None or not _join(sender, names["signal"], receiver, names["slot"]):
            told = f"{names['sender']}.{names['signal']} -> {names['receiver']}.{names['slot']}"
            print(f"QObject::connect: no such connection {told}", file=sys.stderr)


def _object(top: QtWidgets.QWidget, name: str) -> QtCore.QObject | None:
    return top if top.objectName() == name else top.findChild(QtCore.QObject, name)


def _join(sender: QtCore.QObject, signal: str, receiver: QtCore.QObject, slot: str) -> bool:
    if connections.connect_slot(sender, signal, receiver, slot):
        return True
    method = getattr(receiver, slot.split("(", maxsplit=1)[0], None)
    return callable(method) and "mrml" in slot.lower() and connections.connect(sender, signal, method)
