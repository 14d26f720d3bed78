"""Enhanced (multi-frame) objects as plain slices: one header for each frame, with what its functional groups say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset

from ..errors import DicomError
from .values import DAMAGE, has, items, number, text, without_warnings

_SHARED, _OWN = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_LIFTED = {
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
    "FrameContentSequence": ("FrameAcquisitionDateTime", "FrameReferenceDateTime", "FrameAcquisitionDuration",
                             "TemporalPositionIndex", "FrameAcquisitionNumber", "StackID"),
    "MRDiffusionSequence": ("DiffusionBValue", "DiffusionDirectionality"),
    "MRImageFrameTypeSequence": ("FrameType",),
    "ParametricMapFrameTypeSequence": ("FrameType",),
    "MRTimingAndRelatedParametersSequence": ("RepetitionTime", "FlipAngle"),
    "MREchoSequence": ("EffectiveEchoTime",),
}  # fmt: skip
_PHILIPS_FRAME = 0x2005140F
"""Sequence in which Philips keeps what its classic images have as private elements, once for each frame."""
_PHILIPS_SCALE = (0x2005100D, 0x2005100E)
_LEFT_OUT = frozenset((_SHARED, _OWN, "NumberOfFrames"))


def is_multi_frame(header: Dataset) -> bool:
    """Tell whether a header describes several frames by functional groups."""
    return has(header, _OWN) or has(header, _SHARED)


def flat_slices(
    paths: Sequence[Path], headers: Sequence[Dataset]
) -> tuple[tuple[Path, ...], tuple[int, ...], tuple[Dataset, ...]]:
    """Return file, number of the frame in it from 0, and header of every slice: each frame of an enhanced object is one.

    Parameters
    ----------
    paths : sequence of Path
        One file per header.
    headers : sequence of Dataset
        Of plain and of enhanced objects.

    Raises
    ------
    DicomError
        As `single_frames`.
    """
    files: list[Path] = []
    numbers: list[int] = []
    slices: list[Dataset] = []
    for path, header in zip(paths, headers, strict=True):
        flat = single_frames(header) if is_multi_frame(header) else [header]
        files += [path] * len(flat)
        numbers += range(len(flat))
        slices += flat
    return tuple(files), tuple(numbers), tuple(slices)


def is_enhanced_mr(header: Dataset) -> bool:
    """Tell whether a header is that of an MR object of several frames, whose plain volumes are read frame by frame."""
    return text(header, "Modality") == "MR" and is_multi_frame(header)


def single_frames(header: Dataset) -> list[Dataset]:
    """Return a header for each frame of an enhanced object, as if it were a file of its own.

    Parameters
    ----------
    header : Dataset
        Header of the object.

    Returns
    -------
    list of Dataset
        In the order of the frames; values of a frame go before those that all share.

    Raises
    ------
    DicomError
        If the groups do not match the number of frames.
    """
    count = int(number(header, "NumberOfFrames") or 0)
    own = items(header, _OWN)
    if len(own) != count or not count:
        raise DicomError(
            f"The multi-frame object announces {count} frames and describes {len(own)} in its functional groups.",
            "Export the series again from its source.",
        )
    shared = items(header, _SHARED)
    common = Dataset()
    common.file_meta = getattr(header, "file_meta", FileMetaDataset())
    with without_warnings():
        common.update(header)
        for keyword in _LEFT_OUT:
            common.pop(keyword, None)
    return [_flattened(common, (*shared, groups), place) for place, groups in enumerate(own)]


def _flattened(common: Dataset, groups: Sequence[Dataset], place: int) -> Dataset:
    flat = Dataset()
    flat.file_meta = common.file_meta
    flat.update(common)
    with without_warnings():
        try:
            for group in groups:
                _lift(group, flat)
        except DAMAGE as error:
            raise DicomError(
                f"The functional groups of frame {place + 1} are damaged.", "Export the series again from its source."
            ) from error
        flat.InstanceNumber = place + 1
        # Within this program only: the frames of one object count as slices, and slices must differ.
        flat.SOPInstanceUID = f"1.{place + 1}.9{str(common.SOPInstanceUID)[-40:].replace('.', '')}"
        if "FrameAcquisitionDateTime" in flat:
            flat.AcquisitionDateTime = flat.FrameAcquisitionDateTime
        if "FrameAcquisitionNumber" in flat:
            flat.AcquisitionNumber = int(flat.FrameAcquisitionNumber)
        if "TemporalPositionIndex" in flat:
            flat.TemporalPositionIdentifier = int(flat.TemporalPositionIndex)
        if "FrameType" in flat:
            flat.ImageType = flat.FrameType
        if "EffectiveEchoTime" in flat:
            flat.EchoTime = flat.EffectiveEchoTime
    return flat


def _lift(group: Dataset, flat: Dataset) -> None:
    for sequence, keywords in _LIFTED.items():
        for item in items(group, sequence):
            for keyword in keywords:
                if keyword in item:
                    flat[keyword] = item[keyword]
            for gradient in items(item, "DiffusionGradientDirectionSequence"):
                if "DiffusionGradientOrientation" in gradient:
                    flat.DiffusionGradientOrientation = gradient.DiffusionGradientOrientation
    # A mapping is a group by itself, not an item of one; that of a frame stands in place of the shared one.
    if "RealWorldValueMappingSequence" in group:
        flat["RealWorldValueMappingSequence"] = group["RealWorldValueMappingSequence"]
    if _PHILIPS_FRAME in group:
        for item in group[_PHILIPS_FRAME].value or ():
            for tag in _PHILIPS_SCALE:
                if tag in item:
                    flat[tag] = item[tag]
