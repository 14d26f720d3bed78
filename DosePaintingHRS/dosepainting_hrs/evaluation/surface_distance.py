"""How far the surfaces of two regions lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..image import Mask
from .overlap import require_comparable


@dataclass(frozen=True, kw_only=True)
class SurfaceDistance:
    """Distances between the surfaces of two regions, symmetric, mm.

    Parameters
    ----------
    mean_mm : float
        Mean over the surface voxels of both regions of the distance to the other surface.
    percentile_95_mm : float
        95th percentile Hausdorff distance: the larger of the two directed 95th percentiles.
    maximum_mm : float
        Hausdorff distance.
    """

    mean_mm: float
    percentile_95_mm: float
    maximum_mm: float


def surface_distance(first: Mask, second: Mask) -> SurfaceDistance:
    """Measure how far the surfaces of two regions lie apart.

    Parameters
    ----------
    first, second : Mask, (z, y, x)
        Regions of one patient on one grid; spacing may be anisotropic, axes oblique or sheared.

    Raises
    ------
    InputError
        If either is empty.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.

    Notes
    -----
    The surface of a region is the centres of its voxels that have a face neighbour outside it (beyond the edge of the grid
    counts as outside). Distances are taken in patient space, so any affine is exact.

    References
    ----------
    Taha AA, Hanbury A (2015), Metrics for evaluating 3D medical image segmentation: analysis, selection, and tool, BMC Med
    Imaging 15:29, doi:10.1186/s12880-015-0068-x, sections on spatial distance based metrics.
    """
    require_comparable(first, second)
    for mask in (first, second):
        if not mask.voxel_count:
            raise InputError(f'The region "{mask.name}" is empty, so it has no surface to measure a distance to.')
    points = _surface_points(first), _surface_points(second)
    there = _distances(points[0], points[1])
    back = _distances(points[1], points[0])
    return SurfaceDistance(
        mean_mm=float((there.sum() + back.sum()) / (there.size + back.size)),
        percentile_95_mm=float(max(np.percentile(there, 95), np.percentile(back, 95))),
        maximum_mm=float(max(there.max(), back.max())),
    )


def _surface_points(mask: Mask) -> NDArray[np.float64]:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    faces = ndimage.generate_binary_structure(3, 1)
    surface = mask.array & ~ndimage.binary_erosion(mask.array, structure=faces)
    return mask.geometry.to_world(np.argwhere(surface)[:, ::-1])


def _distances(points: NDArray[np.float64], to: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.spatial import cKDTree  # noqa: PLC0415  (slow to import)

    distances, _ = cKDTree(to).query(points)
    return np.asarray(distances, dtype=np.float64)
