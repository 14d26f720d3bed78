"""A strict stand-in for the Slicer application: MRML from slicer-core, Qt from PySide6, the rules of PythonQt.

`start` gives a `Host`; a test loads a module file into it, clicks in its panel and looks at pictures. Nothing of it is needed
in a real Slicer.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .host import Host

__all__ = ["missing", "start"]

_NEEDED = {"slicer": "slicer-core", "PySide6": "PySide6-Essentials", "packaging": "packaging"}


def missing() -> str:
    """Return one sentence that names the packages the host lacks; an empty text when it can start."""
    absent = [package for module, package in _NEEDED.items() if importlib.util.find_spec(module) is None]
    return (
        f"The stand-in for Slicer needs {' and '.join(absent)}, which are not installed: pip install {' '.join(absent)}"
        if absent
        else ""
    )


def start(**options: Any) -> Host:
    """Start the one host of this process, or return it; see `slicer_host.host.start`."""
    reason = missing()
    if reason:
        raise ImportError(reason)
    from .host import start as start_host

    return start_host(**options)
