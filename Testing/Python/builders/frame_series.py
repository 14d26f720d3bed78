"""Dynamic PET, DWI and DCE series as DICOM files, classic and multi-frame, written with pydicom alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from .dicom_series import image_header, save, write_series

SHAPE = (3, 4, 5)
PET_SERIES, DWI_SERIES, DCE_SERIES = "1.2.3.70", "1.2.3.71", "1.2.3.72"


def voxels(count: int, shape: tuple[int, int, int] = SHAPE) -> NDArray[np.int16]:
    """Frames whose every voxel differs: 1000 x frame + voxel number."""
    size = int(np.prod(shape))
    return np.asarray(1000 * np.arange(count)[:, None] + np.arange(size), dtype=np.int16).reshape(count, *shape)


def write_dynamic_pet(
    folder: Path,
    stored: NDArray[np.int16],
    starts_s: Sequence[float],
    durations_s: Sequence[float],
    *,
    slopes: Sequence[float] = (2.0, 3.0, 0.5),
    origin: Sequence[float] = (0.0, 0.0, 0.0),
    tags: dict[str, Any] | None = None,
    change: Callable[[int, int, Dataset], None] | None = None,
) -> None:
    """Write a PET series with frames; slice k of frame t has slope `slopes[k]` times t + 1; injected at 10:00, begun then."""
    for t, frame in enumerate(stored):
        seconds = 36000 + starts_s[t]
        clock = f"{int(seconds // 3600):02d}{int(seconds % 3600 // 60):02d}{seconds % 60:06.3f}"
        frame_tags = {
            "AcquisitionTime": clock,
            "SeriesTime": "100000",
            "FrameReferenceTime": (starts_s[t] + durations_s[t] / 2) * 1000,
            "ActualFrameDuration": int(durations_s[t] * 1000),
            "SeriesType": ["DYNAMIC", "IMAGE"],
            "NumberOfTimeSlices": len(stored),
            **(tags or {}),
        }

        def number(k: int, ds: Dataset, t: int = t) -> None:
            ds.InstanceNumber = t * stored.shape[1] + k + 1
            ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime = "100000.00"
            if change is not None:
                change(t, k, ds)

        write_series(
            folder,
            frame,
            modality="PT",
            series_uid=PET_SERIES,
            origin=origin,
            slope=[slope * (t + 1) for slope in slopes],
            tags=frame_tags,
            change=number,
            names=f"{t:03d}-{{:03d}}.dcm".format,
        )


def write_dwi(
    folder: Path,
    stored: NDArray[np.int16],
    b_values: Sequence[float],
    *,
    mark: Callable[[Dataset, float], None] | None = None,
    change: Callable[[int, int, Dataset], None] | None = None,
) -> None:
    """Write a classic DWI, all b-values in one series; `mark` writes the b-value, by default into the standard's element."""
    for t, (frame, b) in enumerate(zip(stored, b_values, strict=True)):

        def number(k: int, ds: Dataset, t: int = t, b: float = b) -> None:
            ds.InstanceNumber = t * stored.shape[1] + k + 1
            if mark is None:
                ds.DiffusionBValue = b
            else:
                mark(ds, b)
            if change is not None:
                change(t, k, ds)

        write_series(folder, frame, modality="MR", series_uid=DWI_SERIES, change=number, names=f"{t:03d}-{{:03d}}.dcm".format)


def write_dce(folder: Path, stored: NDArray[np.int16], every_s: float, *, one_series: bool = True) -> None:
    """Write a DCE, each time point `every_s` after the one before; as one series or as a series for each."""
    for t, frame in enumerate(stored):
        seconds = 36000 + t * every_s
        clock = f"10{int((seconds - 36000) // 60):02d}{(seconds - 36000) % 60:06.3f}"
        tags = {"AcquisitionDate": "20240102", "AcquisitionTime": clock, "ContrastBolusAgent": "Gd", "InstanceNumber": None}
        uid = DCE_SERIES if one_series else f"{DCE_SERIES}.{t}"
        write_series(folder / f"{t:03d}", frame, modality="MR", series_uid=uid, tags=tags)


def write_enhanced_dwi(
    path: Path,
    stored: NDArray[np.int16],
    b_values: Sequence[float],
    *,
    change: Callable[[int, int, Dataset], None] | None = None,
) -> None:
    """Write an Enhanced MR image: all frames in one file, in an order that mixes places and b-values."""
    count, depth = stored.shape[:2]

    def weigh(place: int, group: Dataset) -> None:
        t, k = order[place]
        group.PlanePositionSequence = [_item(ImagePositionPatient=[0.0, 0.0, 2.0 * k])]
        group.MRDiffusionSequence = [_item(DiffusionBValue=float(b_values[t]), DiffusionDirectionality="ISOTROPIC")]
        group.PixelValueTransformationSequence = [_item(RescaleSlope=2.0, RescaleIntercept=0.0, RescaleType="US")]
        if change is not None:
            change(t, k, group)

    order = [(t, k) for k in reversed(range(depth)) for t in range(count)]
    write_enhanced_mr(path, np.stack([stored[t, k] for t, k in order]), change=weigh, series_uid=DWI_SERIES)


def write_enhanced_mr(
    path: Path,
    frames: NDArray[np.integer[Any]],
    *,
    change: Callable[[int, Dataset], None],
    shared: Callable[[Dataset], None] | None = None,
    series_uid: str = "1.2.3.73",
    tags: dict[str, Any] | None = None,
) -> None:
    """Write an Enhanced MR Image Storage object of 1 x 1 x 2 mm voxels.

    Parameters
    ----------
    path : Path
        New file.
    frames : array of int16 or uint16, (frame, y, x)
        Stored values in the order in which the frames lie in the file.
    change : callable
        Called with the number of a frame, from 0, and its functional groups, which it fills.
    shared : callable
        Called with the shared functional groups, to add to them.
    tags : mapping
        Attributes of the object as a whole.
    """
    ds = image_header("MR", series_uid=series_uid)
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    ds.SOPInstanceUID = generate_uid()
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelRepresentation = int(frames.dtype.kind == "i")
    common = Dataset()
    common.PixelMeasuresSequence = [_item(PixelSpacing=[1.0, 1.0], SliceThickness=2.0)]
    common.PlaneOrientationSequence = [_item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]
    if shared is not None:
        shared(common)
    ds.SharedFunctionalGroupsSequence = [common]
    groups = [Dataset() for _ in frames]
    for number, group in enumerate(groups):
        change(number, group)
    ds.PerFrameFunctionalGroupsSequence = groups
    for keyword, value in (tags or {}).items():
        setattr(ds, keyword, value)
    ds.PixelData = frames.astype(f"<{frames.dtype.kind}2").tobytes()
    ds["PixelData"].VR = "OW"
    save(ds, path)


def real_world(slope: float, unit: str, name: str = "") -> Dataset:
    """Return the item of a Real World Value Mapping without intercept."""
    code = _item(CodeValue=unit, CodingSchemeDesignator="UCUM", CodeMeaning=unit)
    return _item(
        LUTExplanation=name or "map",
        LUTLabel="map",
        RealWorldValueFirstValueMapped=0,
        RealWorldValueLastValueMapped=4095,
        RealWorldValueIntercept=0.0,
        RealWorldValueSlope=slope,
        MeasurementUnitsCodeSequence=[code],
    )


def _item(**values: Any) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item
