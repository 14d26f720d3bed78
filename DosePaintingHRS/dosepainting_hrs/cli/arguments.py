"""Dataclass fields to command-line options and back: one adapter for steps and for methods' parameters."""

from __future__ import annotations

import argparse
import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from ..address import REGION_FORM, named_or_own, split_named
from ..errors import ParameterError
from ..inputs import SEPARATOR
from ..job import Argument, Step
from ..parameters import Field as Described
from ..parameters import ParameterInfo, nearest, number_meant, parameter_infos, require_range
from ..parameters_json import with_preset, with_values
from ..registry import Method
from .tables import default_in_words
from .wrong_words import OF_METHOD

_UNITS = ("mm", "ml", "gy", "kg", "cm", "percent")


def add_step_options(parser: argparse.ArgumentParser, step: type[Step], leave_out: frozenset[str] = frozenset()) -> None:
    """Give a parser one option (or positional) per field of a step."""
    hints = get_type_hints(step, include_extras=True)
    for item in fields(step):
        if item.name in leave_out:
            continue
        described, argument, bare = _parts(hints[item.name])
        options: dict[str, Any] = {"help": described.help + _said_default(item.default), "dest": item.name}
        required = item.default is MISSING and item.default_factory is MISSING
        if argument is not None and not argument.flags:
            options.pop("dest")
            several: dict[str, Any] = {"nargs": "+"} if get_origin(bare) is tuple else {}
            parser.add_argument(item.name, metavar=argument.metavar or None, help=described.help, **several)
            continue
        flags = argument.flags if argument is not None else (_flag(item.name),)
        if bare is bool:
            parser.add_argument(*flags, action="store_true", **options)
            continue
        if get_origin(bare) in (tuple, dict, Mapping):
            options["action"] = "append"
        if described.choices and get_origin(bare) is None:
            options["choices"] = described.choices
        if bare in (int, float):
            options["type"] = partial(_number, bare, flags[-1], _unit_of(described, item.name), described.help)
        metavar = (argument.metavar if argument is not None else "") or item.name.upper()
        if "choices" not in options:
            options["metavar"] = metavar
        parser.add_argument(*flags, required=required, **options)


def _said_default(default: Any) -> str:
    told = isinstance(default, int | float | str) and not isinstance(default, bool) and default != ""
    return f" Default: {default}." if told else ""


