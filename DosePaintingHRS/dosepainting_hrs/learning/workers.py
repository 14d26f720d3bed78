"""Who does the work of a scan: threads of this process, or anything else that takes a function and gives a result."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Protocol


class Workers(Protocol):
    """Takes functions and gives results; an argument may be what `submit` returned before."""

    @property
    def count(self) -> int:
        """How many functions run at a time."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Have a function called some time, and return a handle for its result."""

    def result(self, handle: Any) -> Any:
        """Wait for a result."""

    def share(self, value: Any) -> Any:
        """Return a handle for a value that many functions take."""

    def close(self) -> None:
        """Drop what has not begun."""


def cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Threads:
    """Threads of this process: the kernels release the interpreter while they run.

    Parameters
    ----------
    count : int or None
        How many; one for each processor when None.
    """

    def __init__(self, count: int | None = None) -> None:
        self._count = count or cores()
        self._pool = ThreadPoolExecutor(self._count, thread_name_prefix="scan")

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def count(self) -> int:
        """How many threads there are."""
        return self._count

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Queue a function; an argument that is a handle is waited for by the thread that runs it."""
        return self._pool.submit(_called, function, arguments)

    def result(self, handle: Future[Any]) -> Any:
        """Wait for a result."""
        return handle.result()

    def share(self, value: Any) -> Any:
        """Return the value itself: threads see the same memory."""
        return value

    def close(self) -> None:
        """Drop what has not begun, and wait for what has."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _called(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(*(one.result() if isinstance(one, Future) else one for one in arguments))
