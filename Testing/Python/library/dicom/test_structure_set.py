from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from builders.real_data import real_data
from builders.structure_sets import (
    FRAME,
    OTHER_FRAME,
    SERIES,
    Drawn,
    Region,
    circle,
    image_uid,
    rectangle,
    structure_set,
    write_structure_set,
)
from dosepainting_hrs.dicom.structure_set import read_structure_set
from dosepainting_hrs.errors import DicomError, InputError, ParameterError
from dosepainting_hrs.identity import Identity

SQUARE = rectangle(-2.5, (0.0, 1.0), (10.0, 11.0), image=image_uid(3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rs.dcm"


def test_reads_what_was_written(path: Path) -> None:
    write_structure_set(path, [Region("GTVp", [SQUARE]), Region("never drawn", None, number=7)], images=[image_uid(0)])
    found = read_structure_set(path)
    assert found.label == "by hand"
    known = {"frame_of_reference": FRAME, "study": found.identity.study, "series": (SERIES,)}
    assert found.identity == Identity.of_patient("P1", "DOE^JANE", "19600102", **known)
    assert found.referenced_series == (SERIES,)
    assert found.referenced_sops == {image_uid(0)}
    first, second = found.rois
    assert (first.number, first.name, first.frame_of_reference) == (1, "GTVp", FRAME)
    assert (first.color, first.interpreted_type, first.generation_algorithm) == ((255, 128, 0), "GTV", "MANUAL")
    assert first.contours[0].geometric_type == "CLOSED_PLANAR"
    assert first.contours[0].sop_instance_uid == image_uid(3)
    expected = [[0, 1, -2.5], [10, 1, -2.5], [10, 11, -2.5], [0, 11, -2.5]]
    np.testing.assert_array_equal(first.contours[0].points, expected)
    assert (second.number, second.contours, second.color) == (7, (), None)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_reads_other_transfer_syntaxes(path: Path, syntax: str) -> None:
    dataset = structure_set([Region("GTVp", [SQUARE])])
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path, enforce_file_format=True, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True)
    assert read_structure_set(path).rois[0].contours[0].points[2].tolist() == [10.0, 11.0, -2.5]


def test_reads_a_contour_too_long_for_an_explicit_decimal_string(path: Path) -> None:
    """Above 64 kByte the element stands in the file as UN."""
    ring = circle((0, 0, 5), 33.3333333, count=6000)
    write_structure_set(path, [Region("BODY", [ring])])
    points = read_structure_set(path).rois[0].contours[0].points
    np.testing.assert_allclose(points, np.asarray(ring.points), atol=1e-8)


def test_reads_exponents_and_long_decimals(path: Path) -> None:
    write_structure_set(path, [Region("A", [Drawn("1e1\\-2.5E+00\\0.1234567890123456\\ 4\\+5 \\6\\7\\8\\9")])])
    assert read_structure_set(path).rois[0].contours[0].points[0].tolist() == [10.0, -2.5, 0.1234567890123456]


@pytest.mark.parametrize(
    ("character_set", "name"),
    [("ISO_IR 192", "Größe µ 腫瘍 #1/2"), ("ISO_IR 100", "Tumör = é"), (["", "ISO 2022 IR 87"], "腫瘍 GTV")],
)
def test_names_keep_their_characters(path: Path, character_set: str, name: str) -> None:
    write_structure_set(path, [Region(name, [SQUARE])], character_set=character_set)
    found = read_structure_set(path)
    assert found.rois[0].name == name
    assert found.roi(name) is found.rois[0]


def test_frame_of_an_roi_goes_before_that_of_the_file(path: Path) -> None:
    dataset = structure_set([Region("A", [SQUARE], frame=OTHER_FRAME), Region("B", [SQUARE], frame="")])
    del dataset.FrameOfReferenceUID
    dataset.save_as(path, enforce_file_format=True)
    found = read_structure_set(path)
    assert [roi.frame_of_reference for roi in found.rois] == [OTHER_FRAME, FRAME]


def test_finds_an_roi_by_name_spelling_or_number(path: Path) -> None:
    names = ["GTV", "gtv", "Lt Lung ", "#2", "CTV"]
    write_structure_set(path, [Region(name, [SQUARE]) for name in names])
    found = read_structure_set(path)
    assert [found.roi(text).number for text in ("GTV", "gtv", "lt lung", "ctv", "#5")] == [1, 2, 3, 5, 5]
    assert found.roi("#2").number == 4  # an exact name goes before a number


def test_proposes_the_nearest_names(path: Path) -> None:
    write_structure_set(path, [Region("GTV_Mass", [SQUARE]), Region("GTV_Edema", [SQUARE]), Region("Lung", [SQUARE])])
    with pytest.raises(ParameterError, match=r'has no ROI "GTV_Mas"\. Did you mean "GTV_Mass", "GTV_Edema"\?'):
        read_structure_set(path).roi("GTV_Mas")


def test_a_name_used_twice_needs_a_number(path: Path) -> None:
    write_structure_set(path, [Region("GTV", [SQUARE]), Region("GTV", [SQUARE], number=9)])
    found = read_structure_set(path)
    assert found.remarks == ('The name "GTV" is used by 2 ROIs.',)
    with pytest.raises(ParameterError, match=r'2 ROIs that "GTV" may mean: number 1 "GTV", number 9 "GTV"\. .*"#1"'):
        found.roi("GTV")
    assert found.roi("#9").number == 9


def test_contours_without_an_named_roi_are_told(path: Path) -> None:
    dataset = structure_set([Region("A", [SQUARE]), Region("B", [SQUARE], number=4)])
    del dataset.StructureSetROISequence[1]
    dataset.save_as(path, enforce_file_format=True)
    assert read_structure_set(path).remarks == ("Contours of ROI number 4 belong to no named ROI and are not taken.",)


@pytest.mark.parametrize(
    ("contour", "damage"),
    [
        (Drawn("1\\2\\3\\4"), "Contour 2 of the ROI has 4 coordinates, which is no multiple of three."),
        (Drawn("1\\2\\3\\4\\x5\\6"), 'Contour 2 of the ROI has a coordinate that is no number, "x5".'),
        (Drawn("1\\2\\nan"), "Contour 2 of the ROI has a coordinate of nan mm, which is no place in a patient."),
        (Drawn("1\\2\\1e300"), "Contour 2 of the ROI has a coordinate of 1e+300 mm, which is no place in a patient."),
        (Drawn(""), "Contour 2 of the ROI has no coordinates."),
        (Drawn("1\\2\\3\\4\\5\\6", announced=3), "Contour 2 of the ROI has 2 points, but announces 3."),
    ],
)
def test_damaged_coordinates_spoil_their_roi_only(path: Path, contour: Drawn, damage: str) -> None:
    write_structure_set(path, [Region("bad", [SQUARE, contour]), Region("good", [SQUARE])])
    bad, good = read_structure_set(path).rois
    assert bad.damage == damage
    assert not good.damage
    assert len(good.contours) == 1


def _as_plan(dataset: Dataset) -> None:
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.5"


def _without_rois(dataset: Dataset) -> None:
    del dataset.StructureSetROISequence


def _without_contours(dataset: Dataset) -> None:
    del dataset.ROIContourSequence


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_as_plan, r"holds an object of another kind \(RT Plan\); a structure set \(RTSTRUCT\) is needed"),
        (_without_rois, "has no StructureSetROISequence"),
        (_without_contours, "has no ROIContourSequence"),
    ],
)
def test_refuses_other_objects(path: Path, change: Callable[[Dataset], None], message: str) -> None:
    dataset = structure_set([Region("A", [SQUARE])])
    change(dataset)
    dataset.save_as(path, enforce_file_format=True)
    with pytest.raises(DicomError, match=message):
        read_structure_set(path)


