"""The oblique T2-weighted MR of the synthetic patient, in a frame of reference of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import MRImageStorage

from ..geometry import Geometry
from ..progress import Progress, each, silent
from .canvas import Float
from .headers import STUDY_DATE, SYNTHETIC, SeriesOfPatient, place_slice, save
from .tissues import lookup

_NOISE = 14.0
_BIAS = 0.22
_BLUR_MM = 0.45


def t2_image(
    labels: NDArray[np.uint8], painted: Geometry, geometry: Geometry, mr_to_ct: NDArray[np.float64], seed: int
) -> Float:
    """Return the T2-weighted image on an oblique grid.

    Parameters
    ----------
    labels : uint8 array, (z, y, x)
        `Tissue` labels on the axial grid `painted`, in the CT's frame of reference.
    painted : Geometry
        Grid of the labels; it must hold the whole MR volume.
    geometry : Geometry
        The MR grid, in the MR's own frame of reference.
    mr_to_ct : array, (4, 4)
        Maps LPS mm of the MR's frame to LPS mm of the CT's.
    seed : int
        Draws mottle and noise.

    Returns
    -------
    array, (z, y, x)
        Magnitude signal, arbitrary units; slices are averaged over their thickness, the coil shades smoothly, noise
        is Rician.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates  # noqa: PLC0415  (slow to import)

    random = np.random.default_rng([seed, 5])
    signal = lookup("t2")[labels]
    mottle = gaussian_filter(random.standard_normal(labels.shape, dtype=np.float32), (1.0, 1.5, 1.5))
    signal *= 1.0 + np.float32(0.06 / mottle.std()) * mottle
    to_painted = np.linalg.inv(painted.affine) @ mr_to_ct @ geometry.affine
    image = np.zeros(geometry.shape, dtype=np.float32)
    z, y, x = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in geometry.shape), indexing="ij")
    for depth in (-1 / 3, 0.0, 1 / 3):
        rows = (
            to_painted[k, 0] * x + to_painted[k, 1] * y + to_painted[k, 2] * (z + depth) + to_painted[k, 3] for k in (2, 1, 0)
        )
        image += map_coordinates(signal, list(rows), output=np.float32, order=1, mode="nearest") / np.float32(3)
    blur = _BLUR_MM / geometry.spacing
    image = gaussian_filter(image, (0.0, blur[1], blur[0]))
    image *= _bias(geometry)
    real, imaginary = (np.float32(_NOISE) * random.standard_normal(geometry.shape, dtype=np.float32) for _ in range(2))
    magnitude: Float = np.hypot(image + real, imaginary)
    return magnitude


def _bias(geometry: Geometry) -> Float:
    """Return the shading of a neck coil: brighter at the surface and towards the middle of the coil."""
    z, y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in geometry.shape)
    z, y, x = z[:, None, None], y[None, :, None], x[None, None, :]
    shade: Float = 1.0 + np.float32(_BIAS) * (0.9 * x * x + 0.7 * y * y - 0.8 * z * z + 0.3 * x - 0.25 * y * z)
    return shade


def write_mr(
    folder: Path, image: Float, geometry: Geometry, series: SeriesOfPatient, *, weight_kg: float, progress: Progress = silent
) -> None:
    """Write the T2-weighted MR, one file per slice.

    Parameters
    ----------
    folder : Path
        Where the files go; made if absent.
    image : array, (z, y, x)
        Signal.
    geometry : Geometry
        The MR grid, oblique.
    series : SeriesOfPatient
        Names and UIDs.
    weight_kg : float
        Body weight, kg.
    progress : callable
        Where to report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in each(range(geometry.shape[0]), progress, "Writing the T2"):
        ds = series.header(MRImageStorage, number + 1, weight_kg)
        ds.ImageType = ["ORIGINAL", "PRIMARY", "OTHER", "ND", "NORM"]
        ds.ImageComments = SYNTHETIC
        ds.AcquisitionDate, ds.AcquisitionTime, ds.AcquisitionNumber = STUDY_DATE, series.time, 1
        ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = "SE", ["SK", "SP"], ""
        ds.MRAcquisitionType, ds.SequenceName, ds.ProtocolName = "2D", "tse2d1_15", "t2_tse_tra_neck"
        ds.RepetitionTime, ds.EchoTime, ds.EchoTrainLength, ds.FlipAngle = "5200", "96", 15, "150"
        ds.NumberOfAverages, ds.ImagingFrequency, ds.ImagedNucleus, ds.EchoNumbers = "2", "123.25", "1H", 1
        ds.MagneticFieldStrength, ds.SpacingBetweenSlices = "3", f"{geometry.spacing[2]:.6g}"
        ds.PercentSampling, ds.PercentPhaseFieldOfView, ds.PixelBandwidth = "100", "100", "220"
        ds.InPlanePhaseEncodingDirection = "ROW"
        pixels = np.clip(np.round(image[number]), 0, 4095).astype(np.uint16)
        place_slice(ds, geometry, number, pixels)
        ds.WindowCenter, ds.WindowWidth = "350", "800"
        save(ds, folder / f"MR_{number + 1:04d}.dcm")
