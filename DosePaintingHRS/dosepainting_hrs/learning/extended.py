"""A cluster in tumours that it was not learned from: the extended cohort, and anything else that has its maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .cohort import Cohort
from .neighbours import squared_distances
from .score import Score, score_of
from .tumours import LoadedTumour
from .voxels import Floats


@dataclass(frozen=True, kw_only=True)
class Ball:
    """A cluster as it applies to any voxel.

    Parameters
    ----------
    maps : tuple of str
        Its maps.
    z_mean, z_sd : ndarray, (m,)
        Normalisation of the cohort that it was learned from.
    centre_z : ndarray, (m,)
        Centre.
    radius_z : float
        Distance of the N_HRS-th voxel.
    """

    maps: tuple[str, ...]
    z_mean: Floats
    z_sd: Floats
    centre_z: Floats
    radius_z: float
    tie_tolerance: float = 1e-9

    def squared(self, values: Floats) -> Floats:
        """Return the squared distance of values in map units, (n, m), from the centre, (n,)."""
        return squared_distances(((values - self.z_mean) / self.z_sd).T, self.centre_z)

    def holds(self, values: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Tell which values lie within the radius; those that lie on it do."""
        inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = self.squared(values) <= self.radius_z**2 * (
            1.0 + self.tie_tolerance
        )
        return inside


def fractions_in(ball: Ball, tumours: Sequence[LoadedTumour]) -> Floats:
    """Return the share of each tumour's voxels that lies in a ball, (t,); voxels without a value count in neither."""
    shares = []
    for one in tumours:
        values = one.matrix(ball.maps)[one.without_gaps(ball.maps)]
        shares.append(float(ball.holds(values).mean()) if len(values) else float("nan"))
    return np.array(shares)


def score_in(cohort: Cohort, ball: Ball, tumours: Sequence[LoadedTumour]) -> tuple[Floats, Score]:
    """Score a ball in the tumours that have its maps (C_max).

    Returns
    -------
    ndarray, (t,), Score
        Share of every tumour, and the score.

    References
    ----------
    Boeke et al. (2023), methods, "Extended cohort".
    """
    fractions = fractions_in(ball, tumours)
    labels = np.array([cohort.class_names.index(one.row.class_name) for one in tumours], dtype=np.int64)
    return fractions, score_of(fractions, labels, len(cohort.class_names))
