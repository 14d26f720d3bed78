"""Registration by the command line: an MR in a frame of its own reaches the planning CT, but only once somebody accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from builders.bad_input import Door, Person, changed_series
from dosepainting_hrs.registration.scene import region_corners
from dosepainting_hrs.storage.volumes import read_image, read_mask

QUICK = ("--samples", "10000", "--within", "GTVp")
SIGNED = ("--by", "Dr Yes", "--reason", "looked at the checkerboard")


@pytest.fixture(scope="module")
def registered(ann: Person, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The MR of the patient, registered to the planning CT, and what the command answered."""
    from dosepainting_hrs.cli.main import main

    folder = tmp_path_factory.mktemp("registered")
    words = ["register", "--case", str(ann.folder / "case.json"), "--fixed", "CT", "--moving", "T2", *QUICK]
    assert main([*words, "-o", str(folder / "t2.tfm")]) == 0
    return folder / "t2.tfm"


def case_with(ann: Person, door: Door, registered: Path, *more: str) -> dict[str, Any]:
    words = ("transform", "accept", str(registered), "--case", str(ann.folder / "case.json"), *SIGNED)
    return door(*words, "--write-case", "accepted.json", *more)


def test_the_truth_is_found_and_the_figures_stand_beside_the_file(door: Door, ann: Person, registered: Path) -> None:
    about = json.loads(registered.with_name("t2.tfm.json").read_text())
    assert about["passed"] is True
    assert about["pair"] == "T2 to CT"
    assert any("Repeats agree within" in one for one in about["figures"])
    found = door("transform", "inspect", str(registered))
    truth = np.array(ann.truth.mr_to_ct).reshape(4, 4)
    corners = region_corners(read_mask(Path(ann.file("gtv"))))
    there = corners @ np.linalg.inv(truth)[:3, :3].T + np.linalg.inv(truth)[:3, 3]
    matrix = np.array(found["matrix"]).reshape(4, 4)
    error = np.linalg.norm(there @ matrix[:3, :3].T + matrix[:3, 3] - corners, axis=-1).max()
    assert error < 1.25  # half a voxel of the CT, 2.5 mm
    assert (found["from_frame"], found["to_frame"]) == (ann.truth.mr_frame_of_reference, ann.truth.frame_of_reference)
    assert found["kind"] == "rigid"


def test_nothing_is_carried_until_somebody_accepts(door: Door, ann: Person, registered: Path) -> None:
    words = ("resample", "T2", "--like", "CT", "-o", "t2.nrrd", "--case")
    door.refused(*words, str(ann.folder / "case.json"), code="identity", match="dosepainting-hrs register")
    answer = case_with(ann, door, registered)
    assert (answer["decision"], answer["who"]) == ("accepted", "Dr Yes")
    assert answer["when"]
    (listed,) = door("inspect", str(ann.truth.folder), "--case", "accepted.json")["transforms"]
    assert (listed["from_frame"], listed["to_frame"]) == (ann.truth.mr_frame_of_reference, ann.truth.frame_of_reference)
    made = door(*words, "accepted.json")
    assert "T2 to CT" in " ".join(made["remarks"])
    assert made["from_frame"] == ann.truth.mr_frame_of_reference
    image = read_image(Path("t2.nrrd"))
    assert image.identity.frame_of_reference == ann.truth.frame_of_reference
    assert image.identity.transforms[0].figures  # The figures travel with the voxels.


def test_a_region_drawn_on_the_ct_reaches_the_mr_against_the_transforms_direction(
    door: Door, ann: Person, registered: Path
) -> None:
    case_with(ann, door, registered)
    made = door("resample", "GTVp", "--like", "T2", "-o", "gtv.nrrd", "--case", "accepted.json", "--interpolation", "sinc")
    assert made["interpolation"] == "volume-true"
    assert made["volume_after_ml"] == pytest.approx(made["volume_before_ml"], rel=0.01)
    assert "turned round" in " ".join(made["remarks"])


def test_a_region_that_reaches_out_of_an_image_is_cut_on_request(door: Door, ann: Person) -> None:
    words = ("resample", "BODY", "--case", str(ann.folder / "case.json"), "--like", ann.file("suv"))
    door.refused(*words, "-o", "no.nrrd", code="input", match="resample REGION --like IMAGE --cut")
    made = door(*words, "--cut", "-o", "body.nrrd")
    assert "the voxels that lie outside or reach out" in " ".join(made["remarks"])
    assert made["volume_after_ml"] == pytest.approx(made["volume_before_ml"], rel=0.001)
    assert any("the voxels that lie outside or reach out" in one for one in read_mask(Path("body.nrrd")).history)
    image = ("resample", "T2", "--case", str(ann.folder / "case.json"), "--like", "T2", "--cut", "-o", "t2.nrrd")
    door.refused(*image, code="parameter", match="Regions are cut")