def test_refuses_what_is_not_there_empty_or_not_dicom(path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_structure_set(path)
    path.touch()
    with pytest.raises(DicomError, match=r"is empty \(0 bytes\)"):
        read_structure_set(path)
    path.write_text("patient,roi\n" * 50)
    with pytest.raises(DicomError, match="is not a DICOM file"):
        read_structure_set(path)


@pytest.mark.parametrize("implicit", [True, False])
def test_refuses_a_file_cut_anywhere_in_its_regions(path: Path, implicit: bool) -> None:
    dataset = structure_set([Region("A", [SQUARE, SQUARE]), Region("B", [SQUARE])])
    if implicit:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    for sequence in ("StructureSetROISequence", "ROIContourSequence"):
        dataset[sequence].is_undefined_length = not implicit
    dataset.save_as(path, enforce_file_format=True, implicit_vr=implicit, little_endian=True)
    whole = path.read_bytes()
    end = whole.index(b"\x06\x30\x80\x00")  # RTROIObservationsSequence
    for cut in range(0, end, 7):
        path.write_bytes(whole[:cut])
        with pytest.raises(DicomError):
            read_structure_set(path)


def test_refuses_a_number_that_is_none(path: Path) -> None:
    dataset = structure_set([Region("A", [SQUARE])])
    dataset.save_as(path, enforce_file_format=True)
    content = path.read_bytes()
    tag = b"\x06\x30\x22\x00IS\x02\x00"  # ROINumber
    path.write_bytes(content.replace(tag + b"1 ", tag + b"x "))
    with pytest.raises(DicomError, match=r"is cut short or damaged: .*'x'"):
        read_structure_set(path)


def test_refuses_a_plan_and_a_slice_of_a_planning_system() -> None:
    folder = real_data("tps_rt_objects/dicompyler")
    with pytest.raises(DicomError, match=r"another kind \(RT Plan\)"):
        read_structure_set(folder / "rtplan.dcm")
    with pytest.raises(DicomError, match=r"another kind \(CT Image\)"):
        read_structure_set(folder / "ct.0.dcm")


def test_reads_the_ten_regions_of_a_planning_system_as_pydicom_does() -> None:
    path = real_data("tps_rt_objects/dicompyler/rtss.dcm")
    found = read_structure_set(path)
    plain = dcmread(path)
    assert [roi.name for roi in found.rois] == [str(item.ROIName) for item in plain.StructureSetROISequence]
    assert [roi.name for roi in found.rois if not roi.contours] == ["Areola"]
    for roi, item in zip(found.rois, plain.ROIContourSequence, strict=True):
        drawn = item.get("ContourSequence") or []
        assert len(roi.contours) == len(drawn)
        for contour, written in list(zip(roi.contours, drawn, strict=True))[::20]:
            assert contour.points.ravel().tolist() == [float(one) for one in written.ContourData]


def test_says_when_the_file_may_not_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_structure_set(path, [Region("A", [SQUARE])])

    def refuse(path: Path) -> Dataset:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dosepainting_hrs.dicom.single_file.dcmread", refuse)
    with pytest.raises(InputError, match=r'rs\.dcm" cannot be read: Permission denied\.'):
        read_structure_set(path)
