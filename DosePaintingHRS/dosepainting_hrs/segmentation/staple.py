"""Consensus of regions by STAPLE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..image import Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import RegionMethod, Slot, register_region
from .from_regions import Together


@dataclass(frozen=True, kw_only=True)
class StapleParameters(Parameters):
    """From which probability on a voxel belongs."""

    probability: Annotated[
        float,
        Field(
            help="Voxels that belong with at least this probability are taken.",
            unit="1",
            minimum=0.0,
            maximum=1.0,
            source="Warfield 2004: the more probable of belonging and not belonging",
        ),
    ] = 0.5


@register_region("staple", schema=1)
class Staple(RegionMethod):
    """Region that several regions most probably are attempts at, each weighted by how well it agrees with the rest.

    Parameters
    ----------
    regions : dict of str to Mask, (z, y, x)
        On one grid.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If there are fewer than two, or no voxel is probable enough.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.

    Notes
    -----
    Expectation and maximisation by SimpleITK, in the smallest box that holds all regions: its prior is the mean share of the
    box that belongs to them, so that a larger box would give another consensus. Sensitivity and specificity found for each
    region stand in the history.

    References
    ----------
    Warfield SK, Zou KH, Wells WM (2004), Simultaneous truth and performance level estimation (STAPLE): an algorithm for the
    validation of image segmentation, IEEE Trans Med Imaging 23:903-921, doi:10.1109/TMI.2004.828354.
    """

    inputs = (Slot("regions", "regions", "Regions to find the consensus of, each under a name."),)
    parameters: StapleParameters

    def compute(self, regions: Mapping[str, Mask], progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Finding the consensus")
        together = Together.of(regions)
        found, rates = probabilities(list(together.arrays.values()))
        told = "; ".join(
            f'"{name}" sensitivity {sensitivity:.3f}, specificity {specificity:.3f}'
            for name, (sensitivity, specificity) in zip(regions, rates, strict=True)
        )
        step = f"STAPLE consensus at a probability of {self.parameters.probability:g}: {told}."
        made = together.made(found >= self.parameters.probability, step)
        progress(1.0, "Region made")
        return made


def probabilities(arrays: list[NDArray[np.bool_]]) -> tuple[NDArray[np.float64], list[tuple[float, float]]]:
    """Return the probability of every voxel to belong, and sensitivity and specificity of each region.

    Parameters
    ----------
    arrays : list of arrays of bool, (z, y, x)
        Regions in one box.

    Returns
    -------
    array of float64, (z, y, x), and a list of pairs
    """
    import SimpleITK as sitk  # noqa: PLC0415

    if all(one.all() for one in arrays):  # Every voxel belongs to all: there is nothing to estimate.
        return np.ones(arrays[0].shape), [(1.0, 1.0)] * len(arrays)
    staple = sitk.STAPLEImageFilter()
    staple.SetForegroundValue(1.0)
    images = [sitk.GetImageFromArray(np.ascontiguousarray(one, dtype=np.uint8)) for one in arrays]
    found = sitk.GetArrayFromImage(staple.Execute(images)).astype(np.float64)
    rates = zip(staple.GetSensitivity(), staple.GetSpecificity(), strict=True)
    return found, [(float(a), float(b)) for a, b in rates]
