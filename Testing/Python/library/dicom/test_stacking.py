"""How a folder's slices become one grid, and every reason why they may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from builders.dicom_series import write_series
from builders.real_data import real_data
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import DicomError, DosePaintingError, IdentityError

VOXELS = np.arange(6 * 4 * 5, dtype=np.int16).reshape(6, 4, 5)
TILT = np.radians(10.0)
OBLIQUE = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(TILT), -np.sin(TILT)], [0.0, np.sin(TILT), np.cos(TILT)]])


def moved(offsets: dict[int, tuple[float, float, float]]) -> Callable[[int, Dataset], None]:
    """Shift single slices by mm in x, y and z."""

    def change(k: int, ds: Dataset) -> None:
        if k in offsets:
            ds.ImagePositionPatient = [float(a) + b for a, b in zip(ds.ImagePositionPatient, offsets[k], strict=True)]

    return change


def only(k_changed: int, **tags: Any) -> Callable[[int, Dataset], None]:
    """Give one slice other tags."""

    def change(k: int, ds: Dataset) -> None:
        if k == k_changed:
            for keyword, value in tags.items():
                setattr(ds, keyword, value)

    return change


def test_slices_are_sorted_by_position_whatever_names_and_numbers_say(tmp_path: Path) -> None:
    paths = write_series(
        tmp_path,
        VOXELS,
        origin=(10, 20, -30),
        spacing=(0.5, 0.75, 3.0),
        names=lambda k: f"{(5 * k) % 6}.dcm",
        change=lambda k, ds: setattr(ds, "InstanceNumber", 6 - k),
    )
    stack = read_stack(tmp_path)
    assert list(stack.files) == paths
    assert stack.geometry.shape == (6, 4, 5)
    expected = [[0.5, 0, 0, 10], [0, 0.75, 0, 20], [0, 0, 3.0, -30], [0, 0, 0, 1]]
    np.testing.assert_array_equal(stack.geometry.affine, expected)


def test_an_oblique_series_keeps_its_axes(tmp_path: Path) -> None:
    """By hand: voxel (4, 3, 5) lies at origin + 4 dx x + 3 dy y + 5 dz z."""
    write_series(tmp_path, VOXELS, direction=OBLIQUE, spacing=(1.0, 2.0, 3.0), origin=(1, 2, 3))
    geometry = read_stack(tmp_path).geometry
    expected = np.array([1, 2, 3]) + 4 * OBLIQUE[:, 0] + 6 * OBLIQUE[:, 1] + 15 * OBLIQUE[:, 2]
    np.testing.assert_allclose(geometry.to_world([4, 3, 5]), expected, atol=1e-8)
    assert geometry.is_oblique()


def test_a_feet_first_stack_runs_along_its_normal(tmp_path: Path) -> None:
    """Rows along -x and columns along y have the normal -z: the first slice is the highest."""
    direction = np.diag([-1.0, 1.0, -1.0])
    paths = write_series(tmp_path, VOXELS, direction=direction, origin=(0, 0, 100))
    stack = read_stack(tmp_path)
    assert stack.files[0] == paths[0]
    np.testing.assert_array_equal(stack.geometry.affine[:3, :3], np.diag([-1.0, 1.0, -2.0]))


@given(order=st.permutations(range(4)))
def test_the_order_of_files_does_not_matter(order: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("series")
    paths = write_series(folder, VOXELS[:4], names=lambda k: f"{order[k]}")
    assert list(read_stack(folder).files) == paths


def test_identity_comes_from_the_header(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS, patient_id="A", series_uid="1.2.3.77", frame_uid="1.2.3.78", study_uid="1.2.3.79")
    identity = read_stack(tmp_path).identity
    assert (identity.patient_id, identity.series, identity.frame_of_reference) == ("A", ("1.2.3.77",), "1.2.3.78")
    assert identity.is_known
    assert identity.study == "1.2.3.79"


def test_one_slice_takes_its_height_from_the_thickness(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS[:1], spacing=(1, 1, 2.5))
    np.testing.assert_array_equal(read_stack(tmp_path).geometry.spacing, [1, 1, 2.5])


def test_localizers_are_left_out_and_told(tmp_path: Path) -> None:
    localizer = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}
    write_series(tmp_path, VOXELS, change=only(5, **localizer))
    stack = read_stack(tmp_path)
    assert stack.geometry.shape[0] == 5
    assert stack.remarks == ("Note: 1 localizer image was left out.",)


def test_a_separate_localizer_series_is_left_out_and_told(tmp_path: Path) -> None:
    write_series(tmp_path / "ct", VOXELS, series_uid="1.2.3.1")
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "SeriesDescription": "Topogram"}
    write_series(tmp_path / "scout", VOXELS[:1], series_uid="1.2.3.2", tags=scout)
    stack = read_stack(tmp_path)
    assert stack.identity.series == ("1.2.3.1",)
    assert stack.remarks == ('Note: The series 1.2.3.2 (CT "Topogram", number 1, 2024-01-02) in the same folder was left out.',)


def test_beds_that_overlap_by_a_rounded_number_are_taken_and_told(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS, spacing=(1, 1, 3.0), change=moved({2: (0, 0, 0.1)}))
    stack = read_stack(tmp_path)
    assert stack.remarks == ("The slices lie up to 0.10 mm off a regular grid of 3.0000 mm.",)
    assert stack.geometry.spacing[2] == pytest.approx(3.0)


def test_gaps_between_thin_slices_are_told(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS, spacing=(1, 1, 5.0), tags={"SliceThickness": 3.0})
    assert read_stack(tmp_path).remarks == ("The slices are 3 mm thick and 5 mm apart: there are gaps between them.",)


REFUSED: list[tuple[str, dict[str, Any], type[DosePaintingError], str]] = [
    (
        "single slice without thickness",
        {"stored": VOXELS[:1], "tags": {"SliceThickness": None}},
        DicomError,
        r"one slice position and no SliceThickness, so its voxels have no height",
    ),
    (
        "several gaps",
        {"change": moved({3: (0, 0, 2), 4: (0, 0, 2), 5: (0, 0, 6)})},
        DicomError,
        r"3 slices are missing at a spacing of 2 mm: 1 between z = 4.00 mm and z = 8.00 mm, 2 between z = 10.00",
    ),
    (
        "uneven spacing",
        {"change": moved({3: (0, 0, 0.8)})},
        DicomError,
        r"slice spacing is uneven, from 1.2 to 2.8 mm: the slice at z = 6.80 mm lies 0.8 mm off a regular grid",
    ),
    (
        "sideways",
        {"change": moved({3: (5, 0, 0)})},
        DicomError,
        r"The slice at z = 6.00 mm is shifted sideways by 5 mm against its neighbours",
    ),
    (
        "orientations",
        {"change": only(2, ImageOrientationPatient=[1, 0, 0, 0, 0, -1])},
        DicomError,
        r"mixed orientations: \(1, 0, 0, 0, 1, 0\) and \(1, 0, 0, 0, 0, -1\)",
    ),
    (
        "not unit vectors",
        {"tags": {"ImageOrientationPatient": [1, 0, 0, 0.5, 0.5, 0]}},
        DicomError,
        r"ImageOrientationPatient \(1, 0, 0, 0.5, 0.5, 0\) is not a pair of unit vectors at right angles",
    ),
    ("pixel spacing", {"change": only(2, PixelSpacing=[1, 1.5])}, DicomError, r"differ in pixel spacing: 1 x 1 and 1.5 x 1 mm"),
    (
        "two patients",
        {"change": only(2, PatientID="P2", PatientName="Roe^Rita")},
        IdentityError,
        r'mixes two patients: Doe\^Jane \(ID "P1", born 19600101\) and Roe\^Rita \(ID "P2", born 19600101\)',
    ),
    (
        "two birth dates",
        {"change": only(2, PatientBirthDate="19610101")},
        IdentityError,
        r'mixes two patients: Doe\^Jane \(ID "P1", born 19600101\) and Doe\^Jane \(ID "P1", born 19610101\)',
    ),
    (
        "two frames",
        {"change": only(2, FrameOfReferenceUID="1.2.99")},
        IdentityError,
        r"mixes 2 frames of reference: 1.2.3.2 and 1.2.99",
    ),
    (
        "no position",
        {"change": lambda k, ds: ds.pop("ImagePositionPatient") if k == 1 else None},
        DicomError,
        r"ImagePositionPatient is missing or malformed in 1 of 6 slices",
    ),
    ("no spacing", {"tags": {"PixelSpacing": None}}, DicomError, r"PixelSpacing is missing or malformed in every slice"),
    ("zero spacing", {"tags": {"PixelSpacing": [0, 1]}}, DicomError, r"PixelSpacing is zero or negative"),
    (
        "multi-frame",
        {"tags": {"NumberOfFrames": 6}},
        DicomError,
        r"multi-frame object \(CT Image, 6 frames\), which is not supp",
    ),
    (
        "colour",
        {"tags": {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}},
        DicomError,
        r'colour images \("RGB", 3 samples per pixel\); grey-scale slices are needed',
    ),
    (
        "tilt tag alone",
        {"tags": {"GantryDetectorTilt": 12.5}},
        DicomError,
        r"GantryDetectorTilt says 12.5 degrees, but the orientation of the slices shows 0.0 degrees",
    ),
    (
        "tilted gantry",
        {"direction": OBLIQUE, "change": lambda k, ds: setattr(ds, "ImagePositionPatient", [0, 0, 2 * k])},
        DicomError,
        r"The slices are stacked 10.0 degrees off their normal, as with a tilted gantry",
    ),
    (
        "one slice twice",
        {"change": moved({5: (0, 0, -2)})},
        DicomError,
        r"several images at 1 of 5 slice positions \(for example 2 at z = 8.00 mm\)",
    ),
]


@pytest.mark.parametrize(("arguments", "error", "sentence"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_slices_that_make_no_grid_are_refused_in_words(
    tmp_path: Path, arguments: dict[str, Any], error: type[DosePaintingError], sentence: str
) -> None:
    write_series(tmp_path, **{"stored": VOXELS, **arguments})
    with pytest.raises(error, match=sentence) as caught:
        read_stack(tmp_path)
    assert caught.value.hint
    assert caught.value.code == error.code


def test_a_missing_slice_is_named_by_its_neighbours(tmp_path: Path) -> None:
    paths = write_series(tmp_path, VOXELS, series_uid="1.2.3.5")
    paths[2].unlink()
    sentence = (
        r'The series 1.2.3.5 \(CT "CT series", number 1, 2024-01-02\) cannot be loaded. 1 slice is missing at a spacing of '
        r"2 mm: 1 between z = 2.00 mm and z = 6.00 mm\."
    )
    with pytest.raises(DicomError, match=sentence):
        read_stack(tmp_path)


def test_a_tilt_that_the_slices_show_themselves_is_told(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS, direction=OBLIQUE, tags={"GantryDetectorTilt": -10.0})
    assert read_stack(tmp_path).remarks == (
        "The gantry was tilted by -10 degrees; the slices' positions and orientation agree with it.",
    )


def test_slices_of_another_matrix_are_refused(tmp_path: Path) -> None:
    write_series(tmp_path / "a", VOXELS[:3], series_uid="1.2.3.5")
    write_series(tmp_path / "b", VOXELS[3:, :3], series_uid="1.2.3.5", origin=(0, 0, 6))
    with pytest.raises(DicomError, match=r"differ in matrix: 5 x 3 and 5 x 4 pixels"):
        read_stack(tmp_path)


def test_time_points_in_one_series_are_refused(tmp_path: Path) -> None:
    for frame in range(3):
        write_series(tmp_path / str(frame), VOXELS, series_uid="1.2.3.5")
    with pytest.raises(DicomError, match=r"3 images at each of 6 slice positions: it is dynamic, has several b-values"):
        read_stack(tmp_path)


def test_copies_of_the_same_files_are_called_copies(tmp_path: Path) -> None:
    paths = write_series(tmp_path, VOXELS)
    for path in paths[:2]:
        path.with_name("copy of " + path.name).write_bytes(path.read_bytes())
    with pytest.raises(DicomError, match=r"2 of the 8 files are copies: they carry the SOPInstanceUID of another one"):
        read_stack(tmp_path)


def test_one_of_several_series_must_be_chosen(tmp_path: Path) -> None:
    write_series(tmp_path / "a", VOXELS, series_uid="1.2.3.5")
    write_series(tmp_path / "b", VOXELS[:4], series_uid="1.2.3.6", modality="MR")
    with pytest.raises(DicomError, match=r"holds 2 image series; one must be chosen") as caught:
        read_stack(tmp_path)
    assert f'{tmp_path}#1.2.3.6 (MR "MR series", number 1, 2024-01-02, 4 files)' in caught.value.hint
    assert read_stack(tmp_path, "1.2.3.6").geometry.shape == (4, 4, 5)


def test_series_of_two_patients_are_named(tmp_path: Path) -> None:
    write_series(tmp_path / "a", VOXELS, patient_id="A", series_uid="1.2.3.5")
    write_series(tmp_path / "b", VOXELS, patient_id="B", series_uid="1.2.3.6")
    with pytest.raises(IdentityError, match=r'series of two patients: Doe\^Jane \(ID "A".* and Doe\^Jane \(ID "B"'):
        read_stack(tmp_path)


def test_an_unknown_series_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS, series_uid="1.2.3.5")
    with pytest.raises(DicomError, match=r'has no series 1.2.3.9. Did you mean "1.2.3.5"\? It holds: 1.2.3.5 \(CT "'):
        read_stack(tmp_path, "1.2.3.9")


def test_an_rt_object_is_no_image_series(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS[:1], series_uid="1.2.3.5", tags={"Modality": "RTDOSE"})
    with pytest.raises(DicomError, match=r"The series 1.2.3.5 \(RTDOSE .*\) is no image series, but an object"):
        read_stack(tmp_path, "1.2.3.5")
    with pytest.raises(DicomError, match=r"holds no image series, only RTDOSE"):
        read_stack(tmp_path)


def test_a_folder_without_dicom_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DicomError, match=r"holds no DICOM files; it is empty"):
        read_stack(tmp_path)
    (tmp_path / "notes.txt").write_text("x" * 400)
    with pytest.raises(DicomError, match=r"holds no DICOM files, only 1 other file\."):
        read_stack(tmp_path)


@pytest.mark.parametrize(("kept", "reason"), [(0, r"is empty \(0 bytes\)"), (-20, r"is truncated: 40 bytes of pixel data")])
def test_a_damaged_file_beside_the_slices_is_refused(tmp_path: Path, kept: int, reason: str) -> None:
    """Without this, a damaged last slice would just make the volume shorter."""
    paths = write_series(tmp_path / "ct", VOXELS)
    paths[-1].write_bytes(paths[-1].read_bytes()[:kept])
    with pytest.raises(DicomError, match=rf'The file "0005.dcm" {reason}'):
        read_stack(tmp_path)


def test_a_damaged_file_in_another_folder_does_not_hinder(tmp_path: Path) -> None:
    write_series(tmp_path / "ct", VOXELS)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "broken.dcm").write_bytes(b"")
    assert len(read_stack(tmp_path).files) == 6


def test_a_real_whole_body_pet_lies_on_its_grid() -> None:
    """GE Discovery ST, 267 slices; NOTICE: 128 x 128; tags: 4.6875 mm, 3.27 mm."""
    geometry = read_stack(real_data("sts_001/raw_fdg_pet")).geometry
    assert geometry.shape == (267, 128, 128)
    np.testing.assert_allclose(geometry.spacing, [4.6875, 4.6875, 3.27], atol=1e-3)


def test_real_oblique_mr_agrees_with_simpleitk() -> None:
    import SimpleITK as sitk

    folder = real_data("prostatex_0207_mr/004_MR_t2_tse_tra_45322")
    stack = read_stack(folder)
    peer = sitk.ReadImage([str(file) for file in stack.files])
    last = [size - 1 for size in peer.GetSize()]
    np.testing.assert_allclose(stack.geometry.to_world(last), peer.TransformIndexToPhysicalPoint(last), atol=1e-3)
