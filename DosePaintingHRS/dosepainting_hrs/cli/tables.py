"""Rows in columns, and long sentences on short lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from ..notes import is_note, said_of, warnings_first

_WIDTH = 100


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns under a header; columns whose cells all look like numbers are set to the right."""
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    right = [all(_is_number(row[column]) for row in rows) and bool(rows) for column in range(len(header))]
    lines = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        for row in cells
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join(line.rstrip() for line in (lines[0], rule, *lines[1:]))


def wrapped(text: str, indent: str = "  ") -> str:
    """Return a text on lines of at most 100 letters, every line after an indent."""
    return textwrap.fill(text, width=_WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def _is_number(text: str) -> bool:
    return text in ("", "-") or text.lstrip("+-").replace(".", "", 1).removesuffix(" %").isdigit()


def remark_lines(remarks: Iterable[str], indent: str = "  ", subject: str = "") -> list[str]:
    """Return remarks with a mark before each, those that warn first; `subject` is what they are about."""
    told = [said_of(subject, one) if subject else one for one in remarks]
    return [f"{indent}{'-' if is_note(one) else '!'} {one}" for one in warnings_first(told)]


def as_plain_text(docstring: str) -> str:
    """Return a docstring without the marks that code has in it: a shell would take them for its own."""
    return docstring.replace("``", "'").replace("`", "'")


def default_in_words(value: object) -> str:
    """Return a default as a person reads it: none and nothing are words, true and false as they are typed."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value not in ("", (), []) else "empty"
