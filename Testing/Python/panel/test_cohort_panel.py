"""The Cohort module by clicks: check, scan, stop and go on, clusters in the space and in a tumour, and the other way round."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.cohort_files import write_small_cohort

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
    assert table.item(0, 0).text() == "ADC+FMISO_c1"
    assert table.item(0, 1).text() == f"{scan['subsets'][2]['S']:.2f}"

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

    # The other way round: the crosshair on the centre's own voxel gives the centre's values.
    facts = scan["subsets"][2]
    learner.panel.scene.show(
        facts["centre_case"],
        {name: str(tmp_path / facts["centre_case"] / f"{name}.nrrd") for name in facts["maps"]},
        facts["maps"],
        str(tmp_path / facts["centre_case"] / "GTV.nrrd"),
        str(tmp_path / facts["centre_case"] / "GTV.nrrd"),
    )
    z, y, x = facts["centre_place"]
    lps = np.array([x, y, z]) * 2.0
    # Slicer has one from its start; the stand-in does not.
    crosshair = host.scene.GetFirstNodeByClass("vtkMRMLCrosshairNode") or host.scene.AddNewNodeByClass("vtkMRMLCrosshairNode")
    crosshair.SetCursorPositionRAS([-lps[0], -lps[1], lps[2]])
    host.settle(400)
    here = str(learner.ui.hereLabel.text)
    assert f"ADC {facts['centre'][0]:.4g}" in here
    assert "inside the best cluster" in here


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


def test_model_and_report_are_written_beside_the_results(learner: Learner, tmp_path: Path) -> None:
    from dosepainting_hrs.cli.main import main

    words = ["--iterations", "30", "--bootstraps", "4", "--permutations", "0"]
    assert main(["cohort", "scan", str(tmp_path / "cohort.csv"), *words, "-o", str(tmp_path / "scan")]) == 0
    learner.choose("scan")
    best = learner.press("scan", "open").removeprefix("Best: ").partition(",")[0]
    assert "Model written" in learner.press("result", "model")
    assert (tmp_path / "scan" / f"model-{best}.json").is_file()
    learner.press("result", "model")
    assert (tmp_path / "scan" / f"model-{best}-2.json").is_file()
    assert "Report written" in learner.press("result", "report")
    assert (tmp_path / "scan" / "report" / "report.html").is_file()
