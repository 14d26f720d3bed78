"""Stand-in for `slicer.i18n`: texts of a module pass through the application's translation."""

from __future__ import annotations

import inspect
from pathlib import Path


def getContext(sourceFile: str) -> str:  # noqa: N802 - Slicer's names
    """Return the context of a source file: its stem, with the package's name before it inside a package."""
    path = Path(sourceFile)
    in_package = (path.parent / "__init__.py").is_file()
    return f"{path.parent.name}.{path.stem}" if in_package else path.stem


def translate(context: str, text: str) -> str:
    """Translate a text in a named context."""
    import slicer

    app = getattr(slicer, "app", None)
    return text if app is None else str(app.translate(context, text))


def tr(text: str) -> str:
    """Translate a text in the context of the file that calls."""
    if not isinstance(text, str):
        raise TypeError(f"tr needs a text, got {type(text).__name__}")
    frame = inspect.currentframe()
    caller = frame.f_back if frame is not None else None
    return translate(getContext(caller.f_code.co_filename if caller is not None else ""), text)
