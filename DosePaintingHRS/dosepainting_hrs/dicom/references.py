"""What RT objects and segmentations say they were made on, read from the part of the header before contours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydicom import Dataset

from .registration_objects import is_registration, joined_frames
from .values import items, text

_MODALITIES = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
    "1.2.840.10008.5.1.4.1.1.130": "PT",
}
"""Classes of image objects, single-frame and enhanced."""


@dataclass(frozen=True, kw_only=True)
class References:
    """What an object refers to.

    Parameters
    ----------
    series : tuple of str
        SeriesInstanceUIDs of the images.
    images : tuple of str
        SOPInstanceUIDs of single images, where they are listed.
    objects : tuple of str
        SOPInstanceUIDs of other RT objects: a plan's structure set, a dose's plan.
    frame_of_reference : str
        FrameOfReferenceUID that the object's contents lie in.
    regions : tuple of str
        Names of ROIs or segments, in their order.
    joins : tuple of str
        Frames of reference that a registration object joins to its own.
    modality : str
        Modality of the images of a structure set, by the class of its slices: CT, PT or MR; empty when they do not say.
    """

    series: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    frame_of_reference: str = ""
    regions: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    modality: str = ""


def references_of(header: Dataset) -> References:
    """Return what an RTSTRUCT, RTPLAN, RTDOSE, SEG or registration refers to; nothing for other objects.

    Parameters
    ----------
    header : Dataset
        Its header; contours and pixels are not needed.
    """
    frame = text(header, "FrameOfReferenceUID")
    modality = text(header, "Modality")
    if modality == "RTSTRUCT":
        frames = items(header, "ReferencedFrameOfReferenceSequence")
        named = next((text(one, "FrameOfReferenceUID") for one in frames), "")
        series = list(_series_of_structures(frames))
        slices = [image for one in series for image in items(one, "ContourImageSequence")]
        kinds = {_MODALITIES.get(text(one, "ReferencedSOPClassUID"), "") for one in slices}
        return References(
            series=_distinct(text(one, "SeriesInstanceUID") for one in series),
            images=_instances(slices),
            modality=kinds.pop() if len(kinds) == 1 else "",
            frame_of_reference=named or frame,
            regions=tuple(text(roi, "ROIName") for roi in items(header, "StructureSetROISequence")),
        )
    if modality == "SEG":
        return References(
            series=_distinct(text(one, "SeriesInstanceUID") for one in items(header, "ReferencedSeriesSequence")),
            frame_of_reference=frame,
            regions=tuple(text(one, "SegmentLabel") for one in items(header, "SegmentSequence")),
        )
    if is_registration(header):
        return References(frame_of_reference=frame, joins=joined_frames(header))
    if modality in {"RTPLAN", "RTDOSE"}:
        sequences = ("ReferencedStructureSetSequence", "ReferencedRTPlanSequence")
        objects = _instances(one for sequence in sequences for one in items(header, sequence))
        return References(objects=objects, frame_of_reference=frame)
    return References(frame_of_reference=frame)


def _series_of_structures(frames: Iterable[Dataset]) -> Iterator[Dataset]:
    for frame in frames:
        for study in items(frame, "RTReferencedStudySequence"):
            yield from items(study, "RTReferencedSeriesSequence")


def _instances(datasets: Iterable[Dataset]) -> tuple[str, ...]:
    return _distinct(text(one, "ReferencedSOPInstanceUID") for one in datasets)


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value in dict.fromkeys(values) if value)
