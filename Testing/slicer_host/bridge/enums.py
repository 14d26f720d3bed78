"""Enums as PythonQt has them: subclasses of int whose values live on the class that declares them, not on the enum type."""

from __future__ import annotations

import enum
from functools import cache
from typing import Any

_wrappers: dict[type, type] = {}


def enum_type(native: type[enum.Enum]) -> type[int]:
    """Return the int subclass that stands for one of PySide's enum classes."""
    known = _wrappers.get(native)
    if known is None:
        known = type(native.__name__, (int,), {"__slots__": (), "__module__": "PythonQt.QtCore"})
        _wrappers[native] = known
        _natives[known] = native
    return known


_natives: dict[type, type[enum.Enum]] = {}


def native_enum(kind: type) -> type[enum.Enum] | None:
    """Return PySide's enum class behind an int subclass of `enum_type`, or None for any other type."""
    return _natives.get(kind)


def wrap_enum(member: enum.Enum) -> int:
    """Turn a member of a PySide enum into the int that PythonQt would give."""
    return enum_type(type(member))(member.value)


def unwrap_enum(value: int) -> Any:
    """Turn an enum int back into PySide's member; plain ints stay as they are."""
    native = _natives.get(type(value))
    return value if native is None else native(int(value))


@cache
def _enums_of(native: type) -> tuple[type[enum.Enum], ...]:
    found = []
    for base in native.__mro__:
        for value in vars(base).values():
            if isinstance(value, type) and issubclass(value, enum.Enum) and value not in found:
                found.append(value)
    return tuple(found)


def enum_member(native: type, name: str) -> type[int] | int | None:
    """Look up an enum type or an enum value by its unscoped name in a PySide class and its bases.

    ``Qt.AlignLeft`` and ``QSizePolicy.Policy`` are found; ``QSizePolicy.Policy.Expanding`` is not, as the type
    that PythonQt makes has no members.
    """
    for kind in _enums_of(native):
        if kind.__name__ == name:
            return enum_type(kind)
        member = kind.__members__.get(name)
        if member is not None:
            return wrap_enum(member)
    return None
