"""Sweeps of several patients together: which percentage of the maximum serves a cohort best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

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
        Names of the sweeps that count.
    without_best : tuple of str
        Names of the sweeps that do not, because no percentage finds any of their reference.
    shared : tuple of tuple of str
        Names of the sweeps that are of one patient, for each patient with several.
    points : tuple of CohortPoint
        By rising percentage.
    best_percent, best_mean_dice : float
        Percentage with the highest mean Dice (the highest such percentage of equals), and that Dice.
    left_out_dice : tuple of float
        For each sweep, the Dice at the percentage that is best for all other patients: what the choice is worth on a new one.
    """

    patients: tuple[str, ...]
    without_best: tuple[str, ...]
    shared: tuple[tuple[str, ...], ...]
    points: tuple[CohortPoint, ...]
    best_percent: float
    best_mean_dice: float
    left_out_dice: tuple[float, ...]


def cohort_sweep(sweeps: Mapping[str, tuple[SweepPoint, ...]], patients: Mapping[str, str] | None = None) -> CohortSweep:
    """Put the sweeps of several patients together.

    Parameters
    ----------
    sweeps : mapping of str to tuple of SweepPoint
        By name, each with a reference and of the same percentages.
    patients : mapping of str to str, optional
        PatientID of each sweep, as far as it is known; sweeps without one are taken for patients of their own.

    Raises
    ------
    InputError
        If a sweep has no reference, the percentages differ, one sweep was given twice, or fewer than two patients are left
        whose reference some percentage finds.

    References
    ----------
    Kutnar D et al. (2023), Prediction of post-radiotherapy recurrence volumes in head and neck squamous cell carcinoma using
    3D U-Net segmentation, methods and figure 4 (percentage chosen by the Dice over a set of patients).
    """
    if len(sweeps) < 2:
        raise InputError(f"A cohort needs at least two sweeps, given: {len(sweeps)}.", "Name another one.")
    whose = {name: (patients or {}).get(name, "") for name in sweeps}
    _require_alike(sweeps)
    _require_different(sweeps, whose)
    counted = {name: points for name, points in sweeps.items() if any(point.dice for point in points)}
    persons = [whose[name] or (name,) for name in counted]
    none = tuple(name for name in sweeps if name not in counted)
    if len(set(persons)) < 2:
        told = f", without those of which no percentage finds any of the reference ({', '.join(none)})" if none else ""
        raise InputError(
            f"A cohort needs sweeps of at least two patients; these are of {len(set(persons))}{told}.",
            "Name another patient's.",
        )
    dice = np.array([[point.dice for point in points] for points in counted.values()], dtype=np.float64)
    percents = range(dice.shape[1])
    pooled = tuple(_pooled([one[number] for one in counted.values()], dice[:, number]) for number in percents)
    best = _best(dice)
    others = [[row for row, one in enumerate(persons) if one != person] for person in persons]
    return CohortSweep(
        patients=tuple(counted),
        without_best=none,
        shared=_shared(tuple(counted), persons),
        points=pooled,
        best_percent=pooled[best].percent,
        best_mean_dice=pooled[best].mean_dice,
        left_out_dice=tuple(float(dice[row, _best(dice[rest])]) for row, rest in enumerate(others)),
    )


def _require_alike(sweeps: Mapping[str, tuple[SweepPoint, ...]]) -> None:
    (first, expected), *_ = sweeps.items()
    for name, points in sweeps.items():
        if any(point.dice is None for point in points):
            raise InputError(f'The sweep "{name}" has no reference.', "Sweep with --reference.")
        if [point.percent for point in points] != [point.percent for point in expected]:
            raise InputError(f'The sweeps "{name}" and "{first}" have other percentages.', "Make both with the same version.")


def _require_different(sweeps: Mapping[str, tuple[SweepPoint, ...]], whose: Mapping[str, str]) -> None:
    """Refuse one sweep under two names; two patients' never have the same figures throughout."""
    for (first, one), (second, other) in combinations(sweeps.items(), 2):
        if one == other and (whose[first] == whose[second] or not (whose[first] and whose[second])):
            of = f' of patient "{whose[first] or whose[second]}"' if whose[first] or whose[second] else ""
            raise InputError(f'"{first}" and "{second}" are one and the same sweep{of}.', "Give each sweep once.")


def _shared(names: tuple[str, ...], persons: Sequence[object]) -> tuple[tuple[str, ...], ...]:
    groups = (
        tuple(name for name, one in zip(names, persons, strict=True) if one == person) for person in dict.fromkeys(persons)
    )
    return tuple(group for group in groups if len(group) > 1)


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
