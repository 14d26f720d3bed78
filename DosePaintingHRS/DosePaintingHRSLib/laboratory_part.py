"""The threshold laboratory: methods and regions side by side on one lesion, with consensus and disagreement."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.registry import Slot

from .compare_part import ComparePart, fill
from .input_rows import SeveralRow
from .input_sources import narrow_combo

_REGIONS = Slot("regions", "regions", "Regions that are there already.")
_MEASURES = (
    ("dice", "Dice", ".2f", "1"),
    ("volume_ratio", "Volume ratio, row to column", ".2f", "1"),
    ("mean_surface_distance_mm", "Mean surface distance, mm", ".1f", "0"),
    ("hausdorff_95_mm", "95 % Hausdorff, mm", ".1f", "0"),
)
"""Key, title, form, and what stands on the diagonal."""


class LaboratoryPart(ComparePart):
    """The list of methods, the regions to tick, and the tables of what came out."""

    def __init__(self, step, box) -> None:
        super().__init__(step, box)
        self.methods: dict[str, str] = {}
        self.answer: Mapping[str, Any] | None = None
        self._shown_on: Any = None
        self.label("laboratoryLabel", _("Set a method in step 4 and add it; add others, or tick regions."))
        self.list = qt.QListWidget()
        self.list.name = "methodList"
        self.list.setMinimumHeight(50)
        self.list.setMaximumHeight(80)
        self.list.connect("itemSelectionChanged()", step.changed)
        box.layout().addWidget(self.list)
        self.row(
            self.button("addMethod", _("Add method"), self.add), self.button("removeMethod", _("Remove"), self.remove_chosen)
        )
        self.regions = SeveralRow(_REGIONS, self.panel.scene_access, step.changed)
        self.regions.widget.name = "comparedRegions"
        self.regions.widget.setMaximumHeight(130)
        box.layout().addWidget(self.regions.widget)
        self.row(self.button("compare", _("Compare"), self.compare))
        self.volumes = self.table("volumesTable", (_("Region"), "ml", _("% of GTV"), _("Islands")))
        self.measure = narrow_combo()
        self.measure.name = "measureCombo"
        for _key, title, _form, _same in _MEASURES:
            self.measure.addItem(_(title))
        self.measure.connect("currentIndexChanged(int)", self._show_matrix)
        box.layout().addWidget(self.measure)
        self.matrix = self.table("matrixTable", ())
        self.told = self.label("comparedLabel")
        self._show(has_result=False)

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of it."""
        self.regions.refresh()
        return {"listed": len(self.methods) + len(self.regions.given()), "chosen_row": self.list.currentRow >= 0}

    def _show(self, *, has_result: bool) -> None:
        for widget in (self.volumes, self.measure, self.matrix):
            widget.visible = has_result

    # What is compared

    def add(self) -> None:
        """Add the method of step 4, with its parameters as they stand, to the list."""
        form = self.panel.segment.form
        method = form.combo.currentText
        values = form.parameters.values()
        first = next((f"{value:g}" for value in values.values() if isinstance(value, float)), "")
        label = f"{method} {first}".strip().replace("=", " ")
        number, name = 2, label
        while name in self.methods:
            name, number = f"{label} ({number})", number + 1
        stored = self.panel.new_temporary("values.json")
        stored.write_text(json.dumps({"schema": 1, "method": method, "values": values}), encoding="utf-8")
        self.methods[name] = f"{method} values={shlex.quote(str(stored))}"
        item = qt.QListWidgetItem(name)
        item.setToolTip(", ".join(f"{key} {value}" for key, value in values.items()))
        self.list.addItem(item)

    def remove_chosen(self) -> None:
        """Take the selected method off the list."""
        row = self.list.currentRow
        if row >= 0:
            self.methods.pop(self.list.item(row).text())
            self.list.takeItem(row)

    def compare(self) -> None:
        """Make and compare all of it in a child process."""
        panel, access = self.panel, self.panel.scene_access
        node, segment_id = panel.regions.gtv()
        self._shown_on = panel.map.map.get()
        words = ["compare", "--map", access.source_of(self._shown_on, panel.new_temporary("map.nrrd"))]
        words += ["--within", access.write_region((node, segment_id), panel.new_temporary("within.nrrd"))]
        reference = panel.regions.reference()
        if reference[1]:
            words += ["--reference", access.write_region(reference, panel.new_temporary("reference.nrrd"))]
        words += [f"--method={name}={text}" for name, text in self.methods.items()]
        for key, source in self.regions.given().items():
            path = access.write_region((source.node, source.segment_id), panel.new_temporary("region.nrrd"))
            words.append(f"--region={key.partition(':')[2]}={path}")
        panel.run([*words, "-o", panel.new_temporary("comparison")], _("Comparing"), self._compared)

    # What came out

    def _compared(self, answer: Mapping[str, Any]) -> None:
        from dosepainting_hrs.report.region_files import region_file

        access, folder = self.panel.scene_access, Path(answer["output"])
        names = [one["name"] for one in answer["regions"]]
        masks = [(name, access.read_region(str(folder / region_file(name)))) for name in [*names, "consensus"]]
        region = access.add_compared([replace(mask, name=name) for name, mask in masks], self._shown_on)
        doubt = access.load_map(str(folder / "disagreement.nrrd"), _("Disagreement"))
        self.panel.show_volumes(over=doubt)
        self.panel.show_region(region)
        self.answer = answer
        self._show(has_result=True)
        rows = [
            [one["name"], f"{one['volume_ml']:.2f}", f"{100 * one['share_of_within']:.0f}", str(one["islands"])]
            for one in answer["regions"]
        ]
        fill(self.volumes, [*rows, [_("consensus (STAPLE)"), f"{answer['consensus_ml']:.2f}", "", ""]])
        self._show_matrix()
        failed = [_("{0} could not do this lesion: {1}").format(name, why) for name, why in answer["failed"].items()]
        self.told.text = "\n".join([_("Disagreement: 0 where all agree, 1 where half do; shown over the CT."), *failed])
        self.panel.status.say(
            _("Compared {0} regions.").format(len(names)), "\n".join(dict.fromkeys(warnings_first(answer["remarks"])))
        )

    def _show_matrix(self, *_unused) -> None:
        if self.answer is None:
            return
        key, _title, form, same = _MEASURES[max(self.measure.currentIndex, 0)]
        names = [one["name"] for one in self.answer["regions"]]
        found = {(one["first"], one["second"]): one[key] for one in self.answer["pairs"]}

        def cell(first: str, second: str) -> str:
            if first == second:
                return same
            turned = found.get((second, first))
            if (first, second) in found or turned is None:
                return f"{found[first, second]:{form}}"
            return f"{1 / turned if key == 'volume_ratio' else turned:{form}}"

        self.matrix.setColumnCount(len(names))
        self.matrix.setHorizontalHeaderLabels(names)
        fill(self.matrix, [[cell(row, column) for column in names] for row in names])
        self.matrix.setVerticalHeaderLabels(names)

    def forget(self) -> None:
        """The scene was closed: show nothing of it; the methods stay."""
        self.answer = self._shown_on = None
        self._show(has_result=False)
        self.told.text = ""
