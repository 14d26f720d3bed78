"""A strict stand-in for the Slicer application: MRML from slicer-core, Qt from PySide6, the rules of PythonQt.

`start` gives a `Host`; a test loads a module file into it, clicks in its panel and looks at pictures. Nothing of it is needed
in a real Slicer.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .host import Host

__all__ = ["missing", "start"]

_NEEDED = {"slicer": "slicer-core", "PySide6": "PySide6-Essentials", "packaging": "packaging"}


def missing() -> str:
    """Return one sentence that names what the host lacks; an empty text when it can start."""
    absent = [package for module, package in _NEEDED.items() if importlib.util.find_spec(module) is None]
    if absent:
        names = " and ".join(absent)
        verb = "is" if len(absent) == 1 else "are"
        return f"The stand-in for Slicer needs {names}, which {verb} not installed: pip install {' '.join(absent)}"
    version = importlib.metadata.version("PySide6-Essentials")
    if sys.version_info < (3, 12) and version.startswith("6.12."):
        # That release counts references to None, True and False wrongly, which ends the process where they are not immortal.
        remedy = 'pip install "PySide6-Essentials<6.12"'
        return f"PySide6 {version} crashes under Python 3.11, so the stand-in for Slicer cannot start: {remedy}"
    return ""


def start(**options: Any) -> Host:
    """Start the one host of this process, or return it; see `slicer_host.host.start`."""
    reason = missing()
    if reason:
        raise ImportError(reason)
    from .host import start as start_host

    return start_host(**options)
