"""The planning CT of the synthetic patient: blur, texture and noise of a scanner, written slice by slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import CTImageStorage

from ..geometry import Geometry
from ..progress import Progress, each, silent
from .canvas import Float
from .headers import STUDY_DATE, SYNTHETIC, SeriesOfPatient, place_slice, save
from .tissues import Tissue, lookup

_BLUR_MM = 0.6
_NOISE_HU = 9.0
_INTERCEPT = -1024
_SMOOTH = (Tissue.AIR, Tissue.FOAM, Tissue.MASK, Tissue.COUCH_SHELL)


def write_ct(
    folder: Path,
    labels: NDArray[np.uint8],
    geometry: Geometry,
    series: SeriesOfPatient,
    *,
    weight_kg: float,
    progress: Progress = silent,
) -> None:
    """Write the planning CT, one file per slice.

    Parameters
    ----------
    folder : Path
        Where the files go; made if absent.
    labels : uint8 array, (z, y, x)
        `Tissue` labels on the CT grid.
    geometry : Geometry
        The CT grid, axial.
    series : SeriesOfPatient
        Names and UIDs.
    weight_kg : float
        Body weight, kg.
    progress : callable
        Where to report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in each(range(geometry.shape[0]), progress, "Writing the planning CT"):
        random = np.random.default_rng([series.patient.seed, 3, number])
        pixels = np.round(ct_slice(labels[number], geometry, random) - _INTERCEPT)
        ds = series.header(CTImageStorage, number + 1, weight_kg)
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.AcquisitionDate, ds.AcquisitionTime, ds.AcquisitionNumber = STUDY_DATE, series.time, 1
        ds.KVP, ds.XRayTubeCurrent, ds.ExposureTime, ds.Exposure = "120", 250, 800, 200
        ds.ConvolutionKernel, ds.FilterType = "STANDARD", "BODY"
        ds.DataCollectionDiameter, ds.ReconstructionDiameter = "500", f"{geometry.spacing[0] * geometry.shape[2]:.6g}"
        ds.GantryDetectorTilt, ds.TableHeight, ds.RotationDirection = "0", "150", "CW"
        ds.ImageComments = SYNTHETIC
        place_slice(ds, geometry, number, np.clip(pixels, 0, 4095).astype(np.int16))
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = _INTERCEPT, 1, "HU"
        ds.WindowCenter, ds.WindowWidth = "40", "400"
        save(ds, folder / f"CT_{number + 1:04d}.dcm")


def ct_slice(labels: NDArray[np.uint8], geometry: Geometry, random: np.random.Generator) -> Float:
    """Return one slice as a scanner shows it, HU.

    Tissue is mottled at 3 mm, the scanner blurs, and noise is correlated; it grows with the width of the body and
    runs along x where the beam has to pass both shoulders.
    """
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415  (slow to import)

    pixel = float(geometry.spacing[0])
    hu = lookup("hu")[labels]
    solid = ~np.isin(labels, [int(one) for one in _SMOOTH])
    # Fat is the least even: strands and small vessels run through it.
    share = np.where(labels == Tissue.FAT, np.float32(2.4), solid.astype(np.float32))
    mottle = gaussian_filter(random.standard_normal(labels.shape, dtype=np.float32), 2.2 / pixel)
    hu += np.float32(5.0 / _spread(2.2 / pixel)) * share * mottle
    hu = gaussian_filter(hu, _BLUR_MM / pixel)
    width_mm = float(solid.any(axis=0).sum()) * pixel
    excess = max(0.0, width_mm - 200.0) / 260.0
    blur = (0.7 / pixel, (0.7 + 3.0 * excess) / pixel)
    noise = gaussian_filter(random.standard_normal(labels.shape, dtype=np.float32), blur)
    gain = _NOISE_HU * (1.0 + 0.9 * excess) / max(float(noise.std()), 1e-6)
    shown: Float = hu + np.float32(gain) * noise
    return shown


def _spread(sigma: float) -> float:
    """Return the standard deviation that white noise of one keeps after a Gaussian filter in two dimensions."""
    kernel = np.exp(-(np.arange(-12, 13) ** 2) / (2 * max(sigma, 1e-3) ** 2))
    kernel /= kernel.sum()
    return float((kernel**2).sum())
