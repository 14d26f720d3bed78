"""What is wrong between the objects of a folder: patients mixed up, references that lead nowhere, damaged files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import IdentityError
from ..identity import require_same_patient
from .entries import Entry
from .headers import Unreadable
from .patient import patient_in_words
from .values import text

_LISTED = 5


def folder_problems(folder: Path, entries: Sequence[Entry], unreadable: Sequence[Unreadable]) -> tuple[str, ...]:
    """Return what is wrong with a folder as a whole, one sentence each, patients first.

    Parameters
    ----------
    folder : Path
        The folder, from which files are named.
    entries : sequence of Entry
        What was found in it.
    unreadable : sequence of Unreadable
        Files that cannot be used.
    """
    return (*_patients(entries), *_copies(folder, entries), *_damaged(folder, unreadable))


def reference_problems(entry: Entry, entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
    """Compare an RT object with the images that it refers to.

    Returns
    -------
    tuple of two lists of str
        Problems: another patient or frame of reference, slices that are not there. Remarks: what it was made on.
    """
    problems: list[str] = []
    remarks: list[str] = []
    for uid in entry.references.series:
        image = next((one for one in entries if one.facts.uid == uid), None)
        if image is None:
            remarks.append(_absent(entry, uid, entries))
            continue
        remarks.append(f'It was drawn on {image.modality} "{text(image.first, "SeriesDescription") or uid}".')
        problems += _contradictions(entry, image)
    return problems, remarks


def _absent(entry: Entry, uid: str, entries: Sequence[Entry]) -> str:
    """Say which series is not there: its kind by the class of its slices, and what else lies where it lay."""
    kind = f"{entry.references.modality} series" if entry.references.modality else "series"
    frame = entry.references.frame_of_reference
    beside = [one for one in entries if one.facts.layout is not None and frame and one.references.frame_of_reference == frame]
    named = [f'{one.modality} "{text(one.first, "SeriesDescription") or one.facts.uid}"' for one in beside[:3]]
    lies = f" In the same frame of reference: {', '.join(named)}." if named else ""
    return f'"{entry.paths[0].name}" was drawn on {kind} {uid}, which is not in this folder.{lies}'


def _contradictions(entry: Entry, image: Entry) -> list[str]:
    found = []
    try:
        require_same_patient(entry.identity, image.identity, what=("It", "the series it was drawn on"))
    except IdentityError:
        drawn, scanned = patient_in_words(entry.first), patient_in_words(image.first)
        found.append(f"It belongs to {drawn}, but the series it refers to belongs to {scanned}.")
    frames = entry.references.frame_of_reference, image.references.frame_of_reference
    if all(frames) and frames[0] != frames[1]:
        found.append(f"It lies in frame of reference {frames[0]}, but the series it refers to in {frames[1]}.")
    listed = entry.references.images
    if listed and len(entry.references.series) == 1:
        here = {text(header, "SOPInstanceUID") for header in image.facts.headers}
        absent = sum(uid not in here for uid in listed)
        if absent:
            which = (
                f"{absent} of the {len(listed)} slices that it lists are not"
                if absent < len(listed)
                else (f"None of the {len(listed)} slices that it lists is")
            )
            found.append(f"{which} in this folder.")
    return found


def _patients(entries: Sequence[Entry]) -> list[str]:
    persons = list(
        {(one.identity.patient_id, one.identity.name_hash, one.identity.birth_date_hash): one for one in entries}.values()
    )
    ids = {one.identity.patient_id: one for one in reversed(persons)}
    found = []
    if len(ids) > 1:
        named = [patient_in_words(one.first) for one in ids.values()][::-1]
        found.append(f"The folder holds {len(ids)} patients: {' and '.join(named[:_LISTED])}.")
    for patient, first in ids.items():
        for other in persons:
            if other.identity.patient_id != patient:
                continue
            try:
                require_same_patient(first.identity, other.identity, what=("One series", "another"))
            except IdentityError:
                pair = f"{patient_in_words(first.first)} and {patient_in_words(other.first)}"
                found.append(f'PatientID "{patient}" stands for two people: {pair}. Find out which of the two is wrong.')
    return found


def _copies(folder: Path, entries: Sequence[Entry]) -> list[str]:
    """Find RT objects that share a SOPInstanceUID: a copy, or worse, another version under the same name."""
    seen: dict[str, Path] = {}
    found = []
    for entry in entries:
        if entry.facts.layout is not None:
            continue
        uid, path = text(entry.first, "SOPInstanceUID"), entry.paths[0]
        if uid in seen:
            pair = " and ".join(f'"{one.relative_to(folder).as_posix()}"' for one in (seen[uid], path))
            found.append(f"{pair} carry the same SOPInstanceUID {uid}: copies, or two versions of one {entry.modality}.")
        seen.setdefault(uid, path)
    return found


def _damaged(folder: Path, unreadable: Sequence[Unreadable]) -> list[str]:
    found = [f'"{one.path.relative_to(folder).as_posix()}" {one.reason}.' for one in unreadable[:_LISTED]]
    rest = len(unreadable) - _LISTED
    return [*found, f"{rest} more files cannot be used."] if rest > 0 else found
