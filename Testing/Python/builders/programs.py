"""Programs that tests run: our own command, and system programs that read our objects back."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import chdir
from typing import Any

import pytest

from dosepainting_hrs.cli.main import _answer
from dosepainting_hrs.cli.parser import build_parser


def program(name: str) -> str:
    """Return the path of a system program; without it the test is skipped, and under CI=true it fails."""
    found = shutil.which(name)
    if found is not None:
        return found
    sentence = f'The program "{name}" is not installed: run Testing/install-system-packages.sh.'
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


def package(name: str) -> Any:
    """Return a package of others' that reads our objects; without it the test is skipped, and under CI=true it fails."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        sentence = f'The package "{name.split(".", maxsplit=1)[0]}" is not installed: pip install --editable ".[test]".'
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)


def run(words: Sequence[str]) -> dict[str, Any]:
    """Do a command of ours in this process and return its ``--json`` answer; its errors come through as they are."""
    with chdir(tempfile.gettempdir()):
        return _answer(build_parser().parse_args([*words]))
