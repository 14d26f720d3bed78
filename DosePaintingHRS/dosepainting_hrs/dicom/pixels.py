"""Stored pixel values of one slice, whatever the transfer syntax."""

from __future__ import annotations

import os
import struct
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from ..errors import DependencyError, DicomError
from .plain_bytes import plain_header
from .values import DAMAGE, raw, text, without_warnings

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
_FORM_TAGS = ("Rows", "Columns", "BitsAllocated", "PixelRepresentation", "SamplesPerPixel")
_PIXEL_DATA = 0x7FE00010
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
    dataset, values = _read(path)
    _require_shape(values, (dataset.Rows, dataset.Columns), path)
    return values


def stored_frames(path: Path, header: Dataset | None = None) -> NDArray[np.number[Any]]:
    """Read the stored values of all frames of a grey-scale file, before any rescaling.

    Parameters
    ----------
    path : Path
        DICOM file of one or more frames.
    header : Dataset or None
        Its header, when it was read before: uncompressed pixels at the end of the file are then taken from there at once.

    Returns
    -------
    array, (frames, rows, columns)
        In the integer type that the header states.

    Raises
    ------
    DicomError, DependencyError
        As `stored_values`.
    """
    values = _at_the_end(path, header) if header is not None else None
    if values is not None:
        return values
    dataset, values = _read(path)
    count = int(dataset.get("NumberOfFrames") or 1)
    values = values[None] if count == 1 and values.ndim == 2 else values
    _require_shape(values, (count, dataset.Rows, dataset.Columns), path)
    return values


def _at_the_end(path: Path, header: Dataset) -> NDArray[np.number[Any]] | None:
    """Take uncompressed pixels from the end of a file whose header is known; None when they do not lie there."""
    form = _form(text(header.file_meta, "TransferSyntaxUID"), *(raw(header, keyword) for keyword in _FORM_TAGS))
    if form is None:
        return None
    explicit, kind, shape = form
    size = int(np.prod(shape)) * kind.itemsize
    length = size + size % 2
    try:
        with path.open("rb", buffering=0) as stream:
            stream.seek(-length - 12, os.SEEK_END)
            content = stream.read(length + 12)
    except OSError:  # Too short, or gone: the usual way says so in words.
        return None
    begins = content[:4] + content[8:12] if explicit else content[4:12]
    if begins != struct.pack("<HHL", 0x7FE0, 0x0010, length) or len(content) < length + 12:
        return None
    if explicit and content[4:8] not in {b"OW\0\0", b"OB\0\0"}:
        return None
    return np.frombuffer(content, kind, size // kind.itemsize, 12).reshape(shape)


@lru_cache(maxsize=256)
def _form(syntax: str, *raws: object) -> tuple[bool, np.dtype[Any], tuple[int, int, int]] | None:
    """Return whether VRs are written, the type, and the shape of plain grey-scale pixels; None for others."""
    try:
        rows, columns, bits, signed, samples = (_unsigned(one) for one in raws)
    except (TypeError, struct.error):
        return None
    if syntax not in {ImplicitVRLittleEndian, ExplicitVRLittleEndian} or bits not in {8, 16} or samples != 1:
        return None
    return syntax == ExplicitVRLittleEndian, np.dtype(f"<{'i' if signed else 'u'}{bits // 8}"), (1, rows, columns)


def _unsigned(value: object) -> int:
    return value if isinstance(value, int) else int(struct.unpack("<H", value)[0])  # type: ignore[arg-type]


def _read(path: Path) -> tuple[Dataset, NDArray[np.number[Any]]]:
    try:
        with without_warnings():
            found = _as_they_lie(path.read_bytes())
            if found is not None:
                return found
            dataset = dcmread(path, force=True)
            return dataset, _decoded(dataset, path)
    except (DicomError, DependencyError):
        raise
    except OSError as error:
        raise DicomError(f'The file "{path}" cannot be read: {error.strerror or error}.', _HINT) from error
    except (*DAMAGE, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DicomError(f'The pixel data of "{path}" is truncated or damaged: {reason.rstrip(".")[:160]}.', _HINT) from error


def _as_they_lie(content: bytes) -> tuple[Dataset, NDArray[np.number[Any]]] | None:
    """Take uncompressed little-endian pixels from the bytes of a file; None when pydicom has to look at it."""
    stopped: list[tuple[str | None, int]] = []

    def at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
        if tag == _PIXEL_DATA:
            stopped.append((vr, length))
        return bool(tag == _PIXEL_DATA)

    plain = plain_header(content, at_pixels)
    if plain is None or not stopped:
        return None
    dataset, reached = plain
    ((vr, length),) = stopped
    bits, shape = dataset.get("BitsAllocated"), (int(dataset.get("NumberOfFrames") or 1), dataset.Rows, dataset.Columns)
    syntax = text(dataset.file_meta, "TransferSyntaxUID")
    if syntax not in {ImplicitVRLittleEndian, ExplicitVRLittleEndian} or bits not in {8, 16} or dataset.SamplesPerPixel != 1:
        return None
    kind = np.dtype(f"<{'i' if dataset.PixelRepresentation else 'u'}{bits // 8}")
    start = reached + (8 if vr is None else 12)
    size = int(np.prod(shape)) * kind.itemsize
    if length not in {size, size + size % 2} or len(content) < start + size:
        return None
    values = np.frombuffer(content, kind, size // kind.itemsize, start).reshape(shape)
    return dataset, values[0] if shape[0] == 1 else values


def _require_shape(values: NDArray[np.number[Any]], announced: tuple[int, ...], path: Path) -> None:
    if values.shape != announced:
        found, told = (" x ".join(str(size) for size in shape[::-1]) for shape in (values.shape, announced))
        raise DicomError(f'The pixel data of "{path}" has {found} values; {told} are announced.', _HINT)


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
