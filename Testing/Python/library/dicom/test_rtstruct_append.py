from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, FileDataset, dcmread, dcmwrite
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from builders.planning_ct import planning_ct
from dosepainting_hrs.dicom.read_back import require_carried
from dosepainting_hrs.dicom.rtstruct_append import append_regions
from dosepainting_hrs.dicom.rtstruct_writer import RegionToWrite, build_structure_set, write_structure_set
from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.dicom.structure_set import read_structure_set
from dosepainting_hrs.errors import DicomError, DosePaintingError, IdentityError, ParameterError

OTHER_MAKER = b"-1.50000000\\2.25\\-28.75\\ 3.0e0\\2.25\\-28.75\\3\\7.000000000001\\-28.75 "
"""A triangle as another maker might write it: no four decimals, and not on pixel edges."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return planning_ct(tmp_path_factory.mktemp("ct"), (4, 12, 12), patient_name="Doe^Jane", origin=(-5.0, 0.0, -31.25))


def block(stack: Stack) -> NDArray[np.bool_]:
    array = np.zeros(stack.geometry.shape, dtype=bool)
    array[1, 3, 4:6] = True
    return array


def of_another_maker(
    stack: Stack, path: Path, syntax: str = ExplicitVRLittleEndian, change: Callable[[Dataset], None] = lambda _: None
) -> Path:
    """An approved structure set in Latin-1 with long names, odd numbers and private elements."""
    base = build_structure_set(
        stack, [RegionToWrite(name="x", array=block(stack))], label="PLAN", description="", when=datetime(2024, 2, 2)
    )
    base.SpecificCharacterSet = "ISO_IR 100"
    base.ApprovalStatus, base.ReviewDate, base.ReviewTime, base.ReviewerName = "APPROVED", "20240203", "1200", "Chief^A"
    base.Manufacturer = "Other maker"
    named, drawn, observed = base.StructureSetROISequence[0], base.ROIContourSequence[0], base.RTROIObservationsSequence[0]
    named.ROINumber = drawn.ReferencedROINumber = observed.ReferencedROINumber = 41
    observed.ObservationNumber, observed.ROIInterpreter = 7, "Ärztin^Ä"
    named.ROIName = "Größe des Tumors, ganz"
    named.add_new(0x30070010, "LO", "MAKER")
    named.add_new(0x30071001, "UN", b"\x01\x02\xff\x00")
    contour = drawn.ContourSequence[0]
    contour.NumberOfContourPoints = 3
    contour.ContourData = OTHER_MAKER.decode().strip().split("\\")
    change(base)
    base.file_meta.TransferSyntaxUID = syntax
    dcmwrite(path, base, enforce_file_format=True)  # Unlike save_as, it turns the bytes round for Big Endian.
    return path


def appended(source: Path, stack: Stack, path: Path, *names: str) -> FileDataset:
    regions = [RegionToWrite(name=name, array=block(stack)) for name in names or ("GTV_HRS",)]
    dataset = append_regions(source, stack, regions, label="HRS", description="Job.", when=datetime(2025, 3, 4))
    write_structure_set(dataset, path)
    return dcmread(path)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_existing_regions_are_carried_to_the_byte(stack: Stack, tmp_path: Path, syntax: str) -> None:
    source = of_another_maker(stack, tmp_path / "old.dcm", syntax)
    before = source.read_bytes()
    new = appended(source, stack, tmp_path / "new.dcm")
    assert source.read_bytes() == before
    assert new.file_meta.TransferSyntaxUID == syntax
    old = dcmread(source)
    content = [one.ROIContourSequence[0].ContourSequence[0].get_item("ContourData").value for one in (old, new)]
    assert content[0] == content[1]
    named, observed = new.StructureSetROISequence[0], new.RTROIObservationsSequence[0]
    assert (named.ROINumber, named.ROIName, named[0x30071001].value) == (41, "Größe des Tumors, ganz", b"\x01\x02\xff\x00")
    assert (observed.ObservationNumber, str(observed.ROIInterpreter)) == (7, "Ärztin^Ä")
    require_carried(tmp_path / "new.dcm", source)


def test_a_new_contour_too_long_for_the_source_s_syntax_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    """Explicit in, implicit out: a comb of 1000 teeth does not fit into an explicit decimal string."""
    stack = planning_ct(tmp_path / "ct", (2, 5, 2000), origin=(-1111.1111, 0.0, 0.0), spacing=(0.1234, 0.4321, 2.0))
    source = of_another_maker(stack, tmp_path / "old.dcm")
    array = np.zeros(stack.geometry.shape, dtype=bool)
    array[0, 2] = array[0, 1:4, ::2] = True
    dataset = append_regions(
        source, stack, [RegionToWrite(name="comb", array=array)], label="L", description="", when=datetime(2025, 3, 4)
    )
    write_structure_set(dataset, tmp_path / "new.dcm")
    require_carried(tmp_path / "new.dcm", source)
    old, new = dcmread(source), dcmread(tmp_path / "new.dcm")
    assert new.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
    content = [one.ROIContourSequence[0].ContourSequence[0].get_item("ContourData").value for one in (old, new)]
    assert content[0] == content[1]
    assert new.StructureSetROISequence[0].ROIName == "Größe des Tumors, ganz"


def test_observations_without_number_are_carried_all_the_same(stack: Stack, tmp_path: Path) -> None:
    def unnumbered(dataset: Dataset) -> None:
        del dataset.RTROIObservationsSequence[0].ObservationNumber

    source = of_another_maker(stack, tmp_path / "old.dcm", change=unnumbered)
    new = appended(source, stack, tmp_path / "new.dcm")
    assert "ObservationNumber" not in new.RTROIObservationsSequence[0]
    assert new.RTROIObservationsSequence[1].ObservationNumber == 1


def test_new_regions_follow_with_numbers_of_their_own(stack: Stack, tmp_path: Path) -> None:
    new = appended(of_another_maker(stack, tmp_path / "old.dcm"), stack, tmp_path / "new.dcm", "GTV_a", "b")
    assert [item.ROINumber for item in new.StructureSetROISequence] == [41, 42, 43]
    assert [item.ReferencedROINumber for item in new.ROIContourSequence] == [41, 42, 43]
    assert [item.ObservationNumber for item in new.RTROIObservationsSequence] == [7, 8, 9]
    assert [item.RTROIInterpretedType for item in new.RTROIObservationsSequence] == ["", "GTV", ""]
    found = read_structure_set(tmp_path / "new.dcm")
    assert [roi.name for roi in found.rois] == ["Größe des Tumors, ganz", "GTV_a", "b"]


def test_the_result_is_a_new_unapproved_object_that_names_its_source(stack: Stack, tmp_path: Path) -> None:
    source = of_another_maker(stack, tmp_path / "old.dcm")
    old, new = dcmread(source), appended(source, stack, tmp_path / "new.dcm")
    assert new.SOPInstanceUID != old.SOPInstanceUID
    assert new.SeriesInstanceUID != old.SeriesInstanceUID
    assert (new.ApprovalStatus, new.Manufacturer, new.StructureSetLabel) == ("UNAPPROVED", "DosePaintingHRS", "HRS")
    assert not any(keyword in new for keyword in ("ReviewDate", "ReviewTime", "ReviewerName"))
    (predecessor,) = new.PredecessorStructureSetSequence
    assert predecessor.ReferencedSOPInstanceUID == old.SOPInstanceUID
    assert new.StructureSetDescription.startswith(f'Regions carried unchanged from "PLAN" ({old.SOPInstanceUID}). Job.')


def test_appending_twice_keeps_both(stack: Stack, tmp_path: Path) -> None:
    source = of_another_maker(stack, tmp_path / "old.dcm", ImplicitVRLittleEndian)
    appended(source, stack, tmp_path / "new.dcm", "first")
    newest = appended(tmp_path / "new.dcm", stack, tmp_path / "newest.dcm", "second")
    assert [item.ROIName for item in newest.StructureSetROISequence] == ["Größe des Tumors, ganz", "first", "second"]
    require_carried(tmp_path / "newest.dcm", source)


def set_all(**values: str) -> Callable[[Dataset], None]:
    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def other_series(dataset: Dataset) -> None:
    study = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    study.RTReferencedSeriesSequence[0].SeriesInstanceUID = "1.2.3.4"


def other_slices(dataset: Dataset) -> None:
    del dataset.ReferencedFrameOfReferenceSequence
    dataset.ROIContourSequence[0].ContourSequence[0].ContourImageSequence[0].ReferencedSOPInstanceUID = "1.2.3.5"


def no_images(dataset: Dataset) -> None:
    del dataset.ReferencedFrameOfReferenceSequence
    del dataset.ROIContourSequence[0].ContourSequence[0].ContourImageSequence


def region_elsewhere(dataset: Dataset) -> None:
    dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3.6"


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (set_all(PatientID="P9"), IdentityError, r'belongs to patient "P9", but the planning CT to patient "P1"'),
        (set_all(PatientBirthDate="19600102"), IdentityError, r'same PatientID "P1" but another birth date'),
        (set_all(FrameOfReferenceUID="1.2.3.7"), IdentityError, r"lies in frame of reference 1\.2\.3\.7"),
        (region_elsewhere, IdentityError, r"has regions in frame of reference 1\.2\.3\.6"),
        (other_series, IdentityError, r"was drawn on series 1\.2\.3\.4, but the planning CT is series"),
        (other_slices, IdentityError, r"was drawn on 1 images that are not among its slices"),
        (no_images, DicomError, r"does not say on which images it was drawn"),
    ],
)
def test_refuses_a_structure_set_of_something_else(
    stack: Stack, tmp_path: Path, change: Callable[[Dataset], None], kind: type[DosePaintingError], sentence: str
) -> None:
    source = of_another_maker(stack, tmp_path / "old.dcm", change=change)
    with pytest.raises(kind, match=sentence):
        appended(source, stack, tmp_path / "new.dcm")
    assert not (tmp_path / "new.dcm").exists()


def test_refuses_a_name_that_is_there_and_proposes_another(stack: Stack, tmp_path: Path) -> None:
    source = of_another_maker(stack, tmp_path / "old.dcm")
    appended(source, stack, tmp_path / "new.dcm", "GTV_hrs")
    with pytest.raises(ParameterError, match=r'has a region "GTV_hrs" already; "GTV_HRS" is the same') as caught:
        appended(tmp_path / "new.dcm", stack, tmp_path / "newest.dcm", "GTV_HRS")
    assert caught.value.hint == 'For example "GTV_HRS2" is free.'


def test_refuses_big_endian(stack: Stack, tmp_path: Path) -> None:
    source = of_another_maker(stack, tmp_path / "big.dcm", ExplicitVRBigEndian)
    with pytest.raises(DicomError, match=r"is Big Endian, a retired syntax"):
        appended(source, stack, tmp_path / "new.dcm")
