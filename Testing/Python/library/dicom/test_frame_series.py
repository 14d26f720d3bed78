"""Frames of dynamic PET, DWI and DCE: put in order by what the headers say, and refused in words where they do not fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from builders.dicom_series import write_series
from builders.frame_series import (
    DWI_SERIES,
    SHAPE,
    voxels,
    write_dce,
    write_dwi,
    write_dynamic_pet,
    write_enhanced_dwi,
)
from builders.real_data import real_data
from dosepainting_hrs.context import Context
from dosepainting_hrs.dicom.inventory import inspect_folder
from dosepainting_hrs.dicom.role import Role
from dosepainting_hrs.errors import DicomError, DosePaintingError
from dosepainting_hrs.image_frames import Frames

STARTS, DURATIONS = (0.0, 10.0, 20.0, 80.0), (10.0, 10.0, 60.0, 360.0)


def frames_of(folder: Path | str) -> Frames:
    return Context().frames(str(folder))


def renamed_in_reverse(folder: Path) -> None:
    """Turn the order of file names and InstanceNumbers round."""
    for number, path in enumerate(sorted(folder.iterdir(), reverse=True)):
        ds = dcmread(path)
        ds.InstanceNumber = number + 1
        path.unlink()
        ds.save_as(folder / f"renamed-{number:04d}.dcm", enforce_file_format=True)


def test_a_dynamic_pet_has_its_slopes_and_times(tmp_path: Path) -> None:
    """Slice k of frame t is rescaled by its own slope: (2, 3, 0.5)[k] x (t + 1)."""
    stored = voxels(4)
    write_dynamic_pet(tmp_path, stored, STARTS, DURATIONS)
    frames = frames_of(tmp_path)
    slopes = np.array([2.0, 3.0, 0.5])[None, :, None, None] * np.arange(1, 5)[:, None, None, None]
    np.testing.assert_allclose(frames.array, stored * slopes, rtol=1e-6)
    assert frames.starts_s() == STARTS
    assert frames.durations_s() == DURATIONS
    assert [one.middle_s for one in frames.infos] == [5.0, 15.0, 50.0, 260.0]
    third = frames.frame(2)
    assert third.acquisition is not None
    assert third.acquisition.slices[1].slope == 9.0
    assert third.acquisition.injection_time == "100000.00"
    assert str(third.acquisition.slices[0].acquired) == "2024-01-02 10:00:20"


def test_order_of_files_and_numbers_does_not_count(tmp_path: Path) -> None:
    write_dynamic_pet(tmp_path / "a", voxels(4), STARTS, DURATIONS)
    plain = frames_of(tmp_path / "a")
    renamed_in_reverse(tmp_path / "a")
    turned = frames_of(tmp_path / "a")
    assert np.array_equal(turned.array, plain.array)
    assert turned.starts_s() == STARTS
    assert any("InstanceNumber does not follow" in remark for remark in turned.remarks)


def test_times_come_from_frame_reference_time_where_all_frames_say_one_acquisition_time(tmp_path: Path) -> None:
    write_dynamic_pet(tmp_path, voxels(4), STARTS, DURATIONS, tags={"AcquisitionTime": "100000"})
    assert frames_of(tmp_path).starts_s() == STARTS


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (lambda t, k: (t, k) != (2, 1), r"1 of 4 frames is missing in part: that of 10:00:20 at 1 of 3 places"),
        (lambda t, k: t != 3, r"NumberOfTimeSlices \(0054,0101\) announces 4 frames, 3 are there"),
        (lambda t, k: k != 1, r"one slice position|slice is missing|differs|series"),
    ],
    ids=["a slice of a frame", "a frame", "a place"],
)
def test_a_missing_frame_is_told(tmp_path: Path, kept: Any, sentence: str) -> None:
    write_dynamic_pet(tmp_path, voxels(4), STARTS, DURATIONS)
    for t in range(4):
        for k in range(3):
            if not kept(t, k):
                (tmp_path / f"{t:03d}-{k:03d}.dcm").unlink()
    if kept(0, 1):
        with pytest.raises(DicomError, match=sentence):
            frames_of(tmp_path)
        (found,) = inspect_folder(tmp_path).series
        assert found.problems or "3 frames" in found.frames
        return
    # All frames lack the same place: what is left is a grid of its own, twice as far apart, and said to have gaps.
    assert any("gaps between them" in remark for remark in frames_of(tmp_path).remarks)


def test_a_doubled_frame_is_told(tmp_path: Path) -> None:
    write_dynamic_pet(tmp_path, voxels(4), STARTS, DURATIONS)
    ds = dcmread(tmp_path / "001-002.dcm")
    ds.save_as(tmp_path / "copy.dcm", enforce_file_format=True)
    with pytest.raises(DicomError, match="1 of its files are copies"):
        frames_of(tmp_path)
    ds.SOPInstanceUID = "1.2.3.99"
    ds.save_as(tmp_path / "copy.dcm", enforce_file_format=True)
    with pytest.raises(DicomError, match=r"1 of 4 frames is doubled in part: that of 10:00:10 at 1 of 3 places"):
        frames_of(tmp_path)


def test_frames_that_overlap_in_time_are_refused(tmp_path: Path) -> None:
    write_dynamic_pet(tmp_path, voxels(4), (0.0, 5.0, 20.0, 80.0), DURATIONS)
    with pytest.raises(DicomError, match=r"Frame 2 begins 5 s before frame 1 has ended"):
        frames_of(tmp_path)


def test_a_gap_is_remarked(tmp_path: Path) -> None:
    write_dynamic_pet(tmp_path, voxels(4), (0.0, 10.0, 20.0, 380.0), DURATIONS)
    assert "There is a gap of 300 s between frame 3 and 4." in frames_of(tmp_path).remarks


def test_pet_without_times_is_refused(tmp_path: Path) -> None:
    write_dynamic_pet(tmp_path, voxels(4), STARTS, DURATIONS, tags={"AcquisitionTime": None, "FrameReferenceTime": None})
    with pytest.raises(DicomError, match="no AcquisitionTime or FrameReferenceTime tells which frame"):
        frames_of(tmp_path)


def test_two_injections_are_refused(tmp_path: Path) -> None:
    def second(t: int, k: int, ds: Dataset) -> None:
        if t == 3:
            ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime = "100100.00"

    write_dynamic_pet(tmp_path / "a", voxels(4), STARTS, DURATIONS, change=second)
    with pytest.raises(DicomError, match="name 2 different injections"):
        frames_of(tmp_path / "a")

    def both(t: int, k: int, ds: Dataset) -> None:
        ds.RadiopharmaceuticalInformationSequence = [*ds.RadiopharmaceuticalInformationSequence] * 2

    write_dynamic_pet(tmp_path / "b", voxels(4), STARTS, DURATIONS, change=both)
    with pytest.raises(DicomError, match="names more than one injection"):
        frames_of(tmp_path / "b")


def siemens(ds: Dataset, b: float) -> None:
    ds.Manufacturer = "SIEMENS"
    ds.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    ds.add_new(0x0019100C, "IS", str(int(b)))


def ge(ds: Dataset, b: float) -> None:
    ds.Manufacturer = "GE MEDICAL SYSTEMS"
    ds.add_new(0x00430010, "LO", "GEMS_PARM_01")
    ds.add_new(0x00431039, "IS", [int(b) + 1_000_000_000, 8, 0, 0])


def philips(ds: Dataset, b: float) -> None:
    ds.Manufacturer = "Philips Medical Systems"
    ds.add_new(0x20010010, "LO", "Philips Imaging DD 001")
    ds.add_new(0x20011003, "FL", b)


@pytest.mark.parametrize("mark", [None, siemens, ge, philips], ids=["standard", "Siemens", "GE", "Philips"])
def test_b_values_are_found_wherever_the_maker_writes_them(tmp_path: Path, mark: Any) -> None:
    stored = voxels(3)
    write_dwi(tmp_path, stored[[2, 0, 1]], (800.0, 0.0, 100.0), mark=mark)
    frames = frames_of(tmp_path)
    assert frames.b_values() == (0.0, 100.0, 800.0)
    assert np.array_equal(frames.array, stored)
    (found,) = inspect_folder(tmp_path).series
    assert (found.role, found.frames) == (Role.DWI, "3 frames: b = 0, 100, 800 s/mm2")


def test_a_multi_frame_dwi_gives_the_same_frames(tmp_path: Path) -> None:
    stored = voxels(3)
    write_enhanced_dwi(tmp_path / "enhanced.dcm", stored, (0.0, 100.0, 800.0))
    frames = frames_of(tmp_path)
    assert frames.b_values() == (0.0, 100.0, 800.0)
    np.testing.assert_array_equal(frames.array, 2.0 * stored)
    (found,) = inspect_folder(tmp_path).series
    assert (found.role, found.frames, len(found.files)) == (Role.DWI, "3 frames: b = 0, 100, 800 s/mm2", 1)


def test_a_b_value_absent_in_part_is_refused(tmp_path: Path) -> None:
    def drop(t: int, k: int, ds: Dataset) -> None:
        if (t, k) == (1, 2):
            del ds.DiffusionBValue

    write_dwi(tmp_path, voxels(3), (0.0, 100.0, 800.0), change=drop)
    with pytest.raises(DicomError, match="b-value is absent in 1 of 9 images"):
        frames_of(tmp_path)


def test_directions_are_frames_of_their_own(tmp_path: Path) -> None:
    axes = np.vstack([np.zeros(3), np.eye(3)])

    def turn(t: int, k: int, ds: Dataset) -> None:
        if t:
            ds.DiffusionGradientOrientation = axes[t].tolist()

    write_dwi(tmp_path, voxels(4), (0.0, 500.0, 500.0, 500.0), change=turn)
    frames = frames_of(tmp_path)
    assert frames.b_values() == (0.0, 500.0, 500.0, 500.0)
    assert {one.direction for one in frames.infos} == {None, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)}


def test_b_values_in_series_of_their_own_are_joined_by_name(tmp_path: Path) -> None:
    stored = voxels(2)
    for number, b in enumerate((0.0, 800.0)):
        tags = {"DiffusionBValue": b, "SeriesDescription": f"b{b:g}"}
        write_series(tmp_path / f"{b:g}", stored[number], modality="MR", series_uid=f"1.2.3.8{number}", tags=tags)
    with pytest.raises(DosePaintingError, match="holds no series with several images"):
        frames_of(tmp_path)
    frames = frames_of(f"{tmp_path}#1.2.3.81+1.2.3.80")
    assert frames.b_values() == (0.0, 800.0)
    assert np.array_equal(frames.array, stored)
    assert set(frames.identity.series) == {"1.2.3.80", "1.2.3.81"}


@pytest.mark.parametrize("one_series", [True, False], ids=["one series", "a series for each time"])
def test_a_dce_is_put_in_order_of_time(tmp_path: Path, one_series: bool) -> None:
    stored = voxels(5)
    write_dce(tmp_path, stored, 5.4, one_series=one_series)
    frames = frames_of(tmp_path)
    assert np.array_equal(frames.array, stored)
    np.testing.assert_allclose(frames.starts_s(), 5.4 * np.arange(5), atol=1e-3)
    assert len(frames.identity.series) == (1 if one_series else 5)


@pytest.mark.parametrize("kinds", [("DIS2D", "ND"), ("DIS3D", "DIS2D")])
def test_variants_of_one_series_side_by_side_are_asked_about(tmp_path: Path, kinds: tuple[str, str]) -> None:
    for number, kind in enumerate(kinds):

        def mark(t: int, k: int, ds: Dataset, number: int = number, kind: str = kind) -> None:
            ds.SeriesInstanceUID = f"{DWI_SERIES}.{number}"
            ds.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE", kind]

        write_dwi(tmp_path / kind, voxels(2), (0.0, 800.0), change=mark)
    with pytest.raises(DicomError, match="holds 2 acquisitions of several frames") as refusal:
        frames_of(tmp_path)
    assert all(kind in (refusal.value.hint or "") for kind in kinds)
    assert frames_of(f"{tmp_path}#{DWI_SERIES}.1").b_values() == (0.0, 800.0)
    with pytest.raises(DicomError, match="distortion-corrected in different ways"):
        frames_of(f"{tmp_path}#{DWI_SERIES}.0+{DWI_SERIES}.1")


def test_thousands_of_files_in_one_folder(tmp_path: Path) -> None:
    """65 frames x 40 places, 2,600 files, all in one folder: one place by pydicom, the others as its bytes, moved."""
    count, places = 65, 40
    stored = np.broadcast_to(np.arange(count, dtype=np.int16)[:, None, None, None], (count, 1, 2, 2))

    def named(t: int, k: int, ds: Dataset) -> None:
        ds.SOPInstanceUID = f"1.2.3.{t}.10"

    write_dynamic_pet(
        tmp_path,
        np.array(stored),
        (10.0 * np.arange(count)).tolist(),
        [10.0] * count,
        slopes=[1.0],
        origin=(0, 0, 100),
        change=named,
    )
    for path in sorted(tmp_path.iterdir()):
        content = path.read_bytes()
        uid = str(dcmread(path).SOPInstanceUID)
        for k in range(1, places):
            moved = content.replace(uid.encode(), f"{uid[:-2]}{k + 10}".encode()).replace(
                b"0\\0\\100", f"0\\0\\{100 + 2 * k}".encode()
            )
            (tmp_path / f"{path.stem}-{k}").write_bytes(moved)
    frames = frames_of(tmp_path)
    assert frames.array.shape == (count, places, 2, 2)
    np.testing.assert_array_equal(frames.array[:, 7, 1, 0], np.arange(count) * np.arange(1, count + 1))


def test_one_image_is_not_several(tmp_path: Path) -> None:
    write_series(tmp_path, voxels(1)[0], modality="PT")
    with pytest.raises(DicomError, match="holds no series with several images at each place"):
        frames_of(tmp_path)


@pytest.mark.parametrize("place", [SHAPE[0] - 1])
def test_real_dwi_of_a_prostate(place: int) -> None:
    """NOTICE: trace images at b = 50, 400 and 800, 19 slices each, in Siemens' private tag."""
    frames = frames_of(real_data("prostatex_0207_mr") / "008_MR_ep2d_diff_tra_DYNDIST_41198")
    assert frames.b_values() == (50.0, 400.0, 800.0)
    assert frames.array.shape[:2] == (3, 19)
    assert frames.array[0, place].mean() > frames.array[2, place].mean()
