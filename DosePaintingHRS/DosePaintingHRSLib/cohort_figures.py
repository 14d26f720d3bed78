"""The figures and tables of a report in the Cohort panel: chosen from a list, enlarged by a click."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

_WIDTH = 320


class CohortFigures:
    """A list of what a report holds, and the figure or table that is chosen.

    Parameters
    ----------
    resource : callable
        Gives the path of a resource of the module.
    """

    def __init__(self, resource: Callable[[str], str]) -> None:
        self._inner = slicer.util.loadUI(resource("UI/CohortFigures.ui"))
        self.ui = slicer.util.childWidgetVariables(self._inner)
        # A collapsible button shows all that is in it when it opens: what hides itself lies one level deeper.
        self.root = qt.QWidget()
        layout = qt.QVBoxLayout(self.root)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._inner)
        self._shown: list[tuple[str, Path, str]] = []
        self.window = None
        self._clicks = _Clicks(self.enlarge)
        self.ui.figureCombo.connect("currentIndexChanged(int)", self._chosen)
        self.ui.figureLabel.installEventFilter(self._clicks)
        self._inner.visible = False

    def show(self, report: Mapping[str, Any]) -> None:
        """Show what a report holds: its figures, then its tables.

        Parameters
        ----------
        report : mapping
            The answer of ``cohort report``.
        """
        folder = Path(report["output"])
        figures = zip(report["figures"], report["captions"], strict=True)
        self._shown = [(name, folder / f"{name}.png", caption) for name, caption in figures]
        self._shown += [(_("table: {0}").format(name), folder / f"{name}.csv", "") for name in report["tables"]]
        combo = self.ui.figureCombo
        combo.clear()
        combo.addItems([name for name, _path, _caption in self._shown])
        self._inner.visible = bool(self._shown)
        self._chosen()

    def enlarge(self, *_unused) -> None:
        """Show the figure in a window of its own, as large as it was drawn."""
        number = self.ui.figureCombo.currentIndex
        if not 0 <= number < len(self._shown) or self._shown[number][1].suffix != ".png":
            return
        name, path, _caption = self._shown[number]
        self.window = qt.QDialog(slicer.util.mainWindow())
        self.window.windowTitle = name
        picture = qt.QLabel()
        picture.setPixmap(qt.QPixmap(str(path)))
        qt.QVBoxLayout(self.window).addWidget(picture)
        self.window.show()

    def clear(self) -> None:
        """Show nothing: another scan is looked at."""
        self._shown = []
        self.ui.figureCombo.clear()
        self._inner.visible = False

    def close(self) -> None:
        """Hear no more clicks, and close the window."""
        self.ui.figureLabel.removeEventFilter(self._clicks)
        if self.window is not None:
            self.window.close()

    def _chosen(self, *_unused) -> None:
        number = self.ui.figureCombo.currentIndex
        if not 0 <= number < len(self._shown):
            return
        _name, path, caption = self._shown[number]
        is_picture = path.suffix == ".png"
        self.ui.figureLabel.visible, self.ui.figureTable.visible = is_picture, not is_picture
        self.ui.captionLabel.text = caption
        self.ui.captionLabel.visible = bool(caption)
        if is_picture:
            self.ui.figureLabel.setPixmap(qt.QPixmap(str(path)).scaledToWidth(_WIDTH, qt.Qt.SmoothTransformation))
        else:
            self._fill(path)

    def _fill(self, path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        table = self.ui.figureTable
        table.setRowCount(0)
        table.setColumnCount(len(rows[0]))
        table.setHorizontalHeaderLabels(rows[0])
        table.verticalHeader().hide()
        table.setRowCount(len(rows) - 1)
        for number, row in enumerate(rows[1:]):
            for column, text in enumerate(row):
                item = qt.QTableWidgetItem(text)
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
                table.setItem(number, column, item)
        table.resizeColumnsToContents()


class _Clicks(qt.QObject):
    """Hears when somebody clicks the picture."""

    def __init__(self, heard: Callable[[], None]) -> None:
        qt.QObject.__init__(self)
        self._heard = heard

    def eventFilter(self, _watched, event) -> bool:
        """Tell a press of the mouse; everything goes on to the label."""
        if event.type() == qt.QEvent.MouseButtonPress:
            self._heard()
        return False
