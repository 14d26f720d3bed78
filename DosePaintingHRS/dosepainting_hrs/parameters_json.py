"""Parameters as JSON: written, read back with old schemas brought up to date, and described for help texts and forms."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import MISSING
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, cast

from .errors import InputError, ParameterError
from .parameters import ParameterInfo, Parameters, nearest, parameter_infos
from .records import read_json_file, require_schema
from .records import to_json as record_to_json
from .registry import Method

P = TypeVar("P", bound=Parameters)

_KINDS: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def to_json(parameters: Parameters) -> dict[str, Any]:
    """Turn parameters into JSON types; a table becomes a list of objects, an enum its value."""
    return cast(dict[str, Any], record_to_json(parameters))


def from_json(method: type[Method], values: Mapping[str, Any], schema: int | None = None) -> Parameters:
    """Build a method's parameters from JSON types.

    Parameters
    ----------
    method : type of Method
        The method whose parameters they are.
    values : mapping
        Values by name; those with a default may be absent.
    schema : int or None
        Version of the parameters that `values` were written with; None for the present one. Older ones are brought up to
        date by the method's migrations.

    Raises
    ------
    ParameterError
        If a name is unknown, a value is missing or not allowed, or the schema is newer than the method's or has no way up.
    """
    what = f'The method "{method.name}"'
    return parameters_from_json(method.parameters_type, migrated(method, dict(values), schema), what)


def with_preset(method: type[Method], preset: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a preset together with those given one by one.

    Parameters
    ----------
    method : type of Method
        The method whose preset it is.
    preset : str
        Name of the preset; empty for none.
    values : mapping
        Values given one by one, by name.

    Raises
    ------
    ParameterError
        If there is no such preset, or a given value contradicts it.
    """
    if not preset:
        return dict(values)
    presets = {one.name: one for one in method.parameters_type.presets}
    if preset not in presets:
        raise ParameterError(f'The method "{method.name}" has no preset "{preset}".', nearest(preset, tuple(presets)))
    named = presets[preset].values
    for name, value in named.items():
        if name in values and values[name] != value:
            raise ParameterError(
                f'The preset "{preset}" has {name} {_plain(value)}, but {name} {_plain(values[name])} was given as well.',
                "Give one of the two.",
            )
    return {**named, **values}


def with_preset_named(history: tuple[str, ...], preset: str) -> tuple[str, ...]:
    """Return a history whose last step names the preset that its parameters came from."""
    return (*history[:-1], f'{history[-1]} Preset "{preset}".') if preset and history else history


