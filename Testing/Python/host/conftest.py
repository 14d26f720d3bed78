"""What the contract tests of the stand-in share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TESTING = Path(__file__).resolve().parents[2]


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
