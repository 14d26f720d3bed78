"""Sweeps of several patients together: which percentage of the maximum serves a cohort best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .threshold_sweep import SweepPoint


@dataclass(frozen=True, kw_only=True)
class CohortPoint:
    """What one percentage gives over a cohort.

    Parameters
    ----------
    percent : float
        Per cent of each patient's own maximum.
    mean_dice, median_dice, lower_quartile_dice, upper_quartile_dice : float
        Dice over the patients.
    mean_recall, mean_precision : float
        Means over the patients; a patient without any voxel left has a precision of 0.
    median_volume_ml : float
        Median volume, ml.
    origins : int
        Points of origin in the regions, over all patients.
    """

    percent: float
    mean_dice: float
    median_dice: float
    lower_quartile_dice: float
    upper_quartile_dice: float
    mean_recall: float
    mean_precision: float
    median_volume_ml: float
    origins: int


@dataclass(frozen=True, kw_only=True)
class CohortSweep:
    """A sweep over a cohort.

    Parameters
    ----------
    patients : tuple of str
        Names of the sweeps.
    points : tuple of CohortPoint
        By rising percentage.
    best_percent, best_mean_dice : float
        Percentage with the highest mean Dice (the highest such percentage of equals), and that Dice.
    left_out_dice : tuple of float
        For each patient, the Dice at the percentage that is best for the others: what the choice is worth on a new patient.
    """

    patients: tuple[str, ...]
    points: tuple[CohortPoint, ...]
    best_percent: float
    best_mean_dice: float
    left_out_dice: tuple[float, ...]


def cohort_sweep(sweeps: Mapping[str, tuple[SweepPoint, ...]]) -> CohortSweep:
    """Put the sweeps of several patients together.

    Parameters
    ----------
    sweeps : mapping of str to tuple of SweepPoint
        By patient, each with a reference and of the same percentages.

    Raises
    ------
    InputError
        If there are fewer than two, a sweep has no reference, or the percentages differ.

    References
    ----------
    Kutnar D et al. (2023), Prediction of post-radiotherapy recurrence volumes in head and neck squamous cell carcinoma using
    3D U-Net segmentation, methods and figure 4 (percentage chosen by the Dice over a set of patients).
    """
    if len(sweeps) < 2:
        raise InputError(f"A cohort needs at least two sweeps, given: {len(sweeps)}.", "Name another one.")
    (first, expected), *_ = sweeps.items()
    for name, points in sweeps.items():
        if any(point.dice is None for point in points):
            raise InputError(f'The sweep "{name}" has no reference.', "Sweep with --reference.")
        if [point.percent for point in points] != [point.percent for point in expected]:
            raise InputError(f'The sweeps "{name}" and "{first}" have other percentages.', "Make both with the same version.")
    dice = np.array([[point.dice for point in points] for points in sweeps.values()], dtype=np.float64)
    pooled = tuple(_pooled([one[number] for one in sweeps.values()], dice[:, number]) for number in range(len(expected)))
    best = _best(dice)
    left_out = tuple(float(dice[row, _best(np.delete(dice, row, axis=0))]) for row in range(len(dice)))
    return CohortSweep(
        patients=tuple(sweeps),
        points=pooled,
        best_percent=pooled[best].percent,
        best_mean_dice=pooled[best].mean_dice,
        left_out_dice=left_out,
    )


def _best(dice: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> int:
    mean = dice.mean(axis=0)
    return int(np.flatnonzero(mean == mean.max())[-1])


def _pooled(points: list[SweepPoint], dice: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> CohortPoint:
    lower, middle, upper = np.percentile(dice, (25, 50, 75))
    return CohortPoint(
        percent=points[0].percent,
        mean_dice=float(dice.mean()),
        median_dice=float(middle),
        lower_quartile_dice=float(lower),
        upper_quartile_dice=float(upper),
        mean_recall=float(np.mean([point.recall or 0.0 for point in points])),
        mean_precision=float(np.mean([point.precision or 0.0 for point in points])),
        median_volume_ml=float(np.median([point.volume_ml for point in points])),
        origins=sum(point.origins or 0 for point in points),
    )
