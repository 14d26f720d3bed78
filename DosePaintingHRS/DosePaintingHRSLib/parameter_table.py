"""A parameter that is a table: rows of one kind, added, removed and typed."""

from __future__ import annotations

from dataclasses import MISSING
from typing import Any

import qt
from slicer.i18n import tr as _

from dosepainting_hrs.parameters import ParameterInfo, parameter_infos

from .input_sources import narrow_combo
from .parameter_rows import NONE, Row, choices_of, parsed, text_of


class TableRow(Row):
    """A table with one column per field of its row, and buttons to add and remove rows."""

    def _make(self):
        self.columns = parameter_infos(self.info.kind)
        widget = qt.QWidget()
        layout = qt.QVBoxLayout(widget)
        layout.setContentsMargins(0, 0, 0, 0)
        self.table = qt.QTableWidget()
        self.table.name = f"{self.info.name}Table"
        self.table.setColumnCount(len(self.columns))
        self.table.setHorizontalHeaderLabels([_title(column) for column in self.columns])
        self.table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        self.table.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        self.table.setMinimumHeight(110)
        self.table.connect("itemChanged(QTableWidgetItem*)", self._changed)
        layout.addWidget(self.table)
        buttons = qt.QHBoxLayout()
        for name, text, act in (("add", _("Add row"), self._add), ("remove", _("Remove row"), self._remove)):
            button = qt.QPushButton(text)
            button.name = f"{self.info.name}{name.capitalize()}Button"
            button.connect("clicked(bool)", act)
            buttons.addWidget(button)
        layout.addLayout(buttons)
        for number, column in enumerate(self.columns):
            self.table.horizontalHeaderItem(number).setToolTip(column.field.help)
        return widget

    def value(self) -> list[dict[str, Any]]:
        """Return the rows; a cell that is empty and has a default is left out."""
        rows = []
        for row in range(self.table.rowCount):
            cells = {column.name: self._cell(row, number, column) for number, column in enumerate(self.columns)}
            given = {one.name for one in self.columns if cells[one.name] is not None or one.optional or one.required}
            rows.append({name: value for name, value in cells.items() if name in given})
        return rows

    def _cell(self, row: int, number: int, column: ParameterInfo) -> Any:
        if choices_of(column):
            text = self.table.cellWidget(row, number).currentText
            if column.optional and text == NONE:
                return None
            return text == "true" if column.kind is bool else text
        item = self.table.item(row, number)
        if column.kind is bool:
            return item.checkState() == qt.Qt.Checked
        return parsed(column, item.text())

    def _show(self, value: Any) -> None:
        rows = value if isinstance(value, (list, tuple)) else []
        self.table.setRowCount(0)
        for one in rows:
            self._append(one if isinstance(one, dict) else {column.name: getattr(one, column.name) for column in self.columns})

    def _append(self, values: dict[str, Any]) -> None:
        row = self.table.rowCount
        self.table.setRowCount(row + 1)
        for number, column in enumerate(self.columns):
            default = None if column.default is MISSING else column.default
            self._fill(row, number, column, values.get(column.name, default))

    def _fill(self, row: int, number: int, column: ParameterInfo, value: Any) -> None:
        if choices_of(column):
            combo = narrow_combo()
            for choice in ((NONE,) if column.optional else ()) + choices_of(column):
                combo.addItem(choice)
            text = str(getattr(value, "value", value))
            combo.setCurrentIndex(max(combo.findText(text.lower() if column.kind is bool else text), 0))
            combo.connect("currentIndexChanged(int)", self._changed)
            self.table.setCellWidget(row, number, combo)
            return
        item = qt.QTableWidgetItem("" if column.kind is bool else text_of(value))
        if column.kind is bool:
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable)
            item.setCheckState(qt.Qt.Checked if value else qt.Qt.Unchecked)
        item.setToolTip(column.field.help)
        self.table.setItem(row, number, item)

    def _add(self, *_unused) -> None:
        was_silent, self._silent = self._silent, True
        self._append({})
        self._silent = was_silent
        self.table.setCurrentCell(self.table.rowCount - 1, 0)
        self._changed()

    def _remove(self, *_unused) -> None:
        if not self.table.rowCount:
            return
        row = self.table.currentRow()
        self.table.removeRow(row if row >= 0 else self.table.rowCount - 1)
        self._changed()

    def _is_given(self) -> bool:
        return bool(self.table.rowCount) or not self.info.required


def _title(column: ParameterInfo) -> str:
    name = column.name.removesuffix(f"_{column.field.unit}").replace("_", " ")
    unit = f" ({column.field.unit})" if column.field.unit not in ("", "1") else ""
    return name[:1].upper() + name[1:] + unit
