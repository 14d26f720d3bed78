"""What somebody has to sign for before a region is exported: changed voxels, a missing identity, a changed volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..address import Where
from ..context import Context, Placed
from ..dicom.stack import Stack
from ..errors import IdentityError, OutputError
from ..identity import MARK_EDITED, Identity, Supplied, require_same_frame, require_same_patient
from ..image import Mask, on_grid
from .export_questions import (
    ACCEPT_CARRIED,
    ACCEPT_RESIDUAL,
    ACCEPT_TRANSFORM,
    SAID_CARRIED,
    SAID_RESIDUAL,
    SAID_TRANSFORM,
)
from .question import Question

LARGEST_VOLUME_CHANGE = 0.05
ACCEPT_VOLUME = "volume-change"
ACCEPT_EDITED = "edited-voxels"
ACCEPTABLE = (ACCEPT_VOLUME, ACCEPT_EDITED, ACCEPT_CARRIED, ACCEPT_TRANSFORM, ACCEPT_RESIDUAL)


@dataclass(frozen=True, kw_only=True)
class Signing:
    """What was acknowledged by name, and who signs for it.

    Parameters
    ----------
    accept : tuple of str
        Names out of `ACCEPTABLE`.
    by, reason : str
        Who, and why.
    when : datetime
        When.
    """

    accept: tuple[str, ...]
    by: str
    reason: str
    when: datetime

    def record(self, what: str) -> Supplied:
        """Return the record of an acknowledgement."""
        return Supplied(what=what, who=self.by, reason=self.reason, when=self.when.isoformat(timespec="seconds"))


def identified(
    name: str, mask: Mask, drawn_on: Where | None, signing: Signing, context: Context
) -> tuple[Mask, tuple[Question, ...]]:
    """Return a region that knows its patient and frame, with what was signed for, and whether its voxels were changed.

    Parameters
    ----------
    name : str
        Name under which it goes out.
    mask : Mask
        The region.
    drawn_on : str, Address or None
        The series that it is said to be drawn on.
    signing : Signing
        What was acknowledged.
    context : Context
        Opens the series.

    Raises
    ------
    IdentityError
        If it has no identity and none can be supplied, or if it is another patient's.
    """
    identity, asked = mask.identity, tuple[Question, ...]()
    if MARK_EDITED in identity.marks:
        if ACCEPT_EDITED in signing.accept:
            sentence = f'"{name}": voxels or grid were changed by another program, here or in what it was made from'
            identity = replace(identity, supplied=(*identity.supplied, signing.record(sentence)))
        else:
            asked = (_edited(name),)
    if not identity.is_known:
        identity = _supplied(name, replace(mask, identity=identity), drawn_on, signing, context)
    return replace(mask, identity=identity), asked


def _edited(name: str) -> Question:
    return Question(
        name=ACCEPT_EDITED,
        sentence=(
            f'The voxels or the grid of the region "{name}", or of something it was made from, are not those it was '
            "written with: another program changed them."
        ),
        advice="If that was meant:",
        kind=IdentityError,
    )


def _supplied(name: str, mask: Mask, drawn_on: Where | None, signing: Signing, context: Context) -> Identity:
    if drawn_on is None:
        raise IdentityError(
            f'The region "{name}" {mask.identity.lacking()}.',
            f'Name the series it was drawn on: --drawn-on "{name}=IMAGE" --by WHO --reason WHY.',
        )
    source = context.stack_or_image(drawn_on)
    geometry = on_grid(source.geometry)[0] if isinstance(source, Stack) else source.geometry
    if not source.identity.is_known:
        raise IdentityError(f'The image named for "{name}" does not know its own patient and frame of reference.')
    what = (f'The region "{name}"', "the series it is said to be drawn on")
    require_same_patient(mask.identity, source.identity, what=what, same=context.same_patient)
    require_same_frame(mask.identity, source.identity, what=what)
    if not mask.geometry.is_same_grid(geometry):
        raise IdentityError(
            f'The region "{name}" lies on a grid of {mask.geometry}, but the series it is said to be drawn on has {geometry}.',
            "Identity can only be supplied by a series whose very grid the region has (within 1 % of a voxel).",
        )
    record = signing.record(f'"{name}": drawn on series {source.identity.series[0]}')
    return replace(source.identity, marks=mask.identity.marks, supplied=(*mask.identity.supplied, record))


def with_volume_signed(name: str, placed: Placed, source_ml: float, signing: Signing) -> tuple[Placed, tuple[Question, ...]]:
    """Return a region on the planning CT, with what was signed for or is asked when its volume has changed much.

    Parameters
    ----------
    name : str
        Name under which it goes out.
    placed : Placed
        The region on the planning CT.
    source_ml : float
        Its volume where it was made, ml.
    signing : Signing
        What was acknowledged.
    """
    if not _is_changed(placed.mask, source_ml):
        return placed, ()
    change = placed.mask.volume_ml / source_ml - 1.0
    sentence = f"volume {source_ml:.4g} ml became {placed.mask.volume_ml:.4g} ml ({change:+.1%}) on the planning CT"
    if ACCEPT_VOLUME not in signing.accept:
        question = Question(
            name=ACCEPT_VOLUME,
            sentence=f'The region "{name}" changes too much: {sentence}; up to {LARGEST_VOLUME_CHANGE:.0%} goes unasked.',
            advice="Nothing was written. To export it all the same:",
            kind=OutputError,
        )
        return placed, (question,)
    accepted = signing.record(f'"{name}": {sentence}')
    identity = replace(placed.mask.identity, supplied=(*placed.mask.identity.supplied, accepted))
    return replace(placed, mask=replace(placed.mask, identity=identity)), ()


def not_needed(regions: Sequence[tuple[Mask, float]], accept: tuple[str, ...]) -> Iterator[str]:
    """Say of each acknowledgement that nothing called for it.

    Parameters
    ----------
    regions : sequence of (Mask, float)
        Each region on the planning CT, and its volume where it was made, ml.
    accept : tuple of str
        What was acknowledged.
    """
    signed = [one.what for mask, _source_ml in regions for one in mask.identity.supplied]
    needed = {
        ACCEPT_VOLUME: any(_is_changed(mask, source_ml) for mask, source_ml in regions),
        ACCEPT_EDITED: any(MARK_EDITED in mask.identity.marks for mask, _source_ml in regions),
        ACCEPT_CARRIED: any(SAID_CARRIED in what for what in signed),
        ACCEPT_TRANSFORM: any(SAID_TRANSFORM in what for what in signed),
        ACCEPT_RESIDUAL: any(SAID_RESIDUAL in what for what in signed),
    }
    for name in ACCEPTABLE:
        if name in accept and not needed[name]:
            yield f"--accept {name} was not needed: there was nothing of the kind to acknowledge, and none is recorded."


def _is_changed(mask: Mask, source_ml: float) -> bool:
    return abs(mask.volume_ml / source_ml - 1.0) > LARGEST_VOLUME_CHANGE
