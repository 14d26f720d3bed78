"""Scanning a cohort at the command line: what is written, how it goes on after a stop, and what is refused."""

from __future__ import annotations

import csv
import errno
import io
import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from builders.bad_input import Door, on_disk
from builders.cohort_files import write_small_cohort, write_table
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.cli.schemas import schemas
from dosepainting_hrs.cli.show_cohort import SHOWN_COHORT
from dosepainting_hrs.errors import Cancelled
from dosepainting_hrs.job import Job
from dosepainting_hrs.learning.checkpoint import Checkpoints
from dosepainting_hrs.pipeline import run_job
from dosepainting_hrs.steps.cohort_scan import CohortScanStep
from dosepainting_hrs.storage.volumes import read_image, write_volume

FEW = ["--iterations", "30", "--bootstraps", "6", "--permutations", "9"]


@pytest.fixture
def table(door: Door) -> Path:
    return write_small_cohort(door.folder)


@pytest.fixture
def found(door: Door, table: Path) -> dict[str, Any]:
    return door("cohort", "scan", table, *FEW, "-o", "scan")


def without_names(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in ("output", "job", "resumed", "cohort")}


def test_what_is_printed_is_what_is_written_and_follows_its_schema(found: dict[str, Any], door: Door) -> None:
    jsonschema.validate(found, schemas()["result-cohort-scan.schema.json"])
    assert json.loads((door.folder / "scan" / "scan.json").read_text()) == found
    assert sorted(path.name for path in (door.folder / "scan").iterdir()) == [
        "centres.csv",
        "scan.json",
        "scan.npz",
        "subsets.csv",
    ]
    assert [one["maps"] for one in found["subsets"]] == [["ADC"], ["FMISO_c1"], ["ADC", "FMISO_c1"]]
    assert (found["n_hrs"], found["voxels"], found["tumours"], found["centres"]) == (81, 1080, 9, 30)
    assert found["conditions"]["voxel_mm"] == [2.0, 2.0, 2.0], "the grid of the tumours, which cohort.json does not say"


def test_numbers_of_a_subset_belong_together(found: dict[str, Any], door: Door, table: Path) -> None:
    """By plain numpy from the files: the members, their shares and Cohen's d."""
    one = found["subsets"][2]
    cases = list(found["class_of"])
    values = {
        case: np.stack([read_image(door.folder / case / f"{name}.nrrd").array.ravel() for name in one["maps"]], 1)
        for case in cases
    }
    pooled = np.concatenate(list(values.values())).astype(float)
    np.testing.assert_allclose(one["z_mean"], pooled.mean(0), rtol=1e-12)
    np.testing.assert_allclose(one["z_sd"], pooled.std(0), rtol=1e-3)
    mean, sd = np.array(one["z_mean"]), np.array(one["z_sd"])
    np.testing.assert_allclose(one["centre_z"], (np.array(one["centre"]) - mean) / sd)
    distances = {case: np.linalg.norm((array - mean) / sd - one["centre_z"], axis=1) for case, array in values.items()}
    everything = np.sort(np.concatenate(list(distances.values())))
    assert one["radius_z"] == pytest.approx(everything[found["n_hrs"] - 1])
    shares = {case: float((array <= one["radius_z"] + 1e-9).mean()) for case, array in distances.items()}
    assert one["fractions"] == pytest.approx(shares)
    groups = {name: np.array([shares[case] for case in cases if found["class_of"][case] == name]) for name in "HML"}
    d = [
        (groups[b].mean() - groups[a].mean()) / np.sqrt((groups[a].var(ddof=1) + groups[b].var(ddof=1)) / 2)
        for a, b in (("H", "M"), ("M", "L"))
    ]
    assert one["S_pairs"] == pytest.approx(d)
    assert one["S"] == pytest.approx(np.mean(d))


def test_maps_can_be_chosen(door: Door, table: Path) -> None:
    alone = door("cohort", "scan", table, *FEW, "--maps", "FMISO_c1,ADC", "-o", "alone")
    assert [one["maps"] for one in alone["subsets"]] == [["ADC", "FMISO_c1"]]
    every = door("cohort", "scan", table, *FEW, "--maps", "ADC,FMISO_c1", "--all-subsets", "-o", "every")
    assert len(every["subsets"]) == 3
    door.refused("cohort", "scan", table, "--maps", "T2", "-o", "no", code="input", match='no column "map:T2"')


