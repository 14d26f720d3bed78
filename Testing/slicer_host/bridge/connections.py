"""Signals and slots: connecting by signature, trimming arguments, keeping receivers alive, errors that stop no other slot."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import shiboken6
from PySide6 import QtCore

from .members import signals_of
from .values import unwrap, wrap

uncaught: list[str] = []  # one line per error that escaped from a slot; `self-test` exits with 1 when there is any


@dataclass(eq=False)
class Connection:
    """One Python callable that hears one signal of one object."""

    signature: str
    callback: Callable[..., Any]
    deliver: Callable[..., None] = field(repr=False)


_connections: dict[int, list[Connection]] = {}


def positional_count(callback: Callable[..., Any]) -> int | None:
    """Return how many arguments PythonQt would hand to a callable; None means all of them.

    Only functions and bound methods without ``*args`` are trimmed; arguments with defaults count.
    """
    function, bound = (callback.__func__, 1) if isinstance(callback, types.MethodType) else (callback, 0)
    if not isinstance(function, types.FunctionType) or function.__code__.co_flags & 0x04:
        return None
    return function.__code__.co_argcount - bound


def run_slot(callback: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Call a slot with trimmed arguments; an error goes through sys.excepthook and no further."""
    count = positional_count(callback)
    try:
        callback(*(arguments if count is None else arguments[:count]))
    except SystemExit:
        raise
    except BaseException:  # noqa: BLE001 - whatever a slot raises must not unwind through Qt
        kind, error, trace = sys.exc_info()
        note_uncaught(error)
        sys.excepthook(kind, error, trace)  # type: ignore[arg-type]


def note_uncaught(error: BaseException | None) -> None:
    """Count an error that nobody caught, once."""
    if error is None or not getattr(error, "_slicer_host_counted", False):
        uncaught.append(f"{type(error).__name__}: {error}")
    with contextlib.suppress(AttributeError):
        error._slicer_host_counted = True  # type: ignore[union-attr]


def count_errors_of_observers() -> Callable[[], None]:
    """Count errors that escape from VTK observers too, which go straight to sys.excepthook; return what undoes it."""
    before = sys.excepthook

    def hook(kind: Any, error: Any, trace: Any) -> None:
        note_uncaught(error)
        before(kind, error, trace)

    sys.excepthook = hook

    def undo() -> None:
        if sys.excepthook is hook:
            sys.excepthook = before

    return undo


def normalized(signature: str) -> str:
    return QtCore.QMetaObject.normalizedSignature(signature.lstrip("2")).toStdString()


def _meta_signature(native: QtCore.QObject, signature: str) -> str | None:
    """Return the signature as PySide's meta object has it, or None when the class has no such signal."""
    wanted = normalized(signature)
    # Signals of the stand-in carry MRML nodes as Python objects; their C++ spelling is what a panel connects to.
    spelled = getattr(type(native), "CPP_SIGNALS", {})
    if wanted in spelled:
        return spelled[wanted]
    if "PyObject" in wanted or wanted in spelled.values():
        return None
    return wanted if native.metaObject().indexOfSignal(wanted) >= 0 else None


def connect(native: QtCore.QObject, signature: str, callback: Callable[..., Any]) -> bool:
    """Connect a callable to ``'clicked(bool)'``; return False when there is no such signal, as PythonQt does."""
    found = _meta_signature(native, signature)
    if found is None:
        return False
    return _connect_meta(native, found, callback)


def _connect_meta(native: QtCore.QObject, found: str, callback: Callable[..., Any]) -> bool:
    if not callable(callback):
        raise ValueError(f"connect: {callback!r} is not callable")  # noqa: TRY004 - as PythonQt has it

    def deliver(*arguments: Any) -> None:
        if connection in _connections.get(pointer, ()):
            run_slot(callback, tuple(wrap(argument) for argument in arguments))

    connection = Connection(found, callback, deliver)
    pointer = shiboken6.getCppPointer(native)[0]
    if pointer not in _connections:
        _connections[pointer] = []
        QtCore.QObject.connect(native, QtCore.SIGNAL("destroyed()"), lambda: _connections.pop(pointer, None))
    _connections[pointer].append(connection)
    QtCore.QObject.connect(native, QtCore.SIGNAL(found), deliver)
    return True


