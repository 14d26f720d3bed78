"""The first half of step 3: make a map from what was loaded, and show what the chosen map is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from slicer.i18n import tr as _

from dosepainting_hrs import maps  # noqa: F401  (registers the methods)
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.registry import MAPS

from .choices import VolumeChoice
from .method_form import MethodForm


class MapStep:
    """Kind of map with its generated forms, the selector of the map, and its history on demand.

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
        self.form = MethodForm(
            panel,
            MAPS,
            combo=ui.mapMethodCombo,
            about=ui.mapAboutLabel,
            inputs=ui.mapInputs,
            parameters=ui.mapParameters,
            changed=panel.changed,
            served={},
            first="suv",
            also=ui.mapAlso,
        )
        self.map = VolumeChoice(ui.mapSelector, self._map_changed)
        ui.makeMapButton.connect("clicked(bool)", self.make_map)
        ui.historyBox.collapsed = True
        ui.historyBox.connect("toggled(bool)", self.show_history)
        self.choices = (self.map,)
        self.buttons = {"make_map": ui.makeMapButton}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        return {"map_inputs": self.form.inputs.facts(), "map_problem": self.form.problem()}

    def _map_changed(self) -> None:
        self._panel.segment.set_range()
        self.show_history()
        self._panel.changed()

    def make_map(self) -> None:
        """Make the map in a child process and put it into the scene."""
        if not self._panel.may("make_map"):
            return
        sources = list(self.form.inputs.given().values())
        name = next((one.node.GetName() for one in sources if one.node is not None), "")
        with self._panel.guarded():
            out = self._panel.new_temporary(f"{self.form.combo.currentText}.nrrd")
            words = ["map", *self.form.words(), "-o", out]
            self._panel.run(words, _("Making the map"), lambda answer: self._map_made(answer, name))

    def _map_made(self, answer: Mapping[str, Any], name: str) -> None:
        node = self._panel.scene_access.load_map(answer["output"], f"{name} {answer['quantity']}".strip())
        self.map.set(node)
        told = [answer["history"][-1], *answer["remarks"]]
        for one in answer["also"]:
            try:
                self._panel.scene_access.load_map(one["output"], f"{name} {one['quantity'] or one['name']}".strip())
            except DosePaintingError as error:  # The others are there all the same.
                told.append(_("Not loaded: {0}. {1}").format(one["name"], error.message))
        self._panel.show_volumes()
        self._panel.status.say(_("{0} made.").format(answer["quantity"]), "\n".join(told))

    def show_history(self, *_unused) -> None:
        """Show what the chosen map is and how it was made, all of it."""
        if self.ui.historyBox.collapsed:
            return
        node = self.map.get()
        if node is None:
            self.ui.historyBrowser.setPlainText(_("No map is chosen."))
            return
        try:
            image = self._panel.scene_access.image(node)
        except DosePaintingError as error:
            self.ui.historyBrowser.setPlainText(f"{error.message} {error.hint}")
            return
        finite = image.array[np.isfinite(image.array)] if image.array.dtype.kind == "f" else image.array
        lines = [_("Quantity: {0}").format(image.quantity)]
        if finite.size:
            lines.append(_("Values: {0:.4g} to {1:.4g}").format(float(finite.min()), float(finite.max())))
        lines.append(_("Grid: {0}").format(image.geometry))
        lines.append(_("Patient: {0}").format(image.identity.patient_id or _("unknown")))
        self.ui.historyBrowser.setPlainText("\n".join([*lines, *(f"\u2022 {text}" for text in image.history)]))
