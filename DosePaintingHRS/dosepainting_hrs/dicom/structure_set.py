"""A DICOM structure set as it stands in its file: regions by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import RTStructureSetStorage

from ..errors import DicomError, ParameterError
from ..identity import Identity
from ..parameters import nearest
from .contour_data import read_drawing
from .plain_bytes import items_of
from .roi import Roi
from .single_file import damage_explained, read_object
from .values import text


@dataclass(frozen=True, kw_only=True, eq=False)
class StructureSet:
    """A structure set read from its file.

    Parameters
    ----------
    path : Path
        The file.
    identity : Identity
        Patient, study and frame of reference of the structure set; its series is the one it was drawn on.
    sop_instance_uid, label : str
        UID of the object and StructureSetLabel.
    rois : tuple of Roi
        All regions, in file order.
    referenced_series : tuple of str
        SeriesInstanceUIDs of the images that it was drawn on.
    referenced_sops : frozenset of str
        SOPInstanceUIDs of all images that it lists; single contours may name others.
    remarks : tuple of str
        What is odd about the file but does not hinder reading it.
    """

    path: Path
    identity: Identity
    sop_instance_uid: str = ""
    label: str = ""
    rois: tuple[Roi, ...] = ()
    referenced_series: tuple[str, ...] = ()
    referenced_sops: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()

    def roi(self, name: str) -> Roi:
        """Find a region by name.

        Parameters
        ----------
        name : str
            The exact name; else the only one that differs by case or surrounding spaces; else ``#3`` for ROI number 3.

        Raises
        ------
        ParameterError
            If no region is called so (the nearest names are proposed), or more than one is.
        """
        found = [one for one in self.rois if one.name == name]
        if not found:
            folded = name.strip().casefold()
            found = [one for one in self.rois if one.name.strip().casefold() == folded]
        if not found and name.startswith("#"):
            found = [one for one in self.rois if str(one.number) == name[1:].strip()]
        if not found:
            known = tuple(dict.fromkeys(one.name for one in self.rois))
            raise ParameterError(f'"{self.path}" has no ROI "{name}".', nearest(name, known))
        if len(found) > 1:
            called = ", ".join(f'number {one.number} "{one.name}"' for one in found)
            raise ParameterError(
                f'"{self.path}" has {len(found)} ROIs that "{name}" may mean: {called}.',
                f'Choose by number: "#{found[0].number}".',
            )
        return found[0]


def read_structure_set(path: Path) -> StructureSet:
    """Read all regions of an RTSTRUCT file.

    Contours are decoded when a region is first used; one whose contours are damaged then says so in `Roi.damage`, so that
    the others can be used.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        If there is no such file.
    DicomError
        If it is empty, cut short, no DICOM file, no structure set, or lacks its sequences of regions.
    """
    dataset = read_object(path, RTStructureSetStorage, "a structure set (RTSTRUCT)")
    with damage_explained(path):
        return _structure_set(dataset, path)


def _structure_set(dataset: Dataset, path: Path) -> StructureSet:
    for keyword in ("StructureSetROISequence", "ROIContourSequence"):
        if keyword not in dataset:
            raise DicomError(
                f'The structure set "{path}" has no {keyword}: nothing in it can be read as a region.',
                "Export it again from its source.",
            )
    frames = _items(dataset, "ReferencedFrameOfReferenceSequence")
    frame = text(dataset, "FrameOfReferenceUID") or (text(frames[0], "FrameOfReferenceUID") if len(frames) == 1 else "")
    drawn: dict[int, list[Dataset]] = {}
    for item in _items(dataset, "ROIContourSequence"):
        drawn.setdefault(_number(item, "ReferencedROINumber"), []).append(item)
    observed = {_number(item, "ReferencedROINumber"): item for item in _items(dataset, "RTROIObservationsSequence")}
    named = [(_number(item, "ROINumber"), item) for item in _items(dataset, "StructureSetROISequence")]
    rois = tuple(
        _roi(number, item, drawn=drawn.get(number, ()), observed=observed.get(number), frame=frame, path=path)
        for number, item in named
    )
    series, sops = _references(frames)
    identity = Identity.of_patient(
        text(dataset, "PatientID"),
        text(dataset, "PatientName"),
        text(dataset, "PatientBirthDate"),
        frame_of_reference=frame,
        study=text(dataset, "StudyInstanceUID"),
        series=series,
    )
    return StructureSet(
        path=path,
        identity=identity,
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        label=text(dataset, "StructureSetLabel"),
        rois=rois,
        referenced_series=series,
        referenced_sops=frozenset(sops),
        remarks=_remarks([number for number, _ in named], drawn, rois),
    )


def _remarks(numbers: list[int], drawn: Mapping[int, object], rois: tuple[Roi, ...]) -> tuple[str, ...]:
    remarks = []
    orphans = [str(number) for number in drawn if number not in numbers]
    if orphans:
        remarks.append(f"Contours of ROI number {', '.join(orphans)} belong to no named ROI and are not taken.")
    for number, count in Counter(numbers).items():
        if count > 1:
            remarks.append(f"ROI number {number} is used {count} times.")
    for name, count in Counter(roi.name for roi in rois).items():
        if count > 1:
            remarks.append(f'The name "{name}" is used by {count} ROIs.')
    return tuple(remarks)


def _roi(number: int, item: Dataset, *, drawn: Sequence[Dataset], observed: Dataset | None, frame: str, path: Path) -> Roi:
    return Roi(
        number=number,
        name=text(item, "ROIName"),
        frame_of_reference=text(item, "ReferencedFrameOfReferenceUID") or frame,
        color=_color(drawn[0]) if drawn else None,
        interpreted_type=text(observed, "RTROIInterpretedType") if observed is not None else "",
        generation_algorithm=text(item, "ROIGenerationAlgorithm"),
        source=partial(read_drawing, drawn, path),
    )


def _color(item: Dataset) -> tuple[int, int, int] | None:
    parts = text(item, "ROIDisplayColor").split("\\")
    if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts):
        return None
    red, green, blue = (min(int(part), 255) for part in parts)
    return red, green, blue


def _references(frames: tuple[Dataset, ...]) -> tuple[tuple[str, ...], set[str]]:
    series: list[str] = []
    sops: set[str] = set()
    for frame in frames:
        for study in _items(frame, "RTReferencedStudySequence"):
            for one in _items(study, "RTReferencedSeriesSequence"):
                series.append(text(one, "SeriesInstanceUID"))
                sops.update(text(image, "ReferencedSOPInstanceUID") for image in _items(one, "ContourImageSequence"))
    return tuple(dict.fromkeys(uid for uid in series if uid)), sops


def _items(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    # Unlike `values.items`, damage is an error here: a region silently lost would be worse.
    return items_of(dataset, keyword)


def _number(item: Dataset, keyword: str) -> int:
    return int(text(item, keyword))
