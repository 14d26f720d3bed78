"""Which series of a folder make the frames of one acquisition: one series, or one for each time point."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydicom import Dataset

from ..errors import DicomError
from ..notes import note
from ..progress import Progress, silent
from .entries import SAME_IN_ALL_PHASES
from .frame_types import without_maps
from .headers import DicomFile, FolderScan, scan_folder
from .joint import JOINT
from .layout import is_localizer, lay_out
from .multi_frame import flat_slices, is_multi_frame
from .real_world import is_mapping
from .stacking import PATIENT_IMAGES, by_series, is_image, kind_in_words, named_series, nothing_found, refuse_damaged
from .values import raw_text, text, texts

VARIANTS = ("DIS2D", "DIS3D", "ND")
"""Values of ImageType by which Siemens tells how images are corrected for distortion."""
Group = list[list[DicomFile]]


def choose_frames(
    folder: Path, selector: str, progress: Progress = silent
) -> tuple[Group, tuple[str, ...], tuple[Dataset, ...]]:
    """Find the series that make the frames of one acquisition.

    Parameters
    ----------
    folder : Path
        Folder with DICOM files, searched with all folders below.
    selector : str
        SeriesInstanceUIDs joined by ``+``; one of several series that differ in time only means all of them. Empty when
        the folder holds one acquisition only.
    progress : callable
        Told the share of headers read.

    Returns
    -------
    list of list of DicomFile
        The series, each with its files.
    tuple of str
        Remarks: what was taken together, what was left out.
    tuple of Dataset
        Real World Value Mapping objects in the folder.

    Raises
    ------
    DicomError
        If there is no acquisition of several frames, or more than one and none chosen; the sentence lists them.
    """
    scan = scan_folder(folder, progress)
    groups = by_series(scan.files)
    if not groups:
        raise nothing_found(scan)
    chosen, remarks = _named(scan, groups, selector) if selector else _only(scan, groups)
    for files in chosen:
        refuse_damaged(scan.unreadable, files)
    _refuse_variants(chosen)
    return chosen, remarks, tuple(file.header for file in scan.files if is_mapping(file.header))


def _named(scan: FolderScan, groups: dict[str, list[DicomFile]], selector: str) -> tuple[Group, tuple[str, ...]]:
    uids = selector.split(JOINT)
    chosen = [named_series(scan, groups, uid) for uid in dict.fromkeys(uids)]
    if len(chosen) > 1 or _is_several(chosen[0]):
        return chosen, ()
    alike = next(group for group in _acquisitions(groups) if any(files is chosen[0] for files in group))
    return alike, _taken_together(alike)


def _only(scan: FolderScan, groups: dict[str, list[DicomFile]]) -> tuple[Group, tuple[str, ...]]:
    found = [group for group in _acquisitions(groups) if len(group) > 1 or _is_several(group[0])]
    if len(found) == 1:
        others = sum(1 for group in _acquisitions(groups) if group[0] is not found[0][0])
        left = (
            (note(f"{others} other image series in the same folder {'was' if others == 1 else 'were'} left out."),)
            if others
            else ()
        )
        return found[0], (*_taken_together(found[0]), *left)
    if not found:
        raise DicomError(
            f'The folder "{scan.folder}" holds no series with several images at each place.',
            "Give the folder of a dynamic or diffusion series; b-values in series of their own are named FOLDER#UID+UID.",
        )
    listed = "; ".join(f"{scan.folder}#{_uid(group)} ({_in_words(group)})" for group in found[:8])
    raise DicomError(
        f'The folder "{scan.folder}" holds {len(found)} acquisitions of several frames; one must be chosen.',
        f"Choose one: {listed}{'; and more' if len(found) > 8 else ''}.",
    )


def _acquisitions(groups: dict[str, list[DicomFile]]) -> list[Group]:
    """Put series together that differ in time only; each of the others stands alone."""
    alike: dict[tuple[object, ...], Group] = {}
    for uid, files in groups.items():
        header = files[0].header
        if not is_image(header) or text(header, "Modality") not in PATIENT_IMAGES or all(is_localizer(f.header) for f in files):
            continue
        same: tuple[object, ...] = (uid,)
        if text(header, "Modality") == "MR" and not _is_several(files):
            tags = (*SAME_IN_ALL_PHASES, "ImageType", "Manufacturer", "SequenceName")
            same = (len(files), *(raw_text(header, tag) for tag in tags))
        alike.setdefault(same, []).append(files)
    return list(alike.values())


def _is_several(files: Sequence[DicomFile]) -> bool:
    headers = [file.header for file in files]
    if any(map(is_multi_frame, headers)):
        try:
            _, _, slices = flat_slices([file.path for file in files], headers)
        except DicomError:  # It says so itself when it is loaded.
            return True
        headers = [slices[place] for place in without_maps(slices)[0]]
    return lay_out(headers).repeated is not None


def _refuse_variants(chosen: Group) -> None:
    kinds = {kind for files in chosen for kind in texts(files[0].header, "ImageType") if kind in VARIANTS}
    if len(kinds) > 1:
        raise DicomError(
            f"The series chosen are distortion-corrected in different ways ({', '.join(sorted(kinds))}); "
            "they show the same acquisition twice and lie differently.",
            "Choose the series of one kind: DIS3D, or DIS2D where there is none.",
        )


def _taken_together(group: Group) -> tuple[str, ...]:
    if len(group) == 1:
        return ()
    return (note(f"{len(group)} series that differ in time only were taken as the frames of one acquisition."),)


def _uid(group: Group) -> str:
    return text(group[0][0].header, "SeriesInstanceUID")


def _in_words(group: Group) -> str:
    kind = [kind for kind in texts(group[0][0].header, "ImageType") if kind in VARIANTS]
    variant = f", {kind[0]}" if kind else ""
    what = kind_in_words(group[0][0].header)
    return f"{what}{variant}, {len(group)} series" if len(group) > 1 else f"{what}{variant}, {len(group[0])} files"
