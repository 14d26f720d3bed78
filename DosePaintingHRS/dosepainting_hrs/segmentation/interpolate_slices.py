"""Slices between those drawn by hand, by the shape of their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..image import Mask
from ..morphology import Padded
from ..parameters import Field, Parameters
from ..progress import Progress, each, silent
from ..registry import RegionMethod, Slot, register_region
from .from_regions import changed

_PLANES = {"axial": 0, "coronal": 1, "sagittal": 2}


@dataclass(frozen=True, kw_only=True)
class InterpolateSlicesParameters(Parameters):
    """In which plane the slices were drawn."""

    plane: Annotated[str, Field(help="Plane that the slices were drawn in.", choices=tuple(_PLANES))] = "axial"


@register_region("interpolate-slices", schema=1)
class InterpolateSlices(RegionMethod):
    """Region with the slices filled in between those that were drawn.

    Parameters
    ----------
    region : Mask, (z, y, x)
        Drawn on some slices, with empty ones between them.

    Returns
    -------
    Mask, (z, y, x)
        The slices drawn stay as they are.

    Raises
    ------
    InputError
        If the region is empty.

    Notes
    -----
    In every slice drawn, the distance to the outline within the plane is taken, positive inside; between two neighbouring
    slices it is interpolated linearly, and voxels where it is not negative belong. The outline lies half way between the
    centres of neighbouring voxels inside and outside. A slice that is no gap between two drawn ones is left empty.

    References
    ----------
    Raya SP, Udupa JK (1990), Shape-based interpolation of multidimensional objects, IEEE Trans Med Imaging 9:32-42,
    doi:10.1109/42.52980.
    """

    inputs = (Slot("region", "region", "Region drawn on some of its slices."),)
    parameters: InterpolateSlicesParameters

    def compute(self, region: Mask, progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Looking at the slices")
        axis = _PLANES[self.parameters.plane]
        padded = Padded(region, 0.0)
        slices = np.moveaxis(padded.array, axis, 0).copy()
        edges = [spacing for other, spacing in enumerate(region.geometry.spacing[::-1]) if other != axis]
        drawn = np.flatnonzero(slices.any(axis=(1, 2)))
        if not drawn.size:
            raise InputError(f'The region "{region.name}" is empty.', "Draw at least two slices.")
        filled = 0
        gaps = [(int(a), int(b)) for a, b in pairwise(drawn) if b - a > 1]
        for below, above in each(gaps, progress, "Filling slices"):
            first, second = _signed_distance(slices[below], edges), _signed_distance(slices[above], edges)
            for index in range(below + 1, above):
                share = (index - below) / (above - below)
                slices[index] = (1.0 - share) * first + share * second >= 0
                filled += bool(slices[index].any())
        step = f'Filled {filled} {self.parameters.plane} slices between {drawn.size} drawn ones of "{region.name}".'
        return changed(region, padded.back(np.moveaxis(slices, 0, axis)), step)


def _signed_distance(inside: NDArray[np.bool_], edges_mm: list[float]) -> NDArray[np.float64]:
    """Return the distance of every pixel to the outline, mm, positive inside."""
    from scipy import ndimage  # noqa: PLC0415

    to_outside = ndimage.distance_transform_edt(inside, sampling=edges_mm)
    to_inside = ndimage.distance_transform_edt(~inside, sampling=edges_mm)
    half = 0.5 * min(edges_mm)
    return np.asarray(np.where(inside, to_outside - half, half - to_inside), dtype=np.float64)
