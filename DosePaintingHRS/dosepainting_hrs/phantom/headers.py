"""What all DICOM objects of the synthetic patient share: patient, studies, deterministic UIDs, slice placement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID, ExplicitVRLittleEndian, generate_uid

from ..geometry import Geometry

SYNTHETIC = "Synthetic phantom, not a real patient; research software test object"
STUDY_DATE = "20240115"
MANUFACTURER = "DosePaintingHRS"


@dataclass(frozen=True, kw_only=True)
class Patient:
    """Who the synthetic patient is, and the seed that its UIDs come from.

    Parameters
    ----------
    patient_id, name, birth_date : str
        As DICOM has them.
    seed : int
        What the patient was drawn from.
    size : str
        Variant; objects of different variants have different UIDs.
    """

    patient_id: str
    name: str
    birth_date: str
    seed: int
    size: str

    def uid(self, *words: object) -> str:
        """Return the UID that belongs to some words: the same on every run."""
        sources = [MANUFACTURER, self.patient_id, self.name, self.birth_date, str(self.seed), self.size]
        return str(generate_uid(entropy_srcs=[*sources, *(str(word) for word in words)]))


@dataclass(frozen=True, kw_only=True)
class SeriesOfPatient:
    """Names and UIDs of one series.

    Parameters
    ----------
    patient : Patient
        Whose it is.
    modality, description : str
        As DICOM has them.
    number : int
        SeriesNumber.
    study : str
        Word that its StudyInstanceUID comes from.
    frame : str
        Word that its FrameOfReferenceUID comes from.
    study_time, time : str
        Start of the study and of the series, HHMMSS.
    """

    patient: Patient
    modality: str
    description: str
    number: int
    study: str
    frame: str
    study_time: str
    time: str

    @property
    def series_uid(self) -> str:
        """SeriesInstanceUID."""
        return self.patient.uid("series", self.description)

    @property
    def study_uid(self) -> str:
        """StudyInstanceUID."""
        return self.patient.uid("study", self.study)

    @property
    def frame_uid(self) -> str:
        """FrameOfReferenceUID."""
        return self.patient.uid("frame", self.frame)

    def instance_uid(self, number: int) -> str:
        """Return the SOPInstanceUID of a slice, counted from 1."""
        return self.patient.uid("instance", self.description, number)

    def header(self, sop_class: str, number: int, weight_kg: float) -> Dataset:
        """Return the patient, study, series and equipment attributes of one instance."""
        ds = Dataset()
        ds.SpecificCharacterSet = "ISO_IR 192"
        ds.SOPClassUID, ds.SOPInstanceUID = sop_class, self.instance_uid(number)
        ds.StudyDate = ds.SeriesDate = ds.ContentDate = ds.InstanceCreationDate = STUDY_DATE
        ds.StudyTime, ds.SeriesTime, ds.ContentTime = self.study_time, self.time, self.time
        ds.InstanceCreationTime = self.time
        ds.AccessionNumber, ds.ReferringPhysicianName = "", ""
        ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = self.modality, MANUFACTURER, "Synthetic patient"
        ds.InstitutionName, ds.StationName = "Phantom", "PHANTOM"
        ds.DeviceSerialNumber, ds.SoftwareVersions = "0", "1"
        ds.StudyDescription, ds.SeriesDescription = "Synthetic head and neck", self.description
        ds.PatientName, ds.PatientID = self.patient.name, self.patient.patient_id
        ds.PatientBirthDate, ds.PatientSex = self.patient.birth_date, "O"
        ds.PatientWeight, ds.PatientSize = f"{weight_kg:g}", "1.75"
        ds.PatientComments = SYNTHETIC
        ds.StudyInstanceUID, ds.SeriesInstanceUID = self.study_uid, self.series_uid
        ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = "1", self.number, number
        ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = self.frame_uid, ""
        ds.BodyPartExamined = "HEADNECK"
        return ds


def place_slice(ds: Dataset, geometry: Geometry, number: int, pixels: NDArray[np.generic]) -> None:
    """Fill the image plane and pixel attributes of slice `number` (from 0) of a grid; pixels are 16 bit, (y, x)."""
    spacing, direction = geometry.spacing, geometry.direction
    ds.PatientPosition = "HFS"
    ds.ImagePositionPatient = [_decimal(v) for v in geometry.to_world([0, 0, number])]
    ds.ImageOrientationPatient = [_decimal(v) for v in (*direction[:, 0], *direction[:, 1])]
    ds.PixelSpacing = [_decimal(spacing[1]), _decimal(spacing[0])]
    ds.SliceThickness = _decimal(spacing[2])
    ds.SliceLocation = _decimal(float(geometry.to_world([0, 0, number]) @ direction[:, 2]))
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = pixels.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"))).tobytes()


def save(ds: Dataset, path: Path, transfer_syntax: str = ExplicitVRLittleEndian) -> None:
    """Write one object as a Part 10 file, little endian and uncompressed."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    file = FileDataset(str(path), ds, file_meta=meta, preamble=b"\0" * 128)
    file.save_as(path, enforce_file_format=True)


def _decimal(value: float) -> str:
    # DS holds 16 characters; ten decimals are finer than any grid tolerance here.
    text = f"{float(value):.10f}".rstrip("0").rstrip(".")[:16]
    return "0" if text in ("-0", "") else text
