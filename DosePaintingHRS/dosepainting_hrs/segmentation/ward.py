"""Voxels of one or several maps in connected clusters by Ward's hierarchy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..progress import Progress
from ..registry import register_segmentation
from .clusters import Cluster, Clustering, ClusterMethod, ClusterParameters
from .features import Features


@register_segmentation("ward", schema=1)
class WardClusters(ClusterMethod):
    """Voxels inside a region in the highest or lowest of connected clusters, merged by Ward's rule.

    See Also
    --------
    ClusterMethod : what all of these take, return and raise.

    Notes
    -----
    Starting from single voxels, the two neighbouring clusters (six neighbours) whose union adds least to the sum of squares
    are merged. Maps are taken less their mean, over their standard deviation. Parts of the region that do not touch are
    joined as well, at the end.

    References
    ----------
    Ward JH (1963), Hierarchical grouping to optimize an objective function, J Am Stat Assoc 58:236-244.
    """

    title = "Ward's hierarchy"
    parameters: ClusterParameters

    def maker(self, features: Features, progress: Progress) -> Cluster:
        """Return what makes a clustering of a given number."""
        from ..kernels.basin_tree import groups_at  # noqa: PLC0415  (slow to import)

        progress(0.0, "Building the hierarchy")
        children, leaves = hierarchy(features)
        return lambda number: Clustering(labels=groups_at(children, leaves, leaves - number))


def hierarchy(features: Features) -> tuple[NDArray[np.int64], int]:
    """Return the merges (n - 1, 2) of neighbouring voxels by Ward's rule, and the number of voxels n."""
    import warnings  # noqa: PLC0415

    from sklearn.cluster import ward_tree  # noqa: PLC0415  (slow to import)
    from sklearn.feature_extraction.image import grid_to_graph  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    inside = features.uptake.inside
    leaves = int(np.count_nonzero(inside))
    if leaves < 2:
        return np.empty((0, 2), dtype=np.int64), leaves
    graph = grid_to_graph(*inside.shape, mask=inside)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the number of connected components", UserWarning)
        children = ward_tree(features.scaled, connectivity=graph)[0]
    return np.asarray(children, dtype=np.int64), leaves
