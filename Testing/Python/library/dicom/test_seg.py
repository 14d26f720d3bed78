"""Segmentations written by highdicom, which shares no code with the reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.sr.codedict import codes
from pydicom.uid import RLELossless, generate_uid

from builders.dicom_series import AXIAL, write_series
from builders.structure_sets import Region, rectangle, write_structure_set
from dosepainting_hrs.dicom.seg import load_seg_region
from dosepainting_hrs.errors import DicomError, InputError, ParameterError
from dosepainting_hrs.geometry import Geometry

SHAPE, SPACING, ORIGIN = (7, 13, 11), (1.5, 2.0, 3.0), (-20.0, 30.0, -400.0)
A, B = np.radians(25.0), np.radians(-12.0)
OBLIQUE = np.array([[np.cos(A), -np.sin(A), 0], [np.sin(A), np.cos(A), 0], [0, 0, 1]]) @ np.array(
    [[1, 0, 0], [0, np.cos(B), -np.sin(B)], [0, np.sin(B), np.cos(B)]]
)


def blob(seed: int) -> NDArray[np.uint8]:
    """Voxels at random on slices 1, 2 and 5: others are empty."""
    voxels = (np.random.default_rng(seed).random(SHAPE) > 0.6).astype(np.uint8)
    voxels[[0, 3, 4, 6]] = 0
    return voxels


def write_seg(folder: Path, pixels: NDArray[np.uint8], direction: ArrayLike = AXIAL, kind: str = "BINARY", **more: Any) -> Path:
    """Write a series and, by highdicom, a segmentation of it; `pixels` is (z, y, x) or (z, y, x, segments)."""
    count = pixels.shape[3] if pixels.ndim == 4 else 1
    files = write_series(folder / "ct", np.zeros(SHAPE, np.int16), spacing=SPACING, origin=ORIGIN, direction=direction)
    descriptions = [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"Boost {number} µ",
            segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Tumor,
            algorithm_type="MANUAL",
        )
        for number in range(1, count + 1)
    ]
    seg = highdicom.seg.Segmentation(
        [dcmread(one) for one in files],
        pixels,
        kind,
        descriptions,
        series_instance_uid=generate_uid(),
        series_number=2,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="none",
        manufacturer_model_name="none",
        software_versions="1",
        device_serial_number="1",
        **more,
    )
    seg.SpecificCharacterSet = "ISO_IR 192"
    path = folder / "seg.dcm"
    seg.save_as(path)
    return path


def voxels_in_world(array: NDArray[Any], grid: Geometry) -> NDArray[np.float64]:
    k, j, i = np.nonzero(array)
    world = grid.to_world(np.column_stack([i, j, k]))
    return np.array(sorted(np.round(world, 4).tolist()))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("direction", [np.eye(3), OBLIQUE, OBLIQUE @ np.diag([-1.0, 1.0, -1.0])])
@pytest.mark.parametrize("omit", [True, False])
def test_a_segment_lies_where_it_was_drawn(tmp_path: Path, direction: NDArray[np.float64], omit: bool) -> None:
    path = write_seg(tmp_path, blob(1), direction, omit_empty_frames=omit)
    mask = load_seg_region(path)
    expected = voxels_in_world(blob(1), Geometry.from_parts(SHAPE, SPACING, ORIGIN, direction))
    found = voxels_in_world(mask.array, mask.geometry)
    np.testing.assert_allclose(found, expected, atol=2e-4)
    assert mask.geometry.shape[0] == (5 if omit else 7)
    assert mask.voxel_count == blob(1).sum()
    assert mask.name == "Boost 1 µ"
    assert (mask.geometry.direction.diagonal() > 0).all()


@pytest.mark.filterwarnings("ignore")
def test_the_mask_knows_patient_frame_and_the_series_it_was_drawn_on(tmp_path: Path) -> None:
    mask = load_seg_region(write_seg(tmp_path, blob(1)))
    source = dcmread(tmp_path / "ct" / "0000.dcm")
    assert mask.identity.patient_id == source.PatientID
    assert mask.identity.frame_of_reference == source.FrameOfReferenceUID
    assert mask.identity.series == (source.SeriesInstanceUID,)
    assert mask.identity.study == source.StudyInstanceUID
    assert mask.history[0].startswith('Segment 1 "Boost 1 µ" of segmentation "seg.dcm" (')


@pytest.mark.filterwarnings("ignore")
def test_each_of_several_segments_is_its_own(tmp_path: Path) -> None:
    """The frames of 143 pixels do not end on whole bytes."""
    path = write_seg(tmp_path, np.stack([blob(1), blob(2)], axis=-1))
    for number in (1, 2):
        mask = load_seg_region(path, number)
        np.testing.assert_array_equal(mask.array, blob(number)[1:6] > 0)
    with pytest.raises(InputError, match=r'holds 2 segments: 1 "Boost 1 µ", 2 "Boost 2 µ"\. Choose one: ".*seg.dcm#1"'):
        load_seg_region(path)
    with pytest.raises(ParameterError, match=r'has no segment 3\. There are: 1 "Boost 1 µ"'):
        load_seg_region(path, 3)


@pytest.mark.filterwarnings("ignore")
def test_one_slice_has_its_stated_thickness(tmp_path: Path) -> None:
    pixels = np.zeros(SHAPE, np.uint8)
    pixels[4, 3:6, 2:9] = 1
    mask = load_seg_region(write_seg(tmp_path, pixels))
    assert mask.geometry.shape == (1, 13, 11)
    assert mask.volume_ml == pytest.approx(21 * 9.0 / 1000.0)


@pytest.mark.filterwarnings("ignore")
def test_a_fractional_segmentation_is_refused(tmp_path: Path) -> None:
    path = write_seg(tmp_path, blob(1).astype(np.float32) * 0.5, kind="FRACTIONAL")
    with pytest.raises(DicomError, match=r"is of type FRACTIONAL: .* a BINARY one is needed"):
        load_seg_region(path)


def _off_grid(dataset: Dataset) -> None:
    position = dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient
    position[2] = float(position[2]) + 0.4


def _sideways(dataset: Dataset) -> None:
    position = dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient
    position[0] = float(position[0]) + 0.4


def _without_position(dataset: Dataset) -> None:
    del dataset.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence


def _twice(dataset: Dataset) -> None:
    frames = dataset.PerFrameFunctionalGroupsSequence
    frames[1].PlanePositionSequence = frames[0].PlanePositionSequence


def _compressed(dataset: Dataset) -> None:
    dataset.file_meta.TransferSyntaxUID = RLELossless
    dataset.PixelData = encapsulate([b"\0" * 64] * 3)
    dataset["PixelData"].is_undefined_length = True


def _too_many(dataset: Dataset) -> None:
    dataset.PixelData = dataset.PixelData[:20]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_off_grid, "lie on no regular grid: one misses its place by"),
        (_sideways, r"lie on no regular grid: one misses its place by 0\.400 mm"),
        (_without_position, "does not say for every frame where it lies"),
        (_twice, "two frames of one segment at one position"),
        (_compressed, r"is not stored as plain single bits \(RLE Lossless, 1 bits per pixel\)"),
        (_too_many, "announces 3 frames of 11 x 13 pixels, but holds bits for 1 only"),
    ],
)
def test_odd_frames_are_refused(tmp_path: Path, change: Callable[[Dataset], None], message: str) -> None:
    path = write_seg(tmp_path, blob(1))
    dataset = dcmread(path)
    change(dataset)
    dataset.save_as(path)
    with pytest.raises(DicomError, match=message):
        load_seg_region(path)


@pytest.mark.filterwarnings("ignore")
def test_a_segment_without_frames_is_refused(tmp_path: Path) -> None:
    path = write_seg(tmp_path, np.stack([blob(1), np.zeros(SHAPE, np.uint8)], axis=-1))
    with pytest.raises(InputError, match=r'Segment 2 "Boost 2 µ" of .* is empty'):
        load_seg_region(path, 2)


def test_a_structure_set_and_a_truncated_file_are_refused(tmp_path: Path) -> None:
    path = write_structure_set(tmp_path / "rs.dcm", [Region("A", [rectangle(0.0, (0, 0), (1, 1))])])
    with pytest.raises(DicomError, match=r"another kind \(RT Structure Set\); a segmentation \(SEG\) is needed"):
        load_seg_region(path)


@pytest.mark.filterwarnings("ignore")
def test_a_file_cut_in_its_pixels_is_refused(tmp_path: Path) -> None:
    path = write_seg(tmp_path, blob(1))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DicomError, match="is cut short"):
        load_seg_region(path)
