"""A fresh scene for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture
def new_scene() -> Iterator[Callable[[], Any]]:
    """Make scenes that are closed after the test."""
    from builders.mrml_scene import Scene

    made: list[Any] = []

    def make() -> Any:
        made.append(Scene())
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def scene(new_scene: Callable[[], Any]) -> Any:
    return new_scene().scene
