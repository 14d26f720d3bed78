"""The N_HRS voxels nearest to a centre, in plain numpy: what one cluster is, for a handful of centres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .voxels import Floats, Ints


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """A cluster: the voxels nearest to a centre.

    Parameters
    ----------
    radius : float
        Distance of the N_HRS-th voxel, in standard deviations.
    inside : ndarray, (t,), int64
        Voxels of each tumour nearer than the radius.
    tied : ndarray, (t,), int64
        Voxels of each tumour at the radius.
    share : float
        Share of the tied voxels that belongs to the cluster, 0 to 1.
    """

    radius: float
    inside: Ints
    tied: Ints
    share: float

    def fractions(self, volumes: Ints) -> Floats:
        """Return the share of each tumour that belongs to the cluster, (t,)."""
        return (self.inside + self.share * self.tied) / volumes

    def reordered(self, tumours: list[int]) -> Neighbours:
        """Return the same cluster with its tumours in another order."""
        return replace(self, inside=self.inside[tumours], tied=self.tied[tumours])


def squared_distances(axes: Sequence[Floats] | Floats, centre: Floats) -> Floats:
    """Return the squared Euclidean distances, (n,), added up axis by axis in the order of the maps.

    Parameters
    ----------
    axes : sequence of ndarray, or ndarray (m, n)
        Normalised values, an array for each map.
    centre : ndarray, (m,)
        Normalised centre.
    """
    total = np.zeros(len(axes[0]))
    for axis, at in zip(axes, centre, strict=True):
        away = axis - at
        away *= away
        total += away
    return total


def neighbours_of(
    distances: Floats, tumour: Ints, weights: Ints, *, n_hrs: int, multiplicity: Ints, tie_tolerance: float
) -> Neighbours:
    """Find the `n_hrs` voxels nearest to a centre; those at the last place share the remaining places pro rata.

    Parameters
    ----------
    distances : ndarray, (n,)
        Squared distances from the centre.
    tumour : ndarray, (n,)
        Tumour of each voxel.
    weights : ndarray, (n,)
        Number of voxels that a row stands for.
    n_hrs : int
        Number of voxels of the cluster, counted with multiplicities.
    multiplicity : ndarray, (t,)
        How often each tumour counts.
    tie_tolerance : float
        Squared distances within this share of that of the last place are equal to it.

    Returns
    -------
    Neighbours

    See Also
    --------
    cluster_within : What belongs to it.
    """
    counted = weights * multiplicity[tumour]
    # Every voxel that counts does so at least once: the last one lies among the n_hrs nearest of these.
    far = np.where(counted > 0, distances, np.inf)
    last_row = min(n_hrs, len(far)) - 1
    kept = np.flatnonzero((far <= np.partition(far, last_row)[last_row]) & (counted > 0))
    order = kept[np.argsort(distances[kept], kind="stable")]
    reached = np.cumsum(counted[order])
    last = distances[order[np.searchsorted(reached, n_hrs)]]
    return cluster_within(
        distances, tumour, weights, float(last), n_hrs=n_hrs, multiplicity=multiplicity, tie_tolerance=tie_tolerance
    )


def cluster_within(
    distances: Floats, tumour: Ints, weights: Ints, last: float, *, n_hrs: int, multiplicity: Ints, tie_tolerance: float
) -> Neighbours:
    """Return the cluster whose last place lies at a squared distance.

    Parameters
    ----------
    distances, tumour, weights, n_hrs, multiplicity, tie_tolerance
        See `neighbours_of`; voxels that lie farther may be left out.
    last : float
        Squared distance of the last place.

    Returns
    -------
    Neighbours

    Notes
    -----
    Let r2 be the squared distance of the last place, where the counted voxels reach N_HRS. Voxels with d2 < r2 (1 - tolerance)
    belong, those with d2 <= r2 (1 + tolerance) are tied, and each tied voxel belongs to the share that fills N_HRS.
    """
    low, high = last * (1.0 - tie_tolerance), last * (1.0 + tie_tolerance)
    inner, outer = distances < low, distances <= high
    count = len(multiplicity)
    inside = np.bincount(tumour[inner], weights[inner], minlength=count).astype(np.int64)
    tied = np.bincount(tumour[outer & ~inner], weights[outer & ~inner], minlength=count).astype(np.int64)
    share = (n_hrs - int(inside @ multiplicity)) / int(tied @ multiplicity)
    return Neighbours(radius=float(np.sqrt(last)), inside=inside, tied=tied, share=share)
