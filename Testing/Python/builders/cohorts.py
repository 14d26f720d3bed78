"""Small cohorts for tests of learning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from dosepainting_hrs.learning.neighbours import neighbours_of, squared_distances
from dosepainting_hrs.learning.score import mean_of, pair_scores
from dosepainting_hrs.learning.voxels import ClassOf, Floats, Ints, Tumour, Voxels
from dosepainting_hrs.phantom.cohort import MAPS
from dosepainting_hrs.phantom.cohort_voxels import CohortVoxels

BOEKE_CLASSES = (
    ClassOf(name="H", target_fraction=0.0),
    ClassOf(name="M", target_fraction=0.075),
    ClassOf(name="L", target_fraction=0.15),
)


def cohort_of(
    per_tumour: Sequence[Floats],
    class_index: Sequence[int],
    classes: Sequence[ClassOf] = BOEKE_CLASSES,
    weights: Sequence[int] | None = None,
) -> Voxels:
    """Return a cohort from the values (n, m) of each tumour; the maps are called A, B, C ..."""
    m = per_tumour[0].shape[1]
    sizes = [len(one) for one in per_tumour]
    place = np.concatenate([np.stack([np.zeros(n), np.zeros(n), np.arange(n)], axis=1) for n in sizes])
    tumours = tuple(
        Tumour(case=f"case-{number:02d}", patient=f"patient-{number:02d}", group=f"group-{which}", class_index=which)
        for number, which in enumerate(class_index)
    )
    return Voxels(
        values=np.concatenate(per_tumour),
        maps=tuple("ABCDE"[:m]),
        units=("1",) * m,
        tumour=np.repeat(np.arange(len(sizes)), sizes),
        place=place.astype(np.int64),
        tumours=tumours,
        classes=tuple(classes),
        weights=None if weights is None else np.array(weights),
    )


def random_cohort(
    seed: int, *, tumours: int = 9, voxels: int = 40, maps: int = 3, step: float = 0.0, most_weight: int = 1
) -> Voxels:
    """Return a cohort of three classes without a pattern; `step` rounds values, so that distances tie."""
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=(int(rng.integers(voxels // 2, voxels)), maps)) for _ in range(tumours)]
    if step:
        values = [np.round(one / step) * step for one in values]
    total = sum(len(one) for one in values)
    weights = rng.integers(1, most_weight + 1, size=total).tolist() if most_weight > 1 else None
    return cohort_of(values, [number % 3 for number in range(tumours)], weights=weights)


def voxels_of(made: CohortVoxels) -> Voxels:
    """Return a synthetic cohort as the scan takes it."""
    names = [one.name for one in BOEKE_CLASSES]
    tumours = tuple(
        Tumour(case=case, patient=case, group=line, class_index=names.index(which))
        for case, line, which in zip(made.cases, made.lines, made.class_names, strict=True)
    )
    return Voxels(
        values=made.values,
        maps=MAPS,
        units=("1",) * len(MAPS),
        tumour=made.tumour,
        place=made.place,
        tumours=tumours,
        classes=BOEKE_CLASSES,
    )


def best_of(  # noqa: PLR0917
    z: Floats, tumour: Ints, class_index: Ints, centres: Iterable[int], times: Ints, n_hrs: int
) -> tuple[float, int, Floats, float]:
    """Score, row, shares and radius of the best centre of a cohort, by all distances."""
    best = (-np.inf, -1, np.empty(0), 0.0)
    ones = np.ones(len(z), dtype=np.int64)
    for row in centres:
        found = neighbours_of(squared_distances(z.T, z[row]), tumour, ones, n_hrs=n_hrs, multiplicity=times, tie_tolerance=1e-9)
        shares = found.fractions(np.bincount(tumour))
        score = mean_of(pair_scores(shares, times, class_index, 3))
        if score > best[0]:
            best = (score, int(row), shares, found.radius)
    return best