def with_values(method: type[Method], path: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a file holds for a method together with those given one by one.

    Parameters
    ----------
    method : type of Method
        The method they are for.
    path : Path
        JSON file with ``"schema"``, ``"method"`` and ``"values"``, as the calibrate command writes it.
    values : mapping
        Values given one by one, by name; they may add to those of the file.

    Raises
    ------
    InputError
        If the file cannot be read or is for another method.
    ParameterError
        If a given value contradicts the file.
    """
    what = f'The file of values "{path}"'
    stored = read_json_file(path, "file of values")
    require_schema(stored, 1, what)
    own = stored.get("values")
    if stored.get("method") != method.name or not isinstance(own, Mapping):
        raise InputError(
            f'{what} is for the method "{stored.get("method", "")}", not for "{method.name}".',
            'It needs "method" and "values".',
        )
    for name, value in own.items():
        if name in values and values[name] != value:
            raise ParameterError(f"{what} has another {name} than was given as well.", "Give one of the two.")
    return {**own, **values}


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def parameters_from_json(cls: type[P], values: Mapping[str, Any], what: str) -> P:
    """Build a parameter dataclass from JSON types; `what` begins the sentence of an error.

    Raises
    ------
    ParameterError
        If a name is unknown or a value is missing or not allowed.
    """
    return cast(P, _built(cls, values, what, "parameter"))


def describe(method: type[Method]) -> dict[str, Any]:
    """Describe a method for a person or a form: what it does, from which source, and all that it takes.

    Returns
    -------
    dict
        JSON types: name, schema, summary, description, references, inputs, parameters, presets.
    """
    text = inspect.cleandoc(method.__doc__ or "")
    summary, _, rest = text.partition("\n\n")
    slots = [{"name": s.name, "kind": s.kind, "help": s.help, "optional": s.optional} for s in method.inputs]
    presets = [
        {"name": one.name, "values": record_to_json(one.values), "source": one.source} for one in method.parameters_type.presets
    ]
    return {
        "name": method.name,
        "schema": method.schema,
        "summary": " ".join(summary.split()),
        "description": _paragraphs(_body(rest)),
        "notes": _paragraphs(_section(text, "Notes")),
        "references": _paragraphs(_section(text, "References")),
        "inputs": slots,
        "also": [{"name": one.name, "kind": one.kind, "help": one.help} for one in getattr(method, "also", ())],
        "parameters": [_described(info) for info in parameter_infos(method.parameters_type)],
        "presets": presets,
    }


def migrated(method: type[Method], values: dict[str, Any], schema: int | None) -> dict[str, Any]:
    """Bring parameter values that were written with an older schema of a method up to date.

    Raises
    ------
    ParameterError
        If the schema is newer than the method's, or has no way up.
    """
    version = method.schema if schema is None else schema
    if version > method.schema:
        raise ParameterError(
            f'The parameters of "{method.name}" have schema {version}, this software knows up to {method.schema}.',
            "Update DosePaintingHRS.",
        )
    while version < method.schema:
        if version not in method.migrations:
            raise ParameterError(
                f'The parameters of "{method.name}" have schema {version}; there is no way from it to schema {method.schema}.',
                f'Write them anew; "describe {method.name}" lists them.',
            )
        values = method.migrations[version](values)
        version += 1
    return values


def _built(cls: type, values: Mapping[str, Any], what: str, noun: str) -> Any:
    infos = {info.name: info for info in parameter_infos(cls)}
    for name in values:
        if name not in infos:
            raise ParameterError(f'{what} has no {noun} "{name}".', nearest(str(name), tuple(infos)))
    missing = [info for name, info in infos.items() if info.required and name not in values]
    if missing:
        names = ", ".join(f'"{info.name}"' for info in missing)
        raise ParameterError(f"{what} asks for {names}.", " ".join(_hint(cls, info) for info in missing))
    return cls(**{name: _value(infos[name], value, what) for name, value in values.items()})


def _hint(cls: type, info: ParameterInfo) -> str:
    unit = f" ({info.field.unit})" if info.field.unit not in ("", "1") else ""
    presets = [one for one in getattr(cls, "presets", ()) if info.name in one.values]
    known = ", ".join(f"{one.values[info.name]:g}" for one in presets if isinstance(one.values[info.name], (int, float)))
    shown = f" For example {info.field.example}." if info.field.example is not None and not known else ""
    return f"{info.name}{unit}: {info.field.help}" + (f" Values with a source: {known}." if known else shown)


def _value(info: ParameterInfo, value: Any, what: str) -> Any:
    if not info.is_table or value is None:
        return value
    if not isinstance(value, (list, tuple)) or any(not isinstance(row, Mapping) for row in value):
        raise ParameterError(f'Parameter "{info.name}" takes a list of rows with named values, got {value!r}.', info.field.help)
    return tuple(_built(info.kind, row, f'{what}, row {n} of "{info.name}",', "value") for n, row in enumerate(value, 1))


def _described(info: ParameterInfo) -> dict[str, Any]:
    choices = [str(m.value) for m in info.kind] if issubclass(info.kind, Enum) else list(info.field.choices)
    described: dict[str, Any] = {
        "name": info.name,
        "type": "table" if info.is_table else _KINDS.get(info.kind, "string"),
        "unit": info.field.unit,
        "minimum": info.field.minimum,
        "maximum": info.field.maximum,
        "choices": choices,
        "range": _range(info, choices),
        "required": info.required,
        "default": None if info.default is MISSING else record_to_json(info.default),
        "optional": info.optional,
        "help": info.field.help,
        "source": info.field.source,
        "example": info.field.example,
    }
    if info.is_table:
        described["columns"] = [_described(column) for column in parameter_infos(info.kind)]
    return described


def _range(info: ParameterInfo, choices: list[str]) -> str:
    low, high = info.field.minimum, info.field.maximum
    if choices:
        return " | ".join(choices)
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}" if high is not None else ""


def _body(text: str) -> str:
    lines = text.splitlines()
    end = next((n for n, line in enumerate(lines[1:]) if line and set(line) == {"-"}), len(lines))
    return "\n".join(lines[:end])


def _section(text: str, title: str) -> str:
    lines = text.splitlines()
    starts = [n for n in range(len(lines) - 1) if lines[n] == title and lines[n + 1] and set(lines[n + 1]) == {"-"}]
    return _body("\n".join(lines[starts[0] + 2 :])) if starts else ""


def _paragraphs(text: str) -> list[str]:
    return [" ".join(block.split()) for block in text.split("\n\n") if block.strip()]
