"""The main job through the command line, on the small synthetic patient: from DICOM folder to a checked RTSTRUCT."""

import json
import platform
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from dosepainting_hrs.case import Case
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.cli.schemas import schemas
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.rasterise import rasterise
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.dicom.structure_set import read_structure_set
from dosepainting_hrs.job import job_from_json
from dosepainting_hrs.phantom.patient import write_patient
from dosepainting_hrs.phantom.truth import PatientTruth
from dosepainting_hrs.records import from_json
from dosepainting_hrs.storage.volumes import read_image, read_mask

HRS = "GTVp_PT^HRS"


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> PatientTruth:
    return write_patient(tmp_path_factory.mktemp("synthetic") / "patient", size="small")


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run one command with --json in a new folder; check its result against its schema and return it."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object, name: str = "", code: int = 0) -> dict[str, Any]:
        assert main([*map(str, words), "--json"]) == code, capsys.readouterr().out
        out, err = capsys.readouterr()
        answer: dict[str, Any] = json.loads(out)
        for line in err.splitlines():
            assert set(json.loads(line)) == {"fraction", "message"}
        jsonschema.validate(answer, schemas()[f"{name or 'result-' + answer['do']}.schema.json"])
        return answer

    return run


def opened(door: Any, truth: PatientTruth) -> None:
    door("inspect", truth.folder, "--write-case", "case.json")


def test_inspect_finds_each_series_its_role_and_regions(door: Any, truth: PatientTruth) -> None:
    answer = door("inspect", truth.folder, "--write-case", "case.json")
    roles = {one["uid"]: one["role"] for one in answer["inventory"]["series"]}
    assert roles[truth.ct_series] == "planning CT"
    assert roles[truth.pet_series] == "PET"
    assert roles[truth.mr_series] == "T2"
    jsonschema.validate(json.loads(Path("case.json").read_text()), schemas()["case.schema.json"])
    case = json.loads(Path("case.json").read_text())
    assert {one["name"] for one in case["images"]} == {"CT", "PET", "T2"}
    assert {one["name"] for one in case["regions"]} == set(truth.roi_names)
    assert case["patient_id"] == truth.patient_id


def test_a_role_set_by_hand_wins(door: Any, truth: PatientTruth) -> None:
    opened(door, truth)
    case = json.loads(Path("case.json").read_text())
    next(one for one in case["images"] if one["name"] == "T2")["role"] = "T1"
    Path("mine.json").write_text(json.dumps(case))
    answer = door("inspect", truth.folder, "--case", "mine.json")
    mr = next(one for one in answer["inventory"]["series"] if one["uid"] == truth.mr_series)
    assert mr["role"] == "T1"
    assert "by hand" in mr["why"]


def test_the_whole_job_gives_a_structure_set_that_holds_the_known_subvolume(door: Any, truth: PatientTruth) -> None:
    opened(door, truth)
    suv = door("map", "suv", "--case", "case.json", "--image", "PET", "-o", "suv.nrrd")
    assert suv["quantity"] == "SUVbw"
    words = ("segment", truth.recipe.method, "--percent", truth.recipe.percent, "--case", "case.json")
    segment = door(*words, "--map", "./suv.nrrd", "--within", "GTVp", "-o", "hrs.nrrd")
    assert segment["volume_ml"] == pytest.approx(truth.hrs_ml, rel=0.15)
    words = ("export", "rtstruct", "--case", "case.json", "--planning-ct", "CT")
    export = door(*words, "--region", f"{HRS}=./hrs.nrrd", "-o", "HRS.dcm")
    region = export["regions"][0]
    assert region["differing_voxels"] == 0
    assert region["read_back_ml"] == pytest.approx(region["ct_ml"])
    half_a_voxel = 0.5 * read_stack(truth.folder / "CT").geometry.voxel_volume_ml
    assert region["ct_ml"] == pytest.approx(region["source_ml"], abs=half_a_voxel * (1 + 1e-9))
    assert region["map_maximum"] == pytest.approx(segment["map_maximum"])

    stack = read_stack(truth.folder / "CT")
    found = rasterise(read_structure_set(Path("HRS.dcm")).roi(HRS), stack.geometry).array
    actual = truth.true_hrs_on(stack.geometry)
    assert 2 * np.count_nonzero(found & actual) / (found.sum() + actual.sum()) > 0.8


