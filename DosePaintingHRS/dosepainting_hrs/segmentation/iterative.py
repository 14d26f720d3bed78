"""Threshold found by iteration with a model of the scanner's resolution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from ..errors import InputError
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from .islands import HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake
from .reference import WITH_REFERENCE, overlapping, reference_of, with_reference
from .scale import require_true_zero

_FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
_SMALLEST_SHARE = 0.5
"""A sphere whose diameter is under this share of the PSF looks the same whatever its size."""


@dataclass(frozen=True, kw_only=True)
class IterativeParameters(Parameters):
    """The resolution, when to stop, and which islands to keep."""

    psf_fwhm_mm: Annotated[
        float,
        Field(
            help="Resolution of the map: full width at half maximum of its point spread, as measured.",
            unit="mm",
            minimum=0.0,
            maximum=30.0,
            example=3.0,
        ),
    ]
    tolerance_percent: Annotated[
        float,
        Field(
            help="Stop when the threshold changes by less than this share of the contrast.",
            unit="%",
            minimum=0.001,
            maximum=10.0,
        ),
    ] = 0.1
    rounds: Annotated[int, Field(help="Give up after this many rounds.", unit="1", minimum=1, maximum=1000)] = 100
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0


@register_segmentation("iterative", schema=1)
class Iterative(Segmentation):
    """Region above the threshold that a blurred sphere of the volume found would have at its true edge.

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
        If the region is empty, the map has no value in it, its maximum is not above the background, the lesion is too small for
        the resolution, the rounds do not converge, or nothing is left.
    IdentityError
        If map and regions are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    With background B and maximum M, the threshold is T = B + (M - B) f(V). A sphere of volume V and uniform uptake, blurred by
    the resolution, has f(V) = C(R) / C(0), C(r) being its profile in closed form and R its radius. The
    volume of all voxels of the island of highest uptake that reach T gives the next T, starting half way; a cycle between two
    volumes of the grid ends at the mean of its thresholds. The lesion is taken to be about as compact as a sphere.

    References
    ----------
    van Dalen JA et al. (2007), A novel iterative method for lesion delineation and volumetric quantification with FDG PET,
    Nucl Med Commun 28:485-493.

    Jentzen W et al. (2007), Segmentation of PET volumes by iterative image thresholding, J Nucl Med 48:108-114.
    """

    inputs = WITH_REFERENCE
    parameters: IterativeParameters

    def compute(self, map: Image, within: Mask, reference: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        require_true_zero(map, "a contrast")
        progress(0.0, "Looking at the map in the regions")
        uptake = Uptake.of(map, within)
        background = reference_of(map, reference)
        if uptake.maximum <= background.mean:
            raise InputError(
                f'The maximum of the map in the region "{within.name}" is {uptake.maximum:.6g} ({map.quantity}), not above the '
                f'background of {background} of "{reference.name}".',
                "Check both regions; a lesion without contrast has no edge to find.",
            )
        threshold, rounds = self._converged(uptake, background.mean, progress)
        share = (threshold - background.mean) / (uptake.maximum - background.mean)
        step = (
            f"Threshold at {threshold:.6g} ({map.quantity}) after {rounds} rounds, {100 * share:.1f} % of the way from the "
            f'background of {background} of "{reference.name}"{overlapping(uptake, reference)} to the maximum of '
            f"{uptake.maximum:.6g}, for a resolution of {self.parameters.psf_fwhm_mm:g} mm,"
        )
        region = with_reference(uptake.at_least(threshold, self.parameters, step), reference)
        progress(1.0, "Region made")
        return region

    def _converged(self, uptake: Uptake, background: float, progress: Progress) -> tuple[float, int]:
        """Return the threshold and the rounds it took."""
        chosen, rise = self.parameters, uptake.maximum - background
        voxel_ml = uptake.image.geometry.voxel_volume_ml
        threshold, seen = background + 0.5 * rise, list[float]()
        for number in range(1, chosen.rounds + 1):
            progress(min(number / chosen.rounds, 0.9), f"Round {number}")
            count = uptake.count_at_least(threshold)
            diameter = 2.0 * (3000.0 * count * voxel_ml / (4.0 * math.pi)) ** (1.0 / 3.0)
            if diameter < _SMALLEST_SHARE * chosen.psf_fwhm_mm:
                raise InputError(
                    f'The lesion in the region "{uptake.within.name}" comes out {diameter:.1f} mm across, too small for a '
                    f"resolution of {chosen.psf_fwhm_mm:g} mm: its size cannot be told from its blur.",
                    "Check the resolution given; for a lesion this small use a fixed threshold.",
                )
            following = background + rise * edge_share(diameter / 2.0, chosen.psf_fwhm_mm)
            if abs(following - threshold) <= chosen.tolerance_percent / 100.0 * rise:
                return following, number
            if following in seen:  # The grid has no volume in between: the thresholds take turns for ever.
                cycle = seen[seen.index(following) :]
                return sum(cycle) / len(cycle), number
            seen.append(following)
            threshold = following
        raise InputError(
            f'The threshold in the region "{uptake.within.name}" still changes after {chosen.rounds} rounds.',
            "Allow more rounds, or check the region: it should hold one compact lesion.",
        )


def edge_share(radius_mm: float, fwhm_mm: float) -> float:
    """Return what share of the height of its centre a blurred sphere has at its true edge.

    Parameters
    ----------
    radius_mm : float
        Radius of the sphere, mm, above 0.
    fwhm_mm : float
        Full width at half maximum of the Gaussian blur, mm; 0 gives one half.

    Notes
    -----
    With u = R / (sqrt(2) sigma): C(R) = erf(2u) / 2 - (1 - exp(-4u^2)) / (2 u sqrt(pi)) and
    C(0) = erf(u) - 2 u exp(-u^2) / sqrt(pi).
    """
    if fwhm_mm <= 0:
        return 0.5
    u = radius_mm / (math.sqrt(2.0) * fwhm_mm / _FWHM_PER_SIGMA)
    edge = math.erf(2.0 * u) / 2.0 - (1.0 - math.exp(-4.0 * u * u)) / (2.0 * u * math.sqrt(math.pi))
    centre = math.erf(u) - 2.0 * u * math.exp(-u * u) / math.sqrt(math.pi)
    return edge / centre
