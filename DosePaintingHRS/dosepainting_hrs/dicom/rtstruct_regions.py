"""The three sequences that make a region of a structure set: its name, its contours, what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import DataElement, Dataset
from pydicom.charset import default_encoding
from pydicom.dataelem import RawDataElement
from pydicom.sequence import Sequence as Items
from pydicom.tag import Tag

from ..errors import GeometryError, InputError, ParameterError
from .contour_text import contour_texts
from .outline import Holes, outline
from .roi_names import interpreted_type
from .stack import Stack
from .values import whole

Algorithm = Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"]
ALGORITHMS = ("AUTOMATIC", "SEMIAUTOMATIC", "MANUAL")
PALETTE = (
    (213, 94, 0),
    (86, 180, 233),
    (240, 228, 66),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (0, 114, 178),
)
"""Colours that stay apart for colour-blind eyes: Okabe and Ito (2008), Color universal design, jfly.uni-koeln.de/color."""

_LONGEST_DESCRIPTION = 64
_TAGS = {
    keyword: (Tag(keyword), vr)
    for keyword, vr in {
        "ContourImageSequence": "SQ",
        "ReferencedSOPClassUID": "UI",
        "ReferencedSOPInstanceUID": "UI",
        "ContourGeometricType": "CS",
        "NumberOfContourPoints": "IS",
        "ContourNumber": "IS",
        "ContourData": "DS",
    }.items()
}


@dataclass(frozen=True, kw_only=True, eq=False)
class RegionToWrite:
    """A region on the stored grid of the planning CT.

    Parameters
    ----------
    name : str
        ROIName, at most 16 characters.
    array : array of bool, (z, y, x)
        True inside; axes as the series is stored (`StoredGrid`), not canonical.
    algorithm : str
        ROIGenerationAlgorithm: ``"AUTOMATIC"``, ``"SEMIAUTOMATIC"`` or ``"MANUAL"``.
    description : str
        How the region came about; ROIDescription, and its beginning ROIGenerationDescription.
    interpreted_type : str or None
        RTROIInterpretedType; None takes the one that the name begins with (`interpreted_type`), empty says none.
    color : tuple of three int, or None
        Display colour, 0 to 255; None takes the next one of `PALETTE`.
    """

    name: str
    array: NDArray[np.bool_]
    algorithm: Algorithm = "SEMIAUTOMATIC"
    description: str = ""
    interpreted_type: str | None = None
    color: tuple[int, int, int] | None = None


def add_regions(dataset: Dataset, stack: Stack, regions: Sequence[RegionToWrite], holes: Holes) -> None:
    """Append regions to the sequences of a structure set, numbered after those that it has.

    Parameters
    ----------
    dataset : Dataset
        With StructureSetROISequence, ROIContourSequence and RTROIObservationsSequence.
    stack : Stack
        The planning CT.
    regions : sequence of RegionToWrite
        What to append.
    holes : str
        ``"keyhole"`` or ``"nested"``.

    Raises
    ------
    GeometryError
        If a region does not have the stack's shape.
    InputError
        If a region is empty.
    ParameterError
        If an algorithm or colour is none.
    """
    number = max((int(item.ROINumber) for item in dataset.StructureSetROISequence), default=0)
    # Carried observations may lack the number, although DICOM requires it.
    observation = max((whole(item, "ObservationNumber") or 0 for item in dataset.RTROIObservationsSequence), default=0)
    for region in regions:
        _check(region, stack)
        color = region.color or PALETTE[len(dataset.StructureSetROISequence) % len(PALETTE)]
        number, observation = number + 1, observation + 1
        dataset.StructureSetROISequence.append(_named(region, number, stack.identity.frame_of_reference))
        drawn = Dataset()
        drawn.ROIDisplayColor = list(color)
        drawn.ContourSequence = _contours(region, stack, holes)
        drawn.ReferencedROINumber = number
        dataset.ROIContourSequence.append(drawn)
        observed = Dataset()
        observed.ObservationNumber, observed.ReferencedROINumber = observation, number
        kind = region.interpreted_type if region.interpreted_type is not None else interpreted_type(region.name)
        observed.RTROIInterpretedType, observed.ROIInterpreter = kind, ""
        dataset.RTROIObservationsSequence.append(observed)


def image_reference(header: Dataset) -> Dataset:
    """Return an item that names a slice by class and instance."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    return item


