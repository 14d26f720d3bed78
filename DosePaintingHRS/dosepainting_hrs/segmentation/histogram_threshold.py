"""Threshold that a rule reads from the histogram of a region: Otsu, Li and others, by SimpleITK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from .islands import HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake

_FILTERS = {
    "otsu": "OtsuThresholdImageFilter",
    "li": "LiThresholdImageFilter",
    "yen": "YenThresholdImageFilter",
    "triangle": "TriangleThresholdImageFilter",
    "maximum entropy": "MaximumEntropyThresholdImageFilter",
    "renyi entropy": "RenyiEntropyThresholdImageFilter",
    "moments": "MomentsThresholdImageFilter",
    "isodata": "IsoDataThresholdImageFilter",
    "intermodes": "IntermodesThresholdImageFilter",
    "shanbhag": "ShanbhagThresholdImageFilter",
    "kittler-illingworth": "KittlerIllingworthThresholdImageFilter",
}


@dataclass(frozen=True, kw_only=True)
class HistogramThresholdParameters(Parameters):
    """The rule, the histogram, and which islands to keep."""

    rule: Annotated[str, Field(help="How the threshold is read from the histogram.", choices=tuple(_FILTERS), example="otsu")]
    bins: Annotated[
        int, Field(help="Number of equal bins from lowest to highest value.", unit="1", minimum=16, maximum=4096)
    ] = 256
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0


@register_segmentation("histogram-threshold", schema=1)
class HistogramThreshold(Segmentation):
    """Region of all voxels inside another region above a threshold that is read from the histogram of the map there.

    Parameters
    ----------
    map : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region to stay inside, on the grid of the map; it should hold lesion and background.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the region is empty, the map has no value or one value only in it, the rule finds no threshold, or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    The rules are those of SimpleITK, on the histogram of all finite values inside the region; a voxel belongs when its value
    is above the threshold. What comes out depends on how much background the region holds: such a threshold is reproducible
    for one way of drawing the region, and no property of the lesion.

    References
    ----------
    Otsu N (1979), A threshold selection method from gray-level histograms, IEEE Trans Syst Man Cybern 9:62-66,
    doi:10.1109/TSMC.1979.4310076.

    Li CH, Tam PKS (1998), An iterative algorithm for minimum cross entropy thresholding, Pattern Recognit Lett 19:771-776,
    doi:10.1016/S0167-8655(98)00057-9.

    Sezgin M, Sankur B (2004), Survey over image thresholding techniques and quantitative performance evaluation, J Electron
    Imaging 13:146-165, doi:10.1117/1.1631315 (the other rules).
    """

    parameters: HistogramThresholdParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        progress(0.0, "Looking at the map inside the region")
        uptake = Uptake.of(map, within)
        values = uptake.values[uptake.inside]
        rule = self.parameters.rule
        if values.min() == values.max():
            raise InputError(
                f'The map has one value, {values[0]:.6g} ({map.quantity}), everywhere in the region "{within.name}": there is '
                "nothing to separate.",
                "Choose a region that holds lesion and background.",
            )
        threshold = automatic_threshold(values, rule, self.parameters.bins)
        if not values.min() <= threshold < values.max():
            raise InputError(
                f'The rule "{rule}" finds no threshold in the region "{within.name}" (it gives {threshold:.6g}, the map has '
                f"{values.min():.6g} to {values.max():.6g}).",
                "Choose another rule, or a region that holds lesion and background.",
            )
        progress(0.5, "Finding islands")
        step = f"Threshold above {threshold:.6g} ({map.quantity}), found by {rule} in {self.parameters.bins} bins"
        region = uptake.at_least(float(np.nextafter(threshold, np.inf)), self.parameters, step)
        progress(1.0, "Region made")
        return region


def automatic_threshold(values: NDArray[np.float64], rule: str, bins: int) -> float:
    """Return the threshold that a rule reads from a histogram.

    Parameters
    ----------
    values : array of float64, (n,)
        Values; not all the same.
    rule : str
        Name of the rule.
    bins : int
        Number of bins.

    Raises
    ------
    InputError
        If the rule gives up on these values.
    """
    import SimpleITK as sitk  # noqa: PLC0415

    finder = getattr(sitk, _FILTERS[rule])()
    finder.SetNumberOfHistogramBins(bins)
    finder.SetNumberOfThreads(1)  # Starting threads takes longer than a few ten thousand values do.
    try:
        finder.Execute(sitk.GetImageFromArray(np.ascontiguousarray(values[None, :])))
    except RuntimeError as error:
        raise InputError(
            f'The rule "{rule}" finds no threshold in {values.size} values from {values.min():.6g} to {values.max():.6g}.',
            "Choose another rule, or a region that holds lesion and background.",
        ) from error
    return float(finder.GetThreshold())
