"""Step 3: which maps can be made, make them, see them, and their values under the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import qt
from slicer.i18n import tr as _

from dosepainting_hrs import maps, segmentation  # noqa: F401  (register the methods)
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.image import Image
from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.registry import MAPS
from dosepainting_hrs.working import by_kind, sentences

from .choices import VolumeChoice
from .cursor_values import CursorValues
from .map_offers import MapOffer, SeriesThere, There, map_offers
from .method_form import MethodForm

_OF_FRAMES = ("DWI", "DCE")
_CAN, _CANNOT = "\u2713", "\u2013"


class MapStep:
    """What can be made, the generated forms of one map, values under the cursor, and how the chosen map was made.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Map.ui.
    selector : qMRMLNodeComboBox
        The map to work on, which the next step shows.
    """

    def __init__(self, panel, ui, selector) -> None:
        self._panel = panel
        self.ui = ui
        self.offers: tuple[MapOffer, ...] = ()
        self.form = MethodForm(
            panel,
            MAPS,
            combo=ui.mapMethodCombo,
            about=ui.mapAboutLabel,
            inputs=ui.mapInputs,
            parameters=ui.mapParameters,
            changed=self._form_changed,
            served={},
            first="suv",
            also=ui.mapAlso,
        )
        self.map = VolumeChoice(selector, self._map_changed)
        self.values = CursorValues(panel.scene_access, ui.valuesTable, self.show)
        self._build_offers(ui.offersTable)
        ui.makeMapButton.connect("clicked(bool)", self.make_map)
        ui.historyBox.collapsed = True
        ui.historyBox.connect("toggled(bool)", self.show_history)
        self.choices = (self.map,)
        self.buttons = {"make_map": ui.makeMapButton}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        return {"map_inputs": self.form.inputs.facts(), "map_problem": self.form.problem()}

    def _build_offers(self, table) -> None:
        table.setColumnCount(2)
        table.setHorizontalHeaderLabels([_("Map"), _("Made from")])
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(1, qt.QHeaderView.Stretch)
        table.setSelectionMode(qt.QAbstractItemView.NoSelection)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.setWordWrap(True)
        table.connect("cellClicked(int,int)", self._offer_chosen)

    # What can be made

    def refresh(self) -> None:
        """Tell anew what can be made, and list the volumes."""
        self.values.refresh()
        found = map_offers((MAPS.get(name) for name in MAPS.names()), self._there())
        if found == self.offers:
            return
        self.offers = found
        table = self.ui.offersTable
        table.setRowCount(len(found))
        for row, one in enumerate(found):
            name = qt.QTableWidgetItem(f"{_CANNOT if one.missing else _CAN} {one.name}")
            told = qt.QTableWidgetItem(one.missing or one.source)
            told.setToolTip(one.missing or one.source)
            table.setItem(row, 0, name)
            table.setItem(row, 1, told)
        table.resizeRowsToContents()

    def _there(self) -> There:
        together = self._panel.patient.acquisitions()
        joint = tuple(
            SeriesThere(role=one["role"], name=f"{one['frames']}, {one['description']}", address=address)
            for one, address in together
        )
        taken = {uid for one, _address in together for uid in one["series"]}
        series = tuple(
            SeriesThere(role=role, name=one["description"], address=address, problem=_problem(one, role))
            for one, role, address in self._panel.patient.with_roles()
            if one["uid"] not in taken or role not in _OF_FRAMES
        )
        access = self._panel.scene_access
        regions = tuple(name for _node, _id, name in access.segments())
        return There(series=(*joint, *series), volumes=tuple(map(access.volume_there, access.volumes())), regions=regions)

    def _offer_chosen(self, row: int, _column: int) -> None:
        if row < len(self.offers):
            self.form.choose(self.offers[row].name)
            self._fill_series()

    def _form_changed(self) -> None:
        self._fill_series()
        self._panel.changed()

    def _fill_series(self) -> None:
        """Choose the one series that fits, where none was chosen yet."""
        if self._panel.is_held:
            return
        offer = next((one for one in self.offers if one.name == self.form.combo.currentText), None)
        if offer is not None and offer.address:
            self.form.inputs.prefill_series(offer.address)

    # Making and seeing

    def make_map(self) -> None:
        """Make the map in a child process and put it into the scene."""
        if not self._panel.may("make_map"):
            return
        sources = list(self.form.inputs.given().values())
        name = next((one.node.GetName() for one in sources if one.node is not None), "")
        with self._panel.guarded():
            out = self._panel.new_temporary(f"{self.form.combo.currentText}.nrrd")
            words = ["map", *self.form.words(), "-o", out]
            self._panel.run(words, _("Making the map"), lambda answer: self._map_made(answer, name), self.form)

    def _map_made(self, answer: Mapping[str, Any], name: str) -> None:
        node = self._panel.scene_access.load_map(answer["output"], f"{name} {answer['quantity']}".strip())
        self.map.set(node)
        told = [answer["history"][-1], *warnings_first(answer["remarks"])]
        for one in answer["also"]:
            try:
                self._panel.scene_access.load_map(one["output"], f"{name} {one['quantity'] or one['name']}".strip())
            except DosePaintingError as error:  # The others are there all the same.
                told.append(_("Not loaded: {0}. {1}").format(one["name"], error.message))
        self._panel.show_volumes()
        self._panel.status.say(_("{0} made.").format(answer["quantity"]), "\n".join(told))

    def show(self, node) -> None:
        """Show a volume over the planning CT, and take it for the map to work on unless it is the planning CT."""
        planning_ct = self._panel.patient.planning_ct.get()
        if planning_ct is None or node.GetID() != planning_ct.GetID():
            self.map.set(node)
        self._panel.show_volumes(node)

    def _map_changed(self) -> None:
        self._panel.segment.set_range()
        self.show_history()
        self._panel.changed()

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
        self.ui.historyBrowser.setPlainText("\n".join([*_about(image), *_worked_out(image)]))


def _problem(series: Mapping[str, Any], role: str) -> str:
    """Say why a series gives no frames; empty when nothing is wrong with it."""
    alone = role == "DWI" and series["images_per_position"] == 1
    return "; ".join([*series["problems"], *([_("it holds one b-value; choose several series below")] if alone else [])])


def _about(image: Image) -> list[str]:
    finite = image.array[np.isfinite(image.array)] if image.array.dtype.kind == "f" else image.array
    lines = [_("Quantity: {0}").format(image.quantity)]
    if finite.size:
        lines.append(_("Values: {0:.4g} to {1:.4g}").format(float(finite.min()), float(finite.max())))
    lines.append(_("Grid: {0}").format(image.geometry))
    lines.append(_("Patient: {0}").format(image.identity.patient_id or _("unknown")))
    return lines


def _worked_out(image: Image) -> list[str]:
    """Return the steps, and the facts of the last one under their headings."""
    facts = set(sentences(image.working))
    lines = [f"\u2022 {text}" for text in image.history if text not in facts]
    for heading, under in by_kind(image.working).items():
        lines += ["", f"{_(heading)}:", *(f"{chr(0x26A0) if one.warns else chr(0x2022)} {one.text}" for one in under)]
    return lines
