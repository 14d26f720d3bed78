"""A cohort looked through and grouped at the command line, on the synthetic cohort of Boeke et al. (2023), table 1."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from builders.bad_input import Door
from builders.cohort_files import write_small_cohort, write_table
from builders.volumes import geometry_of, image_of
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.cli.schemas import schemas
from dosepainting_hrs.quantities import ADC
from dosepainting_hrs.storage.volumes import read_image, write_volume


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic cohort."""
    folder = tmp_path_factory.mktemp("cohort")
    assert main(["cohort", "demo", str(folder / "demo")]) == 0
    return folder / "demo"


def valid(answer: dict, name: str) -> dict:
    jsonschema.validate(answer, schemas()[f"result-{name}.schema.json"])
    return answer


def test_counts_are_those_of_table_1(door: Door, demo: Path) -> None:
    """42 complete tumours of which 5 are CAL-33; 51 with DWI and 46 with PET, of which 45 and 41 are not CAL-33."""
    told = valid(door("cohort", "check", demo / "cohort.csv"), "cohort-check")
    assert (told["rows"], told["excluded"], told["included"], told["c_all"]) == (51, 6, 45, 37)
    c_max = {tuple(one["maps"]): one["tumours"] for one in told["c_max"]}
    assert (len(c_max), c_max[("ADC",)], c_max[("ADC", "FMISO_c1")]) == (31, 45, 41)
    assert [one.split(":")[0] for one in told["confounding"]] == [
        'Class "M" is the group "FaDu" only',
        'Class "L" is the group "SAS" only',
    ]
    assert told["problems"] == []


def test_histograms_of_every_case_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tumour with half its voxels lowest and half highest: full at both ends, empty between."""
    table = write_small_cohort(tmp_path, maps=["ADC"])
    ends = np.zeros((4, 5, 6))
    ends[:2] = 2000.0
    image = read_image(tmp_path / "H0" / "ADC.nrrd")
    (tmp_path / "H0" / "ADC.nrrd").unlink()
    write_volume(image_of(ends, geometry_of(ends.shape), ADC, image.identity), tmp_path / "H0" / "ADC.nrrd")
    assert main(["cohort", "check", str(table)]) == 0
    shown = capsys.readouterr().out
    (line,) = [one for one in shown.splitlines() if one.startswith("H0 ")]
    assert line.split("|")[1] == "@" + 14 * " " + "@"
    assert sum(" |" in one for one in shown.splitlines()) == 9, "a line for each tumour"


def test_maps_that_nobody_asks_for_are_in_nobody_s_way(door: Door) -> None:
    """No tumour has FMISO: with all maps there is no cohort, with ADC alone there is."""
    table = write_small_cohort(door.folder)
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    write_table(door.folder, [{**row, "map:FMISO_c1": ""} for row in rows])
    assert "0 tumours with all maps" in door("cohort", "check", table)["problems"][0]
    told = valid(door("cohort", "check", table, "--maps", "ADC"), "cohort-check")
    assert (told["problems"], told["c_all"], told["missing"]) == ([], 9, [])
    door.refused("cohort", "check", table, "--maps", "T2", code="input", match='no column "map:T2"')


def test_a_map_that_is_the_same_everywhere_stands_in_the_way(door: Door) -> None:
    table = write_small_cohort(door.folder)
    for path in door.folder.glob("*/ADC.nrrd"):
        image = read_image(path)
        path.unlink()
        write_volume(image.derived(np.full(image.array.shape, 7.0, np.float32), ADC, "Made up."), path)
    (told,) = door("cohort", "check", table)["problems"]
    assert told.startswith('Column "map:ADC" holds 7 in every voxel')
    assert door("cohort", "check", table, "--maps", "FMISO_c1")["problems"] == []


def test_a_voxel_size_that_the_tumours_do_not_have_stands_in_the_way(door: Door) -> None:
    """Tumours of 2 mm voxels; 5 % is told apart as from a patient's."""
    table = write_small_cohort(door.folder, conditions={"voxel_mm": [0.65, 0.65, 0.8]})
    told = 'row 2 (case "H0"), column "region": its voxels are 2 x 2 x 2 mm, but cohort.json says 0.65 x 0.65 x 0.8 mm.'
    assert door("cohort", "check", table)["problems"] == [told]
    write_small_cohort(door.folder / "alike", conditions={"voxel_mm": [2.0, 1.95, 2.0]})
    assert door("cohort", "check", "alike/cohort.csv")["problems"] == []


