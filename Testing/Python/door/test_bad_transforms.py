"""Transforms that cannot be used, by the command line: each is refused in words that say what to do, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from builders.bad_input import Door, Person
from builders.registrations import registration, rigid_item
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.storage.transform_files import AboutTransform, write_transform_file
from dosepainting_hrs.transform import Affine, Field, Transform

SIGNED = ("--by", "Dr Yes", "--reason", "looked")
OTHER = "1.2.826.0.1.42"


def in_frames(matrix: np.ndarray, ann: Person, name: str, from_frame: str = OTHER) -> str:
    """A transform file from another frame to the planning CT's."""
    transform = Transform.of_matrix(matrix, from_frame, ann.truth.frame_of_reference)
    write_transform_file(transform, AboutTransform(patient_id="ANN-1", pair=Path(name).stem), Path(name))
    return name


def field_to_the_mr(ann: Person, half_mm: float, *, folded: bool = False) -> str:
    """A deformable transform from the planning CT's frame to the MR's, known on a cube round the middle of the GTV."""
    mr_to_ct = Affine(np.array(ann.truth.mr_to_ct).reshape(4, 4))
    middle = mr_to_ct.inverse().apply([21.0, -13.0, 8.0])
    step = half_mm / 5.0
    grid = Geometry.from_parts((11, 11, 11), (step, step, step), middle - half_mm)
    vectors = np.zeros((11, 11, 11, 3))
    if folded:
        # Left and right change places.
        vectors[..., 0] = -2.0 * (np.arange(11) - 5.0) * step
    frames = (ann.truth.mr_frame_of_reference, ann.truth.frame_of_reference)
    pull = Transform(from_frame=frames[0], to_frame=frames[1], parts=(Field(grid, vectors), mr_to_ct))
    write_transform_file(pull.inverse(), AboutTransform(patient_id="ANN-1", pair="CT to T2"), Path("field.h5"))
    return "field.h5"


@pytest.mark.parametrize(
    ("matrix", "match"),
    [
        (np.diag([1.2, 1.2, 1.2, 1.0]), r"called rigid, but scales its axes by 1\.2, 1\.2, 1\.2.*call it"),
        (np.diag([-1.0, 1.0, 1.0, 1.0]), "mirrors the patient.*other side"),
        (np.diag([1.0, 1.0, 0.0, 1.0]), "is singular: it squeezes the patient flat.*wrong or empty row"),
    ],
)
def test_a_matrix_that_is_not_rigid_is_refused(door: Door, ann: Person, matrix: np.ndarray, match: str) -> None:
    registration(Path("reg.dcm"), ann.truth.frame_of_reference, [rigid_item(OTHER, matrix)], PatientID="ANN-1")
    door.refused("transform", "inspect", "reg.dcm", code="dicom", match=match)
    words = ("transform", "accept", "reg.dcm", "--case", ann.case, *SIGNED, "--write-case", "c.json")
    door.refused(*words, code="dicom", match=match)


def test_a_singular_matrix_of_itk_is_refused(door: Door, ann: Person) -> None:
    lines = ["#Insight Transform File V1.0", "#Transform 0", "Transform: AffineTransform_double_3_3"]
    lines += ["Parameters: 1 0 0 0 1 0 0 0 0 5 6 7", "FixedParameters: 0 0 0", ""]
    Path("flat.tfm").write_text("\n".join(lines))
    door.refused("transform", "inspect", "flat.tfm", code="input", match='"flat.tfm"|squeezes the patient flat')


def test_a_transform_for_other_frames_is_refused(door: Door, ann: Person) -> None:
    name = in_frames(np.eye(4), ann, "other.tfm")
    words = ("register", "--case", ann.case, "--fixed", "CT", "--moving", "T2", "--within", "GTVp", "--start", name)
    said = door.refused(*words, "-o", "x.tfm", code="input", match=f"joins frame {OTHER} to frame .*, but one from")
    assert "transform invert" in said
    door.refused(
        "resample", "T2", "--case", ann.case, "--like", "CT", "--transform", name, "-o", "x.nrrd",
        code="input", match="It belongs to other images",
    )  # fmt: skip


