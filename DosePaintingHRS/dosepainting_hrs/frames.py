"""From one frame of reference to another: the case's accepted transforms, read from wherever they lie and composed once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .case import OpenCase
from .dicom.kind import kind_of_file
from .dicom.registration_objects import read_registration
from .errors import IdentityError, InputError
from .frame_chain import Link, gap_in_words
from .identity import MARK_CARRIED, FrameTransform, Identity, require_same_frame
from .notes import note
from .storage.transform_files import AboutTransform, is_transform_file, read_about, read_transform_file
from .transform import Transform, chained


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """How something gets from its frame of reference to another.

    Parameters
    ----------
    transform : Transform
        The whole chain as one.
    identity : Identity
        Of what is carried, in the frame where it arrives.
    remark : str
        The chain in words.
    """

    transform: Transform
    identity: Identity
    remark: str


def way_between(opened: OpenCase | None, own: Identity, target: Identity, what: tuple[str, str]) -> Way | None:
    """Find the accepted way between the frames of two things.

    Parameters
    ----------
    opened : OpenCase or None
        The case whose transforms count.
    own, target : Identity
        Of what is carried, and of where it is carried to; patients were compared.
    what : tuple of two str
        What they are, for sentences.

    Returns
    -------
    Way or None
        None when both lie in one frame, or one does not know its frame.

    Raises
    ------
    IdentityError
        If the frames differ and no chain of accepted transforms leads from one to the other.
    InputError
        If there are several and the choice is not ours, or a transform's file is missing or was changed.
    """
    frames = (own.frame_of_reference, target.frame_of_reference)
    if not all(frames) or frames[0] == frames[1]:
        return None
    transforms = opened.case.transforms if opened else ()
    links = opened.case.way(*frames) if opened else ()
    if not links or opened is None:
        try:
            require_same_frame(own, target, what=what)
        except IdentityError as error:
            raise IdentityError(error.message, gap_in_words(transforms, *frames) + error.hint) from error
        return None
    whole = chained(tuple(_loaded(link, opened.folder) for link in links))
    marks = (MARK_CARRIED,) if whole.is_deformable else ()
    identity = replace(
        own,
        frame_of_reference=frames[1],
        transforms=(*own.transforms, *(link.transform for link in links)),
        marks=tuple(dict.fromkeys((*own.marks, *marks))),
    )
    return Way(transform=whole, identity=identity, remark=_in_words(links, what, deformable=whole.is_deformable))


def decisions_on(opened: OpenCase | None, found: Transform, path: Path) -> tuple[FrameTransform, ...]:
    """Return what a case says of a transform: its entries for the same frames and the same map.

    Parameters
    ----------
    opened : OpenCase or None
        The case.
    found : Transform
        The transform in question.
    path : Path
        Its file, by whose hash a deformable one is known.
    """

    def is_same(one: FrameTransform) -> bool:
        if (one.from_frame, one.to_frame) != (found.from_frame, found.to_frame):
            return False
        if found.matrix is None:
            return bool(one.file_hash) and one.file_hash == hash_of(path)
        return not one.file and bool(np.allclose(np.reshape(one.matrix, (4, 4)), found.matrix, atol=1e-9))

    return tuple(one for one in opened.case.transforms if is_same(one)) if opened else ()


def load_transform(one: FrameTransform, folder: Path) -> Transform:
    """Return a transform of a case as a map; a deformable one is read from its file.

    Raises
    ------
    InputError
        If the file is missing, damaged, or not the one that was accepted.
    """
    if not one.file:
        return Transform.of_matrix(np.array(one.matrix).reshape(4, 4), one.from_frame, one.to_frame)
    path = folder / one.file
    if not path.is_file():
        raise InputError(
            f'The case names the transform file "{path}", but there is none.', "Correct the path in the case file."
        )
    if one.file_hash and hash_of(path) != one.file_hash:
        raise InputError(
            f'"{path}" is not the transform that {one.who} accepted: the file was changed since.',
            "Accept it again after looking at it, or put the old file back.",
        )
    found = read_any_transform(path, from_frame=one.from_frame, to_frame=one.to_frame).transform
    return replace(found, from_frame=one.from_frame, to_frame=one.to_frame)


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """A transform as a file has it, and what is known about it."""

    transform: Transform
    about: AboutTransform
    remarks: tuple[str, ...] = ()


def read_any_transform(path: Path, *, from_frame: str = "", to_frame: str = "") -> Found:
    """Read a DICOM registration object or an ITK transform file.

    Parameters
    ----------
    path : Path
        The file.
    from_frame, to_frame : str
        Frames that are asked for; they choose among several of one object, and name those of a file that has none.

    Raises
    ------
    InputError
        If it cannot be read, holds several transforms and none was chosen, or joins other frames than those given.
    DicomError
        If it is a damaged DICOM object.
    """
    if is_transform_file(path):
        transform, about = read_transform_file(path)
        transform = replace(transform, from_frame=transform.from_frame or from_frame, to_frame=transform.to_frame or to_frame)
        _require_frames(path, transform, from_frame, to_frame)
        return Found(transform=transform, about=about)
    if not path.is_file():
        raise InputError(f'There is no transform file "{path}".', "Check the path.")
    kind_of_file(path)
    read = read_registration(path)
    wanted = [one for one in read.transforms if _fits(one, from_frame, to_frame)]
    if len(wanted) > 1:
        raise InputError(
            f'"{path}" holds {len(wanted)} transforms to frame {wanted[0].to_frame}: from '
            f"{', '.join(one.from_frame for one in wanted)}.",
            "Choose one: --from-frame UID.",
        )
    if not wanted:
        _require_frames(path, read.transforms[0], from_frame, to_frame)
    found = wanted[0]
    noted = read_about(path)
    about = noted or AboutTransform(
        from_frame=found.from_frame,
        to_frame=found.to_frame,
        patient_id=read.identity.patient_id,
        name_hash=read.identity.name_hash,
        birth_date_hash=read.identity.birth_date_hash,
        kind=found.kind,
        pair=read.description,
    )
    return Found(transform=found, about=about, remarks=read.remarks)


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, 16 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _fits(transform: Transform, from_frame: str, to_frame: str) -> bool:
    return from_frame in ("", transform.from_frame) and to_frame in ("", transform.to_frame)


def _require_frames(path: Path, transform: Transform, from_frame: str, to_frame: str) -> None:
    if not _fits(transform, from_frame, to_frame):
        raise InputError(
            f'"{path}" joins frame {transform.from_frame or "unknown"} to frame {transform.to_frame or "unknown"}, '
            f"but one from {from_frame or 'any'} to {to_frame or 'any'} is needed.",
            "It belongs to other images. If it is the other way round: dosepainting-hrs transform invert.",
        )


def _loaded(link: Link, folder: Path) -> Transform:
    transform = load_transform(link.transform, folder)
    return transform.inverse() if link.turned else transform


def _in_words(links: tuple[Link, ...], what: tuple[str, str], *, deformable: bool) -> str:
    if len(links) == 1 and not links[0].turned and not deformable:
        pair = f" ({links[0].transform.pair})" if links[0].transform.pair else ""
        who = links[0].transform.who
        return note(f"{what[0]} was carried to the frame of {what[1]} by the transform that {who} accepted{pair}.")
    named = ", then ".join(f"{link}, accepted by {link.transform.who}" for link in links)
    count = "one transform" if len(links) == 1 else f"{len(links)} transforms, composed once"
    told = f"{what[0]} was carried to the frame of {what[1]} by {count}: {named}."
    return f"{told} It is deformable: what it carried has to be checked by hand." if deformable else note(told)
