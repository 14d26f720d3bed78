"""An image deblurred with a known resolution: what partial-volume correction can give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..image import Image
from ..parameters import Field, Parameters
from ..progress import Progress, part, silent
from ..registry import Map, register_map
from ..restoration.boxes import filled
from ..restoration.deblur import KINDS, deblurred


@dataclass(frozen=True, kw_only=True)
class DeblurringParameters(Parameters):
    """Resolution of the image, the algorithm, and when it stops."""

    psf_fwhm_mm: Annotated[
        float,
        Field(
            help="Resolution of the image, full width at half maximum, as measured for camera and reconstruction.",
            unit="mm",
            minimum=0.5,
            maximum=30.0,
            example=6.0,
        ),
    ]
    kind: Annotated[str, Field(help="Algorithm.", choices=KINDS)] = KINDS[0]
    steps: Annotated[int, Field(help="Steps at most; more sharpen more, noise as well.", unit="1", minimum=1, maximum=200)] = 10
    stop_percent: Annotated[
        float,
        Field(
            help="Stop after a step that changes the image by less than this share of its spread.",
            unit="%",
            minimum=0.0,
            maximum=50.0,
        ),
    ] = 0.5


@register_map("deblurring", schema=1)
class Deblurring(Map):
    """Image deblurred with a known Gaussian resolution (partial-volume correction).

    Parameters
    ----------
    image : Image, (z, y, x)
        Any image; negative values are taken as 0 by Richardson-Lucy.

    Returns
    -------
    Image, (z, y, x), of the same quantity

    Notes
    -----
    As in the gradient method. Deblurring overshoots beside edges: highest values of small lesions may come out too high. For
    looking and for contours, not for quantification. Voxels without a value stay without; for their neighbours they have the
    value of the nearest voxel with one.

    References
    ----------
    Landweber L (1951), An iteration formula for Fredholm integral equations of the first kind, Am J Math 73:615-624.
    Richardson WH (1972), Bayesian-based iterative method of image restoration, J Opt Soc Am 62:55-59. Lucy LB (1974), An
    iterative technique for the rectification of observed distributions, Astron J 79:745-754.
    """

    parameters: DeblurringParameters

    def compute(self, image: Image, progress: Progress = silent) -> Image:
        """Return the deblurred image."""
        progress(0.0, "Looking at the image")
        raw, chosen = np.asarray(image.array, dtype=np.float64), self.parameters
        values, _ = filled(raw)
        done = deblurred(
            values,
            image.geometry.spacing[::-1],
            fwhm_mm=chosen.psf_fwhm_mm,
            kind=chosen.kind,
            steps=chosen.steps,
            stop_percent=chosen.stop_percent,
            progress=part(progress, 0.05, 1.0),
        )
        out = np.where(np.isfinite(raw), done.values, np.nan)
        clipped = f", {done.clipped} negative voxels taken as 0" if done.clipped else ""
        step = f"Deblurred ({chosen.kind}): {chosen.psf_fwhm_mm:g} mm FWHM, {done.steps} steps{clipped}."
        return image.derived(out, image.quantity, step)
