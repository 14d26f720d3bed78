"""The panel of the module as a person uses it: typing, ticking, clicking, waiting."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from builders.programs import program
from dosepainting_hrs.progress import silent

MODULE = Path(__file__).resolve().parents[3] / "DosePaintingHRS" / "DosePaintingHRS.py"
LIMIT_S = 180.0
"""How long work may take at the most: a limit for what hangs, far beyond what a busy machine needs."""
STEPS = ("patient", "regions", "register", "map", "segment", "compare", "export")
BUTTONS = {
    "look": ("patient", "lookButton"),
    "load": ("patient", "loadButton"),
    "import_rois": ("regions", "importButton"),
    "make_region": ("regions", "makeRegionButton"),
    "make_map": ("map", "makeMapButton"),
    "apply": ("segment", "applyButton"),
    "prescribe": ("prescribe", "prescribeButton"),
    "export": ("export", "exportButton"),
}


class Person:
    """Someone in front of the panel.

    Parameters
    ----------
    host : Host
        The running stand-in.
    widget : DosePaintingHRSWidget
        The module's widget, as `Host.load` returns it.
    """

    def __init__(self, host: Any, widget: Any) -> None:
        self.host = host
        self.widget = widget

    @property
    def panel(self) -> Any:
        return self.widget.panel

    @property
    def message(self) -> str:
        """What the panel says."""
        return str(self.panel.status.message)

    @property
    def hint(self) -> str:
        """What the panel says below its message, as text that can be searched."""
        label = self.panel.ui.hintLabel
        return str(label.text).replace("\u200b", "") if label.visible else ""

    def open(self, step: str) -> None:
        """Open one step, and fold the others."""
        for name in (*STEPS, "prescribe"):
            header = getattr(self.panel.ui, f"{name}Step")
            if header.collapsed == (name == step):
                header.collapsed = name != step
        self.host.settle(30)

    def button(self, name: str) -> Any:
        """Return a button by the presenter's name for it."""
        step, widget = BUTTONS[name]
        return getattr(getattr(self.panel, step).ui, widget)

    def start(self, name: str) -> None:
        """Open a button's step and press it."""
        self.open(BUTTONS[name][0])
        self.host.click(self.button(name))

    def press(self, name: str, seconds: float = LIMIT_S) -> str:
        """Press a button and wait until its work is done; returns what the panel says then."""
        self.start(name)
        self.wait(seconds)
        return self.message

    def wait(self, seconds: float = LIMIT_S) -> None:
        """Wait until nothing runs."""
        self.host.wait_for(lambda: not self.panel.is_busy(), seconds, "The end of the work")
        self.host.settle()

    def look(self, folder: Path) -> None:
        """Type a folder and look through it."""
        self.open("patient")
        self.host.type(self.panel.patient.ui.folderEdit, str(folder))
        self.press("look")

    def tick_series(self, *descriptions: str) -> None:
        """Tick the series whose descriptions hold one of the texts, and untick all others."""
        table = self.panel.patient.ui.seriesTable
        for row, one in enumerate(self.panel.patient.rows):
            self._tick(table.item(row, 0), any(text in one["description"] for text in descriptions))

    def tick_rois(self, *names: str) -> None:
        """Tick the ROIs of these names, and untick all others."""
        listed = self.panel.regions.ui.roiList
        for row in range(listed.count):
            self._tick(listed.item(row), listed.item(row).text().split("  (")[0] in names)

    def tick_exports(self, *names: str) -> None:
        """Tick the regions of these names for export, and untick all others."""
        table = self.panel.export.ui.regionTable
        for row in range(table.rowCount):
            self._tick(table.item(row, 0), table.item(row, 1).text() in names)
        self.host.settle()

    def _tick(self, item: Any, wanted: bool) -> None:
        item.setCheckState(2 if wanted else 0)
        self.host.settle()

    def load_patient(self, folder: Path) -> None:
        """Folder, Look, Load, import of the ticked ROIs."""
        self.look(folder)
        self.press("load")
        self.press("import_rois")

    def choose_method(self, method: str, percent: float) -> None:
        """Choose a method that asks for a percentage, and drag its slider there."""
        self.open("segment")
        self.host.choose(self.panel.segment.ui.methodCombo, method)
        slider = self.panel.root.findChild("ctkSliderWidget", "percentParameter")
        self.host.drag(slider, percent, steps=4)

    def find_subvolume(self, percent: float = 50.0) -> None:
        """Make the SUV map and find the subvolume at a percentage of its maximum in the GTV."""
        self.press("make_map")
        self.choose_method("percent-max", percent)
        self.press("apply")

    def export_to(self, folder: Path) -> str:
        """Type a folder to export to and export; returns what the result field says."""
        self.open("export")
        self.host.type(self.panel.export.ui.exportFolderEdit, str(folder))
        self.press("export")
        return str(self.panel.export.ui.resultBrowser.toPlainText())

    def reason(self, name: str) -> str:
        """Return why a button is off, as its tooltip says; empty when it is on."""
        self.host.settle(20)
        button = self.button(name)
        return "" if button.enabled else str(button.toolTip)

    def stop(self) -> float:
        """Press Stop; returns the seconds until nothing runs."""
        began = time.monotonic()
        self.host.click(self.panel.ui.stopButton)
        self.wait(10)
        return time.monotonic() - began


