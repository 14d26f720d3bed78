"""Step 2: the GTV and reference regions, from structure sets, from the scene, or drawn by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.notes import said_of, warnings_first
from dosepainting_hrs.progress import part

from .choices import SegmentChoice


@dataclass(frozen=True, kw_only=True)
class _Listed:
    """One ROI of the list: its structure set, relative to the folder, and the series that it was drawn on."""

    file: str
    name: str
    series: tuple[str, ...]


class RegionsStep:
    """List of ROIs to import, and the selectors of GTV and reference.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Regions.ui.
    """

    def __init__(self, panel, ui) -> None:
        self._panel = panel
        self.ui = ui
        self._rois: list[_Listed] = []
        self._filling = False
        ui.roiList.setSelectionMode(qt.QAbstractItemView.NoSelection)
        ui.roiList.setMinimumHeight(90)
        ui.roiList.connect("itemChanged(QListWidgetItem*)", self._ticked)
        ui.importButton.connect("clicked(bool)", self.import_rois)
        ui.segmentEditorButton.connect("clicked(bool)", self.draw)
        self.gtv_choice = SegmentChoice(ui.gtvSelector, panel.changed)
        self.reference_choice = SegmentChoice(ui.referenceSelector, panel.changed)
        self.choices = (self.gtv_choice, self.reference_choice)
        self.buttons = {"import_rois": ui.importButton}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        return {
            "rois_chosen": len(self.chosen()),
            "rois_unplaced": sum(self.volume_for(roi) is None for roi in self.chosen()),
            "gtv": self._panel.scene_access.region_facts(*self.gtv()),
        }

    def show_rois(self, series: Sequence[dict[str, Any]]) -> None:
        """List the ROIs of the structure sets that were found."""
        self._filling = True
        self._rois = []
        self.ui.roiList.clear()
        for one in series:
            if one["role"] != "RTSTRUCT":
                continue
            for roi in one["regions"]:
                self._rois.append(_Listed(file=one["first_file"], name=roi, series=tuple(one["references"])))
                item = qt.QListWidgetItem(f"{roi}  ({one['description']})")
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
                item.setCheckState(qt.Qt.Checked if roi.upper().startswith("GTV") else qt.Qt.Unchecked)
                self.ui.roiList.addItem(item)
        self._filling = False

    def _ticked(self, *_unused) -> None:
        if not self._filling:
            self._panel.changed()

    def chosen(self) -> list[_Listed]:
        """Return the ticked ROIs."""
        return [one for row, one in enumerate(self._rois) if self.ui.roiList.item(row).checkState() == qt.Qt.Checked]

    def volume_for(self, roi: _Listed):
        """Return the volume to fill an ROI on: the one that it was drawn on when that is loaded, else the planning CT."""
        return self._panel.scene_access.drawn_on(roi.series) or self._panel.patient.planning_ct.get()

    def import_rois(self) -> None:
        """Fill the ticked ROIs, each on the image it was drawn on; they become segments when all of them could be filled."""
        if not self._panel.may("import_rois"):
            return
        access, chosen, remarks = self._panel.scene_access, self.chosen(), []
        with self._panel.working(_("Importing")) as progress:
            filled = []
            for number, roi in enumerate(chosen):
                share = part(progress, number / len(chosen), (number + 1) / len(chosen))
                volume = self.volume_for(roi)
                mask, told = access.read_roi(Path(self._panel.looked_folder) / roi.file, roi.name, volume, share)
                filled.append((mask, volume))
                remarks += [said_of(roi.name, text) for text in told]
            added = [access.add_roi(mask, volume) for mask, volume in filled]
            if not self.gtv()[1]:
                self.gtv_choice.set(*added[0])
            self._panel.show_region(self.gtv())
            self._panel.status.say(
                _("Imported: {0}.").format(", ".join(roi.name for roi in chosen)), "\n".join(warnings_first(remarks))
            )

    def draw(self) -> None:
        """Go to the Segment Editor with the GTV's segmentation, or a new one, on the planning CT or the image."""
        volume = self._panel.patient.planning_ct.get() or self._panel.patient.image.get()
        if volume is None:
            self._panel.status.fail(InputError(_("Choose the planning CT or the image to draw on first (step 1).")))
            return
        node = self.gtv()[0] or self._panel.scene_access.drawn_segmentation(volume)
        try:
            slicer.util.selectModule("SegmentEditor")
        except RuntimeError:
            self._panel.status.say(_("The Segment Editor needs the application's main window."))
            return
        # The editor is an attribute of the module's widget, once that was made.
        shown = slicer.modules.segmenteditor.widgetRepresentation()
        editor = getattr(shown.self(), "editor", None) if shown is not None else None
        if editor is not None:
            editor.setSegmentationNode(node)
            editor.setSourceVolumeNode(self._panel.scene_access.reference_of(node) or volume)
        self._panel.status.say(_("Draw a segment, come back to this module, and choose it as the GTV."))

    def gtv(self) -> tuple[Any, str]:
        """Return the segmentation node and segment of the GTV; None and empty when not chosen."""
        return self.gtv_choice.get()

    def reference(self) -> tuple[Any, str]:
        """Return the segmentation node and segment of the reference; None and empty when not chosen."""
        return self.reference_choice.get()
