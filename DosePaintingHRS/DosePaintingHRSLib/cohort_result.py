"""The result of a scan in the Cohort panel: the table of subsets, the space as a picture, the crosshair in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import qt
from slicer.i18n import tr as _

from dosepainting_hrs.learning.scan_file import ScanFile, SubsetFacts
from dosepainting_hrs.notes import is_note, warnings_first
from dosepainting_hrs.quantities import shown_unit

from .cohort_picture import SpacePicture
from .plot_label import Clicks, pixmap_of

_COLUMNS = ("S", "95 %", "p of pairs", "p of best", "Maps")
_MAPS = _COLUMNS.index("Maps")
"""Last, as the names of five maps would push all numbers out of a narrow panel."""
_SCORE = "S"


class CohortResult:
    """Table, picture and texts of a scan.

    Parameters
    ----------
    ui : object
        Child widgets of DosePaintingHRSCohort.ui.
    new_file : callable
        Gives a path for a temporary file of a name.
    picked : callable
        Called when somebody clicked a centre.
    """

    def __init__(self, ui, new_file: Callable[[str], Path], picked: Callable[[], None]) -> None:
        self.ui = ui
        self._new_file, self._picked = new_file, picked
        self.found: ScanFile | None = None
        self.chosen: int | None = None
        self.picture: SpacePicture | None = None
        self._arrays: Mapping[str, Any] = {}
        self._here: tuple[float, ...] | None = None
        self._filling = False
        self._clicks = Clicks(lambda _pressed, place: self.clicked(*place))
        table = ui.subsetsTable
        table.setColumnCount(len(_COLUMNS))
        table.setHorizontalHeaderLabels([_(title) for title in _COLUMNS])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(22)
        table.horizontalHeader().setDefaultAlignment(qt.Qt.AlignLeft)
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setMinimumHeight(130)
        table.connect("itemSelectionChanged()", self._subset_changed)
        for combo in (ui.acrossCombo, ui.uprightCombo):
            combo.connect("currentIndexChanged(int)", self._axes_changed)
        ui.spaceLabel.installEventFilter(self._clicks)

    def close(self) -> None:
        """Hear no more clicks."""
        self.ui.spaceLabel.removeEventFilter(self._clicks)

    def show(self, scan: ScanFile, arrays: Mapping[str, Any]) -> None:
        """Show a scan; its best subset is selected."""
        self.found, self._arrays, self._here = scan, arrays, None
        self._filling = True
        ranked = sorted(scan.subsets, key=lambda one: -(one.S or 0.0))
        table = self.ui.subsetsTable
        table.setRowCount(len(ranked))
        for row, one in enumerate(ranked):
            interval = f"{two(one.bootstrap.S_ci[0])}; {two(one.bootstrap.S_ci[1])}" if one.bootstrap else "-"
            for column, text in enumerate(
                (two(one.S), interval, p_text(one.p), p_text(one.permutation_p_of_all), "+".join(one.maps))
            ):
                item = qt.QTableWidgetItem(text)
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
                item.setToolTip("+".join(one.maps))
                table.setItem(row, column, item)
        table.resizeColumnsToContents()
        self.ui.doubtsLabel.text = "\n".join(
            one if is_note(one) else f"\u26a0 {one}" for one in warnings_first([*scan.confounding, *scan.remarks])
        )
        combo = self.ui.tumourCombo
        combo.clear()
        combo.addItems([_("largest share"), *scan.subsets[0].fractions])
        self._filling = False
        table.selectRow(next(row for row, one in enumerate(ranked) if one is scan.subsets[scan.best]))

    def subset(self) -> SubsetFacts | None:
        """Return the subset that is selected."""
        row = self.ui.subsetsTable.currentRow()
        if self.found is None or row < 0:
            return None
        return self.found.subset(tuple(self.ui.subsetsTable.item(row, _MAPS).text().split("+")))

    def _subset_changed(self, *_unused) -> None:
        subset = self.subset()
        if self._filling or subset is None:
            return
        self._filling = True
        for combo, names in ((self.ui.acrossCombo, subset.maps), (self.ui.uprightCombo, (*subset.maps[1:], _SCORE))):
            combo.clear()
            combo.addItems(list(names))
        self._filling = False
        self.chosen = int(np.nanargmax(self._scores(subset)))
        self._axes_changed()

    def _scores(self, subset: SubsetFacts):
        return self._arrays[f"{self.found.subsets.index(subset)}.scores"]

    def _axes_changed(self, *_unused) -> None:
        subset = self.subset()
        if self._filling or subset is None or self.found is None:
            return
        scores, values = self._scores(subset), self._arrays["centre_values"]
        names = (self.ui.acrossCombo.currentText, self.ui.uprightCombo.currentText)
        axes = [scores if name == _SCORE else values[:, self.found.maps.index(name)] for name in names]
        titles = self._title(names[0]), self._title(names[1])
        self.picture = SpacePicture(across=axes[0], upright=axes[1], scores=scores, titles=titles)
        self._draw()

    def _draw(self) -> None:
        subset = self.subset()
        if self.picture is None or subset is None or self.found is None:
            return
        path = self._new_file("space.png")
        pixels = self.picture.pixels(self.chosen, self._here_on_axes(subset))
        self.ui.spaceLabel.setPixmap(pixmap_of(pixels, self.picture.texts, path))
        # The mouse over a slice view draws many of them.
        path.unlink()
        path.parent.rmdir()
        if self.chosen is not None:
            values = self._arrays["centre_values"][self.chosen]
            told = ", ".join(self._valued(name, float(values[self.found.maps.index(name)])) for name in subset.maps)
            centre = _("Centre at {0}: S {1}").format(told, two(float(self._scores(subset)[self.chosen])))
            self.ui.centreLabel.text = f"{self._colours_told()}\n{centre}"

    def _title(self, name: str) -> str:
        unit = "" if name == _SCORE else shown_unit(self.found.units[name])
        return f"{name} ({unit})" if unit else name

    def _colours_told(self) -> str:
        scores = self.picture.scores
        return _("S from {0} (dark) to {1} (bright)").format(two(float(np.nanmin(scores))), two(float(np.nanmax(scores))))

    def _valued(self, name: str, value: float) -> str:
        return f"{name} {value:.4g} {shown_unit(self.found.units[name])}".rstrip()

    def clicked(self, x: float, y: float) -> None:
        """Take the centre nearest to a click into the picture."""
        if self.picture is not None:
            self.chosen = self.picture.nearest(x, y)
            self._draw()
            self._picked()

    # From the slice views to the space

    def mark(self, here: tuple[float, ...] | None) -> None:
        """Mark the values at the crosshair of the slice views in the picture, and tell whether they belong to the best."""
        subset = self.subset()
        if here == self._here or subset is None or (here is not None and len(here) != len(subset.maps)):
            return
        self._here = here
        self._draw()
        if here is None:
            self.ui.hereLabel.text = ""
            return
        told = ", ".join(self._valued(name, value) for name, value in zip(subset.maps, here, strict=True))
        z = (np.array(here) - subset.z_mean) / subset.z_sd - subset.centre_z
        belongs = np.sqrt(z @ z) <= subset.radius_z * (1 + 1e-9)
        inside = _("inside the best cluster") if belongs else _("outside of the best cluster")
        self.ui.hereLabel.text = _("At the crosshair: {0}; {1}").format(told, inside)

    def _here_on_axes(self, subset: SubsetFacts) -> tuple[float, float | None] | None:
        names = (self.ui.acrossCombo.currentText, self.ui.uprightCombo.currentText)
        if self._here is None or names[0] not in subset.maps:
            return None
        first, second = (self._here[subset.maps.index(name)] if name in subset.maps else None for name in names)
        return first, second


def two(value: float | None) -> str:
    """Return a score as people read it."""
    return "-" if value is None else f"{value:.2f}"


def p_text(value: float | None) -> str:
    """Return a p-value as people read it."""
    return "-" if value is None else "< 0.0001" if value < 0.0001 else f"{value:.2g}"
