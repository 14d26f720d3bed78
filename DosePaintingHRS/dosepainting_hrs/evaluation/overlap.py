"""How far two regions coincide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..identity import require_same_frame, require_same_patient
from ..image import Mask


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Overlap of two regions.

    Parameters
    ----------
    dice : float
        2 |A and B| / (|A| + |B|), 0 to 1.
    jaccard : float
        |A and B| / |A or B|, 0 to 1.
    first_ml, second_ml : float
        Their volumes, ml.
    both_ml, either_ml : float
        Volume of the intersection and of the union, ml.
    """

    dice: float
    jaccard: float
    first_ml: float
    second_ml: float
    both_ml: float
    either_ml: float


def overlap(first: Mask, second: Mask) -> Overlap:
    """Measure how far two regions coincide.

    Parameters
    ----------
    first, second : Mask, (z, y, x)
        Regions of one patient on one grid.

    Raises
    ------
    InputError
        If both are empty: their overlap is not defined.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.

    References
    ----------
    Dice LR (1945), Measures of the amount of ecologic association between species, Ecology 26:297-302,
    doi:10.2307/1932409.
    """
    require_comparable(first, second)
    sizes = first.voxel_count, second.voxel_count
    if not any(sizes):
        raise InputError(f'The regions "{first.name}" and "{second.name}" are both empty, so their overlap is not defined.')
    both = int(np.count_nonzero(first.array & second.array))
    either = sum(sizes) - both
    voxel = first.geometry.voxel_volume_ml
    return Overlap(
        dice=2 * both / sum(sizes),
        jaccard=both / either,
        first_ml=sizes[0] * voxel,
        second_ml=sizes[1] * voxel,
        both_ml=both * voxel,
        either_ml=either * voxel,
    )


def require_comparable(first: Mask, second: Mask) -> None:
    """Refuse two regions that are not of one patient, in one frame of reference and on one grid.

    Raises
    ------
    IdentityError, GeometryError
        If so.
    """
    what = (f'The region "{first.name}"', f'the region "{second.name}"')
    require_same_patient(first.identity, second.identity, what=what)
    require_same_frame(first.identity, second.identity, what=what)
    first.require_same_grid(second, what=what)
