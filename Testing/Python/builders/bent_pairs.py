"""The synthetic patient bent by a known cubic B-spline: truth for deformable registration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from builders.registration_pairs import FIXED_FRAME, MOVING_FRAME, image_of, turned
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.phantom.anatomy import paint_patient
from dosepainting_hrs.phantom.misaligned import moved_ct, moved_t2
from dosepainting_hrs.phantom.tissues import lookup
from dosepainting_hrs.phantom.tumour import centres_of, tumour_of
from dosepainting_hrs.quantities import HOUNSFIELD, MR_SIGNAL

Float = NDArray[np.float64]
DOMAIN_LOW, DOMAIN_MM = np.array([-70.0, -105.0, -85.0]), 180.0
CT_NOISE_HU = 12.0
REACH_MM = 12.0
"""No coefficient is larger, so no point moves farther along an axis."""


@dataclass(frozen=True, kw_only=True)
class BentPair:
    """A CT of the bent patient and an image of the straight one; where each point of the first lies in the second."""

    name: str
    fixed: Image
    moving: Image
    gtv: Mask
    spline: sitk.BSplineTransform
    rigid: Float

    def truth(self, points: Float) -> Float:
        """Return where points (n, 3) of the fixed image lie in the moving one, LPS mm."""
        bent = np.array([self.spline.TransformPoint(point) for point in points.tolist()])
        return np.asarray(bent @ self.rigid[:3, :3].T + self.rigid[:3, 3])


def spline_of(number: int, *, cells: int = 4, largest_mm: float = REACH_MM) -> sitk.BSplineTransform:
    """Return a cubic B-spline with random coefficients up to `largest_mm` on knots of 180 mm / `cells`, by SimpleITK."""
    spline = sitk.BSplineTransform(3, 3)
    spline.SetTransformDomainOrigin(DOMAIN_LOW.tolist())
    spline.SetTransformDomainPhysicalDimensions([DOMAIN_MM] * 3)
    spline.SetTransformDomainMeshSize([cells] * 3)
    count = 3 * (cells + 3) ** 3
    spline.SetParameters(np.random.default_rng([41, number]).uniform(-largest_mm, largest_mm, count).tolist())
    return spline


def displaced(spline: sitk.BSplineTransform, grid: Geometry) -> Float:
    """Return where the points of an axial grid go, (z, y, x, 3); those outside of the spline's domain stay."""
    sampler = sitk.TransformToDisplacementFieldFilter()
    sampler.SetSize([int(n) for n in grid.shape[::-1]])
    sampler.SetOutputOrigin(grid.origin.tolist())
    sampler.SetOutputSpacing(grid.spacing.tolist())
    return np.asarray(centres_of(grid) + sitk.GetArrayFromImage(sampler.Execute(spline)))


def bent_ct(grid: Geometry, spline: sitk.BSplineTransform, seed: int) -> Float:
    """Return a CT in which the point p shows what lies at p + u(p) in the straight patient, HU."""
    finer = np.maximum(1.0, 0.6 * grid.spacing)
    extent = np.array(grid.shape[::-1]) * grid.spacing + 2.0 * REACH_MM
    nx, ny, nz = np.ceil(extent / finer).astype(int).tolist()
    painted = Geometry.from_parts((nz, ny, nx), finer, grid.origin - REACH_MM)
    hu = lookup("hu")[paint_patient(painted, seed, couch=False)]
    image = np.zeros(grid.shape)
    for depth in (-1.0 / 3.0, 0.0, 1.0 / 3.0):
        lifted = Geometry.from_parts(grid.shape, grid.spacing, grid.origin + np.array([0.0, 0.0, depth * grid.spacing[2]]))
        index = painted.to_index(displaced(spline, lifted))
        image += map_coordinates(hu, [index[..., k] for k in (2, 1, 0)], order=1, mode="nearest") / 3.0
    grain = gaussian_filter(np.random.default_rng([seed, 8]).standard_normal(grid.shape), (0.0, 0.8, 0.8))
    return gaussian_filter(image, (0.0, 0.6, 0.6)) + CT_NOISE_HU * grain / grain.std()


def bent_pair(name: str, number: int, *, seed: int = 1, spacing_mm: float = 1.0, margin_mm: float = 40.0) -> BentPair:
    """Return one pair: ``"CT-CT"`` or ``"MR-CT"``, the moving patient straight, turned and shifted a little as well.

    Both images cover the GTV and a margin, as far as the spline's domain goes; the CT of the moving patient has voxels
    1.2 times as large in the plane.
    """
    spline = spline_of(number)
    rigid = turned((1.0, -1.5, 2.0), (2.0, -3.0, 2.0))
    low, high = tumour_of(seed).box(margin_mm)
    low, high = np.maximum(low, DOMAIN_LOW + 1.0), np.minimum(high, DOMAIN_LOW + DOMAIN_MM - 1.0)
    grid = _grid(low, high, (spacing_mm, spacing_mm, 3.0))
    fixed = image_of(bent_ct(grid, spline, seed).astype(np.float32), grid, HOUNSFIELD, FIXED_FRAME)
    inside = tumour_of(seed).is_gtv(displaced(spline, grid))
    gtv = Mask(array=inside, geometry=fixed.geometry, stored=fixed.stored, identity=fixed.identity, name="GTVp")
    to_ct = np.linalg.inv(rigid)
    if name == "CT-CT":
        other = _grid(low - 8.0, high + 8.0, (1.2 * spacing_mm, 1.2 * spacing_mm, 3.0))
        moving = image_of(moved_ct(other, to_ct, seed, noise=1), other, HOUNSFIELD, MOVING_FRAME)
    else:
        other = _grid(low - 8.0, high + 8.0, (spacing_mm, spacing_mm, 3.5))
        moving = image_of(moved_t2(other, to_ct, seed), other, MR_SIGNAL, MOVING_FRAME)
    return BentPair(name=name, fixed=fixed, moving=moving, gtv=gtv, spline=spline, rigid=rigid)


def _grid(low: Float, high: Float, spacing: tuple[float, float, float]) -> Geometry:
    nx, ny, nz = np.ceil((high - low) / np.array(spacing)).astype(int).tolist()
    return Geometry.from_parts((nz, ny, nx), spacing, low)
