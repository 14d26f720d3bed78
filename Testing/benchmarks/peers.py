"""Environments of the peers, each its own, so that nothing of theirs enters ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

RT_UTILS = "rt-utils==1.2.7"


def python_with(requirement: str, folder: Path) -> Path:
    """Return an interpreter of an environment that holds a package, made on first use."""
    home = folder / requirement.replace("==", "-")
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = home / "complete"
    if not done.exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", requirement], check=True)
        done.touch()
    return python


def versions(python: Path | str, packages: tuple[str, ...]) -> str:
    """Return the versions of packages in an environment, as one line."""
    code = "import importlib.metadata as m, sys; print(', '.join(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    return subprocess.run([python, "-c", code, *packages], check=True, capture_output=True, text=True).stdout.strip()
