"""How a subvolume lies in its region: its share, its islands, how scattered it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CONNECTED_26 = np.ones((3, 3, 3), dtype=np.bool_)


@dataclass(frozen=True, kw_only=True)
class Compactness:
    """Where the voxels of a subvolume lie.

    Parameters
    ----------
    voxels : int
        Voxels of the subvolume.
    fraction : float
        Share of the region.
    islands : int
        Islands, 26-connected.
    largest_island : float
        Share of the subvolume in its largest island; 0 for an empty one.
    scatter : float
        Share of the faces between a voxel of the subvolume and another voxel of the region behind which the subvolume does
        not go on: near 0 for one compact piece, 1 when no two of its voxels touch.
    """

    voxels: int
    fraction: float
    islands: int
    largest_island: float
    scatter: float

    def __str__(self) -> str:
        return (
            f"{self.voxels} voxels, {self.fraction:.1%} of the region, {self.islands} island{'s' * (self.islands != 1)}, "
            f"{self.largest_island:.0%} in the largest, scatter {self.scatter:.2f}"
        )


def compactness(members: NDArray[np.bool_], region: NDArray[np.bool_]) -> Compactness:
    """Measure a subvolume within a region, both (z, y, x) on one grid."""
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    labels, count = ndimage.label(members, structure=_CONNECTED_26)
    voxels = int(np.count_nonzero(members))
    sizes = np.bincount(labels.ravel())[1:]
    faces = ended = 0
    for axis in range(3):
        first, second = (np.take(members, range(*span), axis) for span in _halves(members.shape[axis]))
        known = np.logical_and(*(np.take(region, range(*span), axis) for span in _halves(members.shape[axis])))
        both = int(np.count_nonzero(first & second & known))
        one = int(np.count_nonzero((first ^ second) & known))
        faces, ended = faces + 2 * both + one, ended + one
    return Compactness(
        voxels=voxels,
        fraction=voxels / max(int(np.count_nonzero(region)), 1),
        islands=int(count),
        largest_island=float(sizes.max() / voxels) if voxels else 0.0,
        scatter=ended / faces if faces else 0.0,
    )


def _halves(length: int) -> tuple[tuple[int, int], tuple[int, int]]:
    return (0, length - 1), (1, length)