def test_a_rejected_transform_is_kept_and_never_used(door: Door, ann: Person, registered: Path) -> None:
    case_with(ann, door, registered)
    words = ("transform", "reject", str(registered), "--case", "accepted.json", "--by", "Dr No", "--reason", "skull is off")
    answer = door(*words, "--write-case", "rejected.json")
    (kept,) = answer["transforms"]
    assert (kept["decision"], kept["who"]) == ("rejected", "Dr No")
    more = ("--like", "CT", "-o", "x.nrrd", "--case", "rejected.json")
    door.refused("resample", "T2", *more, code="identity", match="was rejected")


def test_what_rests_on_a_transform_that_nobody_accepted_goes_out_only_with_a_signature(
    door: Door, ann: Person, registered: Path
) -> None:
    case_with(ann, door, registered)
    case = str(ann.folder / "case.json")
    by = ("resample", "T2", "--like", ann.file("suv"), "--transform", str(registered))
    made = door(*by, "--case", "accepted.json", "-o", "known.nrrd")
    assert "Dr Yes accepted it" in " ".join(made["remarks"])
    assert read_image(Path("known.nrrd")).identity.marks == ()
    made = door(*by, "--case", case, "-o", "t2.nrrd")
    assert "nobody has accepted it in a case" in " ".join(made["remarks"])
    within = ("value-window", "--other", "t2.nrrd", "--low", "4", "--other-low", "0")
    made = door("segment", *within, "--map", ann.file("suv"), "--within", "GTVp", "--case", case, "-o", "hrs.nrrd")
    assert any("rests on a transform that nobody has accepted" in one for one in made["remarks"])
    out = ("export", "rtstruct", "--case", case, "--planning-ct", "CT", "--region", "HRS=hrs.nrrd", "-o", "hrs.dcm")
    door.refused(*out, code="identity", match="rests on a transform that nobody has accepted.*--accept unaccepted-transform")
    made = door(*out, "--accept", "unaccepted-transform", *SIGNED)
    assert "rests on a transform that nobody accepted" in made["overrides"][0]["what"]
    reject = ("transform", "reject", str(registered), "--case", "accepted.json", "--by", "Dr No", "--reason", "skull is off")
    told = door(*reject, "--write-case", "rejected.json")
    assert "replaces the decision of Dr Yes" in told["remarks"][0]
    door.refused(*by, "--case", "rejected.json", "-o", "no.nrrd", code="identity", match="rejected in the case by Dr No: skull")
    empty = ("transform", "accept", str(registered), "--case", case, "--by", "", "--reason", " ", "--write-case", "e.json")
    door.refused(*empty, code="parameter", match="Give --by WHO and --reason WHY")


def test_two_maps_in_two_frames_are_counted_through_the_accepted_transform(door: Door, ann: Person, registered: Path) -> None:
    case_with(ann, door, registered)
    words = ("joint-histogram", "--first", ann.file("suv"), "--second", "T2", "--within", "GTVp", "--case")
    door.refused(*words, "accepted.json", "-o", "jh.csv", code="input", match="another frame of reference.*--resample")
    before = (str(ann.folder / "case.json"), "--resample", "-o", "jh.csv")
    door.refused(*words, *before, code="identity", match=r"transform accept\), and give the case")
    made = door(*words, "accepted.json", "--resample", "-o", "jh.csv")
    assert made["voxels"] > 100
    assert any("T2 to CT" in one for one in made["remarks"])


def test_a_decision_replaces_every_entry_of_the_same_transform(door: Door, ann: Person, registered: Path) -> None:
    case_with(ann, door, registered)
    case = json.loads(Path("accepted.json").read_text())
    Path("twice.json").write_text(json.dumps({**case, "transforms": 2 * case["transforms"]}))
    words = ("transform", "reject", str(registered), "--case", "twice.json", "--by", "Dr No", "--reason", "skull is off")
    answer = door(*words, "--write-case", "rejected.json")
    assert [one["who"] for one in answer["transforms"]] == ["Dr No"]
    assert len(answer["remarks"]) == 2


def test_a_failed_registration_is_accepted_by_name_only(door: Door, ann: Person, registered: Path) -> None:
    Path("bad.tfm").write_bytes(registered.read_bytes())
    about = json.loads(registered.with_name("t2.tfm.json").read_text())
    Path("bad.tfm.json").write_text(json.dumps({**about, "passed": False, "figures": ["FAILED: no."]}))
    words = ("transform", "accept", "bad.tfm", "--case", str(ann.folder / "case.json"), *SIGNED, "--write-case", "c.json")
    door.refused(*words, code="input", match="failed its quality figure: FAILED: no")
    answer = door(*words, "--accept", "failed-quality")
    assert any("although the quality figure failed" in one for one in answer["figures"])


def test_another_patients_transform_is_refused(door: Door, ben: Person, registered: Path) -> None:
    words = ("transform", "accept", str(registered), "--case", str(ben.folder / "case.json"), *SIGNED, "--write-case", "c.json")
    door.refused(*words, code="identity", match="ANN-1.*BEN-2")


def test_images_of_one_frame_are_not_registered_unasked(door: Door, ann: Person) -> None:
    words = ("register", "--case", str(ann.folder / "case.json"), "--fixed", "CT", "--moving", "PET", *QUICK, "-o", "x.tfm")
    door.refused(*words, code="identity", match="not registered unasked")


