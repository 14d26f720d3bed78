"""The project speaks of itself alone: no path of a machine it was written on, no place to download from, no key."""

from __future__ import annotations

import re

import pytest

from builders.house import ROOT, own_files

# In brackets, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(?:[w]ork|[h]ome|[r]oot|[U]sers)/\w|[/]tmp/\w",
    "a package registry": r"[p]ypi\.org|[p]ythonhosted|[i]ndex-url|[r]egistry\.npmjs",
    "a key": r"-----[B]EGIN [A-Z ]*PRIVATE KEY|[A]KIA[0-9A-Z]{16}|[g]hp_\w{20}",
    "work left over": r"\b(?:[T]ODO|[F]IXME|[X]XX)\b|^<{7} |^>{7} ",
}


def finds(text: str) -> list[str]:
    """Return what kinds of forbidden text there are, with the first occurrence of each."""
    found = []
    for kind, pattern in FORBIDDEN.items():
        match = re.search(pattern, text, re.MULTILINE)
        if match:
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"line {line}: {kind}: {match.group()}")
    return found


def test_no_file_holds_what_belongs_elsewhere() -> None:
    faults = {}
    for path in own_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # Pictures and other binary files.
            continue
        if found := finds(text):
            faults[str(path.relative_to(ROOT))] = found
    assert faults == {}


@pytest.mark.parametrize(
    "text",
    [
        "see /wor" + "k/main",
        "cd /ho" + "me/anna",
        "open('/tm" + "p/x')",
        "from py" + "pi.org",
        "# TO" + "DO later",
        "<<<<" + "<<< HEAD",
    ],
)
def test_each_kind_is_found(text: str) -> None:
    assert len(finds(text)) == 1


@pytest.mark.parametrize("text", ["docs/work/flow", "the work/rest ratio", "PATIENT/home/x", "https://example.org/home/x"])
def test_ordinary_text_is_let_pass(text: str) -> None:
    assert finds(text) == []
