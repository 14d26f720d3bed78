"""Registration objects: which way they map, told by landmark pairs, and what is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from builders.dicom_series import write_series
from builders.registrations import DEFORMABLE, deformable_item, registration, rigid_item
from dosepainting_hrs.dicom.registration_objects import joined_frames, read_registration
from dosepainting_hrs.dicom.registration_writer import build_registration, write_registration
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import DicomError, IdentityError, OutputError
from dosepainting_hrs.transform import Transform

OWN, OTHER = "1.2.3.1", "1.2.3.2"
QUARTER_TURN = np.array([[0.0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])
SHIFT = np.array([[1.0, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
WHEN = datetime(2026, 1, 2, 3, 4, 5)


def test_a_matrix_leads_from_the_items_frame_to_the_objects_own(tmp_path: Path) -> None:
    """A landmark at (1, 2, 3) in the other frame lies at (8, 21, 33) in the object's own: turned, then shifted."""
    path = registration(tmp_path / "reg.dcm", OWN, [rigid_item(OWN, np.eye(4)), rigid_item(OTHER, QUARTER_TURN)])
    (transform,) = read_registration(path).transforms
    assert (transform.from_frame, transform.to_frame) == (OTHER, OWN)
    assert transform.apply([1.0, 2.0, 3.0]) == pytest.approx([8.0, 21.0, 33.0])
    assert joined_frames(dcmread(path)) == (OTHER,)


def test_several_matrices_of_an_item_follow_one_another(tmp_path: Path) -> None:
    path = registration(tmp_path / "reg.dcm", OWN, [rigid_item(OTHER, QUARTER_TURN, SHIFT)])
    (transform,) = read_registration(path).transforms
    assert transform.apply([1.0, 2.0, 3.0]) == pytest.approx([13.0, 21.0, 33.0])


def test_a_deformable_object_leads_from_its_own_frame_to_the_source(tmp_path: Path) -> None:
    """PS3.3 C.20.3.1.1: source = post (pre p + u(p)). With u = (2, 0, 0), pre a shift by (5, 0, 0) and post a quarter turn,
    (1, 2, 3) of the own frame is (8, 2, 3), turned (-2, 8, 3), shifted (8, 28, 33) in the source."""
    vectors = np.zeros((11, 11, 11, 3))
    vectors[..., 0] = 2.0
    item = deformable_item(OTHER, vectors, (-20, -20, -20), (4, 4, 4), pre=SHIFT, post=QUARTER_TURN)
    path = registration(tmp_path / "reg.dcm", OWN, [item], sop=DEFORMABLE)
    (transform,) = read_registration(path).transforms
    assert (transform.from_frame, transform.to_frame, transform.kind) == (OTHER, OWN, "deformable")
    assert transform.inverse().apply([1.0, 2.0, 3.0]) == pytest.approx([8.0, 28.0, 33.0], abs=1e-4)
    assert transform.apply([8.0, 28.0, 33.0]) == pytest.approx([1.0, 2.0, 3.0], abs=1e-4)


def test_the_vectors_of_a_grid_lie_where_the_grid_says(tmp_path: Path) -> None:
    """One vector along y in the voxel at (x, y, z) = (-16, -20, -12): index (1, 0, 2) of the grid."""
    vectors = np.zeros((6, 5, 4, 3))
    vectors[2, 0, 1] = (0.0, 3.0, 0.0)
    path = registration(
        tmp_path / "reg.dcm", OWN, [deformable_item(OTHER, vectors, (-20, -20, -20), (4, 4, 4))], sop=DEFORMABLE
    )
    (transform,) = read_registration(path).transforms
    assert transform.inverse().apply([-16.0, -20.0, -12.0]) == pytest.approx([-16.0, -17.0, -12.0])
    assert transform.inverse().apply([-12.0, -20.0, -12.0]) == pytest.approx([-12.0, -20.0, -12.0])


@pytest.mark.parametrize(
    ("matrix", "kind", "match"),
    [
        (np.diag([1.2, 1.2, 1.2, 1.0]), "RIGID", r"called rigid, but scales its axes by 1\.2, 1\.2, 1\.2"),
        (np.diag([-1.0, 1.0, 1.0, 1.0]), "RIGID", "mirrors the patient"),
        (np.diag([1.0, 1.0, 0.0, 1.0]), "AFFINE", "singular"),
    ],
)
def test_a_matrix_that_is_not_what_it_is_called_is_refused(tmp_path: Path, matrix: np.ndarray, kind: str, match: str) -> None:
    path = registration(tmp_path / "reg.dcm", OWN, [rigid_item(OTHER, matrix, kind=kind)])
    with pytest.raises(DicomError, match=match):
        read_registration(path)


def test_scaling_that_says_so_is_taken(tmp_path: Path) -> None:
    item = rigid_item(OTHER, np.diag([1.2, 1.2, 1.2, 1.0]), kind="RIGID_SCALE")
    (transform,) = read_registration(registration(tmp_path / "reg.dcm", OWN, [item])).transforms
    assert transform.kind == "affine"
    assert transform.apply([10.0, 0.0, 0.0]) == pytest.approx([12.0, 0.0, 0.0])


def test_an_object_that_joins_nothing_is_refused(tmp_path: Path) -> None:
    path = registration(tmp_path / "reg.dcm", OWN, [rigid_item(OWN, np.eye(4))])
    with pytest.raises(DicomError, match="joins no other frame of reference"):
        read_registration(path)


def test_a_broken_grid_is_refused(tmp_path: Path) -> None:
    item = deformable_item(OTHER, np.zeros((2, 2, 2, 3)), (0, 0, 0), (4, 4, 4))
    item.DeformableRegistrationGridSequence[0].VectorGridData = b"\0" * 20
    with pytest.raises(DicomError, match="deformation grid is incomplete"):
        read_registration(registration(tmp_path / "reg.dcm", OWN, [item], sop=DEFORMABLE))


def series(folder: Path, frame: str, **more: str) -> Path:
    stored = np.zeros((3, 4, 4), dtype=np.int16)
    write_series(folder, stored, spacing=(2.0, 2.0, 3.0), frame_uid=frame, tags=dict(more))
    return folder


def test_what_is_written_reads_back_with_its_direction(tmp_path: Path) -> None:
    fixed, moving = read_stack(series(tmp_path / "a", OWN)), read_stack(series(tmp_path / "b", OTHER))
    transform = Transform.of_matrix(QUARTER_TURN, OTHER, OWN)
    dataset = build_registration(transform, fixed, moving, label="REGISTRATION", description="MR to CT", when=WHEN)
    write_registration(dataset, tmp_path / "reg.dcm")
    found = read_registration(tmp_path / "reg.dcm")
    assert found.transforms[0].apply([1.0, 2.0, 3.0]) == pytest.approx([8.0, 21.0, 33.0], abs=1e-9)
    assert found.description == "MR to CT"
    with pytest.raises(OutputError, match="exists already"):
        write_registration(dataset, tmp_path / "reg.dcm")
    with pytest.raises(OutputError, match=r"does not end in \.dcm"):
        write_registration(dataset, tmp_path / "reg.txt")


def test_a_transform_for_other_frames_is_not_written(tmp_path: Path) -> None:
    fixed, moving = read_stack(series(tmp_path / "a", OWN)), read_stack(series(tmp_path / "b", OTHER))
    wrong = Transform.of_matrix(np.eye(4), OWN, OTHER)
    with pytest.raises(IdentityError, match=f"leads from frame {OWN} to {OTHER}, but the series lie in {OTHER} and {OWN}"):
        build_registration(wrong, fixed, moving, label="REGISTRATION", description="", when=WHEN)