def test_what_is_written_knows_patient_frame_series_and_quantity(door: Any, truth: PatientTruth) -> None:
    opened(door, truth)
    door("map", "suv", "--case", "case.json", "--image", "PET", "-o", "suv.nrrd")
    door(
        "segment",
        "fixed-threshold",
        "--preset",
        "2.5",
        "--case",
        "case.json",
        "--map",
        "./suv.nrrd",
        "--within",
        "GTVp",
        "-o",
        "m.nrrd",
    )
    image, mask = read_image(Path("suv.nrrd")), read_mask(Path("m.nrrd"))
    assert str(image.quantity) == "SUVbw (g/ml)"
    assert image.identity.series == (truth.pet_series,)
    assert set(mask.identity.series) == {truth.pet_series, truth.ct_series}
    for one in (image, mask):
        assert one.identity.patient_id == truth.patient_id
        assert one.identity.frame_of_reference == truth.frame_of_reference
        assert one.identity.is_known
        assert not one.edited


def test_a_job_saved_from_a_command_repeats_it_value_by_value(door: Any, truth: PatientTruth) -> None:
    opened(door, truth)
    Path("jobs").mkdir()
    first = door("map", "suv", "--case", "case.json", "--image", "PET", "-o", "suv.nrrd", "--save-job", "jobs/suv.json")
    Path("suv.nrrd").rename("first.nrrd")
    job = json.loads(Path("jobs/suv.json").read_text())
    jsonschema.validate(job, schemas()["job.schema.json"])
    again = door("run", "jobs/suv.json")["steps"][0]
    assert again["history"] == first["history"]
    assert np.array_equal(read_image(Path("suv.nrrd")).array, read_image(Path("first.nrrd")).array)


def test_import_writes_one_mask_per_roi_named_after_it(door: Any, truth: PatientTruth) -> None:
    answer = door(
        "import", "rtstruct", truth.folder / "RTSTRUCT.dcm", "--image", truth.folder / "CT", "-o", "masks", "--roi", "GTVp"
    )
    assert [one["output"] for one in answer["regions"]] == ["masks/GTVp.nrrd"]
    assert answer["regions"][0]["volume_ml"] == pytest.approx(truth.gtv_ml, rel=0.02)
    assert read_mask(Path("masks/GTVp.nrrd")).name == "GTVp"
    assert sorted(path.name for path in Path("masks").iterdir()) == ["GTVp.nrrd"]


def test_append_carries_the_existing_regions_unchanged(door: Any, truth: PatientTruth) -> None:
    source = truth.folder / "RTSTRUCT.dcm"
    words = ("export", "rtstruct", "--planning-ct", truth.folder / "CT", "--append-to", source)
    answer = door(*words, "--region", f"zCopy={source}#GTVp", "-o", "both.dcm")
    before, after = read_structure_set(source), read_structure_set(Path("both.dcm"))
    assert [roi.name for roi in after.rois] == [*truth.roi_names, "zCopy"]
    for old, new in zip(before.rois, after.rois, strict=False):
        assert old.number == new.number
        assert all(np.array_equal(one.points, other.points) for one, other in zip(old.contours, new.contours, strict=True))
    assert after.sop_instance_uid != before.sop_instance_uid
    assert answer["appended_to"] == str(source)


def test_an_rtstruct_region_on_the_planning_ct_goes_out_voxel_for_voxel(door: Any, truth: PatientTruth) -> None:
    source = truth.folder / "RTSTRUCT.dcm"
    door("export", "rtstruct", "--planning-ct", truth.folder / "CT", "--region", f"GTVp={source}#GTVp", "-o", "copy.dcm")
    grid = read_stack(truth.folder / "CT").geometry
    first, second = (rasterise(read_structure_set(path).roi("GTVp"), grid).array for path in (source, Path("copy.dcm")))
    assert np.array_equal(first, second)


def test_an_oblique_image_is_refused_as_planning_ct_and_a_derived_one_offered(door: Any, truth: PatientTruth) -> None:
    words = (
        "export",
        "rtstruct",
        "--planning-ct",
        truth.folder / "MR_T2",
        "--region",
        f"GTVp={truth.folder}/RTSTRUCT.dcm#GTVp",
    )
    answer = door(*words, "-o", "out.dcm", name="error", code=4)
    assert "oblique" in answer["error"]["message"] or "CT" in answer["error"]["message"]
    assert not Path("out.dcm").exists()


def test_describe_tells_every_method(door: Any) -> None:
    names = {one["name"] for one in door("describe")["methods"]}
    assert {"suv", "fixed-threshold", "percent-max"} <= names
    answer = door("describe", "percent-maxx", name="error", code=2)
    assert 'Did you mean "percent-max"' in answer["error"]["hint"]


def test_self_check_passes_and_writes_a_page_to_sign(door: Any) -> None:
    answer = door("self-check", "-o", "page.html")
    assert answer["passed"]
    page = Path("page.html").read_text()
    for words in ("Signature", "verdict", "12 mm radius", f"Python {platform.python_version()}", f"numpy {np.__version__}"):
        assert words in page


