"""Step 1: look through a DICOM folder, correct roles, load series; or take what is in the scene."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.progress import part

from . import dependencies
from .choices import VolumeChoice
from .input_sources import narrow_combo
from .series_row import Listed
from .tick_table import make_tick_table

_COLUMNS = ("", "Role", "Series")
_LOADABLE = ("planning CT", "CT", "PET", "T1", "T2", "ADC", "MR")
_TICKED = ("planning CT", "PET")


class PatientStep:
    """Folder, table of series, and the selectors of planning CT and image.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Patient.ui.
    """

    def __init__(self, panel, ui) -> None:
        self._panel = panel
        self.ui = ui
        self.series: list[dict[str, Any]] = []
        self.rows: list[dict[str, Any]] = []
        self._acquisitions: list[dict[str, Any]] = []
        self._filling = False
        self._patients: set[str] = set()
        make_tick_table(ui.seriesTable, _COLUMNS, 140, self._ticked)
        ui.folderEdit.filters = ctk.ctkPathLineEdit.Dirs | ctk.ctkPathLineEdit.Readable
        ui.folderEdit.connect("currentPathChanged(QString)", self._folder_changed)
        ui.lookButton.connect("clicked(bool)", self.look)
        ui.loadButton.connect("clicked(bool)", self.load)
        self.planning_ct = VolumeChoice(ui.planningCtSelector, panel.changed)
        self.image = VolumeChoice(ui.imageSelector, panel.changed)
        self.choices = (self.planning_ct, self.image)
        self.buttons = {"look": ui.lookButton, "load": ui.loadButton}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        return {
            "folder": self.folder,
            "listed": len(self.rows),
            "chosen": len(self.chosen()),
            "planning_ct": self._panel.scene_access.volume_facts(self.planning_ct.get()),
        }

    @property
    def folder(self) -> str:
        """The folder that was chosen."""
        return self.ui.folderEdit.currentPath

    def _folder_changed(self, *_unused) -> None:
        if self.folder != self._panel.looked_folder:
            self.show_inventory(None)
        self._panel.changed()

    def look(self) -> None:
        """Look through the folder in a child process."""
        if not self._panel.may("look"):
            return
        folder = self.folder
        with self._panel.guarded():
            dependencies.ensure()
            words = ["inspect", folder]
            self._panel.run(words, _("Looking through the folder"), lambda answer: self._looked(folder, answer))

    def _looked(self, folder: str, answer: Mapping[str, Any]) -> None:
        if self.folder != folder:  # Another one stands there by now: nothing below it may be of the first.
            self._panel.status.say(_("The folder was changed meanwhile; look through it again."))
            return
        self._panel.looked_folder = folder
        self.show_inventory(answer["inventory"])
        before, self._patients = self._patients, {one["patient_id"] for one in self.series}
        if before and before.isdisjoint(self._patients):
            self._panel.another_patient()
        self._panel.status.say(_("{0} series and objects found.").format(len(self.series)))
        self._panel.warm.begin()

    def show_inventory(self, inventory: Mapping[str, Any] | None) -> None:
        """Fill the table with what `inspect` found; None empties it."""
        self.series = list(inventory["series"]) if inventory else []
        self.rows = [one for one in self.series if one["size"]]
        self._acquisitions = list(inventory["acquisitions"]) if inventory else []
        self._filling = True
        table = self.ui.seriesTable
        table.setRowCount(len(self.rows))
        for row, one in enumerate(self.rows):
            self._fill_row(table, row, one)
        table.resizeRowsToContents()
        self._filling = False
        problems = list(inventory["problems"]) if inventory else []
        problems += [f"{item['file']}: {item['reason']}" for item in (inventory["unreadable"] if inventory else ())]
        problems += [f"{one['role']} {one['description']}: {text}" for one in self.series for text in one["problems"]]
        self.ui.problemsLabel.text = "\n".join(f"\u2022 {text}" for text in problems)
        self.ui.problemsLabel.visible = bool(problems)
        self._panel.regions.show_rois(self.series)

    def _fill_row(self, table, row: int, one: Mapping[str, Any]) -> None:
        tick = qt.QTableWidgetItem()
        tick.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
        loadable = one["role"] in _LOADABLE and not one["problems"] and one["images_per_position"] == 1
        tick.setCheckState(qt.Qt.Checked if loadable and one["role"] in _TICKED else qt.Qt.Unchecked)
        table.setItem(row, 0, tick)
        roles = narrow_combo()
        for role in self._panel.role_names():
            roles.addItem(role)
        roles.setCurrentIndex(roles.findText(one["role"]))
        roles.minimumContentsLength = len("planning CT") + 1
        roles.toolTip = one["why"]
        roles.connect("currentIndexChanged(int)", self._panel.changed)
        table.setCellWidget(row, 1, roles)
        hint = "\n".join(
            [*one["problems"], *warnings_first(one["remarks"]), f"{_('Frame of reference')}: {one['frame_of_reference']}"]
        )
        warning = "\u26a0 " if one["problems"] else ""
        item = qt.QTableWidgetItem(f"{warning}{one['description']}\n{one['size']}\n{one['spacing']} mm")
        item.setFlags(qt.Qt.ItemIsEnabled)
        item.setToolTip(hint)
        table.setItem(row, 2, item)

    def _ticked(self, *_unused) -> None:
        if not self._filling:
            self._panel.changed()

    def chosen(self) -> list[tuple[dict[str, Any], str]]:
        """Return the ticked series, each with its role as it stands in the table."""
        table = self.ui.seriesTable
        found = []
        for row, one in enumerate(self.rows):
            if table.item(row, 0).checkState() == qt.Qt.Checked:
                found.append((one, table.cellWidget(row, 1).currentText))
        return found

    def with_roles(self) -> list[tuple[dict[str, Any], str, str]]:
        """Return each series of images in the folder with its role as it stands in the table, and its address."""
        root, table = Path(self._panel.looked_folder), self.ui.seriesTable
        return [
            (one, table.cellWidget(row, 1).currentText, f"{root / Path(one['first_file']).parent}#{one['uid']}")
            for row, one in enumerate(self.rows)
        ]

    def addresses(self) -> list[tuple[str, str]]:
        """Return title and address of each series of images in the folder, for methods that read frames from DICOM."""
        return [(f"{role}: {one['description']}", address) for one, role, address in self.with_roles()]

    def acquisitions(self) -> list[tuple[dict[str, Any], str]]:
        """Return what several series of the folder make together, with its address, while one of them has its role still."""
        root = Path(self._panel.looked_folder)
        roles = {one["uid"]: role for one, role, _address in self.with_roles()}
        return [
            (one, f"{root / one['folder']}#{one['selector']}")
            for one in self._acquisitions
            if one["role"] in {roles.get(uid) for uid in one["series"]}
        ]

    def listed(self) -> list[Listed]:
        """Return what frames can be taken from: acquisitions of several series, then each series alone."""
        together = [
            Listed(f"{one['role']}: {one['frames']}, {one['description']}", address, single=False)
            for one, address in self.acquisitions()
        ]
        return [*together, *(Listed(_title(one, role), address) for one, role, address in self.with_roles())]

    def roles(self) -> list[str]:
        """Return the role of each series of images in the folder, as it stands in the table."""
        return [self.ui.seriesTable.cellWidget(row, 1).currentText for row in range(len(self.rows))]

    def load(self) -> None:
        """Load the ticked series into the scene, each whole or not at all."""
        if not self._panel.may("load"):
            return
        chosen = self.chosen()
        with self._panel.working(_("Loading")) as progress:
            loaded = []
            for number, (one, role) in enumerate(chosen):
                share = part(progress, number / len(chosen), (number + 1) / len(chosen))
                folder = Path(self._panel.looked_folder) / Path(one["first_file"]).parent
                node = self._panel.scene_access.load_series(folder, one["uid"], share)
                loaded.append(node.GetName())
                self._choose(node, role)
            self._panel.show_volumes()
            self._panel.status.say(_("Loaded: {0}.").format(", ".join(loaded)))

    def _choose(self, node, role: str) -> None:
        if role in ("planning CT", "CT") and (role == "planning CT" or self.planning_ct.get() is None):
            self.planning_ct.set(node)
        elif role == "PET" or self.image.get() is None:
            self.image.set(node)


def _title(series: Mapping[str, Any], role: str) -> str:
    """Name a series by what tells it apart from its neighbours: its b-values before a description that is cut off."""
    weights = ", ".join(f"{b:g}" for b in series["b_values"])
    return f"{role}, b = {weights}: {series['description']}" if weights else f"{role}: {series['description']}"
