"""One running stand-in for all of its contract tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TESTING = Path(__file__).resolve().parents[2]
if str(TESTING) not in sys.path:
    sys.path.insert(0, str(TESTING))

import slicer_host  # noqa: E402 - its folder had to be added first


@pytest.fixture(scope="session")
def host() -> Iterator[Any]:
    """The host with a main window; a clear sentence when it cannot start, a failure in continuous integration."""
    reason = slicer_host.missing()
    if reason:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    running = slicer_host.start(main_window=True)
    yield running
    running.stop()


@pytest.fixture
def qt(host: Any) -> ModuleType:
    host.forget_errors()
    return sys.modules["qt"]


@pytest.fixture
def ctk(host: Any) -> ModuleType:
    host.forget_errors()
    return sys.modules["ctk"]


@pytest.fixture
def scene(host: Any) -> Iterator[Any]:
    """An empty scene, empty again afterwards."""
    host.close_scene()
    yield host.scene
    host.close_scene()


@pytest.fixture
def caught(host: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Messages of errors that reached sys.excepthook."""
    seen: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: seen.append(str(error)))
    host.forget_errors()
    yield seen
    host.forget_errors()


@pytest.fixture
def example(host: Any) -> Iterator[Any]:
    """The panel of the example module."""
    panel = host.load(TESTING / "slicer_host" / "example" / "HostExample" / "HostExample.py")
    yield panel
    host.unload("HostExample")