def nodes_of(scene: Any) -> list[tuple[str, str]]:
    """Return class and name of every data node of a scene: what "the scene is unchanged" is judged by."""
    found = []
    for number in range(scene.GetNumberOfNodes()):
        node = scene.GetNthNode(number)
        if node.IsA("vtkMRMLVolumeNode") or node.IsA("vtkMRMLSegmentationNode"):
            found.append((node.GetClassName(), node.GetName()))
    return sorted(found)


def read_by_plastimatch(file: Path, planning_ct: Path, out: Path, roi: str) -> tuple[np.ndarray, float]:
    """Let plastimatch fill an ROI on the planning CT: its voxels (z, y, x), and its volume, ml."""
    words = [program("plastimatch"), "convert", "--input", file, "--referenced-ct", planning_ct, "--output-prefix", out]
    subprocess.run([*map(str, words), "--prefix-format", "nrrd"], capture_output=True, check=True)
    read = sitk.ReadImage(str(out / f"{roi}.nrrd"))
    inside = sitk.GetArrayFromImage(read) > 0
    return inside, float(np.count_nonzero(inside)) * float(np.prod(read.GetSpacing())) / 1000.0


def prepare(person: Person, truth: Any, suv_file: Path) -> None:
    """Put a synthetic patient's planning CT, PET, GTVp and SUV map into the scene, and choose them in the panel."""
    panel, access = person.panel, person.panel.scene_access
    ct = access.load_series(truth.folder / truth.ct, truth.ct_series, silent)
    pet = access.load_series(truth.folder / truth.pet, truth.pet_series, silent)
    mask, _ = access.read_roi(truth.folder / truth.structures, "GTVp", ct, silent)
    node, segment_id = access.add_roi(mask, ct)
    suv = access.load_map(str(suv_file), "SUVbw")
    panel.patient.ui.planningCtSelector.setCurrentNode(ct)
    panel.patient.ui.imageSelector.setCurrentNode(pet)
    panel.regions.ui.gtvSelector.setCurrentNode(node)
    panel.regions.ui.gtvSelector.setCurrentSegmentID(segment_id)
    panel.segment.ui.mapSelector.setCurrentNode(suv)
    panel.segment.ui.methodCombo.setCurrentIndex(panel.segment.ui.methodCombo.findText("percent-max"))
    panel.segment.form.parameters.set_values({"percent": 50.0})
    panel.changed()
    person.host.settle(20)
