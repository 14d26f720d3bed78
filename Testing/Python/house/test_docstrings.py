"""Every public name of the library says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from builders.house import LIBRARY, ROOT, python_files

_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def silent_names(tree: ast.Module, prefix: str = "") -> Iterator[str]:
    """Give the public classes, functions and methods without a docstring, and the module itself."""
    if ast.get_docstring(tree) is None:
        yield f"{prefix} (module)"
    for node, name in _public(tree.body, ""):
        if ast.get_docstring(node) is None:
            yield f"{prefix}: {name}"


def _public(body: list[ast.stmt], owner: str) -> Iterator[tuple[_Named, str]]:
    for node in body:
        if isinstance(node, _Named) and not node.name.startswith("_"):
            yield node, owner + node.name
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{owner}{node.name}.")


def test_all_public_names_have_docstrings() -> None:
    silent = [
        name
        for path in python_files(LIBRARY)
        for name in silent_names(ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(ROOT)))
    ]
    assert silent == []


def test_a_silent_method_is_found() -> None:
    source = '"""M."""\nclass A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...\ndef d():\n    """D."""\n'
    assert list(silent_names(ast.parse(source), "a.py")) == ["a.py: A.b"]
