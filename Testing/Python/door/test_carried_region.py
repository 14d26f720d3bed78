"""A region carried by a deformable transform leaves this software only after a person has looked at it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from builders.bad_input import Door, Person, changed_series
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import MARK_CARRIED
from dosepainting_hrs.storage.transform_files import AboutTransform, write_transform_file
from dosepainting_hrs.storage.volumes import read_mask
from dosepainting_hrs.transform import Field, Transform

FRAME = "1.2.826.0.1.77"
SIGNED = ("--by", "Dr Yes", "--reason", "looked at every slice")


@pytest.fixture
def words(door: Door, ann: Person) -> tuple[str, ...]:
    """Export of the region to a CT of another frame, with an accepted deformable transform: 4 mm along x everywhere."""
    return carried_by(door, ann, stretch=1.0)


def carried_by(door: Door, ann: Person, stretch: float) -> tuple[str, ...]:
    """Return the words of an export by a deformable transform: a shift by 4 mm along x, and a stretch along it."""

    def other(header: object) -> None:
        header.FrameOfReferenceUID = FRAME  # type: ignore[attr-defined]

    ct = changed_series(ann.ct, Path("ct"), other)
    grid = Geometry.from_parts((30, 40, 40), (8.0, 8.0, 8.0), (-160.0, -160.0, -120.0))
    vectors = np.zeros((*grid.shape, 3))
    vectors[..., 0] = -4.0 + (1.0 / stretch - 1.0) * np.linspace(-160.0, 152.0, 40)
    pull = Transform(from_frame=FRAME, to_frame=ann.truth.frame_of_reference, parts=(Field(grid, vectors),))
    write_transform_file(pull.inverse(), AboutTransform(patient_id="ANN-1", pair="early to late", passed=True), Path("d.h5"))
    Path("plain.json").write_text(json.dumps({"schema": 2, "patient_id": "ANN-1"}))
    door("transform", "accept", "d.h5", "--case", "plain.json", *SIGNED, "--write-case", "case.json")
    return ("--planning-ct", str(ct), "--case", "case.json")


def test_an_unaccepted_carried_region_is_not_exported(door: Door, ann: Person, words: tuple[str, ...]) -> None:
    export = ("export", "rtstruct", *words, "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm")
    door.refused(*export, code="identity", match="was carried by a deformable transform, to be checked by hand.*carried-region")
    assert not Path("out.dcm").exists()
    answer = door(*export, "--accept", "carried-region", *SIGNED)
    assert any("carried by a deformable transform and looked at" in one["what"] for one in answer["overrides"])
    assert not [one for one in answer["remarks"] if "was not needed" in one]


def test_all_that_has_to_be_signed_for_is_asked_at_once(door: Door, ann: Person) -> None:
    """Stretched by a fifth along x, the region gains a fifth of its volume."""
    export = ("export", "rtstruct", *carried_by(door, ann, stretch=1.2), "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm")
    said = door.refused(*export, code="output", match=r"changes too much: .*\(\+(19|20|21)\.\d%\).*carried by a deformable")
    assert "--accept volume-change" in said
    assert "--accept carried-region. For all of them together: --by WHO --reason WHY." in said
    both = ("--accept", "volume-change", "--accept", "carried-region")
    assert len(door(*export, *both, *SIGNED)["overrides"]) >= 2


def test_the_mark_stays_on_what_is_derived(door: Door, ann: Person, words: tuple[str, ...]) -> None:
    made = door("resample", str(ann.file("hrs")), "--like", words[1], "-o", "carried.nrrd", "--case", "case.json")
    assert "deformable: what it carried has to be checked by hand" in " ".join(made["remarks"])
    assert MARK_CARRIED in read_mask(Path("carried.nrrd")).identity.marks
    door.refused(
        "export", "rtstruct", "--planning-ct", words[1], "--region", "HRS=carried.nrrd", "-o", "out.dcm",
        code="identity", match="nobody has accepted it",
    )  # fmt: skip


def test_a_carried_region_that_was_edited_is_signed_for_as_edited(door: Door, ann: Person, words: tuple[str, ...]) -> None:
    door("resample", str(ann.file("hrs")), "--like", words[1], "-o", "carried.nrrd", "--case", "case.json")
    image = sitk.ReadImage("carried.nrrd")
    array = sitk.GetArrayFromImage(image)
    z, y, x = np.argwhere(array)[0]
    array[z, y, x] = 0
    edited = sitk.GetImageFromArray(array)
    edited.CopyInformation(image)
    for key in image.GetMetaDataKeys():
        edited.SetMetaData(key, image.GetMetaData(key))
    sitk.WriteImage(edited, "edited.nrrd")
    export = ("export", "rtstruct", "--planning-ct", words[1], "--region", "HRS=edited.nrrd", "-o", "out.dcm")
    door.refused(*export, code="identity", match="another program changed them")
    assert door(*export, "--accept", "edited-voxels", *SIGNED)["regions"]


def test_a_transform_file_that_was_changed_since_is_refused(door: Door, ann: Person, words: tuple[str, ...]) -> None:
    Path("d.h5").write_bytes(Path("d.h5").read_bytes() + b"\0")
    export = ("export", "rtstruct", *words, "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm")
    door.refused(*export, code="input", match="not the transform that Dr Yes accepted: the file was changed")