def test_the_centres_written_give_the_same_scan_again(door: Door, table: Path, found: dict[str, Any]) -> None:
    again = door("cohort", "scan", table, *FEW, "--centres", "scan/centres.csv", "-o", "again")
    assert without_names(again) == without_names(found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("case,z,y\nH0,0,0\n", r'row 1, lacks the column "x"'),
        ("case,z,y,x\nH0,0,0,0\nH0,0,a,0\n", r'row 3, column "y", holds no whole number'),
        ("case,z,y,x\nH0,9,0,0\n", r'row 2, columns "z", "y", "x": case "H0" has no tumour voxel \(9, 0, 0\)'),
        ("case,z,y,x\nX0,0,0,0\n", r'row 2, column "case": case "X0"'),
        ("case,z,y,x\n", "has no rows"),
    ],
)
def test_centres_that_are_none_are_refused(door: Door, table: Path, text: str, sentence: str) -> None:
    (door.folder / "centres.csv").write_text(text)
    words = ["cohort", "scan", table, *FEW, "--centres", "centres.csv", "-o", "no"]
    door.refused(*words, code="input", match=sentence)


class Stops:
    """A progress that stops the work when a share is done."""

    def __init__(self, share: float) -> None:
        self.share = share

    def __call__(self, fraction: float, message: str) -> None:
        if fraction >= self.share:
            raise Cancelled


def step(table: Path) -> CohortScanStep:
    return CohortScanStep(cohort=str(table), output="scan", iterations=30, bootstraps=6, permutations=9)


def test_a_stopped_scan_goes_on_and_gives_the_same_numbers(door: Door, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Cancelled, match=r"2 finished subsets are kept"):
        run_job(Job(steps=(step(table),)), Stops(0.7), folder=door.folder)
    left = on_disk(door.folder / "scan")
    assert len([name for name in left if name.endswith(".subset")]) == 2
    assert not any(name.endswith("scan.json") and "unfinished" not in name for name in left)
    resumed = door("cohort", "scan", table, *FEW, "-o", "scan")
    assert resumed["resumed"] == 2
    whole = door("cohort", "scan", table, *FEW, "-o", "whole")
    assert whole["resumed"] == 0
    assert without_names(resumed) == without_names(whole)
    with np.load("scan/scan.npz") as one, np.load("whole/scan.npz") as other:
        assert one.files == other.files
        assert all(one[name].tobytes() == other[name].tobytes() for name in one.files)


def test_a_scan_stopped_before_its_first_subset_leaves_nothing(door: Door, table: Path) -> None:
    before = on_disk(door.folder)
    with pytest.raises(Cancelled, match="nothing was written"):
        run_job(Job(steps=(step(table),)), Stops(0.1), folder=door.folder)
    assert on_disk(door.folder) == before


def test_other_settings_do_not_go_on_from_there(door: Door, table: Path) -> None:
    with pytest.raises(Cancelled):
        run_job(Job(steps=(step(table),)), Stops(0.7), folder=door.folder)
    door.refused("cohort", "scan", table, *FEW, "--seed", "5", "-o", "scan", code="output", match="unfinished scan of another")


def test_a_truncated_checkpoint_is_said_and_can_be_deleted(door: Door, table: Path) -> None:
    with pytest.raises(Cancelled):
        run_job(Job(steps=(step(table),)), Stops(0.7), folder=door.folder)
    file = sorted((door.folder / "scan" / "unfinished").glob("*.subset"))[0]
    file.write_bytes(file.read_bytes()[:-7])
    door.refused(
        "cohort", "scan", table, *FEW, "-o", "scan", code="input", match=r"\.subset\" is truncated or damaged.*Delete this file"
    )
    file.unlink()
    assert door("cohort", "scan", table, *FEW, "-o", "scan")["resumed"] == 1


