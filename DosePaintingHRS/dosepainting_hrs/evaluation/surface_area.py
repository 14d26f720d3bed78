"""The surface area of a region, by counting where lines cross its surface."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry

_DIRECTIONS = tuple(d for d in itertools.product((-1, 0, 1), repeat=3) if d > (0, 0, 0))


def surface_area_mm2(array: NDArray[np.bool_], geometry: Geometry) -> float:
    """Return the surface area of a region, mm2.

    Parameters
    ----------
    array : array of bool, (z, y, x)
        The region, or a box that holds it.
    geometry : Geometry
        Its voxels; only the affine counts, which may be anisotropic, oblique or sheared.

    Notes
    -----
    Crofton's formula over the 13 directions between neighbouring voxels: twice the mean over directions of the crossings of
    the surface times the area per line, each direction weighted by its share of the sphere. Balls come out within about 2 %,
    boxes along the axes about a tenth too small; the sum of voxel faces would be 50 % too large for a ball.

    References
    ----------
    Legland D, Kieu K, Devaux MF (2007), Computation of Minkowski measures on 2D and 3D binary images, Image Anal Stereol
    26:83-92, doi:10.5566/ias.v26.p83-92.
    """
    from scipy.spatial import SphericalVoronoi  # noqa: PLC0415

    steps = np.array(_DIRECTIONS)
    vectors = steps[:, ::-1] @ geometry.affine[:3, :3].T
    lengths = np.linalg.norm(vectors, axis=1)
    unit = vectors / lengths[:, None]
    weights = SphericalVoronoi(np.concatenate([unit, -unit])).calculate_areas()[: len(unit)] / (2.0 * np.pi)
    volume = geometry.voxel_volume_ml * 1000.0
    padded = np.pad(array, 1)
    area = 0.0
    for step, length, weight in zip(_DIRECTIONS, lengths.tolist(), weights.tolist(), strict=True):
        first = tuple(slice(max(-n, 0), size - max(n, 0)) for n, size in zip(step, padded.shape, strict=True))
        second = tuple(slice(max(n, 0), size - max(-n, 0)) for n, size in zip(step, padded.shape, strict=True))
        area += 2.0 * weight * int(np.count_nonzero(padded[first] != padded[second])) * volume / length
    return area
