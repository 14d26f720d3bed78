"""Commands for the child process: the Python beside the application, and the command line's words."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import slicer

from dosepainting_hrs.errors import DependencyError

from .child import Child

MODULE_FOLDER = Path(__file__).resolve().parents[1]


def start(words: Sequence[object]) -> Child:
    """Start ``dosepainting-hrs WORDS --json`` in a child process.

    Raises
    ------
    DependencyError
        If the application has no Python beside it, or the system starts no process.
    """
    command = [python_slicer(), "-m", "dosepainting_hrs.cli.main", *map(str, words), "--json"]
    try:
        return Child(command, [MODULE_FOLDER])
    except OSError as error:
        raise DependencyError(
            f"The work could not be started: {error}.", "Close other programs, or free disk space."
        ) from error


def warm_up() -> Child:
    """Compile the kernels in a child process, so that the first preview does not wait for it."""
    return Child([python_slicer(), "-m", "dosepainting_hrs.kernels.warm_up"], [MODULE_FOLDER])


def python_slicer() -> str:
    """Return the path of PythonSlicer.

    Raises
    ------
    DependencyError
        If it is not there.
    """
    folder = Path(slicer.app.slicerHome) / "bin"
    for name in ("PythonSlicer", "PythonSlicer.exe", "PythonSlicer-real", "PythonSlicer-real.exe"):
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which("PythonSlicer")
    if found:
        return found
    raise DependencyError(f'There is no PythonSlicer in "{folder}".', "Install Slicer again from its download page.")
