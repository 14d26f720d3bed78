"""Calling PySide with the arguments that PythonQt would accept, and refusing with PythonQt's words what it would refuse."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from . import enums
from .values import unwrap, wrap

# PythonQt converts Python's own numbers, text and sequences; a numpy scalar that is none of them is refused.
_FOREIGN_SCALAR_MODULES = ("numpy",)


def refuse_foreign_scalars(arguments: Iterable[Any], what: str) -> None:
    for argument in arguments:
        kind = type(argument)
        if (
            kind.__module__ in _FOREIGN_SCALAR_MODULES
            and not isinstance(argument, int | float | str | bytes)
            and not hasattr(argument, "__len__")
        ):
            raise ValueError(
                f"Called {what} with wrong arguments: ({argument!r},): convert the numpy scalar with int() or float()."
            )


def call(
    function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any], what: str, signature_of: Any = None
) -> Any:
    """Call a PySide function as PythonQt would call the C++ method behind it; sequences come back as tuples.

    Raises
    ------
    ValueError
        If no overload takes the arguments, or keyword arguments were given.
    """
    return wrap(call_native(function, arguments, keywords, what, signature_of))


def call_native(
    function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any], what: str, signature_of: Any = None
) -> Any:
    if keywords:
        raise ValueError(f"{what} does not take keyword arguments ({', '.join(keywords)}): set the properties afterwards.")
    refuse_foreign_scalars(arguments, what)
    natives = tuple(unwrap(argument) for argument in arguments)
    if not inspect.isroutine(function) or not _is_compiled(function):
        return _call_python(function, natives, arguments, what)
    try:
        return function(*natives)
    except TypeError as error:
        first = error
    except (NotImplementedError, OverflowError) as error:
        raise ValueError(_refusal(what, arguments)) from error
    for converted in _with_enums(signature_of or function, natives):
        try:
            return function(*converted)
        except TypeError:
            continue
    raise ValueError(_refusal(what, arguments)) from first


def _is_compiled(function: Callable[..., Any]) -> bool:
    return not (inspect.isfunction(function) or inspect.ismethod(function))


def _call_python(function: Callable[..., Any], natives: tuple[Any, ...], arguments: tuple[Any, ...], what: str) -> Any:
    """Call a stand-in written in Python: a wrong number of arguments is PythonQt's ValueError, errors inside stay errors."""
    if inspect.isfunction(function) or inspect.ismethod(function):
        try:
            inspect.signature(function).bind(*natives)
        except TypeError as error:
            raise ValueError(_refusal(what, arguments)) from error
        return function(*natives)
    try:
        return function(*natives)
    except TypeError as first:
        for converted in _with_enums(function, natives):
            try:
                return function(*converted)
            except TypeError:
                continue
        raise ValueError(_refusal(what, arguments)) from first


def _refusal(what: str, arguments: tuple[Any, ...]) -> str:
    return f"Could not find matching overload for given arguments: {what}{arguments!r}"


def _with_enums(function: Any, natives: tuple[Any, ...]) -> Iterable[tuple[Any, ...]]:
    """Offer the arguments again with plain ints as the enums that each overload's signature names, and enums as plain ints."""
    if not any(isinstance(value, int | enum.Enum) and not isinstance(value, bool) for value in natives):
        return
    from shibokensupport.signature import get_signature  # PySide's own knowledge of its overloads; slow to load, rarely needed

    found = get_signature(function)
    for signature in found if isinstance(found, list) else [found] if found else []:
        kinds = [p.annotation for name, p in signature.parameters.items() if name != "self"]
        if len(kinds) < len(natives):
            continue
        try:
            yield tuple(_as(kind, value) for kind, value in zip(kinds, natives, strict=False))
        except ValueError:
            continue


def _as(kind: Any, value: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, enum.Enum) and isinstance(value, int) and not isinstance(value, kind | bool):
        return kind(int(value))
    if kind is int and isinstance(value, enum.Enum):
        return int(value.value)
    return value


def enum_from(native_kind: type[enum.Enum], value: int) -> Any:
    return enums.unwrap_enum(enums.enum_type(native_kind)(value))
