"""Voxels of one or several maps in clusters by k-means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..progress import Progress
from ..registry import register_segmentation
from .clusters import Cluster, Clustering, ClusterMethod, ClusterParameters
from .features import Features

SEED, STARTS = 0, 10


@register_segmentation("k-means", schema=1)
class KMeansClusters(ClusterMethod):
    """Voxels inside a region that belong to the highest or lowest clusters of one or several maps, by k-means.

    See Also
    --------
    ClusterMethod : what all of these take, return and raise.

    Notes
    -----
    Every map is taken less its mean, over its standard deviation in the region. Ten starts from a fixed seed, one thread:
    the same input gives the same result. Clusters are numbered by their mean of the first map.

    References
    ----------
    Lloyd SP (1982), Least squares quantization in PCM, IEEE Trans Inf Theory 28:129-137, doi:10.1109/TIT.1982.1056489.
    """

    title = "k-means"
    parameters: ClusterParameters

    def maker(self, features: Features, progress: Progress) -> Cluster:
        """Return what makes a clustering of a given number."""
        return lambda number: kmeans(features.scaled, number)


def kmeans(values: NDArray[np.float64], number: int, weights: NDArray[np.float64] | None = None) -> Clustering:
    """Cluster rows (n, channels), each with a weight, by k-means."""
    from sklearn.cluster import KMeans  # noqa: PLC0415  (slow to import)
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  (comes with scikit-learn)

    with threadpool_limits(1):
        fitted = KMeans(n_clusters=number, n_init=STARTS, random_state=SEED).fit(values, sample_weight=weights)
    return Clustering(labels=np.asarray(fitted.labels_, dtype=np.int64))
