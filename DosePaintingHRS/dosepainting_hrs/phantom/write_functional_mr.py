"""Diffusion and contrast series of the synthetic patient as DICOM: classic slices, or one multi-frame object."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, MRImageStorage

from ..geometry import Geometry
from ..progress import Progress, each, silent
from .compartments import LOOKS, Compartment, looked_up
from .contrast import FLIP_DEG, FRAME_S, FRAMES, REPETITION_S, T1_BLOOD_S, T1_TISSUE_S, signals
from .headers import STUDY_DATE, SYNTHETIC, SeriesOfPatient, place_slice, save

B_VALUES = tuple(100.0 * step for step in range(9))
"""Boeke et al. 2023: nine equidistant b-values from 0 to 800 s/mm2."""
_NOISE = 10.0
"""Standard deviation of each channel of the MR signal."""
Float = NDArray[np.float64]


def dwi_frames(labels: NDArray[np.uint8], noise: float, seed: int) -> Iterator[Float]:
    """Give the signal at each b-value, Rician noise included."""
    random = np.random.default_rng([seed, 22])
    for b in B_VALUES:
        values = {kind: look.s0 * float(np.exp(-b * look.adc * 1e-6)) for kind, look in LOOKS.items()}
        yield _noisy(looked_up(labels, values), noise, random)


def dce_frames(labels: NDArray[np.uint8], noise: float, seed: int) -> Iterator[Float]:
    """Give the signal of each time, Rician noise included."""
    random = np.random.default_rng([seed, 23])
    curves = {
        kind: look.s0 * signals(look.dce, t1_s=T1_BLOOD_S if kind is Compartment.ARTERY else T1_TISSUE_S)
        for kind, look in LOOKS.items()
        if look.dce is not None
    }
    for frame in range(FRAMES):
        yield _noisy(looked_up(labels, {kind: float(curve[frame]) for kind, curve in curves.items()}), noise, random)


def write_dwi(
    folder: Path, frames: Iterator[Float], geometry: Geometry, series: SeriesOfPatient, progress: Progress = silent
) -> None:
    """Write a classic DWI: one file for each slice and b-value, trace images, b in (0018,9087)."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in each(range(len(B_VALUES)), progress, "Writing the DWI"):
        for number, plane in enumerate(next(frames)):
            ds = _mr(series, frame * geometry.shape[0] + number + 1)
            ds.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "TRACEW", "ND"]
            ds.ScanningSequence, ds.SequenceVariant, ds.MRAcquisitionType = "EP", "SK", "2D"
            ds.RepetitionTime, ds.EchoTime, ds.FlipAngle = "5000", "70", "90"
            ds.DiffusionBValue, ds.DiffusionDirectionality = B_VALUES[frame], "ISOTROPIC"
            ds.AcquisitionTime = _clock(series, 30.0 * frame)
            place_slice(ds, geometry, number, _stored(plane))
            save(ds, folder / f"DWI_{frame + 1:03d}_{number + 1:04d}.dcm")


def write_enhanced_dwi(path: Path, frames: Iterator[Float], geometry: Geometry, series: SeriesOfPatient) -> None:
    """Write the same as one Enhanced MR object."""
    planes = [
        (b, number, _stored(plane)) for b, whole in zip(B_VALUES, frames, strict=True) for number, plane in enumerate(whole)
    ]
    ds = _mr(series, 1)
    ds.SOPClassUID = EnhancedMRImageStorage
    ds.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]
    place_slice(ds, geometry, 0, planes[0][2])
    measures = _item(PixelSpacing=ds.PixelSpacing, SliceThickness=ds.SliceThickness)
    orientation = _item(ImageOrientationPatient=ds.ImageOrientationPatient)
    groups = []
    for b, number, plane in planes:
        place_slice(ds, geometry, number, plane)
        group = Dataset()
        group.PlanePositionSequence = Sequence([_item(ImagePositionPatient=ds.ImagePositionPatient)])
        group.MRDiffusionSequence = Sequence([_item(DiffusionBValue=b, DiffusionDirectionality="ISOTROPIC")])
        groups.append(group)
    for keyword in ("PixelSpacing", "SliceThickness", "ImageOrientationPatient", "ImagePositionPatient", "SliceLocation"):
        delattr(ds, keyword)
    shared = Dataset()
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([orientation])
    transformation = _item(RescaleIntercept="0", RescaleSlope="1", RescaleType="US")
    shared.PixelValueTransformationSequence = Sequence([transformation])
    ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = Sequence([shared]), Sequence(groups)
    ds.NumberOfFrames = len(planes)
    ds.PixelData = np.stack([plane for _, _, plane in planes]).astype("<u2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    save(ds, path)


def write_dce(
    folder: Path, frames: Iterator[Float], geometry: Geometry, series: SeriesOfPatient, progress: Progress = silent
) -> None:
    """Write the contrast series: one file for each slice and time."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in each(range(FRAMES), progress, "Writing the DCE"):
        for number, plane in enumerate(next(frames)):
            ds = _mr(series, frame * geometry.shape[0] + number + 1)
            ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
            ds.ScanningSequence, ds.SequenceVariant, ds.MRAcquisitionType = "GR", ["SK", "SP"], "3D"
            ds.RepetitionTime, ds.EchoTime, ds.FlipAngle = f"{REPETITION_S * 1000:g}", "2", f"{FLIP_DEG:g}"
            ds.ContrastBolusAgent = "Gadolinium chelate"
            ds.TemporalPositionIdentifier, ds.NumberOfTemporalPositions = frame + 1, FRAMES
            ds.AcquisitionTime = _clock(series, FRAME_S * frame)
            place_slice(ds, geometry, number, _stored(plane))
            save(ds, folder / f"DCE_{frame + 1:03d}_{number + 1:04d}.dcm")


def _mr(series: SeriesOfPatient, number: int) -> Dataset:
    ds = series.header(MRImageStorage, number, 78.0)
    ds.ImageComments, ds.MagneticFieldStrength = SYNTHETIC, "3"
    ds.AcquisitionDate, ds.AcquisitionTime, ds.AcquisitionNumber = STUDY_DATE, series.time, 1
    return ds


def _clock(series: SeriesOfPatient, after_s: float) -> str:
    return (datetime.strptime(series.time, "%H%M%S") + timedelta(seconds=after_s)).strftime("%H%M%S.%f")


def _noisy(clean: Float, noise: float, random: np.random.Generator) -> Float:
    if noise == 0.0:
        return clean
    real, imaginary = (noise * _NOISE * random.standard_normal(clean.shape) for _ in range(2))
    return np.asarray(np.hypot(clean + real, imaginary))


def _stored(plane: Float) -> NDArray[np.uint16]:
    # Four steps to one of signal, so that rounding is small against noise.
    return np.clip(np.round(plane * 4.0), 0, 65535).astype(np.uint16)


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item
