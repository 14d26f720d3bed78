"""Frozen dataclasses to JSON and back, and their JSON Schema: one adapter for case, job and result files.

Field types it knows: str, int, float, bool, Path, enum, optional of these, tuples, nested dataclasses,
string-keyed mappings, and Any (passed through as it is).
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import InputError
from .parameters import Field, nearest

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """Turn a dataclass (or a plain value) into JSON types; a NaN or infinity becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def from_json(cls: type[T], value: Any, where: str) -> T:
    """Build a dataclass from JSON types; nothing unknown is passed over.

    Raises
    ------
    InputError
        If a name is unknown, a value is missing or has another type; the sentence says where.
    """
    if not isinstance(value, Mapping):
        raise InputError(f"{where} must be an object with named values, got {_kind_of(value)}.")
    hints = get_type_hints(cls, include_extras=True)
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
    for name in value:
        if name not in known:
            raise InputError(f'{where} has no "{name}".', nearest(str(name), tuple(known)))
    for name, item in known.items():
        if name not in value and item.default is MISSING and item.default_factory is MISSING:
            raise InputError(f'{where} lacks "{name}".', _help_of(hints[name]))
    return cls(**{name: _read(hints[name], item, f"{where}, {name}") for name, item in value.items()})


def read_json_file(path: Path, what: str) -> dict[str, Any]:
    """Read a JSON object from a file.

    Raises
    ------
    InputError
        If the file is missing, unreadable, or not a JSON object.
    """
    try:
        loaded = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_refuse_constant)
    except OSError as error:
        raise InputError(f'The {what} "{path}" cannot be read: {error.strerror}.', "Check the path.") from error
    except ValueError as error:
        raise InputError(f'The {what} "{path}" is not valid JSON: {error}.') from error
    if not isinstance(loaded, dict):
        raise InputError(f'The {what} "{path}" holds {_kind_of(loaded)}; a JSON object is needed.')
    return loaded


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def require_schema(value: dict[str, Any], newest: int, where: str) -> None:
    """Refuse a file without schema version, or of a newer one than this software knows.

    Raises
    ------
    InputError
        If ``schema`` is missing, not a whole number, or too new.
    """
    schema = value.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise InputError(f'{where} lacks a schema version ("schema": {newest}).')
    if schema > newest:
        raise InputError(f"{where} has schema {schema}, this software knows up to {newest}.", "Update DosePaintingHRS.")


def json_schema(cls: type, title: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a dataclass."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **_schema_of_class(cls)}


def _schema_of_class(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    properties = {item.name: _schema_of(hints[item.name]) for item in fields(cls)}
    required = [item.name for item in fields(cls) if item.default is MISSING and item.default_factory is MISSING]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _schema_of(hint: Any) -> dict[str, Any]:
    described, choices = _help_of(hint), list(_field_of(hint).choices)
    hint, optional = _bare(hint)
    schema: dict[str, Any]
    if hint is Any:
        schema = {}
    elif _members(hint):
        schema = {"anyOf": [_schema_of(member) for member in _members(hint)]}
    elif get_origin(hint) is tuple:
        inner = get_args(hint)
        schema = {"type": "array", "items": {"enum": choices} if choices else _schema_of(inner[0])}
        if len(inner) < 2 or inner[1] is not Ellipsis:
            schema |= {"minItems": len(inner), "maxItems": len(inner)}
    elif get_origin(hint) in (dict, Mapping):
        schema = {"type": "object", "additionalProperties": _schema_of(get_args(hint)[1])}
    elif isinstance(hint, type) and issubclass(hint, Enum):
        schema = {"enum": [member.value for member in hint]}
    elif is_dataclass(hint):
        schema = _schema_of_class(hint)  # type: ignore[arg-type]
    elif choices:
        schema = {"enum": choices}
    else:
        schema = {"type": {str: "string", Path: "string", bool: "boolean", int: "integer", float: "number"}[hint]}
    if optional:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "description": described} if described else schema


def _bare(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        inner = [one for one in get_args(hint) if one is not type(None)]
        optional = len(inner) < len(get_args(hint))
        return (_bare(inner[0])[0] if len(inner) == 1 else Union[tuple(inner)]), optional  # noqa: UP007
    return hint, False


def _members(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union of a scalar and a dataclass, the only other union that fields may have."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else ()


def _field_of(hint: Any) -> Field:
    extras = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, Field)), Field(""))


def _help_of(hint: Any) -> str:
    return _field_of(hint).help


def _read(hint: Any, value: Any, where: str) -> Any:
    read = _typed(hint, value, where)
    described = _field_of(hint)
    for one in read if isinstance(read, tuple) else (read,):
        if described.choices and one not in described.choices:
            raise InputError(f'{where} cannot be "{one}".', nearest(str(one), described.choices))
        if isinstance(one, (int, float)) and not _within(one, described):
            raise InputError(f"{where} is {one}, out of its range.", described.help)
        if isinstance(one, str) and "\0" in one:
            raise InputError(f"{where} holds a null character.")
    return read


def _within(value: float, described: Field) -> bool:
    low, high = described.minimum, described.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def _typed(hint: Any, value: Any, where: str) -> Any:
    hint, optional = _bare(hint)
    if hint is Any or (value is None and optional):
        return value
    for member in _members(hint):
        if is_dataclass(member) == isinstance(value, Mapping):
            return _read(member, value, where)
    if get_origin(hint) is tuple:
        return _read_tuple(hint, value, where)
    if get_origin(hint) in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise InputError(f"{where} must be an object with named values, got {_kind_of(value)}.")
        return {str(key): _read(get_args(hint)[1], item, f"{where}, {key}") for key, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        values = tuple(str(member.value) for member in hint)
        if value not in values:
            raise InputError(f'{where} cannot be "{value}".', nearest(str(value), values))
        return hint(value)
    if is_dataclass(hint):
        return from_json(hint, value, where)  # type: ignore[arg-type]
    wanted = str if hint is Path else hint
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not wanted:
        noun = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}[wanted]
        raise InputError(f"{where} must be {noun}, got {_kind_of(value)}.")
    return hint(value)


def _read_tuple(hint: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{where} must be a list, got {_kind_of(value)}.")
    inner = get_args(hint)
    if inner[-1] is not Ellipsis and len(value) != len(inner):
        raise InputError(f"{where} must have {len(inner)} items, got {len(value)}.")
    return tuple(_read(inner[0], item, f"{where}, item {number}") for number, item in enumerate(value, 1))


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    names = {dict: "an object", list: "a list", str: f'the text "{value}"', bool: str(value).lower()}
    return names.get(type(value), str(value))
