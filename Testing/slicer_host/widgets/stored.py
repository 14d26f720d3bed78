"""Qt properties whose value is kept on the object, with an optional reaction to a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore


def stored(kind: Any, name: str, default: Any = None, changed: str | None = None) -> QtCore.Property:
    """Declare a Q_PROPERTY kept under ``_name``; `changed` names a method that is called after each change."""
    slot = f"_{name}"

    def read(self: Any) -> Any:
        return self.__dict__.get(slot, default() if callable(default) else default)

    def write(self: Any, value: Any) -> None:
        self.__dict__[slot] = value
        if changed is not None:
            getattr(self, changed)()

    return QtCore.Property(kind, read, write)


def setter(name: str) -> Callable[[Any, Any], None]:
    """Make the C++ setter of a stored property, ``setSomething(value)``."""

    def write(self: Any, value: Any) -> None:
        self.setProperty(name, value)

    return write
