"""The dynamic FMISO PET of the synthetic patient: one DICOM series, every frame with its own times and slopes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import PositronEmissionTomographyImageStorage

from ..geometry import Geometry
from ..progress import Progress, each, silent
from .compartments import LOOKS, Compartment, looked_up
from .fmiso import FRAMES_S, frame_means
from .headers import STUDY_DATE, SeriesOfPatient, place_slice, save
from .uptake import Injection
from .write_pet import describe_acquisition

_FWHM_MM = 5.0
_NOISE = 0.5
"""Standard deviation of a frame of 10 s at an SUV of 1, before it is correlated."""


def write_dynamic_pet(  # noqa: PLR0917
    folder: Path,
    labels: NDArray[np.uint8],
    geometry: Geometry,
    series: SeriesOfPatient,
    noise: float,
    seed: int,
    progress: Progress = silent,
) -> None:
    """Write all frames, Bq/ml decay-corrected to the start of the scan, which is the injection.

    Parameters
    ----------
    folder : Path
        Where the files go; made if absent.
    labels : array of uint8, (z, y, x)
        Compartments.
    geometry : Geometry
        The grid, axial, in the CT's frame of reference.
    series : SeriesOfPatient
        Names and UIDs; its time is the start of the scan.
    noise : float
        Times the usual noise; 0 for none, and then no blur either.
    seed : int
        Draws the noise.
    progress : callable
        Where to report.
    """
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415  (slow to import)

    folder.mkdir(parents=True, exist_ok=True)
    injection, random = Injection(delay_s=0.0), np.random.default_rng([seed, 21])
    curves = {kind: frame_means(look.fmiso) for kind, look in LOOKS.items() if look.fmiso is not None}
    starts = np.concatenate(([0.0], np.cumsum(FRAMES_S)[:-1]))
    for frame in each(range(len(FRAMES_S)), progress, "Writing the dynamic PET"):
        values: dict[Compartment, float] = {kind: float(curve[frame]) for kind, curve in curves.items()}
        suv = looked_up(labels, values)
        if noise > 0.0:
            suv = gaussian_filter(suv, _FWHM_MM / 2.355 / geometry.spacing[::-1])
            spread = noise * _NOISE * np.sqrt(np.maximum(suv, 0.02) * 10.0 / FRAMES_S[frame])
            suv = np.maximum(suv + spread * random.standard_normal(suv.shape), 0.0)
        timing = _Timing(start_s=float(starts[frame]), duration_s=FRAMES_S[frame], number=frame)
        for number, plane in enumerate(suv * injection.bq_per_ml_per_suv):
            ds = _slice(series, injection, timing, number, geometry.shape[0])
            slope = f"{max(float(plane.max()), 1.0) / 32767.0:.8g}"
            stored = np.clip(np.round(plane / float(slope)), 0, 32767).astype(np.int16)
            place_slice(ds, geometry, number, stored)
            del ds.PatientPosition
            ds.RescaleIntercept, ds.RescaleSlope = "0", slope
            save(ds, folder / f"PET_{frame + 1:03d}_{number + 1:04d}.dcm")


class _Timing:
    """When a frame lies."""

    def __init__(self, *, start_s: float, duration_s: float, number: int) -> None:
        self.start_s, self.duration_s, self.number = start_s, duration_s, number


def _slice(series: SeriesOfPatient, injection: Injection, timing: _Timing, number: int, count: int) -> Dataset:
    index = timing.number * count + number
    ds = series.header(PositronEmissionTomographyImageStorage, index + 1, injection.weight_kg)
    describe_acquisition(ds, series, injection, index, count)
    begun = datetime.strptime(STUDY_DATE + series.time, "%Y%m%d%H%M%S") + timedelta(seconds=timing.start_s)
    ds.AcquisitionDate, ds.AcquisitionTime = begun.strftime("%Y%m%d"), begun.strftime("%H%M%S.%f")
    ds.SeriesType, ds.NumberOfTimeSlices = ["DYNAMIC", "IMAGE"], len(FRAMES_S)
    ds.ActualFrameDuration = int(timing.duration_s * 1000)
    lt = injection.decay_per_s * timing.duration_s
    mean_s = float(np.log(lt / (1.0 - np.exp(-lt)))) / injection.decay_per_s
    ds.FrameReferenceTime = f"{(timing.start_s + mean_s) * 1000:.4f}"
    ds.DecayFactor = f"{lt / (1.0 - np.exp(-lt)) * np.exp(injection.decay_per_s * timing.start_s):.8f}"
    tracer = ds.RadiopharmaceuticalInformationSequence[0]
    tracer.Radiopharmaceutical = "Fluoromisonidazole F^18^"
    del tracer.RadiopharmaceuticalCodeSequence
    return ds
