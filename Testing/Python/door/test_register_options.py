"""Registration by the command line beyond the usual: a DWI by its T2, a deformation and its checks, views, engines."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from builders.bad_input import Door, Person, changed_series
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Mask, on_grid
from dosepainting_hrs.phantom.tumour import centres_of, tumour_of
from dosepainting_hrs.registration.scene import region_corners
from dosepainting_hrs.storage.transform_files import AboutTransform, write_transform_file
from dosepainting_hrs.storage.volumes import read_image, read_mask, write_volume
from dosepainting_hrs.transform import Transform

NEAR = ("--samples", "2000", "--reach-mm", "6", "--within", "GTVp")
"""Few samples and a short search: the start is good, and what is asked here is what else the command does."""


def truth_of(ann: Person) -> Transform:
    return Transform.of_matrix(np.array(ann.truth.mr_to_ct), ann.truth.mr_frame_of_reference, ann.truth.frame_of_reference)


def start_off_by(ann: Person, shift_mm: float) -> str:
    """A start file: the truth, and a shift along x."""
    off = np.eye(4)
    off[0, 3] = shift_mm
    start = Transform.of_matrix(off @ np.asarray(truth_of(ann).matrix), truth_of(ann).from_frame, truth_of(ann).to_frame)
    write_transform_file(start, AboutTransform(patient_id="ANN-1"), Path("start.tfm"))
    return "start.tfm"


def test_a_dwi_is_registered_by_its_t2_and_carried_along(door: Door, ann: Person) -> None:
    def as_dwi(header: Any) -> None:
        header.SeriesInstanceUID, header.SeriesDescription = "1.2.826.0.1.99.7", "DWI b800"

    changed_series(Path(ann.truth.folder) / ann.truth.mr, Path("dwi"), as_dwi)
    case = json.loads(ann.case.read_text())
    for one in (*case["images"], *case["regions"]):
        one["path"] = str((ann.folder / one["path"]).resolve())
    case["images"].append({"name": "DWI", "path": str(Path("dwi").resolve()), "role": "DWI"})
    Path("case.json").write_text(json.dumps(case))
    words = ("register", "--case", "case.json", "--fixed", "CT", "--moving", "DWI", *NEAR, "--kind", "shift")
    answer = door(*words, "--start", start_off_by(ann, 0.0), "-o", "dwi.tfm")
    assert (answer["moving"], answer["pair"]) == ("T2", "T2 to CT")
    assert any('"T2" (T2) is registered, and "DWI" (DWI) is carried along: both lie' in one for one in answer["remarks"])
    signed = ("--by", "Dr Yes", "--reason", "looked", "--write-case", "signed.json")
    door("transform", "accept", "dwi.tfm", "--case", "case.json", *signed, "--accept", "failed-quality")
    made = door("resample", "DWI", "--case", "signed.json", "--like", "CT", "-o", "dwi.nrrd")
    assert made["frame_of_reference"] == ann.truth.frame_of_reference
    assert "T2 to CT" in " ".join(made["remarks"])


def test_a_deformation_tells_landmarks_contours_and_folding_and_marks_what_it_carries(door: Door, ann: Person) -> None:
    """The GTV drawn on the T2 is the phantom's own, by its formula; before, everything lies 6 mm off."""
    corners = region_corners(read_mask(ann.file("gtv")))
    there = truth_of(ann).inverse().apply(corners)
    rows = [",".join(f"{value:.4f}" for value in (*here, *moved)) for here, moved in zip(corners, there, strict=True)]
    Path("marks.csv").write_text("\n".join(rows) + "\n")
    t2 = ("resample", "T2", "--case", str(ann.case), "--like", "T2", "-o", "t2.nrrd")
    door(*t2)
    image = read_image(Path("t2.nrrd"))
    inside = tumour_of(1).is_gtv(truth_of(ann).apply(centres_of(image.geometry)))
    drawn = Mask(array=inside, geometry=image.geometry, stored=image.stored, identity=image.identity, name="GTV_T2")
    write_volume(drawn, Path("gtv_t2.nrrd"))
    words = ("register", "--case", str(ann.case), "--fixed", "CT", "--moving", "T2", *NEAR, "--kind", "deformable")
    checks = ("--landmarks", "marks.csv", "--contour", "GTVp=./gtv_t2.nrrd", "--start", start_off_by(ann, 6.0))
    answer = door(*words, *checks, "--knots-mm", "30", "--margin-mm", "8", "-o", "bent.h5")
    assert answer["kind"] == "deformable"
    deformation = answer["deformation"]
    assert 0.0 < deformation["folding"]["minimum"] < 1.0 < deformation["folding"]["maximum"]
    assert deformation["folding"]["folding_share"] == 0.0
    assert deformation["inverse_largest_mm"] < 0.1
    marks = answer["landmarks"]
    assert marks["count"] == 8
    assert marks["before_mean_mm"] == pytest.approx(6.0, abs=0.01)
    assert marks["after_median_mm"] < 2.5  # A voxel of the planning CT.
    (contour,) = answer["contours"]
    assert (contour["fixed"], contour["moving"]) == ("GTVp", "GTV_T2")
    assert contour["dice_before"] < 0.8
    assert contour["dice_after"] > 0.85
    assert contour["mean_distance_after_mm"] < 1.5 < contour["mean_distance_before_mm"]
    found = door("transform", "inspect", "bent.h5")
    assert found["folding"] == deformation["folding"]
    assert found["settings"]["knots_mm"] == "30.0"