def test_a_disk_that_is_full_at_the_end_costs_nothing_but_the_end(
    door: Door, table: Path, found: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third file does not fit; once there is room, the same command writes what is missing."""
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name.endswith("scan.npz"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    words = ["cohort", "scan", str(table), *FEW, "-o", "late"]
    with monkeypatch.context() as limited:
        limited.setattr(Path, "write_bytes", full)
        assert main(words) == 7
    kept = {path.name for path in (door.folder / "late").iterdir()}
    assert kept == {"unfinished", "centres.csv", "subsets.csv"}
    assert door(*words)["resumed"] == 3
    for name in ("centres.csv", "subsets.csv", "scan.npz"):
        assert (door.folder / "late" / name).read_bytes() == (door.folder / "scan" / name).read_bytes()
    assert without_names(json.loads((door.folder / "late" / "scan.json").read_text())) == without_names(found)


@pytest.mark.parametrize("moment", ["before its first file", "after its last file"])
def test_a_scan_killed_at_either_end_can_be_given_again(
    door: Door, table: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if moment == "before its first file":
        (door.folder / "scan" / "unfinished").mkdir(parents=True)
    else:
        with monkeypatch.context() as killed:
            killed.setattr(Checkpoints, "discard", lambda _self: None)
            first = door("cohort", "scan", table, *FEW, "-o", "scan")
        assert (door.folder / "scan" / "unfinished").is_dir()
    again = door("cohort", "scan", table, *FEW, "-o", "scan")
    assert not (door.folder / "scan" / "unfinished").exists()
    assert len(again["subsets"]) == 3
    assert moment == "before its first file" or without_names(again) == without_names(first)


def test_a_finished_scan_is_never_written_over(door: Door, table: Path, found: dict[str, Any]) -> None:
    door.refused("cohort", "scan", table, *FEW, "-o", "scan", code="output", match="exists already")


def test_more_tumours_with_fewer_maps_make_the_extended_cohort(door: Door) -> None:
    """L2 has no FMISO: C_all has 8 tumours, C_max of ADC alone 9."""
    table = write_small_cohort(door.folder)
    table.write_text(table.read_text().replace("L2/FMISO_c1.nrrd", ""))
    told = door("cohort", "scan", table, *FEW, "-o", "scan")
    assert (told["tumours"], told["tumours_left_out"]) == (8, ["L2"])
    extended = {"+".join(one["maps"]): one["extended"] for one in told["subsets"]}
    assert (extended["FMISO_c1"], extended["ADC+FMISO_c1"]) == (None, None)
    assert set(extended["ADC"]["fractions"]) - set(told["subsets"][0]["fractions"]) == {"L2"}
    # By plain numpy: the same ball in all nine, with the normalisation of the eight.
    one, shares = told["subsets"][0], {}
    for case in extended["ADC"]["fractions"]:
        z = (read_image(door.folder / case / "ADC.nrrd").array.ravel() - one["z_mean"][0]) / one["z_sd"][0]
        shares[case] = float((np.abs(z - one["centre_z"][0]) <= one["radius_z"] * (1 + 1e-9)).mean())
    assert extended["ADC"]["fractions"] == pytest.approx(shares)
    groups = [np.array([share for case, share in shares.items() if case.startswith(name)]) for name in "HML"]
    d = [(b.mean() - a.mean()) / np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2) for a, b in pairwise(groups)]
    assert extended["ADC"]["S"] == pytest.approx(np.mean(d))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ((",M,,,", ",H,,,"), r'Class "M" has 0 tumours with ADC and FMISO_c1'),
        (("H0/ADC.nrrd", "nowhere.nrrd"), r'row 2 \(case "H0"\), column "map:ADC": there is no file'),
    ],
)
def test_a_cohort_that_cannot_be_scanned_is_refused_and_leaves_no_folder(
    door: Door, table: Path, change: tuple[str, str], match: str
) -> None:
    table.write_text(table.read_text().replace(*change))
    door.refused("cohort", "scan", table, *FEW, "-o", "no", code="input", match=match)


def test_the_table_for_people_names_best_chance_and_confounding(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = table.read_text().replace("line 20", "SAS").replace("line 21", "SAS")
    table.write_text(text)
    assert main(["cohort", "scan", str(table), *FEW[:-1], "25", "-o", "shown"]) == 0
    shown = capsys.readouterr().out
    assert "best of" in shown
    assert any(line.startswith("all ") for line in shown.splitlines())
    assert "less that, its S is" in shown
    assert 'Class "L" is the group "SAS" only' in shown
    assert "(1680 different ones exist)" in shown, "9! / (3! 3! 3!)"
    assert "By chance the best reaches" in shown
    assert "over the same bootstrap cohorts (no other pairs)" in shown
    assert "6 bootstrap cohorts are few" in shown, "one in 40 is 2.5 %"
    rows = list(csv.DictReader(io.StringIO(Path("shown/subsets.csv").read_text())))
    scores = [float(row["S"]) for row in rows]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


def test_so_small_classes_that_most_draws_are_thrown_away_are_said(found: dict[str, Any], door: Door) -> None:
    """Of 9 tumours, 3 in each class, a draw with two different ones of every class is rare: few are left to differ."""
    assert found["redrawn"] > 6
    assert found["permutation"]["null_95"] is None, "of nine shuffles, none is 5 in 100"
    assert any(one.startswith("Most draws were thrown away") for one in found["remarks"])
    model = door("cohort", "model", "--scan", "scan", "-o", "model.json")
    assert "of little worth: most draws were thrown away" in model["summary"]


def test_any_cluster_can_be_looked_at(door: Door, table: Path, found: dict[str, Any]) -> None:
    """The best is the one of the scan; another centre has its own score, as scan.npz has it."""
    best = door("cohort", "cluster", "scan", "--subset", "ADC,FMISO_c1", "-o", "best.nrrd")
    facts = found["subsets"][2]
    assert (best["S"], best["radius_z"]) == pytest.approx((facts["S"], facts["radius_z"]))
    assert best["fractions"] == pytest.approx(facts["fractions"])
    case = max(facts["fractions"], key=facts["fractions"].get)
    assert (best["case"], best["voxels"]) == (case, round(120 * facts["fractions"][case]))
    with np.load("scan/scan.npz") as arrays:
        scores = arrays["2.scores"]
    other = door("cohort", "cluster", "scan", "--centre", 3, "--subset", "ADC,FMISO_c1", "--tumour", "H1", "-o", "other.nrrd")
    assert other["S"] == pytest.approx(scores[3])
    assert other["case"] == "H1"
    words = ["cohort", "cluster", "scan", "-o", "no.nrrd"]
    door.refused(*words, "--centre", 99, code="input", match="30 centres; there is no row 99")
    door.refused(*words, "--tumour", "X", code="input", match='no tumour "X"')
    table.write_text(table.read_text().replace("line 20", "line 9"))
    door.refused(*words, code="input", match="is not the one that was scanned")


def test_classical_indices_are_scored_in_the_same_way(door: Door, table: Path) -> None:
    """Mean ADC of every tumour from its file, and Cohen's d by numpy."""
    told = door("cohort", "scan", table, *FEW, "--maps", "ADC", "--indices", "-o", "scan")
    facts = next(one for one in told["indices"] if one["name"] == "ADC mean")
    means = {case: float(read_image(door.folder / case / "ADC.nrrd").array.mean(dtype=float)) for case in told["class_of"]}
    assert facts["values"] == pytest.approx(means, rel=1e-6)
    groups = {name: np.array([means[case] for case in means if told["class_of"][case] == name]) for name in "HML"}
    d = [
        (groups[b].mean() - groups[a].mean()) / np.sqrt((groups[a].var(ddof=1) + groups[b].var(ddof=1)) / 2)
        for a, b in (("H", "M"), ("M", "L"))
    ]
    assert facts["S_pairs"] == pytest.approx(d, rel=1e-5)
    names = {one["name"] for one in told["indices"]}
    assert {"volume", "ADC valley of 7", "ADC minimum", "FMISO_c1 peak of 7"} <= names, "maps that are not scanned as well"
    assert not {"ADC volume", "ADC MTV", "ADC TLG"} & names
    assert next(one["unit"] for one in told["indices"] if one["name"] == "ADC mean") == "um2/s"


def test_a_map_that_cannot_be_measured_costs_its_indices_alone(door: Door, table: Path) -> None:
    table.write_text(table.read_text().replace("M1/FMISO_c1.nrrd", "M2/FMISO_c1.nrrd"))
    told = door("cohort", "scan", table, *FEW, "--maps", "ADC", "--indices", "-o", "scan")
    assert {one["map"] for one in told["indices"]} == {"", "ADC"}
    assert "No indices of FMISO_c1: The cohort" in told["remarks"][-1]
    assert 'row 6 (case "M1"), column "map:FMISO_c1"' in told["remarks"][-1]


def test_a_killed_scan_loses_at_most_one_subset(door: Door, table: Path) -> None:
    """Killed without warning as soon as the first subset is there; what was finished stays, and the numbers are the same."""
    words = ["cohort", "scan", str(table), *FEW[:-1], "3000", "-o", "scan"]
    process = subprocess.Popen([sys.executable, "-m", "dosepainting_hrs.cli.main", *words], stdout=-3, stderr=-3)
    kept = door.folder / "scan" / "unfinished"
    end = time.monotonic() + 90
    while not (kept.is_dir() and any(kept.glob("*.subset"))) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    process.kill()
    process.wait()
    finished = len(list(kept.glob("*.subset"))) if kept.is_dir() else 3
    assert finished >= 1
    if kept.is_dir():
        assert door(*words)["resumed"] >= finished
    whole = door(*words[:-1], "whole")
    again = json.loads((door.folder / "scan" / "scan.json").read_text())
    assert without_names(again) == without_names(whole)


def test_time_points_are_scanned_apart(door: Door) -> None:
    """Two time points; at the second the tumours' maps are the other way round, and the best cluster lies elsewhere."""
    table = write_small_cohort(door.folder)
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    late = [{**row, "time_point": "w2", "map:ADC": row["map:FMISO_c1"], "map:FMISO_c1": ""} for row in rows]
    write_table(door.folder, [{**row, "time_point": "w0"} for row in rows] + late, time_points=["w0", "w2"])
    door.refused("cohort", "scan", table, *FEW, "-o", "no", code="input", match=r'2 time points.*"w0", "w2"')
    words = ["cohort", "scan", table, *FEW, "--maps", "ADC"]
    first, second = (door(*words, "--time-point", when, "-o", when) for when in ("w0", "w2"))
    assert (first["time_point"], second["time_point"]) == ("w0", "w2")
    assert first["units"] != second["units"], "what stands in the column at that time is what is scanned"


def test_supervoxels_are_scanned_with_their_weights(door: Door, table: Path) -> None:
    told = door("cohort", "scan", table, *FEW, "--supervoxels", 6, "-o", "scan")
    assert (told["voxels"], told["n_hrs"]) == (1080, 81)
    assert "supervoxels of 6 voxels on average" in told["remarks"][-1]
    best = told["subsets"][told["best"]]
    (door.folder / "one.csv").write_text("case,z,y,x\nL1,0,0,1\nL1,3,4,5\nM0,2,2,2\n")
    assert door("cohort", "scan", table, *FEW, "--supervoxels", 6, "--centres", "one.csv", "-o", "given")["centres"] == 3
    cluster = door("cohort", "cluster", "scan", "-o", "voxels.nrrd")
    assert (cluster["S"], cluster["radius_z"]) == pytest.approx((best["S"], best["radius_z"])), "the scan's own supervoxels"
    assert cluster["fractions"] == pytest.approx(best["fractions"])
    assert cluster["voxels"] == pytest.approx(120 * best["fractions"][cluster["case"]], abs=12), "one may tie for a last place"


def test_a_cluster_of_a_scan_with_gaps_leaves_them_out_too(door: Door, table: Path) -> None:
    image = read_image(door.folder / "L2" / "ADC.nrrd")
    image.array[0, 0, :4] = np.nan
    (door.folder / "L2" / "ADC.nrrd").unlink()
    write_volume(image, door.folder / "L2" / "ADC.nrrd")
    door.refused("cohort", "scan", table, *FEW, "-o", "scan", code="input", match="4 of 120 voxels of the region have no value")
    told = door("cohort", "scan", table, *FEW, "--leave-out-gaps", "-o", "scan")
    assert told["voxels"] == 1076
    best = told["subsets"][told["best"]]
    cluster = door("cohort", "cluster", "scan", "-o", "voxels.nrrd")
    assert cluster["S"] == pytest.approx(best["S"])


def test_power_is_told_for_rising_sizes(door: Door) -> None:
    """d of each pair is 2: some tumours are enough, fewer are not, and S is about 2."""
    told = door("cohort", "power", "--effect", "0.1", "--noise", "0.05", "--simulations", 300)
    jsonschema.validate(told, schemas()["result-cohort-power.schema.json"])
    powers = {one["tumours"]: one["power"] for one in told["sizes"]}
    assert powers[told["needed"]] >= 0.8
    assert min(powers.values()) < 0.8
    assert told["sizes"][-1]["score"] == pytest.approx(2.0, rel=0.25)
    assert told["least_score"] is None
    words = ["--effect", "0.1", "--noise", "0.05", "--least-score", "1.5", "--simulations", 50]
    shown = SHOWN_COHORT["cohort-power"](door("cohort", "power", *words))
    assert "! S had to reach 1.5 at every size" in shown
    door.refused("cohort", "power", "--effect", "much", "--noise", "1", code="parameter", match="--effect takes a number")
