"""Buttons pressed too early, twice, or while something runs: nothing happens, and the panel says why."""

import sys
from pathlib import Path
from typing import Any

import pytest

from builders.panel_clicks import BUTTONS, Person, nodes_of
from dosepainting_hrs.phantom.truth import PatientTruth
from DosePaintingHRSLib import work
from DosePaintingHRSLib.child import Child


def test_on_an_empty_scene_every_button_is_off_and_says_what_is_missing(person: Person) -> None:
    assert {name: person.reason(name) for name in BUTTONS} == {
        "look": "Choose a DICOM folder first.",
        "load": "Look through a DICOM folder first.",
        "import_rois": "Tick at least one ROI of a structure set.",
        "make_region": 'Choose the region "Region" (Region to grow or shrink).',
        "make_map": "Choose the image to make the map from.",
        "apply": "Choose a map.",
        "prescribe": "There is no method to choose.",
        "export": "Choose the planning CT.",
    }
    person.open("regions")
    person.panel.maker.ui.makeRegionBox.collapsed = False
    for name in BUTTONS:
        with pytest.raises(AssertionError, match=r"is disabled|is not visible"):
            person.start(name)


@pytest.mark.parametrize("name", list(BUTTONS))
def test_work_that_is_asked_for_all_the_same_changes_nothing(person: Person, name: str) -> None:
    """A shortcut or a script may call what a button does while it is off; every step then still stands as it was."""
    panel = person.panel
    act = {
        "look": panel.patient.look,
        "load": panel.patient.load,
        "import_rois": panel.regions.import_rois,
        "make_region": panel.maker.make_region,
        "make_map": panel.map.make_map,
        "apply": panel.segment.apply,
        "prescribe": panel.prescribe.prescribe,
        "export": panel.export.export,
    }[name]
    why = person.reason(name)
    act()
    person.wait(10)
    assert person.message == why
    assert nodes_of(person.host.scene) == []


def test_before_the_series_are_loaded_their_rois_wait(person: Person, patient: PatientTruth) -> None:
    person.look(patient.folder)
    assert person.reason("import_rois") == "Load the image that the ROIs were drawn on, or choose the planning CT."
    person.tick_series("no such series")
    assert person.reason("load") == "Tick at least one series."


def test_another_folder_empties_the_table_of_the_first(person: Person, patient: PatientTruth, tmp_path: Path) -> None:
    person.look(patient.folder)
    person.open("patient")
    person.host.type(person.panel.patient.ui.folderEdit, str(tmp_path))
    assert person.panel.patient.ui.seriesTable.rowCount == 0
    assert person.reason("load") == "Look through a DICOM folder first."


def test_a_folder_without_dicom_files_is_told_in_words(person: Person, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    person.look(tmp_path)
    assert person.message
    assert person.reason("load") == "Look through a DICOM folder first."


def test_a_folder_that_went_away_is_told_in_words(person: Person, tmp_path: Path) -> None:
    person.look(tmp_path / "gone")
    assert "gone" in person.message.replace("\u200b", "")


def test_while_something_runs_only_stop_can_be_pressed(ready: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "start", _slow)
    ready.start("make_map")
    reasons = {name: ready.reason(name) for name in BUTTONS}
    assert set(reasons.values()) == {"Wait until this is done, or press Stop: Making the map."}
    ready.stop()


def test_applying_twice_makes_two_regions_with_names_that_can_be_exported(ready: Person, tmp_path: Path) -> None:
    ready.press("apply")
    ready.press("apply")
    names = [name for node, _, name in ready.panel.scene_access.segments() if ready.panel.scene_access.is_hrs(node)]
    assert names == ["HRS", "HRS-2"]
    assert ready.export_to(tmp_path).count("0 differing voxels") == 2, ready.message


def test_importing_twice_keeps_the_first(person: Person, patient: PatientTruth) -> None:
    person.load_patient(patient.folder)
    gtv = person.panel.regions.gtv()
    person.press("import_rois")
    assert [name for _, _, name in person.panel.scene_access.segments()] == ["GTVp", "GTVn", "GTVp-2", "GTVn-2"]
    assert person.panel.regions.gtv()[1] == gtv[1]


def test_a_value_that_is_still_asked_for_holds_apply_back(ready: Person) -> None:
    ready.open("segment")
    ready.host.choose(ready.panel.segment.ui.methodCombo, "fixed-threshold")
    assert ready.reason("apply").startswith('Give a value for "')


def test_a_name_that_is_too_long_for_an_rtstruct_is_refused_in_words(ready: Person, tmp_path: Path) -> None:
    ready.press("apply")
    ready.open("export")
    table = ready.panel.export.ui.regionTable
    table.item(table.rowCount - 1, 2).setText("A name of more than sixteen letters")
    ready.export_to(tmp_path)
    assert "16" in ready.message
    assert list(tmp_path.iterdir()) == []


def _slow(_words: Any) -> Child:
    return Child([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_folder_that_was_changed_while_another_is_looked_through_shows_nothing_of_it(
    person: Person, patient: PatientTruth, tmp_path: Path
) -> None:
    person.open("patient")
    person.host.type(person.panel.patient.ui.folderEdit, str(patient.folder))
    person.start("look")
    person.panel.patient.ui.folderEdit.currentPath = str(tmp_path)
    person.wait()
    assert person.panel.patient.rows == []
    assert person.message == "The folder was changed meanwhile; look through it again."
    assert not person.button("load").enabled
    person.look(patient.folder)
    assert person.panel.patient.rows
