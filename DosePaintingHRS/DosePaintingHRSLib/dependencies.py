"""Packages that Slicer does not bring: asked for where they are first needed, never at start."""

from __future__ import annotations

import importlib.util
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

import slicer

from dosepainting_hrs.errors import DependencyError

REQUIREMENTS = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"
PICTURES = REQUIREMENTS.with_name("requirements-pictures.txt")
_NEEDED = ("numba", "sklearn")
_SHIPPED = ("numpy", "scipy", "SimpleITK", "pydicom", "requests")
_MEND = "Agree to install them, or install them by pip into Slicer's Python."


def ensure() -> None:
    """Install what is missing, with the user's consent.

    Raises
    ------
    DependencyError
        If something is still missing afterwards.
    """
    if not missing():
        return
    _install(REQUIREMENTS, f"DosePaintingHRS needs {', '.join(missing())}. Install now?")
    if missing():
        raise DependencyError(
            f"The Python packages {' and '.join(missing())} are not installed.",
            _MEND,
        )


def ensure_pictures() -> str:
    """Offer to install what draws figures.

    Returns
    -------
    str
        Why there will be none; empty when there will.
    """
    if importlib.util.find_spec("matplotlib") is None:
        try:
            _install(PICTURES, "Figures need matplotlib. Install it now?")
        except DependencyError as error:
            return error.message
    return "" if importlib.util.find_spec("matplotlib") else "Figures need matplotlib, which is not installed."


def _install(requirements: Path, question: str) -> None:
    packaging = getattr(slicer, "packaging", None)
    with tempfile.TemporaryDirectory() as folder:
        constraints = _constraints(Path(folder))
        try:
            if packaging is not None and hasattr(packaging, "pip_ensure"):
                wanted = packaging.load_requirements(str(requirements))
                packaging.pip_ensure(wanted, constraints=str(constraints), requester="DosePaintingHRS")
            elif slicer.util.confirmOkCancelDisplay(question):
                slicer.util.pip_install(["-r", str(requirements), "-c", str(constraints)])
        except (RuntimeError, subprocess.CalledProcessError) as error:
            raise DependencyError(f"The packages were not installed: {error}.", _MEND) from error
    importlib.invalidate_caches()


def _constraints(folder: Path) -> Path:
    """Write a constraints file that keeps what Slicer ships at its versions: an upgrade inside it would break it."""
    path = folder / "constraints.txt"
    lines = [f"{name}=={metadata.version(name)}" for name in _SHIPPED if importlib.util.find_spec(name)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def missing() -> list[str]:
    """Name the packages that are not installed, without importing them."""
    return [name for name in _NEEDED if importlib.util.find_spec(name) is None]
