"""The Cohort panel: check a cohort, scan it in a child process, look at clusters in the space of the maps and in a tumour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import qt
import slicer
from slicer.i18n import tr as _

from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.learning.scan_file import FILE_NAME, SubsetFacts, read_scan

from . import dependencies
from .child import Outcome
from .class_editor import ClassEditor
from .cohort_figures import CohortFigures
from .cohort_presenter import CohortFacts, cohort_offers
from .cohort_result import CohortResult, two
from .cohort_scene import CohortScene
from .running import Work
from .scan_options import ScanOptions, time_points_of
from .status import Status

_HERE_MS = 200
_ARRAYS, _UNFINISHED = "scan.npz", "unfinished"


class CohortPanel:
    """Builds the panel, asks the presenter what to offer, and runs what is asked.

    Parameters
    ----------
    parent : QLayout
        Where the panel goes.
    resource : callable
        Gives the path of a resource of the module.
    """

    def __init__(self, parent, resource: Callable[[str], str]) -> None:
        self.root = slicer.util.loadUI(resource("UI/DosePaintingHRSCohort.ui"))
        parent.addWidget(self.root)
        self.ui = slicer.util.childWidgetVariables(self.root)
        self.status = Status(self.ui)
        self.scene = CohortScene(slicer.mrmlScene)
        self._checked: tuple[str, ...] = ()
        self._problem = ""
        self.work = Work(self.status, self.refresh, self.refresh, self._stopped)
        self.result = CohortResult(self.ui, self.work.new_file, self._picked)
        self.classes = ClassEditor(resource, self._write_classes)
        self.ui.cohortStep.layout().addWidget(self.classes.root)
        self.options = ScanOptions(resource)
        self.ui.scanStep.layout().insertWidget(1, self.options.root)
        self.figures = CohortFigures(resource)
        self.ui.resultStep.layout().addWidget(self.figures.root)
        self._connect()
        self._looking = qt.QTimer()
        self._looking.setInterval(_HERE_MS)
        self._looking.connect("timeout()", self._look_here)
        self.refresh()

    def _connect(self) -> None:
        ui = self.ui
        ui.unitCombo.addItems(["tumour", "group", "patient"])
        for edit in (ui.cohortEdit, ui.outputEdit):
            edit.connect("currentPathChanged(QString)", self.refresh)
        ui.cohortEdit.connect("currentPathChanged(QString)", self._cohort_changed)
        ui.timeCombo.connect("currentIndexChanged(int)", self.refresh)
        self._cohort_changed(ui.cohortEdit.currentPath)
        for name in ("check", "scan", "open", "show", "model", "report"):
            getattr(ui, f"{name}Button").connect("clicked(bool)", getattr(self, name))
        ui.stopButton.connect("clicked(bool)", self.work.stop)

    # What is offered

    def _cohort_changed(self, path: str) -> None:
        """Show classes and time points of another cohort."""
        self.classes.show(path)
        several = time_points_of(path)
        self.ui.timeCombo.clear()
        self.ui.timeCombo.addItems(list(several))
        self.ui.timeLabel.visible = self.ui.timeCombo.visible = len(several) > 1

    def _which(self) -> tuple[str, ...]:
        """Return the words that name the cohort and, where there are several, its time point."""
        when = self.ui.timeCombo.currentText if self.ui.timeCombo.count > 1 else ""
        return (self.ui.cohortEdit.currentPath, *(("--time-point", when) if when else ()))

    def facts(self) -> CohortFacts:
        """Return what the offers depend on."""
        cohort, output, which = self.ui.cohortEdit.currentPath, self.ui.outputEdit.currentPath, self._which()
        return CohortFacts(
            running=self.work.what,
            cohort=cohort,
            is_checked=bool(cohort) and self._checked == which and not self._problem,
            problem=self._problem if self._checked == which else "",
            output=output,
            is_unfinished=bool(output) and (Path(output) / _UNFINISHED).is_dir(),
            is_finished=bool(output) and (Path(output) / FILE_NAME).is_file(),
            has_result=self.result.found is not None,
        )

    def refresh(self, *_unused) -> None:
        """Set every button, with the reason when it is off."""
        facts = self.facts()
        for name, offer in cohort_offers(facts).items():
            button = getattr(self.ui, f"{name}Button")
            button.enabled, button.toolTip = offer.enabled, offer.why_not
        self.classes.set_busy(_("{0}: wait for it, or stop it.").format(self.work.what) if self.work.what else "")
        self.ui.scanButton.text = _("Go on") if facts.is_unfinished and not facts.is_finished else _("Scan")

    # Work

    def check(self, *_unused) -> None:
        """Look through the cohort."""
        which, maps = self._which(), self.ui.mapsEdit.text.strip()
        words = ["cohort", "check", *which, *(["--maps", maps] if maps else [])]
        self._run(words, _("Looking through the cohort"), lambda found: self._checked_it(which, found))

    def _checked_it(self, which: tuple[str, ...], found: Mapping[str, Any]) -> None:
        self._checked, problems = which, list(found["problems"])
        self._problem = problems[0] if problems else ""
        classes = ", ".join(f"{name} {count}" for name, count in found["by_class"].items())
        lines = [
            _("{0} tumours with all maps ({1} included: {2})").format(found["c_all"], found["included"], classes),
            _("{0} voxels, N_HRS {1}").format(found["voxels"], found["n_hrs"]),
            *(f"\u26a0 {one}" for one in (*found["confounding"], *problems, *found["outliers"])),
            *found["missing"],
        ]
        self.ui.checkLabel.text = "\n".join(lines)
        self.ui.mapsEdit.placeholderText = ",".join(one["name"] for one in found["maps"])
        self.ui.scanStep.collapsed = bool(problems)
        self.status.say(_("Nothing stands in the way of a scan.") if not problems else _("Mend what is marked first."))

    def _write_classes(self, words: list[str]) -> None:
        def written(found: Mapping[str, Any]) -> None:
            self.ui.cohortEdit.currentPath = found["output"]
            told = _("Table written: {0}. Classes: {1}.").format(found["output"], ", ".join(found["classes"]))
            self.status.say("\n".join([told, *(f"\u26a0 {one}" for one in found["confounding"])]), _("Check it next."))

        self._run(words, _("Writing the table"), written)

    def scan_words(self) -> list[str]:
        """Return the command of the scan."""
        ui = self.ui
        maps = ui.mapsEdit.text.strip()
        return [
            *("cohort", "scan", *self._which(), "-o", ui.outputEdit.currentPath),
            *("--iterations", str(max(ui.iterationsSpin.value, 1)), "--bootstraps", str(ui.bootstrapsSpin.value)),
            *("--permutations", str(ui.permutationsSpin.value), "--permute-unit", ui.unitCombo.currentText),
            *(["--maps", maps, "--all-subsets"] if maps else []),
            *self.options.words(),
        ]

    def scan(self, *_unused) -> None:
        """Scan in a child process, or go on where it was stopped."""
        self._run(self.scan_words(), _("Scanning"), lambda _found: self.open())

    def open(self, *_unused) -> None:
        """Show a finished scan."""
        folder = Path(self.ui.outputEdit.currentPath)
        try:
            scan = read_scan(folder)
            with np.load(folder / _ARRAYS) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except (DosePaintingError, OSError, ValueError) as error:
            self.status.fail(error)
            return
        self.result.show(scan, arrays)
        self.figures.clear()
        self.ui.resultStep.collapsed = False
        best = scan.subsets[scan.best]
        self.status.say(_("Best: {0}, S {1}.").format("+".join(best.maps), two(best.S)))
        self.refresh()

    def show(self, *_unused) -> None:
        """Write the voxels of the chosen cluster in a tumour in a child process, and show them."""
        scan, subset = self.result.found, self.result.subset()
        if scan is None or subset is None:
            return
        tumour = self.ui.tumourCombo.currentText if self.ui.tumourCombo.currentIndex > 0 else ""
        words = ["cohort", "cluster", self.ui.outputEdit.currentPath, "--subset", ",".join(subset.maps)]
        words += ["--cohort", self.ui.cohortEdit.currentPath or scan.cohort, "-o", str(self.work.new_file("cluster.nrrd"))]
        words += [] if self.result.chosen is None else ["--centre", str(self.result.chosen)]
        words += ["--tumour", tumour] if tumour else []
        self._run(words, _("Finding the voxels"), lambda found: self._show_voxels(subset, found))

    def _show_voxels(self, subset: SubsetFacts, found: Mapping[str, Any]) -> None:
        self.scene.show(found["case"], found["maps"], subset.maps, found["region"], found["output"])
        self._looking.start()
        share = found["fractions"][found["case"]]
        told = _("{0}: {1} voxels, {2:.1f} % of the tumour; S {3}").format(
            found["case"], found["voxels"], 100 * share, two(found["S"])
        )
        self.status.say(told)

    def model(self, *_unused) -> None:
        """Save the model of the chosen subset beside the results."""
        subset = self.result.subset()
        if subset is not None:
            target = _unused_path(Path(self.ui.outputEdit.currentPath), f"model-{'+'.join(subset.maps)}", ".json")
            words = [
                "cohort",
                "model",
                "--scan",
                self.ui.outputEdit.currentPath,
                "--subset",
                ",".join(subset.maps),
                "-o",
                target,
            ]
            self._run(
                words, _("Writing the model"), lambda found: self.status.say(_("Model written: {0}").format(found["output"]))
            )

    def report(self, *_unused) -> None:
        """Make the page with all figures beside the results, and show the figures here."""
        without = dependencies.ensure_pictures()
        target = _unused_path(Path(self.ui.outputEdit.currentPath), "report", "")
        words = ["cohort", "report", self.ui.outputEdit.currentPath, "-o", target]
        words += ["--cohort", self.ui.cohortEdit.currentPath] if self.ui.cohortEdit.currentPath else []

        def written(found: Mapping[str, Any]) -> None:
            self.figures.show(found)
            self.status.say(_("Report written: {0}").format(found["report"]), without)

        self._run(words, _("Drawing"), written)

    def _run(self, words, what: str, then: Callable[[Mapping[str, Any]], None]) -> None:
        with self.work.guarded():
            dependencies.ensure()
            self.work.run(words, what, then)

    def is_busy(self) -> bool:
        """Tell whether something runs."""
        return bool(self.work.what)

    def _stopped(self, outcome: Outcome) -> str:
        kept = (Path(self.ui.outputEdit.currentPath or ".") / _UNFINISHED).is_dir()
        return _("Stopped; what was finished is kept, and the scan can go on.") if kept else outcome.message

    def _picked(self) -> None:
        if not self.is_busy():
            self.show()

    def _look_here(self) -> None:
        self.result.mark(self.scene.values_at_crosshair())

    def scene_closed(self) -> None:
        """The scene was closed: nothing of ours is in it any more."""
        self.scene.clear()

    def close(self) -> None:
        """End what runs and let go of everything."""
        self._looking.stop()
        self.result.close()
        self.figures.close()
        self.work.close()


def _unused_path(folder: Path, stem: str, ending: str) -> Path:
    number, path = 1, folder / f"{stem}{ending}"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{ending}"
    return path
