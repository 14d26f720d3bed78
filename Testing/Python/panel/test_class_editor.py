"""Classes of the Cohort module by clicks: exclude first, see the chain break, name the classes, write and check the table."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders.cohort_files import row_of, write_table
from dosepainting_hrs.phantom.cohort import LINES

MODULE = Path(__file__).resolve().parents[3] / "DosePaintingHRS" / "DosePaintingHRSCohort.py"
NARROW = 360


def write_lines(folder: Path) -> Path:
    """Write a table of the cell lines of Boeke et al. (2023), table 1, two tumours each, CAL-33 not yet excluded."""
    rows = [
        row_of(f"{line.name}-{n}", line.name, line.class_name or "M", ["ADC"],
               **dict(zip(("tcd50", "tcd50_low", "tcd50_high"), map(str, line.tcd50), strict=True)))
        for line in LINES for n in (1, 2)
    ]  # fmt: skip
    return write_table(folder, rows)


@pytest.fixture
def widget(host: Any, tmp_path: Path) -> Iterator[Any]:
    host.close_scene()
    host.forget_errors()
    made = host.load(MODULE)
    made.panel.ui.cohortEdit.currentPath = str(write_lines(tmp_path))
    made.panel.classes.root.collapsed = False
    host.settle(30)
    yield made
    escaped = list(host.uncaught)
    host.unload("DosePaintingHRSCohort")
    host.forget_errors()
    assert not escaped


def test_exclude_first_then_group(widget: Any, host: Any, tmp_path: Path) -> None:
    """PAPERS 0.19: FaDu [77; 96] - CAL-33 [90; 141] - SAS [114; 140] are one class unless CAL-33 is excluded first."""
    editor = widget.panel.classes
    assert editor.ui.groupsTable.rowCount == 7
    assert editor.ui.classesTable.rowCount == 2
    chains = str(editor.ui.chainsLabel.text)
    assert "2: FaDu [77; 96] - CAL-33 [90; 141] - SAS [114; 140] Gy" in chains
    assert "FaDu and SAS do not overlap: one class by way of the others only" in chains
    host.click(editor.boxes["CAL-33"])
    assert editor.unused() == ("CAL-33",)
    assert "CAL-33" not in str(editor.ui.chainsLabel.text)
    assert [name.text for name in editor.names] == ["H", "M", "L"], "the names that the table gives their groups"
    assert [share.value for share in editor.shares] == [0.0, 7.5, 15.0], "and their shares"
    assert "Choose a file" in editor.ui.classesButton.toolTip
    host.type(editor.names[1], "middle")
    host.type(editor.shares[1], "5")
    host.type(editor.names[2], "middle")
    assert "Two classes have one name" in editor.ui.classesButton.toolTip
    host.type(editor.names[2], "hard")
    editor.ui.tableEdit.currentPath = str(tmp_path / "new.csv")
    host.click(editor.ui.classesButton)
    host.wait_for(lambda: not widget.panel.is_busy(), 60, "The table")
    assert "Classes: H, middle, hard" in str(widget.panel.status.message)
    assert 'Class "middle" is the group "FaDu" only' in str(widget.panel.status.message)
    assert widget.panel.ui.cohortEdit.currentPath.endswith("new.csv")
    with (tmp_path / "new.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["case"]: row for row in csv.DictReader(stream)}
    assert (rows["SAS-1"]["class"], rows["FaDu-2"]["class"], rows["UTSCC-8-1"]["class"]) == ("hard", "middle", "H")
    assert rows["CAL-33-1"]["exclude"] == "1"
    classes = json.loads((tmp_path / "new.json").read_text())["classes"]
    assert classes == [
        {"name": "H", "target_fraction": 0.0},
        {"name": "middle", "target_fraction": 0.05},
        {"name": "hard", "target_fraction": 0.15},
    ]


def test_any_number_of_classes(widget: Any, host: Any, tmp_path: Path) -> None:
    """Five groups whose intervals do not touch are five classes; one left of them is none."""
    (tmp_path / "five").mkdir()
    rows = [
        row_of(f"{group}{n}", group, "H", ["ADC"], tcd50_low=str(low), tcd50_high=str(low + 10))
        for group, low in zip("EDCBA", (90, 70, 50, 30, 10), strict=True)
        for n in (1, 2)
    ]
    widget.panel.ui.cohortEdit.currentPath = str(write_table(tmp_path / "five", rows))
    host.settle(30)
    editor = widget.panel.classes
    assert list(editor.boxes) == list("ABCDE"), "from sensitive to resistant"
    assert [name.text for name in editor.names] == [""] * 5, "one name for five classes is none"
    assert "Name every class" in editor.ui.classesButton.toolTip
    for number, name in enumerate(editor.names):
        host.type(name, f"class {number + 1}")
    host.type(editor.shares[4], "10")
    editor.ui.tableEdit.currentPath = str(tmp_path / "five.csv")
    host.click(editor.ui.classesButton)
    host.wait_for(lambda: not widget.panel.is_busy(), 60, "The table")
    classes = json.loads((tmp_path / "five.json").read_text())["classes"]
    assert [one["name"] for one in classes] == [f"class {number}" for number in (1, 2, 3, 4, 5)]
    for group in "ABCD":
        host.click(editor.boxes[group])
    assert "All groups are one class" in editor.ui.classesButton.toolTip


def test_intervals_that_are_missing_are_asked_for(widget: Any, host: Any, tmp_path: Path) -> None:
    rows = [row_of(f"{name}{n}", name, name, ["ADC"]) for name in "HML" for n in (1, 2)]
    (tmp_path / "plain").mkdir()
    widget.panel.ui.cohortEdit.currentPath = str(
        write_table(
            tmp_path / "plain",
            rows,
        )
    )
    host.settle(30)
    assert 'column "tcd50_low", is empty' in str(widget.panel.classes.ui.chainsLabel.text)
    assert not widget.panel.classes.ui.classesButton.enabled


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_cut_off_in_a_narrow_panel(widget: Any, host: Any, tmp_path: Path, dark: bool) -> None:
    from slicer_host.appearance import cut_off, set_look

    set_look(host.native_app, dark=dark)
    panel = host.panel("DosePaintingHRSCohort")
    panel.setFixedWidth(NARROW)
    host.settle(50)
    try:
        assert cut_off(panel) == []
        assert panel.minimumSizeHint().width() <= NARROW
        assert panel.grab().save(str(tmp_path / "classes.png"), "PNG")
    finally:
        set_look(host.native_app)
