"""Parameters of a method: frozen dataclasses that describe and check themselves.

Adapters to the command line, JSON and panels live elsewhere; they all read `parameter_infos`.
"""

from __future__ import annotations

import contextlib
import math
import numbers
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints

from .errors import ParameterError


@dataclass(frozen=True)
class Field:
    """What stands beside a parameter's type: help, unit, range, source.

    Parameters
    ----------
    help : str
        One sentence for the user.
    unit : str
        Unit, empty when there is none.
    minimum, maximum : float or None
        Inclusive range of a number.
    choices : tuple of str
        Allowed values of a string.
    source : str
        Where the default or the range comes from.
    example : float, int, str or None
        A value that shows the scale where none is published; shown in hints and used by tests, never taken by itself.
    """

    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    source: str = ""
    example: float | int | str | None = None


@dataclass(frozen=True)
class Preset:
    """Named values of a method's parameters, with where they come from; a reference, never a silent default."""

    name: str
    values: Mapping[str, Any]
    source: str


@dataclass(frozen=True)
class ParameterInfo:
    """One parameter as adapters see it.

    Parameters
    ----------
    name : str
        Field name, snake_case.
    kind : type
        ``bool``, ``int``, ``float``, ``str``, an ``Enum`` class, or a frozen row dataclass (then `is_table`).
    field : Field
        Help, unit, range, source.
    default : object
        Default value; ``MISSING`` of `dataclasses` when the value is asked for.
    optional : bool
        Whether None is allowed.
    is_table : bool
        Whether the value is a tuple of rows of `kind`.
    """

    name: str
    kind: type
    field: Field
    default: object
    optional: bool
    is_table: bool

    @property
    def required(self) -> bool:
        """True when there is no default: the user is asked."""
        return self.default is MISSING


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Base of every method's parameters: values are checked on construction.

    Raises
    ------
    ParameterError
        If a value has the wrong type or lies outside its range; the sentence names the parameter.
    """

    presets: ClassVar[tuple[Preset, ...]] = ()

    def __post_init__(self) -> None:
        for info in parameter_infos(type(self)):
            object.__setattr__(self, info.name, _checked(info, getattr(self, info.name)))


def parameter_infos(cls: type) -> tuple[ParameterInfo, ...]:
    """Describe the fields of a parameter (or row) dataclass in order."""
    # A form asks at each step of a slider; reading the type hints takes longer than a preview.
    if cls not in _described:
        hints = get_type_hints(cls, include_extras=True)
        _described[cls] = tuple(_info(item.name, hints[item.name], item.default) for item in fields(cls))
    return _described[cls]


_described: dict[type, tuple[ParameterInfo, ...]] = {}


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Return a hint that proposes the known names nearest to `name`, or lists them all."""
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    quoted = ", ".join(f'"{one}"' for one in (close or known))
    if not known:
        return "There are none."
    return f"Did you mean {quoted}?" if close else f"There are: {quoted}."


def number_meant(text: object, unit: str) -> str:
    """Return a hint for a number that was written with its unit or with a decimal comma; empty for anything else."""
    if not isinstance(text, str):
        return ""
    plain = text.strip().removesuffix(unit).removesuffix("%").strip()
    plain = plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain
    try:
        float(plain)
    except ValueError:
        return ""
    if plain == text.strip():
        return ""
    return f"Write {plain}: numbers take a decimal point, and no unit."


def _info(name: str, hint: Any, default: object) -> ParameterInfo:
    described = Field(help="")
    if get_origin(hint) is Annotated:
        described = next((extra for extra in get_args(hint)[1:] if isinstance(extra, Field)), described)
        hint = get_args(hint)[0]
    optional = False
    if get_origin(hint) in (Union, types.UnionType):
        inner = [one for one in get_args(hint) if one is not type(None)]
        optional, hint = len(inner) < len(get_args(hint)), inner[0]
    is_table = get_origin(hint) is tuple
    kind = get_args(hint)[0] if is_table else hint
    allowed = kind in (bool, int, float, str) or (isinstance(kind, type) and (issubclass(kind, Enum) or is_dataclass(kind)))
    if not allowed:
        raise TypeError(f"Parameter {name}: {hint!r} is not a scalar, enum, optional of these, or tuple of one row dataclass")
    return ParameterInfo(name, kind, described, default, optional, is_table)


def _checked(info: ParameterInfo, value: Any) -> Any:
    if value is None and info.optional:
        return None
    if info.is_table:
        rows = tuple(value) if isinstance(value, (tuple, list)) else (value,)
        if any(not isinstance(row, info.kind) for row in rows):
            raise ParameterError(f'Parameter "{info.name}" takes rows of {info.kind.__name__}, got {value!r}.')
        return rows
    if issubclass(info.kind, Enum):
        return _checked_enum(info, value)
    value = _plain_number(info.kind, value)
    if type(value) is not info.kind:
        hint = (number_meant(value, info.field.unit) if info.kind in (int, float) else "") or info.field.help
        raise ParameterError(f'Parameter "{info.name}" takes {_noun(info.kind)}, got {value!r}.', hint)
    if isinstance(value, (int, float)) and info.kind is not bool:
        _check_range(info, value)
    if isinstance(value, str) and info.field.choices and value not in info.field.choices:
        raise ParameterError(f'Parameter "{info.name}" cannot be "{value}".', nearest(value, info.field.choices))
    return value


def _plain_number(kind: type, value: Any) -> Any:
    """Turn a whole number where a number is asked for, or a numpy number, into Python's own; leave the rest alone."""
    with contextlib.suppress(OverflowError):  # A whole number beyond all floats stays, and is refused by its type.
        if kind is float and isinstance(value, numbers.Real) and not isinstance(value, bool):
            return float(value)
        if kind is int and isinstance(value, numbers.Integral) and not isinstance(value, bool):
            return int(value)
    return value


def _checked_enum(info: ParameterInfo, value: Any) -> Enum:
    if isinstance(value, info.kind):
        return value  # type: ignore[return-value]
    members = tuple(str(member.value) for member in info.kind)  # type: ignore[attr-defined]
    if value in members:
        return info.kind(value)  # type: ignore[no-any-return]
    raise ParameterError(f'Parameter "{info.name}" cannot be "{value}".', nearest(str(value), members))


def _check_range(info: ParameterInfo, value: float) -> None:
    require_range(f'Parameter "{info.name}"', info.field, value)


def require_range(what: str, described: Field, value: float) -> None:
    """Refuse a number that is not finite or lies outside its range.

    Parameters
    ----------
    what : str
        Begins the sentence: whose number it is.
    described : Field
        Its range and unit.
    value : float
        The number.

    Raises
    ------
    ParameterError
        If it does.
    """
    low, high, unit = described.minimum, described.maximum, "" if described.unit == "1" else described.unit
    inside = (
        (isinstance(value, int) or math.isfinite(value)) and (low is None or value >= low) and (high is None or value <= high)
    )
    if not inside:
        limits = (
            f"from {low:g} to {high:g}"
            if low is not None and high is not None
            else (
                f"of at least {low:g}" if low is not None else f"of at most {high:g}" if high is not None else "that is finite"
            )
        )
        raise ParameterError(f"{what} takes a value {limits} {unit}".rstrip() + f", got {value:g}.")


def _noun(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[kind]
