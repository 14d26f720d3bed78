"""`map suv` at the command line: what is missing is named with its option, given by hand, and on record."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from pydicom import Dataset

from builders.house import ROOT
from builders.suv_reference_objects import write_reference_object
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.storage.volumes import read_image

SCHEMA = json.loads((ROOT / "docs/formats/result-map.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reference object whose weight is missing."""

    def without_weight(_: int, ds: Dataset) -> None:
        del ds.PatientWeight

    monkeypatch.chdir(tmp_path)
    write_reference_object(tmp_path / "pet", "3_0", without_weight)
    return tmp_path


def test_a_missing_weight_is_named_with_the_option_that_gives_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "suv", "--image", "pet", "-o", "suv.nrrd"]) == 4
    told = capsys.readouterr().err
    assert "PatientWeight (0010,1030) is missing; SUV needs it, in kg." in told
    assert "--weight" in told
    assert not (folder / "suv.nrrd").exists()


def test_given_by_hand_it_is_used_shown_and_kept_in_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["map", "suv", "--image", "pet", "--weight", "70", "--supplied-by", "A. Nurse", "--supplied-reason", "chart"]
    assert main([*words, "-o", "suv.nrrd"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Supplied by hand: PatientWeight (0010,1030) = 70 kg, which the header does not have. By A. Nurse: chart." in out
    assert "Convention: RadionuclideTotalDose (0018,1074) is 368.08: from 1 to 10000, so it was taken as MBq." in out
    made = read_image(folder / "suv.nrrd")
    assert round(float(np.median(made.array)), 2) == 1.0
    (record,) = made.identity.supplied
    assert (record.what, record.who, record.reason) == (
        "PatientWeight (0010,1030) = 70 kg, supplied by hand",
        "A. Nurse",
        "chart",
    )


def test_the_result_holds_the_working_with_tags_numbers_and_kinds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["map", "suv", "--image", "pet", "--weight", "70", "--normalisation", "body surface area", "-o", "suv.nrrd"]
    assert main([*words, "--json", "--save-job", "job.json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, SCHEMA)
    assert (answer["quantity"], answer["unit"]) == ("SUVbsa", "cm2/ml")
    kinds = {one["kind"] for one in answer["working"]}
    assert kinds >= {"supplied by hand", "convention", "input", "step", "reference time", "check", "reported"}
    weight = next(one for one in answer["working"] if one["kind"] == "input" and "weight" in one["text"])
    assert (weight["tag"], weight["value"], weight["unit"]) == ("PatientWeight (0010,1030)", 70.0, "kg")
    assert main(["run", "job.json", "--output-dir", "again", "--json"]) == 0
    assert read_image(folder / "again" / "suv.nrrd").array.tobytes() == read_image(folder / "suv.nrrd").array.tobytes()


def test_against_the_header_a_reason_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["map", "suv", "--image", "pet", "--weight", "70", "--injected-dose", "300", "-o", "suv.nrrd"]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert "RadionuclideTotalDose (0018,1074) is 368.08 in the header, but 300 MBq was given by hand" in told
    assert "--supplied-by and --supplied-reason" in told
