"""The section Compare: methods side by side, sweeps, two maps against each other, numbers of clusters, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.inputs import SEPARATOR
from dosepainting_hrs.segmentation.clusters import ClusterMethod

from .calibrate_part import CalibratePart
from .clusters_part import ClustersPart
from .compare_part import ComparePart
from .compare_presenter import CompareFacts, compare_offers
from .deliverability_part import DeliverabilityPart
from .joint_part import JointPart
from .laboratory_part import LaboratoryPart
from .marked_voxels import MarkedVoxels
from .presenter import Offer
from .sweep_part import SweepPart


class CompareStep:
    """Builds the parts, asks the presenter what they may offer, and marks voxels for them.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Compare.ui.
    """

    def __init__(self, panel, ui) -> None:
        self.panel, self.ui = panel, ui
        self.marked = MarkedVoxels(panel.scene_access.scene)
        self._offers: Mapping[str, Offer] = {}
        self._is_built = False
        self.laboratory = LaboratoryPart(self, ui.laboratoryBox)
        self.sweep = SweepPart(self, ui.sweepBox)
        self.joint = JointPart(self, ui.jointBox)
        self.clusters = ClustersPart(self, ui.clustersBox)
        self.deliverability = DeliverabilityPart(self, ui.deliverabilityBox)
        self.calibrate = CalibratePart(self, ui.calibrateBox)
        self.choices = tuple(one for part in self.parts for one in part.choices())
        self.buttons: dict[str, Any] = {}  # Those of the parts have a presenter of their own.
        for part in self.parts:
            part.box.collapsed = True
        panel.ui.compareStep.connect("contentsCollapsed(bool)", self.changed)
        self._is_built = True

    @property
    def parts(self) -> tuple[ComparePart, ...]:
        """All parts."""
        return self.laboratory, self.sweep, self.joint, self.clusters, self.deliverability, self.calibrate

    def facts(self) -> dict[str, Any]:
        """Return what the panel's presenter needs to know of it: nothing."""
        return {}

    def changed(self, *_unused) -> None:
        """Something was chosen here, or the section was opened: offer what is possible now."""
        if self._is_built:
            self.refresh()

    def refresh(self) -> None:
        """Ask the presenter and set every button, with the reason when it is off; not while the section is folded."""
        if self.panel.ui.compareStep.collapsed:
            return
        self._offers = compare_offers(self._facts())
        for part in self.parts:
            for name, button in part.buttons.items():
                button.enabled = self._offers[name].enabled
                button.toolTip = self._offers[name].why_not

    def may(self, name: str) -> bool:
        """Tell whether something is offered; if not, say why."""
        self._offers = compare_offers(self._facts())
        if not self._offers[name].enabled:
            self.panel.status.fail(InputError(self._offers[name].why_not))
        return self._offers[name].enabled

    def _facts(self) -> CompareFacts:
        access, form = self.panel.scene_access, self.panel.segment.form
        facts = {name: value for part in self.parts for name, value in part.facts().items()}
        return CompareFacts(
            running=self.panel.work.what,
            map=access.volume_facts(self.panel.map.map.get()),
            gtv=access.region_facts(*self.panel.regions.gtv()),
            background=access.region_facts(*self.panel.regions.reference()),
            method=form.combo.currentText,
            method_problem=form.problem(),
            finds_clusters=form.method is not None and issubclass(form.method, ClusterMethod),
            has_maps=any(key.startswith(f"maps{SEPARATOR}") for key in form.inputs.given()),
            **facts,
        )

    def forget(self) -> None:
        """The scene was closed."""
        self.marked.remove()
        for part in self.parts:
            part.forget()

    def close(self) -> None:
        """Let go of everything."""
        self.marked.remove()
        for part in self.parts:
            part.close()
