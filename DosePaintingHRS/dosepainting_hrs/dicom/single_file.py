"""Opening one DICOM object of a known class, with a sentence for everything that can be wrong with its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from ..errors import DicomError, InputError
from .values import DAMAGE, text, without_warnings

_UNDEFINED = 0xFFFFFFFF
_AGAIN = "Export or copy it again from its source."


def read_object(path: Path, sop_class: str, noun: str) -> Dataset:
    """Read a whole DICOM file and check that it is complete and of the class that is needed.

    Parameters
    ----------
    path : Path
        The file.
    sop_class : str
        SOP Class UID that it must have.
    noun : str
        What is needed, for the sentence: ``"a structure set (RTSTRUCT)"``.

    Raises
    ------
    InputError
        If there is no such file.
    DicomError
        If it cannot be read, is empty, cut short, no DICOM file, or of another class.
    """
    if not path.is_file():
        raise InputError(f'There is no file "{path}".', "Check the path.")
    try:
        size = path.stat().st_size
        with without_warnings():
            dataset = dcmread(path) if size else Dataset()
    except InvalidDicomError as error:
        raise DicomError(f'"{path}" is not a DICOM file; {noun} is needed.', "Check the path.") from error
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno:
            raise InputError(f'"{path}" cannot be read: {error.strerror}.', "Check the file and its rights.") from error
        raise _damaged(path, error) from error
    if not size:
        raise DicomError(f'"{path}" is empty (0 bytes); {noun} is needed.', _AGAIN)
    for element in (dataset.get_item(tag) for tag in dataset.keys()):  # noqa: SIM118  (iterating would decode all)
        if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes) or element.length == _UNDEFINED:
            continue
        if len(element.value) < element.length:
            raise DicomError(
                f'"{path}" is cut short: {element.length} bytes are announced where {len(element.value)} are left.', _AGAIN
            )
    found = text(dataset, "SOPClassUID")
    if not found:
        raise DicomError(f'"{path}" has no SOPClassUID, it is cut short or damaged; {noun} is needed.', _AGAIN)
    if found != sop_class:
        name = UID(found).name.removesuffix(" Storage")
        raise DicomError(f'"{path}" holds an object of another kind ({name}); {noun} is needed.', "Check the path.")
    return dataset


@contextmanager
def damage_explained(path: Path) -> Iterator[None]:
    """Turn what pydicom raises when it decodes a damaged value into one sentence; keep its warnings away."""
    try:
        with without_warnings():
            yield
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DicomError:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:120].rstrip(".")
    return DicomError(f'"{path}" is cut short or damaged: {reason}.', _AGAIN)