def connect_slot(native: QtCore.QObject, signature: str, receiver: Any, slot: str) -> bool:
    """Connect to a C++ slot of another object by its signature."""
    found, target = _meta_signature(native, signature), unwrap(receiver)
    wanted = QtCore.QMetaObject.normalizedSignature(slot.lstrip("1")).toStdString()
    if found is None or target.metaObject().indexOfMethod(wanted) < 0:
        return False
    return bool(QtCore.QObject.connect(native, QtCore.SIGNAL(found), target, QtCore.SLOT(wanted)))


def disconnect(native: QtCore.QObject, signature: str | None, callback: Callable[..., Any] | None) -> bool:
    """End connections to a callable, or all of a signal; return whether there was one."""
    kept = _connections.get(shiboken6.getCppPointer(native)[0], [])
    found = None if signature is None else _meta_signature(native, signature)
    gone = [c for c in kept if found in (None, c.signature) and callback in (None, c.callback)]
    for connection in gone:
        kept.remove(connection)
        QtCore.QObject.disconnect(native, QtCore.SIGNAL(connection.signature), connection.deliver)
    return bool(gone)


class BoundSignal:
    """What ``button.clicked`` is: connect, disconnect, emit, and a call that emits; no subscript for overloads."""

    __slots__ = ("_name", "_native")

    def __init__(self, native: QtCore.QObject, name: str) -> None:
        self._native = native
        self._name = name

    @property
    def _signature(self) -> str:
        signatures = signals_of(type(self._native)).get(self._name)
        if signatures is None:
            meta = self._native.metaObject()
            methods = (meta.method(i) for i in range(meta.methodCount()))
            signatures = tuple(m.methodSignature().toStdString() for m in methods if m.name().toStdString() == self._name)
        return signatures[0]

    def connect(self, callback: Callable[..., Any]) -> bool:
        return _connect_meta(self._native, self._signature, callback)

    def disconnect(self, callback: Callable[..., Any] | None = None) -> bool:
        kept = _connections.get(shiboken6.getCppPointer(self._native)[0], [])
        signatures = {c.signature for c in kept if c.signature.split("(")[0] == self._name}
        results = [_disconnect_meta(self._native, s, callback) for s in signatures]
        return any(results)

    def emit(self, *arguments: Any) -> None:
        getattr(self._native, self._name).emit(*(unwrap(argument) for argument in arguments))

    __call__ = emit


def _disconnect_meta(native: QtCore.QObject, found: str, callback: Callable[..., Any] | None) -> bool:
    kept = _connections.get(shiboken6.getCppPointer(native)[0], [])
    gone = [c for c in kept if c.signature == found and callback in (None, c.callback)]
    for connection in gone:
        kept.remove(connection)
        QtCore.QObject.disconnect(native, QtCore.SIGNAL(connection.signature), connection.deliver)
    return bool(gone)


class Signal:
    """``qt.Signal(int)``: a signal of a Python subclass of a QObject."""

    def __init__(self, *types_: Any, name: str | None = None) -> None:
        self._types = types_
        self._name = name

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = self._name or name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        signals = instance.__dict__.setdefault("__signals__", {})
        return signals.setdefault(self._name, PythonSignal(len(self._types), self._name or ""))


class PythonSignal:
    """A signal of one's own, bound to one object."""

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._callbacks: list[Callable[..., Any]] = []

    def connect(self, callback: Callable[..., Any]) -> bool:
        self._callbacks.append(callback)
        return True

    def disconnect(self, callback: Callable[..., Any] | None = None) -> bool:
        before = len(self._callbacks)
        self._callbacks = [kept for kept in self._callbacks if callback is not None and kept != callback]
        return len(self._callbacks) < before

    def emit(self, *arguments: Any) -> None:
        if len(arguments) != self._count:
            raise ValueError(f"Called {self._name} with {len(arguments)} arguments, but the signal has {self._count}.")
        for callback in list(self._callbacks):
            run_slot(callback, arguments)

    __call__ = emit
