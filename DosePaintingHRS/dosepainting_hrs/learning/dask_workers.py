"""The work of a scan on a Dask cluster: the same functions, the same numbers, and workers may die."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from ..errors import DependencyError


class DaskWorkers:
    """Workers of a Dask cluster.

    A worker that dies takes nothing along: what it was at, and results that only it held, are computed again by others.

    Parameters
    ----------
    address : str
        Of the scheduler, for example ``tcp://127.0.0.1:8786``.

    Raises
    ------
    DependencyError
        If Dask is not installed, or no scheduler answers.
    """

    def __init__(self, address: str) -> None:
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
