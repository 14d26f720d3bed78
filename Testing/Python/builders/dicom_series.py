"""Synthetic CT, PET and MR series as DICOM files, written with pydicom alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, generate_uid

SOP_CLASS = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    "RTPLAN": "1.2.840.10008.5.1.4.1.1.481.5",
    "RTDOSE": "1.2.840.10008.5.1.4.1.1.481.2",
}
AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
PET_TAGS: dict[str, Any] = {
    "Units": "BQML",
    "DecayCorrection": "START",
    "CorrectedImage": ["DECY", "ATTN", "SCAT", "DTIM", "RAN", "NORM"],
    "PatientWeight": 70.0,
    "PatientSize": 1.75,
    "SeriesDate": "20240102",
    "SeriesTime": "101500.00",
    "AcquisitionDate": "20240102",
    "AcquisitionTime": "101500.00",
    "FrameReferenceTime": 0.0,
    "ActualFrameDuration": 120000,
    "ReconstructionMethod": "OSEM 2i8s",
}


def write_series(
    folder: Path,
    stored: NDArray[np.integer[Any]],
    *,
    modality: str = "CT",
    spacing: Sequence[float] = (1.0, 1.0, 2.0),
    origin: ArrayLike = (0.0, 0.0, 0.0),
    direction: ArrayLike = AXIAL,
    patient_id: str = "P1",
    patient_name: str = "Doe^Jane",
    birth_date: str = "19600101",
    study_uid: str = "1.2.3.1",
    series_uid: str | None = None,
    frame_uid: str = "1.2.3.2",
    slope: float | Sequence[float] = 1.0,
    intercept: float | Sequence[float] = 0.0,
    transfer_syntax: str = ExplicitVRLittleEndian,
    tags: Mapping[str, Any] | None = None,
    change: Callable[[int, Dataset], None] | None = None,
    names: Callable[[int], str] = "{:04d}.dcm".format,
) -> list[Path]:
    """Write one file per slice and return their paths in order of `stored`.

    Parameters
    ----------
    folder : Path
        Is made when it does not exist.
    stored : array of integers, (z, y, x)
        Stored values as they go into PixelData (int16 or uint16).
    spacing, origin : sequence of float, (x, y, z)
        In mm; the origin is the centre of the first voxel.
    direction : array, (3, 3)
        Columns are the LPS directions of the index axes (x, y, z).
    slope, intercept : float or one per slice
        RescaleSlope and RescaleIntercept; left out for MR.
    transfer_syntax : str
        An uncompressed one, or one that pydicom can encode (RLE, JPEG-LS, JPEG 2000).
    tags : mapping
        Attributes by keyword that are added or replaced in every slice; None deletes one.
    change : callable
        Called with the slice index and the dataset, before it is written.
    names : callable
        Gives the file name for a slice index.
    """
    folder.mkdir(parents=True, exist_ok=True)
    axes = np.asarray(direction, dtype=float)
    series_uid = series_uid or generate_uid()
    paths = []
    for k, plane in enumerate(stored):
        ds = image_header(modality, patient_id, patient_name, birth_date, study_uid, series_uid, frame_uid)
        ds.InstanceNumber = k + 1
        ds.ImageOrientationPatient = [f"{value:.10g}" for value in (*axes[:, 0], *axes[:, 1])]
        position = np.asarray(origin, dtype=float) + k * spacing[2] * axes[:, 2]
        ds.ImagePositionPatient = [f"{value:.10g}" for value in position]
        ds.PixelSpacing = [spacing[1], spacing[0]]
        ds.SliceThickness = spacing[2]
        if modality != "MR":
            ds.RescaleSlope = slope[k] if isinstance(slope, Sequence) else slope
            ds.RescaleIntercept = intercept[k] if isinstance(intercept, Sequence) else intercept
        _put_pixels(ds, plane)
        for keyword, value in (tags or {}).items():
            if value is None:
                ds.pop(keyword, None)
            else:
                setattr(ds, keyword, value)
        if change is not None:
            change(k, ds)
        paths.append(save(ds, folder / names(k), transfer_syntax))
    return paths


def image_header(  # noqa: PLR0917
    modality: str,
    patient_id: str = "P1",
    patient_name: str = "Doe^Jane",
    birth_date: str = "19600101",
    study_uid: str = "1.2.3.1",
    series_uid: str = "1.2.3.3",
    frame_uid: str = "1.2.3.2",
) -> Dataset:
    """Return a header with patient, study, series and frame, and what PET needs; no pixels, no position."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = SOP_CLASS[modality]
    ds.SOPInstanceUID = generate_uid()
    ds.Modality = modality
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.PatientID, ds.PatientName, ds.PatientBirthDate, ds.PatientSex = patient_id, patient_name, birth_date, "F"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study_uid, series_uid, frame_uid
    ds.StudyDate, ds.StudyTime, ds.StudyID = "20240102", "100000", "1"
    ds.AccessionNumber, ds.ReferringPhysicianName = "", ""
    ds.Manufacturer, ds.SeriesNumber, ds.SeriesDescription = "Builder", 1, f"{modality} series"
    ds.PatientPosition, ds.PositionReferenceIndicator = "HFS", ""
    if modality == "PT":
        for keyword, value in PET_TAGS.items():
            setattr(ds, keyword, value)
        tracer = Dataset()
        tracer.Radiopharmaceutical = "FDG"
        tracer.RadiopharmaceuticalStartTime = "091500.00"
        tracer.RadionuclideTotalDose = 350e6
        tracer.RadionuclideHalfLife = 6586.2
        nuclide = Dataset()
        nuclide.CodeValue, nuclide.CodingSchemeDesignator, nuclide.CodeMeaning = "C-111A1", "SRT", "^18^Fluorine"
        tracer.RadionuclideCodeSequence = [nuclide]
        ds.RadiopharmaceuticalInformationSequence = [tracer]
    return ds


def save(ds: Dataset, path: Path, transfer_syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write a dataset as a Part 10 file."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if transfer_syntax in {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}:
        ds.file_meta.TransferSyntaxUID = transfer_syntax
        if transfer_syntax == ExplicitVRBigEndian and ds.BitsAllocated == 16:
            ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    else:
        ds.compress(transfer_syntax, generate_instance_uid=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    return path


def _put_pixels(ds: Dataset, plane: NDArray[np.integer[Any]]) -> None:
    signed = np.issubdtype(plane.dtype, np.signedinteger)
    ds.Rows, ds.Columns = plane.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8 * plane.dtype.itemsize
    ds.HighBit, ds.PixelRepresentation = ds.BitsStored - 1, int(signed)
    ds.PixelData = np.ascontiguousarray(plane).tobytes()
    ds["PixelData"].VR = "OW"
