"""The panel: its steps, one status, one child process at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import qt
import slicer

from dosepainting_hrs.dicom.role import Role
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.progress import Progress

from . import panel_state
from .compare_step import CompareStep
from .export_step import ExportStep
from .input_sources import Source
from .map_step import MapStep
from .method_form import MethodForm
from .patient_step import PatientStep
from .prescribe_step import PrescribeStep
from .presenter import Facts, Offer, offers
from .region_maker import RegionMaker
from .regions_step import RegionsStep
from .register_step import RegisterStep
from .running import Work
from .scene_access import SceneAccess
from .segment_step import SegmentStep
from .series_row import Listed
from .status import Status
from .warm import WarmUp

_STEPS = (
    ("patient", "Patient"),
    ("regions", "Regions"),
    ("register", "Register"),
    ("map", "Map"),
    ("segment", "Segment"),
    ("compare", "Compare"),
    ("prescribe", "Prescribe"),
    ("export", "Export"),
)


class Panel:
    """Builds the panel, asks the presenter what to offer, and runs what is asked.

    Parameters
    ----------
    parent : QLayout
        Where the panel goes.
    resource : callable
        Gives the path of a resource of the module.
    """

    def __init__(self, parent, resource: Callable[[str], str]) -> None:
        self.looked_folder = ""
        self._offers: Mapping[str, Offer] = {}
        self._restoring = True
        self._filling = False
        self.scene_access = SceneAccess(slicer.mrmlScene)
        self.root = slicer.util.loadUI(resource("UI/DosePaintingHRS.ui"))
        parent.addWidget(self.root)
        self.ui = slicer.util.childWidgetVariables(self.root)
        self.status = Status(self.ui)
        self.work = Work(self.status, self.refresh, self.changed)
        parts = {name: self._load_step(name, resource(f"UI/{file}.ui")) for name, file in _STEPS}
        self.patient = PatientStep(self, parts["patient"])
        self.regions = RegionsStep(self, parts["regions"])
        self.maker = RegionMaker(self, parts["regions"])
        self.register = RegisterStep(self, parts["register"])
        self.map = MapStep(self, parts["map"], parts["segment"].mapSelector)
        self.segment = SegmentStep(self, parts["segment"])
        self.compare = CompareStep(self, parts["compare"])
        self.prescribe = PrescribeStep(self, parts["prescribe"])
        self.export = ExportStep(self, parts["export"])
        self.steps = (
            self.patient,
            self.regions,
            self.maker,
            self.register,
            self.map,
            self.segment,
            self.compare,
            self.prescribe,
            self.export,
        )
        self._buttons = {"stop": self.ui.stopButton}
        for step in self.steps:
            self._buttons |= step.buttons
        self.ui.stopButton.connect("clicked(bool)", self.work.stop)
        self.warm = WarmUp(self)
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.connect("timeout()", self._settled)
        for step in self.steps:
            for choice in step.choices:
                choice.selector.setMRMLScene(slicer.mrmlScene)
        self.patient.show_inventory(None)
        self._restoring = False
        self.restore()

    def _load_step(self, name: str, path: str):
        widget = slicer.util.loadUI(path)
        getattr(self.ui, f"{name}Step").layout().addWidget(widget)
        return slicer.util.childWidgetVariables(widget)

    def _choices(self):
        chosen = [choice for step in self.steps for choice in step.choices]
        return [*chosen, *(form.inputs for form in self.forms().values())]

    def forms(self) -> dict[str, MethodForm]:
        """Return the forms of methods by the names under which the state keeps them."""
        rule = self.prescribe.form
        return {"region": self.maker.form, "map": self.map.form, "method": self.segment.form, "prescription": rule}

    def listed_series(self) -> list[Listed]:
        """Return what frames can be taken from: acquisitions of several series of the folder, then each series."""
        return self.patient.listed()

    def prefill(self, *, show: bool = True) -> None:
        """Fill inputs of methods with what was chosen in the steps before; without `show`, only take note of it."""
        gtv, gtv_segment = self.regions.gtv()
        reference, reference_segment = self.regions.reference()
        known = {
            "image": Source(node=self.patient.image.get()),
            "within": Source(node=gtv, segment_id=gtv_segment) if gtv_segment else Source(),
            "region": Source(node=gtv, segment_id=gtv_segment) if gtv_segment else Source(),
            "map": Source(node=self.map.map.get()),
            "reference": Source(node=reference, segment_id=reference_segment) if reference_segment else Source(),
        }
        for form in self.forms().values():
            form.inputs.prefill(known, show=show)

    def role_names(self) -> tuple[str, ...]:
        """Return every role that a series may have."""
        return tuple(role.value for role in Role)

    # What is offered

    def changed(self, *_unused) -> None:
        """Something was chosen, given or ticked: offer what is possible now, and keep the state."""
        if self._restoring or self._filling:
            return
        self._filling = True
        try:
            self.prefill()
        finally:
            self._filling = False
        self.refresh()
        self.segment.preview.follow()
        panel_state.keep(self)
        self.warm.place_soon()
        self._soon.start()

    def refresh(self) -> None:
        """Ask the presenter and set every button, with the reason when it is off."""
        self.export.show_regions(self.scene_access.segments())
        for form in self.forms().values():
            form.inputs.refresh()
        self.map.refresh()
        self._offers = offers(self._facts())
        for name, button in self._buttons.items():
            button.enabled = self._offers[name].enabled
            button.toolTip = self._offers[name].why_not
        self.compare.refresh()
        self._tell_gtv()

    def offered(self, name: str) -> bool:
        """Tell whether the presenter offered something when it was last asked."""
        return self._offers[name].enabled

    def may(self, name: str) -> bool:
        """Tell whether something is offered as the scene stands at this moment; if not, say why."""
        if self.offered(name):
            return True
        self.status.fail(InputError(self._offers[name].why_not))
        return False

    def _facts(self) -> Facts:
        known: dict[str, Any] = {"running": self.work.what}
        for step in self.steps:
            known |= step.facts()
        return Facts(**known)

    def _tell_gtv(self) -> None:
        facts = self.scene_access.region_facts(*self.regions.gtv())
        self.regions.ui.gtvLabel.text = "" if facts is None else facts.problem

    # Work

    def run(self, words: Sequence[object], what: str, then: Callable[[Mapping[str, Any]], None], form=None) -> None:
        """Run a command in a child process; the scene changes only after success, by `then`; hints are in words of `form`."""
        self.work.run(words, what, then, None if form is None else form.in_words)

    def working(self, what: str) -> AbstractContextManager[Progress]:
        """Do something in this process with progress and Stop; what goes wrong is shown."""
        return self.work.here(what)

    def guarded(self) -> AbstractContextManager[None]:
        """Show an error of ours in the one place for it instead of letting it out."""
        return self.work.guarded()

    def new_temporary(self, name: str) -> Path:
        """Return a path for a file that lives as long as the panel."""
        return self.work.new_file(name)

    def is_busy(self) -> bool:
        """Tell whether something runs."""
        return bool(self.work.what)

    def refresh_soon(self) -> None:
        """Offer anew when the scene has settled; many nodes may come and go at once."""
        self._soon.start()

    def node_removed(self) -> None:
        """A node left the scene: what was chosen and is gone becomes no choice, whatever a selector shows in its place."""
        for choice in self._choices():
            choice.node_removed(self.scene_access.scene)
        self.refresh_soon()

    def _settled(self) -> None:
        for choice in self._choices():
            choice.settle()
        self.refresh()
        self.segment.preview.follow()

    def show_volumes(self, over=None) -> None:
        """Show the planning CT in the slice views, with another volume, else the map or the image, over it."""
        if slicer.app.layoutManager() is None:
            return
        planning_ct = self.patient.planning_ct.get()
        over = over or self.map.map.get() or self.patient.image.get()
        slicer.util.setSliceViewerLayers(background=planning_ct, foreground=over, foregroundOpacity=0.4, fit=True)

    def show_region(self, region) -> None:
        """Move the slice views to the middle of a region."""
        centre = self.scene_access.centre_of(region)
        if centre is not None and slicer.app.layoutManager() is not None:
            slicer.vtkMRMLSliceNode.JumpAllSlices(self.scene_access.scene, *centre)

    # State

    def hold(self) -> None:
        """Keep nothing until `restore`: selectors lose and find nodes in no order while a scene is closed or loaded."""
        self._restoring = True

    @property
    def is_held(self) -> bool:
        """Whether the panel waits for a scene."""
        return self._restoring

    def restore(self) -> None:
        """Show the panel as the scene's state has it."""
        nodes, kept = self.scene_access.kept_state()
        self._restoring = True
        panel_state.show(self, nodes, kept)
        self.prefill(show=False)
        self._restoring = False
        if kept.problem:
            self.status.fail(InputError(kept.problem))
        self.refresh()

    def another_patient(self) -> None:
        """A folder of somebody else was looked through: what was given and signed for the patient before is not his."""
        self._forget_given()
        self._restoring = False
        self.changed()

    def _forget_given(self) -> None:
        self.hold()
        for form in self.forms().values():
            form.reset()
        self.export.forget()
        self.register.ui.whyEdit.text = ""

    def scene_closed(self) -> None:
        """The scene was closed: nothing in it is chosen any more."""
        self.work.scene_closed()
        self._forget_given()
        self.scene_access.forget()
        self.segment.loader.forget()
        self.map.values.forget()
        self.register.forget()
        self.compare.forget()
        self.restore()

    def close(self) -> None:
        """End what runs and let go of everything."""
        self._soon.stop()
        self.segment.preview.close()
        self.warm.close()
        self.map.values.close()
        self.work.close()
        self._restoring = True
        self.register.close()
        self.compare.close()
        for form in self.forms().values():
            form.close()
        self.scene_access.remove_preview()
