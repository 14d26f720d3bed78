"""What the quick way through plain headers gives must be what pydicom gives, or nothing."""

import warnings
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmwrite
from pydicom.dataelem import DataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_partial
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
)

from dosepainting_hrs.dicom.plain_bytes import items_of, plain_header
from dosepainting_hrs.dicom.values import DAMAGE

PLAIN = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)


def header(series_description: str = "Thorax", character_set: str | None = "ISO_IR 192") -> Dataset:
    """Text, numbers, an empty element, an unknown private one, and sequences within sequences."""
    ds = Dataset()
    if character_set is not None:
        ds.SpecificCharacterSet = character_set
    ds.SOPClassUID, ds.SOPInstanceUID, ds.SeriesInstanceUID = CTImageStorage, "1.2.3", "1.2.4"
    ds.SeriesDescription, ds.PatientName, ds.PatientBirthDate = series_description, "Doe^Jane", ""
    image = Dataset()
    image.ReferencedSOPInstanceUID, image.ReferencedSOPClassUID = "1.2.5", CTImageStorage
    study = Dataset()
    study.StudyDescription, study.ReferencedImageSequence = series_description, [image, image]
    ds.ReferencedStudySequence = Sequence([study, Dataset()])
    ds.RegistrationSequence = Sequence()
    ds.add_new(0x00091001, "UN", b"\x01\x02\x03\x04")
    ds.ImagePositionPatient, ds.Rows, ds.Columns = [1.5, -2.0, 3.25], 4, 5
    return ds


