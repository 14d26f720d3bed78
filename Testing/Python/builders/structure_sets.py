"""Small structure sets written by hand, element by element, and the image series they are drawn on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from pydicom import Dataset, FileDataset
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RTStructureSetStorage

from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity

ROOT = "1.2.826.0.1.3680043.10.1234"
FRAME, OTHER_FRAME = f"{ROOT}.1.1", f"{ROOT}.1.2"
STUDY, SERIES = f"{ROOT}.2", f"{ROOT}.3"
PATIENT = {"PatientID": "P1", "PatientName": "Doe^Jane", "PatientBirthDate": "19600102"}


def image_uid(index: int) -> str:
    """UID of the slice at an index of the series."""
    return f"{ROOT}.4.{index + 1}"


@dataclass
class Drawn:
    """One contour to write: points (n, 3) LPS mm, or its text as it shall stand in the file."""

    points: ArrayLike | str
    kind: str = "CLOSED_PLANAR"
    image: str = ""
    announced: int | None = None


@dataclass
class Region:
    """One ROI to write; without contours when `contours` is None."""

    name: str
    contours: Sequence[Drawn] | None
    number: int = 0
    frame: str = FRAME
    interpreted: str = "GTV"


def rectangle(z: float, low: tuple[float, float], high: tuple[float, float], **more: str) -> Drawn:
    """An axial rectangle between two corners (x, y) mm."""
    (x0, y0), (x1, y1) = low, high
    return Drawn([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], **more)


def circle(centre: ArrayLike, radius: float, across: ArrayLike = ((1, 0, 0), (0, 1, 0)), count: int = 180) -> Drawn:
    """A circle around a centre, in the plane of two unit vectors."""
    angles = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * radius
    return Drawn(np.asarray(centre, dtype=float) + ring @ np.asarray(across, dtype=float))


def stack_on(grid: Geometry, **identity: object) -> Stack:
    """A series on a grid, of the same patient and frame unless told otherwise."""
    known: dict[str, object] = {"frame_of_reference": FRAME, "study": STUDY, "series": (SERIES,), **identity}
    patient = [str(known.pop(key, PATIENT[key])) for key in ("PatientID", "PatientName", "PatientBirthDate")]
    headers = []
    for index in range(grid.shape[0]):
        header = Dataset()
        header.SOPInstanceUID = image_uid(index)
        headers.append(header)
    return Stack(
        files=tuple(Path(f"{index}.dcm") for index in range(grid.shape[0])),
        headers=tuple(headers),
        geometry=grid,
        identity=Identity.of_patient(*patient, **known),
    )


def structure_set(regions: Iterable[Region], *, images: Sequence[str] = (), character_set: str = "ISO_IR 192") -> FileDataset:
    """A structure set as a data set; ROI numbers count from 1 where none is given."""
    dataset = FileDataset("", {}, preamble=b"\0" * 128)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = RTStructureSetStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"{ROOT}.9"
    dataset.SpecificCharacterSet = character_set
    dataset.Modality = "RTSTRUCT"
    for keyword, value in PATIENT.items():
        setattr(dataset, keyword, value)
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, f"{ROOT}.8"
    dataset.FrameOfReferenceUID = FRAME
    dataset.StructureSetLabel = "by hand"
    dataset.ReferencedFrameOfReferenceSequence = [_frame(images)]
    dataset.StructureSetROISequence, dataset.ROIContourSequence, dataset.RTROIObservationsSequence = [], [], []
    for position, region in enumerate(regions, start=1):
        number = region.number or position
        dataset.StructureSetROISequence.append(_named(region, number))
        dataset.RTROIObservationsSequence.append(_observed(region, number, position))
        if region.contours is not None:
            dataset.ROIContourSequence.append(_drawn(region, number))
    return dataset


def write_structure_set(path: Path, regions: Iterable[Region], **more: object) -> Path:
    """Write a structure set and return its path."""
    structure_set(regions, **more).save_as(path, enforce_file_format=True)
    return path


def _frame(images: Sequence[str]) -> Dataset:
    frame, study, series = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = SERIES
    series.ContourImageSequence = [_image(uid) for uid in images]
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", STUDY
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = FRAME
    frame.RTReferencedStudySequence = [study]
    return frame


def _image(uid: str) -> Dataset:
    image = Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = CTImageStorage, uid
    return image


def _named(region: Region, number: int) -> Dataset:
    item = Dataset()
    item.ROINumber, item.ROIName, item.ROIGenerationAlgorithm = number, region.name, "MANUAL"
    if region.frame:
        item.ReferencedFrameOfReferenceUID = region.frame
    return item


def _observed(region: Region, number: int, position: int) -> Dataset:
    item = Dataset()
    item.ObservationNumber, item.ReferencedROINumber = position, number
    item.RTROIInterpretedType, item.ROIInterpreter = region.interpreted, ""
    return item


def _drawn(region: Region, number: int) -> Dataset:
    item = Dataset()
    item.ReferencedROINumber, item.ROIDisplayColor = number, [255, 128, 0]
    item.ContourSequence = [_contour(one) for one in region.contours or ()]
    return item


def _contour(drawn: Drawn) -> Dataset:
    item = Dataset()
    item.ContourGeometricType = drawn.kind
    if isinstance(drawn.points, str):
        text = drawn.points
    else:
        text = "\\".join(f"{value:.10g}" for value in np.asarray(drawn.points, dtype=float).ravel())
    item.NumberOfContourPoints = (text.count("\\") + 1) // 3 if drawn.announced is None else drawn.announced
    if drawn.image:
        item.ContourImageSequence = [_image(drawn.image)]
    # A raw element is written as it stands, so that damaged coordinates reach the file.
    padded = text.encode() + b" " * (len(text) % 2)
    vr = "DS" if len(padded) <= 65534 else "UN"  # An explicit DS holds no more; PS3.5 section 6.2.2 note.
    item[0x30060050] = RawDataElement(Tag(0x30060050), vr, len(padded), padded, 0, False, True)
    return item
