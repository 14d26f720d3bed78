"""Remarks of two kinds: those that warn, and notes, which say what was done and cast no doubt on it.

A remark is a sentence, also in the JSON of a result. A note begins with a word that says so; all others warn.
"""

from __future__ import annotations

from collections.abc import Iterable

NOTE = "Note: "


def note(text: str) -> str:
    """Return a sentence as a note."""
    return f"{NOTE}{text}"


def is_note(remark: str) -> bool:
    """Tell whether a remark is a note."""
    return remark.startswith(NOTE)


def said_of(subject: str, remark: str) -> str:
    """Return a remark with what it is about before it; a note stays one."""
    return note(f"{subject}: {remark.removeprefix(NOTE)}") if is_note(remark) else f"{subject}: {remark}"


def warnings_first(remarks: Iterable[str]) -> tuple[str, ...]:
    """Return remarks with those that warn before the notes, otherwise in their order."""
    return tuple(sorted(remarks, key=is_note))
