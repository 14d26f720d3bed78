"""Wrapped classes and objects: what `qt.QPushButton` and `qt.QPushButton()` are in a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6 import QtCore, QtWidgets

from . import connections, members, properties
from .calls import call, call_native
from .enums import enum_member
from .values import install_wrapper, remember, unwrap, wrap

_classes: dict[type, WrappedClass] = {}
_OWN = frozenset({"_native"})
# Methods of QObject that PythonQt gives a form of its own.
_QOBJECT_METHODS: dict[str, Callable[..., Any]] = {}


class WrappedClass(type):
    """The type of a wrapped class: enum values, nested classes, static and unbound methods are read from it."""

    _pyside: type

    def __getattr__(cls, name: str) -> Any:
        native = cls.__dict__.get("_pyside") or next(
            (b.__dict__["_pyside"] for b in cls.__mro__ if "_pyside" in b.__dict__), None
        )
        if native is None or name.startswith("__"):
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")
        special = members.override_of(native, name)
        if special is not None:
            return special
        value = enum_member(native, name)
        if value is not None:
            return value
        nested = members.nested_class(native, name)
        if nested is not None:
            return class_for(nested)
        if members.is_method(native, name) and name not in members.signals_of(native):
            return _class_method(cls, native, name)
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")

    def __setattr__(cls, name: str, value: Any) -> None:
        if "_pyside" in cls.__dict__ and name == "singleShot":
            return  # Slicer's own start-up code puts its form over the static method; ours already has that form
        super().__setattr__(name, value)

    def className(cls) -> str:  # noqa: N802
        return cls._pyside.__name__

    def __dir__(cls) -> list[str]:
        return sorted({*super().__dir__(), *members.names_of(cls._pyside)})


def _class_method(cls: WrappedClass, native: type, name: str) -> Callable[..., Any]:
    what = f"{cls.__name__}.{name}"
    function = getattr(native, name)

    def method(*arguments: Any, **keywords: Any) -> Any:
        return call(function, arguments, keywords, what)

    method.__name__ = name
    return method


class Wrapped(metaclass=WrappedClass):
    """A wrapped object: reading and writing go by the rules of PythonQt; nothing else can be set on it."""

    __slots__ = ("__weakref__", "_native")

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        kind = type(self)
        native_class = kind._pyside
        if native_class is None:
            raise ValueError(f"No constructors available for {kind.__name__}")
        plain = "_pyside" in kind.__dict__
        if native_class is QtWidgets.QMenu:
            # PythonQt makes a text of any object where a QString fits; Slicer's own developer section builds QMenu(self) so.
            arguments = tuple(a if isinstance(a, Wrapped | str | None) else str(a) for a in arguments)
        build = native_class if plain else _listening(kind, native_class)
        native = call_native(build, arguments, keywords, kind.__name__, signature_of=native_class)
        object.__setattr__(self, "_native", native)
        if not plain and isinstance(native, QtCore.QObject) and build is not native_class:
            native._listener = self
        remember(native, self, strongly=not plain)

    @staticmethod
    def _native_of(value: Wrapped) -> Any:
        try:
            return value._native
        except AttributeError:
            raise ValueError(f"{type(value).__name__}.__init__ was not called") from None

    def __getattr__(self, name: str) -> Any:
        if name in _OWN or name.startswith("__"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        native = Wrapped._native_of(self)
        return _read(type(self).__name__, native, name)

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(self)
        native = self.__dict__.get("_native") if hasattr(self, "__dict__") else None
        native = native or getattr(self, "_native", None)
        if native is None:
            object.__setattr__(self, name, value)
            return
        if not _write(kind, native, name, value):
            if "_pyside" in kind.__dict__:
                raise AttributeError(
                    f"'{name}' does not exist on {kind.__name__} and creating new attributes on C++ objects is not allowed"
                )
            object.__setattr__(self, name, value)

    def className(self) -> str:  # noqa: N802
        native = self._native
        return native.metaObject().className() if isinstance(native, QtCore.QObject) else type(native).__name__

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *members.names_of(type(self._native))})

    def __repr__(self) -> str:
        return f"{type(self).__name__} ({type(self).__name__} at: {id(self._native):#x})"

    def __str__(self) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Wrapped):
            return NotImplemented
        mine, theirs = self._native, other._native
        if isinstance(mine, QtCore.QObject) or isinstance(theirs, QtCore.QObject):
            return mine is theirs
        return type(mine) is type(theirs) and bool(mine == theirs)

    def __hash__(self) -> int:
        return hash(id(self._native))

    def __bool__(self) -> bool:
        return True


def _listening(kind: type, native_class: type) -> type:
    """Return a native class that calls `eventFilter` of a Python subclass; other virtuals are never called, as in PythonQt."""
    if not issubclass(native_class, QtCore.QObject) or not any("eventFilter" in vars(b) for b in kind.__mro__):
        return native_class

    class Listening(native_class):  # type: ignore[misc,valid-type]
        def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
            listener = getattr(self, "_listener", None)
            return bool(listener is not None and listener.eventFilter(wrap(watched), wrap(event)))

    Listening.__name__ = native_class.__name__
    return Listening


def _read(kind: str, native: Any, name: str) -> Any:
    is_object = isinstance(native, QtCore.QObject)
    if not shiboken6.isValid(native):
        if name in members.properties_of(type(native)):
            raise ValueError(f"Trying to read property '{name}' on a destroyed {kind} object")
        raise ValueError(f"Trying to call '{name}' on a destroyed {kind} object")
    if is_object:
        if name == "name" and "name" not in members.properties_of(type(native)):
            name = "objectName"
        if name in members.properties_of(type(native)) or native.metaObject().indexOfProperty(name) >= 0:
            return properties.read(native, name)
        special = _QOBJECT_METHODS.get(name)
        if special is not None:
            return _bound(kind, special, native, name)
        if name in members.signals_of(type(native)):
            return connections.BoundSignal(native, name)
    if members.is_method(type(native), name):
        return _bound_method(kind, native, name)
    value = enum_member(type(native), name)
    if value is not None:
        return value
    if is_object and properties.is_dynamic(native, name):
        return properties.read(native, name)
    raise AttributeError(f"{kind} has no attribute named '{name}'")


def _bound_method(kind: str, native: Any, name: str) -> Callable[..., Any]:
    def method(*arguments: Any, **keywords: Any) -> Any:
        if not shiboken6.isValid(native):
            raise ValueError(f"Trying to call '{name}' on a destroyed {kind} object")
        return call(getattr(native, name), arguments, keywords, f"{kind}.{name}")

    method.__name__ = name
    return method


def _bound(kind: str, special: Callable[..., Any], native: Any, name: str) -> Callable[..., Any]:
    def method(*arguments: Any, **keywords: Any) -> Any:
        if keywords:
            raise ValueError(f"{kind}.{name} does not take keyword arguments")
        if not shiboken6.isValid(native):
            raise ValueError(f"Trying to call '{name}' on a destroyed {kind} object")
        return special(native, *arguments)

    method.__name__ = name
    return method


def _write(kind: type, native: Any, name: str, value: Any) -> bool:
    """Write a property; return False when the object has no member of this name."""
    title = kind.__name__
    if isinstance(native, QtCore.QObject):
        declared_here = members.properties_of(type(native))
        target = "objectName" if name == "name" and "name" not in declared_here else name
        if target in declared_here:
            if not shiboken6.isValid(native):
                raise AttributeError(f"Trying to set property '{name}' on a destroyed {title} object")
            properties.write(native, declared_here[target], value)
            return True
        if not shiboken6.isValid(native):
            return False
        if target in members.signals_of(type(native)):
            raise AttributeError(f"Signal '{name}' can not be overwritten on {title} object")
        if properties.is_dynamic(native, name):
            native.setProperty(name, unwrap(value))
            return True
    overridden = any(name in vars(base) for base in kind.__mro__ if "_pyside" not in vars(base) and base is not Wrapped)
    if not overridden and (members.is_method(type(native), name) or name in _QOBJECT_METHODS):
        raise AttributeError(f"Slot '{name}' can not be overwritten on {title} object")
    return False


def class_for(native: type) -> WrappedClass:
    """Return the wrapped class of a PySide class. Wrapped classes do not inherit from each other, as in PythonQt."""
    found = _classes.get(native)
    if found is None:
        shown = getattr(native, "CPP_NAME", native.__name__)
        found = WrappedClass(shown, (Wrapped,), {"_pyside": native, "__slots__": (), "__module__": "PythonQt"})
        _give_operators(found, native)
        _classes[native] = found
    return found


def _give_operators(cls: type, native: type) -> None:
    """Let values such as QSize and QPoint be added, compared by order, measured and indexed where C++ can."""
    if issubclass(native, QtCore.QObject):
        return
    for name in (
        "__add__",
        "__sub__",
        "__mul__",
        "__truediv__",
        "__or__",
        "__and__",
        "__lt__",
        "__le__",
        "__len__",
        "__getitem__",
    ):
        if hasattr(native, name):

            def operate(self: Any, *others: Any, _name: str = name) -> Any:
                return wrap(getattr(self._native, _name)(*(unwrap(other) for other in others)))

            type.__setattr__(cls, name, operate)


def _wrap_native(native: Any) -> Wrapped:
    kind: Any = class_for(type(native))
    proxy = object.__new__(kind)
    object.__setattr__(proxy, "_native", native)
    remember(native, proxy, strongly=False)
    return proxy


install_wrapper(_wrap_native)


def qobject_method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register PythonQt's form of a method of QObject."""
    _QOBJECT_METHODS[function.__name__] = function
    return function
