"""The header values of all frames of a dynamic PET as those of one series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..acquisition import Differing, PetAcquisition, RealWorldMapping


def together(acquisitions: Sequence[PetAcquisition]) -> PetAcquisition:
    """Return the header values of all frames of one dynamic series as one, its slices frame by frame."""
    slices = tuple(one for acquisition in acquisitions for one in acquisition.slices)
    return replace(
        as_dynamic(acquisitions[0]), slices=slices, mappings=_mappings(acquisitions), differing=_differing(acquisitions)
    )


def as_dynamic(acquisition: PetAcquisition) -> PetAcquisition:
    """Return header values that say that they are of a dynamic series."""
    return replace(acquisition, series_type=("DYNAMIC", *acquisition.series_type[1:]))


def _differing(acquisitions: Sequence[PetAcquisition]) -> tuple[Differing, ...]:
    return tuple(dict.fromkeys(one for acquisition in acquisitions for one in acquisition.differing))


def _mappings(acquisitions: Sequence[PetAcquisition]) -> tuple[RealWorldMapping, ...]:
    """Join the Real World Value Mappings of all frames, those of one place and unit each."""
    known = dict.fromkeys((one.where, one.unit, one.quantity) for acquisition in acquisitions for one in acquisition.mappings)
    joined = []
    for where, unit, quantity in known:
        slopes: list[float | None] = []
        intercepts: list[float | None] = []
        for acquisition in acquisitions:
            own = next((one for one in acquisition.mappings if (one.where, one.unit) == (where, unit)), None)
            nothing = (None,) * len(acquisition.slices)
            slopes += own.slopes if own is not None else nothing
            intercepts += own.intercepts if own is not None else nothing
        joined.append(
            RealWorldMapping(where=where, unit=unit, quantity=quantity, slopes=tuple(slopes), intercepts=tuple(intercepts))
        )
    return tuple(joined)
