"""A rigid or affine transform as a DICOM Spatial Registration object."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, FileDataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SpatialRegistrationStorage

from .. import __version__
from ..errors import DicomError, IdentityError, OutputError
from ..identity import require_same_patient
from ..storage.atomic import new_file
from ..transform import Transform, kind_of_matrix
from .registration_objects import read_registration
from .rtstruct_regions import image_reference
from .rtstruct_writer import DISCLAIMER, IMPLEMENTATION, new_uid
from .stack import Stack
from .values import text, without_warnings

_FROM_FIXED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
)
_LONGEST = 64
_AGREE_MM = 1e-6


def build_registration(
    transform: Transform,
    fixed: Stack,
    moving: Stack,
    *,
    label: str,
    description: str,
    when: datetime,
    uid_factory: Callable[[], str] = new_uid,
) -> FileDataset:
    """Build a Spatial Registration object.

    Parameters
    ----------
    transform : Transform
        From the moving image's frame to the fixed one's; a matrix.
    fixed, moving : Stack
        The two series; patient and study are those of the fixed one.
    label : str
        ContentLabel: upper case letters, digits, space and underscore, at most 16.
    description : str
        ContentDescription, cut after 64 characters.
    when : datetime
        Date and time of the object.
    uid_factory : callable
        Gives the new UIDs.

    Raises
    ------
    DicomError
        If the transform is deformable.
    IdentityError
        If patients differ, or the transform joins other frames than those of the series.

    References
    ----------
    DICOM PS3.3, A.39.1 (Spatial Registration IOD), C.20.1, C.20.2.
    """
    if transform.matrix is None:
        raise DicomError(
            "A deformable transform cannot be written as a rigid registration object.", "Write it as an ITK transform, .h5."
        )
    require_same_patient(fixed.identity, moving.identity, what=("The fixed image", "the moving image"))
    frames = (moving.identity.frame_of_reference, fixed.identity.frame_of_reference)
    if (transform.from_frame, transform.to_frame) != frames or not all(frames):
        raise IdentityError(
            f"The transform leads from frame {transform.from_frame} to {transform.to_frame}, but the series lie in "
            f"{frames[0] or 'an unknown frame'} and {frames[1] or 'an unknown frame'}.",
            "Give the series that were registered.",
        )
    dataset = _object(fixed, when, uid_factory)
    dataset.ContentLabel, dataset.ContentDescription = label, description[:_LONGEST]
    dataset.ContentDate, dataset.ContentTime = dataset.SeriesDate, dataset.SeriesTime
    dataset.ContentCreatorName = ""
    dataset.RegistrationSequence = [_item(fixed, np.eye(4), "RIGID"), _item(moving, transform.matrix, _type(transform.matrix))]
    _add_references(dataset, fixed, moving)
    return dataset


def write_registration(dataset: FileDataset, path: Path) -> None:
    """Write a registration object as a new file, read it back and compare.

    Raises
    ------
    OutputError
        If the path exists, does not end in ``.dcm``, cannot be written, or does not read back the same.
    """
    if path.suffix.lower() != ".dcm":
        raise OutputError(f'"{path}" does not end in .dcm.', f'Give the object such a name, "{path.name}.dcm" for example.')
    with new_file(path) as temporary:
        with without_warnings():
            dataset.save_as(temporary, enforce_file_format=True)
        written = np.array([float(v) for v in _moving_matrix(dataset)]).reshape(4, 4)
        back = read_registration(temporary).transforms[0].matrix
        if back is None or np.abs(back - written).max() > _AGREE_MM:
            raise OutputError(f'"{path}" did not read back as it was written.', "Nothing was kept. Check the disk.")


def _moving_matrix(dataset: FileDataset) -> list[float]:
    matrices = dataset.RegistrationSequence[-1].MatrixRegistrationSequence[0].MatrixSequence
    return list(matrices[0].FrameOfReferenceTransformationMatrix)


def _object(fixed: Stack, when: datetime, uid_factory: Callable[[], str]) -> FileDataset:
    meta = FileMetaDataset()
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword in _FROM_FIXED:
        setattr(dataset, keyword, text(fixed.first, keyword))
    date, time = when.strftime("%Y%m%d"), when.strftime("%H%M%S")
    dataset.SOPClassUID, dataset.SOPInstanceUID = SpatialRegistrationStorage, uid_factory()
    dataset.SeriesInstanceUID, dataset.SeriesNumber, dataset.InstanceNumber = uid_factory(), 1, 1
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = date, time
    dataset.SeriesDate, dataset.SeriesTime = date, time
    dataset.Modality, dataset.SeriesDescription = "REG", "DosePaintingHRS registration, research only"
    # Type 2C of the general series, which a validator misses when it cannot tell whether the body part has two sides.
    dataset.Laterality = ""
    dataset.Manufacturer, dataset.ManufacturerModelName = "DosePaintingHRS", "DosePaintingHRS"
    dataset.SoftwareVersions, dataset.DeviceSerialNumber = __version__, "none"
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SpatialRegistrationStorage, dataset.SOPInstanceUID
    meta.TransferSyntaxUID, meta.ImplementationClassUID = ExplicitVRLittleEndian, IMPLEMENTATION
    meta.ImplementationVersionName = f"DPHRS_{__version__}"[:16]
    return dataset


def _type(matrix: NDArray[np.float64]) -> str:
    return {"rigid": "RIGID"}.get(kind_of_matrix(matrix), "AFFINE")


def _item(stack: Stack, matrix: NDArray[np.float64], kind: str) -> Dataset:
    one, registration, item = Dataset(), Dataset(), Dataset()
    one.FrameOfReferenceTransformationMatrix = [_decimal(value) for value in matrix.ravel()]
    one.FrameOfReferenceTransformationMatrixType = kind
    registration.FrameOfReferenceTransformationComment = DISCLAIMER
    registration.RegistrationTypeCodeSequence = []
    registration.MatrixSequence = [one]
    item.FrameOfReferenceUID = stack.identity.frame_of_reference
    item.ReferencedImageSequence = [image_reference(header) for header in stack.headers]
    item.MatrixRegistrationSequence = [registration]
    return item


def _add_references(dataset: FileDataset, fixed: Stack, moving: Stack) -> None:
    by_study: dict[str, list[Dataset]] = {}
    for stack in (fixed, moving):
        series = Dataset()
        series.SeriesInstanceUID = stack.identity.series[0]
        series.ReferencedInstanceSequence = [image_reference(header) for header in stack.headers]
        by_study.setdefault(stack.identity.study, []).append(series)
    dataset.ReferencedSeriesSequence = by_study.pop(fixed.identity.study)
    others = []
    for uid, listed in by_study.items():
        study = Dataset()
        study.StudyInstanceUID, study.ReferencedSeriesSequence = uid, listed
        others.append(study)
    if others:
        dataset.StudiesContainingOtherReferencedInstancesSequence = others


def _decimal(value: float) -> str:
    """Return a decimal string of at most 16 characters: digits enough for 1e-9 of a millimetre at half a metre."""
    for digits in range(14, 0, -1):
        shown = f"{float(value) + 0.0:.{digits}g}"
        if len(shown) <= 16:
            return "0" if shown == "-0" else shown
    return "0"
