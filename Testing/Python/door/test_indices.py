"""`indices`: maps and regions in, a table, JSON and CSV out."""

import csv
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from builders.house import ROOT
from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.registration.resample import resample_image
from dosepainting_hrs.storage.volumes import write_volume

SCHEMA = json.loads((ROOT / "docs/formats/result-indices.schema.json").read_text(encoding="utf-8"))
VALUES = np.arange(1.0, 28.0).reshape(3, 3, 3)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    muscle = np.zeros((3, 3, 3))
    muscle[0, 0, :2] = 1
    write_volume(image_of(VALUES), tmp_path / "suv.nrrd", job="")
    write_volume(mask_of(np.ones((3, 3, 3)), name="GTVp"), tmp_path / "gtv.nrrd", job="")
    write_volume(mask_of(muscle, name="muscle"), tmp_path / "muscle.nrrd", job="")
    return tmp_path


WORDS = ["indices", "--map", "SUV=suv.nrrd", "--region", "GTVp=gtv.nrrd", "--reference", "muscle.nrrd", "--bin-width", "1"]


def test_json_follows_its_schema_and_csv_says_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "-o", "indices.csv", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, SCHEMA)
    by_name = {one["index"]: one["value"] for one in answer["indices"]}
    assert (by_name["mean"], by_name["maximum"], by_name["TMR mean"]) == (14.0, 27.0, pytest.approx(14 / 1.5))
    assert by_name["entropy"] == pytest.approx(np.log2(27))
    with (folder / "indices.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert {one["index"]: float(one["value"]) for one in lines} == by_name
    assert {(one["patient"], one["map"], one["region"], one["quantity"]) for one in lines} == {("P1", "SUV", "GTVp", "SUVbw")}


def test_the_table_shows_numbers_and_definitions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(WORDS) == 0
    out = capsys.readouterr().out
    assert "SUV, GTVp" in out
    assert "27.0000" in out
    assert "peak: Highest mean over a sphere of 1 cm3" in out
    assert not list(folder.glob("*.csv"))


def test_each_map_is_measured_on_its_own_grid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The region comes to each map's grid: 27 voxels of 2 mm are 216 mm3 on any grid."""
    coarse = geometry_of((6, 6, 6), (1.0, 1.0, 1.0), (-0.5, -0.5, -0.5))
    write_volume(image_of(np.repeat(np.repeat(np.repeat(VALUES, 2, 0), 2, 1), 2, 2), coarse), folder / "fine.nrrd", job="")
    assert main(["indices", "--map", "A=suv.nrrd", "--map", "B=fine.nrrd", "--region", "GTVp=gtv.nrrd", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    volumes = {one["map"]: one["value"] for one in answer["indices"] if one["index"] == "volume"}
    assert volumes == {"A": pytest.approx(0.216), "B": pytest.approx(0.216)}


def test_a_map_that_misses_the_reference_costs_its_ratios_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half = image_of(VALUES[1:], geometry_of((2, 3, 3), origin=(0.0, 0.0, 2.0)))
    write_volume(half, folder / "half.nrrd", job="")
    gtv = np.zeros((3, 3, 3))
    gtv[1:] = 1
    write_volume(mask_of(gtv, name="GTVp"), folder / "upper.nrrd", job="")
    words = ["indices", "--map", "SUV=suv.nrrd", "--map", "HALF=half.nrrd", "--region", "upper.nrrd", "--json"]
    assert main([*words, "--reference", "muscle.nrrd"]) == 0
    answer = json.loads(capsys.readouterr().out)
    ratios = {one["map"]: one["value"] for one in answer["indices"] if one["index"] == "TMR mean" and one["value"] is not None}
    assert ratios == {"SUV": pytest.approx(18.5 / 1.5)}
    assert any('No ratios on the map "HALF": ' in one and "muscle" in one for one in answer["remarks"])


def test_a_resampled_map_is_told_to_have_another_maximum(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = resample_image(image_of(VALUES), geometry_of(VALUES.shape))
    write_volume(moved, folder / "resampled.nrrd", job="")
    assert main(["indices", "--map", "SUV=resampled.nrrd", "--region", "GTVp=gtv.nrrd"]) == 0
    assert "was resampled, so its maximum" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--map", "SUV=gtv.nrrd", "--region", "GTVp=gtv.nrrd"], "is a region; a map is needed"),
        (["--map", "SUV=suv.nrrd", "--region", "GTVp=gtv.nrrd", "--bin-width", "0"], "must be above 0"),
        (["--map", "SUV=suv.nrrd", "--region", "GTVp=gtv.nrrd", "--bin-width", "wide"], "bin-width"),
        (["--map", "suv.nrrd", "--region", "GTVp=gtv.nrrd"], "NAME="),
    ],
)
def test_what_cannot_be_measured_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert main(["indices", *words]) != 0
    assert sentence in capsys.readouterr().err
