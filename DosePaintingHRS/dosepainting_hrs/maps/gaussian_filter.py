"""An image smoothed with a Gaussian: the plain filter that others are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..image import Image
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Map, register_map
from ..restoration.boxes import filled
from ..restoration.gaussian import FWHM_PER_SIGMA, blurred


@dataclass(frozen=True, kw_only=True)
class GaussianFilterParameters(Parameters):
    """How wide the Gaussian is."""

    fwhm_mm: Annotated[
        float, Field(help="Full width at half maximum of the Gaussian.", unit="mm", minimum=0.1, maximum=50.0, example=5.0)
    ]


@register_map("gaussian-filter", schema=1)
class GaussianFilter(Map):
    """Image smoothed with a three-dimensional Gaussian.

    Parameters
    ----------
    image : Image, (z, y, x)
        Any image.

    Returns
    -------
    Image, (z, y, x), of the same quantity

    Notes
    -----
    The Gaussian is sampled at voxel centres, cut off after 4 standard deviations, and as wide in mm along every axis; outside,
    the image goes on with its border values. Voxels without a value stay without; for their neighbours they have the value of
    the nearest voxel with one.

    References
    ----------
    Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck squamous
    cell carcinoma: does it fulfill the promises?, Semin Radiat Oncol 28:35-45, section on image processing.
    """

    parameters: GaussianFilterParameters

    def compute(self, image: Image, progress: Progress = silent) -> Image:
        """Return the smoothed image."""
        progress(0.0, "Smoothing")
        raw = np.asarray(image.array, dtype=np.float64)
        values, _ = filled(raw)
        out = blurred(values, self.parameters.fwhm_mm / FWHM_PER_SIGMA, image.geometry.spacing[::-1])
        out[~np.isfinite(raw)] = np.nan
        progress(1.0, "Smoothed")
        return image.derived(out, image.quantity, f"Smoothed with a Gaussian of {self.parameters.fwhm_mm:g} mm FWHM.")
