"""Every volume of the scene with its value under the mouse in a slice view; a click on a row shows that volume."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

_ROW_PX = 24
_TOLD_MS = 40
"""Values follow the mouse this often: a move of the mouse is many events."""


class CursorValues:
    """A table of volumes and values.

    Parameters
    ----------
    access : SceneAccess
        The scene.
    table : QTableWidget
        Where they are shown.
    show : callable
        Called with a volume that was clicked.
    """

    def __init__(self, access, table, show: Callable[[Any], None]) -> None:
        self._access, self._table, self._show = access, table, show
        self._cursor = None
        self._observed = 0
        self._rows: list[Any] = []
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TOLD_MS)
        self._soon.connect("timeout()", self.tell)
        table.setColumnCount(2)
        table.setHorizontalHeaderLabels([_("Volume"), _("Value")])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        table.horizontalHeader().setSectionResizeMode(1, qt.QHeaderView.ResizeToContents)
        table.setSelectionMode(qt.QAbstractItemView.NoSelection)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.connect("cellClicked(int,int)", self._clicked)

    def refresh(self) -> None:
        """List the volumes that the scene has now, and follow its cursor."""
        cursor = self._access.scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
        if cursor is not self._cursor:
            self.close()
            self._cursor = cursor
            if cursor is not None:
                moved = slicer.vtkMRMLCrosshairNode.CursorPositionModifiedEvent
                self._observed = cursor.AddObserver(moved, lambda *_unused: self._soon.start())
        nodes = self._access.volumes()
        names = [node.GetName() for node in nodes]
        if nodes == self._rows and names == [self._table.item(row, 0).text() for row in range(len(nodes))]:
            return
        self._rows = nodes
        self._table.setRowCount(len(nodes))
        for row, name in enumerate(names):
            item = qt.QTableWidgetItem(name)
            item.setToolTip(name)
            self._table.setItem(row, 0, item)
            self._table.setItem(row, 1, qt.QTableWidgetItem(""))
        self.tell()

    def tell(self) -> None:
        """Write the values at the cursor; nothing where the mouse is in no slice view."""
        place = [0.0, 0.0, 0.0]
        known = self._cursor is not None and self._cursor.GetCursorPositionRAS(place)
        for row, node in enumerate(self._rows):
            self._table.item(row, 1).setText(self._access.value_in_words(node, place) if known else "")

    def _clicked(self, row: int, _column: int) -> None:
        if row < len(self._rows):
            self._show(self._rows[row])

    def forget(self) -> None:
        """Let go of the volumes: the scene was closed."""
        self._rows = []
        self._table.setRowCount(0)

    def close(self) -> None:
        """Follow the cursor no more."""
        if self._cursor is not None:
            self._cursor.RemoveObserver(self._observed)
        self._cursor = None