def test_the_editor_shows_the_chain_and_writes_the_classes(door: Door, demo: Path) -> None:
    table = demo / "cohort.csv"
    chained = valid(door("cohort", "classes", table, "--include", "CAL-33"), "cohort-classes")
    assert [one["indirect"] for one in chained["joined"]] == [[], ["FaDu and SAS"]]
    words = ["--names", "H,M,L", "--fractions", "0,0.075,0.15", "-o", "new.csv"]
    told = valid(door("cohort", "classes", table, *words), "cohort-classes")
    assert told["classes"] == ["H", "M", "L"]
    again = door("cohort", "check", "new.csv")
    assert (again["by_class"], again["c_all"]) == ({"H": 22, "M": 12, "L": 11}, 37)


def test_classes_that_do_not_fit_are_refused(door: Door, demo: Path) -> None:
    words = ["cohort", "classes", demo / "cohort.csv"]
    more = ["--names", "H,L", "--fractions", "0,0.15", "-o", "new.csv"]
    door.refused(*words, *more, code="input", match="3 classes .*but 2 names")
    door.refused(*words, "--names", "H,L", code="parameter", match="belong together")
    door.refused(*words, "--names", "H,M,L", "--fractions", "0;1", "-o", "new.csv", code="parameter", match="with commas")
    new = ["-o", "new.csv"]
    match = 'takes shares from 0 to 1, got "0,7.5,15".*7.5 % is 0.075'
    door.refused(*words, "--names", "H,M,L", "--fractions", "0,7.5,15", *new, code="parameter", match=match)
    door.refused(*words, "--names", "H,M,H", "--fractions", "0,0.1,0.2", *new, code="input", match="different names are needed")
    door.refused(*words, "--names", "H,M,L", "--fractions", "0,0,0", *new, code="input", match="would have no voxel")
    assert not (door.folder / "new.csv").exists()


def test_a_folder_of_case_files_is_a_cohort(door: Door, demo: Path) -> None:
    folder = door.folder / "cases"
    folder.mkdir()
    (folder / "cohort.json").write_text((demo / "cohort.json").read_text())
    for number, case in enumerate(("UTSCC-45-01", "UTSCC-45-02", "FaDu-01", "FaDu-02", "SAS-01", "SAS-02")):
        path = os.path.relpath(demo / case, folder)
        member = {"group": case[:4], "class_name": "HHMMLL"[number], "time_point": "w0"}
        images = [{"name": "ADC", "path": f"{path}/ADC.nrrd"}]
        regions = [{"name": "tumour", "path": f"{path}/GTV.nrrd", "role": "GTV"}]
        value = {"schema": 1, "patient_id": case, "images": images, "regions": regions, "cohort": member}
        (folder / f"{case}.case.json").write_text(json.dumps(value))
    told = door("cohort", "check", "cases")
    scanned = door("cohort", "scan", "cases", "--iterations", "20", "--bootstraps", "0", "--permutations", "0", "-o", "scan")
    assert (scanned["tumours"], [one["maps"] for one in scanned["subsets"]]) == (6, [["ADC"]])
    assert (told["included"], told["by_class"], [one["name"] for one in told["maps"]]) == (6, {"H": 2, "M": 2, "L": 2}, ["ADC"])
    (folder / "odd.case.json").write_text(json.dumps({"schema": 1}))
    door.refused("cohort", "check", "cases", code="input", match='"cases/odd.case.json" has no "cohort"')


def test_every_case_is_brought_to_one_grid(door: Door) -> None:
    """ADC on a grid of half the voxel edge: on the grid of the other map it is sampled at the same places."""
    table = write_small_cohort(door.folder)
    cases = [row["case"] for row in csv.DictReader(io.StringIO(table.read_text()))]
    for case in cases:
        coarse = read_image(door.folder / case / "ADC.nrrd")
        fine = np.repeat(np.repeat(np.repeat(coarse.array, 2, 0), 2, 1), 2, 2)
        origin = np.array(coarse.stored.geometry.origin) - 0.5
        geometry = geometry_of(fine.shape, (1.0, 1.0, 1.0), origin)
        (door.folder / case / "ADC.nrrd").unlink()
        write_volume(image_of(fine, geometry, ADC, coarse.identity), door.folder / case / "ADC.nrrd")
    refused = door("cohort", "check", table)["problems"]
    assert len([one for one in refused if "cohort build brings every case to one grid" in one]) == len(cases)
    told = valid(door("cohort", "build", table, "-o", "built"), "cohort-build")
    assert {(one["grid_of"], one["resampled"][0]) for one in told["cases"]} == {("FMISO_c1", "ADC")}
    assert door("cohort", "check", "built/cohort.csv")["problems"] == []
    made = read_image(door.folder / "built" / "H0" / "ADC.nrrd").array
    fine = read_image(door.folder / "H0" / "ADC.nrrd").array
    # A coarse centre lies between its eight equal fine voxels.
    np.testing.assert_allclose(made, fine[::2, ::2, ::2], rtol=1e-5)
