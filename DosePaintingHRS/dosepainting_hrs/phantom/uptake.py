"""FDG in the synthetic patient: true uptake, what a PET scanner makes of it, and the timing that turns SUV into Bq/ml."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry
from .canvas import Float
from .tissues import lookup
from .tumour import Tumour

FWHM_MM = 6.0
_NOISE_AT_SUV_1 = 0.10
_NOISE_FWHM_MM = 5.0
_SIGMA_PER_FWHM = 1.0 / (2.0 * np.sqrt(2.0 * np.log(2.0)))
OVERSAMPLING = (2, 2, 2)
"""How much finer than the PET grid the uptake is painted: (z, y, x)."""


@dataclass(frozen=True, kw_only=True)
class Injection:
    """Radiopharmaceutical and timing of the PET.

    Parameters
    ----------
    dose_bq : float
        Activity at injection, Bq.
    half_life_s : float
        Half-life of fluorine-18, s.
    weight_kg : float
        Body weight, kg.
    delay_s : float
        From injection to the start of the scan, s.
    duration_s : float
        Length of the frame, s.
    """

    dose_bq: float = 350e6
    half_life_s: float = 6586.2
    weight_kg: float = 78.0
    delay_s: float = 3600.0
    duration_s: float = 180.0

    @property
    def decay_per_s(self) -> float:
        """Decay constant, 1/s."""
        return float(np.log(2.0)) / self.half_life_s

    @property
    def bq_per_ml_per_suv(self) -> float:
        """Activity concentration at the start of the scan for SUVbw of one, Bq/ml (tissue of 1 g/ml)."""
        return self.dose_bq * float(np.exp(-self.decay_per_s * self.delay_s)) / (self.weight_kg * 1000.0)

    @property
    def decay_factor(self) -> float:
        """Factor that corrects the frame's mean for decay since its start."""
        lt = self.decay_per_s * self.duration_s
        return lt / (1.0 - float(np.exp(-lt)))

    @property
    def frame_reference_s(self) -> float:
        """Time after the start at which the activity equals its mean over the frame, s."""
        return float(np.log(self.decay_factor)) / self.decay_per_s


def finer(geometry: Geometry) -> Geometry:
    """Return the grid whose blocks of `OVERSAMPLING` voxels are the voxels of an axial grid."""
    factors = np.array(OVERSAMPLING[::-1], dtype=np.float64)
    spacing = geometry.spacing / factors
    origin = geometry.origin - geometry.spacing / 2 + spacing / 2
    z, y, x = (n * f for n, f in zip(geometry.shape, OVERSAMPLING, strict=True))
    return Geometry.from_parts((z, y, x), spacing, origin)


def true_uptake(labels: NDArray[np.uint8], geometry: Geometry, tumour: Tumour, random: np.random.Generator) -> Float:
    """Return the uptake itself, SUV: tissue means, mottled by a tenth, with the analytic tumour in it.

    Parameters
    ----------
    labels : uint8 array, (z, y, x)
        `Tissue` labels on `geometry`.
    geometry : Geometry
        An axial grid.
    tumour : Tumour
        Whose uptake is known at every point.
    random : Generator
        Draws the mottle.
    """
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415  (slow to import)

    suv = lookup("suv")[labels]
    coarse = random.standard_normal(tuple(n // 3 + 2 for n in labels.shape), dtype=np.float32)
    mottle = gaussian_filter(coarse, 1.0)
    mottle *= np.float32(0.10 / mottle.std())
    z, y, x = (np.arange(n) // 3 for n in labels.shape)
    suv *= 1.0 + mottle[np.ix_(z, y, x)]
    low, high = (geometry.to_index(corner) for corner in tumour.box())
    start = np.maximum(np.ceil(low).astype(int), 0)
    stop = np.minimum(np.floor(high).astype(int) + 1, geometry.shape[::-1])
    index = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(start, stop, strict=True)), indexing="ij"), axis=-1)
    value = tumour.suv(geometry.to_world(index)).transpose(2, 1, 0)
    box = tuple(slice(a, b) for a, b in zip(start[::-1], stop[::-1], strict=True))
    suv[box] = np.where(np.isnan(value), suv[box], value)
    return suv


def scanned(suv: Float, geometry: Geometry, random: np.random.Generator) -> Float:
    """Return what the scanner reconstructs from an uptake on the finer grid: resolution, voxels and noise.

    Parameters
    ----------
    suv : array, (z, y, x)
        True uptake on `finer(geometry)`, SUV.
    geometry : Geometry
        The PET grid.
    random : Generator
        Draws the noise.

    Notes
    -----
    Noise has the Poisson form, a standard deviation that grows with the root of the signal, and is correlated as
    after reconstruction with a post-filter of 5 mm.
    """
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415  (slow to import)

    blurred = gaussian_filter(suv, FWHM_MM * _SIGMA_PER_FWHM / finer(geometry).spacing[::-1], truncate=3.0)
    z, y, x = geometry.shape
    fz, fy, fx = OVERSAMPLING
    image = blurred.reshape(z, fz, y, fy, x, fx).mean(axis=(1, 3, 5))
    noise = random.standard_normal(geometry.shape, dtype=np.float32)
    noise = gaussian_filter(noise, _NOISE_FWHM_MM * _SIGMA_PER_FWHM / geometry.spacing[::-1])
    noise *= np.float32(_NOISE_AT_SUV_1) / noise.std()
    noisy: Float = np.maximum(image + noise * np.sqrt(image + np.float32(0.02)), 0.0).astype(np.float32)
    return noisy