def written(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = CTImageStorage, "1.2.3"
    ds.file_meta.TransferSyntaxUID = syntax
    stream = BytesIO()
    implicit = syntax == ImplicitVRLittleEndian
    dcmwrite(stream, ds, enforce_file_format=True, implicit_vr=implicit, little_endian=syntax != ExplicitVRBigEndian)
    return stream.getvalue()


def at_columns(tag: int, vr: str | None, length: int) -> bool:
    return tag >= 0x00280011


def as_read(ds: Dataset) -> dict[int, object]:
    """Give the raw elements, those of items that are read already included; comparing data sets would decode them."""
    elements = {int(tag): ds.get_item(tag, keep_deferred=True) for tag in ds.keys() if tag != 0x00080005}  # noqa: SIM118
    return {
        tag: [as_read(item) for item in one.value] if isinstance(one, DataElement) and one.VR == "SQ" else one
        for tag, one in elements.items()
    }


def require_the_same(ours: Dataset, theirs: Dataset) -> None:
    """Compare the raw elements, what decodes them, and all values that can be decoded."""
    assert as_read(ours) == as_read(theirs)
    assert ours.original_encoding == theirs.original_encoding
    assert list(ours.original_character_set) == list(theirs.original_character_set)
    assert ours.file_meta.to_json_dict() == theirs.file_meta.to_json_dict()
    assert ours.get("SpecificCharacterSet") == theirs.get("SpecificCharacterSet")


@pytest.mark.parametrize("syntax", [*PLAIN, JPEGLSLossless])
@pytest.mark.parametrize(("text", "character_set"), [("Thorax", None), ("Schädel 頭", "ISO_IR 192"), ("Grün", "ISO_IR 100")])
def test_a_plain_header_is_what_pydicom_reads(syntax: str, text: str, character_set: str | None) -> None:
    ds = header(text, character_set)
    content = written(ds, syntax)
    found = plain_header(content, at_columns)
    assert found is not None
    ours, reached = found
    stream = BytesIO(content)
    theirs = read_partial(stream, stop_when=at_columns)
    assert reached == stream.tell()
    assert "Columns" not in ours
    require_the_same(ours, theirs)
    assert ours.SeriesDescription == text
    assert ours.ReferencedStudySequence[0].StudyDescription == text
    assert ours.ReferencedStudySequence[0] == theirs.ReferencedStudySequence[0]


@pytest.mark.parametrize("syntax", PLAIN)
def test_items_are_what_pydicom_reads(syntax: str) -> None:
    found = plain_header(written(header("Schädel"), syntax), at_columns)
    assert found is not None
    study, empty = items_of(found[0], "ReferencedStudySequence")
    assert (study.StudyDescription, len(empty)) == ("Schädel", 0)
    assert [image.ReferencedSOPInstanceUID for image in items_of(study, "ReferencedImageSequence")] == ["1.2.5", "1.2.5"]
    assert items_of(found[0], "RegistrationSequence") == ()
    assert items_of(found[0], "SourceImageSequence") == ()
    study = found[0].ReferencedStudySequence[0]
    assert items_of(study, "ReferencedImageSequence")[0].ReferencedSOPInstanceUID == "1.2.5"


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_other_transfer_syntaxes_are_left_to_pydicom(syntax: str) -> None:
    assert plain_header(written(header(), syntax), at_columns) is None


def test_missing_file_meta_is_left_to_pydicom() -> None:
    assert plain_header(written(header())[132:], at_columns) is None


@pytest.mark.parametrize("syntax", PLAIN)
def test_undefined_lengths_are_what_pydicom_reads(syntax: str) -> None:
    content = written(undefined(header("Schädel")), syntax)
    found = plain_header(content, at_columns)
    assert found is not None
    stream = BytesIO(content)
    require_the_same(found[0], read_partial(stream, stop_when=at_columns))
    assert found[1] == stream.tell()
    (study, _) = items_of(found[0], "ReferencedStudySequence")
    assert study.StudyDescription == "Schädel"
    assert [image.ReferencedSOPInstanceUID for image in items_of(study, "ReferencedImageSequence")] == ["1.2.5", "1.2.5"]
    ds = header()
    ds.ReferencedStudySequence[0].is_undefined_length_sequence_item = True  # In a sequence of defined length.
    found = plain_header(written(ds, syntax), at_columns)
    assert found is not None
    assert items_of(found[0], "ReferencedStudySequence")[0].StudyDescription == "Thorax"


def undefined(ds: Dataset) -> Dataset:
    ds["ReferencedStudySequence"].is_undefined_length = True
    for item in ds.ReferencedStudySequence:
        item.is_undefined_length_sequence_item = True
    return ds


def test_a_transfer_syntax_that_does_not_fit_is_left_to_pydicom() -> None:
    """Implicit announced, explicit found: pydicom believes what it finds."""
    content = written(header(), ExplicitVRLittleEndian)
    explicit, implicit = b"UI\x14\0" + ExplicitVRLittleEndian.encode() + b"\0", b"UI\x14\0" + b"1.2.840.10008.1.2\0\0\0"
    assert content.count(explicit) == 1
    assert plain_header(content.replace(explicit, implicit), at_columns) is None


damage = st.lists(st.tuples(st.integers(128, 700), st.sampled_from([*range(256), *b"SQUNOBUTCS", 0, 0xFF])), max_size=4)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PLAIN), st.booleans(), damage, st.integers(0, 300))
def test_whatever_the_bytes_it_is_what_pydicom_reads_or_nothing(
    syntax: str, open_ended: bool, flips: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(written(undefined(header()) if open_ended else header(), syntax))
    for at, value in flips:
        content[at % len(content)] = value
    content = content[: len(content) - cut]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = plain_header(bytes(content), at_columns)
        except DAMAGE:
            with pytest.raises(DAMAGE):
                read_partial(BytesIO(content), stop_when=at_columns, force=True)
            return
        if found is None:
            return
        stream = BytesIO(content)
        theirs = read_partial(stream, stop_when=at_columns, force=True)
        assert found[1] == stream.tell()
        assert as_read(found[0]) == as_read(theirs)
        assert found[0].original_encoding == theirs.original_encoding
        assert list(found[0].original_character_set) == list(theirs.original_character_set)
        require_the_same_items(found[0], theirs)


def require_the_same_items(ours: Dataset, theirs: Dataset) -> None:
    try:
        expected = tuple(theirs.get("ReferencedStudySequence") or ())
    except DAMAGE:
        with pytest.raises(DAMAGE):
            items_of(ours, "ReferencedStudySequence")
        return
    found = items_of(ours, "ReferencedStudySequence")
    assert [as_read(one) for one in found] == [as_read(one) for one in expected]
    assert [list(one.original_character_set) for one in found] == [list(one.original_character_set) for one in expected]
