"""Points of origin of a recurrence: the innermost point of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import bounding_box
from ..image import Mask


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The innermost point of one part of a region.

    Parameters
    ----------
    index : tuple of int
        Its voxel, (z, y, x).
    position_mm : tuple of float
        LPS position, mm.
    volume_ml : float
        Volume of the part, ml.
    """

    index: tuple[int, int, int]
    position_mm: tuple[float, float, float]
    volume_ml: float


def points_of_origin(region: Mask) -> tuple[Origin, ...]:
    """Find the point of origin of every part of a region.

    Parameters
    ----------
    region : Mask, (z, y, x)
        A recurrence, say.

    Returns
    -------
    tuple of Origin
        One for each 26-connected part, in index order; none for an empty region.

    Notes
    -----
    Each part is eroded by 3 x 3 x 3 voxels as often as anything is left; of what is left, the voxel nearest to its centre of
    gravity is the point of origin. A part that one erosion empties is taken as it is. The number of erosions is not given in
    the paper; this is the ultimate erosion.

    References
    ----------
    Kutnar D et al. (2023), Prediction of post-radiotherapy recurrence volumes in head and neck squamous cell carcinoma using
    3D U-Net segmentation, methods ("centre of volume", erosion by a 3 x 3 x 3 kernel).
    """
    from scipy import ndimage  # noqa: PLC0415

    box = bounding_box(region.array)
    if box is None:
        return ()
    labels, count = ndimage.label(region.array[box], structure=np.ones((3, 3, 3)))
    start = np.array([part.start for part in box])
    found = []
    for number, part in enumerate(ndimage.find_objects(labels), 1):
        inside = np.pad(labels[part] == number, 1)
        # Voxels that survive n - 1 erosions by 3 x 3 x 3 lie n steps from the outside, diagonals counted as one step.
        depth = ndimage.distance_transform_cdt(inside, metric="chessboard")
        core = np.argwhere(depth == depth.max())
        middle = core.mean(axis=0)
        nearest = core[int(np.argmin(((core - middle) ** 2).sum(axis=1)))]
        z, y, x = (nearest - 1 + start + np.array([one.start for one in part])).tolist()
        px, py, pz = region.geometry.to_world((x, y, z)).tolist()
        volume = float(inside.sum()) * region.geometry.voxel_volume_ml
        found.append(Origin(index=(z, y, x), position_mm=(px, py, pz), volume_ml=volume))
    return tuple(found[:count])
