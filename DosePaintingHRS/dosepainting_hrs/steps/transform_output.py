"""A transform written as the file that its suffix asks for, with what is known about it beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ..address import Where
from ..context import Context
from ..dicom.registration_writer import build_registration, write_registration
from ..dicom.stack import Stack
from ..errors import OutputError, ParameterError
from ..records import to_json
from ..storage.atomic import new_file, require_absent
from ..storage.transform_files import WRITTEN_SUFFIXES, AboutTransform, beside, write_transform_file
from ..transform import Transform

SUFFIXES = (".dcm", *WRITTEN_SUFFIXES)


def require_transform_output(path: Path) -> None:
    """Refuse an output that exists or has an unknown suffix, before any work is done.

    Raises
    ------
    OutputError
        If so.
    """
    if not path.name.lower().endswith(SUFFIXES):
        raise OutputError(f'"{path}" does not end in one of {", ".join(SUFFIXES)}.', "Give the output such a name.")
    require_absent(path)
    require_absent(beside(path))


def write_transform(
    context: Context, transform: Transform, about: AboutTransform, path: Path, *, fixed: Where | None, moving: Where | None
) -> None:
    """Write a transform: ``.dcm`` as a Spatial Registration object, ``.tfm`` and ``.h5`` for ITK and Slicer.

    Parameters
    ----------
    context : Context
        Loads the series that a DICOM object refers to.
    transform : Transform
        From the moving image's frame to the fixed one's.
    about : AboutTransform
        What goes beside the file; frames and kind are set here.
    path : Path
        New file.
    fixed, moving : address or None
        The two series; only a DICOM object needs them.

    Raises
    ------
    ParameterError
        If a DICOM object is asked for without the two series.
    DicomError, IdentityError, OutputError
        If it cannot be written so.
    """
    require_transform_output(path)
    about = replace(about, from_frame=transform.from_frame, to_frame=transform.to_frame, kind=transform.kind)
    if path.suffix.lower() != ".dcm":
        write_transform_file(transform, about, path)
        return
    if fixed is None or moving is None:
        raise ParameterError(
            "A DICOM registration object refers to two series; which are they?", "Give --fixed and --moving, or write a .tfm."
        )
    dataset = build_registration(
        transform,
        _series(context, fixed),
        _series(context, moving),
        label="REGISTRATION",
        description=about.pair or "Registration",
        when=context.when,
    )
    with new_file(beside(path)) as note:
        write_registration(dataset, path)
        note.write_text(json.dumps(to_json(about), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _series(context: Context, where: Where) -> Stack:
    return context.stack(where)
