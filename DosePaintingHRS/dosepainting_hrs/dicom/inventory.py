"""Everything below a DICOM folder: each series with its role, grid and problems. Headers are read, no pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..progress import Progress, part, silent
from .acquisitions import Acquisition, acquisitions_of
from .diffusion import b_values
from .entries import Entry, entries_of
from .folder_problems import folder_problems, reference_problems
from .headers import Unreadable, scan_folder, without_garbage_collection
from .problems import frames_of, problems_of, remarks_of
from .role import Role
from .roles import PlanningEvidence, planning_ct, role_of
from .stacking import nothing_found
from .summary import SeriesSummary, description_of, orientation_in_words, size_in_words, spacing_in_words
from .values import text


@dataclass(frozen=True, kw_only=True, eq=False)
class Inventory:
    """What lies below a folder.

    Parameters
    ----------
    folder : Path
        The folder.
    series : tuple of SeriesSummary
        Image series, and single RT objects, by path.
    unreadable : tuple of Unreadable
        Empty, truncated and damaged files, each with its reason.
    not_dicom : int
        Number of files of other kinds.
    problems : tuple of str
        What is wrong with the folder as a whole.
    acquisitions : tuple of Acquisition
        Several series each that make one acquisition: b-values, or time points, in series of their own.
    """

    folder: Path
    series: tuple[SeriesSummary, ...]
    unreadable: tuple[Unreadable, ...]
    not_dicom: int
    problems: tuple[str, ...]
    acquisitions: tuple[Acquisition, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; names and order of the keys stay."""
        return {
            "folder": self.folder.as_posix(),
            "series": [one.to_json() for one in self.series],
            "unreadable": [{"file": one.path.as_posix(), "reason": one.reason} for one in self.unreadable],
            "not_dicom": self.not_dicom,
            "problems": list(self.problems),
            "acquisitions": [one.to_json() for one in self.acquisitions],
        }


def inspect_folder(folder: Path, *, roles: Mapping[str, Role] | None = None, progress: Progress = silent) -> Inventory:
    """List every series below a folder; what is wrong with the data is told, not raised.

    Parameters
    ----------
    folder : Path
        Folder with DICOM files, searched with all folders below.
    roles : mapping of str to Role
        Roles set by hand, by SeriesInstanceUID; they win over the headers.
    progress : callable
        Told the share of headers read.

    Returns
    -------
    Inventory
        Series by path, and the problems of the folder as a whole.

    Raises
    ------
    DicomError
        If the folder does not exist, or no DICOM header in it can be read.
    """
    with without_garbage_collection():
        scan = scan_folder(folder, part(progress, 0.0, 0.9))
        if not scan.files:
            raise nothing_found(scan)
        entries = entries_of(scan.files)
        progress(0.95, "Looking at series")
        planning = _planning_by_patient(entries)
        series = tuple(_summary(entry, planning, entries, roles or {}) for entry in entries)
        packed = (scan.packed,) if scan.packed else ()
        problems = (*folder_problems(folder, entries, scan.unreadable), *packed)
        acquisitions = acquisitions_of(entries, series)
        progress(1.0, f"{len(series)} series")
    return Inventory(
        folder=folder,
        series=series,
        unreadable=scan.unreadable,
        not_dicom=scan.not_dicom,
        problems=problems,
        acquisitions=acquisitions,
    )


def _planning_by_patient(entries: Sequence[Entry]) -> dict[str, tuple[str, str]]:
    patients = dict.fromkeys(entry.identity.patient_id for entry in entries)
    found = {}
    for patient in patients:
        own = [entry for entry in entries if entry.identity.patient_id == patient]
        images = [entry.facts for entry in own if entry.facts.layout is not None]
        found[patient] = planning_ct(images, _evidence(own))
    return found


def _evidence(entries: Sequence[Entry]) -> PlanningEvidence:
    """Find the CT series that structure sets were drawn on, those of a plan apart from the others."""
    plans = {uid: entry for entry in entries if entry.modality == "RTPLAN" for uid in entry.references.objects}
    by_plan: dict[str, str] = {}
    by_structures: dict[str, str] = {}
    for entry in entries:
        if entry.modality != "RTSTRUCT":
            continue
        label = description_of(entry.first) or "without label"
        plan = plans.get(text(entry.first, "SOPInstanceUID"))
        for uid in entry.references.series:
            if plan is not None:
                planned = description_of(plan.first) or "without label"
                by_plan.setdefault(uid, f'the RTSTRUCT "{label}" of the RTPLAN "{planned}" was drawn on it')
            else:
                by_structures.setdefault(uid, f'the RTSTRUCT "{label}" was drawn on it')
    return PlanningEvidence(by_plan=by_plan, by_structures=by_structures)


def _with_choice(entry: Entry, role: Role, why: str, entries: Sequence[Entry], by_hand: Mapping[str, Role]) -> tuple[Role, str]:
    """Let a role set by hand win; a planning CT set by hand is the only one of its patient."""
    chosen = by_hand.get(entry.facts.uid)
    if chosen is role:
        return role, f"set by hand; {why}"
    if chosen is not None:
        return chosen, f"set by hand (the headers say {role.value}: {why})"
    patient = entry.identity.patient_id
    elsewhere = any(one.identity.patient_id == patient and by_hand.get(one.facts.uid) is Role.PLANNING_CT for one in entries)
    if role is Role.PLANNING_CT and elsewhere:
        return Role.CT, f"another series was set as planning CT by hand (the headers say {role.value}: {why})"
    return role, why


def _summary(
    entry: Entry, planning: Mapping[str, tuple[str, str]], entries: Sequence[Entry], by_hand: Mapping[str, Role]
) -> SeriesSummary:
    header, layout, headers = entry.first, entry.facts.layout, entry.facts.headers
    role, why = role_of(entry.facts, planning[entry.identity.patient_id])
    role, why = _with_choice(entry, role, why, entries, by_hand)
    wrong, worth = reference_problems(entry, entries)
    order = layout.order if layout is not None and layout.order else range(len(entry.paths))
    frames, odd = frames_of(headers, layout, role)
    return SeriesSummary(
        uid=entry.facts.uid,
        modality=entry.modality,
        role=role,
        why=why,
        description=description_of(header),
        files=tuple(dict.fromkeys(entry.paths[index] for index in order)),
        size=size_in_words(header, layout, len(headers)),
        spacing=spacing_in_words(header, layout),
        orientation=orientation_in_words(header),
        geometry=layout.geometry if layout is not None else None,
        images_per_position=layout.repeats if layout is not None else 1,
        frame_of_reference=entry.references.frame_of_reference,
        identity=replace(entry.identity, frame_of_reference=entry.references.frame_of_reference),
        patient_name=text(header, "PatientName"),
        birth_date=text(header, "PatientBirthDate"),
        study_date=text(header, "StudyDate"),
        units=text(header, "Units"),
        regions=entry.references.regions,
        references=entry.references.series,
        frames=frames,
        b_values=b_values(headers)[0] if entry.modality == "MR" else (),
        problems=(*problems_of(headers, layout, role), *odd, *wrong),
        joins=entry.references.joins,
        remarks=(*remarks_of(headers, layout, role), *entry.remarks, *worth),
    )
