"""Files and folders that appear whole or not at all, and never over something that is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import OutputError
from .leftovers import remove_leftovers, temporary_beside


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; on success it is renamed, on any failure removed.

    Raises
    ------
    OutputError
        If `path` exists, its folder cannot be made or written, or the disk is full.
    """
    require_absent(path)
    remove_leftovers(path.parent)
    temporary = temporary_beside(path)
    made = _absent_parents(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _rename_into_place(temporary, path)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        with suppress(OSError):  # It may never have been made, nor its folder.
            temporary.unlink()
        _remove_empty(made)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path` to fill; on success it is renamed, on any failure removed.

    An existing empty folder at `path` is taken.

    Raises
    ------
    OutputError
        If `path` exists and is not an empty folder, or cannot be written, or the disk is full.
    """
    require_new_folder(path)
    remove_leftovers(path.parent)
    temporary = temporary_beside(path)
    made = _absent_parents(path)
    try:
        empty = path.is_dir()
        temporary.mkdir(parents=True)
        yield temporary
        if empty:
            path.rmdir()
        temporary.rename(path)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        _remove_empty(made)


def require_absent(path: Path) -> None:
    """Refuse a path where something is already, or whose folder cannot hold anything; nothing is ever overwritten.

    Raises
    ------
    OutputError
        If so.
    """
    try:
        there = os.path.lexists(path)
        nearest = next(one for one in path.absolute().parents if os.path.lexists(one))
    except (OSError, ValueError) as error:  # A name too long, or with a null character.
        raise OutputError(f'"{path}" cannot be written: {error}.', "Choose another name.") from error
    if there:
        raise OutputError(f'"{path}" exists already.', "Nothing is ever overwritten: choose another name, or move it away.")
    if not nearest.is_dir():
        raise OutputError(f'"{path}" cannot be written: "{nearest}" is a file, not a folder.', "Choose another folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f'"{path}" cannot be written: no right to write in "{nearest}".', "Choose another folder.")


def require_parent(path: Path) -> None:
    """Refuse a file whose folder does not exist: more often mistyped than meant.

    Raises
    ------
    OutputError
        If so.
    """
    with suppress(OSError, ValueError):  # Names that no file system takes are refused when they are used.
        if not path.parent.exists():
            raise OutputError(
                f'"{path}" cannot be written: there is no folder "{path.parent}".',
                "Make the folder first, or correct the path.",
            )


def require_new_folder(path: Path) -> None:
    """Refuse a folder that holds something already, or that cannot be made.

    Raises
    ------
    OutputError
        If so.
    """
    remove_leftovers(path)
    if not (path.is_dir() and not any(path.iterdir())):
        require_absent(path)


def _absent_parents(path: Path) -> list[Path]:
    return [one for one in path.absolute().parents if not os.path.lexists(one)]


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders, the innermost first, up to one that holds something: what was made for nothing goes again."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


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
