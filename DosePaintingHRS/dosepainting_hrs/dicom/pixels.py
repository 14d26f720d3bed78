"""Stored pixel values of one slice, whatever the transfer syntax."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, SecondaryCaptureImageStorage, generate_uid

from ..errors import DependencyError, DicomError
from .values import DAMAGE, text, without_warnings

_GDCM_KNOWS = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 57, 70, 80, 81, 90, 91))
"""JPEG (baseline, extended, lossless), JPEG-LS and JPEG 2000: what SimpleITK's GDCM decodes without further packages."""
_PIXEL_TAGS = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PixelData",
)
_HINT = "Copy or export the series again."


def stored_values(path: Path) -> NDArray[np.number[Any]]:
    """Read the stored values of a single-frame grey-scale file, before any rescaling.

    Parameters
    ----------
    path : Path
        DICOM file.

    Returns
    -------
    array, (rows, columns)
        In the integer type that the header states.

    Raises
    ------
    DicomError
        If the file or its pixel data is truncated or damaged.
    DependencyError
        If nothing that is installed decodes its transfer syntax.
    """
    try:
        with without_warnings():
            dataset = dcmread(path, force=True)
            values = _decoded(dataset, path)
    except (DicomError, DependencyError):
        raise
    except OSError as error:
        raise DicomError(f'The file "{path}" cannot be read: {error.strerror or error}.', _HINT) from error
    except (*DAMAGE, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DicomError(f'The pixel data of "{path}" is truncated or damaged: {reason.rstrip(".")[:160]}.', _HINT) from error
    if values.shape != (dataset.Rows, dataset.Columns):
        found = " x ".join(str(size) for size in values.shape[::-1])
        raise DicomError(
            f'The pixel data of "{path}" has {found} values; {dataset.Columns} x {dataset.Rows} are announced.', _HINT
        )
    return values


def _decoded(dataset: Dataset, path: Path) -> NDArray[np.number[Any]]:
    syntax = UID(text(dataset.file_meta, "TransferSyntaxUID") or "1.2.840.10008.1.2")
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = syntax
    if not syntax.is_compressed or _can_decode(syntax):
        return np.asarray(dataset.pixel_array)
    if syntax in _GDCM_KNOWS:
        return _decoded_by_gdcm(dataset, syntax)
    raise DependencyError(
        f'The pixels of "{path}" are compressed ({syntax.name}), and nothing that is installed decodes them.',
        'Install the [dicom] extra: pip install "dosepainting-hrs[dicom]".',
    )


def _can_decode(syntax: UID) -> bool:
    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:
        return False


def _decoded_by_gdcm(dataset: Dataset, syntax: UID) -> NDArray[np.number[Any]]:
    """Decode through SimpleITK, which wants a file and would rescale: so the bare pixels go into a small one of their own."""
    bare = Dataset()
    for keyword in _PIXEL_TAGS:
        if keyword in dataset:
            bare[keyword] = dataset[keyword]
    bare.SOPClassUID, bare.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    bare.file_meta = FileMetaDataset()
    bare.file_meta.TransferSyntaxUID = syntax
    bare.file_meta.MediaStorageSOPClassUID = bare.SOPClassUID
    bare.file_meta.MediaStorageSOPInstanceUID = bare.SOPInstanceUID
    with tempfile.TemporaryDirectory(prefix="dosepainting-hrs-") as folder:
        file = Path(folder) / "slice.dcm"
        bare.save_as(file, enforce_file_format=True)
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(file))
        values = sitk.GetArrayFromImage(reader.Execute())
    return np.asarray(values[0] if values.ndim == 3 else values)
