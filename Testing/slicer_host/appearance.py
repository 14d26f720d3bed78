"""How things look: dark and light palettes, larger scaling, narrow panels, and pictures of all that."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

_DARK = {
    "Window": "#323232", "WindowText": "#f0f0f0", "Base": "#262626", "AlternateBase": "#2e2e2e", "Text": "#f0f0f0",
    "Button": "#3c3c3c", "ButtonText": "#f0f0f0", "BrightText": "#ff5555", "Highlight": "#2a82da", "HighlightedText": "#000000",
    "ToolTipBase": "#202020", "ToolTipText": "#f0f0f0", "Link": "#66aaff", "PlaceholderText": "#909090", "Mid": "#505050",
    "Light": "#5a5a5a", "Dark": "#202020", "Midlight": "#484848", "Shadow": "#101010",
}  # fmt: skip
_LIGHT = {
    "Window": "#efefef", "WindowText": "#000000", "Base": "#ffffff", "AlternateBase": "#f5f5f5", "Text": "#000000",
    "Button": "#efefef", "ButtonText": "#000000", "BrightText": "#c00000", "Highlight": "#308cc6", "HighlightedText": "#ffffff",
    "ToolTipBase": "#ffffdc", "ToolTipText": "#000000", "Link": "#0000c0", "PlaceholderText": "#808080", "Mid": "#b8b8b8",
    "Light": "#ffffff", "Dark": "#9f9f9f", "Midlight": "#cacaca", "Shadow": "#767676",
}  # fmt: skip

_STILL = 3
"""How often in a row nothing may have moved before a widget is called at rest."""


def palette(*, dark: bool) -> QtGui.QPalette:
    """Return a palette as Slicer's dark or light style has it."""
    colors, made = (_DARK if dark else _LIGHT), QtGui.QPalette()
    for role, color in colors.items():
        made.setColor(getattr(QtGui.QPalette.ColorRole, role), QtGui.QColor(color))
    for role in ("WindowText", "Text", "ButtonText"):
        disabled = QtGui.QColor("#7f7f7f" if dark else "#a0a0a0")
        made.setColor(QtGui.QPalette.ColorGroup.Disabled, getattr(QtGui.QPalette.ColorRole, role), disabled)
    return made


def set_look(app: QtWidgets.QApplication, *, dark: bool = False, scale: float = 1.0) -> None:
    """Give the whole application a palette and a size of text; 1.5 is what a display at 150 % shows."""
    app.setStyle("Fusion")
    app.setPalette(palette(dark=dark))
    font = QtGui.QFont("DejaVu Sans")
    font.setPixelSize(round(12 * scale))
    app.setFont(font)


def picture(
    app: QtWidgets.QApplication,
    widget: QtWidgets.QWidget,
    file: Path,
    *,
    dark: bool = False,
    scale: float = 1.0,
    width: int = 0,
    height: int = 0,
) -> Path:
    """Write a PNG of a widget.

    Parameters
    ----------
    app, widget
        The application and what to show.
    file : Path
        Where the PNG goes; folders are made.
    dark : bool
        The dark palette.
    scale : float
        1.5 enlarges text and everything that follows it, as a display at 150 % does.
    width, height : int
        Size in pixels at 100 %; 0 keeps the size that the widget has.
    """
    set_look(app, dark=dark, scale=scale)
    held = widget.parentWidget()
    before = widget.size()
    limits = widget.minimumSize(), widget.maximumSize()
    if width:
        widget.setFixedWidth(round(width * scale)) if held else widget.resize(round(width * scale), height or before.height())
    if height and not held:
        widget.resize(widget.width(), round(height * scale))
    widget.show()
    for _ in range(3):
        app.processEvents()
        app.sendPostedEvents(None, QtCore.QEvent.Type.LayoutRequest)
    grabbed = widget.grab()
    file.parent.mkdir(parents=True, exist_ok=True)
    if not grabbed.save(str(file), "PNG"):
        raise OSError(f'The picture could not be written to "{file}".')
    if width and held:
        widget.setMinimumSize(limits[0])
        widget.setMaximumSize(limits[1])
    elif width or height:
        widget.resize(before)
    set_look(app)
    return file


def at_rest(widget: QtWidgets.QWidget, seconds: float = 10.0) -> None:
    """Let Qt work until no part of a widget moves, changes its size, appears or goes any more.

    Layouts follow each other in several rounds, which take as long as a busy machine makes them.
    """
    app, end = QtWidgets.QApplication.instance(), time.monotonic() + seconds
    known: list[object] = []
    still = 0
    while still < _STILL and time.monotonic() < end:
        app.processEvents()
        app.sendPostedEvents(None, QtCore.QEvent.Type.LayoutRequest)
        now = [(child.isVisible(), child.geometry().getRect()) for child in widget.findChildren(QtWidgets.QWidget)]
        still = still + 1 if now == known else 0
        known = now


def cut_off(widget: QtWidgets.QWidget) -> list[str]:
    """Name the visible labels and buttons whose text does not fit into the room that they have once nothing moves any more."""
    at_rest(widget)
    found = []
    for child in widget.findChildren(QtWidgets.QWidget):
        if not child.isVisible():
            continue
        if isinstance(child, QtWidgets.QLabel) and child.text() and not child.wordWrap() and not child.text().startswith("<"):
            need = child.fontMetrics().horizontalAdvance(child.text())
        elif isinstance(child, QtWidgets.QPushButton | QtWidgets.QCheckBox | QtWidgets.QRadioButton):
            need = child.minimumSizeHint().width() - 4
        else:
            continue
        right = child.mapTo(widget, QtCore.QPoint(child.width(), 0)).x()
        if need > child.width() or right > widget.width():
            found.append(
                f'{child.objectName() or type(child).__name__} "{child.text()}" needs {need} px, has {child.width()} px'
            )
    return found
