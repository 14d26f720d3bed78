"""A learned cluster applied to other tumours: the extended cohort, or a tumour that was held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..kernels.ball import members
from .voxels import Floats, Voxels


def fractions_within(
    voxels: Voxels,
    maps: tuple[str, ...],
    *,
    mean: Sequence[float],
    sd: Sequence[float],
    centre_z: Sequence[float],
    radius_z: float,
    tie_tolerance: float = 1e-9,
) -> Floats:
    """Return the share of each tumour that lies within the radius of a cluster, (t,).

    Parameters
    ----------
    voxels : Voxels
        Tumours, for example all that have the maps of the model (C_max).
    maps : tuple of str
        Maps of the cluster.
    mean, sd : sequence of float
        Normalisation of each of these maps *in the cohort that the cluster was learned from*, in map units.
    centre_z : sequence of float
        Normalised centre.
    radius_z : float
        Normalised radius; voxels at the radius belong.
    tie_tolerance : float
        Squared distances up to this share above that of the radius count as equal to it.

    Raises
    ------
    InputError
        If a map is missing.

    References
    ----------
    Boeke 2023, methods, "Extended cohort".
    """
    values = [np.ascontiguousarray(voxels.values[:, column]) for column in voxels.columns(maps)]
    inside = members(values, mean, sd, centre_z, radius_z**2 * (1.0 + tie_tolerance))
    weights = np.ones(voxels.count) if voxels.weights is None else voxels.weights.astype(np.float64)
    return np.bincount(voxels.tumour, weights * inside, minlength=len(voxels.tumours)) / voxels.volumes
