"""Cohorts made from a cohort: bootstrap draws, cohorts without one tumour, and shuffled class labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import InputError
from .settings import PermutedSize, PermuteUnit, ScanSettings
from .shuffles import ShuffleTable
from .voxels import ClassOf, Floats, Ints, Voxels

_CENTRES, _BOOTSTRAPS, _PERMUTATIONS, _INDEPENDENT = 1, 2, 3, 4
_MOST_REDRAWS = 10_000


@dataclass(frozen=True, kw_only=True)
class Cohorts:
    """Cohorts that share tumours and class labels but count tumours differently often.

    Parameters
    ----------
    multiplicity : ndarray, (b, t), int64
        How often a cohort counts a tumour.
    n_hrs : ndarray, (b,), int64
        N_HRS of each cohort.
    redrawn : int
        Number of draws that were thrown away because a class had fewer than two different tumours.
    """

    multiplicity: Ints
    n_hrs: Ints
    redrawn: int = 0

    @property
    def watched(self) -> Ints:
        """The first tumour that each cohort lacks, (b,); the first of all where it lacks none."""
        return np.asarray((self.multiplicity == 0).argmax(axis=1), dtype=np.int64)

    def one(self, index: int) -> Cohorts:
        """Return one of the cohorts."""
        return Cohorts(multiplicity=self.multiplicity[index : index + 1], n_hrs=self.n_hrs[index : index + 1])

    def followed_by(self, *others: Cohorts | None) -> Cohorts:
        """Return these cohorts and others after them."""
        parts = [self, *(one for one in others if one is not None)]
        return Cohorts(
            multiplicity=np.concatenate([one.multiplicity for one in parts]), n_hrs=np.concatenate([one.n_hrs for one in parts])
        )


@dataclass(frozen=True, kw_only=True)
class Permutations:
    """Cohorts with shuffled class labels.

    Parameters
    ----------
    labels : ndarray, (p, t), int64
        Class of each tumour.
    n_hrs : ndarray, (p,), int64
        N_HRS of each.
    distinct : int
        Number of different assignments of labels to units; the true one is one of them.
    enumerated : bool
        Whether `labels` holds every assignment once, the true one included.
    unit : PermuteUnit
        What the labels were shuffled between.
    """

    labels: Ints
    n_hrs: Ints
    distinct: int
    enumerated: bool
    unit: PermuteUnit

    @cached_property
    def table(self) -> ShuffleTable:
        """The shuffles as the kernels take them."""
        return ShuffleTable.of(self.labels, self.n_hrs)

    @property
    def smallest_p(self) -> float:
        """The smallest p-value that these permutations can give."""
        return 1.0 / len(self.labels) if self.enumerated else max(1.0 / (len(self.labels) + 1), 1.0 / self.distinct)

    def p_of(self, found: float, null: Floats) -> float:
        """Return the share of permutations that score at least as high as what was found, itself counted.

        Parameters
        ----------
        found : float
            Best score with the true labels.
        null : ndarray, (p,)
            Best score of each permutation.
        """
        reached = int(np.count_nonzero(null >= found - 1e-9 * max(1.0, abs(found))))
        return max(reached, 1) / len(null) if self.enumerated else (reached + 1) / (len(null) + 1)


def n_hrs_of(volumes: Ints, multiplicity: Ints, labels: Ints, classes: Sequence[ClassOf]) -> int:
    """Return N_HRS: the target fraction of every class times its voxels, added up and rounded half up.

    Parameters
    ----------
    volumes : ndarray, (t,)
        Voxels of each tumour.
    multiplicity : ndarray, (t,)
        How often each tumour counts.
    labels : ndarray, (t,)
        Class of each tumour.
    classes : sequence of ClassOf
        The classes.

    References
    ----------
    Boeke 2023, methods, "Model training": 15.0 %, 7.5 % and 0 % of the voxels of low, medium and high sensitivity.
    """
    counted = volumes * multiplicity
    total = 0.0
    for index, one in enumerate(classes):
        total += one.target_fraction * int(counted[labels == index].sum())
    # A share such as 0.075 has no exact binary form: half a voxel is meant where rounding left a trace below it.
    return math.floor(total + 0.5 + 1e-9)


def require_n_hrs(n_hrs: int, volumes: Ints, classes: Sequence[ClassOf]) -> None:
    """Refuse a cohort whose N_HRS is 0 or above the number of its voxels.

    Raises
    ------
    InputError
        If it is.
    """
    told = ", ".join(f"{one.name} {100 * one.target_fraction:g} %" for one in classes)
    if n_hrs < 1:
        raise InputError(f"N_HRS is {n_hrs}: the target fractions ({told}) give no voxel.", "Give larger target fractions.")
    if n_hrs > int(volumes.sum()):
        raise InputError(
            f"The cohort has {int(volumes.sum())} voxels, fewer than N_HRS = {n_hrs} ({told}).",
            "Target fractions are shares from 0 to 1.",
        )


def draw_centres(count: int, settings: ScanSettings, *, cohort: int = -1) -> Ints:
    """Return the rows that serve as cluster centres, drawn without replacement; all of them when as many are asked for."""
    if settings.iterations >= count:
        return np.arange(count, dtype=np.int64)
    stream = [settings.seed, _CENTRES] if cohort < 0 else [settings.seed, _INDEPENDENT, cohort]
    return np.random.default_rng(stream).choice(count, size=settings.iterations, replace=False).astype(np.int64)


def true_cohort(voxels: Voxels) -> Cohorts:
    """Return the cohort as it is.

    Raises
    ------
    InputError
        If N_HRS is 0 or above the number of voxels.
    """
    ones = np.ones((1, len(voxels.tumours)), dtype=np.int64)
    n_hrs = n_hrs_of(voxels.volumes, ones[0], voxels.class_index, voxels.classes)
    require_n_hrs(n_hrs, voxels.volumes, voxels.classes)
    return Cohorts(multiplicity=ones, n_hrs=np.array([n_hrs], dtype=np.int64))


def draw_bootstraps(voxels: Voxels, settings: ScanSettings) -> Cohorts:
    """Draw bootstrap cohorts: as many tumours as there are, with replacement.

    A draw that holds fewer than two different tumours of a class is thrown away, counted and drawn again. Stratified draws
    keep the number of tumours of every class.

    Raises
    ------
    InputError
        If hardly any draw holds two different tumours of every class.
    """
    rng = np.random.default_rng([settings.seed, _BOOTSTRAPS])
    labels, volumes, redrawn = voxels.class_index, voxels.volumes, 0
    kept: list[Ints] = []
    while len(kept) < settings.bootstraps:
        drawn = _draw(rng, labels, len(voxels.classes), settings.stratified)
        different = np.bincount(labels[drawn > 0], minlength=len(voxels.classes))
        if different.min() >= 2 and n_hrs_of(volumes, drawn, labels, voxels.classes) >= 1:
            kept.append(drawn)
            continue
        redrawn += 1
        if redrawn > _MOST_REDRAWS:
            raise InputError(
                f"{redrawn} bootstrap draws held fewer than two different tumours of a class; the classes are too small.",
                "Add tumours, use stratified draws, or scan without bootstraps.",
            )
    multiplicity = np.array(kept, dtype=np.int64).reshape(len(kept), len(labels))
    sizes = [n_hrs_of(volumes, one, labels, voxels.classes) for one in multiplicity]
    return Cohorts(multiplicity=multiplicity, n_hrs=np.array(sizes, dtype=np.int64), redrawn=redrawn)


def without_each(voxels: Voxels) -> Cohorts:
    """Return the cohorts that lack one tumour each, in the order of the tumours."""
    count = len(voxels.tumours)
    multiplicity = np.ones((count, count), dtype=np.int64) - np.eye(count, dtype=np.int64)
    sizes = [n_hrs_of(voxels.volumes, one, voxels.class_index, voxels.classes) for one in multiplicity]
    return Cohorts(multiplicity=multiplicity, n_hrs=np.array(sizes, dtype=np.int64))


def draw_permutations(voxels: Voxels, settings: ScanSettings) -> Permutations:
    """Shuffle the class labels between tumours, groups or patients.

    When there are no more different assignments than permutations asked for, every one is taken once.

    Raises
    ------
    InputError
        If tumours of one group or patient are of different classes, so that a label for the whole unit means nothing.
    """
    units = _units(voxels, settings.permute_unit)
    unit_labels = _labels_of_units(voxels, units, settings.permute_unit)
    distinct = _assignments(unit_labels)
    enumerated = distinct <= settings.permutations
    if enumerated:
        shuffled = np.array(_every(np.bincount(unit_labels).tolist()), dtype=np.int64)
    else:
        rng = np.random.default_rng([settings.seed, _PERMUTATIONS])
        shuffled = np.array([rng.permutation(unit_labels) for _ in range(settings.permutations)], dtype=np.int64)
    labels = shuffled.reshape(-1, len(unit_labels))[:, units]
    ones = np.ones(len(voxels.tumours), dtype=np.int64)
    kept = settings.permuted_n_hrs is PermutedSize.KEPT
    true_size = n_hrs_of(voxels.volumes, ones, voxels.class_index, voxels.classes)
    sizes = [true_size if kept else max(n_hrs_of(voxels.volumes, ones, one, voxels.classes), 1) for one in labels]
    return Permutations(
        labels=np.ascontiguousarray(labels),
        n_hrs=np.array(sizes, dtype=np.int64),
        distinct=distinct,
        enumerated=enumerated,
        unit=settings.permute_unit,
    )


def _draw(rng: np.random.Generator, labels: Ints, classes: int, stratified: bool) -> Ints:
    pools = [np.flatnonzero(labels == index) for index in range(classes)] if stratified else [np.arange(len(labels))]
    drawn = np.concatenate([rng.choice(pool, size=len(pool), replace=True) for pool in pools])
    return np.bincount(drawn, minlength=len(labels)).astype(np.int64)


def _units(voxels: Voxels, unit: PermuteUnit) -> Ints:
    if unit is PermuteUnit.TUMOUR:
        return np.arange(len(voxels.tumours), dtype=np.int64)
    names = [one.group if unit is PermuteUnit.GROUP else one.patient for one in voxels.tumours]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _labels_of_units(voxels: Voxels, units: Ints, unit: PermuteUnit) -> Ints:
    labels = np.full(units.max() + 1, -1, dtype=np.int64)
    for index, which in enumerate(voxels.class_index):
        if labels[units[index]] not in (-1, which):
            one = voxels.tumours[index]
            name = one.group if unit is PermuteUnit.GROUP else one.patient
            raise InputError(
                f'The {unit.value} "{name}" has tumours of different classes; its label cannot be shuffled as one.',
                "Shuffle between tumours.",
            )
        labels[units[index]] = which
    return labels


def _assignments(labels: Ints) -> int:
    count = math.factorial(len(labels))
    for times in np.bincount(labels):
        count //= math.factorial(int(times))
    return count


def _every(left: list[int]) -> list[list[int]]:
    """Return every order of labels of which `left` says how many there are of each, in dictionary order."""
    if sum(left) == 0:
        return [[]]
    found = []
    for label, times in enumerate(left):
        if times:
            rest = [*left[:label], times - 1, *left[label + 1 :]]
            found += [[label, *tail] for tail in _every(rest)]
    return found
