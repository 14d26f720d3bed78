"""The structure set of the synthetic patient, drawn on its planning CT at pixel edges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ImplicitVRLittleEndian, RTStructureSetStorage

from ..geometry import Geometry
from ..progress import Progress, each, silent
from .headers import STUDY_DATE, SYNTHETIC, SeriesOfPatient, save

_LOOK = {  # Colour and interpreted type.
    "GTVp": ((255, 40, 40), "GTV"),
    "GTVn": ((255, 150, 40), "GTV"),
    "Muscle": ((190, 110, 60), "ORGAN"),
    "SpinalCord": ((60, 200, 60), "ORGAN"),
    "BODY": ((110, 160, 255), "EXTERNAL"),
}


def write_structures(
    path: Path,
    regions: Mapping[str, NDArray[np.bool_]],
    geometry: Geometry,
    ct: SeriesOfPatient,
    series: SeriesOfPatient,
    *,
    weight_kg: float,
    progress: Progress = silent,
) -> None:
    """Write regions of the CT grid as an RTSTRUCT that references every CT slice.

    Parameters
    ----------
    path : Path
        The file.
    regions : mapping of str to bool array, (z, y, x)
        Regions on the CT grid by ROI name; no slice of one may have a hole.
    geometry : Geometry
        The CT grid.
    ct, series : SeriesOfPatient
        Names and UIDs of the CT and of the structure set.
    weight_kg : float
        Body weight, kg.
    progress : callable
        Where to report.
    """
    ds = series.header(RTStructureSetStorage, 1, weight_kg)
    del ds.ContentDate, ds.ContentTime, ds.BodyPartExamined
    ds.OperatorsName, ds.ApprovalStatus = "", "UNAPPROVED"
    ds.StructureSetLabel, ds.StructureSetName = "Phantom", "Synthetic head and neck"
    ds.StructureSetDescription = SYNTHETIC
    ds.StructureSetDate, ds.StructureSetTime = STUDY_DATE, series.time
    images = [_image(ct.instance_uid(number + 1)) for number in range(geometry.shape[0])]
    ds.ReferencedFrameOfReferenceSequence = Sequence([_frame(ct, images)])
    ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = Sequence(), Sequence(), Sequence()
    for name in each(list(regions), progress, "Writing the structure set"):
        number = len(ds.StructureSetROISequence) + 1
        colour, kind = _LOOK[name]
        roi, drawn, observed = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ReferencedFrameOfReferenceUID, roi.ROIName = number, ct.frame_uid, name
        roi.ROIGenerationAlgorithm, roi.ROIGenerationDescription = "AUTOMATIC", "Analytic phantom"
        drawn.ReferencedROINumber, drawn.ROIDisplayColor = number, list(colour)
        drawn.ContourSequence = Sequence(_contours(regions[name], geometry, ct))
        observed.ObservationNumber, observed.ReferencedROINumber = number, number
        observed.RTROIInterpretedType, observed.ROIInterpreter = kind, ""
        ds.StructureSetROISequence.append(roi)
        ds.ROIContourSequence.append(drawn)
        ds.RTROIObservationsSequence.append(observed)
    # Explicit VR cannot hold contours of over 64 KiB.
    save(ds, path, ImplicitVRLittleEndian)


def _frame(ct: SeriesOfPatient, images: list[Dataset]) -> Dataset:
    frame, study, series = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID, series.ContourImageSequence = ct.series_uid, Sequence(images)
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", ct.study_uid
    study.RTReferencedSeriesSequence = Sequence([series])
    frame.FrameOfReferenceUID, frame.RTReferencedStudySequence = ct.frame_uid, Sequence([study])
    return frame


def _image(uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, uid
    return item


def _contours(region: NDArray[np.bool_], geometry: Geometry, ct: SeriesOfPatient) -> list[Dataset]:
    found: list[Dataset] = []
    for z in np.flatnonzero(region.any(axis=(1, 2))):
        for corners in _outlines(region[z]):
            index = np.column_stack([np.array(corners) - 0.5, np.full(len(corners), z)])
            item = Dataset()
            item.ContourNumber = len(found) + 1
            item.ContourImageSequence = Sequence([_image(ct.instance_uid(int(z) + 1))])
            item.ContourGeometricType, item.NumberOfContourPoints = "CLOSED_PLANAR", len(corners)
            item.ContourData = [f"{value:.4f}" for value in geometry.to_world(index).ravel()]
            found.append(item)
    return found


def _outlines(region: NDArray[np.bool_]) -> list[list[tuple[int, int]]]:
    """Follow the pixel edges round each part of a slice without holes; corners are pixel indices plus one half."""
    padded = np.pad(region, 1)
    leaving: dict[tuple[int, int], list[tuple[int, int]]] = {}
    steps = (((-1, 0), (0, 0), (1, 0)), ((0, 1), (1, 0), (1, 1)), ((1, 0), (1, 1), (0, 1)), ((0, -1), (0, 1), (0, 0)))
    for (dy, dx), start, stop in steps:
        edge = padded[1:-1, 1:-1] & ~np.roll(padded, (-dy, -dx), (0, 1))[1:-1, 1:-1]
        for y, x in zip(*np.nonzero(edge), strict=True):
            leaving.setdefault((int(x) + start[0], int(y) + start[1]), []).append((int(x) + stop[0], int(y) + stop[1]))
    found: list[list[tuple[int, int]]] = []
    while leaving:
        first = next(iter(leaving))
        path, here = [first], _take(leaving, first, None)
        while here != first:
            path.append(here)
            here = _take(leaving, here, path[-2])
        found.append(
            [b for a, b, c in zip([path[-1], *path], path, [*path[1:], path[0]], strict=False) if not _straight(a, b, c)]
        )
    return found


def _take(
    leaving: dict[tuple[int, int], list[tuple[int, int]]], here: tuple[int, int], before: tuple[int, int] | None
) -> tuple[int, int]:
    choices = leaving[here]
    # Where two pixels touch at a corner, turn right: diagonal neighbours stay apart.
    chosen = choices[0]
    if before is not None and len(choices) > 1:
        dx, dy = here[0] - before[0], here[1] - before[1]
        chosen = next(c for c in choices if (c[0] - here[0], c[1] - here[1]) == (-dy, dx))
    choices.remove(chosen)
    if not choices:
        del leaving[here]
    return chosen


def _straight(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    return (b[0] - a[0]) * (c[1] - b[1]) == (b[1] - a[1]) * (c[0] - b[0])
