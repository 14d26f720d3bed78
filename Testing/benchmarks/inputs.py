"""Synthetic inputs of the benchmarks: made once, kept in a folder, the same every time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))
from builders.dicom_series import write_series

CT_SHAPE = (200, 512, 512)
WARM_UP_SHAPE = (8, 64, 64)
PET_SHAPE = (299, 192, 192)


def made(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder of inputs, made on first use."""
    done = folder / "complete"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make(folder)
        done.touch()
    return folder


def rtstruct_inputs(folder: Path) -> None:
    """A CT of 512 x 512 x 200 with a body outline and a boost volume with a hole, and a small one to warm up on."""
    for name, shape in (("full", CT_SHAPE), ("warm-up", WARM_UP_SHAPE)):
        body, boost = body_outline(shape), boost_with_hole(shape)
        stored = np.where(body, 40, -1000).astype(np.int16)
        write_series(folder / name / "ct", stored, spacing=(0.9765625, 0.9765625, 2.0), origin=(-250.0, -250.0, -200.0))
        np.save(folder / name / "body.npy", body)
        np.save(folder / name / "boost.npy", boost)


def body_outline(shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """A trunk with an uneven outline; 22 million voxels at full size."""
    z, y, x = np.indices(shape, sparse=True)
    depth, height, width = shape
    angle = np.arctan2(y - height / 2, x - width / 2)
    ripple = 1 + 0.03 * np.cos(5 * angle + z / 9) + 0.01 * np.cos(17 * angle - z / 4)
    level = 1 - 0.12 * (z / depth - 0.5) ** 2
    reach = np.hypot((y - height / 2) / (0.335 * height), (x - width / 2) / (0.413 * width))
    return np.asarray(reach <= ripple * level)


def boost_with_hole(shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """A lobed volume, about 50 mm across at full size, with a cavity."""
    z, y, x = np.indices(shape, sparse=True)
    depth, height, width = shape
    angle = np.arctan2(y - 0.45 * height, x - 0.55 * width)
    distance = np.sqrt(((y - 0.45 * height) / height) ** 2 + ((x - 0.55 * width) / width) ** 2 + (0.8 * (z / depth - 0.5)) ** 2)
    return np.asarray((distance <= 0.052 * (1 + 0.15 * np.cos(3 * angle))) & (distance >= 0.018))


def inspect_inputs(folder: Path) -> None:
    """1,500 files: four CT, one PET and one MR series; and a small folder to warm up on."""
    noise = np.random.default_rng(1)
    for kind, count, size in (("full", 250, 256), ("warm-up", 4, 32)):
        stored = noise.integers(0, 2000, (count, size, size)).astype(np.int16)
        series = ("CT", "CT", "CT", "CT", "PT", "MR")
        for number, modality in enumerate(series):
            tags = {"SeriesDescription": f"{modality} {number}", "SeriesNumber": number}
            target = folder / kind / f"{number}-{modality}"
            write_series(
                target, stored, modality=modality, spacing=(1.5, 1.5, 2.0), series_uid=f"1.2.826.0.1.{number + 1}", tags=tags
            )


def dynamic_inputs(folder: Path) -> None:
    """A dynamic PET of 60 frames x 25 slices x 128 x 128 in 1,500 files; and one of three frames to warm up on."""
    noise = np.random.default_rng(3)
    begin = datetime(2024, 1, 2, 10, 15)
    for kind, frames, slices, size in (("full", 60, 25, 128), ("warm-up", 3, 2, 16)):
        for frame in range(frames):
            tags = {
                "AcquisitionTime": (begin + timedelta(minutes=frame)).strftime("%H%M%S"),
                "FrameReferenceTime": 1000.0 * (60 * frame + 30),
                "ActualFrameDuration": 60_000,
                "SeriesType": ["DYNAMIC", "IMAGE"],
                "NumberOfTimeSlices": frames,
                "NumberOfSlices": slices,
            }
            write_series(
                folder / kind,
                noise.integers(0, 3000, (slices, size, size)).astype(np.int16),
                modality="PT",
                series_uid="1.2.826.0.1.9",
                slope=0.5 + 0.01 * frame,
                tags=tags,
                names=f"{frame:03d}_{{:03d}}.dcm".format,
            )


def threshold_inputs(folder: Path) -> None:
    """A PET of 192 x 192 x 299 voxels with a lesion inside a GTV, on voxels of 3.6 x 3.6 x 3.27 mm."""
    noise = np.random.default_rng(2)
    z, y, x = np.indices(PET_SHAPE, sparse=True)
    from_lesion = np.sqrt(((z - 210) * 3.27) ** 2 + ((y - 90) * 3.6) ** 2 + ((x - 100) * 3.6) ** 2)
    uptake = 1.0 + 9.0 * np.exp(-((from_lesion / 15.0) ** 2)) + noise.normal(0, 0.1, PET_SHAPE)
    np.save(folder / "uptake.npy", uptake.astype(np.float32))
    np.save(folder / "gtv.npy", from_lesion <= 30.0)
