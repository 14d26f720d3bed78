"""Slicer's MRML core for tests: present, or the test says why it was skipped; in continuous integration it must be there."""

from __future__ import annotations

import importlib.util
import os

import pytest

REASON = "slicer-core is not installed: python -m pip install slicer-core"


def require_slicer_core() -> None:
    """Skip the tests of a module that needs `slicer`, or fail them where nothing may be skipped."""
    if importlib.util.find_spec("slicer") is not None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(REASON, pytrace=False)
    pytest.skip(REASON, allow_module_level=True)
