"""Step 5: write regions for the planning system, and say how they read back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from dosepainting_hrs.notes import said_of, warnings_first

from .decisions import write_case_beside
from .tick_table import make_tick_table

_COLUMNS = ("", "Region", "Name in the RTSTRUCT")


class ExportStep:
    """Table of regions with their names, label, folder and result.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Export.ui.
    """

    def __init__(self, panel, ui) -> None:
        self._panel = panel
        self.ui = ui
        self._regions: list[tuple[Any, str, str]] = []
        self._kept: dict[str, dict[str, Any]] = {}
        self._filling = False
        make_tick_table(ui.regionTable, _COLUMNS, 110, self._edited)
        ui.resultBrowser.setMinimumHeight(90)
        ui.labelEdit.connect("textChanged(QString)", panel.changed)
        ui.exportFolderEdit.filters = ctk.ctkPathLineEdit.Dirs | ctk.ctkPathLineEdit.Writable
        ui.exportFolderEdit.connect("currentPathChanged(QString)", panel.changed)
        ui.exportButton.connect("clicked(bool)", self.export)
        self.choices = ()
        self.buttons = {"export": ui.exportButton}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        access, chosen = self._panel.scene_access, [(node, one) for node, one, _name in self.chosen()]
        facts = [access.region_facts(*one) for one in chosen]
        return {
            "exports": tuple(one for one in facts if one is not None),
            "export_folder": self.ui.exportFolderEdit.currentPath,
            "identity_problem": access.identity_problem(chosen, self._panel.patient.planning_ct.get()),
        }

    def show_regions(self, regions: list[tuple[Any, str, str]]) -> None:
        """List segments (segmentation node, segment id, name); ticks and names that were set stay."""
        if [(node.GetID(), one, name) for node, one, name in regions] == [
            (node.GetID(), one, name) for node, one, name in self._regions
        ]:
            return
        self._regions = list(regions)
        self._filling = True
        table = self.ui.regionTable
        table.setRowCount(len(regions))
        for row, (node, segment_id, name) in enumerate(regions):
            key = f"{node.GetID()}#{segment_id}"
            tick = qt.QTableWidgetItem()
            tick.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            kept = self._kept.get(key, {})
            ticked = kept.get("ticked", self._panel.scene_access.is_hrs(node))
            tick.setCheckState(qt.Qt.Checked if ticked else qt.Qt.Unchecked)
            shown = qt.QTableWidgetItem(name)
            shown.setFlags(qt.Qt.ItemIsEnabled)
            edited = qt.QTableWidgetItem(str(kept.get("name", name[:16])))
            edited.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsEditable)
            for column, item in enumerate((tick, shown, edited)):
                table.setItem(row, column, item)
        self._filling = False

    def _edited(self, *_unused) -> None:
        if self._filling:
            return
        table = self.ui.regionTable
        for row, (node, segment_id, _name) in enumerate(self._regions):
            key = f"{node.GetID()}#{segment_id}"
            self._kept[key] = {"ticked": table.item(row, 0).checkState() == qt.Qt.Checked, "name": table.item(row, 2).text()}
        self._panel.changed()

    def kept(self) -> dict[str, dict[str, Any]]:
        """Return which regions were ticked and how they were named, for the state of the panel."""
        return self._kept

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take up ticks and names as the state of the panel has them."""
        self._kept = {key: dict(one) for key, one in kept.items() if isinstance(one, Mapping)}
        # The next look at the scene fills the table anew.
        self._regions = []
        self.ui.regionTable.setRowCount(0)

    def chosen(self) -> list[tuple[Any, str, str]]:
        """Return the ticked regions: segmentation node, segment id, name to write."""
        table = self.ui.regionTable
        return [
            (node, segment_id, table.item(row, 2).text())
            for row, (node, segment_id, _name) in enumerate(self._regions)
            if table.item(row, 0).checkState() == qt.Qt.Checked
        ]

    def export(self) -> None:
        """Write the ticked regions in a child process; the file appears only when it reads back the same."""
        if not self._panel.may("export"):
            return
        with self._panel.guarded():
            planning_ct = self._panel.patient.planning_ct.get()
            words = ["export", "rtstruct", "--planning-ct", self._panel.scene_access.address_of(planning_ct)]
            for node, segment_id, name in self.chosen():
                path = self._panel.scene_access.write_region((node, segment_id), self._panel.new_temporary("region.nrrd"))
                words += ["--region", f"{name}={path}"]
            label = self.ui.labelEdit.text.strip() or "HRS"
            target = self._new_file(label)
            words += ["--label", label, "-o", target, *self._acknowledged()]
            if self._panel.patient.rows:
                # The case tells which T2 shares its frame with a DWI, and which registrations were accepted.
                words += ["--case", write_case_beside(self._panel, self._panel.new_temporary("case").parent)]
            self.ui.resultBrowser.setPlainText("")
            page = target.with_suffix(".html") if self.ui.pageCheck.checked else None
            words += ["--report", page] if page is not None else []
            self._panel.run(words, _("Exporting"), lambda answer: self._exported(answer, page))

    def forget(self) -> None:
        """The scene was closed: nobody has signed for the next patient, and nothing was written for him."""
        self._unsign()
        self.ui.resultBrowser.setPlainText("")

    def _unsign(self) -> None:
        for tick in self._ticks():
            tick.checked = False
        self.ui.reasonEdit.text = ""

    def _ticks(self) -> dict[Any, str]:
        return {
            self.ui.editedCheck: "edited-voxels",
            self.ui.volumeCheck: "volume-change",
            self.ui.residualCheck: "residual-shift",
            self.ui.carriedCheck: "carried-region",
            self.ui.transformCheck: "unaccepted-transform",
        }

    def _acknowledged(self) -> list[str]:
        """Return the words for what somebody signs for; who and why are checked by the export itself."""
        words = [word for tick, name in self._ticks().items() if tick.checked for word in ("--accept", name)]
        if not words:
            return []
        return [*words, "--by", self.ui.byEdit.text.strip(), "--reason", self.ui.reasonEdit.text.strip()]

    def _new_file(self, label: str) -> Path:
        plain = "".join(c if c.isalnum() or c in "-_^" else "_" for c in label)
        folder, number = Path(self.ui.exportFolderEdit.currentPath), 2
        path = folder / f"RS_{plain}.dcm"
        while path.exists() or path.with_suffix(".html").exists():
            path, number = folder / f"RS_{plain}-{number}.dcm", number + 1
        return path

    def _exported(self, answer: Mapping[str, Any], page: Path | None) -> None:
        figures = _("{0}: {1:.3f} ml drawn, {2:.3f} ml on the CT ({3:+.2f} %), {4:.3f} ml read back, {5} differing voxels.")
        columns = ("name", "source_ml", "ct_ml", "change_percent", "read_back_ml", "differing_voxels")
        lines = [_("Written: {0}").format(one) for one in (answer["output"], page) if one is not None]
        lines += [figures.format(*(one[column] for column in columns)) for one in answer["regions"]]
        told = [said_of(one["name"], text) for one in answer["regions"] for text in one["remarks"]]
        lines += warnings_first([*told, *answer["remarks"]])
        self.ui.resultBrowser.setPlainText("\n".join(lines))
        self._unsign()  # A signature is for one structure set.
        self._panel.status.say(_("Exported and read back: {0}").format(answer["output"]))
