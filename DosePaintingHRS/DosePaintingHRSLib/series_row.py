"""The row for frames: a series of the folder, several that make one acquisition, or a four-dimensional file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from dosepainting_hrs.dicom.joint import JOINT, joined
from dosepainting_hrs.registry import Slot

from .input_sources import Given, Kept, Source, narrow_combo

_LIST_HEIGHT = 110


@dataclass(frozen=True)
class Listed:
    """What the row offers.

    Parameters
    ----------
    title : str
        How it is shown.
    address : str
        What commands take.
    single : bool
        Whether it is one series, which may be taken together with others.
    """

    title: str
    address: str
    single: bool = True


class SeriesRow:
    """A series of the folder that was looked through, or a file: frames are read from there, not from the scene.

    Parameters
    ----------
    slot : Slot
        The input.
    series : callable
        Gives what the folder holds.
    changed : callable
        Called without arguments after each change.
    """

    def __init__(self, slot: Slot, series: Callable[[], list[Listed]], changed: Callable[[], None]) -> None:
        self.slot = slot
        self.is_served = False
        self._series, self._told = series, changed
        self._listed: list[Listed] = []
        self._filling = False
        self._wanted = ""
        self.widget = qt.QWidget()
        layout = qt.QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        self.combo = narrow_combo()
        self.combo.name = f"{slot.name}Combo"
        self.combo.connect("currentIndexChanged(int)", self._chosen)
        layout.addWidget(self.combo)
        self.list = qt.QListWidget()
        self.list.name = f"{slot.name}SeriesList"
        self.list.setMaximumHeight(_LIST_HEIGHT)
        self.list.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarAlwaysOff)
        self.list.toolTip = _("Tick the series whose b-values or times make one acquisition.")
        self.list.connect("itemChanged(QListWidgetItem*)", self._changed)
        layout.addWidget(self.list)
        self.path = ctk.ctkPathLineEdit()
        self.path.name = f"{slot.name}FileEdit"
        self.path.filters = ctk.ctkPathLineEdit.Files | ctk.ctkPathLineEdit.Readable
        self.path.toolTip = _("A four-dimensional NRRD file with times or b-values, as this software writes it.")
        self.path.connect("currentPathChanged(QString)", self._changed)
        layout.addWidget(self.path)
        self.refresh()

    def refresh(self) -> None:
        """List what the folder holds now."""
        if self._series() == self._listed and self.combo.count:
            return
        wanted = self._address() or self._wanted
        self._listed, self._filling = list(self._series()), True
        self.combo.clear()
        for title in (_("None"), *(one.title for one in self._listed), _("Several series ..."), _("File ...")):
            self.combo.addItem(title)
        self.list.clear()
        for one in self._singles():
            item = qt.QListWidgetItem(one.title)
            item.setToolTip(one.title)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            item.setCheckState(qt.Qt.Unchecked)
            self.list.addItem(item)
        self._filling = False
        self._show(wanted)

    def _singles(self) -> list[Listed]:
        return [one for one in self._listed if one.single]

    @property
    def is_free(self) -> bool:
        """True while nothing was chosen, not even in which way to choose."""
        return self.combo.currentIndex <= 0

    def choose(self, address: str) -> None:
        """Choose by address; a series that is not listed becomes none."""
        self._show(address)

    def _show(self, address: str) -> None:
        self._wanted, self._filling = address, True
        rows = [row for row, one in enumerate(self._listed, 1) if one.address == address]
        folder, sign, selector = address.rpartition("#")
        if rows:
            self.combo.setCurrentIndex(rows[0])
        elif sign and JOINT in selector and folder:
            self._tick(set(selector.split(JOINT)))
        elif address and not sign:
            self.path.currentPath = address
            self.combo.setCurrentIndex(self._row_of_file)
        else:
            self.combo.setCurrentIndex(0)
        self._filling = False
        self._chosen()

    def _tick(self, uids: set[str]) -> None:
        singles = self._singles()
        found = {one.address.rpartition("#")[2] for one in singles} & uids
        self.combo.setCurrentIndex(self._row_of_several if found == uids else 0)
        for row, one in enumerate(singles):
            wanted = found == uids and one.address.rpartition("#")[2] in uids
            self.list.item(row).setCheckState(qt.Qt.Checked if wanted else qt.Qt.Unchecked)

    @property
    def _row_of_several(self) -> int:
        return len(self._listed) + 1

    @property
    def _row_of_file(self) -> int:
        return len(self._listed) + 2

    def _address(self) -> str:
        row = self.combo.currentIndex
        if row == self._row_of_file:
            return self.path.currentPath
        if row == self._row_of_several:
            ticked = [
                one.address for place, one in enumerate(self._singles()) if self.list.item(place).checkState() == qt.Qt.Checked
            ]
            return joined(ticked) if ticked else ""
        return self._listed[row - 1].address if 0 < row <= len(self._listed) else ""

    def _chosen(self, *_unused) -> None:
        """Show what belongs to the way of choosing."""
        self.list.visible = self.combo.currentIndex == self._row_of_several
        self.path.visible = self.combo.currentIndex == self._row_of_file
        self._changed()

    def _changed(self, *_unused) -> None:
        if not self._filling:
            self._wanted = self._address() or self._wanted
            self._told()

    def given(self) -> Given:
        """Return the address, by the name of the input."""
        return {self.slot.name: Source(address=self._address())} if self._address() else {}

    def kept(self) -> Kept:
        """Return the address for the state."""
        return [{"address": self._address() or self._wanted}]

    def restore(self, kept: Kept, nodes: list[Any]) -> None:
        """Show what was kept."""
        self._show(str(kept[0].get("address", "")) if kept else "")
