"""Voxels of one or several maps in fuzzy clusters, with a word of their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..parameters import Field
from ..progress import Progress
from ..registry import register_segmentation
from .clusters import Cluster, Clustering, ClusterMethod, ClusterParameters
from .features import Features

_SETTLED = 1e-6
_ROUNDS = 500


@dataclass(frozen=True, kw_only=True)
class FuzzyParameters(ClusterParameters):
    """How many fuzzy clusters, how fuzzy, how much neighbours count, and which of them make the region."""

    fuzziness: Annotated[
        float,
        Field(help="Exponent m of the memberships: near 1 sharp, the larger the fuzzier.", unit="1", minimum=1.1, maximum=5.0),
    ] = 2.0
    neighbours: Annotated[
        float,
        Field(
            help="Weight of the mean of the up to 26 neighbours beside that of the voxel itself, 1; 0 for none.",
            unit="1",
            minimum=0.0,
            maximum=10.0,
        ),
    ] = 1.0


@register_segmentation("fuzzy-c-means", schema=1)
class FuzzyCMeans(ClusterMethod):
    """Voxels inside a region that belong most to the highest or lowest fuzzy clusters of one or several maps.

    See Also
    --------
    ClusterMethod : what all of these take, return and raise.

    Notes
    -----
    Minimises the sum of u^m (|x - v|^2 + a |y - v|^2) over memberships u and centres v, x being the voxel, y the mean of its
    neighbours inside the region, and a their weight. Maps are taken less their mean, over their standard deviation. The first
    centres are the means of as many equally large parts of the voxels in the order of the first map, so nothing is drawn by
    chance. A voxel goes to the cluster of its largest membership, the first of equal ones.

    References
    ----------
    Bezdek JC, Ehrlich R, Full W (1984), FCM: the fuzzy c-means clustering algorithm, Comput Geosci 10:191-203,
    doi:10.1016/0098-3004(84)90020-7. Chen S, Zhang D (2004), Robust image segmentation using FCM with spatial constraints,
    IEEE Trans Syst Man Cybern B 34:1907-1916 (the term for neighbours). Belhassen S, Zaidi H (2010), A novel fuzzy C-means
    algorithm for unsupervised heterogeneous tumor quantification in PET, Med Phys 37:1309-1324 (its use in PET).
    """

    title = "Fuzzy c-means"
    parameters: FuzzyParameters

    def maker(self, features: Features, progress: Progress) -> Cluster:
        """Return what makes a clustering of a given number."""
        chosen, around = self.parameters, neighbour_means(features, features.scaled)
        return lambda number: fuzzy(features.scaled, around, number, chosen.fuzziness, chosen.neighbours)[0]


def fuzzy(
    values: NDArray[np.float64], around: NDArray[np.float64], number: int, fuzziness: float = 2.0, share: float = 0.0
) -> tuple[Clustering, NDArray[np.float64]]:
    """Cluster rows (n, channels) by fuzzy c-means; returns the clusters and the memberships (n, number)."""
    from ..kernels.fuzzy import fuzzy_step  # noqa: PLC0415  (slow to import)

    values, around = np.ascontiguousarray(values), np.ascontiguousarray(around)
    parts = np.array_split(np.argsort(values[:, 0], kind="stable"), number)
    centres = np.array([values[one].mean(axis=0) for one in parts])
    belonging, moved = np.empty((len(values), number)), np.empty_like(centres)
    settled = False
    for _ in range(_ROUNDS):
        fuzzy_step(values, around, share, fuzziness, centres, belonging, moved)
        settled = float(np.abs(moved - centres).max()) < _SETTLED
        centres[:] = moved
        if settled:
            break
    told = "" if settled else f"The centres had not settled after {_ROUNDS} rounds."
    return Clustering(labels=belonging.argmax(axis=1).astype(np.int64), told=told), belonging


def neighbour_means(features: Features, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the up to 26 neighbours inside, for each voxel and channel (n, channels); its own without any."""
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    around = np.ones((3, 3, 3))
    around[1, 1, 1] = 0.0
    inside = features.uptake.inside
    count = ndimage.correlate(inside.astype(np.float64), around, mode="constant")[inside]
    sums = [ndimage.correlate(features.volume(column), around, mode="constant")[inside] for column in values.T]
    return np.where(count[:, None] > 0, np.stack(sums, axis=1) / np.maximum(count, 1.0)[:, None], values)
