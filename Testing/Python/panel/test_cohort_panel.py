"""The Cohort module by clicks: check, scan, stop and go on, clusters in the space and in a tumour, and the other way round."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.cohort_files import write_small_cohort, write_table
from dosepainting_hrs.storage.volumes import read_image

MODULE = Path(__file__).resolve().parents[3] / "DosePaintingHRS" / "DosePaintingHRSCohort.py"


class Learner:
    """Someone in front of the Cohort panel."""

    def __init__(self, host: Any, widget: Any, folder: Path) -> None:
        self.host, self.panel, self.folder = host, widget.panel, folder
        self.ui = self.panel.ui

    def open(self, *steps: str) -> None:
        for name in ("cohort", "scan", "result"):
            header = getattr(self.ui, f"{name}Step")
            header.collapsed = name not in steps
        self.host.settle(30)

    def wait(self, seconds: float = 90.0) -> str:
        self.host.wait_for(lambda: not self.panel.is_busy(), seconds, "The work")
        self.host.settle(30)
        return str(self.panel.status.message)

    def press(self, step: str, name: str) -> str:
        self.open(step)
        self.host.click(getattr(self.ui, f"{name}Button"))
        return self.wait()

    def enabled(self) -> set[str]:
        names = ("check", "scan", "open", "show", "model", "report", "stop")
        return {name for name in names if getattr(self.ui, f"{name}Button").enabled}

    def choose(self, output: str) -> None:
        self.ui.cohortEdit.currentPath = str(self.folder / "cohort.csv")
        self.ui.outputEdit.currentPath = str(self.folder / output)

    def set_small(self) -> None:
        self.open("scan")
        for name, value in (("iterations", 40), ("bootstraps", 5), ("permutations", 9)):
            self.host.type(getattr(self.ui, f"{name}Spin"), str(value))


@pytest.fixture
def learner(host: Any, tmp_path: Path) -> Iterator[Learner]:
    write_small_cohort(tmp_path)
    host.close_scene()
    host.forget_errors()
    yield Learner(host, host.load(MODULE), tmp_path)
    escaped = list(host.uncaught)
    host.unload("DosePaintingHRSCohort")
    host.close_scene()
    host.forget_errors()
    assert not escaped, f"errors escaped from slots: {escaped}"


def test_from_the_table_to_voxels_in_the_views_and_back(learner: Learner, host: Any, tmp_path: Path) -> None:
    assert learner.enabled() == set()
    learner.choose("scan")
    assert learner.enabled() == {"check"}
    assert "Check the cohort first" in learner.ui.scanButton.toolTip
    assert "Nothing stands in the way" in learner.press("cohort", "check")
    assert "9 tumours with all maps" in str(learner.ui.checkLabel.text)
    learner.set_small()
    told = learner.press("scan", "scan")
    assert told.startswith("Best: ADC+FMISO_c1, S "), told
    assert learner.enabled() == {"check", "open", "show", "model", "report"}

    scan = json.loads((tmp_path / "scan" / "scan.json").read_text())
    learner.open("result")
    table = learner.ui.subsetsTable
    assert table.rowCount == 3
    assert table.item(0, 4).text() == "ADC+FMISO_c1"
    assert table.item(0, 0).text() == f"{scan['subsets'][2]['S']:.2f}"

    # A click on the point of the best centre shows the voxels of its cluster in the tumour with the largest share.
    result = learner.panel.result
    best = result.chosen
    x, y = result.picture.place_of(result.picture.across[best], result.picture.upright[best])
    label = learner.ui.spaceLabel
    host.click_at(label, x / label.width, y / label.height)
    shown = learner.wait()
    shares = scan["subsets"][2]["fractions"]
    case = max(shares, key=shares.get)
    assert shown.startswith(f"{case}: {round(120 * shares[case])} voxels"), shown
    segmentation = host.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode").GetSegmentation()
    assert [segmentation.GetNthSegment(n).GetName() for n in range(segmentation.GetNumberOfSegments())] == ["GTV", "cluster"]
    assert host.picture(tmp_path / "window.png").stat().st_size > 10_000

    # The other way round: the mouse over a voxel of the shown tumour gives that voxel's values, as its files have them.
    view = host.layout_manager.sliceWidget("Red").sliceView()
    inside = segmentation.GetNthSegment(1).GetName()
    assert inside == "cluster"
    if host.scene.GetFirstNodeByClass("vtkMRMLCrosshairNode") is None:
        host.scene.AddNewNodeByClass("vtkMRMLCrosshairNode")  # Slicer has one from its start; the stand-in does not.
    host.click_at(view, 0.5, 0.5)
    host.settle(400)
    matrix = view.mrmlSliceNode().GetXYToRAS()
    ras = np.array(matrix.MultiplyPoint((view.width() / 2, view.height() / 2, 0.0, 1.0)))[:3]
    x, y, z = np.rint(ras * [-1, -1, 1] / 2.0).astype(int)
    values = [float(read_image(tmp_path / case / f"{name}.nrrd").array[z, y, x]) for name in ("ADC", "FMISO_c1")]
    here = str(learner.ui.hereLabel.text)
    assert f"ADC {values[0]:.4g} um2/s, FMISO_c1 {values[1]:.4g}" in here
    facts = scan["subsets"][2]
    away = np.linalg.norm((np.array(values) - facts["z_mean"]) / facts["z_sd"] - facts["centre_z"])
    assert ("inside" if away <= facts["radius_z"] else "outside of") + " the best cluster" in here


def test_a_scan_can_be_stopped_and_goes_on(learner: Learner, tmp_path: Path) -> None:
    learner.choose("scan")
    learner.press("cohort", "check")
    learner.set_small()
    learner.host.type(learner.ui.permutationsSpin, "9000")
    learner.host.click(learner.ui.scanButton)
    kept = tmp_path / "scan" / "unfinished"
    learner.host.wait_for(lambda: kept.is_dir() and any(kept.glob("*.subset")), 90, "The first subset")
    assert learner.enabled() == {"stop"}
    learner.host.click(learner.ui.stopButton)
    learner.wait(20)
    if not (tmp_path / "scan" / "scan.json").exists():
        assert "can go on" in str(learner.panel.status.message)
        assert str(learner.ui.scanButton.text) == "Go on"
        learner.press("scan", "scan")
    assert json.loads((tmp_path / "scan" / "scan.json").read_text())["resumed"] >= 1


def test_a_time_point_is_chosen_and_options_reach_the_scan(learner: Learner, host: Any, tmp_path: Path) -> None:
    rows = list(csv.DictReader((tmp_path / "cohort.csv").read_text().splitlines()))
    late = [{**row, "time_point": "w2"} for row in rows]
    write_table(tmp_path, [{**row, "time_point": "w0"} for row in rows] + late, time_points=["w0", "w2"])
    learner.choose("scan")
    learner.open("cohort")
    assert learner.ui.timeCombo.visible
    host.choose(learner.ui.timeCombo, "w2")
    learner.press("cohort", "check")
    assert "9 included" in str(learner.ui.checkLabel.text)
    host.choose(learner.ui.timeCombo, "w0")
    assert "Check the cohort first" in learner.ui.scanButton.toolTip, "another time point is another cohort"
    host.choose(learner.ui.timeCombo, "w2")
    assert "scan" in learner.enabled()
    learner.set_small()
    host.type(learner.ui.mapsEdit, "ADC")
    options = learner.panel.options
    assert options.words() == []
    options.root.collapsed = False
    host.settle(30)
    host.choose(options.ui.leftCombo, "kept")
    host.choose(options.ui.ruleCombo, "significant")
    host.click(options.ui.indicesBox)
    host.type(options.ui.supervoxelsSpin, "4")
    host.type(options.ui.seedSpin, "3")
    host.click(learner.ui.scanButton)
    assert learner.wait().startswith("Best: ADC, S ")
    scan = json.loads((tmp_path / "scan" / "scan.json").read_text())
    assert (scan["time_point"], scan["supervoxels"], len(scan["indices"]) > 0) == ("w2", 4, True)
    settings = scan["settings"]
    assert (settings["leave_one_out"], settings["best_rule"], settings["seed"]) == ("kept", "significant", 3)
    assert scan["subsets"][0]["held_out"] is not None


def test_what_is_wrong_in_the_table_is_shown_and_blocks(learner: Learner, tmp_path: Path) -> None:
    table = tmp_path / "cohort.csv"
    table.write_text(table.read_text().replace("H0/ADC.nrrd", "nowhere.nrrd"))
    learner.choose("scan")
    assert "Mend what is marked" in learner.press("cohort", "check")
    assert 'row 2 (case "H0"), column "map:ADC"' in str(learner.ui.checkLabel.text)
    assert "scan" not in learner.enabled()
    table.write_text("case;group\n")
    learner.press("cohort", "check")
    assert "no commas between its columns" in str(learner.panel.status.message)


def test_model_and_report_are_written_beside_the_results(learner: Learner, host: Any, tmp_path: Path) -> None:
    from dosepainting_hrs.cli.main import main

    words = ["--iterations", "30", "--bootstraps", "4", "--permutations", "0"]
    assert main(["cohort", "scan", str(tmp_path / "cohort.csv"), *words, "-o", str(tmp_path / "scan")]) == 0
    learner.choose("scan")
    best = learner.press("scan", "open").removeprefix("Best: ").partition(",")[0]
    assert not learner.panel.figures.ui.figureCombo.isVisible(), "there is no report yet"
    assert "Model written" in learner.press("result", "model")
    assert (tmp_path / "scan" / f"model-{best}.json").is_file()
    learner.press("result", "model")
    assert (tmp_path / "scan" / f"model-{best}-2.json").is_file()
    assert "Report written" in learner.press("result", "report")
    assert (tmp_path / "scan" / "report" / "report.html").is_file()

    # The figures of the report are in the panel: chosen from a list, larger by a click, tables as tables.
    figures = learner.panel.figures
    names = [figures.ui.figureCombo.itemText(number) for number in range(figures.ui.figureCombo.count)]
    wanted = ("convergence", "shares", "histograms", "table: clusters", "table: comparisons")
    assert not [name for name in wanted if name not in names], names
    assert all(any(name.startswith(one) for name in names) for one in ("score-2d", "planes-valley-"))
    host.choose(figures.ui.figureCombo, "shares")
    assert "Share of each tumour" in str(figures.ui.captionLabel.text)
    host.click_at(figures.ui.figureLabel, 0.5, 0.5)
    assert figures.window.windowTitle == "shares"
    host.choose(figures.ui.figureCombo, "table: clusters")
    assert not figures.ui.figureLabel.visible
    rows = list(csv.reader((tmp_path / "scan" / "report" / "clusters.csv").read_text().splitlines()))
    assert figures.ui.figureTable.rowCount == len(rows) - 1
    assert figures.ui.figureTable.item(0, 1).text() == rows[1][1]

    # All of it in a narrow panel, light and dark.
    from slicer_host.appearance import cut_off, set_look

    panel, cut = host.panel("DosePaintingHRSCohort"), {}
    panel.setFixedWidth(360)
    host.choose(figures.ui.figureCombo, "shares")
    learner.panel.options.root.collapsed = False
    for look in ("light", "dark"):
        set_look(host.native_app, dark=look == "dark")
        for step in ("cohort", "scan", "result"):
            learner.open(step)
            cut[look, step] = cut_off(panel)
            assert panel.grab().save(str(tmp_path / f"{look}-{step}.png"), "PNG")
    set_look(host.native_app)
    assert {one: texts for one, texts in cut.items() if texts} == {}
    assert panel.minimumSizeHint().width() <= 360
