"""One image series of a folder, laid on its grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pydicom import Dataset

from ..errors import AbsentSeriesError, DicomError, DosePaintingError, IdentityError, SeveralSeriesError
from ..identity import require_same_patient
from ..notes import note
from ..parameters import nearest
from ..progress import Progress, silent
from .frame_types import two_frame_types
from .headers import DicomFile, FolderScan, Unreadable, scan_folder
from .layout import is_localizer, lay_out
from .multi_frame import flat_slices, is_enhanced_mr
from .patient import identity_of, patient_in_words
from .real_world import is_mapping
from .stack import Stack
from .values import date_time, has, text

NOT_IMAGES = frozenset(("RTSTRUCT", "RTDOSE", "RTPLAN", "RTRECORD", "RTIMAGE", "SEG", "REG", "SR", "PR", "KO", "FID"))
"""Modalities that are no image series, although some have pixels."""
PATIENT_IMAGES = frozenset(("CT", "PT", "MR", "NM"))
"""Modalities that show a patient; the others are screen captures and reports."""


def read_stack(folder: Path, series_uid: str | None = None, progress: Progress = silent) -> Stack:
    """Find an image series below a folder and lay its slices on a grid; no pixels are read.

    Parameters
    ----------
    folder : Path
        Folder with DICOM files, searched with all folders below.
    series_uid : str or None
        SeriesInstanceUID; may be left out when there is only one image series.
    progress : callable
        Told the share of headers read.

    Returns
    -------
    Stack
        Files and headers in order along the slice normal, and the grid as stored.

    Raises
    ------
    DicomError
        If there is no DICOM, no image series, more than one and none chosen, a damaged file beside the slices, or the
        slices do not make one regular grid; the sentence says which.
    IdentityError
        If the series, or the image series to choose from, belong to several patients or frames of reference.
    """
    scan = scan_folder(folder, progress)
    chosen, remarks = _chosen(scan, series_uid)
    stack = stack_headers([file.path for file in chosen], [file.header for file in chosen])
    mappings = tuple(file.header for file in scan.files if is_mapping(file.header))
    return replace(stack, remarks=(*remarks, *stack.remarks), mappings=mappings)


def read_series(
    folder: Path, series_uid: str | None = None, progress: Progress = silent
) -> tuple[list[DicomFile], tuple[str, ...]]:
    """Find an image series below a folder, as `read_stack` does, without laying it on a grid.

    Parameters
    ----------
    folder, series_uid, progress
        As in `read_stack`.

    Returns
    -------
    list of DicomFile
        Files and headers of the series, by path.
    tuple of str
        Remarks: what else lies in the folder and was left out.

    Raises
    ------
    DicomError, IdentityError
        As `read_stack`, as far as files are concerned.
    """
    return _chosen(scan_folder(folder, progress), series_uid)


def stack_headers(files: Sequence[Path], headers: Sequence[Dataset]) -> Stack:
    """Lay the slices of one series on a grid.

    Parameters
    ----------
    files : sequence of Path
        One file per header.
    headers : sequence of Dataset
        Headers of one series, in any order.

    Raises
    ------
    DicomError
        If the slices do not make one regular grid.
    IdentityError
        If they belong to several patients or frames of reference.
    """
    where = series_in_words(headers[0])
    try:
        files, numbers, headers, instances = _slices_of(files, headers)
    except DicomError as error:
        raise DicomError(f"{where} cannot be loaded. {error.message}", error.hint) from error
    layout = lay_out(headers)
    for flaw in (*layout.flaws, two_frame_types(headers), layout.repeated):
        if flaw is not None:
            raise type(flaw)(f"{where} cannot be loaded. {flaw.message}", flaw.hint)
    if layout.geometry is None:
        raise DicomError(f"{where} cannot be loaded: its slices make no grid.", "Export the series again from its source.")
    return Stack(
        files=tuple(files[index] for index in layout.order),
        headers=tuple(headers[index] for index in layout.order),
        geometry=layout.geometry,
        identity=identity_of(headers[layout.order[0]]),
        remarks=layout.remarks,
        numbers=tuple(numbers[index] for index in layout.order) if instances else (),
        instances=instances,
    )


def _slices_of(
    files: Sequence[Path], headers: Sequence[Dataset]
) -> tuple[Sequence[Path], Sequence[int], Sequence[Dataset], tuple[str, ...]]:
    """Take the frames of enhanced MR objects for slices; CT and PET of several frames stay what they are, and are refused."""
    if not any(is_enhanced_mr(header) for header in headers):
        return files, (), headers, ()
    return *flat_slices(files, headers), tuple(text(header, "SOPInstanceUID") for header in headers)


def is_image(header: Dataset) -> bool:
    """Tell whether a header belongs to an image series, not to an RT object, segmentation or report."""
    return text(header, "Modality") not in NOT_IMAGES and has(header, "Rows")


def by_series(files: Iterable[DicomFile]) -> dict[str, list[DicomFile]]:
    """Group files by SeriesInstanceUID, in order of appearance."""
    groups: dict[str, list[DicomFile]] = {}
    for file in files:
        groups.setdefault(text(file.header, "SeriesInstanceUID"), []).append(file)
    return groups


def _chosen(scan: FolderScan, series_uid: str | None) -> tuple[list[DicomFile], tuple[str, ...]]:
    chosen, remarks = _choose(scan, series_uid)
    refuse_damaged(scan.unreadable, chosen)
    return chosen, remarks


def _choose(scan: FolderScan, series_uid: str | None) -> tuple[list[DicomFile], tuple[str, ...]]:
    groups = by_series(scan.files)
    if not groups:
        raise nothing_found(scan)
    if series_uid is not None:
        return named_series(scan, groups, series_uid), ()
    images = {uid: files for uid, files in groups.items() if is_image(files[0].header)}
    if not images:
        kinds = sorted({text(files[0].header, "Modality") or "unknown" for files in groups.values()})
        raise DicomError(
            f'The folder "{scan.folder}" holds no image series, only {", ".join(kinds)}.', "Give the folder with the images."
        )
    slices = {uid: files for uid, files in images.items() if not all(is_localizer(file.header) for file in files)} or images
    main = {uid: files for uid, files in slices.items() if text(files[0].header, "Modality") in PATIENT_IMAGES} or slices
    if len(main) == 1:
        (files,) = main.values()
        left_out = [uid for uid in images if uid not in main]
        told = (f"{series_in_words(images[uid][0].header)} in the same folder was left out." for uid in left_out)
        return files, tuple(map(note, told))
    raise _several(scan.folder, list(main.values()))


def named_series(scan: FolderScan, groups: dict[str, list[DicomFile]], series_uid: str) -> list[DicomFile]:
    """Return the files of a series by its UID.

    Raises
    ------
    AbsentSeriesError
        If the folder has no such series.
    DicomError
        If it is no image series.
    """
    files = groups.get(series_uid)
    if files is None:
        images = tuple(uid for uid, files in groups.items() if is_image(files[0].header))
        holds = "; ".join(f"{uid} ({kind_in_words(groups[uid][0].header)})" for uid in images[:8])
        hint = f"{nearest(series_uid, images)} It holds: {holds}." if images else "It holds no images."
        raise AbsentSeriesError(f'The folder "{scan.folder}" has no series {series_uid}.', hint)
    if not is_image(files[0].header):
        raise DicomError(f"{series_in_words(files[0].header)} is no image series, but an object.", "Choose another.")
    return files


def nothing_found(scan: FolderScan) -> DosePaintingError:
    """Return the error for a folder in which no DICOM header can be read."""
    if scan.unreadable:
        return _damaged(scan.unreadable[0], len(scan.unreadable))
    other = f", only {scan.not_dicom} other file{'s' * (scan.not_dicom != 1)}" if scan.not_dicom else "; it is empty"
    return DicomError(
        f'The folder "{scan.folder}" holds no DICOM files{other}.', scan.packed or "Give a folder with DICOM images."
    )


def _several(folder: Path, series: Sequence[Sequence[DicomFile]]) -> DosePaintingError:
    addresses = [
        f"{folder}#{text(files[0].header, 'SeriesInstanceUID')} ({kind_in_words(files[0].header)}, {len(files)} files)"
        for files in series
    ]
    listed = "; ".join(addresses[:8])
    more = f"; and {len(series) - 8} more" if len(series) > 8 else ""
    hint = f"Choose one: {listed}{more}."
    first = series[0][0].header
    for files in series[1:]:
        try:
            require_same_patient(identity_of(first), identity_of(files[0].header), what=("A series", "another"))
        except IdentityError:
            told = f"{patient_in_words(first)} and {patient_in_words(files[0].header)}"
            return IdentityError(f'The folder "{folder}" holds image series of two patients: {told}.', hint)
    by_modality = [(text(files[0].header, "Modality"), one) for files, one in zip(series, addresses, strict=True)]
    told = f'The folder "{folder}" holds {len(series)} image series; one must be chosen.'
    return SeveralSeriesError(told, hint, str(folder), by_modality)


def refuse_damaged(unreadable: Sequence[Unreadable], chosen: Sequence[DicomFile]) -> None:
    """Refuse a series with a damaged file beside its slices: it may be one of them, and the volume then too short."""
    folders = {file.path.parent for file in chosen}
    beside = [one for one in unreadable if one.path.parent in folders]
    if beside:
        raise _damaged(beside[0], len(beside))


def _damaged(first: Unreadable, count: int) -> DosePaintingError:
    more = f" ({count - 1} more files beside it cannot be used either)" if count > 1 else ""
    hint = "Copy or export the series again; if the file does not belong to it, move it out of the folder."
    return DicomError(f"The file {first}{more}.", hint)


def series_in_words(header: Dataset) -> str:
    """Return how a sentence names the series of a header."""
    return f"The series {text(header, 'SeriesInstanceUID')} ({kind_in_words(header)})"


def kind_in_words(header: Dataset) -> str:
    """Return modality, description, number and date of a series, as far as known: what a person knows it by."""
    description, number = text(header, "SeriesDescription"), text(header, "SeriesNumber")
    day = date_time(text(header, "SeriesDate") or text(header, "StudyDate"), "00")
    modality = text(header, "Modality") or "unknown modality"
    named = f'{modality} "{description}"' if description else modality
    known = (named, f"number {number}" if number else "", f"{day:%Y-%m-%d}" if day else "")
    return ", ".join(one for one in known if one)
