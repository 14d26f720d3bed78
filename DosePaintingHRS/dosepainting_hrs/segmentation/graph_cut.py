"""The cheapest cut between lesion and background: values and smoothness weighed at once, in the best way there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from ..restoration.boxes import inner_box
from .islands import ALL, Islands, MinimumIsland, Uptake
from .seeds import SeedRadius, Seeds, Settled, neighbours, settled_voxels

_FINEST = 1000.0
"""Capacities are whole numbers: so many to one unit of cost, fewer where the flow would not fit into 31 bits."""
_LARGEST_FLOW = 1e9
_SUREST = 20.0
"""No voxel's values count for more than this: beyond it, lesion or background are certain."""


@dataclass(frozen=True, kw_only=True)
class GraphCutParameters(Parameters):
    """Where the lesion and the background certainly are, and how much surface costs."""

    smoothness_mm: Annotated[
        float,
        Field(
            help="Cost of surface beside that of a wrong voxel: the larger, the smoother the region.",
            unit="mm",
            minimum=0.0,
            maximum=100.0,
        ),
    ] = 1.0
    beta: Annotated[
        float,
        Field(
            help="How much cheaper surface is at an edge: exp(-beta d^2) times, d being the difference of two voxels as a "
            "share of the range of the map in the region.",
            unit="1",
            minimum=0.0,
            maximum=1e5,
        ),
    ] = 100.0
    seed_radius_mm: SeedRadius = 3.0
    seeds: Seeds = ()
    islands: Islands = ALL
    minimum_island_ml: MinimumIsland = 0.0


@register_segmentation("graph-cut", schema=1)
class GraphCut(Segmentation):
    """Voxels inside a region on the lesion's side of the cheapest cut between its seeds and the background.

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
        If the region is empty, the map has no value in it, there is no background around the region and none is given, the
        lesion's seeds are no hotter or colder than the background, or a seed lies outside.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    The region minimises the sum, over its voxels, of (v - l)^2/(2 s^2) - (v - b)^2/(2 s^2), plus the smoothness times the sum,
    over pairs of neighbours (six) of which one belongs and the other does not, of exp(-beta d^2)/h. Here v is the value, l the
    mean of the lesion's seeds, b and s mean and standard deviation of the background, and h the distance of the pair, mm, so
    that the cost of a surface does not depend on the grid. Seeds belong, background does not. Background are the voxels that
    touch the region from outside, and the points given as such.

    On digital spheres of 13 to 37 mm it loses 5 to 22 % of the volume (docs/validation/spheres.md): half way between seeds and
    background lies inside the true edge of a small blurred sphere, and nothing here corrects it.

    The minimum is exact up to the rounding of costs to a thousandth: it is a minimum cut, found by Dinic's algorithm of SciPy.

    References
    ----------
    Boykov YY, Jolly MP (2001), Interactive graph cuts for optimal boundary and region segmentation of objects in N-D images,
    Proc IEEE Int Conf Comput Vis 1:105-112.
    """

    parameters: GraphCutParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        progress(0.0, "Looking at the map inside the region")
        chosen, uptake = self.parameters, Uptake.of(map, within)
        settled = settled_voxels(uptake, chosen.seeds, chosen.seed_radius_mm)
        prefer, told = _preference(settled, within.name)
        progress(0.2, "Looking for the cheapest cut")
        joined = cheapest_cut(settled, prefer, chosen.smoothness_mm, chosen.beta, map.geometry.spacing[::-1])
        progress(0.9, "Finding islands")
        step = f"Graph cut: smoothness {chosen.smoothness_mm:g} mm, beta {chosen.beta:g}, {told}"
        made = uptake.kept(joined[inner_box(uptake.box, settled.box)], chosen, step)
        progress(1.0, "Region made")
        return made


def _preference(settled: Settled, name: str) -> tuple[NDArray[np.float64], str]:
    """Return by how much each voxel costs less in the lesion than in the background, and what that rests on."""
    values, around = settled.values, settled.values[settled.background]
    high, low, spread = (float(one) for one in (values[settled.lesion].mean(), around.mean(), around.std()))
    if not abs(high - low) > 1e-9 * max(abs(high), abs(low)):
        raise InputError(
            f'The seeds in the region "{name}" have the mean of the background around it, {low:.6g}: nothing tells them apart.',
            "Give a point in the lesion.",
        )
    spread = max(spread, 1e-3 * abs(high - low))
    known = np.where(np.isfinite(values), values, low)
    prefer = ((known - low) ** 2 - (known - high) ** 2) / (2.0 * spread**2)
    return np.clip(prefer, -_SUREST, _SUREST), f"seeds {high:.4g}, background {low:.4g} +/- {spread:.3g}"


def cheapest_cut(
    settled: Settled, prefer: NDArray[np.float64], smoothness_mm: float, beta: float, spacing_zyx: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return the voxels on the lesion's side of the cheapest cut, (z, y, x).

    Parameters
    ----------
    settled : Settled
        Values, the voxels to be divided, and those that are settled.
    prefer : array of float64, (z, y, x)
        By how much each costs less in the lesion than in the background.
    smoothness_mm, beta : float
        As of the method.
    spacing_zyx : array of 3
        Voxel edges along the array axes, mm.
    """
    from scipy.sparse import coo_matrix  # noqa: PLC0415  (slow to import)
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow  # noqa: PLC0415

    domain = settled.domain
    size = int(np.count_nonzero(domain))
    scale = min(_FINEST, _LARGEST_FLOW / (_SUREST * size))
    one, other, cost = _surface(settled.values, domain, beta, spacing_zyx)
    shared = np.round(scale * smoothness_mm * cost)
    own = np.round(scale * prefer[domain])
    # More than all surface around a voxel can cost: a settled voxel stays what it is.
    certain = np.bincount(one, shared, size) + np.bincount(other, shared, size) + scale * _SUREST + 1.0
    own = np.where(settled.lesion[domain], certain, np.where(settled.background[domain], -certain, own))
    source, sink, voxels = size, size + 1, np.arange(size)
    rows = np.concatenate([one, other, np.full(size, source), voxels])
    columns = np.concatenate([other, one, voxels, np.full(size, sink)])
    capacities = np.concatenate([shared, shared, np.maximum(own, 0.0), np.maximum(-own, 0.0)]).astype(np.int32)
    graph = coo_matrix((capacities, (rows, columns)), shape=(size + 2, size + 2)).tocsr()
    left: Any = graph - maximum_flow(graph, source, sink, method="dinic").flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = breadth_first_order(left, source, return_predecessors=False)
    inside = np.zeros(size + 2, dtype=np.bool_)
    inside[reached] = True
    joined = np.zeros(domain.shape, dtype=np.bool_)
    joined[domain] = inside[:size]
    return joined


def _surface(
    values: NDArray[np.float64], domain: NDArray[np.bool_], beta: float, spacing: NDArray[np.float64]
) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.float64]]:
    """Return pairs of neighbouring voxels by number, and what it costs to part them, per mm of smoothness."""
    inside = values[domain]
    extent = float(inside.max() - inside.min()) or 1.0
    one, other, axis = neighbours(domain)
    return one, other, np.exp(-beta * ((inside[one] - inside[other]) / extent) ** 2) / spacing[axis]
