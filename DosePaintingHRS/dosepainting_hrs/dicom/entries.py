"""The files of a folder sorted into image series and single RT objects, with what their roles rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from pydicom import Dataset

from ..errors import DicomError
from ..identity import Identity
from .frame_types import without_maps
from .headers import DicomFile
from .layout import lay_out
from .multi_frame import flat_slices, is_enhanced_mr, is_multi_frame
from .patient import identity_of
from .references import References, references_of
from .role import SeriesFacts
from .stacking import NOT_IMAGES, is_image
from .values import date_time, raw_text, text

SAME_IN_ALL_PHASES = (
    "PatientID",
    "StudyInstanceUID",
    "FrameOfReferenceUID",
    "SeriesDescription",
    "Rows",
    "Columns",
    "PixelSpacing",
    "ImageOrientationPatient",
    "EchoTime",
    "RepetitionTime",
    "FlipAngle",
)
"""What the series of one acquisition share when each time point is a series of its own."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """An image series, or a single RT object.

    Parameters
    ----------
    paths : tuple of Path
        Its files, one per header of `facts`; a multi-frame file stands once for each of its frames.
    facts : SeriesFacts
        What its role rests on.
    identity : Identity
        Patient, frame, study, series of its first file.
    references : References
        What it refers to, and the frame that its contents lie in.
    remarks : tuple of str
        What was left out of it.
    """

    paths: tuple[Path, ...]
    facts: SeriesFacts
    identity: Identity
    references: References
    remarks: tuple[str, ...] = ()

    @property
    def first(self) -> Dataset:
        """Header of its first file."""
        return self.facts.first

    @property
    def modality(self) -> str:
        """Modality as the header has it."""
        return text(self.first, "Modality")


def entries_of(files: Iterable[DicomFile]) -> tuple[Entry, ...]:
    """Sort files into entries: slices by series, RT objects one by one.

    Parameters
    ----------
    files : iterable of DicomFile
        Files of a folder.
    """
    groups: dict[tuple[str, ...], list[DicomFile]] = {}
    for file in files:
        uid, modality = text(file.header, "SeriesInstanceUID"), text(file.header, "Modality")
        # Several structure sets may share a series; each is an object of its own.
        alone = (str(file.path),) if modality in NOT_IMAGES else ()
        groups.setdefault((uid, modality, *alone), []).append(file)
    return _with_phases([_entry(group) for group in groups.values()])


def _entry(files: Sequence[DicomFile]) -> Entry:
    headers = tuple(file.header for file in files)
    paths = tuple(file.path for file in files)
    layout = lay_out(headers) if is_image(headers[0]) else None
    remarks: tuple[str, ...] = ()
    if layout is not None and all(is_multi_frame(header) for header in headers):
        single, remarks = _single(files)
        several = lay_out([header for _, header in single])
        # A plain volume is taken from multi-frame MR only; frames, whatever the modality.
        if several.repeated is not None or is_enhanced_mr(headers[0]):
            layout, paths, headers = several, tuple(path for path, _ in single), tuple(header for _, header in single)
    return Entry(
        paths=paths,
        facts=SeriesFacts(uid=text(headers[0], "SeriesInstanceUID"), headers=headers, layout=layout),
        identity=identity_of(headers[0]),
        references=references_of(headers[0]),
        remarks=remarks,
    )


def _single(files: Sequence[DicomFile]) -> tuple[list[tuple[Path, Dataset]], tuple[str, ...]]:
    """Return file and header of every frame that is no map among images, and a remark on those left out."""
    paths, headers = [file.path for file in files], [file.header for file in files]
    try:
        flat, _, slices = flat_slices(paths, headers)
    except DicomError:
        return list(zip(paths, headers, strict=True)), ()
    kept, remarks = without_maps(slices)
    return [(flat[place], slices[place]) for place in kept], remarks


def _with_phases(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Find MR series that differ in time only: scanners often write each time point of a DCE as its own series."""
    alike: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        if entry.modality == "MR":
            same = tuple(raw_text(entry.first, tag) for tag in SAME_IN_ALL_PHASES)
            alike.setdefault((len(entry.paths), *same), []).append(entry)
    phases = {id(entry): group for group in alike.values() for entry in group if len(group) > 1}
    return tuple(_as_phase(entry, phases[id(entry)]) if id(entry) in phases else entry for entry in entries)


def _as_phase(entry: Entry, group: Sequence[Entry]) -> Entry:
    times = [date_time(_day(one.first), text(one.first, "AcquisitionTime")) for one in group]
    known = sorted(time for time in times if time is not None)
    if len(set(known)) < len(group):
        return entry
    every = median((later - earlier).total_seconds() for earlier, later in pairwise(known))
    return replace(entry, facts=replace(entry.facts, phases=len(group), phase_spacing_s=every))


def _day(header: Dataset) -> str:
    return text(header, "AcquisitionDate") or text(header, "SeriesDate") or text(header, "StudyDate")
