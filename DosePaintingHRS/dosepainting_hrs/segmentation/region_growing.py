"""A region grown from seeds over neighbours with values like its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from .islands import ALL, Islands, MinimumIsland, Uptake
from .seeds import Seeds, seeds_in_box


@dataclass(frozen=True, kw_only=True)
class RegionGrowingParameters(Parameters):
    """Where the region starts, and how far from its mean its voxels may be."""

    multiplier: Annotated[
        float,
        Field(
            help="Voxels within so many standard deviations of the mean of the region belong.",
            unit="1",
            minimum=0.1,
            maximum=20.0,
            example=0.5,
        ),
    ]
    iterations: Annotated[
        int,
        Field(help="How often the region is grown again from its own mean and deviation.", unit="1", minimum=0, maximum=50),
    ] = 4
    seed_radius_mm: Annotated[
        float,
        Field(
            help="The first mean is that of a box so far around each seed, at least a voxel.",
            unit="mm",
            minimum=0.0,
            maximum=20.0,
        ),
    ] = 3.0
    seeds: Seeds = ()
    islands: Islands = ALL
    minimum_island_ml: MinimumIsland = 0.0


@register_segmentation("region-growing", schema=1)
class RegionGrowing(Segmentation):
    """Region inside another that grows from seeds over neighbours with values like its own (confidence connected).

    Parameters
    ----------
    map : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region to stay inside.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the region is empty, the map has no value in it, or a seed lies outside.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    Mean and standard deviation of the seeds' surroundings give an interval, widened to hold the seeds; voxels in it that are
    connected to a seed (six neighbours, inside the region) are the region. Its mean and deviation give the next interval. No
    iteration is plain region growing. In a region that is a whole image, away from its border, the result is that of
    SimpleITK's ConfidenceConnected.

    References
    ----------
    Adams R, Bischof L (1994), Seeded region growing, IEEE Trans Pattern Anal Mach Intell 16:641-647. Yoo TS (ed) (2004),
    Insight into Images, AK Peters, chapter on basic segmentation (confidence connected).
    """

    parameters: RegionGrowingParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        progress(0.0, "Looking at the map inside the region")
        chosen, uptake = self.parameters, Uptake.of(map, within)
        seeds = seeds_in_box(chosen.seeds, uptake)
        reach = np.maximum(1, np.floor(chosen.seed_radius_mm / map.geometry.spacing[::-1] + 1e-9)).astype(int)
        mean, variance = _around(uptake, seeds, reach)
        region, low, high = np.zeros(uptake.inside.shape, dtype=np.bool_), 0.0, 0.0
        for number in range(chosen.iterations + 1):
            progress(0.1 + 0.8 * number / (chosen.iterations + 1), "Growing")
            if number:
                values = uptake.values[region]
                mean, variance = float(values.mean()), float(values.var(ddof=1)) if values.size > 1 else 0.0
                if variance == 0:
                    break
            spread = chosen.multiplier * float(np.sqrt(variance))
            own = [uptake.values[seed] for seed in seeds]
            low, high = min(mean - spread, *own), max(mean + spread, *own)
            region = connected(uptake.inside & (uptake.values >= low) & (uptake.values <= high), seeds)
        step = (
            f"Grown from {len(seeds)} seed{'s' * (len(seeds) > 1)} over {low:.6g} to {high:.6g} ({map.quantity}), "
            f"{chosen.multiplier:g} standard deviations, {chosen.iterations} iterations"
        )
        made = uptake.kept(region, chosen, step)
        progress(1.0, "Region made")
        return made


def connected(allowed: NDArray[np.bool_], seeds: list[tuple[int, int, int]]) -> NDArray[np.bool_]:
    """Return the voxels that are connected to a seed through allowed ones (six neighbours)."""
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    labels, _ = ndimage.label(allowed)
    wanted = {int(labels[seed]) for seed in seeds} - {0}
    return np.isin(labels, sorted(wanted))


def _around(uptake: Uptake, seeds: list[tuple[int, int, int]], reach: NDArray[np.int_]) -> tuple[float, float]:
    """Return mean and variance of the seeds' surroundings inside the region, all together."""
    found = []
    for seed in seeds:
        near = tuple(slice(max(0, at - far), at + far + 1) for at, far in zip(seed, reach, strict=True))
        found.append(uptake.values[near][uptake.inside[near]])
    values = np.concatenate(found)
    return float(values.mean()), float(values.var(ddof=1)) if values.size > 1 else 0.0
