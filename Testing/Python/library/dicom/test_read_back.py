from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, dcmread

from builders.planning_ct import planning_ct
from dosepainting_hrs.dicom.read_back import read_back, require_carried
from dosepainting_hrs.dicom.rtstruct_writer import RegionToWrite, build_structure_set, write_structure_set
from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.errors import OutputError

WHEN = datetime(2025, 3, 4, 5, 6, 7)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return planning_ct(tmp_path_factory.mktemp("ct"), (4, 12, 12))


def ring(stack: Stack) -> NDArray[np.bool_]:
    array = np.zeros(stack.geometry.shape, dtype=bool)
    array[1:3, 2:7, 3:9] = True
    array[2, 4, 5] = False
    return array


@pytest.fixture
def regions(stack: Stack) -> list[RegionToWrite]:
    return [RegionToWrite(name="GTV", array=ring(stack)), RegionToWrite(name="rest", array=~ring(stack))]


@pytest.fixture
def path(stack: Stack, regions: list[RegionToWrite], tmp_path: Path) -> Path:
    path = tmp_path / "rs.dcm"
    write_structure_set(build_structure_set(stack, regions, label="L", description="", when=WHEN), path)
    return path


def test_finds_what_was_written(stack: Stack, regions: list[RegionToWrite], path: Path) -> None:
    """59 voxels of 1.171875 x 0.9 x 2.5 mm are 0.15556640625 ml."""
    first, second = read_back(path, stack, regions)
    assert (first.name, first.differing_voxels, first.dice, first.contours) == ("GTV", 0, 1.0, 2)
    assert first.volume_ml == pytest.approx(0.15556640625, rel=1e-9)
    assert second.volume_ml == pytest.approx((4 * 12 * 12 - 59) * 0.00263671875, rel=1e-9)


def test_one_voxel_more_is_noticed(stack: Stack, regions: list[RegionToWrite], path: Path) -> None:
    array = ring(stack)
    array[0, 0, 0] = True
    with pytest.raises(OutputError, match=r'"GTV" read back with 1 differing voxels \(0\.1556 ml instead of 0\.1582 ml\)'):
        read_back(path, stack, [RegionToWrite(name="GTV", array=array)])


def first_contour(dataset: Dataset) -> Dataset:
    contour: Dataset = dataset.ROIContourSequence[0].ContourSequence[0]
    return contour


def other_frame(dataset: Dataset) -> None:
    dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3"


def other_slice(dataset: Dataset) -> None:
    """A slice of the same series, but not the one that the contour lies on."""
    series = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    uid = series.ContourImageSequence[0].ReferencedSOPInstanceUID
    first_contour(dataset).ContourImageSequence[0].ReferencedSOPInstanceUID = uid


def off_the_plane(dataset: Dataset) -> None:
    contour = first_contour(dataset)
    contour.ContourData = [value + (0.02 if index % 3 == 2 else 0.0) for index, value in enumerate(contour.ContourData)]


def other_series(dataset: Dataset) -> None:
    study = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    study.RTReferencedSeriesSequence[0].SeriesInstanceUID = "1.2.3"


def slice_left_out(dataset: Dataset) -> None:
    study = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    del study.RTReferencedSeriesSequence[0].ContourImageSequence[0]


def same_name_twice(dataset: Dataset) -> None:
    dataset.StructureSetROISequence[1].ROIName = "GTV"


def a_coordinate_gone(dataset: Dataset) -> None:
    contour = first_contour(dataset)
    contour.ContourData = list(contour.ContourData)[:-1]


def top_level(**values: str) -> Callable[[Dataset], None]:
    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    change.__name__ = "_".join(values)
    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (top_level(PatientID="P2"), r"another PatientID than the planning CT's"),
        (top_level(PatientName="Müller^Jürg"), r"another PatientName"),
        (top_level(PatientBirthDate="", PatientSex="M"), r"another PatientBirthDate and PatientSex"),
        (top_level(StudyInstanceUID="1.2.3"), r"another StudyInstanceUID"),
        (top_level(FrameOfReferenceUID="1.2.3"), r"another FrameOfReferenceUID"),
        (top_level(StudyID="", AccessionNumber=""), r"another StudyID and AccessionNumber"),
        (top_level(ApprovalStatus="APPROVED"), r"as one that was reviewed"),
        (top_level(ReviewerName="A^B"), r"as one that was reviewed"),
        (other_frame, r'"GTV" read back in another frame of reference'),
        (other_slice, r'contour of "GTV" lies 2\.500 mm off the slice that it names'),
        (off_the_plane, r'contour of "GTV" lies 0\.020 mm off the slice'),
        (other_series, r"references to another series"),
        (slice_left_out, r"references to other slices"),
        (same_name_twice, r'"GTV" was found 2 times'),
        (a_coordinate_gone, r"could not be read back: .* no multiple of three"),
    ],
)
def test_every_difference_is_noticed(
    stack: Stack, regions: list[RegionToWrite], path: Path, change: Callable[[Dataset], None], sentence: str
) -> None:
    dataset = dcmread(path)
    change(dataset)
    dataset.save_as(path)
    with pytest.raises(OutputError, match=sentence) as caught:
        read_back(path, stack, regions)
    assert "Nothing was kept" in caught.value.hint


def test_carried_regions_are_compared_item_by_item(path: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.dcm"
    for keyword, change in {
        "StructureSetROISequence": same_name_twice,
        "ROIContourSequence": off_the_plane,
        "RTROIObservationsSequence": lambda dataset: dataset.RTROIObservationsSequence.pop(),
    }.items():
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(changed)
        with pytest.raises(OutputError, match=rf"{keyword} was not carried unchanged"):
            require_carried(changed, path)
    require_carried(path, path)
