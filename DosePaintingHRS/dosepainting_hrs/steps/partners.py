"""Which image is registered in place of another: a PET's own CT, a DWI's own T2, since they share a frame of reference."""

from __future__ import annotations

from dataclasses import dataclass

from ..address import Where
from ..context import Context
from ..dicom.role import Role
from ..errors import DosePaintingError
from ..identity import Identity

_STANDS_FOR = {
    Role.PET.value: (Role.CT.value, Role.PLANNING_CT.value),
    Role.DYNAMIC_PET.value: (Role.CT.value, Role.PLANNING_CT.value),
    Role.DWI.value: (Role.T2.value,),
    Role.ADC.value: (Role.T2.value,),
}
"""For each role: the roles of images that show the same body better, when they lie in the same frame."""


@dataclass(frozen=True, kw_only=True)
class Partner:
    """What is really registered.

    Parameters
    ----------
    where : str or PathForm
        Its address.
    remark : str
        Why, when it is another image than the one asked for; empty otherwise.
    """

    where: Where
    remark: str = ""


def partner_of(context: Context, where: Where) -> Partner:
    """Return the image that is registered for another: itself, or one of the case that shares its frame of reference.

    Parameters
    ----------
    context : Context
        Knows the case.
    where : str or PathForm
        The image asked for; only a name of the case can have a partner.
    """
    case = context.opened.case if context.opened else None
    image = case.image(where) if case is not None and isinstance(where, str) else None
    if case is None or image is None or image.role not in _STANDS_FOR:
        return Partner(where=where)
    own = frame_of(context, where)
    for role in _STANDS_FOR[image.role]:
        for other in case.images:
            if other.role == role and own and frame_of(context, other.name) == own:
                return Partner(
                    where=other.name,
                    remark=f'"{other.name}" ({other.role}) is registered, and "{image.name}" ({image.role}) is carried along: '
                    "both lie in one frame of reference.",
                )
    return Partner(where=where)


def frame_of(context: Context, where: Where) -> str:
    """Return the frame of reference of an image; empty when it cannot be told."""
    try:
        return identity_of(context, where).frame_of_reference
    except DosePaintingError:
        return ""


def identity_of(context: Context, where: Where) -> Identity:
    """Return the identity of an image or series, without its voxels where its headers are enough."""
    address = context.address(where)
    return context.identity_of_series(address) if address.path.is_dir() else context.image(where).identity