def test_a_contour_that_cannot_be_carried_does_not_cost_the_registration(door: Door, ann: Person) -> None:
    """It is said to lie half a metre away; what was found is judged and written all the same."""
    door("resample", "T2", "--case", str(ann.case), "--like", "T2", "-o", "t2.nrrd")
    t2 = read_image(Path("t2.nrrd"))
    affine = t2.geometry.affine.copy()
    affine[:3, 3] += 500.0
    away, stored = on_grid(Geometry(t2.geometry.shape, affine))
    array = np.zeros(away.shape, dtype=np.bool_)
    array[2:5, 10:20, 10:20] = True
    write_volume(Mask(array=array, geometry=away, stored=stored, identity=t2.identity, name="AWAY"), Path("away.nrrd"))
    words = ("register", "--case", str(ann.case), "--fixed", "CT", "--moving", "T2", *NEAR, "--kind", "shift")
    answer = door(*words, "--contour", "GTVp=./away.nrrd", "--start", start_off_by(ann, 0.0), "-o", "found.tfm")
    (contour,) = answer["contours"]
    assert (contour["dice_before"], contour["dice_after"], contour["mean_distance_after_mm"]) == (None, None, None)
    assert [one.split(":")[0] for one in contour["remarks"]] == ["Before", "After"]
    assert Path("found.tfm").is_file()


def test_the_views_show_the_same_planes_differently(door: Door, ann: Person) -> None:
    words = ("look", "--case", str(ann.case), "--fixed", "CT", "--moving", "T2", "--within", "GTVp")
    door.refused(*words, "-o", "a.png", code="identity", match="lies in frame of reference")
    door.refused(*words, "--view", "plaid", "-o", "a.png", code="parameter", match="checkerboard")
    laid = ("--transform", start_off_by(ann, 0.0))
    seen = {}
    for view in ("checkerboard", "outline"):
        assert door(*words, *laid, "--view", view, "-o", f"{view}.png")["view"] == view
        seen[view] = imread(f"{view}.png")[..., :3]
    yellow = {view: int(((one[..., 0] > 0.9) & (one[..., 1] > 0.7) & (one[..., 2] < 0.3)).sum()) for view, one in seen.items()}
    assert yellow["checkerboard"] == 0  # Grey fields.
    assert 1000 < yellow["outline"] < 0.1 * seen["outline"][..., 0].size  # Thin lines.
    assert seen["checkerboard"].shape == seen["outline"].shape
    door.refused(*words, *laid, "-o", "outline.png", code="output", match="exists already")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ImportWarning")
def test_elastix_is_named_when_it_is_missing_and_keeps_its_parameter_map_when_not(door: Door, ann: Person) -> None:
    words = ("register", "--case", str(ann.case), "--fixed", "CT", "--moving", "T2", *NEAR, "--engine", "elastix")
    if importlib.util.find_spec("itk") is None:
        door.refused(*words, "-o", "e.tfm", code="dependency", match=r"itk-elastix is missing.*\[registration\]")
        return
    answer = door(*words, "--start", start_off_by(ann, 0.0), "-o", "e.tfm")
    assert answer["engine"] == "elastix"
    settings = door("transform", "inspect", "e.tfm")["settings"]
    assert settings["elastix: Metric"] == "AdvancedMattesMutualInformation"
    assert settings["engine"] == "elastix"
