"""The identity of a series from one of its headers, for when its grid is of no interest."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from ..errors import DicomError
from ..identity import Identity
from .patient import identity_of
from .values import text


def first_identity(folder: Path, series: str | None = None) -> Identity:
    """Return the identity of the first file of a series in a folder, by name.

    Parameters
    ----------
    folder : Path
        Folder of the series.
    series : str or None
        SeriesInstanceUID, when the folder holds several.

    Raises
    ------
    DicomError
        If the folder holds no file of it.
    """
    tags = ["PatientID", "PatientName", "PatientBirthDate", "FrameOfReferenceUID", "StudyInstanceUID", "SeriesInstanceUID"]
    for path in sorted(one for one in folder.iterdir() if one.is_file()):
        try:
            header = dcmread(path, stop_before_pixels=True, specific_tags=list(tags))
        except (InvalidDicomError, OSError, EOFError, ValueError):
            continue
        if series in (None, text(header, "SeriesInstanceUID")):
            return identity_of(header)
    raise DicomError(f'"{folder}" holds no file of the series {series or "asked for"}.', "Check the address.")
