"""A table whose rows are ticked: as wide as its texts, the last column as wide as the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _


def make_tick_table(table, titles: Sequence[str], height: int, changed: Callable[..., Any]) -> None:
    """Give a table its columns.

    Parameters
    ----------
    table : QTableWidget
        From a form.
    titles : sequence of str
        Of the columns.
    height : int
        At the least, pixels.
    changed : callable
        Called with an item when it was ticked or edited.
    """
    table.setColumnCount(len(titles))
    table.setHorizontalHeaderLabels([_(title) for title in titles])
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
    table.horizontalHeader().setStretchLastSection(True)
    table.setSelectionMode(qt.QAbstractItemView.NoSelection)
    table.setMinimumHeight(height)
    table.connect("itemChanged(QTableWidgetItem*)", changed)
