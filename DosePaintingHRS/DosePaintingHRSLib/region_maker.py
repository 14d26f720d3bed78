"""The second half of step 2: a region made from regions, a margin or a union say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slicer.i18n import tr as _

from dosepainting_hrs import segmentation  # noqa: F401  (registers the methods)
from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.registry import REGIONS

from .method_form import MethodForm


class RegionMaker:
    """Method with its generated forms, and the button that makes the region.

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
        self.form = MethodForm(
            panel,
            REGIONS,
            combo=ui.regionMethodCombo,
            about=ui.regionAboutLabel,
            inputs=ui.regionInputs,
            parameters=ui.regionParameters,
            changed=panel.changed,
            served={},
            first="margin",
            placed=self._placed,
        )
        ui.makeRegionBox.collapsed = True
        ui.makeRegionButton.connect("clicked(bool)", self.make_region)
        self.choices = ()
        self.buttons = {"make_region": ui.makeRegionButton}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        return {"region_inputs": self.form.inputs.facts(), "region_problem": self.form.problem()}

    def _placed(self) -> None:
        """Make the region at once after a click, when nothing else is missing."""
        if self._panel.offered("make_region"):
            self.make_region()

    def make_region(self) -> None:
        """Make the region in a child process, and add it as a segment beside those it was made from."""
        if not self._panel.may("make_region"):
            return
        access = self._panel.scene_access
        name = access.unused_name(self.ui.regionNameEdit.text.strip() or self.form.combo.currentText)
        with self._panel.guarded():
            source = next(one for one in self.form.inputs.given().values() if one.node is not None)
            drawn_on = access.reference_of(source.node) if source.segment_id else source.node
            out = self._panel.new_temporary("region.nrrd")
            words = ["region", *self.form.words(), "--name", name, "-o", out]
            self._panel.run(words, _("Making the region"), lambda answer: self._made(answer, name, drawn_on), self.form)

    def _made(self, answer: Mapping[str, Any], name: str, drawn_on: Any) -> None:
        access = self._panel.scene_access
        mask = replace(access.read_region(answer["output"]), name=name)
        region = access.add_roi(mask, drawn_on)
        self._panel.show_region(region)
        told = "\n".join([answer["history"][-1], *warnings_first(answer["remarks"])])
        self._panel.status.say(_('"{0}" made: {1:.2f} ml.').format(name, mask.volume_ml), told)
