"""The DICOM files that a volume node came from: what identity and export need, and nothing else does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.progress import Progress, each, silent

from .attributes import Node

if TYPE_CHECKING:
    # A panel opens without pydicom, which takes its time to import.
    from pydicom import Dataset

    from dosepainting_hrs.dicom.stack import Stack

INSTANCES = "DICOM.instanceUIDs"
"""Attribute in which Slicer keeps the SOPInstanceUIDs of a volume, separated by spaces."""
SOURCE_FOLDER, SOURCE_SERIES = "DosePaintingSource.folder", "DosePaintingSource.series"
"""Attributes of volumes that we loaded from a folder; outside of the sealed identity, as folders move."""
FindFile = Callable[[str], str]
"""Gives the path of an instance by its SOPInstanceUID, empty when unknown; ``slicer.dicomDatabase.fileForInstance``."""


def is_from_dicom(node: Node) -> bool:
    """Tell whether a volume knows the DICOM instances it came from."""
    return bool((node.GetAttribute(INSTANCES) or "").split())


def source_files(node: Node, find_file: FindFile) -> list[Path]:
    """Return the files that a volume came from.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        The volume.
    find_file : callable
        Looks an instance up in the application's DICOM database.

    Raises
    ------
    InputError
        If the volume did not come from DICOM, or its files are gone.
    """
    uids = _instances(node)
    paths = [find_file(uid) for uid in uids]
    found = [Path(path) for path in paths if path and Path(path).is_file()]
    if len(found) < len(uids):
        raise InputError(
            f'Of the {len(uids)} DICOM files of the volume "{node.GetName()}", {len(uids) - len(found)} are not found.',
            "Load the volume again from its DICOM folder.",
        )
    return found


def stack_of(node: Node, find_file: FindFile, progress: Progress = silent) -> Stack:
    """Read the headers of the files that a volume came from, and lay them on their grid.

    Parameters
    ----------
    node, find_file
        As in `source_files`.
    progress : callable
        Told the share of headers read.

    Raises
    ------
    InputError
        As `source_files`.
    DicomError, IdentityError
        If the files make no regular grid of one patient.
    """
    from dosepainting_hrs.dicom.stacking import stack_headers  # noqa: PLC0415

    files = source_files(node, find_file)
    return stack_headers(files, [_header(path) for path in each(files, progress, "Reading headers")])


def source_address(node: Node, find_file: FindFile) -> str:
    """Return the address of a volume's series for the command line: folder, ``#``, SeriesInstanceUID.

    Raises
    ------
    InputError
        If the volume did not come from DICOM, or its files are gone.
    """
    folder, series = node.GetAttribute(SOURCE_FOLDER), node.GetAttribute(SOURCE_SERIES)
    if folder and series and Path(folder).is_dir():
        return f"{folder}#{series}"
    files = source_files(node, find_file)
    common = os.path.commonpath([path.parent for path in files])
    return f"{common}#{_header(files[0]).SeriesInstanceUID}"


def _instances(node: Node) -> list[str]:
    uids = (node.GetAttribute(INSTANCES) or "").split()
    if not uids:
        raise InputError(
            f'The volume "{node.GetName()}" did not come from DICOM: everything works but export, which needs its headers.',
            "To export, load the planning CT from its DICOM folder.",
        )
    return uids


def _header(path: Path) -> Dataset:
    from pydicom import dcmread  # noqa: PLC0415

    from dosepainting_hrs.dicom.single_file import damage_explained  # noqa: PLC0415

    with damage_explained(path):
        return dcmread(path, stop_before_pixels=True)
