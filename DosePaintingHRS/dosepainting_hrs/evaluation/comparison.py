"""Several regions side by side: how far each two coincide, and where they disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..image import Mask
from .overlap import overlap, require_comparable
from .surface_distance import surface_distance


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two regions against each other.

    Parameters
    ----------
    first, second : str
        Their names.
    dice : float
        Dice, 0 to 1.
    volume_ratio : float
        Volume of the first over that of the second.
    mean_surface_distance_mm : float
        Mean distance between their surfaces, mm.
    hausdorff_95_mm : float
        95th percentile Hausdorff distance, mm.
    """

    first: str
    second: str
    dice: float
    volume_ratio: float
    mean_surface_distance_mm: float
    hausdorff_95_mm: float


def compared(regions: Mapping[str, Mask]) -> tuple[Pair, ...]:
    """Compare every two of several regions.

    Parameters
    ----------
    regions : mapping of str to Mask, (z, y, x)
        By name, none empty, on one grid.

    Raises
    ------
    InputError
        If there are fewer than two, or one is empty.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.
    """
    if len(regions) < 2:
        raise InputError("At least two regions are needed to compare.", "Name another method or region.")
    names = list(regions)
    pairs = []
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            first, second = regions[one], regions[other]
            coincide, apart = overlap(first, second), surface_distance(first, second)
            pairs.append(
                Pair(
                    first=one,
                    second=other,
                    dice=coincide.dice,
                    volume_ratio=coincide.first_ml / coincide.second_ml,
                    mean_surface_distance_mm=apart.mean_mm,
                    hausdorff_95_mm=apart.percentile_95_mm,
                )
            )
    return tuple(pairs)


def disagreement(regions: Mapping[str, Mask]) -> NDArray[np.float32]:
    """Return for every voxel how far regions disagree about it, (z, y, x), 0 to 1.

    Parameters
    ----------
    regions : mapping of str to Mask, (z, y, x)
        On one grid.

    Raises
    ------
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.

    Notes
    -----
    4 f (1 - f), f being the share of regions that hold the voxel: 0 where all agree, 1 where half do.
    """
    first, *others = regions.values()
    for other in others:
        require_comparable(other, first)
    share = np.mean([one.array for one in regions.values()], axis=0, dtype=np.float32)
    return np.asarray(4.0 * share * (1.0 - share), dtype=np.float32)
