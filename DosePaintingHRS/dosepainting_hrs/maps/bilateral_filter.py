"""An image smoothed without losing its edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..image import Image
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Map, register_map
from ..restoration.boxes import filled
from ..restoration.edge_preserving import noise_of, smoothed


@dataclass(frozen=True, kw_only=True)
class BilateralFilterParameters(Parameters):
    """How far neighbours count, and how different they may be."""

    sigma_mm: Annotated[
        float, Field(help="Standard deviation of the weights over distance.", unit="mm", minimum=0.5, maximum=10.0)
    ] = 2.0
    spread: Annotated[
        float | None,
        Field(
            help="Standard deviation of the weights over difference in value; without it, 3 times the noise found.",
            unit="unit of the image",
            minimum=0.0,
            maximum=1e9,
        ),
    ] = None


@register_map("bilateral-filter", schema=1)
class BilateralFilter(Map):
    """Image smoothed where it is flat, with its edges kept.

    Parameters
    ----------
    image : Image, (z, y, x)
        Any image.

    Returns
    -------
    Image, (z, y, x), of the same quantity

    Notes
    -----
    Every voxel becomes the mean of the voxels up to two standard deviations away, weighted by Gaussians of distance and of
    difference in value. The noise is the median absolute difference of neighbours along x, over 0.6745 sqrt(2); where more
    than half of an image is the same everywhere (air), it is 0 and a spread has to be given. Voxels without a value stay
    without; for their neighbours they have the value of the nearest voxel with one.

    References
    ----------
    Tomasi C, Manduchi R (1998), Bilateral filtering for gray and color images, Proc IEEE Int Conf Computer Vision, 839-846.
    """

    parameters: BilateralFilterParameters

    def compute(self, image: Image, progress: Progress = silent) -> Image:
        """Return the smoothed image."""
        progress(0.0, "Looking for the noise")
        raw = np.asarray(image.array, dtype=np.float64)
        values, _ = filled(raw)
        finite = np.isfinite(raw)
        given = self.parameters.spread
        spread = given if given is not None else 3.0 * noise_of(values, finite)
        progress(0.1, "Smoothing")
        out = smoothed(values, image.geometry.spacing[::-1], sigma_mm=self.parameters.sigma_mm, spread=spread)
        out[~finite] = np.nan
        progress(1.0, "Smoothed")
        step = f"Smoothed bilaterally: {self.parameters.sigma_mm:g} mm, {spread:.4g} ({image.quantity})."
        return image.derived(out, image.quantity, step)
