"""Hot spheres of known volume, blurred exactly by a scanner's resolution: the truth for methods that find a region."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ParameterError
from ..geometry import Geometry
from ..identity import Identity
from ..image import Image, Mask, on_grid
from ..quantities import SUV_BW, Quantity

NEMA_DIAMETERS_MM = (10.0, 13.0, 17.0, 22.0, 28.0, 37.0)
"""Inner diameters of the spheres of the image quality phantom of NEMA NU 2, mm."""
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
_IDENTITY = Identity(
    patient_id="SPHERES", frame_of_reference="2.25.1", study="2.25.2", series=("2.25.3",), marks=("synthetic",)
)
_SMALLEST_RADIUS = 1e-6


@dataclass(frozen=True, kw_only=True)
class Sphere:
    """One hot sphere.

    Parameters
    ----------
    centre_mm : tuple of float
        LPS position of its centre, mm.
    diameter_mm : float
        Diameter, mm.
    """

    centre_mm: tuple[float, float, float]
    diameter_mm: float

    @property
    def volume_ml(self) -> float:
        """Volume, ml."""
        return math.pi * self.diameter_mm**3 / 6000.0


@dataclass(frozen=True, kw_only=True, eq=False)
class SpherePhantom:
    """A hot sphere in a uniform background.

    Parameters
    ----------
    image : Image, (z, y, x), SUVbw (g/ml)
        Background 1, the sphere `contrast` times as hot, blurred, with noise.
    sphere : Sphere
        Where it truly is.
    truth : Mask
        Voxels whose centre lies in the sphere; its volume differs from ``sphere.volume_ml`` by the grid.
    within : Mask
        Sphere of the same centre, larger all round: the region to look in.
    background : Mask
        Voxels far enough from the sphere to hold background alone.
    """

    image: Image
    sphere: Sphere
    truth: Mask
    within: Mask
    background: Mask


def blurred_sphere(distance_mm: ArrayLike, diameter_mm: float, fwhm_mm: float) -> NDArray[np.float64]:
    """Return a sphere of value 1 convolved with a three-dimensional Gaussian, in closed form.

    Parameters
    ----------
    distance_mm : array
        Distances from the centre of the sphere, mm.
    diameter_mm : float
        Diameter of the sphere, mm.
    fwhm_mm : float
        Full width at half maximum of the Gaussian, mm; 0 for a sharp sphere.

    Returns
    -------
    array of float64, of the shape of `distance_mm`
        From 0 to 1.

    Notes
    -----
    With radius R, sigma s and distance r: [erf((R - r) / (sqrt(2) s)) + erf((R + r) / (sqrt(2) s))] / 2
    - s / (r sqrt(2 pi)) [exp(-(R - r)^2 / (2 s^2)) - exp(-(R + r)^2 / (2 s^2))]. The value at a voxel is that at its centre.

    References
    ----------
    Kessler RM, Ellis JR, Eden M (1984), Analysis of emission tomographic scan data: limitations imposed by resolution and
    background, J Comput Assist Tomogr 8:514-522 (the same integral, for recovery coefficients of spheres).
    """
    from scipy.special import erf  # noqa: PLC0415  (only a phantom needs it)

    distance = np.asarray(distance_mm, dtype=np.float64)
    radius, sigma = diameter_mm / 2.0, fwhm_mm / FWHM_PER_SIGMA
    if fwhm_mm <= 0:
        return (distance <= radius).astype(np.float64)
    # At the centre the quotient has a limit; a millionth of a millimetre off is as good.
    near = np.maximum(distance, _SMALLEST_RADIUS * sigma)
    inner, outer = (radius - near) / (math.sqrt(2.0) * sigma), (radius + near) / (math.sqrt(2.0) * sigma)
    edges = 0.5 * (erf(inner) + erf(outer))
    return np.asarray(edges - sigma / (near * math.sqrt(2.0 * math.pi)) * (np.exp(-(inner**2)) - np.exp(-(outer**2))))


def spheres_in(
    geometry: Geometry,
    spheres: Sequence[Sphere],
    *,
    contrast: float,
    fwhm_mm: float,
    background: float = 1.0,
    noise: float = 0.0,
    seed: int = 0,
    quantity: Quantity = SUV_BW,
    identity: Identity = _IDENTITY,
) -> Image:
    """Return an image of hot spheres in a uniform background.

    Parameters
    ----------
    geometry : Geometry
        Grid as a file would have it; anisotropic and oblique ones are as good as any.
    spheres : sequence of Sphere
        Apart from each other: where two overlap, their uptake adds up.
    contrast : float
        True ratio of sphere to background.
    fwhm_mm : float
        Resolution, mm.
    background : float
        True value outside.
    noise : float
        Standard deviation of white Gaussian noise, as a share of the background, the same everywhere.
    seed : int
        Draws the noise.
    quantity : Quantity
        What the numbers mean.
    identity : Identity
        Whose it is.
    """
    canonical, stored = on_grid(geometry)
    values = np.full(canonical.shape, background, dtype=np.float64)
    for sphere in spheres:
        away = distances_from(canonical, sphere.centre_mm)
        values += background * (contrast - 1.0) * blurred_sphere(away, sphere.diameter_mm, fwhm_mm)
    if noise > 0:
        values += background * noise * np.random.default_rng(seed).standard_normal(canonical.shape)
    step = f"Synthetic spheres {contrast:g}:1, {fwhm_mm:g} mm FWHM, {100 * noise:g} % noise."
    return Image(
        array=values.astype(np.float32),
        geometry=canonical,
        stored=stored,
        identity=identity,
        quantity=quantity,
        history=(step,),
    )


def sphere_phantom(
    diameter_mm: float,
    *,
    contrast: float,
    fwhm_mm: float = 6.0,
    spacing_mm: tuple[float, float, float] = (2.0, 2.0, 2.0),
    noise: float = 0.10,
    seed: int = 0,
    search_mm: float = 10.0,
    border_mm: float = 26.0,
) -> SpherePhantom:
    """Return one hot sphere whose centre lies anywhere between voxels.

    Parameters
    ----------
    diameter_mm : float
        Diameter of the sphere, mm.
    contrast : float
        True ratio of sphere to background.
    fwhm_mm : float
        Resolution, mm.
    spacing_mm : tuple of float
        Voxel edges along x, y, z, mm.
    noise : float
        Standard deviation of the noise, as a share of the background.
    seed : int
        Draws the offset of the centre, uniform within a voxel, and the noise.
    search_mm : float
        How far the region to look in reaches beyond the sphere, mm.
    border_mm : float
        How far the grid reaches beyond the sphere, mm.

    Raises
    ------
    ParameterError
        If a size is not above 0, or the grid is too small for the regions.
    """
    if min(diameter_mm, search_mm, *spacing_mm) <= 0 or border_mm < search_mm + 2 * max(fwhm_mm, *spacing_mm):
        raise ParameterError(
            f"A sphere of {diameter_mm:g} mm in a region {search_mm:g} mm larger and a grid {border_mm:g} mm larger leaves no "
            "background.",
            "Give sizes above 0 and a border that is larger by two voxels and two resolutions.",
        )
    draw = np.random.default_rng(seed)
    spacing = np.asarray(spacing_mm, dtype=np.float64)
    half = np.ceil((diameter_mm / 2.0 + border_mm) / spacing).astype(int)
    nx, ny, nz = (2 * half + 1).tolist()
    geometry = Geometry.from_parts((nz, ny, nx), spacing, -half * spacing)
    x, y, z = ((draw.random(3) - 0.5) * spacing).tolist()
    sphere = Sphere(centre_mm=(x, y, z), diameter_mm=diameter_mm)
    noise_seed = int(draw.integers(2**31))
    image = spheres_in(geometry, [sphere], contrast=contrast, fwhm_mm=fwhm_mm, noise=noise, seed=noise_seed)
    away = distances_from(image.geometry, sphere.centre_mm) - diameter_mm / 2.0
    return SpherePhantom(
        image=image,
        sphere=sphere,
        truth=_mask(away <= 0, image, "truth"),
        within=_mask(away <= search_mm, image, "GTV"),
        background=_mask(away >= search_mm + max(fwhm_mm, *spacing_mm), image, "background"),
    )


def distances_from(geometry: Geometry, point_mm: ArrayLike) -> NDArray[np.float64]:
    """Return the distance of every voxel centre from a point, (z, y, x), mm, in patient space."""
    k, j, i = np.ogrid[tuple(slice(0, n) for n in geometry.shape)]
    offset = geometry.affine[:3, 3] - np.asarray(point_mm, dtype=np.float64)
    squares = np.zeros(geometry.shape)
    for axis in range(3):
        along = geometry.affine[axis, :3]
        squares += (along[0] * i + along[1] * j + along[2] * k + offset[axis]) ** 2
    return np.sqrt(squares)


def _mask(array: NDArray[np.bool_], image: Image, name: str) -> Mask:
    return Mask(array=array, geometry=image.geometry, stored=image.stored, identity=image.identity, name=name)
