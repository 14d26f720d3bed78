"""System programs that tests read our objects back with."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str) -> str:
    """Return the path of a system program; without it the test is skipped, and under CI=true it fails."""
    found = shutil.which(name)
    if found is not None:
        return found
    sentence = f'The program "{name}" is not installed: run Testing/install-system-packages.sh.'
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
