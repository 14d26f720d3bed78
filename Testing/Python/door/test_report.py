"""The working of SUV and ADC in the page on any real job: of the map itself, of a region made from it, and of its export."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from builders.bad_input import Door, Person
from builders.dicom_series import write_series
from builders.frame_series import write_dwi
from builders.house import ROOT
from builders.suv_reference_objects import write_reference_object
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.storage.volumes import read_mask

PREFIX_OF_TIMES = "Reference times that the tags give"


def text_of(page: Path) -> str:
    """What a person reads on a page: without tags, with single spaces."""
    bare = re.sub(r"<style>.*?</style>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def test_the_page_of_a_map_shows_its_working(ann: Person, door: Door, tmp_path: Path) -> None:
    """The phantom's PET is injected with a given activity at a given time: factor, times and tags stand on the page."""
    pet = str(ann.folder / "patient" / "PET")
    door("map", "suv", "--image", pet, "-o", "suv.nrrd", "--report", "page.html")
    page = text_of(tmp_path / "page.html")
    for wanted in (
        "1. map suv",
        "Working of SUVbw (g/ml)",
        "Steps and factors",
        PREFIX_OF_TIMES,
        "PatientWeight",
        "(0010,1030)",
        "How it was imaged",
        "Patient ANN-1",
    ):
        assert wanted in page
    assert page.count("Working of ") == 1, "the PET's own facts are among those of the SUV"


def test_segment_and_export_show_the_working_of_the_map_beneath(ann: Person, door: Door, tmp_path: Path) -> None:
    """The mask alone goes to the export: the map's working travels in the file of the mask."""
    suv, gtv, hrs = (str(ann.folder / name) for name in ("suv.nrrd", "gtv.nrrd", "hrs.nrrd"))
    door("segment", "percent-max", "--map", suv, "--within", gtv, "--percent", "50", "-o", "a.nrrd", "--report", "a.html")
    door("region", "margin", "--region", "a.nrrd", "--margin-mm", "2", "-o", "b.nrrd", "--report", "b.html")
    door("export", "rtstruct", "--planning-ct", str(ann.folder / "patient" / "CT"), "--region", "HRS=b.nrrd", "-o", "c.dcm",
          "--report", "c.html")  # fmt: skip
    assert [one.quantity for one in read_mask(Path(hrs)).rests_on] == ["SUVbw (g/ml)"]
    pages = [text_of(tmp_path / f"{name}.html") for name in "abc"]
    for page, title in zip(pages, ("1. segment percent-max", "1. region margin", "1. export-rtstruct"), strict=True):
        assert title in page
        assert "Working of SUVbw (g/ml)" in page
        assert PREFIX_OF_TIMES in page
    assert "read back ml" in pages[2]
    assert 'How the region "b" came about' in pages[2]
    assert "50 % of the maximum" in pages[2], "the way of the region, which the export's own answer does not tell"


def test_the_page_of_a_job_file_shows_each_working_once(ann: Person, door: Door, tmp_path: Path) -> None:
    case = str(ann.folder / "case.json")
    steps = [
        {"do": "map", "method": "suv", "inputs": {"image": "PET"}, "output": "suv.nrrd"},
        {
            "do": "segment",
            "method": "percent-max",
            "inputs": {"map": "./suv.nrrd", "within": "GTVp"},
            "parameters": {"percent": 50.0},
            "output": "hrs.nrrd",
        },
    ]
    (tmp_path / "job.json").write_text(json.dumps({"schema": 1, "case": case, "steps": steps}), encoding="utf-8")
    door("run", "job.json", "--output-dir", "out", "--report", "page.html")
    page = text_of(tmp_path / "page.html")
    assert page.count("Working of SUVbw (g/ml)") == 1
    assert "2. segment percent-max" in page
    again = ("run", "job.json", "--output-dir", "again", "--report", "page.html")
    door.refused(*again, code="output", match="page.html")


def test_reference_times_that_differ_and_values_by_hand_stand_on_the_page(door: Door, tmp_path: Path) -> None:
    """Reference object 3_0 without a weight: the weight is supplied by hand, the dose taken as MBq by convention."""

    def without_weight(_: int, ds: object) -> None:
        del ds.PatientWeight  # type: ignore[attr-defined]

    write_reference_object(tmp_path / "pet", "3_0", without_weight)
    by = ["--weight", "70", "--supplied-by", "A. Nurse", "--supplied-reason", "chart"]
    door("map", "suv", "--image", "pet", *by, "-o", "suv.nrrd", "--report", "page.html")
    page = text_of(tmp_path / "page.html")
    assert "Supplied by hand" in page
    assert "By A. Nurse: chart." in page
    assert "Conventions applied" in page
    assert "it was taken as MBq" in page


