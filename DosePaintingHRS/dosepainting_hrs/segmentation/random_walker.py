"""To which seeds a random walker would come first: a division of a region that needs no threshold."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, part, silent
from ..registry import Segmentation, register_segmentation
from ..restoration.boxes import inner_box
from .islands import ALL, Islands, MinimumIsland, Uptake
from .seeds import SeedRadius, Seeds, Settled, neighbours, settled_voxels

_FLOOR = 1e-6
"""Smallest ease of a step, beside 1 for a step between equal voxels: nothing is cut off altogether.

Voxels behind hard edges hang by this alone; a floor below what the residual can tell left them far from the solution.
"""
_TOLERANCE = 1e-10
"""Residual, as a share of the right side, that ends the iteration."""
_MOST = 50_000
_TOLD_EVERY = 50


@dataclass(frozen=True, kw_only=True)
class RandomWalkerParameters(Parameters):
    """Where the lesion and the background certainly are, and how hard edges are to cross."""

    beta: Annotated[
        float,
        Field(
            help="How hard edges are to cross: a step is exp(-beta d^2) as easy, d being the difference of two voxels as a "
            "share of the range of the map in the region.",
            unit="1",
            minimum=0.0,
            maximum=1e5,
        ),
    ] = 300.0
    seed_radius_mm: SeedRadius = 3.0
    probability: Annotated[
        float,
        Field(help="Voxels from which the lesion is reached first so often belong.", unit="1", minimum=0.01, maximum=0.99),
    ] = 0.5
    seeds: Seeds = ()
    islands: Islands = ALL
    minimum_island_ml: MinimumIsland = 0.0


@register_segmentation("random-walker", schema=1)
class RandomWalker(Segmentation):
    """Voxels inside a region from which a random walker reaches the lesion's seeds before the background.

    Parameters
    ----------
    map : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region to stay inside; the voxels around it are background.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the region is empty, the map has no value in it, there is no background around the region and none is given, or a
        seed lies outside.
    ParameterError
        If the linear system does not settle, as beta is too large for the map.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    Background are the voxels that touch the region from outside, and the points given as such. Steps go to six neighbours and
    are the harder, the longer: by the square of the shortest voxel edge over that along the step; none is less than 1e-6 as
    easy as one between equals. The probabilities solve a linear system (conjugate gradients, to a residual of 1e-10). On
    digital spheres of 13 to 37 mm, 300 to 1000 is the best beta; blurred edges lose volume as with any gradient, and nothing
    here corrects it.

    References
    ----------
    Grady L (2006), Random walks for image segmentation, IEEE Trans Pattern Anal Mach Intell 28:1768-1783,
    doi:10.1109/TPAMI.2006.233.
    """

    parameters: RandomWalkerParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        progress(0.0, "Looking at the map inside the region")
        chosen, uptake = self.parameters, Uptake.of(map, within)
        settled = settled_voxels(uptake, chosen.seeds, chosen.seed_radius_mm)
        progress(0.1, "Letting walkers start")
        share = walker_probability(settled, chosen.beta, map.geometry.spacing[::-1], part(progress, 0.1, 0.9))
        progress(0.9, "Finding islands")
        step = (
            f"Random walker: beta {chosen.beta:g}, {int(settled.lesion.sum())} voxels of seeds, reached first at least "
            f"{chosen.probability:g} of the time"
        )
        made = uptake.kept((share >= chosen.probability)[inner_box(uptake.box, settled.box)], chosen, step)
        progress(1.0, "Region made")
        return made


def walker_probability(
    settled: Settled, beta: float, spacing_zyx: NDArray[np.float64], progress: Progress = silent
) -> NDArray[np.float64]:
    """Return how often the lesion is reached before the background, from each voxel (z, y, x); 0 outside the domain.

    Parameters
    ----------
    settled : Settled
        Values, where walkers go, and where they stop.
    beta : float
        How hard edges are to cross, for differences as a share of the range of the map in the domain.
    spacing_zyx : array of 3
        Voxel edges along the array axes, mm.
    progress : callable
        Told that the work goes on; may raise ``Cancelled``.

    Raises
    ------
    ParameterError
        If the linear system does not settle.
    """
    domain = settled.domain
    laplacian = _laplacian(settled.values, domain, beta, spacing_zyx)
    known = (settled.lesion | settled.background)[domain]
    ends = settled.lesion[domain].astype(np.float64)
    free = np.flatnonzero(~known)
    result = ends.copy()
    if free.size:
        pull = -(laplacian[free][:, np.flatnonzero(known)] @ ends[known])
        result[free] = _solved(laplacian[free][:, free], pull, beta, progress)
    share = np.zeros(domain.shape)
    share[domain] = result
    return share


def _solved(system: Any, pull: NDArray[np.float64], beta: float, progress: Progress) -> NDArray[np.float64]:
    from scipy.sparse.linalg import LinearOperator, cg  # noqa: PLC0415  (slow to import)

    steps = itertools.count(1)

    def told(_solution: NDArray[np.float64]) -> None:
        number = next(steps)
        if number % _TOLD_EVERY == 0:
            progress(number / (number + 1000.0), "Following the walkers")  # Nobody knows beforehand how many it takes.

    scale = 1.0 / np.maximum(system.diagonal(), _FLOOR)
    jacobi = LinearOperator(system.shape, matvec=lambda vector: scale * np.ravel(vector), dtype=np.float64)
    solution, unsettled = cg(system, pull, rtol=_TOLERANCE, atol=0.0, maxiter=_MOST, M=jacobi, callback=told)
    if unsettled:
        raise ParameterError(
            f'Parameter "beta": with {beta:g} the walk over this map did not settle in {_MOST} iterations; '
            "a smaller one is needed.",
            "300 is usual for PET; smooth a noisy map before (map gaussian-filter).",
        )
    return np.asarray(solution, dtype=np.float64)


def _laplacian(values: NDArray[np.float64], domain: NDArray[np.bool_], beta: float, spacing: NDArray[np.float64]) -> Any:
    from scipy import sparse  # noqa: PLC0415  (slow to import)

    inside = values[domain]
    extent = float(inside.max() - inside.min()) or 1.0
    one, other, axis = neighbours(domain)
    apart = np.abs(inside[one] - inside[other]) / extent
    weight = (np.exp(-beta * apart**2) + _FLOOR) * (spacing.min() / spacing[axis]) ** 2
    size = inside.size
    steps = sparse.coo_matrix((weight, (one, other)), shape=(size, size))
    steps = (steps + steps.T).tocsr()
    return sparse.diags(np.asarray(steps.sum(axis=1)).ravel()).tocsr() - steps
