"""Whose voxels these are, and in which frame of reference: the rule that nothing of two patients is ever combined."""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from .errors import GeometryError, IdentityError
from .transform import require_rigid

Item = TypeVar("Item")
_KINDS = ("rigid", "affine", "deformable")

MARK_REFERENCE_MODEL = "reference-model"
MARK_RESEARCH_ONLY = "research-only"
MARK_EDITED = "edited-voxels"
"""Another program changed voxels or grid of this, or of something it was made from."""
MARK_CARRIED = "carried-unchecked"
"""A deformable transform carried this, or something it was made from, and nobody has looked at it yet."""
MARK_UNACCEPTED = "unaccepted-transform"
"""A transform that nobody accepted in a case laid this, or something it was made from, where it lies."""
ACCEPTED, REJECTED = "accepted", "rejected"


def normalised_name(name: str) -> str:
    """Fold a DICOM person name so that spelling of case, accents, carets and spaces does not matter."""
    alphabetic = name.split("=", 1)[0]
    folded = unicodedata.normalize("NFKD", alphabetic).casefold()
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(letters.replace("^", " ").replace(",", " ").split())


def fingerprint(value: str) -> str:
    """Return the hash under which a name or birth date travels (SHA-256, 16 hex digits); empty stays empty."""
    return hashlib.sha256(f"dosepainting-hrs:{value}".encode()).hexdigest()[:16] if value else ""


@dataclass(frozen=True, kw_only=True)
class SamePatient:
    """A declaration that two patient IDs are one person: a pseudonym and its origin, say.

    Parameters
    ----------
    patient_ids : tuple of two str
        The two IDs.
    who, reason : str
        Who declares it and why; both must be given.
    """

    patient_ids: tuple[str, str]
    who: str
    reason: str

    def __post_init__(self) -> None:
        if len(self.patient_ids) != 2 or not self.who.strip() or not self.reason.strip():
            raise IdentityError(
                f"The declaration that {' and '.join(self.patient_ids)} are the same patient is not complete.",
                "Give exactly two patient IDs, who declares it, and the reason.",
            )


@dataclass(frozen=True, kw_only=True)
class FrameTransform:
    """A map from one frame of reference to another, and what somebody decided about it.

    Parameters
    ----------
    from_frame, to_frame : str
        Frame of Reference UIDs that it joins.
    matrix : tuple of 16 float
        Row-major homogeneous matrix; maps LPS mm of `from_frame` to LPS mm of `to_frame`.
    who, reason : str
        Who decided and on what ground; both must be given.
    when : str
        Date and time of the decision; empty where an older case does not say.
    decision : str
        ``"accepted"`` or ``"rejected"``; a rejected transform is kept as a record and never used.
    kind : str
        ``"rigid"``, ``"affine"`` or ``"deformable"``; empty where an older case does not say. A rigid matrix is held to it.
    file : str
        File of a deformable transform, relative to the case file; it holds the whole map, and `matrix` is the identity.
    file_hash : str
        SHA-256 of that file, 16 hex digits.
    pair : str
        Which images were registered, in words.
    figures : tuple of str
        What was measured when it was made: similarity, estimated error, what was changed by hand.
    """

    from_frame: str
    to_frame: str
    matrix: tuple[float, ...] = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
    who: str
    reason: str
    when: str = ""
    decision: str = ACCEPTED
    kind: str = ""
    file: str = ""
    file_hash: str = ""
    pair: str = ""
    figures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.decision not in (ACCEPTED, REJECTED) or self.kind not in ("", *_KINDS):
            raise IdentityError(
                f'The transform from frame {self.from_frame} to frame {self.to_frame} has the decision "{self.decision}" and '
                f'the kind "{self.kind}".',
                f"A decision is {ACCEPTED} or {REJECTED}; a kind is {', '.join(_KINDS)}.",
            )
        if len(self.matrix) != 16 or not self.who.strip() or not self.reason.strip():
            raise IdentityError(
                f"The transform from frame {self.from_frame} to frame {self.to_frame} is not signed off.",
                "Give 16 matrix elements, who accepted it, and the reason.",
            )
        m = self.matrix
        determinant = (
            m[0] * (m[5] * m[10] - m[6] * m[9]) - m[1] * (m[4] * m[10] - m[6] * m[8]) + m[2] * (m[4] * m[9] - m[5] * m[8])
        )
        # A mirrored patient has the boost on the other side; not-a-number fails every comparison.
        if not all(map(math.isfinite, m)) or tuple(m[12:]) != (0, 0, 0, 1) or not 0.5 < determinant < 2.0:
            raise IdentityError(
                f"The matrix of the transform from frame {self.from_frame} to frame {self.to_frame} is no map of one patient "
                f"onto the same patient (determinant {determinant:.3g}, last row {list(m[12:])}).",
                "Give a rigid or affine matrix, row by row, with a last row of 0, 0, 0, 1, that does not mirror, "
                "and keeps volumes within a factor of 2.",
            )
        if self.kind == "rigid":
            try:
                require_rigid(np.array(m, dtype=np.float64).reshape(4, 4), str(self))
            except GeometryError as error:
                raise IdentityError(error.message, error.hint) from error

    def __str__(self) -> str:
        return f"The transform from frame {self.from_frame} to frame {self.to_frame}"


