"""A new structure set that holds an existing one's regions, untouched, and further ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from pydicom import Dataset, FileDataset
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.uid import ExplicitVRBigEndian, RTStructureSetStorage

from ..errors import DicomError, IdentityError, ParameterError
from ..identity import require_same_frame, require_same_patient
from .outline import Holes
from .roi_names import check_names, folded, propose_name
from .rtstruct_regions import RegionToWrite, add_regions
from .rtstruct_writer import build_structure_set, new_uid
from .single_file import damage_explained, read_object
from .stack import Stack
from .stacking import kind_in_words
from .structure_set import StructureSet, read_structure_set
from .values import text

_CARRIED = ("StructureSetROISequence", "ROIContourSequence", "RTROIObservationsSequence")
_TEXT = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
"""Value representations that the character set bears on."""


def append_regions(
    source: Path,
    stack: Stack,
    regions: Sequence[RegionToWrite],
    *,
    label: str,
    description: str,
    when: datetime,
    holes: Holes = "keyhole",
    uid_factory: Callable[[], str] = new_uid,
) -> FileDataset:
    """Build a structure set from the regions of an existing one and further ones; the existing file stays as it is.

    The existing regions' names, numbers, contours and observations are carried item by item, never drawn anew. The result
    is a new, unapproved object of this software that names its source in PredecessorStructureSetSequence and description.

    Parameters
    ----------
    source : Path
        The existing structure set, drawn on the same planning CT.
    stack, regions, label, description, when, holes, uid_factory
        As `build_structure_set`; new regions are numbered after the largest number in use.

    Raises
    ------
    IdentityError
        If the structure set is of another patient, frame of reference or image series.
    DicomError
        If it is damaged, does not say what it was drawn on, or is Big Endian.
    ParameterError
        If a new name is one of the existing ones without regard to case; otherwise as `build_structure_set`.
    """
    check_names([region.name for region in regions])
    existing = read_structure_set(source)
    with damage_explained(source):
        carried = _carried_items(source)
        named = {text(image, "ReferencedSOPInstanceUID") for image in _images(carried["ROIContourSequence"])}
    _require_same_images(existing, named, stack)
    _require_new_names(existing, regions)
    origin = f'Regions carried unchanged from "{existing.label}" ({existing.sop_instance_uid}).'
    dataset = build_structure_set(
        stack, (), label=label, description=f"{origin} {description}", when=when, uid_factory=uid_factory
    )
    predecessor = Dataset()
    predecessor.ReferencedSOPClassUID = RTStructureSetStorage
    predecessor.ReferencedSOPInstanceUID = existing.sop_instance_uid
    dataset.PredecessorStructureSetSequence = [predecessor]
    for keyword, items in carried.items():
        dataset[keyword].value.extend(items)
    add_regions(dataset, stack, regions, holes)
    return dataset


def _require_same_images(existing: StructureSet, named: set[str], stack: Stack) -> None:
    """Compare patient, frame, series and slices; `named` are the slices that contours name."""
    what = (f'The structure set "{existing.path}"', "the planning CT")
    require_same_patient(existing.identity, stack.identity, what=what)
    require_same_frame(existing.identity, stack.identity, what=what)
    frames = {roi.frame_of_reference for roi in existing.rois} - {"", stack.identity.frame_of_reference}
    if frames:
        raise IdentityError(
            f"{what[0]} has regions in frame of reference {min(frames)}, but {what[1]} has "
            f"{stack.identity.frame_of_reference}.",
            "Append only to a structure set that was drawn on this planning CT.",
        )
    series = [uid for uid in existing.referenced_series if uid not in stack.identity.series]
    foreign = (existing.referenced_sops | named) - frozenset(stack.sop_instance_uids)
    if series or foreign:
        other = f"series {series[0]}" if series else f"{len(foreign)} images that are not among its slices"
        own = f"series {stack.identity.series[0]} ({kind_in_words(stack.first)})"
        raise IdentityError(
            f"{what[0]} was drawn on {other}, but {what[1]} is {own}.",
            "Append only to a structure set that was drawn on this planning CT.",
        )
    if not existing.referenced_series and not existing.referenced_sops and not named:
        raise DicomError(
            f"{what[0]} does not say on which images it was drawn.",
            "Nothing can be appended to it; write the new regions as a structure set of their own.",
        )


def _require_new_names(existing: StructureSet, regions: Sequence[RegionToWrite]) -> None:
    taken = {folded(roi.name): roi.name for roi in existing.rois}
    for region in regions:
        if folded(region.name) in taken:
            known = [*taken.values(), *(one.name for one in regions)]
            raise ParameterError(
                f'The structure set "{existing.path}" has a region "{taken[folded(region.name)]}" already; '
                f'"{region.name}" is the same without regard to case.',
                f'For example "{propose_name(region.name, known)}" is free.',
            )


def _carried_items(source: Path) -> dict[str, list[Dataset]]:
    dataset = read_object(source, RTStructureSetStorage, "a structure set (RTSTRUCT)")
    if dataset.file_meta.get("TransferSyntaxUID") == ExplicitVRBigEndian:
        raise DicomError(f'The structure set "{source}" is Big Endian, a retired syntax.', "Convert it to Little Endian first.")
    carried = {keyword: list(dataset.get(keyword) or ()) for keyword in _CARRIED}
    for items in carried.values():
        for item in items:
            _open(item)
    return carried


def _images(drawn: Sequence[Dataset]) -> Iterator[Dataset]:
    for item in drawn:
        for contour in item.get("ContourSequence") or ():
            yield from contour.get("ContourImageSequence") or ()


def _open(item: Dataset) -> None:
    """Decode nested sequences, and texts that are not ASCII; all other values stay the bytes that they are.

    Decoded texts are written in the new object's character set.
    """
    for tag in list(item.keys()):
        element = item.get_item(tag)
        vr = element.VR or _known_vr(tag)
        if vr == "SQ":
            for inner in item[tag].value:
                _open(inner)
        elif isinstance(element, RawDataElement) and vr in _TEXT and "SpecificCharacterSet" not in item:
            value = element.value
            if isinstance(value, bytes) and (not value.isascii() or b"\x1b" in value):
                item[tag]  # Decodes in place.


def _known_vr(tag: int) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"