def test_two_transforms_for_one_pair_ask_for_a_choice(door: Door, ann: Person) -> None:
    moved = np.eye(4)
    moved[0, 3] = 2.0
    first = in_frames(np.eye(4), ann, "morning.tfm", ann.truth.mr_frame_of_reference)
    second = in_frames(moved, ann, "evening.tfm", ann.truth.mr_frame_of_reference)
    door("transform", "accept", first, "--case", ann.case, *SIGNED, "--write-case", "one.json")
    answer = door("transform", "accept", second, "--case", "one.json", *SIGNED, "--write-case", "two.json")
    assert len(answer["transforms"]) == 2
    words = ("resample", "T2", "--like", "CT", "-o", "x.nrrd", "--case")
    said = door.refused(*words, "two.json", code="input", match="2 accepted ways from frame .*morning, accepted by Dr Yes")
    assert "transform reject" in said
    door("transform", "reject", first, "--case", "two.json", *SIGNED, "--write-case", "chosen.json")
    assert "evening" in " ".join(door(*words, "chosen.json")["remarks"])


def test_a_chain_with_a_gap_says_how_far_it_leads(door: Door, ann: Person) -> None:
    name = in_frames(np.eye(4), ann, "other.tfm")
    door("transform", "accept", name, "--case", ann.case, *SIGNED, "--write-case", "gap.json")
    words = ("resample", "T2", "--like", "CT", "-o", "x.nrrd", "--case", "gap.json")
    door.refused(*words, code="identity", match=f"The chain has a gap: accepted transforms lead from .* to nowhere.*{OTHER}")


@pytest.mark.parametrize(
    ("half_mm", "folded", "match"),
    [
        (8.0, False, 'does not cover the region "GTVp".*Register a box that holds the whole region'),
        (60.0, True, 'does not cover the region "GTVp".*or where it folds'),
    ],
)
def test_a_field_that_is_too_small_or_folds_carries_no_region(
    door: Door, ann: Person, half_mm: float, folded: bool, match: str
) -> None:
    name = field_to_the_mr(ann, half_mm, folded=folded)
    inspected = door("transform", "inspect", name)
    assert (inspected["folding"]["folding_share"] > 0.5) == folded
    door("transform", "accept", name, "--case", ann.case, *SIGNED, "--write-case", "bent.json")
    words = ("resample", "GTVp", "--like", "T2", "-o", "x.nrrd", "--case", "bent.json")
    door.refused(*words, code="input", match=match)


def test_images_without_overlap_are_refused(door: Door, ann: Person) -> None:
    far = np.eye(4)
    far[0, 3] = 900.0
    name = in_frames(far, ann, "far.tfm", ann.truth.mr_frame_of_reference)
    words = ("register", "--case", ann.case, "--fixed", "CT", "--moving", "T2", "--within", "GTVp", "--start", name)
    said = door.refused(*words, "-o", "x.tfm", code="input", match="do not overlap enough: 0% of the box")
    assert "--start centres" in said


def test_a_mask_of_one_voxel_is_refused(door: Door, ann: Person) -> None:
    image = sitk.ReadImage(str(ann.file("gtv")))
    array = sitk.GetArrayFromImage(image)
    z, y, x = np.argwhere(array)[0]
    array[:] = 0
    array[z, y, x] = 1
    one = sitk.GetImageFromArray(array)
    one.CopyInformation(image)
    for key in image.GetMetaDataKeys():
        one.SetMetaData(key, image.GetMetaData(key))
    sitk.WriteImage(one, "one.nrrd")
    words = ("register", "--case", ann.case, "--fixed", "CT", "--moving", "T2", "--within", "GTVp", "--mask", "./one.nrrd")
    door.refused(
        *words, "-o", "x.tfm", code="input", match="has 1 voxel, 1 of them inside the box; a registration needs at least"
    )
