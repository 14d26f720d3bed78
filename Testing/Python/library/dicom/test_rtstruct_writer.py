from datetime import datetime
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import DataElement, Dataset, FileDataset, dcmread
from pydicom.config import IGNORE
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from builders.planning_ct import FRAME, SERIES, STUDY, planning_ct
from dosepainting_hrs.dicom.rtstruct_regions import PALETTE
from dosepainting_hrs.dicom.rtstruct_writer import RegionToWrite, build_structure_set, shortened, write_structure_set
from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError, OutputError, ParameterError

WHEN = datetime(2025, 3, 4, 5, 6, 7)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return planning_ct(tmp_path_factory.mktemp("ct"), (4, 12, 12))


def block(stack: Stack) -> NDArray[np.bool_]:
    """Two voxels on slice 1, one on slice 2."""
    array = np.zeros(stack.geometry.shape, dtype=bool)
    array[1, 3, 4:6] = True
    array[2, 3, 4] = True
    return array


def written(stack: Stack, path: Path, *regions: RegionToWrite, **more: object) -> FileDataset:
    known = {"label": "HRS", "description": "Job 12.", "when": WHEN, **more}
    write_structure_set(build_structure_set(stack, regions, **known), path)  # type: ignore[arg-type]
    return dcmread(path)


@pytest.fixture(scope="module")
def dataset(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> FileDataset:
    regions = [
        RegionToWrite(name="GTVp_PT1^HRS1", array=block(stack), algorithm="AUTOMATIC", description="x" * 70),
        RegionToWrite(name="Other", array=~block(stack), color=(1, 2, 3)),
    ]
    numbers = count(1)
    path = tmp_path_factory.mktemp("rs") / "rs.dcm"
    return written(stack, path, *regions, uid_factory=lambda: f"2.25.{next(numbers)}")


def test_patient_study_and_frame_are_the_ct_s(dataset: FileDataset, stack: Stack) -> None:
    expected = {
        "PatientName": "Müller^Jörg",
        "PatientID": "P1",
        "PatientBirthDate": "19600101",
        "PatientSex": "F",
        "StudyInstanceUID": STUDY,
        "StudyDate": "20240102",
        "StudyTime": "100000",
        "StudyID": "77",
        "AccessionNumber": "A1",
        "ReferringPhysicianName": "",
        "StudyDescription": "Planning",
        "FrameOfReferenceUID": FRAME,
        "PositionReferenceIndicator": "",
    }
    assert {keyword: str(dataset[keyword].value or "") for keyword in expected} == expected


def test_the_object_is_new_unapproved_and_says_who_made_it(dataset: FileDataset) -> None:
    expected = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.3",
        "SOPInstanceUID": "2.25.1",
        "SeriesInstanceUID": "2.25.2",
        "Modality": "RTSTRUCT",
        "SeriesDate": "20250304",
        "SeriesTime": "050607",
        "InstanceCreationDate": "20250304",
        "InstanceCreationTime": "050607",
        "StructureSetDate": "20250304",
        "StructureSetTime": "050607",
        "StructureSetLabel": "HRS",
        "StructureSetName": "HRS",
        "StructureSetDescription": "Job 12. Research software, not a medical device.",
        "ApprovalStatus": "UNAPPROVED",
        "OperatorsName": "",
        "Manufacturer": "DosePaintingHRS",
        "ManufacturerModelName": "DosePaintingHRS",
    }
    assert {keyword: str(dataset[keyword].value or "") for keyword in expected} == expected
    assert all(dataset[keyword].value for keyword in ("SoftwareVersions", "DeviceSerialNumber", "SeriesDescription"))
    assert dataset.file_meta.MediaStorageSOPInstanceUID == "2.25.1"
    assert dataset.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_the_frame_names_every_slice_of_the_series(dataset: FileDataset, stack: Stack) -> None:
    (frame,) = dataset.ReferencedFrameOfReferenceSequence
    (study,) = frame.RTReferencedStudySequence
    (series,) = study.RTReferencedSeriesSequence
    assert (frame.FrameOfReferenceUID, study.ReferencedSOPInstanceUID, series.SeriesInstanceUID) == (FRAME, STUDY, SERIES)
    assert study.ReferencedSOPClassUID == "1.2.840.10008.3.1.2.3.1"
    named = [(item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID) for item in series.ContourImageSequence]
    assert named == [("1.2.840.10008.5.1.4.1.1.2", uid) for uid in stack.sop_instance_uids]


