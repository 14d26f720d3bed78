"""The one place of the panel that says what happens and what went wrong."""

from __future__ import annotations

import re

import qt
import slicer
from slicer.i18n import tr as _

from .child import Progress


class Status:
    """Message, hint, progress bar and Stop at the foot of the panel.

    Parameters
    ----------
    ui : object
        Child widgets of DosePaintingHRS.ui.
    """

    def __init__(self, ui) -> None:
        self._ui = ui
        self._ui.progressBar.visible = False
        self.message = ""

    def say(self, message: str, hint: str = "") -> None:
        """Show what was done."""
        self._show(message, hint, "")

    def fail(self, error: Exception) -> None:
        """Show what went wrong: the sentence and hint of an error of ours, or what any other says of itself."""
        message = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
        background = self._ui.messageLabel.palette.color(qt.QPalette.Window)
        red = "#b03a2e" if background.lightness() > 127 else "#ff8a80"
        self._show(message, getattr(error, "hint", ""), f"color: {red}; font-weight: bold")

    def _show(self, message: str, hint: str, style: str) -> None:
        self.message = message
        self._ui.messageLabel.text = _breakable(message)
        self._ui.messageLabel.setStyleSheet(style)
        self._ui.hintLabel.text = _breakable(hint)
        self._ui.hintLabel.visible = bool(hint)

    def show_progress(self, progress: Progress | None) -> None:
        """Move the bar; None takes it away."""
        bar = self._ui.progressBar
        bar.visible = progress is not None
        if progress is None:
            return
        bar.value = int(1000 * progress.fraction)
        remaining = "" if progress.remaining_s is None else _(", about {0:.0f} s left").format(progress.remaining_s)
        bar.setFormat(f"%p % {progress.message}{remaining}")

    def breathe(self, fraction: float, message: str) -> None:
        """Show progress of work in this process and let the application handle clicks, Stop among them."""
        self.show_progress(Progress(fraction=fraction, message=message))
        slicer.app.processEvents()


def _breakable(text: str) -> str:
    """Let UIDs and paths break at their dots and slashes, so that no word is wider than a narrow panel."""
    return re.sub(r"\S{30,}", lambda word: re.sub(r"([./\\_])", "\\1\u200b", word.group()), text)
