"""What is asked before a region is exported: was a carried region looked at, and how far does the DWI lie off the T2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..context import Context, Placed
from ..dicom.role import Role
from ..errors import DosePaintingError, IdentityError, OutputError
from ..identity import MARK_CARRIED, MARK_UNACCEPTED, Supplied
from ..image import Image, Mask
from ..quantities import ADC
from ..registration.local_rigid import RegisterParameters, known_to_mm, register_local
from .question import Question

ACCEPT_CARRIED = "carried-region"
ACCEPT_TRANSFORM = "unaccepted-transform"
ACCEPT_RESIDUAL = "residual-shift"
SAID_CARRIED = "was carried by a deformable transform and looked at"
SAID_TRANSFORM = "rests on a transform that nobody accepted in a case, and was looked at"
SAID_RESIDUAL = "residual shift of the DWI against the T2"
_QUICK = RegisterParameters(kind="shift", reach_mm=8.0, reach_deg=0.0, starts=3, samples=15_000, margin_mm=20.0)
_DIFFUSION = (Role.DWI.value, Role.ADC.value)
Record = Callable[[str], Supplied]
Asked = tuple[Question, str]
"""A question, and what is recorded when somebody answers it."""


def with_questions(
    name: str, placed: Placed, context: Context, accept: tuple[str, ...], record: Record
) -> tuple[Placed, tuple[str, ...], tuple[Question, ...]]:
    """Find out what has to be asked of a region before it goes out.

    Parameters
    ----------
    name : str
        Name under which it goes out.
    placed : Placed
        The region on the planning CT.
    context : Context
        Knows the case.
    accept : tuple of str
        What was acknowledged by name.
    record : callable
        Makes the record of an acknowledgement.

    Returns
    -------
    Placed, tuple of str, tuple of Question
        The region with what was signed for, what is to be shown, and what nobody has acknowledged: that a deformable
        transform carried it and nobody has edited it, that it rests on a transform that nobody has accepted, or that it
        rests on a DWI that lies more than a voxel off the T2.
    """
    asked = [*_carried(name, placed.mask), *_laid(name, placed.mask)]
    shown, shifted = _residual(name, placed.mask, context)
    asked += shifted
    signed = tuple(record(said) for question, said in asked if question.name in accept)
    open_ones = tuple(question for question, _ in asked if question.name not in accept)
    if signed:
        identity = replace(placed.mask.identity, supplied=(*placed.mask.identity.supplied, *signed))
        placed = replace(placed, mask=replace(placed.mask, identity=identity))
    return placed, shown, open_ones


def _carried(name: str, mask: Mask) -> list[Asked]:
    # Voxels that were changed by hand after the region was carried have been looked at, and are signed for as edited.
    if MARK_CARRIED not in mask.identity.marks or mask.edited:
        return []
    question = Question(
        name=ACCEPT_CARRIED,
        sentence=(
            f'The region "{name}" was carried by a deformable transform, to be checked by hand, and nobody has accepted it.'
        ),
        advice="Look at it on the planning CT, or edit it; then",
        kind=IdentityError,
    )
    return [(question, f'"{name}": {SAID_CARRIED}')]


def _laid(name: str, mask: Mask) -> list[Asked]:
    if MARK_UNACCEPTED not in mask.identity.marks:
        return []
    question = Question(
        name=ACCEPT_TRANSFORM,
        sentence=f'The region "{name}" rests on a transform that nobody has accepted in a case.',
        advice=(
            "Look at the two images, accept the transform (dosepainting-hrs transform accept) and make the region again with "
            "that case; or"
        ),
        kind=IdentityError,
    )
    return [(question, f'"{name}": {SAID_TRANSFORM}')]


def _residual(name: str, mask: Mask, context: Context) -> tuple[tuple[str, ...], list[Asked]]:
    pair = _diffusion_pair(mask, context)
    if pair is None:
        rests = any(one.quantity == ADC for one in mask.measured)
        unknown = "It rests on ADC; the case names no DWI with a T2 in one frame, so what is left between them is not known."
        return ((unknown,) if rests else ()), []
    try:
        shift, voxel, known_to = residual_shift(context.image(pair[1]), context.image(pair[0]), mask, context)
    except DosePaintingError as error:
        return (f'It rests on "{pair[0]}"; how far that lies off "{pair[1]}" could not be measured: {error.message}',), []
    # No case accepts a transform from a frame to itself: what was laid by one bears the mark.
    laid = MARK_UNACCEPTED in mask.identity.marks
    scanned = " as it was scanned, without the transform that the region rests on," if laid else ""
    sentence = f'"{pair[0]}"{scanned} lies {shift:.1f} mm off "{pair[1]}" round the region (a voxel is {voxel:.1f} mm; '
    sentence += f"between two contrasts this is known to half the longest voxel edge, {known_to:.1f} mm)"
    shown = (f"It rests on diffusion: {sentence}.",)
    if shift <= voxel:
        return shown, []
    question = Question(
        name=ACCEPT_RESIDUAL,
        sentence=f'The region "{name}" rests on diffusion, and {sentence}.',
        advice="Look at DWI and T2; to export it all the same:",
        kind=OutputError,
    )
    return shown, [(question, f'"{name}": {SAID_RESIDUAL}, {shift:.1f} mm')]


def residual_shift(t2: Image, diffusion: Image, region: Mask, context: Context) -> tuple[float, float, float]:
    """Measure how far a diffusion image lies off the T2 of its own frame round a region.

    Returns
    -------
    float, float, float
        Shift at the middle of the box, mm; largest in-plane voxel edge of the coarser image, mm; and to what the shift is
        known, mm (`local_rigid.known_to_mm`).

    Raises
    ------
    DosePaintingError
        If it cannot be measured, or the quality figure does not believe it.
    """
    what = (f'The region "{region.name}"', "the T2")
    on_t2 = context.place(region, t2.geometry, t2.identity, what=what).mask
    found = register_local(t2, diffusion, on_t2, _QUICK)
    matrix = np.eye(4) if found.transform.matrix is None else found.transform.matrix
    centre = found.box.mean(axis=0)
    shift = float(np.linalg.norm(matrix[:3, :3] @ centre + matrix[:3, 3] - centre))
    voxel = max(float(np.sort(one.geometry.spacing)[1]) for one in (t2, diffusion))
    if not found.quality.passed and found.quality.repeatability_mm > voxel:
        raise OutputError(f"the images do not say ({found.quality.reasons[0]})")
    return shift, voxel, known_to_mm(t2.geometry, diffusion.geometry)


def _diffusion_pair(mask: Mask, context: Context) -> tuple[str, str] | None:
    """Return the names of the diffusion image that a region rests on and of a T2 in its frame, or None."""
    case = context.opened.case if context.opened else None
    if case is None:
        return None
    used = [one for one in case.images if one.role in _DIFFUSION and one.series and one.series in mask.identity.series]
    for one in used:
        for other in case.images:
            if other.role == Role.T2.value and _frame(context, other.name) == _frame(context, one.name) != "":
                return one.name, other.name
    return None


def _frame(context: Context, name: str) -> str:
    try:
        address = context.address(name)
        found = context.identity_of_series(address) if address.path.is_dir() else context.image(name).identity
    except DosePaintingError:
        return ""
    return found.frame_of_reference
