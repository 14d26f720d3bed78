"""Classes of a cohort by clicks: exclude groups first, see which overlap by which chain, name the classes, write a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.learning.cohort import Cohort
from dosepainting_hrs.learning.cohort_table import read_cohort

from .class_presenter import chains_told, groups_of, joined_without, proposed, why_not_write

_GROUPS = ("Group", "Tumours", "TCD50 (Gy)")
_CLASSES = ("Class", "Share (%)", "Groups")


class ClassEditor:
    """Groups with a tick each, the chains, and a row for each class.

    Parameters
    ----------
    resource : callable
        Gives the path of a resource of the module.
    write : callable
        Does a command in a child process: its words.
    """

    def __init__(self, resource: Callable[[str], str], write: Callable[[list[str]], None]) -> None:
        self.root = slicer.util.loadUI(resource("UI/CohortClasses.ui"))
        self.ui = slicer.util.childWidgetVariables(self.root)
        self._write = write
        self._cohort: Cohort | None = None
        self._problem = ""
        self._busy = ""
        self.boxes: dict[str, qt.QCheckBox] = {}
        self.names: list[qt.QLineEdit] = []
        self.shares: list[qt.QDoubleSpinBox] = []
        for table, titles in ((self.ui.groupsTable, _GROUPS), (self.ui.classesTable, _CLASSES)):
            table.setColumnCount(len(titles))
            table.setHorizontalHeaderLabels([_(title) for title in titles])
            table.verticalHeader().hide()
            table.setSelectionMode(qt.QAbstractItemView.NoSelection)
        self.ui.tableEdit.connect("currentPathChanged(QString)", self.refresh)
        self.ui.classesButton.connect("clicked(bool)", self.write)
        self.refresh()

    def show(self, path: str) -> None:
        """Show the groups of a cohort's table; of a folder of case files, or a table that cannot be read, only why not."""
        self._cohort, problem = None, ""
        try:
            self._cohort = read_cohort(Path(path)) if path else None
        except DosePaintingError as error:
            problem = error.message
        if path and Path(path).is_dir():
            problem = _("Classes are edited in a table: a folder of case files has them in its files.")
        self._fill_groups()
        if problem:
            self._problem, self.ui.chainsLabel.text = problem, problem
            self.refresh()

    def unused(self) -> tuple[str, ...]:
        """Return the groups that are excluded."""
        return tuple(name for name, box in self.boxes.items() if not box.checked)

    def set_busy(self, why: str) -> None:
        """Take away the button while something runs."""
        self._busy = why
        self.refresh()

    def refresh(self, *_unused) -> None:
        """Set the button, with the reason when it is off."""
        names, percents = [one.text.strip() for one in self.names], [one.value for one in self.shares]
        none = "" if self._cohort is not None or self._problem else _("Choose the cohort first.")
        why = self._busy or none or why_not_write(self._problem, names, percents, self.ui.tableEdit.currentPath)
        self.ui.classesButton.enabled, self.ui.classesButton.toolTip = not why, why

    def write(self, *_unused) -> None:
        """Write a new table with these classes."""
        if self._cohort is None:
            return
        words = ["cohort", "classes", str(self._cohort.path)]
        for group in groups_of(self._cohort):
            excluded = group.name in self.unused()
            if excluded == group.used:
                words += ["--exclude" if excluded else "--include", group.name]
        words += ["--names", ",".join(one.text.strip() for one in self.names)]
        words += ["--fractions", ",".join(f"{one.value / 100:.6g}" for one in self.shares)]
        self._write([*words, "-o", self.ui.tableEdit.currentPath])

    def _fill_groups(self) -> None:
        groups = groups_of(self._cohort) if self._cohort is not None else ()
        table, self.boxes = self.ui.groupsTable, {}
        table.setRowCount(0)
        table.setRowCount(len(groups))
        for row, group in enumerate(groups):
            box = qt.QCheckBox(group.name)
            box.checked = group.used
            box.toolTip = _("Tick to take its tumours in.")
            box.connect("toggled(bool)", self._groups_changed)
            table.setCellWidget(row, 0, box)
            self.boxes[group.name] = box
            for column, text in ((1, str(group.tumours)), (2, group.interval)):
                table.setItem(row, column, _told(text))
        _fit(table)
        self._groups_changed()

    def _groups_changed(self, *_unused) -> None:
        joined, self._problem = ((), "") if self._cohort is None else joined_without(self._cohort, self.unused())
        self.ui.chainsLabel.text = self._problem or chains_told(joined)
        rows = proposed(self._cohort, joined) if self._cohort is not None else ()
        table, self.names, self.shares = self.ui.classesTable, [], []
        table.setRowCount(0)
        table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            name, share = qt.QLineEdit(row.name), qt.QDoubleSpinBox()
            name.toolTip = _("Name of the class; sensitive ones come first.")
            share.setRange(0.0, 100.0)
            share.setDecimals(1)
            share.value = row.percent
            share.toolTip = _("Share of its voxels that N_HRS counts.")
            name.connect("textChanged(QString)", self.refresh)
            share.connect("valueChanged(double)", self.refresh)
            table.setCellWidget(number, 0, name)
            table.setCellWidget(number, 1, share)
            table.setItem(number, 2, _told(row.groups))
            self.names.append(name)
            self.shares.append(share)
        _fit(table)
        self.refresh()


def _told(text: str):
    item = qt.QTableWidgetItem(text)
    item.setFlags(qt.Qt.ItemIsEnabled)
    item.setToolTip(text)
    return item


def _fit(table) -> None:
    """Make a table as high as its rows, and its last column as wide as is left."""
    table.resizeColumnsToContents()
    table.horizontalHeader().setStretchLastSection(True)
    rows = sum(table.rowHeight(row) for row in range(table.rowCount))
    table.setFixedHeight(table.horizontalHeader().height + max(rows, 30) + 6)