def step_values(step: type[Step], given: argparse.Namespace, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the values for a step's fields that the user gave."""
    hints = get_type_hints(step, include_extras=True)
    values = {}
    for item in fields(step):
        value = getattr(given, item.name, None)
        if item.name in leave_out or value is None or (value is False and item.default is False):
            continue
        described, argument, bare = _parts(hints[item.name])
        if bare in (int, float):
            require_range(argument.flags[-1] if argument is not None else _flag(item.name), described, value)
        values[item.name] = _typed(item, bare, value, argument.metavar if argument is not None else "")
    return values


def add_method_options(parser: argparse.ArgumentParser, method: type[Method]) -> None:
    """Give a parser one option per input and per parameter of a method, and ``--preset`` when it has presets."""
    for slot in method.inputs:
        several: dict[str, Any] = {"action": "append"} if slot.takes_several else {}
        metavar = f"NAME={slot.kind.upper().removesuffix('S')}" if slot.takes_several else slot.kind.upper()
        help_text = f"{slot.help} Once for each." if slot.takes_several else slot.help
        parser.add_argument(_flag(slot.name), required=not slot.optional, metavar=metavar, help=help_text, **several)
    parser.add_argument("--values", metavar="FILE.JSON", help="Parameter values from a file, such as calibrate writes.")
    presets = method.parameters_type.presets
    if presets:
        named = ", ".join(f'"{one.name}"' for one in presets)
        parser.add_argument("--preset", metavar="NAME", help=f"Named values: {named}; describe {method.name} tells sources.")
    for info in parameter_infos(method.parameters_type):
        rows: dict[str, Any] = {"action": "append"} if info.is_table else {}
        parser.add_argument(_flag(info.name), dest=f"{OF_METHOD}{info.name}", metavar=_metavar(info), help=_help(info), **rows)


def method_inputs(method: type[Method], given: argparse.Namespace) -> dict[str, str]:
    """Return the addresses that the user gave, by the names of the inputs.

    Raises
    ------
    ParameterError
        If one of several has no name, or two have the same.
    """
    inputs: dict[str, str] = {}
    for slot in method.inputs:
        value = getattr(given, slot.name)
        if value is not None and slot.takes_several:
            named = _named(value, _flag(slot.name), f"NAME={slot.kind.upper().removesuffix('S')}", "input")
            inputs |= {f"{slot.name}{SEPARATOR}{name}": address for name, address in named.items()}
        elif value is not None:
            inputs[slot.name] = value
    return inputs


def method_values(method: type[Method], given: argparse.Namespace) -> dict[str, Any]:
    """Return the parameter values that the user gave, one by one or by a preset.

    Raises
    ------
    ParameterError
        If there is no such preset, a value contradicts it, or is not of its type.
    """
    values: dict[str, Any] = {}
    for info in parameter_infos(method.parameters_type):
        text = getattr(given, f"{OF_METHOD}{info.name}", None)
        if text is not None:
            values[info.name] = [_row(info, row) for row in text] if info.is_table else _parsed(info, text)
    stored = getattr(given, "values", None)
    values = with_values(method, Path(stored), values) if stored else values
    return with_preset(method, getattr(given, "preset", None) or "", values)


def _parts(hint: Any) -> tuple[Described, Argument | None, Any]:
    described, argument = Described(help=""), None
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            described = extra if isinstance(extra, Described) else described
            argument = extra if isinstance(extra, Argument) else argument
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        hint = get_args(hint)[0]
    return described, argument, hint


def _typed(item: Field[Any], bare: Any, value: Any, form: str) -> Any:
    if get_origin(bare) is tuple:
        return tuple(value)
    if get_origin(bare) in (dict, Mapping):
        noun = {"NAME=FILE": "output", "NAME=FRAMES": "series"}.get(form, "region")
        option = _flag(item.name if noun == "series" else item.name.removesuffix("s"))
        return _named(value, option, form or "NAME=ADDRESS", noun)
    return value


def _named(texts: list[str], option: str, form: str, noun: str) -> dict[str, str]:
    pairs = [named_or_own(text, option) if form == REGION_FORM else split_named(text, option, form) for text in texts]
    names = [name for name, _ in pairs]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise ParameterError(f'The name "{double[0]}" was given more than once.', f"Give every {noun} its own name.")
    return dict(pairs)


def _parsed(info: ParameterInfo, text: str) -> Any:
    if info.optional and text.lower() == "none":
        return None
    if info.kind is bool:
        if text.lower() not in ("true", "false"):
            raise ParameterError(f'{_flag(info.name)} takes true or false, got "{text}".')
        return text.lower() == "true"
    if info.kind in (int, float):
        return _number(info.kind, _flag(info.name), info.field.unit, info.field.help, text)
    return text


def _number(kind: type, flag: str, unit: str, help_text: str, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        noun = "a whole number" if kind is int else "a number"
        raise ParameterError(f'{flag} takes {noun}, got "{text}".', number_meant(text, unit) or help_text) from None


def _unit_of(described: Described, name: str) -> str:
    """Return the unit of a step's field: its own, or the one that its name ends in."""
    last = name.rpartition("_")[2]
    return described.unit or (last if last in _UNITS else "")


def _example_of(info: ParameterInfo) -> str:
    """Return a row of a table, of its own needed columns, that shows how one is written."""
    columns = [column for column in parameter_infos(info.kind) if column.required] or parameter_infos(info.kind)[:1]
    return ",".join(f"{column.name}={_example_value(column)}" for column in columns)


def _example_value(column: ParameterInfo) -> str:
    field = column.field
    if field.example is not None:
        return str(field.example)
    if field.choices:
        return field.choices[0]
    if issubclass(column.kind, Enum):
        return str(next(iter(column.kind)).value)
    if column.kind in (int, float):
        return f"{field.minimum if field.minimum is not None else 1:g}"
    return "true" if column.kind is bool else "NAME"


def _row(info: ParameterInfo, text: str) -> dict[str, Any]:
    """Read one row of a table, ``COLUMN=VALUE,COLUMN=VALUE``."""
    columns = {column.name: column for column in parameter_infos(info.kind)}
    row: dict[str, Any] = {}
    # A comma within a value, a reason say, is followed by no column.
    for cell in re.split(r",(?=\s*[\w-]+\s*=)", text):
        name, value = split_named(cell, _flag(info.name), "COLUMN=VALUE,...", _example_of(info))
        if name not in columns:
            raise ParameterError(f'{_flag(info.name)} has no column "{name}".', nearest(name, tuple(columns)))
        row[name] = _parsed(columns[name], value)
    return row


def _metavar(info: ParameterInfo) -> str:
    if info.is_table:
        return ",".join(f"{column.name}={_metavar(column)}" for column in parameter_infos(info.kind))
    unit = "" if info.field.unit == "1" or info.field.unit.endswith(("of the map", "of the image")) else info.field.unit.upper()
    return unit or {bool: "true|false", int: "N", float: "X"}.get(info.kind, "NAME")


def _help(info: ParameterInfo) -> str:
    text = info.field.help
    if info.field.choices:
        text += f" One of: {', '.join(info.field.choices)}."
    if issubclass(info.kind, Enum):
        text += f" One of: {', '.join(str(member.value) for member in info.kind)}."
    if info.is_table:
        text += " Once for each row."
    default = getattr(info.default, "value", info.default)
    text += " Asked for: there is no default." if info.required else f" Default: {default_in_words(default)}."
    return text.replace("%", "%%")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
