"""Segments of a DICOM SEG as masks, on the grid that its frames span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import SegmentationStorage

from ..errors import DicomError, InputError, ParameterError
from ..geometry import Geometry
from ..identity import Identity
from ..image import Mask, on_grid
from .patient import identity_of
from .single_file import damage_explained, read_object
from .values import items, number, numbers, text, whole

REGULAR = 0.01
"""Frames may miss their place on the regular grid by this share of the slice spacing, or of a pixel across it."""
_ANOTHER = "Export it as a binary segmentation on a regular grid of one image series."


@dataclass(frozen=True, kw_only=True, eq=False)
class _Frame:
    """Where one frame lies, and to which segment it belongs."""

    segment: int
    position: NDArray[np.float64]
    orientation: tuple[float, ...]
    pixel_spacing: tuple[float, ...]
    thickness: float | None
    between: float | None


def load_seg_region(path: Path, number: int | None = None) -> Mask:
    """Read one segment of a binary DICOM SEG.

    Frames that the file leaves out are empty; the grid reaches from the first to the last frame of any segment.

    Parameters
    ----------
    path : Path
        The file.
    number : int or None
        SegmentNumber; None when there is only one.

    Returns
    -------
    Mask
        In canonical order; patient, study and frame of reference are those of the file, the series is the one that it
        references (unknown when it references none).

    Raises
    ------
    InputError
        If there is no such file, several segments to choose from, or the segment is empty.
    ParameterError
        If there is no segment of that number.
    DicomError
        If the file is damaged, no segmentation, a fractional one, or its frames lie on no regular grid.
    """
    dataset = read_object(path, SegmentationStorage, "a segmentation (SEG)")
    _require_plain_bits(dataset, path)
    with damage_explained(path):
        segment, label = _chosen(dataset, number, path)
        frames = [_frame(own, dataset, path) for own in items(dataset, "PerFrameFunctionalGroupsSequence")]
        grid, planes = _grid(frames, dataset, path)
        array = np.zeros(grid.shape, dtype=np.bool_)
        for index, (frame, plane) in enumerate(zip(frames, planes, strict=True)):
            if frame.segment == segment:
                array[plane] |= _pixels(dataset, index, len(frames), path)
    if not array.any():
        raise InputError(f'Segment {segment} "{label}" of "{path}" is empty.', "Choose another segment.")
    canonical, stored = on_grid(grid)
    return Mask(
        array=np.ascontiguousarray(stored.axes.apply(array)),
        geometry=canonical,
        stored=stored,
        identity=_identity(dataset),
        history=(f'Segment {segment} "{label}" of segmentation "{path.name}" ({text(dataset, "SOPInstanceUID")}) read.',),
        name=label,
    )


def _require_plain_bits(dataset: Dataset, path: Path) -> None:
    kind = text(dataset, "SegmentationType")
    if kind != "BINARY":
        raise DicomError(
            f'The segmentation "{path}" is of type {kind or "unknown"}: its pixels say how much, not whether, they belong; '
            "a BINARY one is needed.",
            "Decide on a threshold where it was made, and export it as a binary segmentation.",
        )
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax.is_compressed or whole(dataset, "BitsAllocated") != 1:
        raise DicomError(
            f'The segmentation "{path}" is not stored as plain single bits ({syntax.name}, '
            f"{whole(dataset, 'BitsAllocated')} bits per pixel).",
            "Export it uncompressed, one bit per pixel.",
        )


def _identity(dataset: Dataset) -> Identity:
    series = (text(item, "SeriesInstanceUID") for item in items(dataset, "ReferencedSeriesSequence"))
    return replace(identity_of(dataset), series=tuple(uid for uid in series if uid))


def _chosen(dataset: Dataset, number: int | None, path: Path) -> tuple[int, str]:
    labels = {whole(item, "SegmentNumber"): text(item, "SegmentLabel") for item in items(dataset, "SegmentSequence")}
    known = ", ".join(f'{one} "{label}"' for one, label in labels.items())
    if not labels or None in labels:
        raise DicomError(f'The segmentation "{path}" does not number its segments.', "Export it again from its source.")
    if number is None and len(labels) > 1:
        raise InputError(f'"{path}" holds {len(labels)} segments: {known}.', f'Choose one: "{path}#{next(iter(labels))}".')
    chosen = next(iter(labels)) if number is None else number
    if chosen not in labels or chosen is None:
        raise ParameterError(f'"{path}" has no segment {number}.', f"There are: {known}.")
    return chosen, labels[chosen]


def _frame(own: Dataset, dataset: Dataset, path: Path) -> _Frame:
    """Gather what a frame says of itself, or all frames share."""
    groups = (own, *items(dataset, "SharedFunctionalGroupsSequence"))

    def group(keyword: str) -> Dataset:
        return next((found[0] for one in groups if (found := items(one, keyword))), Dataset())

    position = numbers(group("PlanePositionSequence"), "ImagePositionPatient")
    orientation = numbers(group("PlaneOrientationSequence"), "ImageOrientationPatient")
    measures = group("PixelMeasuresSequence")
    pixel_spacing = numbers(measures, "PixelSpacing")
    segment = whole(group("SegmentIdentificationSequence"), "ReferencedSegmentNumber")
    if len(position) != 3 or len(orientation) != 6 or len(pixel_spacing) != 2 or segment is None:
        raise DicomError(
            f'The segmentation "{path}" does not say for every frame where it lies and what it segments.', _ANOTHER
        )
    return _Frame(
        segment=segment,
        position=np.array(position),
        orientation=orientation,
        pixel_spacing=pixel_spacing,
        thickness=number(measures, "SliceThickness"),
        between=number(measures, "SpacingBetweenSlices"),
    )


def _grid(frames: Sequence[_Frame], dataset: Dataset, path: Path) -> tuple[Geometry, NDArray[np.int64]]:
    """Return the regular grid that all frames lie on, as stored, and the slice of each frame."""
    if not frames:
        raise DicomError(f'The segmentation "{path}" has no frames with positions.', _ANOTHER)
    first = frames[0]
    if any(
        not np.allclose(one.orientation, first.orientation, atol=1e-4)
        or not np.allclose(one.pixel_spacing, first.pixel_spacing, rtol=1e-4)
        for one in frames
    ):
        raise DicomError(f'The frames of segmentation "{path}" differ in orientation or pixel spacing.', _ANOTHER)
    row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    normal = np.cross(row, column)
    if abs(np.linalg.norm(normal) - 1.0) > 1e-3:
        raise DicomError(f'The orientation {first.orientation} in segmentation "{path}" is no pair of unit vectors.', _ANOTHER)
    positions = np.array([one.position for one in frames])
    places = (positions - positions[0]) @ normal
    step = _step(places, first, path)
    planes = np.rint((places - places.min()) / step).astype(np.int64)
    lowest, highest = positions[int(np.argmin(places))], positions[int(np.argmax(places))]
    along = (highest - lowest) / planes.max() if planes.max() else normal * step
    missed = np.linalg.norm(positions - lowest - planes[:, None] * along, axis=1).max()
    if missed > max(REGULAR * min(*first.pixel_spacing, step), 0.001):
        raise DicomError(
            f'The frames of segmentation "{path}" lie on no regular grid: one misses its place by {missed:.3f} mm.', _ANOTHER
        )
    pairs = {(one.segment, int(plane)) for one, plane in zip(frames, planes, strict=True)}
    if len(pairs) < len(frames):
        raise DicomError(f'The segmentation "{path}" has two frames of one segment at one position.', _ANOTHER)
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([row * first.pixel_spacing[1], column * first.pixel_spacing[0], along])
    affine[:3, 3] = lowest
    shape = (int(planes.max()) + 1, whole(dataset, "Rows") or 0, whole(dataset, "Columns") or 0)
    return Geometry(shape, affine), planes


def _step(places: NDArray[np.float64], frame: _Frame, path: Path) -> float:
    """Return the slice spacing: as stated where all frames fit it, else the smallest distance between frames."""
    distinct = np.unique(np.round(places - places.min(), 3))
    if frame.between and frame.between > 0.0:
        # Rounded spacings add up over many slices, so each step is held against the next one, not against the first.
        steps = np.diff(distinct) / frame.between
        if (np.abs(steps - np.rint(steps)) <= REGULAR * np.maximum(steps, 1.0)).all():
            return frame.between if len(distinct) == 1 else float(distinct[-1] / np.rint(steps).sum())
    if len(distinct) > 1:
        return float(np.diff(distinct).min())
    if frame.thickness and frame.thickness > 0.0:
        return frame.thickness
    raise DicomError(f'The segmentation "{path}" has one slice and does not say how thick it is.', _ANOTHER)


def _pixels(dataset: Dataset, index: int, count: int, path: Path) -> NDArray[np.bool_]:
    """Unpack one frame: one bit per pixel, lowest bit first, frames following each other without padding."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    bits = rows * columns
    packed = dataset.PixelData
    if len(packed) * 8 < bits * count:
        held = len(packed) * 8 // bits
        raise DicomError(
            f'"{path}" announces {count} frames of {columns} x {rows} pixels, but holds bits for {held} only.',
            "Export or copy it again from its source.",
        )
    start = index * bits
    window = np.frombuffer(packed, dtype=np.uint8)[start // 8 : (start + bits + 7) // 8]
    inside = np.unpackbits(window, bitorder="little")[start % 8 : start % 8 + bits]
    return inside.reshape(rows, columns).astype(np.bool_)