def test_regions_are_numbered_named_coloured_and_typed(dataset: FileDataset) -> None:
    first, second = dataset.StructureSetROISequence
    assert (first.ROINumber, first.ROIName, first.ROIGenerationAlgorithm) == (1, "GTVp_PT1^HRS1", "AUTOMATIC")
    assert first.ReferencedFrameOfReferenceUID == FRAME
    assert first.ROIDescription == "x" * 70
    assert first.ROIGenerationDescription == "x" * 61 + "..."
    assert (second.ROINumber, second.ROIGenerationAlgorithm, second.ROIGenerationDescription) == (2, "SEMIAUTOMATIC", "")
    drawn = [(item.ReferencedROINumber, tuple(item.ROIDisplayColor)) for item in dataset.ROIContourSequence]
    assert drawn == [(1, PALETTE[0]), (2, (1, 2, 3))]
    observed = [
        (item.ObservationNumber, item.ReferencedROINumber, item.RTROIInterpretedType)
        for item in dataset.RTROIObservationsSequence
    ]
    assert observed == [(1, 1, "GTV"), (2, 2, "")]


def test_contours_by_hand(dataset: FileDataset, stack: Stack) -> None:
    """Origin -120.3, -85.7, -31.25, spacing 1.171875, 0.9, 2.5 mm: corners of the two voxels of slice 1."""
    first, second = dataset.ROIContourSequence[0].ContourSequence
    left, right = -120.3 + 3.5 * 1.171875, -120.3 + 5.5 * 1.171875
    top, bottom = -85.7 + 2.5 * 0.9, -85.7 + 3.5 * 0.9
    expected = [left, top, -28.75, right, top, -28.75, right, bottom, -28.75, left, bottom, -28.75]
    assert first.ContourData == pytest.approx(expected, abs=5e-5)
    assert str(first.ContourData[0]) == "-116.1984"
    assert (first.ContourNumber, second.ContourNumber) == (1, 2)
    assert (first.ContourGeometricType, first.NumberOfContourPoints) == ("CLOSED_PLANAR", 4)
    (image,) = second.ContourImageSequence
    assert image.ReferencedSOPInstanceUID == stack.sop_instance_uids[2]


def every_contour(dataset: Dataset) -> list[Dataset]:
    return [contour for drawn in dataset.ROIContourSequence for contour in drawn.ContourSequence]


def test_no_contour_is_short_long_or_closed_twice(dataset: FileDataset) -> None:
    assert len(every_contour(dataset)) == 6
    for contour in every_contour(dataset):
        texts = [str(one.original_string) for one in contour.ContourData]
        points = np.array(texts, dtype=float).reshape(-1, 3)
        assert max(map(len, texts)) <= 16
        assert len(points) == contour.NumberOfContourPoints >= 3
        assert (points[0] != points[-1]).any()
        assert (points[1:] != points[:-1]).any(axis=1).all()


def test_holes_may_be_nested(stack: Stack, tmp_path: Path) -> None:
    array = np.zeros(stack.geometry.shape, dtype=bool)
    array[0, 2:5, 2:5] = True
    array[0, 3, 3] = False
    counts = {}
    for holes in ("keyhole", "nested"):
        dataset = written(stack, tmp_path / f"{holes}.dcm", RegionToWrite(name="ring", array=array), holes=holes)
        counts[holes] = [contour.NumberOfContourPoints for contour in every_contour(dataset)]
        assert {contour.ContourGeometricType for contour in every_contour(dataset)} == {"CLOSED_PLANAR"}
    assert counts == {"keyhole": [11], "nested": [4, 4]}


