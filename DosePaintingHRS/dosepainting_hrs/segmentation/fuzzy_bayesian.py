"""Voxels of one or several maps in hard classes and the blurred transitions between them, with priors from their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..parameters import Field
from ..progress import Progress
from ..registry import register_segmentation
from .clusters import Cluster, Clustering, ClusterMethod, ClusterParameters, ordered
from .features import Features
from .fuzzy_c_means import fuzzy

_SETTLED = 1e-4
_ROUNDS = 200
_NARROWEST = 1e-3
"""Smallest standard deviation of a class, in standard deviations of the map: a class of equal voxels stays a class."""
_RAREST = 1e-6
"""Smallest prior: what no neighbour belongs to is unlikely, not impossible."""


@dataclass(frozen=True, kw_only=True)
class FuzzyBayesianParameters(ClusterParameters):
    """How many hard classes, how many fuzzy levels between them, and which classes make the region."""

    levels: Annotated[
        int,
        Field(help="Fuzzy levels between two neighbouring classes; 0 for hard classes alone.", unit="1", minimum=0, maximum=9),
    ] = 2


@register_segmentation("fuzzy-bayesian", schema=1)
class FuzzyBayesian(ClusterMethod):
    """Voxels inside a region in the highest or lowest hard classes, or nearer to them than to the next (after FLAB).

    See Also
    --------
    ClusterMethod : what all of these take, return and raise.

    Notes
    -----
    Each hard class k has a Gaussian with mean m_k and variance s_k^2 in each map. Between two neighbouring classes lie fuzzy
    levels e = 1/(n + 1) ... n/(n + 1): voxels that are partly the one and partly the other, with the mean
    (1 - e) m_k + e m_(k+1) and the variance (1 - e)^2 s_k^2 + e^2 s_(k+1)^2. The prior of a class or level at a voxel is its
    mean probability in the 3 x 3 x 3 voxels around it inside the region, so that it adapts from place to place. Means and
    variances come from the voxels as far as they belong to the hard classes. A voxel goes to the hard class that its most
    likely class or level is nearest to, half way to the higher one.

    It follows Hatt 2009 in the model, and differs in how it is fitted: there, realisations are drawn (stochastic expectation
    and maximisation); here, probabilities are used themselves, so that nothing is drawn by chance. It starts from fuzzy
    c-means. With more than two classes, levels lie between neighbours in the order of the first map only.

    To reproduce Hatt 2009: clusters 2, levels 2 (up to the way of fitting).

    References
    ----------
    Hatt M, Cheze le Rest C, Turzo A, Roux C, Visvikis D (2009), A fuzzy locally adaptive Bayesian segmentation approach for
    volume determination in PET, IEEE Trans Med Imaging 28:881-893.
    """

    title = "Fuzzy Bayesian classes"
    parameters: FuzzyBayesianParameters

    def maker(self, features: Features, progress: Progress) -> Cluster:
        """Return what makes a clustering of a given number."""
        return lambda number: fuzzy_classes(features.scaled, features.uptake.inside, number, self.parameters.levels)


@dataclass(frozen=True, eq=False)
class Classes:
    """Hard classes and the fuzzy levels between them.

    Parameters
    ----------
    places : array of float64, (c,)
        Where each lies: whole numbers are hard classes, what is between them are levels.
    means, variances : array of float64, (c, channels)
        Of their Gaussians.
    """

    places: NDArray[np.float64]
    means: NDArray[np.float64]
    variances: NDArray[np.float64]

    @property
    def is_hard(self) -> NDArray[np.bool_]:
        """Which of them are hard classes, (c,)."""
        return np.asarray(self.places == np.round(self.places), dtype=np.bool_)

    @property
    def nearest(self) -> NDArray[np.int64]:
        """The hard class that each is nearest to, the higher one from half way on, (c,)."""
        return np.floor(self.places + 0.5).astype(np.int64)


def with_levels(means: NDArray[np.float64], variances: NDArray[np.float64], levels: int) -> Classes:
    """Put fuzzy levels between hard classes (k, channels) that are in order."""
    numbers = len(means)
    shares = np.arange(levels + 1) / (levels + 1.0)
    places = np.array([*(k + share for k in range(numbers - 1) for share in shares), numbers - 1.0])
    lower = np.minimum(places.astype(np.int64), numbers - 1)
    upper, share = np.minimum(lower + 1, numbers - 1), (places - lower)[:, np.newaxis]
    return Classes(
        places=places,
        means=(1 - share) * means[lower] + share * means[upper],
        variances=(1 - share) ** 2 * variances[lower] + share**2 * variances[upper],
    )


def probabilities(values: NDArray[np.float64], classes: Classes, priors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely each voxel belongs to each class or level (n, c), by its values (n, channels) and priors (n, c)."""
    logarithm = np.log(priors)
    for channel in range(values.shape[1]):
        spread = classes.variances[:, channel]
        apart = values[:, channel, np.newaxis] - classes.means[:, channel]
        logarithm = logarithm - 0.5 * (apart**2 / spread + np.log(spread))
    logarithm -= logarithm.max(axis=1, keepdims=True)
    likely = np.exp(logarithm)
    return np.asarray(likely / likely.sum(axis=1, keepdims=True))


def fuzzy_classes(values: NDArray[np.float64], inside: NDArray[np.bool_], number: int, levels: int) -> Clustering:
    """Find hard classes and fuzzy levels in the rows (n, channels) of the voxels of a region.

    Parameters
    ----------
    values : array of float64, (n, channels)
        What each voxel holds, in index order.
    inside : array of bool, (z, y, x)
        Where the n voxels lie.
    number : int
        Hard classes.
    levels : int
        Fuzzy levels between two of them.
    """
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    volume = np.zeros(inside.shape)
    around = ndimage.uniform_filter(inside.astype(np.float64), 3, mode="constant")[inside]

    def local(column: NDArray[np.float64]) -> NDArray[np.float64]:
        volume[inside] = column
        return np.asarray(ndimage.uniform_filter(volume, 3, mode="constant")[inside] / around)

    start = ordered(fuzzy(values, values, number)[0].labels, values)
    belongs = np.eye(int(start.max()) + 1)[start]
    means, variances = _fitted(values, belongs, None)
    classes = with_levels(means, variances, levels)
    priors = np.full((len(values), classes.places.size), 1.0 / classes.places.size)
    settled, likely = False, priors
    for _ in range(_ROUNDS):
        likely = probabilities(values, classes, priors)
        priors = np.maximum(np.stack([local(column) for column in likely.T], axis=1), _RAREST)
        moved = _fitted(values, likely[:, classes.is_hard], (means, variances))
        settled = float(np.abs(moved[0] - means).max()) < _SETTLED
        means, variances = moved
        classes = with_levels(means, variances, levels)
        if settled:
            break
    told = "" if settled else f"The classes had not settled after {_ROUNDS} rounds."
    return Clustering(labels=classes.nearest[likely.argmax(axis=1)], told=told)


def _fitted(
    values: NDArray[np.float64],
    belongs: NDArray[np.float64],
    before: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return means and variances (k, channels) of classes that voxels belong to (n, k); one that is empty stays as it was."""
    totals = belongs.sum(axis=0)[:, np.newaxis]
    some = np.maximum(totals, _RAREST)
    means = belongs.T @ values / some
    variances = np.maximum(belongs.T @ values**2 / some - means**2, _NARROWEST**2)
    if before is not None:
        empty = totals < 1.0
        means, variances = np.where(empty, before[0], means), np.where(empty, before[1], variances)
    return means, variances
