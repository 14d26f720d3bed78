"""Threshold that adapts to the contrast between a lesion and its background, calibrated on spheres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..errors import InputError, ParameterError
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from .islands import HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake
from .reference import WITH_REFERENCE, overlapping, reference_of, with_reference
from .scale import require_true_zero

RATIO, SUBTRACTED = "ratio", "background-subtracted"
_SAME = 1e-6


@dataclass(frozen=True, kw_only=True)
class SphereMeasured(Parameters):
    """What one sphere of a phantom needed."""

    maximum: Annotated[float, Field(help="Maximum of the map in the sphere.", unit="unit of the map", example=4.0)]
    background: Annotated[float, Field(help="Mean of the background.", unit="unit of the map", example=1.0)]
    threshold: Annotated[float, Field(help="Threshold that gives the true volume.", unit="unit of the map", example=2.2)]


@dataclass(frozen=True, kw_only=True)
class AdaptiveParameters(Parameters):
    """The form of the threshold and its coefficients, or the measured spheres to fit them to."""

    form: Annotated[
        str,
        Field(
            help="T = a x maximum + b x background with both fitted (ratio), or T = background + a x (maximum - background).",
            choices=(RATIO, SUBTRACTED),
            example=RATIO,
        ),
    ]
    a: Annotated[float | None, Field(help="Coefficient of the maximum (or of the difference).", unit="1", example=0.5)] = None
    b: Annotated[float | None, Field(help="Coefficient of the background, in ratio form only.", unit="1", example=0.5)] = None
    calibration: Annotated[
        tuple[SphereMeasured, ...],
        Field(help="Spheres measured on this scanner with this reconstruction, which a and b are fitted to."),
    ] = ()
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.calibration and (self.a is not None or self.b is not None):
            raise ParameterError(
                'Parameter "calibration" was given together with "a" or "b".', "Give the measured spheres or the coefficients."
            )
        if not self.calibration and (self.a is None or (self.b is None and self.form == RATIO)):
            needed = '"a" and "b"' if self.form == RATIO else '"a"'
            raise ParameterError(
                f'The method "adaptive" asks for "calibration", or for {needed}.',
                "They belong to one scanner and reconstruction and have no default: measure spheres with calibrate.",
            )
        if self.form == SUBTRACTED and self.b is not None:
            raise ParameterError(f'Parameter "b" has no place in the form "{SUBTRACTED}": it is 1 - a there.', "Leave it out.")

    def coefficients(self) -> tuple[float, float]:
        """Return the coefficients of maximum and background.

        Raises
        ------
        InputError
            If the spheres do not determine them.
        """
        if self.calibration:
            return fitted(self.calibration, self.form)
        a = self.a if self.a is not None else 0.0
        return a, (1.0 - a if self.b is None else self.b)


def fitted(spheres: tuple[SphereMeasured, ...], form: str) -> tuple[float, float]:
    """Fit the coefficients of maximum and background to measured spheres by least squares.

    Parameters
    ----------
    spheres : tuple of SphereMeasured
        At least one for the background-subtracted form, two of different contrast for the ratio form.
    form : str
        ``"ratio"`` or ``"background-subtracted"``.

    Returns
    -------
    tuple of float
        a and b of T = a x maximum + b x background.

    Raises
    ------
    InputError
        If a value is not above its background, or the spheres do not determine the coefficients.

    Notes
    -----
    Ratio form: T / maximum = a + b x (background / maximum), a straight line. Background-subtracted form:
    (T - background) / (maximum - background) = a, the mean over the spheres; b = 1 - a.
    """
    rows = np.array([(one.maximum, one.background, one.threshold) for one in spheres])
    maximum, background, threshold = rows.T
    if not (np.isfinite(rows).all() and (background >= 0).all() and (maximum > background).all()):
        raise InputError("A sphere of the calibration is not hotter than its background.", "Leave it out, or measure it again.")
    if form == SUBTRACTED:
        share = float(((threshold - background) / (maximum - background)).mean())
        return share, 1.0 - share
    inverse = background / maximum
    if np.ptp(inverse) <= _SAME:
        raise InputError(
            f"The {len(spheres)} spheres of the calibration have one ratio of background to maximum, which does not determine "
            "two coefficients.",
            f'Measure spheres of another contrast, or use the form "{SUBTRACTED}".',
        )
    spread = inverse - inverse.mean()
    share = threshold / maximum
    b = float((spread * share).sum() / (spread**2).sum())
    return float(share.mean() - b * inverse.mean()), b


@register_segmentation("adaptive", schema=1)
class Adaptive(Segmentation):
    """Region of all voxels inside another region above a threshold that adapts to maximum and background.

    Parameters
    ----------
    map : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region to stay inside, on the grid of the map.
    reference : Mask, (z, y, x)
        Background around the lesion, on the grid of the map.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    QuantityError
        If the map holds CT numbers, whose zero is no absence of anything.
    InputError
        If the region is empty, the map has no value in it, its maximum is not above the background, or nothing is left.
    IdentityError
        If map and regions are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    T = a x maximum + b x background. In ratio form both coefficients are fitted: T / maximum = a + b / (source to background),
    a straight line in the inverse contrast. In background-subtracted form b = 1 - a: T lies a fixed share of the way from
    background to maximum. The coefficients belong to one scanner and reconstruction; the calibrate command fits them to a
    phantom with hot spheres.

    References
    ----------
    Daisne JF et al. (2003), Tri-dimensional automatic segmentation of PET volumes based on measured source-to-background
    ratios: influence of reconstruction algorithms, Radiother Oncol 69:247-250, doi:10.1016/S0167-8140(03)00270-6.

    Schaefer A et al. (2008), A contrast-oriented algorithm for FDG-PET-based delineation of tumour volumes for the
    radiotherapy of lung cancer, Eur J Nucl Med Mol Imaging 35:1989-1999, doi:10.1007/s00259-008-0875-1 (background
    subtracted).
    """

    inputs = WITH_REFERENCE
    parameters: AdaptiveParameters

    def compute(self, map: Image, within: Mask, reference: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        require_true_zero(map, "a contrast")
        progress(0.0, "Looking at the map in the regions")
        a, b = self.parameters.coefficients()
        uptake = Uptake.of(map, within)
        background = reference_of(map, reference)
        if uptake.maximum <= background.mean:
            raise InputError(
                f'The maximum of the map in the region "{within.name}" is {uptake.maximum:.6g} ({map.quantity}), not above the '
                f'background of {background} of "{reference.name}".',
                "Check both regions; a lesion without contrast has no edge to find.",
            )
        progress(0.5, "Finding islands")
        threshold = a * uptake.maximum + b * background.mean
        fit = f" (fitted to {len(self.parameters.calibration)} spheres)" if self.parameters.calibration else ""
        step = (
            f"Threshold at {threshold:.6g} ({map.quantity}) = {a:.6g} x the maximum of {uptake.maximum:.6g} + {b:.6g} x the "
            f'background of {background} of "{reference.name}"{overlapping(uptake, reference)}{fit},'
        )
        region = with_reference(uptake.at_least(threshold, self.parameters, step), reference)
        progress(1.0, "Region made")
        return region
