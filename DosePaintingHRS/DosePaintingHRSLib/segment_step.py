"""Step 4: find the subvolume with a live preview, and keep it as a segment."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from slicer.i18n import tr as _

from dosepainting_hrs import segmentation  # noqa: F401  (registers the methods)
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.image import Mask, Measured
from dosepainting_hrs.inputs import Inputs
from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.parameters_json import with_preset_named
from dosepainting_hrs.progress import Progress, silent
from dosepainting_hrs.registry import SEGMENTATIONS
from dosepainting_hrs.segmentation.remarks import remarks_on

from .method_form import MethodForm
from .preview import Made, Preview
from .scene_inputs import SceneLoader


class SegmentStep:
    """Method with its generated forms, the preview and its numbers.

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
        self.loader = SceneLoader(panel.scene_access)
        self.form = MethodForm(
            panel,
            SEGMENTATIONS,
            combo=ui.methodCombo,
            about=ui.methodAboutLabel,
            inputs=ui.methodInputs,
            parameters=ui.methodParameters,
            changed=self._form_changed,
            served={"map": panel.map.map},
            first="percent-max",
        )
        self.preview = Preview(panel, self)
        ui.applyButton.connect("clicked(bool)", self.apply)
        ui.previewCheck.connect("toggled(bool)", self.preview.toggled)
        self.choices = ()
        self.buttons = {"apply": ui.applyButton}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        return {"inputs": self.form.inputs.facts(), "parameter_problem": self.form.problem()}

    def set_range(self) -> None:
        """Give sliders in the unit of the map the range of the map."""
        node = self._panel.map.map.get()
        if node is not None and node.GetImageData() is not None:
            low, high = node.GetImageData().GetScalarRange()
            self.form.parameters.set_map_range(low, high)

    def _form_changed(self) -> None:
        self.set_range()
        shown = self._panel.scene_access.has_preview()
        self._panel.changed()
        if not shown and not self._panel.is_held:  # One that is shown has followed already.
            self.preview.ask()

    def tell(self, text: str, *, keep: bool = False) -> None:
        """Show volume and values, or why there are none; with `keep`, below the numbers that are shown."""
        numbers = self.ui.volumeLabel.text.split("\n", 1)[0]
        self.ui.volumeLabel.text = f"{numbers}\n{text}" if keep and numbers and numbers != text else text

    def prepare(self) -> None:
        """Bring the regions onto the grid of the map before somebody drags a slider."""
        with suppress(DosePaintingError):  # Said when it is asked for.
            if self.form.method is not None and not self.needs_child():
                self.loader.load(self.form.method, self.form.inputs.given())

    def timing_key(self) -> str:
        """Return what a computing time holds for: the method and its inputs."""
        given = self.form.inputs.given()
        parts = (f"{key}={one.node.GetID() if one.node is not None else one.address}" for key, one in given.items())
        return " ".join([self.form.combo.currentText, *parts])

    def needs_child(self) -> bool:
        """Tell whether Apply runs in a child process: the preview took too long, or an input is no node of the scene."""
        return self.preview.is_given_up() or any(one.node is None for one in self.form.inputs.given().values())

    def compute(self, progress: Progress = silent) -> Made:
        """Compute the subvolume in this process.

        Raises
        ------
        DosePaintingError
            What the inputs, the parameters or the method say.
        """
        method = self.form.build()
        given = self.loader.load(type(method), self.form.inputs.given())
        mask = given.kept_by(method.compute(**given.arguments, progress=progress))
        remarks = (*given.remarks, *remarks_on(mask, given.images, given.regions, method.parameters))
        return Made(mask, self._shown_on(), _numbers(mask, given), remarks)

    def _shown_on(self) -> Any:
        """Return the volume on whose grid the result lies: that of the first volume given, or of the first region."""
        sources = [one for one in self.form.inputs.given().values() if one.node is not None]
        volumes = [one.node for one in sources if not one.segment_id]
        return volumes[0] if volumes else self._panel.scene_access.reference_of(sources[0].node)

    def apply(self) -> None:
        """Keep the subvolume as a segment of its own, with its history."""
        if not self._panel.may("apply"):
            return
        name = self._panel.scene_access.unused_name(self.ui.nameEdit.text.strip() or "HRS")
        if self.needs_child():
            self._apply_in_child(name)
            return
        with self._panel.guarded():
            made = self.compute()
            self._add(_named(made.mask, name, self._values(made), self.form.parameters.preset), made.shown_on, made.remarks)
        self._panel.changed()

    def _values(self, made: Made) -> Measured | None:
        """Return the maximum of the map in the region, as the command line measures it."""
        if not made.shown_on.IsA("vtkMRMLScalarVolumeNode") or not made.mask.array.any():
            return None
        image = self._panel.scene_access.image(made.shown_on)
        if image.array.shape != made.mask.array.shape:
            return None
        highest = float(image.array[made.mask.array].astype(np.float64).max())
        return Measured(statistic="maximum", value=highest, quantity=image.quantity)

    def _apply_in_child(self, name: str) -> None:
        with self._panel.guarded():
            shown_on = self._shown_on()
            out = self._panel.new_temporary("hrs.nrrd")
            words = ["segment", *self.form.words(), "--name", name, "-o", out]
            self._panel.run(words, _("Finding the subvolume"), lambda answer: self._applied(answer, name, shown_on), self.form)

    def _applied(self, answer: Mapping[str, Any], name: str, shown_on: Any) -> None:
        mask = self._panel.scene_access.read_region(answer["output"])
        self._add(replace(mask, name=name), shown_on, tuple(answer["remarks"]))

    def _add(self, mask: Mask, shown_on: Any, remarks: tuple[str, ...]) -> None:
        self.preview.remove()
        region = self._panel.scene_access.add_hrs(mask, mask.name, shown_on)
        self._panel.show_region(region)
        told = "\n".join([mask.history[-1] if mask.history else "", *map(self.form.in_words, warnings_first(remarks))]).strip()
        self._panel.status.say(_('"{0}" added: {1:.2f} ml.').format(mask.name, mask.volume_ml), told)


def _named(mask: Mask, name: str, measured: Measured | None, preset: str) -> Mask:
    found = (measured,) if measured is not None else mask.measured
    return replace(mask, name=name, measured=found, history=with_preset_named(mask.history, preset))


def _numbers(mask: Mask, given: Inputs) -> str:
    """Say how large a region is, which share of the one it was looked for in, and what the map has inside."""
    text = _("{0:.2f} ml").format(mask.volume_ml)
    if given.regions:
        within = next(iter(given.regions.values()))
        text += _(", {0:.1%} of {1:.2f} ml").format(mask.volume_ml / within.volume_ml, within.volume_ml)
    if given.images and mask.array.any():
        image = given.grid
        values = image.array[mask.array]
        mean, highest, unit = float(values.mean(dtype=np.float64)), float(values.max()), image.quantity.unit
        text += _("; mean {0:.3g}, maximum {1:.3g} {2}").format(mean, highest, "" if unit == "1" else unit)
    return text.strip()
