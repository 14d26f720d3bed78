"""A segmentation written in words: its name, then ``parameter=value``."""

from __future__ import annotations

import shlex
from typing import Any

from .. import segmentation  # noqa: F401  (registers the methods)
from ..context import Context
from ..errors import ParameterError
from ..parameters import parameter_infos
from ..parameters_json import from_json, with_preset, with_values
from ..registry import SEGMENTATIONS, Segmentation


def asked_method(label: str, text: str, context: Context) -> Segmentation:
    """Read a method from words: its name, then ``parameter=value``; ``preset=NAME`` and ``values=FILE`` work as well.

    Parameters
    ----------
    label : str
        Name under which it was asked for.
    text : str
        The words.
    context : Context
        Knows where relative paths start.

    Raises
    ------
    ParameterError
        If there is no such method, or a value is missing or not allowed.
    InputError
        If a file of values cannot be read.
    """
    method, *rest = label.split() or [""]
    if rest and method in SEGMENTATIONS.names() and rest[-1] in _words_of(method):
        raise ParameterError(
            f'"{label}={text}" gives the method no name of its own: --method takes NAME=METHOD PARAMETER=VALUE.',
            f'For example --method "A={label}={text}".',
        )
    try:
        name, *words = shlex.split(text)
    except ValueError:
        raise ParameterError(f'"{text}" names no method.', 'For example "percent-max percent=41".') from None
    kind = SEGMENTATIONS.get(name)
    infos = {info.name: info for info in parameter_infos(kind.parameters_type)}
    values: dict[str, Any] = {}
    preset, stored = "", ""
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ParameterError(f'"{word}" in "{text}" is not written PARAMETER=VALUE.', f'"describe {name}" lists them.')
        if key == "preset":
            preset = value
        elif key == "values":
            stored = value
        else:
            number = key in infos and infos[key].kind in (int, float, bool)
            values[key] = _number(value) if number else value
    values = with_values(kind, context.path(stored), values) if stored else values
    return kind(from_json(kind, with_preset(kind, preset, values)))


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False, "none": None}.get(text.lower(), text)


def _words_of(method: str) -> set[str]:
    return {"preset", "values", *(info.name for info in parameter_infos(SEGMENTATIONS.get(method).parameters_type))}