def test_demo_compares_with_the_truth_and_writes_a_report(door: Any) -> None:
    answer = door("demo", "out", "--size", "small")
    assert answer["found"]["dice"] > 0.8
    assert answer["found"]["read_back_ml"] == pytest.approx(answer["found"]["true_ml"], rel=0.15)
    for key in ("case", "job_file", "rtstruct", "report"):
        assert Path(answer[key]).is_file()
    assert "data:image/png;base64" in Path(answer["report"]).read_text()
    suv, ct = read_image(Path("out/suv.nrrd")), load_image(read_stack(Path("out/patient/CT")))
    assert suv.identity.frame_of_reference == ct.identity.frame_of_reference


def test_the_schemas_in_the_documentation_are_those_of_this_version() -> None:
    folder = Path(__file__).resolve().parents[3] / "docs" / "formats"
    written = {path.name: json.loads(path.read_text()) for path in folder.glob("*.schema.json")}
    assert written == json.loads(json.dumps(schemas()))


def test_a_preset_stands_in_history_and_job_and_must_not_be_contradicted_there(door: Any, truth: PatientTruth) -> None:
    opened(door, truth)
    door("map", "suv", "--case", "case.json", "--image", "PET", "-o", "suv.nrrd")
    words = ("segment", "percent-max", "--preset", "Kutnar 2023 baseline", "--case", "case.json", "--map", "./suv.nrrd")
    answer = door(*words, "--within", "GTVp", "-o", "hrs.nrrd", "--save-job", "job.json")
    assert answer["history"][-1].endswith('Preset "Kutnar 2023 baseline".')
    assert read_mask(Path("hrs.nrrd")).history == tuple(answer["history"])
    job = json.loads(Path("job.json").read_text())
    assert job["steps"][0]["parameters"] == {"percent": 38.0}
    job["steps"][0]["parameters"] = {"percent": 50.0}
    Path("changed.json").write_text(json.dumps(job))
    told = door("run", "changed.json", name="error", code=2)["error"]
    assert 'preset "Kutnar 2023 baseline" has percent 38, but percent 50' in told["message"]


def test_an_roi_that_reaches_out_of_the_image_is_marked_as_partial(
    door: Any, truth: PatientTruth, capsys: pytest.CaptureFixture[str]
) -> None:
    ct = sorted((truth.folder / "CT").iterdir(), key=lambda path: float(dcmread(path).ImagePositionPatient[2]))
    Path("low").mkdir()
    height = read_structure_set(truth.folder / "RTSTRUCT.dcm").roi("GTVp").contours
    middle = float(np.median([one.points[0, 2] for one in height]))
    for path in ct:
        if float(dcmread(path).ImagePositionPatient[2]) <= middle:
            shutil.copy(path, "low")
    words = ["import", "rtstruct", str(truth.folder / "RTSTRUCT.dcm"), "--image", "low", "--roi", "GTVp"]
    one = door(*words, "-o", "masks")["regions"][0]
    assert one["partial"]
    assert "contours lie outside the image and are lost" in one["remarks"][0]
    assert main([*words, "-o", "again"]) == 0
    assert re.search(r"GTVp +partial", capsys.readouterr().out)
    assert not door(*words[:4], truth.folder / "CT", *words[5:], "-o", "all")["regions"][0]["partial"]


def test_a_job_is_repeated_below_a_folder_of_its_own(door: Any, truth: PatientTruth) -> None:
    opened(door, truth)
    steps = [
        {"do": "map", "method": "suv", "inputs": {"image": "PET"}, "output": "suv.nrrd"},
        {
            "do": "segment",
            "method": "percent-max",
            "inputs": {"map": "./suv.nrrd", "within": "GTVp"},
            "parameters": {"percent": 50.0},
            "output": "masks/hrs.nrrd",
        },
    ]
    Path("jobs").mkdir()
    job = {"schema": 1, "case": "case.json", "folder": "..", "steps": steps}
    Path("jobs/job.json").write_text(json.dumps(job))
    first = door("run", "jobs/job.json", "--output-dir", "first")
    assert [one["output"] for one in first["steps"]] == ["first/suv.nrrd", "first/masks/hrs.nrrd"]
    again = door("run", "jobs/job.json", "--output-dir", "again")
    assert read_mask(Path("again/masks/hrs.nrrd")).voxel_count == read_mask(Path("first/masks/hrs.nrrd")).voxel_count
    assert again["steps"][1]["history"] == first["steps"][1]["history"]
    assert not Path("suv.nrrd").exists()
    told = door("run", "jobs/job.json", "--output-dir", "first", name="error", code=7)["error"]
    assert '"first" exists already' in told["message"]
    steps[0]["output"] = "../suv.nrrd"
    Path("jobs/job.json").write_text(json.dumps(job))
    told = door("run", "jobs/job.json", "--output-dir", "third", name="error", code=7)["error"]
    assert 'would leave the folder for outputs, "third"' in told["message"]


