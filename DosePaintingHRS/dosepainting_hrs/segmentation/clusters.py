"""What cluster methods share: how many, in which order, which of them make the region, and the figures behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ParameterError
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, part, silent
from ..registry import Segmentation
from .features import SEVERAL_MAPS, Features
from .islands import ALL, Islands, MinimumIsland

SILHOUETTE, BIC, AIC = "silhouette", "BIC", "AIC"
HIGHEST, LOWEST = "highest", "lowest"
_SAMPLE = 2000
"""Voxels that a silhouette is taken of, evenly spread: it compares each with each."""


@dataclass(frozen=True, kw_only=True)
class ClusterParameters(Parameters):
    """How many clusters, and which of them make the region."""

    clusters: Annotated[
        int | None,
        Field(
            help="Number of clusters; without it, that of the best silhouette from 2 to the largest number tried.",
            unit="1",
            minimum=2,
            maximum=20,
        ),
    ] = None
    most: Annotated[int, Field(help="Largest number of clusters tried.", unit="1", minimum=2, maximum=20)] = 6
    keep: Annotated[int, Field(help="How many clusters make the region.", unit="1", minimum=1, maximum=19)] = 1
    end: Annotated[
        str, Field(help="From which end of the order they are taken: by the mean of the first map.", choices=(HIGHEST, LOWEST))
    ] = HIGHEST
    islands: Islands = ALL
    minimum_island_ml: MinimumIsland = 0.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How well a number of clusters fits.

    Parameters
    ----------
    clusters : int
        Their number.
    silhouette : float
        Mean silhouette, -1 to 1; the larger the better.
    bic, aic : float or None
        Information criteria; the smaller the better. None where the method has no likelihood.
    """

    clusters: int
    silhouette: float
    bic: float | None = None
    aic: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Clustering:
    """Voxels in clusters.

    Parameters
    ----------
    labels : array of int64, (n,)
        Cluster of each voxel, from 0.
    bic, aic : float or None
        Information criteria of the fit.
    told : str
        What is worth telling about it.
    """

    labels: NDArray[np.int64]
    bic: float | None = None
    aic: float | None = None
    told: str = ""


Cluster = Callable[[int], Clustering]


class ClusterMethod(Segmentation):
    """What cluster methods share: the maps that they take, and how clusters become a region.

    Parameters
    ----------
    maps : dict of str to Image, (z, y, x)
        Maps on one grid; the order of the clusters goes by the first.
    within : Mask, (z, y, x)
        Region to stay inside.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the region is empty, no voxel has a value in all maps, or there are more clusters than distinct values.
    ParameterError
        If all clusters would be kept.
    IdentityError
        If maps and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Attributes
    ----------
    title : str
        Name for the history.
    criterion : str
        What chooses the number of clusters.
    """

    inputs = SEVERAL_MAPS
    title: ClassVar[str] = ""
    parameters: ClusterParameters

    @property
    def criterion(self) -> str:
        """What chooses the number of clusters."""
        return SILHOUETTE

    def maker(self, features: Features, progress: Progress) -> Cluster:
        """Return what makes a clustering of a given number."""
        raise NotImplementedError

    def clustering(
        self, maps: dict[str, Image], within: Mask, progress: Progress = silent
    ) -> tuple[Features, Clustering, tuple[Figure, ...]]:
        """Return the maps, the clusters in order, and the figures of every number tried."""
        progress(0.0, "Looking at the maps inside the region")
        features = Features.of(maps, within)
        maker = self.maker(features, part(progress, 0.05, 0.4))
        found, figures = chosen_number(features, maker, self.parameters, self.criterion, part(progress, 0.4, 0.95))
        return features, found, figures

    def compute(self, maps: dict[str, Image], within: Mask, progress: Progress = silent) -> Mask:
        """Return the region."""
        features, found, figures = self.clustering(maps, within, progress)
        region = region_of_clusters(features, found, figures, self.parameters, self.title)
        progress(1.0, "Region made")
        return region