def test_a_contour_too_long_for_explicit_syntax_makes_the_file_implicit(tmp_path: Path) -> None:
    """A comb of 420 teeth has some 1700 corners of three numbers: over 65534 bytes."""
    stack = planning_ct(tmp_path / "ct", (2, 3, 1200), spacing=(0.3333, 0.3333, 2.0), origin=(-1111.1111, -222.2222, 33.3333))
    array = np.zeros(stack.geometry.shape, dtype=bool)
    array[0, 1] = array[0, 0, ::2] = array[0, 2, ::2] = True
    dataset = written(stack, tmp_path / "rs.dcm", RegionToWrite(name="comb", array=array))
    assert dataset.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
    (contour,) = every_contour(dataset)
    content = contour.get_item("ContourData").value
    assert len(content) > 65534
    assert content.count(b"\\") + 1 == 3 * contour.NumberOfContourPoints


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"array": np.zeros((4, 12, 12), dtype=bool)}, InputError, r'region "GTV" is empty'),
        (
            {"array": np.ones((3, 12, 14), dtype=bool)},
            GeometryError,
            r"14 x 12 x 3 voxels, but the planning CT has 12 x 12 x 4",
        ),
        ({"name": "G" * 17}, ParameterError, r"17 characters"),
        ({"algorithm": "GUESSED"}, ParameterError, r'"GUESSED" is no ROIGenerationAlgorithm'),
        ({"color": (0, 0, 256)}, ParameterError, r"not three numbers from 0 to 255"),
    ],
)
def test_refuses_regions_that_cannot_be_written(
    stack: Stack, change: dict[str, object], kind: type[Exception], sentence: str
) -> None:
    region = RegionToWrite(**{"name": "GTV", "array": block(stack), **change})  # type: ignore[arg-type]
    with pytest.raises(kind, match=sentence):
        build_structure_set(stack, [region], label="HRS", description="", when=WHEN)


def test_refuses_a_long_label_and_a_long_description(stack: Stack) -> None:
    with pytest.raises(ParameterError, match=r"structure set label"):
        build_structure_set(stack, [], label="L" * 17, description="", when=WHEN)
    with pytest.raises(ParameterError, match=r"has 1041 characters; DICOM holds 1024"):
        build_structure_set(stack, [], label="L", description="y" * 1000, when=WHEN)


def test_refuses_a_ct_without_frame_of_reference(tmp_path: Path) -> None:
    stack = planning_ct(tmp_path, (2, 4, 4), tags={"FrameOfReferenceUID": None})
    with pytest.raises(IdentityError, match=r"planning CT has no FrameOfReferenceUID"):
        build_structure_set(stack, [], label="L", description="", when=WHEN)


def test_type_2_attributes_that_the_ct_lacks_are_there_and_empty(tmp_path: Path) -> None:
    lacking = ("PatientBirthDate", "AccessionNumber", "ReferringPhysicianName", "PositionReferenceIndicator", "StudyID")
    stack = planning_ct(tmp_path / "ct", (2, 4, 4), tags=dict.fromkeys((*lacking, "StudyDescription")))
    array = np.ones((2, 4, 4), dtype=bool)
    dataset = written(stack, tmp_path / "rs.dcm", RegionToWrite(name="all", array=array))
    assert all(keyword in dataset and not dataset[keyword].value for keyword in lacking)
    assert "StudyDescription" not in dataset


def test_the_ct_s_headers_stay_as_they_are(stack: Stack) -> None:
    dataset = build_structure_set(stack, [], label="L", description="", when=WHEN)
    dataset.PatientID = "changed"
    assert stack.first.PatientID == "P1"


def test_values_longer_than_dicom_allows_are_cut_but_never_a_patient_id(tmp_path: Path) -> None:
    def too_long(_: int, header: Dataset) -> None:
        for keyword, vr, length in (("StudyID", "SH", 17), ("PatientID", "LO", 70)):
            header[keyword] = DataElement(keyword, vr, "y" * length, validation_mode=IGNORE)

    stack = planning_ct(tmp_path / "ct", (2, 4, 4), change=too_long)
    dataset = build_structure_set(stack, [], label="L", description="", when=WHEN)
    assert (dataset.StudyID, dataset.PatientID) == ("y" * 16, "y" * 70)
    (said,) = shortened(stack)
    assert (
        said
        == f'Note: Study ID of the planning CT, "{"y" * 17}", is longer than the 16 characters that DICOM allows, and was cut.'
    )


def test_never_over_a_file(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(b"here")
    with pytest.raises(OutputError, match=r"exists already"):
        written(stack, path, RegionToWrite(name="GTV", array=block(stack)))
    assert path.read_bytes() == b"here"
