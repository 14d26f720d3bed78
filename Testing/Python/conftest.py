"""What holds for all tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Compiling a kernel or a busy machine makes one example slow, which says nothing about the law that is tested.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

TESTING = Path(__file__).resolve().parents[1]
if str(TESTING) not in sys.path:
    sys.path.append(str(TESTING))


@pytest.fixture(scope="session")
def host() -> Iterator[Any]:
    """The stand-in for Slicer, with a main window; a clear sentence when it cannot start, a failure in continuous integration.

    A process has one, which all tests share.
    """
    import slicer_host

    reason = slicer_host.missing()
    if reason:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    running = slicer_host.start(main_window=True)
    yield running
    running.stop()