def _check(region: RegionToWrite, stack: Stack) -> None:
    if region.array.shape != stack.geometry.shape:
        found, needed = (" x ".join(str(n) for n in reversed(shape)) for shape in (region.array.shape, stack.geometry.shape))
        raise GeometryError(
            f'The region "{region.name}" lies on a grid of {found} voxels, but the planning CT has {needed}.',
            "Resample it to the planning CT first.",
        )
    if not region.array.any():
        raise InputError(f'The region "{region.name}" is empty: it has no voxels.', "Choose another region.")
    if region.algorithm not in ALGORITHMS:
        raise ParameterError(f'"{region.algorithm}" is no ROIGenerationAlgorithm.', f"There are: {', '.join(ALGORITHMS)}.")
    if region.color is not None and not (len(region.color) == 3 and all(0 <= part <= 255 for part in region.color)):
        raise ParameterError(f'The colour {region.color} of "{region.name}" is not three numbers from 0 to 255.')


def _named(region: RegionToWrite, number: int, frame: str) -> Dataset:
    item = Dataset()
    item.ROINumber, item.ReferencedFrameOfReferenceUID, item.ROIName = number, frame, region.name
    description = " ".join(region.description.split())
    if description:
        item.ROIDescription = _cut(description, 1024)
    item.ROIGenerationAlgorithm = region.algorithm
    item.ROIGenerationDescription = _cut(description.replace("\\", "/"), _LONGEST_DESCRIPTION)
    return item


def _cut(text: str, longest: int) -> str:
    """Cut a text between words where it has any: a number without its last digits would be another number."""
    if len(text) <= longest:
        return text
    whole_words = text[: longest - 2].rpartition(" ")[0] or text[: longest - 3]
    return whole_words.rstrip(" ,;(") + "..."


def _contours(region: RegionToWrite, stack: Stack, holes: Holes) -> list[Dataset]:
    """Build the contours from bytes: decoding and encoding each coordinate would take a hundred times as long."""
    outlines = outline(np.asarray(region.array, dtype=np.bool_), holes)
    texts = contour_texts(outlines, stack.geometry)
    counts = np.diff(outlines.starts).tolist()
    classes = [_even(str(header.SOPClassUID), b"\0") for header in stack.headers]
    instances = [_even(uid, b"\0") for uid in stack.sop_instance_uids]
    items = []
    for number, (text, count, plane) in enumerate(zip(texts, counts, outlines.planes.tolist(), strict=True), start=1):
        image = _raw_item(("ReferencedSOPClassUID", classes[plane]), ("ReferencedSOPInstanceUID", instances[plane]))
        item = _raw_item(
            ("ContourGeometricType", b"CLOSED_PLANAR "),
            ("NumberOfContourPoints", _even(str(count))),
            ("ContourNumber", _even(str(number))),
            ("ContourData", text),
        )
        item.add(DataElement(_TAGS["ContourImageSequence"][0], "SQ", Items([image])))
        items.append(item)
    return items


def _raw_item(*values: tuple[str, bytes]) -> Dataset:
    """Return an item of elements as they stand in a file; they are the same in both little endian syntaxes."""
    item = Dataset()
    for keyword, value in values:
        tag, vr = _TAGS[keyword]
        item[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    item.set_original_encoding(False, True, default_encoding)
    return item


def _even(text: str, padding: bytes = b" ") -> bytes:
    return text.encode() + padding * (len(text) % 2)