def test_a_ratio_and_a_resampled_map_keep_the_working_of_the_suv(ann: Person, door: Door, tmp_path: Path) -> None:
    suv, gtv = str(ann.folder / "suv.nrrd"), str(ann.folder / "gtv.nrrd")
    door("map", "ratio", "--image", suv, "--reference", gtv, "-o", "tmr.nrrd", "--report", "tmr.html")
    page = text_of(tmp_path / "tmr.html")
    assert "Working of SUVbw (g/ml)" in page
    assert "Working of uptake ratio" in page
    door("resample", suv, "--like", str(ann.folder / "patient" / "CT"), "-o", "on_ct.nrrd")
    door("report", "--map", "SUV=on_ct.nrrd", "--region", f"GTV={gtv}", "-o", "case.html")
    page = text_of(tmp_path / "case.html")
    assert "How SUV came about" in page
    assert "Resampled (linear interpolation)" in page
    assert "Working of SUVbw (g/ml)" in page


def write_patient_dwi(folder: Path) -> None:
    """b = 0 holds 1000, b = 500 1000 / e, so that ADC is 1 / 500 mm2/s = 2000 um2/s in every voxel."""
    stored = np.stack([np.full((2, 2, 2), value, dtype=np.int16) for value in (1000, 368)])
    write_dwi(folder, stored, (0.0, 500.0))


def test_the_page_of_a_case_shows_the_working_of_every_map_in_it(door: Door, tmp_path: Path) -> None:
    """A case with an ADC of ours, a scanner's ADC series, and a mask."""
    write_patient_dwi(tmp_path / "dwi")
    adc = {"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"], "Manufacturer": "SIEMENS"}
    stored = np.full((2, 2, 2), 2000, dtype=np.int16)
    write_series(tmp_path / "scanner", stored, modality="MR", series_uid="1.2.3.77", tags=adc)
    door("map", "adc", "--frames", "dwi", "--fit", "non-linear with noise floor", "--noise-floor", "20", "-o", "adc.nrrd")
    images = [
        {"name": "ADC", "path": "adc.nrrd"},
        {"name": "scanner", "path": "scanner", "role": "ADC"},
        {"name": "DWI", "path": "dwi", "role": "DWI"},
    ]
    (tmp_path / "case.json").write_text(json.dumps({"schema": 2, "patient_id": "P1", "images": images}), encoding="utf-8")
    door("report", "--case", "case.json", "-o", "case.html")
    page = text_of(tmp_path / "case.html")
    assert page.count("Working of ADC (um2/s)") == 2
    assert "Signals: b = 0, 500 s/mm2." in page
    assert "Noise floor: 20, given." in page
    assert "Convention: an ADC map of Siemens that is not rescaled stores 1e-6 mm2/s." in page


def test_the_command_says_what_is_on_the_page(ann: Person, door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--map", f"SUV={ann.folder / 'suv.nrrd'}", "-o", "page.html"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        "Page written: page.html",
        "  maps: SUV",
        "  with the working of: SUVbw (g/ml)",
    ]


def test_a_page_without_any_map_says_so(ann: Person, door: Door, tmp_path: Path) -> None:
    door("region", "margin", "--region", ann.folder / "gtv.nrrd", "--margin-mm", 2, "-o", "b.nrrd", "--report", "b.html")
    assert "No map with a record of its working took part." in text_of(tmp_path / "b.html")


def test_a_note_asks_nobody_to_look(ann: Person, door: Door, tmp_path: Path) -> None:
    door("sweep", "--map", ann.file("suv"), "--within", ann.file("gtv"), "-o", "s.json", "--report", "s.html")
    page = text_of(tmp_path / "s.html")
    assert "Note: Every voxel in scope" in page
    assert "Look at this: Note" not in page


def test_nothing_to_report_is_told(door: Door) -> None:
    door.refused("report", "-o", "page.html", code="input", match="There is no map and no region to report on")


def test_the_documents_name_it() -> None:
    assert "--report" in (ROOT / "docs/maps.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", ["segment", "map", "export", "run"])
def test_help_names_it(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    what = {"segment": ["percent-max"], "map": ["suv"], "export": ["rtstruct"], "run": []}[word]
    with pytest.raises(SystemExit):
        main([word, *what, "--help"])
    assert "--report PAGE.HTML" in capsys.readouterr().out
