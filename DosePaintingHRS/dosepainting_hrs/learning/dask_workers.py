"""The work of a scan on a Dask cluster: the same functions, the same numbers, and workers may die."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ..errors import DependencyError, ParameterError

_ADDRESS = re.compile(r"[a-z]+://\S+:\d+/?")
_PATIENCE_S = 30


class DaskWorkers:
    """Workers of a Dask cluster.

    A worker that dies takes nothing along: what it was at, and results that only it held, are computed again by others.

    Parameters
    ----------
    address : str
        Of the scheduler, for example ``tcp://127.0.0.1:8786``.

    Raises
    ------
    ParameterError
        If that is no address.
    DependencyError
        If Dask is not installed, no scheduler answers, or it has no worker.
    """

    def __init__(self, address: str) -> None:
        # Dask itself waits for an answer from what is no address, and ends in a traceback.
        if not _ADDRESS.fullmatch(address):
            raise ParameterError(
                f'A scheduler is given as tcp://HOST:PORT, got "{address}".', "For example tcp://127.0.0.1:8786."
            )
        try:
            from distributed import Client  # noqa: PLC0415  (an extra, and slow to import)
        except ImportError as error:
            raise DependencyError(
                "A scan on a cluster needs Dask, which is not installed.", "Install it: pip install 'dosepainting-hrs[scale]'."
            ) from error
        try:
            self._client = Client(address, set_as_default=False, timeout=10)
        except (OSError, ValueError, TimeoutError) as error:
            raise DependencyError(
                f'No Dask scheduler answers at "{address}": {error}.', "Start one: dask scheduler; then dask worker ADDRESS."
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=_PATIENCE_S)
        except TimeoutError as error:
            self._client.close()
            raise DependencyError(
                f'The Dask scheduler at "{address}" has no worker, after {_PATIENCE_S} s.',
                f"Start one or more: dask worker {address}.",
            ) from error

    def __enter__(self) -> DaskWorkers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def count(self) -> int:
        """How many threads all workers have together at this moment; 1 while there are none."""
        return max(1, sum(int(one) for one in self._client.nthreads().values()))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Have a function called on some worker; an argument may be a handle."""
        return self._client.submit(function, *arguments, pure=False, retries=3)

    def result(self, handle: Any) -> Any:
        """Wait for a result."""
        return handle.result()

    def share(self, value: Any) -> Any:
        """Return a handle for a value that the scheduler keeps, so that it outlives any worker."""
        return self._client.submit(_itself, value, pure=False)

    def close(self) -> None:
        """Drop what has not begun, and leave the cluster to itself."""
        self._client.close()


def _itself(value: Any) -> Any:
    return value
