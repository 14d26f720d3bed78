"""Files that can be read from top to bottom, functions that fit on a screen."""

from __future__ import annotations

import ast
import io
import tokenize

from builders.house import LIBRARY, ROOT, TESTS, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def function_sizes(source: str) -> dict[str, int]:
    """Return lines of code by function: without docstrings, comments and blank lines."""
    coded: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            coded.update(range(token.start[0], token.end[0] + 1))
    tree = ast.parse(source)
    documented = {line for node in ast.walk(tree) for line in _docstring_lines(node)}
    return {
        node.name: len((coded - documented) & set(range(node.lineno, (node.end_lineno or 0) + 1)))
        for node in ast.walk(tree)
        if isinstance(node, _Function)
    }


def _docstring_lines(node: ast.AST) -> range:
    if not isinstance(node, _Function | ast.ClassDef | ast.Module) or ast.get_docstring(node) is None:
        return range(0)
    first = node.body[0]
    return range(first.lineno, (first.end_lineno or 0) + 1)


def test_files_stay_under_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(LIBRARY, TESTS)}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines >= LONGEST_FILE} == {}


def test_functions_stay_within_60_lines_of_code() -> None:
    too_long = {
        f"{path.relative_to(ROOT)}: {name}": lines
        for path in python_files(LIBRARY, TESTS)
        for name, lines in function_sizes(path.read_text(encoding="utf-8")).items()
        if lines > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_lines_are_counted_as_a_reader_counts_them() -> None:
    source = '''
def outer(a):
    """One line.

    Another.
    """
    # why
    text = """two
    lines"""

    def inner():
        return a  # what

    return inner, text
'''
    assert function_sizes(source) == {"outer": 6, "inner": 2}
