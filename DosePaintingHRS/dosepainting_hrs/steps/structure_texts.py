"""The texts that go into a structure set: how a region came about, and who signed for what."""

from __future__ import annotations

from collections.abc import Iterable

from .. import __version__
from ..context import Placed
from ..identity import MARK_EDITED, Identity, Supplied


def region_description(placed: Placed) -> str:
    """Return ROIDescription: the step that made a region, and how it was carried to the planning CT.

    Another program's edit makes the step's description a thing of the past; that is said first.
    """
    mask = placed.mask
    carried = mask.history[-1:] if placed.resampled is not None else ()
    made = " ".join(mask.history[: len(mask.history) - len(carried)][-1:])
    if mask.edited:
        made = f'Edited by another program after: "{made}"' if made else "Edited by another program."
    elif MARK_EDITED in mask.identity.marks:
        made = f"Made from something that another program edited. {made}"
    return " ".join((made, *carried)).strip()


def signed_for(identities: Iterable[Identity]) -> tuple[Supplied, ...]:
    """Return all that somebody signed for: what was supplied, acknowledged or declared, and transforms."""
    signed: list[Supplied] = []
    for identity in identities:
        signed += identity.supplied
        for transform in identity.transforms:
            what = f"transform from frame {transform.from_frame} to {transform.to_frame}"
            signed.append(Supplied(what=what, who=transform.who, reason=transform.reason, when=""))
    return tuple(dict.fromkeys(signed))


def structure_description(record: str, overrides: Iterable[Supplied]) -> str:
    """Return StructureSetDescription: software, job, and what was signed for."""
    said = " ".join(
        f"Acknowledged {one.what} by {one.who}{f' on {one.when}' if one.when else ''}: {one.reason}." for one in overrides
    )
    job = record[8:24] if record.startswith('{"id": "') else ""
    return f"DosePaintingHRS {__version__}, job {job}. Research software, not a medical device. {said}".strip()
