"""Supervoxels of several maps, and clusters of them."""

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
from .kmeans import kmeans
from .slic import COMPACTNESS, slic


@dataclass(frozen=True, kw_only=True)
class SupervoxelParameters(ClusterParameters):
    """How large supervoxels are, and how many clusters of them there are."""

    size_mm: Annotated[
        float, Field(help="Edge of a supervoxel before it takes its shape.", unit="mm", minimum=1.0, maximum=100.0)
    ] = 8.0
    compactness: Annotated[
        float,
        Field(
            help="Weight of nearness (one edge of a supervoxel) beside likeness (one standard deviation of a map).",
            unit="1",
            minimum=0.01,
            maximum=100.0,
        ),
    ] = COMPACTNESS


@register_segmentation("supervoxels", schema=1)
class SupervoxelClusters(ClusterMethod):
    """Supervoxels (SLIC) of one or several maps inside a region, clustered: those of the highest or lowest clusters.

    See Also
    --------
    ClusterMethod : what all of these take, return and raise.

    Notes
    -----
    SLIC on the maps inside the region, less their mean over their standard deviation (see `slic`, which the scan of a cohort
    uses as well). The means of the supervoxels, weighted by their sizes, are clustered by k-means. Where there are fewer
    supervoxels than clusters, voxels are clustered instead, and the history says so.

    References
    ----------
    Achanta R et al. (2012), SLIC superpixels compared to state-of-the-art superpixel methods, IEEE Trans Pattern Anal Mach
    Intell 34:2274-2282, doi:10.1109/TPAMI.2012.120.
    """

    title = "k-means of supervoxels"
    parameters: SupervoxelParameters

    def maker(self, features: Features, progress: Progress) -> Cluster:
        """Return what makes a clustering of a given number."""
        progress(0.0, "Making supervoxels")
        own = supervoxels(features, self.parameters.size_mm, self.parameters.compactness)
        sizes = np.bincount(own).astype(np.float64)
        means = np.stack([np.bincount(own, weights=column) / sizes for column in features.scaled.T], axis=1)
        distinct = len(np.unique(means, axis=0))

        def cluster(number: int) -> Clustering:
            if distinct < number:
                alone = kmeans(features.scaled, number)
                return Clustering(labels=alone.labels, told=f"Voxels, as there are only {sizes.size} supervoxels.")
            return Clustering(labels=kmeans(means, number, sizes).labels[own], told=f"{sizes.size} supervoxels.")

        return cluster


def supervoxels(features: Features, size_mm: float, compactness: float) -> NDArray[np.int64]:
    """Return the supervoxel (n,) of each voxel of a region, numbered from 0 without gaps."""
    place, spacing = np.argwhere(features.uptake.inside), features.uptake.image.geometry.spacing[::-1]
    found = slic(features.scaled, place, spacing, size_mm, compactness)
    return np.unique(found, return_inverse=True)[1].ravel().astype(np.int64)
