"""How long work tells where it stands, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Protocol, TypeVar

Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, rising, and a short message; raises ``Cancelled`` to stop the work."""

Item = TypeVar("Item", covariant=True)  # noqa: PLC0105


class SizedIterable(Sized, Iterable[Item], Protocol[Item]):
    """Something that can be walked and knows its length."""


def silent(fraction: float, message: str) -> None:
    """Take a progress report and do nothing."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """Return a progress that fills the stretch from `start` to `stop` of another one."""

    def inner(fraction: float, message: str) -> None:
        progress(start + (stop - start) * fraction, message)

    return inner


def rising(progress: Progress) -> Progress:
    """Return a progress that never falls back: work that loads things on its way reports each from its own beginning."""
    highest = 0.0

    def inner(fraction: float, message: str) -> None:
        nonlocal highest
        highest = max(highest, fraction)
        progress(highest, message)

    return inner


def each(items: SizedIterable[Item], progress: Progress, message: str) -> Iterator[Item]:
    """Walk through `items` and report before each one; the last report (1.0) comes after the last item."""
    count = max(len(items), 1)
    for number, item in enumerate(items):
        progress(number / count, message)
        yield item
    progress(1.0, message)
