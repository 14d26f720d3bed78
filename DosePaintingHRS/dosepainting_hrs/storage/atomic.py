"""Files and folders that appear whole or not at all, and never over something that is there."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import OutputError


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; on success it is renamed, on any failure removed.

    Raises
    ------
    OutputError
        If `path` exists, its folder cannot be made or written, or the disk is full.
    """
    require_absent(path)
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _rename_into_place(temporary, path)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        with suppress(OSError):  # It may never have been made, nor its folder.
            temporary.unlink()


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path` to fill; on success it is renamed, on any failure removed.

    An existing empty folder at `path` is taken.

    Raises
    ------
    OutputError
        If `path` exists and is not an empty folder, or cannot be written, or the disk is full.
    """
    temporary = _temporary(path)
    try:
        empty = path.is_dir() and not any(path.iterdir())
        if not empty:
            require_absent(path)
        temporary.mkdir(parents=True)
        yield temporary
        if empty:
            path.rmdir()
        temporary.rename(path)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary(path: Path) -> Path:
    # The suffix stays last: writers choose the format by it.
    return path.with_name(f".partial-{uuid.uuid4().hex[:8]}-{path.name}")


def require_absent(path: Path) -> None:
    """Refuse a path where something is already; nothing is ever overwritten.

    Raises
    ------
    OutputError
        If so.
    """
    if os.path.lexists(path):
        raise OutputError(f'"{path}" exists already.', "Nothing is ever overwritten: choose another name, or move it away.")


def _rename_into_place(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # Fails when the target appeared meanwhile; a rename would replace it.
    except FileExistsError:
        raise OutputError(f'"{path}" appeared while it was being made.', "Choose another name.") from None
    except OSError:  # File systems without hard links.
        require_absent(path)
        temporary.rename(path)


def _explained(error: OSError, path: Path) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f'"{path}" could not be written: {reason}.', "Nothing was left behind. Check the folder, its rights and the free space."
    )
