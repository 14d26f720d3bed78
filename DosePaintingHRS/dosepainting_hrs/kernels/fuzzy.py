"""One round of fuzzy c-means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def fuzzy_step(  # noqa: PLR0917
    values: NDArray[np.float64],
    around: NDArray[np.float64],
    share: float,
    fuzziness: float,
    centres: NDArray[np.float64],
    belonging: NDArray[np.float64],
    moved: NDArray[np.float64],
) -> None:
    """Let every voxel belong to clusters by its distances to their centres, and find the centres that follow.

    Parameters
    ----------
    values : array of float64, (n, channels)
        What each voxel holds.
    around : array of float64, (n, channels)
        Mean of its neighbourhood; not looked at when `share` is 0.
    share : float
        Weight of the distance of the neighbourhood's mean, beside 1 for that of the voxel.
    fuzziness : float
        Exponent m, above 1.
    centres : array of float64, (clusters, channels)
        Centres of the clusters.
    belonging : array of float64, (n, clusters)
        Receives the memberships, which add up to 1.
    moved : array of float64, (clusters, channels)
        Receives the new centres; a cluster that nothing belongs to stays where it is.
    """
    clusters, channels = centres.shape
    sums, totals = np.zeros((clusters, channels)), np.zeros(clusters)
    power = 1.0 / (fuzziness - 1.0)
    near = np.empty(clusters)
    for voxel in range(values.shape[0]):
        total, exact = 0.0, -1
        for cluster in range(clusters):
            squared = 0.0
            for channel in range(channels):
                apart = values[voxel, channel] - centres[cluster, channel]
                squared += apart * apart
            if share > 0.0:
                for channel in range(channels):
                    apart = around[voxel, channel] - centres[cluster, channel]
                    squared += share * apart * apart
            if squared == 0.0:
                exact = cluster
                break
            near[cluster] = 1.0 / squared if power == 1.0 else squared**-power
            total += near[cluster]
        for cluster in range(clusters):
            member = near[cluster] / total if exact < 0 else (1.0 if cluster == exact else 0.0)
            belonging[voxel, cluster] = member
            weight = member * member if fuzziness == 2.0 else member**fuzziness
            totals[cluster] += weight
            for channel in range(channels):
                value = values[voxel, channel]
                if share > 0.0:
                    value = (value + share * around[voxel, channel]) / (1.0 + share)
                sums[cluster, channel] += weight * value
    for cluster in range(clusters):
        for channel in range(channels):
            moved[cluster, channel] = (
                sums[cluster, channel] / totals[cluster] if totals[cluster] > 0 else centres[cluster, channel]
            )