def test_a_box_is_asked_for(door: Door, ann: Person) -> None:
    words = ("register", "--case", str(ann.folder / "case.json"), "--fixed", "CT", "--moving", "T2", "-o", "x.tfm")
    door.refused(*words, code="parameter", match="needs a box.*--within")


def test_a_transform_turned_round_and_composed_is_the_identity(door: Door, registered: Path) -> None:
    door("transform", "invert", str(registered), "-o", "back.h5")
    whole = door("transform", "compose", str(registered), "back.h5", "-o", "whole.tfm")
    assert np.array(whole["matrix"]).reshape(4, 4) == pytest.approx(np.eye(4), abs=1e-9)
    door.refused("transform", "compose", str(registered), str(registered), "-o", "x.tfm", code="input", match="chain has a gap")


def test_a_dicom_object_is_written_and_listed_by_inspect(door: Door, ann: Person, registered: Path) -> None:
    series = ("--case", str(ann.folder / "case.json"), "--fixed", "CT", "--moving", "T2")
    door.refused("transform", "convert", str(registered), "-o", "a.dcm", code="parameter", match="which are they")
    Path("out").mkdir()
    door("transform", "convert", str(registered), "-o", "out/reg.dcm", *series)
    (one,) = door("inspect", "out")["inventory"]["series"]
    assert one["role"] == "registration"
    assert one["frame_of_reference"] == ann.truth.frame_of_reference
    assert one["joins"] == [ann.truth.mr_frame_of_reference]
    assert one["problems"] == []


def test_a_transform_without_frames_asks_for_them(door: Door, ann: Person) -> None:
    sitk.WriteTransform(sitk.Euler3DTransform(), "bare.tfm")
    words = ("transform", "accept", "bare.tfm", "--case", str(ann.folder / "case.json"), *SIGNED, "--write-case", "c.json")
    door.refused(*words, code="identity", match="does not say which frames of reference it joins")
    frames = ("--from-frame", ann.truth.mr_frame_of_reference, "--to-frame", ann.truth.frame_of_reference)
    assert door(*words, *frames)["decision"] == "accepted"


def test_the_common_cube_lies_on_the_pet_grid_and_tells_volumes(door: Door, ann: Person, registered: Path) -> None:
    case_with(ann, door, registered)
    answer = door("case", "build", "cube", "--case", "accepted.json", "--region", "GTV=GTVp", "--same-slices")
    assert answer["grid_of"] == "PET"
    assert {one["name"] for one in answer["members"]} == {"CT", "T2", "PET", "GTV"}
    assert answer["slices_after"] < answer["slices_before"]
    (gtv,) = [one for one in answer["members"] if one["kind"] == "region"]
    assert abs(gtv["change_percent"]) < 1.0
    read = json.loads(Path("cube/case.json").read_text())
    grids = {str(read_image(Path("cube") / one["path"]).geometry) for one in read["images"]}
    assert len(grids) == 1
    made = door(
        "segment",
        "percent-max",
        "--case",
        "cube/case.json",
        "--map",
        "PET",
        "--within",
        "GTV",
        "--percent",
        "50",
        "-o",
        "h.nrrd",
    )
    assert made["volume_ml"] > 0


def test_a_pet_is_registered_by_the_ct_of_its_own_examination(door: Door, ann: Person) -> None:
    """PET and CT in a frame of their own: the CT is registered, and the PET is carried along by the same transform."""

    def of_petct(header: Any) -> None:
        header.FrameOfReferenceUID = "1.2.826.0.1.55"

    ct2, pet = changed_series(ann.ct, Path("ct2"), of_petct), changed_series(ann.pet, Path("pet"), of_petct)
    case = json.loads((ann.folder / "case.json").read_text())
    regions = [one for one in case["regions"] if one["name"] == "GTVp"]
    regions[0]["path"] = str((ann.folder / regions[0]["path"]).resolve())
    images = [("CT", ann.ct, "planning CT"), ("CT2", ct2, "CT"), ("PET", pet, "PET")]
    case["images"] = [{"name": name, "path": str(Path(path).resolve()), "role": role} for name, path, role in images]
    case["regions"] = regions
    Path("petct.json").write_text(json.dumps(case))
    answer = door("register", "--case", "petct.json", "--fixed", "CT", "--moving", "PET", *QUICK, "-o", "petct.tfm")
    assert answer["moving"] == "CT2"
    assert answer["pair"] == "CT2 to CT"
    assert any('"CT2" (CT) is registered, and "PET" (PET) is carried along' in one for one in answer["remarks"])
    assert answer["largest_shift_mm"] < 0.3  # The very same voxels.
    door("transform", "accept", "petct.tfm", "--case", "petct.json", *SIGNED, "--write-case", "signed.json")
    made = door("resample", "PET", "--like", "CT", "-o", "pet_on_ct.nrrd", "--case", "signed.json")
    assert made["frame_of_reference"] == ann.truth.frame_of_reference