def chosen_number(
    features: Features, cluster: Cluster, parameters: ClusterParameters, criterion: str, progress: Progress
) -> tuple[Clustering, tuple[Figure, ...]]:
    """Cluster with the number asked for, or with each number and keep the best.

    Parameters
    ----------
    features : Features
        The maps.
    cluster : callable
        Makes a clustering of a given number.
    parameters : ClusterParameters
        How many.
    criterion : str
        ``"silhouette"``, ``"BIC"`` or ``"AIC"``.
    progress : callable
        Told each number.

    Returns
    -------
    Clustering
        In the fixed order: cluster 0 has the lowest mean of the first map.
    tuple of Figure
        One for each number tried.

    Raises
    ------
    InputError
        If there are more clusters than distinct voxels.
    """
    distinct = len(np.unique(features.raw, axis=0))
    numbers = [parameters.clusters] if parameters.clusters is not None else list(range(2, parameters.most + 1))
    if distinct < (parameters.clusters or 2):
        raise InputError(
            f'The maps hold {distinct} distinct value{"s" * (distinct > 1)} in the region "{features.uptake.within.name}", '
            f"too few for {parameters.clusters or 2} clusters.",
            "Ask for fewer clusters, or give a larger region.",
        )
    made: list[Clustering] = []
    figures: list[Figure] = []
    for number in [one for one in numbers if one <= distinct]:
        progress(len(made) / len(numbers), f"Looking for {number} clusters")
        found = cluster(number)
        made.append(found)
        figures.append(Figure(clusters=number, silhouette=silhouette(features, found.labels), bic=found.bic, aic=found.aic))
    progress(1.0, "Clusters found")
    scores = [_score(one, criterion) for one in figures]
    best = made[int(np.argmax(scores))]
    return Clustering(labels=ordered(best.labels, features.raw), bic=best.bic, aic=best.aic, told=best.told), tuple(figures)


def _score(figure: Figure, criterion: str) -> float:
    value = {SILHOUETTE: figure.silhouette, BIC: figure.bic, AIC: figure.aic}[criterion]
    if value is None:
        raise ParameterError(f'This method has no {criterion}: the number of clusters is chosen by the "silhouette".')
    return value if criterion == SILHOUETTE else -value


def best_numbers(figures: tuple[Figure, ...]) -> dict[str, int]:
    """Return the number of clusters that each criterion would choose, by its name; without those that a method has not."""
    found = {SILHOUETTE: max(figures, key=lambda one: one.silhouette).clusters}
    for name, values in ((BIC, [one.bic for one in figures]), (AIC, [one.aic for one in figures])):
        known = [value for value in values if value is not None]
        if len(known) == len(figures):
            found[name] = figures[int(np.argmin(known))].clusters
    return found


def ordered(labels: NDArray[np.int64], raw: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number clusters anew: by their mean of the first map, then of the second ..., then by their first voxel."""
    present, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    sizes = np.bincount(inverse)
    means = [np.bincount(inverse, weights=column) / sizes for column in raw.T]
    order = np.lexsort((first, *reversed(means)))
    place = np.empty(present.size, dtype=np.int64)
    place[order] = np.arange(present.size)
    return place[inverse]


def silhouette(features: Features, labels: NDArray[np.int64]) -> float:
    """Return the mean silhouette of at most 2000 voxels, evenly spread over the region; -1 when it is not defined.

    References
    ----------
    Rousseeuw PJ (1987), Silhouettes: a graphical aid to the interpretation and validation of cluster analysis, J Comput Appl
    Math 20:53-65, doi:10.1016/0377-0427(87)90125-7.
    """
    from sklearn.metrics import silhouette_score  # noqa: PLC0415  (slow to import)

    chosen = np.linspace(0, labels.size - 1, min(labels.size, _SAMPLE)).round().astype(np.int64)
    some = labels[chosen]
    if not 2 <= np.unique(some).size < some.size:
        return -1.0
    return float(silhouette_score(features.scaled[chosen], some))


def region_of_clusters(
    features: Features, found: Clustering, figures: tuple[Figure, ...], parameters: ClusterParameters, method: str
) -> Mask:
    """Return the clusters asked for as a region, with the figures in its history.

    Raises
    ------
    ParameterError
        If all clusters would be kept.
    InputError
        If nothing is left.
    """
    number = int(found.labels.max()) + 1
    if parameters.keep >= number:
        raise ParameterError(
            f'Parameter "keep" is {parameters.keep}, but there are {number} clusters; at least one has to be left out.',
            "Keep fewer, or ask for more clusters.",
        )
    if parameters.end == HIGHEST:
        members, which = found.labels >= number - parameters.keep, f"{parameters.keep} highest"
    else:
        members, which = found.labels < parameters.keep, f"{parameters.keep} lowest"
    tried = "; ".join(described(one) for one in figures)
    told = f" {found.told}" if found.told else ""
    step = (
        f"{method} of {', '.join(features.names)}: {number} clusters in the order of {features.names[0]} ({tried}).{told} "
        f"The {which}"
    )
    return features.kept(members, parameters, step)


def described(figure: Figure) -> str:
    """Return a figure in words."""
    more = "".join(f", {name} {value:.1f}" for name, value in (("BIC", figure.bic), ("AIC", figure.aic)) if value is not None)
    return f"{figure.clusters}: silhouette {figure.silhouette:.3f}{more}"
