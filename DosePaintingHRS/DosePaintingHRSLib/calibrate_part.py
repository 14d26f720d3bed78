"""The calibration of the adaptive threshold: spheres of a phantom, the fit as a plot, and taking it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.segmentation.adaptive import RATIO, SUBTRACTED
from dosepainting_hrs.segmentation.calibration import COLUMNS

from .compare_part import ComparePart, fill
from .parameter_rows import text_of
from .plot_label import PlotLabel
from .plot_picture import BLUE, GREEN, GREY, Plot
from .slice_click import Point, SliceClick

_METHOD = "adaptive"


class CalibratePart(ComparePart):
    """The table of spheres, the fit of both forms, and its use in the method of step 4."""

    def __init__(self, step, box) -> None:
        super().__init__(step, box)
        self.answer: Mapping[str, Any] | None = None
        self.label(
            "calibrateLabel", _("Map: the phantom. Reference (step 2): background. Centres in LPS mm, to about a voxel.")
        )
        self.spheres = self.table("spheresTable", tuple(title.replace("_mm", "") for title in COLUMNS))
        self.spheres.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        self.spheres.connect("itemChanged(QTableWidgetItem*)", step.changed)
        self.click = SliceClick("clickSphereButton", _("Add by a click"), self._clicked)
        self.row(self.click.button)
        self.row(
            self.button("addSphere", _("Add row"), self.add), self.button("removeSphere", _("Remove row"), self.remove_row)
        )
        self.file = ctk.ctkPathLineEdit()
        self.file.name = "calibrationEdit"
        self.file.filters = ctk.ctkPathLineEdit.Files | ctk.ctkPathLineEdit.Writable
        self.form().addRow(_("Write to (optional)"), self.file)
        self.row(self.button("fit", _("Fit"), self.fit))
        self.plot = PlotLabel("calibratePlot", self.panel.new_temporary, lambda *_unused: None)
        box.layout().addWidget(self.plot.widget)
        self.measured = self.table(
            "measuredTable", (_("mm"), _("% of maximum"), _("Ratio form: ml, %"), _("Subtracted: ml, %"))
        )
        self.measured.visible = False
        self.told = self.label("fitLabel")
        self.row(self.button("useFit", _("Use in the method adaptive"), self.use))

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of it."""
        return {
            "spheres": self.spheres.rowCount,
            "spheres_problem": self._problem(),
            "has_fit": self.answer is not None,
        }

    # The spheres

    def add(self, place: Point | None = None) -> None:
        """Add a sphere: of the next size of the NEMA phantom, at a place where there is one."""
        from dosepainting_hrs.phantom.spheres import NEMA_DIAMETERS_MM

        row, table = self.spheres.rowCount, self.spheres
        sizes = NEMA_DIAMETERS_MM[::-1]
        cells = [text_of(sizes[row % len(sizes)]), *([f"{one:.1f}" for one in place] if place is not None else ["", "", ""])]
        table.setRowCount(row + 1)
        for column, text in enumerate(cells):
            table.setItem(row, column, qt.QTableWidgetItem(text))

    def _clicked(self, place: Point) -> None:
        if self.step.may("addSphere"):
            self.add(place)
            self.step.refresh()

    def remove_row(self) -> None:
        """Take the selected sphere, or the last, off the table."""
        row = self.spheres.currentRow()
        self.spheres.removeRow(row if row >= 0 else self.spheres.rowCount - 1)

    def _rows(self) -> list[list[str]]:
        table = self.spheres
        cells = [[table.item(row, column) for column in range(len(COLUMNS))] for row in range(table.rowCount)]
        return [[item.text().strip() if item is not None else "" for item in row] for row in cells]

    def _problem(self) -> str:
        for number, row in enumerate(self._rows(), 1):
            for title, text in zip(COLUMNS, row, strict=True):
                try:
                    float(text)
                except ValueError:
                    return _('Sphere {0}: "{1}" for {2} is no number.').format(number, text, title)
        return ""

    # The fit

    def fit(self) -> None:
        """Measure the spheres and fit both forms in a child process."""
        panel, access = self.panel, self.panel.scene_access
        table = panel.new_temporary("spheres.csv")
        table.write_text("\n".join(",".join(row) for row in [list(COLUMNS), *self._rows()]) + "\n", encoding="utf-8")
        background = access.write_region(panel.regions.reference(), panel.new_temporary("background.nrrd"))
        image = access.source_of(panel.map.map.get(), panel.new_temporary("phantom.nrrd"))
        out = self.file.currentPath or str(panel.new_temporary("calibration.json"))
        words = ["calibrate", "--image", image, "--reference", background, "--spheres", table, "-o", out]
        panel.run([*words, "--form", SUBTRACTED], _("Calibrating"), self._fitted)

    def _fitted(self, answer: Mapping[str, Any]) -> None:
        self.answer = answer
        rows = answer["measured"]
        across = [one["background"] / one["maximum"] for one in rows]
        upright = [one["threshold"] / one["maximum"] for one in rows]
        far = 1.1 * max(across)
        plot = Plot((0.0, far), (0.0, 1.0))
        errors: dict[str, list[float]] = {}
        told = []
        for one, colour, tone in zip(answer["forms"], (BLUE, GREEN), (_("blue"), _("green")), strict=False):
            plot.line([0.0, far], [one["a"], one["a"] + one["b"] * far], colour)
            errors[one["form"]] = one["volume_errors_percent"]
            told.append(_("{0} ({1}): T = {2:.3f} maximum {3:+.3f} background").format(one["form"], tone, one["a"], one["b"]))
        plot.points(across, upright, GREY)
        self.plot.show(plot)
        fill(
            self.measured,
            [
                [
                    f"{sphere['diameter_mm']:g}",
                    f"{100 * share:.1f}",
                    *(f"{errors[form][row]:+.0f}" if form in errors else "-" for form in (RATIO, SUBTRACTED)),
                ]
                for row, (sphere, share) in enumerate(zip(answer["spheres"], upright, strict=True))
            ],
        )
        self.measured.visible = True
        axes = _("Across: background / maximum. Upright: threshold / maximum.")
        self.told.text = "\n".join([axes, *told])
        self.panel.status.say(_("Fitted {0} spheres.").format(len(rows)), "\n".join(warnings_first(answer["remarks"])))

    def use(self) -> None:
        """Take the measured spheres over into the method adaptive of step 4."""
        form = self.panel.segment.form
        form.choose(_METHOD)
        form.parameters.set_values({"form": SUBTRACTED, "calibration": self.answer["measured"]})
        self.panel.changed()
        self.panel.status.say(
            _("Step 4 has {0}, {1}, with {2} spheres now.").format(_METHOD, SUBTRACTED, len(self.answer["measured"]))
        )

    def forget(self) -> None:
        """The scene was closed: the spheres and the fit stay, which belong to a scanner."""
        self.click.forget()

    def close(self) -> None:
        """Hear no more clicks."""
        self.click.forget()
        self.plot.close()
