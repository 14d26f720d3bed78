"""Step 3: make a map, find the subvolume with a live preview, and keep it as a segment."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from slicer.i18n import tr as _

from dosepainting_hrs import maps, segmentation  # noqa: F401  (registers the methods)
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.registry import MAPS, SEGMENTATIONS

from .parameter_form import ParameterForm


class SegmentStep:
    """Map and method with their generated forms, the preview and its numbers.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Segment.ui.
    """

    def __init__(self, panel, ui) -> None:
        self._panel = panel
        self.ui = ui
        self.last_preview_ms = 0.0
        self.map_form = ParameterForm(ui.mapParameters, panel.changed)
        self.form = ParameterForm(ui.methodParameters, self._parameters_changed)
        self._fill(ui.mapMethodCombo, MAPS)
        self._fill(ui.methodCombo, SEGMENTATIONS)
        self.map_form.show(MAPS.get(ui.mapMethodCombo.currentText))
        self.form.show(SEGMENTATIONS.get(ui.methodCombo.currentText))
        ui.mapMethodCombo.connect("currentIndexChanged(int)", self._map_method_changed)
        ui.methodCombo.connect("currentIndexChanged(int)", self._method_changed)
        ui.makeMapButton.connect("clicked(bool)", self.make_map)
        ui.applyButton.connect("clicked(bool)", self.apply)
        ui.previewCheck.connect("toggled(bool)", self._preview_toggled)
        ui.mapSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._map_changed)

    @staticmethod
    def _fill(combo, registry) -> None:
        for number, name in enumerate(registry.names()):
            combo.addItem(name)
            combo.setItemData(number, (registry.get(name).__doc__ or "").split("\n", 1)[0], 3)  # ToolTipRole

    def choose(self, map_method: str, method: str) -> None:
        """Choose methods by name; a name that is not known changes nothing."""
        for combo, name in ((self.ui.mapMethodCombo, map_method), (self.ui.methodCombo, method)):
            if combo.findText(name) >= 0:
                combo.setCurrentIndex(combo.findText(name))

    def _map_method_changed(self, *_unused) -> None:
        self.map_form.show(MAPS.get(self.ui.mapMethodCombo.currentText))
        self._panel.changed()

    def _method_changed(self, *_unused) -> None:
        self.form.show(SEGMENTATIONS.get(self.ui.methodCombo.currentText))
        self._set_range()
        self._panel.changed()

    def _map_changed(self, *_unused) -> None:
        self._set_range()
        self._panel.changed()

    def _set_range(self) -> None:
        node = self.ui.mapSelector.currentNode()
        if node is not None and node.GetImageData() is not None:
            low, high = node.GetImageData().GetScalarRange()
            self.form.set_map_range(low, high)

    def _parameters_changed(self) -> None:
        shown = self._panel.scene_access.has_preview()
        self._panel.changed()
        if not shown:  # One that is shown has followed already.
            self.preview()

    def _preview_toggled(self, *_unused) -> None:
        self.preview()

    def make_map(self) -> None:
        """Make the map in a child process and put it into the scene."""
        if not self._panel.may("make_map"):
            return
        method = self.ui.mapMethodCombo.currentText
        image = self._panel.patient.ui.imageSelector.currentNode()
        with self._panel.guarded():
            out = self._panel.new_temporary(f"{method}.nrrd")
            source = self._panel.scene_access.source_of(image, self._panel.new_temporary("image.nrrd"))
            words = ["map", method, "--image", source, "-o", out]
            for name, value in self.map_form.values().items():
                words += [f"--{name.replace('_', '-')}", value]
            self._panel.run(words, _("Making the map"), lambda answer: self._map_made(answer, image))

    def _map_made(self, answer: dict[str, Any], image) -> None:
        node = self._panel.scene_access.load_map(answer["output"], f"{image.GetName()} {answer['quantity']}")
        self.ui.mapSelector.setCurrentNode(node)
        self._panel.show_volumes()
        # All of it would fill the panel: the last line is shown, the rest where the map is chosen.
        self.ui.mapSelector.toolTip = "\n".join(answer["history"])
        self._panel.status.say(_("{0} made.").format(answer["quantity"]), answer["history"][-1])

    def preview(self) -> None:
        """Show the subvolume for the values as they stand, in this process."""
        if not self.ui.previewCheck.checked or not self._panel.offered("preview"):
            self.remove_preview()
            return
        began = time.perf_counter()
        try:
            mask = self._compute()
        except DosePaintingError as error:
            self.remove_preview()
            self.ui.volumeLabel.text = error.message
            return
        self._panel.scene_access.show_preview(mask, self.ui.mapSelector.currentNode())
        self.last_preview_ms = 1000.0 * (time.perf_counter() - began)

    def prepare(self) -> None:
        """Bring the GTV onto the map before somebody drags a slider; what takes long to import is imported on the way."""
        (node, segment_id), volume = self._panel.regions.gtv(), self.ui.mapSelector.currentNode()
        if node is None or not segment_id or volume is None:
            return
        with suppress(DosePaintingError):  # Said when it is asked for.
            self._panel.scene_access.region_on((node, segment_id), volume)
        import scipy.ndimage  # noqa: F401, PLC0415

    def remove_preview(self) -> None:
        """Take the preview and its numbers away."""
        self._panel.scene_access.remove_preview()
        self.ui.volumeLabel.text = ""

    def follow(self) -> None:
        """Bring a preview that is shown up to date with map, GTV and method, or take it away when they are gone."""
        if self._panel.scene_access.has_preview() and not self._panel.is_busy():
            self.preview()

    def _compute(self):
        access = self._panel.scene_access
        image = access.image(self.ui.mapSelector.currentNode())
        within = access.region_on(self._panel.regions.gtv(), self.ui.mapSelector.currentNode())
        method = SEGMENTATIONS.get(self.ui.methodCombo.currentText)(self.form.parameters())
        mask = method.compute(map=image, within=within)
        values = image.array[mask.array]
        unit = image.quantity.unit
        self.ui.volumeLabel.text = _("{0:.2f} ml, {1:.1%} of {2:.2f} ml; mean {3:.3g}, maximum {4:.3g} {5}").format(
            mask.volume_ml,
            mask.voxel_count / within.voxel_count,
            within.volume_ml,
            float(values.mean()),
            float(values.max()),
            unit,
        )
        return mask

    def apply(self) -> None:
        """Keep the subvolume as a segment of its own, with its history."""
        if not self._panel.may("apply"):
            return
        with self._panel.guarded():
            name = self._panel.scene_access.unused_name(self.ui.nameEdit.text.strip() or "HRS")
            mask = self._compute()
            self._panel.scene_access.remove_preview()
            node, segment_id = self._panel.scene_access.add_hrs(mask, name, self.ui.mapSelector.currentNode())
            self._panel.show_region((node, segment_id))
            self._panel.status.say(_('"{0}" added: {1:.2f} ml.').format(name, mask.volume_ml), mask.history[-1])
        self._panel.changed()
