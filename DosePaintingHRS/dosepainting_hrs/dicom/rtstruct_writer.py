"""A structure set as planning systems accept it: regions drawn on the slices of one planning CT."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime
from pathlib import Path

from pydicom import DataElement, Dataset, FileDataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RTStructureSetStorage, generate_uid

from .. import __version__
from ..errors import IdentityError, ParameterError
from ..notes import note
from ..storage.atomic import new_file
from .outline import Holes
from .roi_names import check_label, check_names
from .rtstruct_regions import RegionToWrite, add_regions, image_reference
from .stack import Stack
from .values import without_warnings

__all__ = ["RegionToWrite", "build_structure_set", "encode", "new_uid", "write_structure_set"]

DISCLAIMER = "Research software, not a medical device."
IMPLEMENTATION = UID("2.25.140935288129404651034178093418853275012")
LONGEST_DESCRIPTION = 1024
"""Characters that a DICOM short text (ST) holds."""
_LONGEST_EXPLICIT = 65534
_LONGEST_VALUE = {"SH": 16, "LO": 64}
_DETACHED_STUDY = "1.2.840.10008.3.1.2.3.1"
_PRESENT = (
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyID",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
)
"""Copied from the CT, and empty where it lacks them."""
_WHERE_GIVEN = (
    "StudyDescription",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "PatientComments",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
)
"""Copied from the CT where it has them: attributes of the patient and study, which all objects of a study share."""


def new_uid() -> str:
    """Return a fresh UID under the root of UUIDs (2.25, PS3.5 B.2), at most 44 characters."""
    return str(generate_uid(prefix=None))


def build_structure_set(
    stack: Stack,
    regions: Sequence[RegionToWrite],
    *,
    label: str,
    description: str,
    when: datetime,
    holes: Holes = "keyhole",
    uid_factory: Callable[[], str] = new_uid,
) -> FileDataset:
    """Build a structure set of regions on a planning CT.

    Parameters
    ----------
    stack : Stack
        The planning CT; whether its geometry should be exported on is the caller's question.
    regions : sequence of RegionToWrite
        What to draw; may be empty.
    label : str
        StructureSetLabel, at most 16 characters.
    description : str
        StructureSetDescription: provenance and acknowledgements. That this is no medical device is added where missing.
    when : datetime
        Date and time of the object.
    holes : str
        ``"keyhole"``: holes joined to their ring, as all readers take it; ``"nested"``: contours of their own.
    uid_factory : callable
        Gives the new UIDs.

    Returns
    -------
    FileDataset
        Ready for `write_structure_set`.

    Raises
    ------
    ParameterError
        If label or names do not do, or the description is longer than 1024 characters.
    IdentityError
        If the CT does not say whose it is or in which frame of reference.
    GeometryError
        If a region does not have the CT's shape.
    InputError
        If a region is empty.

    References
    ----------
    DICOM PS3.3, A.19 (RT Structure Set IOD), C.8.8.5, C.8.8.6, C.8.8.8.
    """
    check_label(label)
    check_names([region.name for region in regions])
    if not stack.identity.is_known:
        raise IdentityError(
            f"The planning CT has no {' and no '.join(stack.identity.missing())}.",
            "Nothing can be drawn on it: export the series again from its source.",
        )
    dataset = _object(stack, when, uid_factory)
    dataset.StructureSetLabel, dataset.StructureSetName = label, label
    dataset.StructureSetDescription = described(description)
    dataset.ReferencedFrameOfReferenceSequence = [_referenced_frame(stack)]
    dataset.StructureSetROISequence, dataset.ROIContourSequence, dataset.RTROIObservationsSequence = [], [], []
    add_regions(dataset, stack, regions, holes)
    return dataset


def write_structure_set(dataset: FileDataset, path: Path) -> None:
    """Write a structure set as a new file.

    Parameters
    ----------
    dataset : FileDataset
        From `build_structure_set` or `append_regions`.
    path : Path
        Where; never over something that is there.

    Raises
    ------
    OutputError
        If the path exists or cannot be written.
    """
    with new_file(path) as temporary:
        encode(dataset, temporary)


def encode(dataset: FileDataset, path: Path) -> None:
    """Write the bytes of a structure set to a path that the caller is sure of.

    Notes
    -----
    Explicit VR Little Endian; Implicit VR Little Endian where a contour is longer than the 65 534 bytes that an explicit
    decimal string holds (PS3.5, 6.2.2), or where regions were carried from an object that is written so.
    """
    contours = [contour for drawn in dataset.ROIContourSequence for contour in drawn.get("ContourSequence", ())]
    carried = any(item.original_encoding[0] for item in (*dataset.StructureSetROISequence, *dataset.ROIContourSequence))
    implicit = carried or any(_length(contour) > _LONGEST_EXPLICIT for contour in contours)
    if implicit:
        for contour in contours:
            contour.set_original_encoding(True, True)
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    with without_warnings():
        dataset.save_as(path, enforce_file_format=True)


def described(description: str) -> str:
    """Return a StructureSetDescription that says what this software is not.

    Raises
    ------
    ParameterError
        If it does not fit into 1024 characters.
    """
    text = description.strip() if DISCLAIMER in description else f"{description.strip()} {DISCLAIMER}".strip()
    if len(text) > LONGEST_DESCRIPTION:
        raise ParameterError(
            f"The description of the structure set has {len(text)} characters; DICOM holds {LONGEST_DESCRIPTION}.",
            "Shorten the reasons given.",
        )
    return text


def _length(contour: Dataset) -> int:
    element = contour.get_item("ContourData")
    value = element.value if element is not None else b""
    # What is not raw any more has come from a file, one number after another.
    return len(value) if isinstance(value, bytes) else sum(len(str(one)) + 1 for one in value or ())


def _object(stack: Stack, when: datetime, uid_factory: Callable[[], str]) -> FileDataset:
    meta = FileMetaDataset()
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    with without_warnings():
        for keyword in (*_PRESENT, *_WHERE_GIVEN):
            if keyword in stack.first:
                dataset.add(_fitting(stack.first[keyword]))
            elif keyword in _PRESENT:
                setattr(dataset, keyword, "")
    date, time = when.strftime("%Y%m%d"), when.strftime("%H%M%S")
    dataset.SOPClassUID, dataset.SOPInstanceUID = RTStructureSetStorage, uid_factory()
    dataset.SeriesInstanceUID, dataset.SeriesNumber, dataset.InstanceNumber = uid_factory(), 1, 1
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = date, time
    dataset.SeriesDate, dataset.SeriesTime = date, time
    dataset.StructureSetDate, dataset.StructureSetTime = date, time
    dataset.Modality, dataset.SeriesDescription = "RTSTRUCT", "DosePaintingHRS structures, research only"
    dataset.OperatorsName, dataset.ApprovalStatus = "", "UNAPPROVED"
    dataset.Manufacturer, dataset.ManufacturerModelName = "DosePaintingHRS", "DosePaintingHRS"
    dataset.SoftwareVersions, dataset.DeviceSerialNumber = __version__, "none"
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = RTStructureSetStorage, dataset.SOPInstanceUID
    meta.ImplementationClassUID, meta.ImplementationVersionName = IMPLEMENTATION, f"DPHRS_{__version__}"[:16]
    return dataset


def shortened(stack: Stack) -> tuple[str, ...]:
    """Tell which values of the planning CT are longer than DICOM allows, and go out cut."""
    with without_warnings():
        copied = [stack.first[keyword] for keyword in (*_PRESENT, *_WHERE_GIVEN) if keyword in stack.first]
    long = [one for one in copied if _is_too_long(one)]
    return tuple(
        note(
            f'{one.name} of the planning CT, "{one.value}", is longer than the {_LONGEST_VALUE[one.VR]} characters that '
            "DICOM allows, and was cut."
        )
        for one in long
    )


def _fitting(element: DataElement) -> DataElement:
    if not _is_too_long(element):
        return deepcopy(element)  # The stack's header stays the stack's.
    return DataElement(element.tag, element.VR, str(element.value)[: _LONGEST_VALUE[element.VR]].rstrip())


def _is_too_long(element: DataElement) -> bool:
    # A PatientID is never cut, whatever DICOM allows: what remains could be another patient's.
    return element.keyword != "PatientID" and len(str(element.value)) > _LONGEST_VALUE.get(element.VR, sys.maxsize)


def _referenced_frame(stack: Stack) -> Dataset:
    frame, study, series = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = stack.identity.series[0]
    series.ContourImageSequence = [image_reference(header) for header in stack.headers]
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = _DETACHED_STUDY, stack.identity.study
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = stack.identity.frame_of_reference
    frame.RTReferencedStudySequence = [study]
    return frame
