"""The one decorator for hot loops: compiled on first use, kept in the user's cache directory."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


def hash_of_sources(folder: Path) -> str:
    """Return a hash of all Python files of a folder, 12 hex digits.

    Numba compiles a kernel anew when its own file has changed, but not when a step that it calls has, in another file.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def cache_directory() -> Path:
    """Return the folder of compiled kernels: ``NUMBA_CACHE_DIR`` when set, else one for these sources in the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "dosepainting-hrs" / "kernels" / hash_of_sources(Path(__file__).parent)


os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_directory()))

import numba  # noqa: E402  (the cache directory is read when numba is imported)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over plain arrays with numba, cached on disk; no fastmath, so that sums keep their order."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))


def even_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop as `kernel` does, with division as numpy has it: by zero gives infinity or NaN, and nothing is checked.

    Loops without a check in them become wide instructions.
    """
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def kernel_step(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a step of an `even_kernel` into every caller: a call that hands over arrays costs as much as 64 distances."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")(function))
