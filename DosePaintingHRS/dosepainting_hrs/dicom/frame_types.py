"""Objects whose frames are not of one type: a scanner may put an ADC map and the images it was made from into one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydicom import Dataset

from ..errors import DicomError
from .values import texts

_NO_SIGNAL = frozenset(("ADC", "EADC", "FA", "RA", "VR", "MEAN_DIFFUSIVITY", "PERCENTAGE"))
"""Third or fourth values of FrameType (0008,9007) that say: calculated from other images, no diffusion signal."""


def two_frame_types(headers: Sequence[Dataset]) -> DicomError | None:
    """Find frames of different flavour or contrast, by the third and fourth value of FrameType, among slices of one volume.

    Parameters
    ----------
    headers : sequence of Dataset
        One for each slice; only frames of multi-frame objects have a FrameType.
    """
    found = Counter(texts(header, "FrameType") for header in headers)
    if len({one[2:4] for one in found}) < 2:
        return None
    told = " and ".join(f"{_in_words(kind)} ({count} frame{'s' * (count != 1)})" for kind, count in list(found.items())[:3])
    return DicomError(
        f"Its frames are of {len(found)} types by FrameType (0008,9007): {told}; one volume is needed.",
        "Export each type as a series of its own, or give the object as the frames of a map "
        "(map adc --frames), which leaves maps among the frames out.",
    )


def without_maps(headers: Sequence[Dataset]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return which frames hold a signal, and a remark on those that FrameType calls maps where both lie in one object.

    Parameters
    ----------
    headers : sequence of Dataset
        One for each frame of the objects; slices of plain files have no FrameType and are all kept.
    """
    maps = {place: texts(header, "FrameType") for place, header in enumerate(headers) if _is_map(header)}
    if not maps or len(maps) == len(headers):
        return tuple(range(len(headers))), ()
    kinds = " and ".join(dict.fromkeys(_in_words(kind) for kind in maps.values()))
    kept = tuple(place for place in range(len(headers)) if place not in maps)
    return kept, (f"{len(maps)} frames were left out: FrameType (0008,9007) says {kinds}, a map and no signal.",)


def _is_map(header: Dataset) -> bool:
    return bool(_NO_SIGNAL & set(texts(header, "FrameType")[2:]))


def _in_words(kind: tuple[str, ...]) -> str:
    return "\\".join(kind) or "none"
