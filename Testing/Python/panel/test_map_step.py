"""The Maps step by clicks: what can be made, values under the cursor, the working of SUV, and what is supplied by hand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from builders.panel_clicks import Person
from dosepainting_hrs.phantom.functional import FunctionalOptions, write_functional
from dosepainting_hrs.phantom.headers import Patient
from dosepainting_hrs.phantom.truth import PatientTruth
from dosepainting_hrs_mrml import volumes

PATIENT = Patient(patient_id="P1", name="Synthetic^One", birth_date="19600101", seed=1, size="small")


def rows(table: Any) -> dict[str, str]:
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount)}


def click(person: Person, table: Any, name: str) -> None:
    row = next(row for row in range(table.rowCount) if table.item(row, 0).text() == name)
    person.host.click_item(table, row, 0)
    person.host.settle(50)


def point_at(person: Person, place: tuple[float, float, float]) -> None:
    """Put the cursor of the slice views somewhere, as moving the mouse does."""
    node = person.host.scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    node.SetCursorPositionRAS(list(place))
    person.host.settle(120)


def test_values_of_all_volumes_follow_the_cursor(ready: Person, tmp_path: Path) -> None:
    ready.open("map")
    table = ready.panel.map.ui.valuesTable
    suv = ready.panel.map.map.get()
    image = volumes.image_from(suv)
    z, y, x = (int(one) for one in np.unravel_index(np.nanargmax(image.array), image.array.shape))
    point_at(ready, volumes.ras_of(image.geometry.to_world(np.array([x, y, z]))))
    told = rows(table)
    assert list(told) == [one.GetName() for one in ready.panel.scene_access.volumes()]
    assert told["SUVbw"] == f"{float(image.array.max()):.4g} g/ml"
    assert told[ready.panel.patient.image.get().GetName()].endswith(" Bq/ml")
    assert told[ready.panel.patient.planning_ct.get().GetName()].endswith(" HU")
    assert ready.host.picture(tmp_path / "values.png").stat().st_size > 10_000
    point_at(ready, (5000.0, 0.0, 0.0))
    assert set(rows(table).values()) == {"outside"}


def test_a_click_on_a_row_shows_the_volume_and_chooses_the_map(ready: Person, tmp_path: Path) -> None:
    ready.open("map")
    table, pet = ready.panel.map.ui.valuesTable, ready.panel.patient.image.get()
    click(ready, table, pet.GetName())
    shown = ready.host.layout_manager.sliceWidget("Red").sliceLogic().GetSliceCompositeNode()
    assert shown.GetForegroundVolumeID() == pet.GetID() == ready.panel.map.map.get().GetID()
    click(ready, table, "SUVbw")
    ready.panel.show_region(ready.panel.regions.gtv())
    ready.host.settle(200)
    assert ready.host.picture(tmp_path / "suv.png").stat().st_size > 10_000
    assert shown.GetForegroundVolumeID() == ready.panel.map.map.get().GetID() != pet.GetID()
    click(ready, table, ready.panel.patient.planning_ct.get().GetName())
    assert ready.panel.map.map.get().GetName() == "SUVbw"
    assert ready.host.picture(tmp_path / "shown.png").stat().st_size > 10_000


def test_a_map_is_chosen_from_what_can_be_made(person: Person, host: Any, tmp_path: Path) -> None:
    from slicer_host.appearance import cut_off

    write_functional(tmp_path / "patient", PATIENT, FunctionalOptions(parts=("dwi",), size="small", noise=0.0))
    person.open("map")
    table, form = person.panel.map.ui.offersTable, person.panel.map.form
    assert rows(table)["\u2013 suv"] == "Missing: a PET volume; load one (step 1)."
    assert not any(name.startswith("\u2713") for name in rows(table))
    person.look(tmp_path / "patient")
    person.open("map")
    assert {name: told for name, told in rows(table).items() if "\u2713" in name} == {"\u2713 adc": "From DWI 9 b-values"}
    click(person, table, "\u2713 adc")
    assert form.combo.currentText == "adc"
    assert form.inputs.given()["frames"].address.partition("#")[0] == str(tmp_path / "patient" / "DWI")
    assert person.reason("make_map") == ""
    hint = "Give a region of air (--background) or the value (--noise-floor); --elsewhere is no field."
    assert form.in_words(hint) == ('Give a region of air ("Background") or the value ("Noise floor"); --elsewhere is no field.')
    widget = host.panel("DosePaintingHRS")
    widget.setFixedWidth(360)
    host.settle(50)
    assert cut_off(widget) == []
    assert widget.grab().save(str(tmp_path / "offers.png"), "PNG")
    roles = person.panel.patient.ui.seriesTable.cellWidget(0, 1)
    person.open("patient")
    host.choose(roles, "T2")
    host.settle(50)
    assert rows(table)["\u2013 adc"].startswith("Missing: a DWI series in the folder")


@pytest.fixture(scope="module")
def without_weight(patient: PatientTruth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PET of the small synthetic patient, whose headers tell no weight."""
    folder = tmp_path_factory.mktemp("weightless") / "PET"
    shutil.copytree(patient.folder / patient.pet, folder)
    for file in folder.iterdir():
        ds = dcmread(file)
        del ds.PatientWeight
        ds.save_as(file)
    return folder


def test_a_missing_weight_is_asked_for_given_in_the_panel_and_on_record(
    person: Person, without_weight: Path, host: Any, tmp_path: Path
) -> None:
    person.look(without_weight)
    assert "PatientWeight" in person.panel.patient.ui.problemsLabel.text, person.panel.patient.rows
    person.tick_series("FDG")
    person.press("load")
    person.panel.map.ui.historyBox.collapsed = False
    form = person.panel.map.form.parameters
    assert form.more.collapsed
    told = person.press("make_map")
    assert told == "PatientWeight (0010,1030) is missing; SUV needs it, in kg."
    assert person.hint == 'Give it with "Weight (kg)", or correct the header at its source.'
    assert not form.more.collapsed
    form.set_values({"weight": 78.0})
    person.panel.changed()
    widget = host.panel("DosePaintingHRS")
    widget.setFixedWidth(360)
    host.settle(50)
    assert widget.grab().save(str(tmp_path / "weight.png"), "PNG")
    assert person.press("make_map") == "SUVbw made.", person.hint
    said = person.panel.map.ui.historyBrowser.toPlainText()
    for heading in ("Supplied by hand:", "Reference times that the tags give:", "Steps and factors:", "How it was imaged:"):
        assert heading in said
    assert "PatientWeight (0010,1030) = 78 kg, which the header does not have." in said
    made = volumes.image_from(person.panel.map.map.get())
    assert [one.what for one in made.identity.supplied] == ["PatientWeight (0010,1030) = 78 kg, supplied by hand"]
    assert widget.grab().save(str(tmp_path / "history.png"), "PNG")
