"""Wrong words, job files and case files: what is wrong, where, and what there is instead."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from builders.bad_input import Door, Person
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.cli.schemas import schemas
from dosepainting_hrs.registry import MAPS, REGIONS, SEGMENTATIONS

STEP = {"do": "inspect", "folder": "x"}
IMAGE = {"name": "CT", "path": "CT"}


def written(path: str, value: Any) -> str:
    Path(path).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("value", "code", "match"),
    [
        ("{", "input", 'job file "job.json" is not valid JSON'),
        ("", "input", "is not valid JSON"),
        ("[]", "input", "holds a list; a JSON object is needed|holds \\[\\]; a JSON object"),
        ({}, "input", r'lacks a schema version \("schema": 1\)'),
        ({"schema": "1", "steps": [STEP]}, "input", "lacks a schema version"),
        ({"schema": True, "steps": [STEP]}, "input", "lacks a schema version"),
        ({"schema": 2, "steps": [STEP]}, "input", "has schema 2, this software knows up to 1.*Update"),
        ({"schema": 1}, "input", 'needs "steps"'),
        ({"schema": 1, "steps": []}, "input", 'needs "steps"'),
        ({"schema": 1, "steps": "inspect"}, "input", 'needs "steps"'),
        ({"schema": 1, "steps": [STEP], "cases": ""}, "input", 'has no "cases".*Did you mean "case"'),
        ({"schema": 1, "steps": [STEP], "case": 5}, "input", '"case" and "folder", when given, are paths'),
        ({"schema": 1, "steps": [5]}, "input", 'step 1 must be an object with "do"'),
        ({"schema": 1, "steps": [{"do": "inspekt"}]}, "parameter", 'step 1: there is no step "inspekt".*"inspect"'),
        ({"schema": 1, "steps": [{"do": "inspect"}]}, "input", 'step 1 lacks "folder"'),
        ({"schema": 1, "steps": [{**STEP, "foldr": "y"}]}, "input", 'step 1 has no "foldr".*Did you mean "folder"'),
        ({"schema": 1, "steps": [STEP, {**STEP, "folder": 7}]}, "input", "step 2, folder must be a text, got 7"),
        ({"schema": 1, "steps": [{**STEP, "folder": None}]}, "input", "step 1, folder must be a text, got nothing"),
        ({"schema": 1, "steps": [STEP], "case": "gone.json"}, "input", 'case file "gone.json" cannot be read: No such file'),
        (
            {"schema": 1, "steps": [{"do": "demo", "output": "o", "size": "huge"}]},
            "input",
            'step 1, size cannot be "huge"',
        ),
        ({"schema": 1, "steps": [{"do": "demo", "output": "o", "seed": -1}]}, "input", "step 1, seed is -1, out of its range"),
        ({"schema": 1, "steps": [{"do": "demo", "output": ""}]}, "output", "exists already"),
        ({"schema": 1, "steps": [{**STEP, "folder": "x\0y"}]}, "input", "step 1, folder holds a null character"),
    ],
)
def test_a_wrong_job_file_says_where(door: Door, value: Any, code: str, match: str) -> None:
    job = written("job.json", value)
    door.refused("run", job, code=code, match=match)


def test_a_job_file_that_is_not_there_or_no_text_is_named(door: Door) -> None:
    door.refused("run", "gone.json", code="input", match='job file "gone.json" cannot be read: No such file')
    Path("binary.json").write_bytes(b"\xff\xfe\x00\x80")
    door.refused("run", "binary.json", code="input", match='"binary.json" is not valid JSON')
    door.refused("run", ".", code="input", match="cannot be read: Is a directory")


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ({"schema": 1, "image": []}, 'case file "case.json" has no "image".*Did you mean "images"'),
        ({"schema": 9}, "has schema 9"),
        ({"schema": 1, "images": [{"name": "CT"}]}, 'images, item 1 lacks "path"'),
        ({"schema": 1, "images": {"CT": "CT"}}, "images must be a list, got an object"),
        ({"schema": 1, "images": [IMAGE, {**IMAGE, "role": 3}]}, "images, item 2, role must be a text, got 3"),
        ({"schema": 1, "images": [IMAGE, IMAGE]}, 'uses the name "CT" more than once'),
        ({"schema": 1, "same_patient": [{"patient_ids": ["a"], "who": "x", "reason": "y"}]}, "must have 2 items, got 1"),
        ({"schema": 1, "transforms": [{"from_frame": "1", "to_frame": "2", "who": "x"}]}, 'lacks "reason"'),
        ({"schema": 1, "transforms": [{"from_frame": "1", "to_frame": "2", "matrix": ["1"]}]}, "lacks|must be a number"),
        ({"schema": 1, "images": [{**IMAGE, "path": "gone"}]}, 'case says that "CT" is "gone", but there is no such'),
    ],
)
def test_a_wrong_case_file_says_where(door: Door, value: Any, match: str) -> None:
    words = ("map", "suv", "--case", written("case.json", value), "--image", "CT", "-o", "suv.nrrd")
    door.refused(*words, code="input", match=match)


def test_a_role_that_does_not_exist_is_answered_with_the_nearest(door: Door, ann: Person) -> None:
    image = {**IMAGE, "path": str(ann.ct), "role": "plannig CT", "series": ann.truth.ct_series}
    case = written("case.json", {"schema": 1, "images": [image]})
    door.refused("inspect", ann.ct, "--case", case, code="parameter", match='role "plannig CT".*Did you mean "planning CT"')


def test_a_series_that_the_case_names_and_that_moved_is_told_as_a_person_knows_it(door: Door, ann: Person) -> None:
    """The PET was moved: its folder now holds the CT."""
    image = {"name": "PET", "path": str(ann.ct), "role": "PET", "series": ann.truth.pet_series}
    case = written("case.json", {"schema": 1, "images": [image]})
    said = door.refused("map", "suv", "--case", case, "--image", "PET", "-o", "s.nrrd", code="dicom", match="Correct the case")
    assert f'case says that its "PET" is series {ann.truth.pet_series} of "{ann.ct}", which has no such series.' in said
    assert "Did you mean" not in said
    assert re.search(rf'It is PT "[^"]+", number \d+, \d{{4}}-\d\d-\d\d, in "{re.escape(str(ann.pet))}"', said), said


def test_a_structure_set_names_the_series_it_was_drawn_on_and_where_it_lies(door: Door, ann: Person) -> None:
    case = written("case.json", {"schema": 1, "images": [{"name": "PET", "path": str(ann.pet)}]})
    words = ("segment", "percent-max", "--case", case, "--map", ann.file("suv"), "--percent", "50", "-o", "o.nrrd")
    said = door.refused(*words, "--within", f"{ann.structures}#GTVp", code="input", match='not among the images given: "')
    assert re.search(rf'"PET"\. It is CT "[^"]+", .*in "{re.escape(str(ann.ct))}"\. Name the image', said), said


APPLY = ("--maps", "ADC=a.nrrd", "--within", "w.nrrd", "-o", "o")
SEGMENT = ("--map", "m.nrrd", "--within", "w.nrrd", "-o", "o.nrrd")


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ((), '"dosepainting-hrs" needs the name of a command after it. There are: inspect, '),
        (("segmnt",), 'has no command "segmnt". Did you mean "segment"'),
        (("segment", "percentmax"), 'has no command "percentmax". Did you mean "percent-max"'),
        (("segment",), "needs the name of a command after it. There are: .*fixed-threshold, .*percent-max"),
        (("segment", "percent-max", "--withn", "GTV"), 'does not take "--withn". Did you mean "--within"'),
        (("segment", "percent-max", *SEGMENT), 'asks for "percent".*Values with a source: 41, 50, 38'),
        (("segment", "percent-max", *SEGMENT, "--percent", "150"), '"percent" takes a value from 1 to 100 %, got 150'),
        (("segment", "percent-max", *SEGMENT, "--percent", "-5"), '"percent" takes a value from 1 to 100 %, got -5'),
        (("segment", "percent-max", *SEGMENT, "--percent", "0.41"), "0.41 means 0.41 %, not 41 %. Did you mean 41"),
        (("segment", "percent-max", *SEGMENT, "--percent", "nan"), '"percent" takes .*got nan'),
        (("segment", "percent-max", *SEGMENT, "--percent", "half"), '--percent takes a number, got "half"'),
        (("segment", "percent-max", *SEGMENT, "--percent", "50%"), '--percent takes a number, got "50%".*Write 50: numbers'),
        (("segment", "percent-max", *SEGMENT, "--percent", "50,5"), 'got "50,5".*Write 50.5: numbers take a decimal point'),
        (("segment", "gradient", *SEGMENT, "--psf-fwhm-mm", "6 mm"), 'got "6 mm".*Write 6: numbers take .* no unit'),
        (("segment", "percent-max", *SEGMENT, "--threshold", "50"), 'not take "--threshold".*Did you mean "--percent"'),
        (("segment", "reference-ratio", *SEGMENT, "--threshold", "2"), 'not take "--threshold".*Did you mean "--ratio"'),
        (("segment", "percent-max", *SEGMENT, "--preset", "42"), 'no preset "42".*"41"'),
        (
            ("segment", "percent-max", *SEGMENT, "--preset", "50", "--percent", "41"),
            'preset "50" has percent 50, but percent 41',
        ),
        (("segment", "percent-max", *SEGMENT, "--percnt", "50"), 'does not take "--percnt".*Did you mean "--percent"'),
        (("segment", "percent-max", *SEGMENT, "--perc", "50"), 'does not take "--perc"'),
        (("segment", "fixed-threshold", *SEGMENT, "--threshold", "inf"), '"threshold" .*inf'),
        (
            ("segment", "fixed-threshold", *SEGMENT, "--threshold", "3", "--islands", "some"),
            '"islands" cannot be "some".*"all"',
        ),
        (("segment", "fixed-threshold", *SEGMENT, "--threshold", "3", "--minimum-island-ml", "-1"), "at least 0.*-1"),
        (("segment", "percent-max", "--map", "m.nrrd", "-o", "o.nrrd"), "needs --within REGION. --within: Region to stay"),
        (("export", "rtstruct", "--planning-ct", "CT", "-o", "x.dcm"), "needs --region NAME=REGION."),
        (("export", "rtstruct", "--planning-ct", "CT", "-o", "x.dcm", "--region", "HRS"), 'takes NAME=REGION, got "HRS"'),
        (
            ("export", "rtstruct", "--planning-ct", "CT", "-o", "x", "--region", "A=b", "--accept", "all"),
            'called "all" to accept',
        ),
        (("demo", "out", "--size", "smal"), '--size takes "full" or "small", got "smal". Did you mean "small"'),
        (("demo", "out", "--size", "7"), '--size takes "full" or "small", got "7". Size of the synthetic patient.'),
        (("demo",), "needs OUT. OUT: New folder for patient"),
        (("map", "suv"), "needs --image IMAGE and --output FILE. --image: PET series.* --output: New volume file."),
        (("map", "suv", "--image", "x", "-o"), "--output needs a value after it, and there is none. New volume file."),
        (("map", "suv", "my", "--image", "x", "-o", "y"), 'does not take "my". .*a name with spaces stands in quotes'),
        (("demo", "out", "--json=3"), '--json takes no value, got "3". Write --json alone.'),
        (("demo", "out", "--seed", "one"), '--seed takes a whole number, got "one".'),
        (("deliverability", "--region", "a.nrrd", "--width-mm", "5mm"), '--width-mm takes a number, got "5mm".*Write 5:'),
        (("segment", "fixed-threshold", *SEGMENT, "--value", "4"), 'not take "--value".*Did you mean "--threshold"'),
        (("segment", "percent-max", *SEGMENT, "--islnd", "all"), 'not take "--islnd".*Did you mean "--islands"'),
        (("demo", "out", "--seed", "-3"), "--seed takes a value of at least 0, got -3"),
        (("cohort", "apply", "m.json", *APPLY, "--jitter-mm", "-1"), "--jitter-mm takes a value of at least 0 mm, got -1"),
        (("cohort", "apply", "m.json", *APPLY, "--jitter-mm", "nan"), "--jitter-mm takes .* got nan"),
        (("cohort", "apply", "m.json", *APPLY, "--noise", "ADC=-3"), "--noise ADC takes a value of at least 0, got -3"),
        (
            ("cohort", "apply", "m.json", *APPLY, "--noise", "30"),
            '--noise takes NAME=SD, got "30". For example --noise "ADC=30"',
        ),
        (("cohort", "scan", "c.csv", "-o", "o", "--supervoxels", "0"), "--supervoxels takes a value of at least 1, got 0"),
        (
            ("segment", "hrs-model", "--model", "m.json", *APPLY, "--conditions", "name=specie,value=mouse"),
            '"name" cannot be "specie". Did you mean "species"',
        ),
        (("describe", "percent"), 'no method "percent".*"percent-max"'),
    ],
)
def test_wrong_words_are_answered_with_what_there_is(door: Door, words: tuple[str, ...], match: str) -> None:
    door.refused(*words, code="parameter", match=match)


def test_an_output_of_an_unknown_kind_is_refused_before_any_work(door: Door, ann: Person) -> None:
    for name in ("suv", "suv.tif", "suv.dcm"):
        door.refused(
            "map", "suv", "--image", ann.pet, "-o", name, code="output", match=f'"{name}" does not end in one of .nrrd'
        )


def test_the_error_object_has_the_form_of_its_schema(door: Door) -> None:
    assert main(["inspect", "gone", "--json"]) == 3
    out, err = door.capsys.readouterr()
    answer = json.loads(out)
    jsonschema.validate(answer, schemas()["error.schema.json"])
    assert answer == {
        "schema": 1,
        "error": {
            "code": "input",
            "message": 'The folder "gone" does not exist; a folder with DICOM files is needed.',
            "hint": "Check the path.",
            "exit_code": 3,
        },
    }
    assert all(set(json.loads(line)) == {"fraction", "message"} for line in err.splitlines())


def test_without_json_the_error_is_one_line_on_stderr() -> None:
    program = [sys.executable, "-m", "dosepainting_hrs.cli.main", "inspect", "gone"]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == 'Error: The folder "gone" does not exist; a folder with DICOM files is needed. Check the path.\n'


def test_names_that_no_file_system_takes_are_refused(door: Door, ann: Person) -> None:
    long = ("map", "suv", "--image", ann.pet, "-o", "a" * 300 + ".nrrd")
    door.refused(*long, code="output", match="cannot be written|could not be written")
    door.refused("map", "suv", "--image", "a" * 5000, "-o", "x.nrrd", code="input", match="aaa")
    door.refused("inspect", "a" * 5000, code="input", match="aaa")


def test_describe_tells_inputs_and_formula(door: Door) -> None:
    assert main(["describe", "percent-max"]) == 0
    out = " ".join(door.capsys.readouterr().out.split())
    assert "input within (region): Region to stay inside, usually the GTV." in out
    assert "threshold = percent x maximum / 100" in out


@pytest.mark.parametrize("words", [("describe", "percent-max"), ("run", "job.json")])
@pytest.mark.parametrize("option", ["--save-job", "--case"])
def test_what_makes_no_job_takes_no_option_of_one(door: Door, words: tuple[str, ...], option: str) -> None:
    """It would be passed over in silence."""
    door.refused(*words, option, "x.json", code="parameter", match=f'does not take "{option}"')


def test_a_case_is_told_from_a_job(door: Door, ann: Person) -> None:
    (door.folder / "job.json").write_text('{"schema": 1, "steps": [{"do": "inspect", "folder": "."}]}')
    door.refused("run", str(ann.folder / "case.json"), code="input", match='is a case file: .*A job names it as its "case"')
    door.refused("inspect", ".", "--case", "job.json", code="input", match="is a job file: it lists steps.*hrs run")


def test_without_a_name_every_method_is_listed_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split()[:2] for line in lines[2 : lines.index("")]]
    known = ((registry.kind, name) for registry in (MAPS, SEGMENTATIONS, REGIONS) for name in registry.names())
    assert [tuple(row) for row in rows] == list(known)
    assert any("describe METHOD" in line for line in lines)
