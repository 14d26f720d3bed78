"""Registration objects for tests: built from the standard's words, not by this project's writer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

RIGID = "1.2.840.10008.5.1.4.1.1.66.1"
DEFORMABLE = "1.2.840.10008.5.1.4.1.1.66.3"


def matrices(*values: ArrayLike, kind: str = "RIGID") -> Dataset:
    """Return an item of a MatrixRegistrationSequence with matrices in order of application."""
    item = Dataset()
    item.MatrixSequence = []
    for value in values:
        one = Dataset()
        one.FrameOfReferenceTransformationMatrix = [f"{v:.10g}" for v in np.asarray(value, dtype=float).ravel()]
        one.FrameOfReferenceTransformationMatrixType = kind
        item.MatrixSequence.append(one)
    return item


def registration(path: Path, own: str, items: list[Dataset], *, sop: str = RIGID, **tags: Any) -> Path:
    """Write a registration object whose own frame is `own`."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = sop, meta.MediaStorageSOPInstanceUID
    ds.PatientID, ds.PatientName, ds.PatientBirthDate = "P1", "Doe^Jane", "19600102"
    ds.Modality, ds.SeriesInstanceUID, ds.StudyInstanceUID = "REG", generate_uid(), generate_uid()
    ds.FrameOfReferenceUID = own
    if sop == RIGID:
        ds.RegistrationSequence = items
    else:
        ds.DeformableRegistrationSequence = items
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    ds.save_as(path, enforce_file_format=True)
    return path


def rigid_item(frame: str, *values: ArrayLike, kind: str = "RIGID") -> Dataset:
    """Return an item of a RegistrationSequence for another frame."""
    item = Dataset()
    item.FrameOfReferenceUID = frame
    item.MatrixRegistrationSequence = [matrices(*values, kind=kind)]
    return item


def deformable_item(source: str, vectors: ArrayLike, position: ArrayLike, resolution: ArrayLike, **more: ArrayLike) -> Dataset:
    """Return an item of a DeformableRegistrationSequence: an axial grid of vectors (z, y, x, 3), and pre and post."""
    values = np.asarray(vectors, dtype="<f4")
    item, grid = Dataset(), Dataset()
    item.SourceFrameOfReferenceUID = source
    grid.ImagePositionPatient = [float(v) for v in np.asarray(position)]
    grid.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    grid.GridDimensions = [values.shape[2], values.shape[1], values.shape[0]]
    grid.GridResolution = [float(v) for v in np.asarray(resolution)]
    grid.VectorGridData = values.tobytes()
    item.DeformableRegistrationGridSequence = [grid]
    for name, keyword in (("pre", "PreDeformationMatrix"), ("post", "PostDeformationMatrix")):
        if name in more:
            one = matrices(more[name]).MatrixSequence[0]
            setattr(item, f"{keyword}RegistrationSequence", [one])
    return item