@dataclass(frozen=True, kw_only=True)
class Supplied:
    """Something about identity that a person supplied because the file did not have it, or overrode by name."""

    what: str
    who: str
    reason: str
    when: str


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a mask or map must know of where it comes from.

    Parameters
    ----------
    patient_id : str
        PatientID as DICOM has it; empty when unknown.
    name_hash, birth_date_hash : str
        `fingerprint` of the normalised PatientName and of PatientBirthDate; empty when unknown.
    frame_of_reference : str
        FrameOfReferenceUID in which the voxels now lie.
    study : str
        StudyInstanceUID of the source.
    series : tuple of str
        SeriesInstanceUIDs that the voxels were made from.
    transforms : tuple of FrameTransform
        Transforms already applied, in order.
    marks : tuple of str
        Warnings that everything derived from it inherits, for example ``"research-only"``.
    supplied : tuple of Supplied
        What was supplied or overridden by hand.
    gaps : tuple of str
        What was missing in something this was made from: a result is not better known than its sources.
    """

    patient_id: str = ""
    name_hash: str = ""
    birth_date_hash: str = ""
    frame_of_reference: str = ""
    study: str = ""
    series: tuple[str, ...] = ()
    transforms: tuple[FrameTransform, ...] = ()
    marks: tuple[str, ...] = ()
    supplied: tuple[Supplied, ...] = ()
    gaps: tuple[str, ...] = ()

    @classmethod
    def of_patient(cls, patient_id: str, name: str, birth_date: str, **more: object) -> Identity:
        """Build an identity from the plain DICOM values of a patient; name and birth date are kept as hashes only."""
        bare = cls(
            patient_id=patient_id.strip(),
            name_hash=fingerprint(normalised_name(name)),
            birth_date_hash=fingerprint(birth_date.strip()),
        )
        return replace(bare, **more)  # type: ignore[arg-type]

    @property
    def is_known(self) -> bool:
        """True when patient, frame of reference and source series are all there, here and in every source."""
        return not self.missing()

    def missing(self) -> tuple[str, ...]:
        """Name what `is_known` still needs."""
        wanted = {
            "PatientID": self.patient_id,
            "FrameOfReferenceUID": self.frame_of_reference,
            "source SeriesInstanceUID": self.series,
        }
        here = tuple(name for name, value in wanted.items() if not value)
        return here + tuple(gap for gap in self.gaps if gap not in here)

    def lacking(self) -> str:
        """Say what is missing, and whether here or in a source, to follow a subject: ``"does not know PatientID"``."""
        own = replace(self, gaps=()).missing()
        gaps = [gap for gap in self.gaps if gap not in own]
        told = [f"does not know {' and '.join(', '.join(own).rsplit(', ', 1))}"] if own else []
        told += [f"was made from something that carries no {' and no '.join(gaps)}"] if gaps else []
        return " and ".join(told)

    def __str__(self) -> str:
        return f'patient "{self.patient_id or "unknown"}", frame of reference {self.frame_of_reference or "unknown"}'


def require_same_patient(
    first: Identity, second: Identity, *, what: tuple[str, str], same: Iterable[SamePatient] = ()
) -> tuple[str, ...]:
    """Refuse to go on when two things belong to different patients.

    Parameters
    ----------
    first, second : Identity
        The two to compare.
    what : tuple of two str
        What they are, for the sentence: ``('The region "GTVp"', 'the planning CT')``.
    same : iterable of SamePatient
        Declared pairs of IDs that are one person.

    Returns
    -------
    tuple of str
        Remarks to show: values that one side lacks, or a declaration that was used.

    Raises
    ------
    IdentityError
        If IDs, names or birth dates that both sides have contradict each other. There is no override.
    """
    ids = (first.patient_id, second.patient_id)
    if all(ids) and ids[0] != ids[1]:
        for pair in same:
            if set(pair.patient_ids) == set(ids):
                return (f'Patients "{ids[0]}" and "{ids[1]}" are the same person, says {pair.who}: {pair.reason}',)
        raise IdentityError(
            f'{what[0]} belongs to patient "{ids[0]}", but {what[1]} to patient "{ids[1]}".',
            "Use data of one patient. If one ID is a pseudonym of the other, declare the pair under "
            f'"same_patient" in the case file: {_declaration(ids)}',
        )
    remarks = []
    pairs = {
        "patient's name": (first.name_hash, second.name_hash),
        "birth date": (first.birth_date_hash, second.birth_date_hash),
    }
    for attribute, (mine, theirs) in pairs.items():
        if mine and theirs and mine != theirs:
            raise IdentityError(
                f"{what[0]} and {what[1]} carry {_shared_id(ids)} but another {attribute}.",
                "Two people may share an ID: find out which of the two is wrong before going on.",
            )
        if bool(mine) != bool(theirs):
            remarks.append(f"The {attribute} is missing in {what[1] if mine else what[0]} and could not be compared.")
    return tuple(remarks)


def as_declared(own: Identity, other: Identity, same: Iterable[SamePatient]) -> Identity:
    """Return `own` under the patient of `other` when the two are declared to be one person, with the declaration on record.

    Parameters
    ----------
    own, other : Identity
        Two identities that `require_same_patient` has accepted.
    same : iterable of SamePatient
        Declared pairs of IDs that are one person.

    Returns
    -------
    Identity
        `own` itself when the IDs do not differ.
    """
    ids = {own.patient_id, other.patient_id}
    pair = next((one for one in same if len(ids) == 2 and set(one.patient_ids) == ids), None)
    if pair is None:
        return own
    what = f'patient "{own.patient_id}" is the same person as "{other.patient_id}"'
    return replace(
        own,
        patient_id=other.patient_id,
        name_hash=other.name_hash,
        birth_date_hash=other.birth_date_hash,
        supplied=(*own.supplied, Supplied(what=what, who=pair.who, reason=pair.reason, when="")),
    )


def _declaration(ids: tuple[str, str]) -> str:
    return json.dumps({"patient_ids": list(ids), "who": "...", "reason": "..."}, ensure_ascii=False)


def _shared_id(ids: tuple[str, str]) -> str:
    return f'the same PatientID "{ids[0]}"' if all(ids) else "no two PatientIDs that could be compared,"


def require_same_frame(first: Identity, second: Identity, *, what: tuple[str, str]) -> None:
    """Refuse to go on when two things that both know their frame of reference lie in different ones.

    Raises
    ------
    IdentityError
        If the Frame of Reference UIDs differ.
    """
    frames = (first.frame_of_reference, second.frame_of_reference)
    if all(frames) and frames[0] != frames[1]:
        raise IdentityError(
            f"{what[0]} lies in frame of reference {frames[0]}, but {what[1]} in {frames[1]}.",
            "Register the two (dosepainting-hrs register), accept the result (dosepainting-hrs transform accept), and give the "
            "case that this writes: --case CASE.JSON. A transform from elsewhere is accepted in the same way.",
        )


def combined(first: Identity, second: Identity) -> Identity:
    """Return the identity of something made from two that were checked: series, marks, records and gaps of both."""
    return replace(
        first,
        patient_id=first.patient_id or second.patient_id,
        name_hash=first.name_hash or second.name_hash,
        birth_date_hash=first.birth_date_hash or second.birth_date_hash,
        frame_of_reference=first.frame_of_reference or second.frame_of_reference,
        study=first.study or second.study,
        series=_union(first.series, second.series),
        transforms=_union(first.transforms, second.transforms),
        marks=_union(first.marks, second.marks),
        supplied=_union(first.supplied, second.supplied),
        gaps=_union(first.missing(), second.missing()),
    )


def _union(first: tuple[Item, ...], second: tuple[Item, ...]) -> tuple[Item, ...]:
    return first + tuple(item for item in second if item not in first)