def test_what_a_job_tells_of_paths_holds_where_its_caller_stands(door: Any, truth: PatientTruth) -> None:
    opened(door, truth)
    Path("jobs").mkdir()
    step = {"do": "map", "method": "suv", "inputs": {"image": "PET"}, "output": "./suv.nrrd"}
    Path("jobs/job.json").write_text(json.dumps({"schema": 1, "case": "../case.json", "steps": [step]}))
    assert door("run", "jobs/job.json")["steps"][0]["output"] == "jobs/suv.nrrd"
    assert Path("jobs/suv.nrrd").is_file()


def test_inspect_shows_names_folders_units_patient_and_date(
    door: Any, truth: PatientTruth, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(truth.folder), "--write-case", "case.json"]) == 0
    out = capsys.readouterr().out
    date = dcmread(next((truth.folder / "PET").iterdir())).StudyDate
    assert out.startswith(f"patient {truth.patient_id}, study of {date}\n")
    assert re.search(rf"(?m)^PET +PET +PT +BQML .* {truth.folder}/PET$", out)
    assert re.search(r"(?m)^GTVp +GTVp +CT ", out)
    answer = door("inspect", truth.folder, "--case", "case.json")
    assert {one["name"] for one in answer["images"]} == {"CT", "PET", "T2"}


def test_case_and_job_in_the_documentation_are_valid() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "formats" / "README.md").read_text(encoding="utf-8")
    case, job = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    jsonschema.validate(case, schemas()["case.schema.json"])
    assert from_json(Case, case, "the case").transforms[0].to_frame == "1.2.4"
    jsonschema.validate(job, schemas()["job.schema.json"])
    assert [step.do for step in job_from_json(job, "the job").steps] == ["map", "segment", "export-rtstruct"]


def test_an_edited_mask_has_lost_the_maximum_that_was_measured_before(door: Any, truth: PatientTruth) -> None:
    opened(door, truth)
    door("map", "suv", "--case", "case.json", "--image", "PET", "-o", "suv.nrrd")
    words = ("segment", "percent-max", "--percent", 50, "--case", "case.json", "--map", "./suv.nrrd")
    highest = door(*words, "--within", "GTVp", "-o", "hrs.nrrd")["map_maximum"]
    image = sitk.ReadImage("hrs.nrrd")
    voxels = sitk.GetArrayFromImage(image)
    voxels[tuple(np.argwhere(voxels)[0])] = 0
    edited = sitk.GetImageFromArray(voxels)
    edited.CopyInformation(image)
    for key in image.GetMetaDataKeys():
        edited.SetMetaData(key, image.GetMetaData(key))
    sitk.WriteImage(edited, "edited.nrrd")

    words = ("export", "rtstruct", "--planning-ct", truth.folder / "CT", "--region", "HRS=edited.nrrd")
    signed = ("--accept", "edited-voxels", "--by", "A", "--reason", "B")
    assert door(*words, *signed, "-o", "without.dcm")["regions"][0]["map_maximum"] is None
    again = door(*words, *signed, "--map", "suv.nrrd", "-o", "with.dcm")["regions"][0]["map_maximum"]
    assert again == pytest.approx(highest)


def test_what_is_odd_about_an_roi_is_told_where_it_is_used_too(door: Any, truth: PatientTruth) -> None:
    """Contours 0.3 mm off their slices are taken to the nearest, and that is said by the export that used them."""
    structures = dcmread(truth.folder / "RTSTRUCT.dcm")
    number = next(item.ROINumber for item in structures.StructureSetROISequence if item.ROIName == "GTVp")
    drawn = next(item for item in structures.ROIContourSequence if item.ReferencedROINumber == number)
    for contour in drawn.ContourSequence:
        points = np.array(contour.ContourData, dtype=float).reshape(-1, 3) + np.array((0.0, 0.0, 0.3))
        contour.ContourData = [f"{value:.3f}" for value in points.ravel()]
    structures.save_as("off.dcm")
    answer = door("export", "rtstruct", "--planning-ct", truth.folder / "CT", "--region", "GTVp=off.dcm#GTVp", "-o", "out.dcm")
    assert any(remark.startswith('ROI "GTVp"') and "0.3" in remark for remark in answer["remarks"]), answer["remarks"]
