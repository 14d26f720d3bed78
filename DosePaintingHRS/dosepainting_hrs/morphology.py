"""Growing and shrinking regions by a distance in millimetres, exactly, on any grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .geometry import Box, Geometry, bounding_box
from .image import Mask

_ROUNDING = 1e-9
_ORTHOGONAL = 1e-6
Bools = NDArray[np.bool_]


class Padded:
    """A region in a box with room around it, as if the grid had no end.

    Growing reaches beyond the edge of the grid and is cut off at the end, so that closing leaves no dent there; what lies
    beyond the edge does not belong to the region.

    Parameters
    ----------
    mask : Mask, (z, y, x)
        The region; it has at least one voxel.
    margin_mm : float
        Room needed on every side, mm.
    """

    def __init__(self, mask: Mask, margin_mm: float) -> None:
        self._mask = mask
        self._box: Box = bounding_box(mask.array) or (slice(0, 1), slice(0, 1), slice(0, 1))
        self.room = _steps(mask.geometry, margin_mm)
        self.array: Bools = np.pad(mask.array[self._box], [(n, n) for n in self.room])

    def back(self, array: Bools) -> Bools:
        """Return an array of the padded box on the whole grid."""
        whole = np.zeros(self._mask.array.shape, dtype=np.bool_)
        target, source = [], []
        for axis, (part, room) in enumerate(zip(self._box, self.room, strict=True)):
            start, stop = part.start - room, part.stop + room
            low, high = max(start, 0), min(stop, whole.shape[axis])
            target.append(slice(low, high))
            source.append(slice(low - start, high - start))
        whole[tuple(target)] = array[tuple(source)]
        return whole


def grown(array: Bools, geometry: Geometry, by_mm: float) -> Bools:
    """Return all voxels whose centre lies within a distance of the centre of a voxel of the region.

    Parameters
    ----------
    array : array of bool, (z, y, x)
        The region, with room around it.
    geometry : Geometry
        Its voxels; any affine is exact.
    by_mm : float
        Distance, mm.
    """
    return np.asarray(distance_to(array, geometry) <= by_mm * (1.0 + _ROUNDING), dtype=np.bool_)


def shrunk(array: Bools, geometry: Geometry, by_mm: float) -> Bools:
    """Return all voxels with no voxel of the outside, centre to centre, within a distance; arguments as of `grown`."""
    return np.asarray(distance_to(~array, geometry) > by_mm * (1.0 + _ROUNDING), dtype=np.bool_)


def distance_to(array: Bools, geometry: Geometry) -> NDArray[np.float64]:
    """Return for every voxel the distance of its centre to the nearest voxel centre of a region, mm; 0 inside it.

    Parameters
    ----------
    array : array of bool, (z, y, x)
        The region; infinity everywhere when it is empty.
    geometry : Geometry
        Its voxels; only the affine counts.

    Notes
    -----
    On orthogonal axes the exact Euclidean distance transform; on sheared ones a search tree in patient space.
    """
    from scipy import ndimage  # noqa: PLC0415
    from scipy.spatial import cKDTree  # noqa: PLC0415

    if not array.any():
        return np.full(array.shape, np.inf)
    if _is_orthogonal(geometry):
        away = ndimage.distance_transform_edt(~array, sampling=geometry.spacing[::-1])
        return np.asarray(away, dtype=np.float64)
    found = np.zeros(array.shape)
    axes = geometry.affine[:3, :3].T
    tree = cKDTree(np.argwhere(array)[:, ::-1] @ axes)
    found[~array] = tree.query(np.argwhere(~array)[:, ::-1] @ axes)[0]
    return found


def _is_orthogonal(geometry: Geometry) -> bool:
    products = geometry.direction.T @ geometry.direction
    return bool(np.abs(products - np.eye(3)).max() < _ORTHOGONAL)


def _steps(geometry: Geometry, margin_mm: float) -> tuple[int, int, int]:
    """Return how many voxels along z, y and x a margin takes, and one more."""
    # The distance between neighbouring planes of voxels, which on sheared axes is less than the voxel's edge.
    planes = 1.0 / np.linalg.norm(np.linalg.inv(geometry.affine[:3, :3]), axis=1)
    x, y, z = (np.ceil(margin_mm / planes).astype(int) + 1).tolist()
    return z, y, x
