"""What is in a cohort, and what is wrong with it: counts, missing maps, units, grids, outliers, histograms, confounding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ..conditions import common_voxel
from ..errors import DosePaintingError
from ..progress import Progress, silent
from ..quantities import shown_unit
from .classes import confounding
from .cohort import Cohort, Row
from .pooling import n_hrs_for
from .tumours import LoadedTumour, gaps, load_tumour, one_patient_of, unlike

BINS = 32
OUTLYING = 3.5
"""Modified z-score from which a tumour's median counts as an outlier: Iglewicz and Hoaglin (1993)."""
_MOST_MAPS_FOR_ALL_SUBSETS = 6


@dataclass(frozen=True, kw_only=True)
class SubsetCount:
    """How many tumours have all maps of a subset (C_max), in all and by class."""

    maps: tuple[str, ...]
    tumours: int
    by_class: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class MapFacts:
    """One map over all voxels of the cohort."""

    name: str
    quantity: str
    unit: str
    basis: str
    tumours: int
    voxels: int
    minimum: float
    maximum: float
    mean: float
    sd: float
    missing_voxels: int
    edges: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class CaseHistogram:
    """How the voxels of one tumour spread over the bins of a map."""

    row: int
    case: str
    class_name: str
    map: str
    median: float
    counts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class GridCount:
    """How many tumours lie on a grid of this voxel size, mm."""

    voxel_mm: tuple[float, float, float]
    tumours: int


@dataclass(frozen=True, kw_only=True)
class CohortCheck:
    """What was found."""

    cohort: str
    time_point: str
    rows: int
    excluded: int
    included: int
    by_class: Mapping[str, int]
    by_group: Mapping[str, int]
    c_all: int
    c_max: tuple[SubsetCount, ...]
    voxels: int
    n_hrs: int
    maps: tuple[MapFacts, ...]
    grids: tuple[GridCount, ...]
    histograms: tuple[CaseHistogram, ...]
    missing: tuple[str, ...]
    outliers: tuple[str, ...]
    confounding: tuple[str, ...]
    problems: tuple[str, ...]


def check_cohort(cohort: Cohort, time_point: str, progress: Progress = silent) -> CohortCheck:
    """Load all that a cohort names at a time point and say what is in it; what cannot be used is listed, not raised.

    Parameters
    ----------
    cohort : Cohort
        The table.
    time_point : str
        One of the cohort's time points.
    progress : callable
        Where to report.
    """
    rows = cohort.included(time_point)
    tumours, problems = _load(cohort, rows, progress)
    complete = cohort.complete(time_point, cohort.map_names)
    loaded = {one.row.number for one in tumours}
    usable = [one for one in tumours if one.row in complete]
    gone = [
        f'{one.row.where}, column "map:{name}": {count} of {one.voxel_count} voxels have no value.'
        for one in tumours
        for name, count in gaps(one, tuple(one.values))
    ]
    maps = tuple(_facts(name, tumours) for name in cohort.map_names if any(name in one.values for one in tumours))
    return CohortCheck(
        cohort=str(cohort.path),
        time_point=time_point,
        rows=sum(row.time_point == time_point for row in cohort.rows),
        excluded=sum(row.time_point == time_point and row.exclude for row in cohort.rows),
        included=len(rows),
        by_class={name: sum(row.class_name == name for row in rows) for name in cohort.class_names},
        by_group=dict(Counter(row.group for row in rows)),
        c_all=len(complete),
        c_max=tuple(_count(cohort, time_point, subset) for subset in _subsets(cohort.map_names)),
        voxels=sum(one.voxel_count for one in usable),
        n_hrs=n_hrs_for(cohort, usable),
        maps=maps,
        grids=_grids(tumours),
        histograms=tuple(_histogram(one, facts) for facts in maps for one in tumours if facts.name in one.values),
        missing=tuple(sentence for row in rows for sentence in _missing(cohort, row)),
        outliers=tuple(sentence for facts in maps for sentence in _outliers(facts, tumours)),
        confounding=(*confounding(rows, cohort.class_names), *one_patient_of(tumours)),
        problems=(
            *problems,
            *gone,
            *_same_everywhere(maps),
            *_other_voxels(cohort, tumours),
            *_small_classes(cohort, [row for row in complete if row.number in loaded]),
        ),
    )


def _load(cohort: Cohort, rows: Sequence[Row], progress: Progress) -> tuple[list[LoadedTumour], list[str]]:
    found: list[LoadedTumour] = []
    problems: list[str] = []
    for number, row in enumerate(rows):
        progress(number / max(len(rows), 1), f"Looking at {row.case}")
        try:
            found.append(load_tumour(cohort, row, cohort.map_names))
        except DosePaintingError as error:
            problems.append(str(error))
    problems += map(str, unlike(cohort, found))
    progress(1.0, "Looked at the cohort")
    return found, problems


def _missing(cohort: Cohort, row: Row) -> list[str]:
    names = [name for name in cohort.map_names if name not in row.maps]
    return [f"{row.where} has no {', '.join(names)}."] if names else []


def _count(cohort: Cohort, time_point: str, subset: tuple[str, ...]) -> SubsetCount:
    rows = cohort.complete(time_point, subset)
    by_class = {name: sum(row.class_name == name for row in rows) for name in cohort.class_names}
    return SubsetCount(maps=subset, tumours=len(rows), by_class=by_class)


def _subsets(maps: Sequence[str]) -> list[tuple[str, ...]]:
    """Return all subsets of a few maps; of many only the single ones and all together."""
    if len(maps) <= _MOST_MAPS_FOR_ALL_SUBSETS:
        return [subset for size in range(1, len(maps) + 1) for subset in combinations(maps, size)]
    return [*((name,) for name in maps), tuple(maps)]


def _facts(name: str, tumours: Sequence[LoadedTumour]) -> MapFacts:
    having = [one for one in tumours if name in one.values]
    values = np.concatenate([one.values[name] for one in having])
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return MapFacts(
        name=name,
        quantity=having[0].quantities[name].name,
        unit=having[0].quantities[name].unit,
        basis=having[0].bases[name],
        tumours=len(having),
        voxels=int(values.size),
        minimum=low,
        maximum=high,
        mean=float(finite.mean()) if finite.size else 0.0,
        sd=float(finite.std()) if finite.size else 0.0,
        missing_voxels=int(values.size - finite.size),
        edges=tuple(np.linspace(low, high if high > low else low + 1.0, BINS + 1).tolist()),
    )


def _histogram(one: LoadedTumour, facts: MapFacts) -> CaseHistogram:
    values = one.values[facts.name]
    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(finite, bins=np.array(facts.edges))
    return CaseHistogram(
        row=one.row.number,
        case=one.row.case,
        class_name=one.row.class_name,
        map=facts.name,
        median=float(np.median(finite)) if finite.size else float("nan"),
        counts=tuple(int(count) for count in counts),
    )


def _outliers(facts: MapFacts, tumours: Sequence[LoadedTumour]) -> list[str]:
    """Say which tumours have a median far from those of the others, by the modified z-score 0.6745 (x - median) / MAD."""
    having = [(one, one.values[facts.name]) for one in tumours if facts.name in one.values]
    medians = np.array(
        [np.median(values[np.isfinite(values)]) if np.isfinite(values).any() else np.nan for _, values in having]
    )
    known = medians[np.isfinite(medians)]
    if known.size < 3:
        return []
    middle = float(np.median(known))
    mad = float(np.median(np.abs(known - middle)))
    told, unit = [], f" {shown_unit(facts.unit)}".rstrip()
    for (one, _), median in zip(having, medians, strict=True):
        score = 0.6745 * (median - middle) / mad if mad > 0 else 0.0
        if abs(score) > OUTLYING:
            told.append(
                f'{one.row.where}, column "map:{facts.name}": its median of {median:.4g}{unit} lies far from that of '
                f"the tumours, {middle:.4g}{unit} (modified z-score {score:.1f})."
            )
    return told


def _grids(tumours: Sequence[LoadedTumour]) -> tuple[GridCount, ...]:
    sizes = Counter(tuple(round(float(edge), 3) for edge in one.geometry.spacing) for one in tumours)
    return tuple(GridCount(voxel_mm=(size[0], size[1], size[2]), tumours=count) for size, count in sizes.most_common())


def _same_everywhere(maps: Sequence[MapFacts]) -> list[str]:
    return [
        f'Column "map:{one.name}" holds {one.minimum:g} in every voxel of every tumour, and separates nothing: leave it out.'
        for one in maps
        if one.minimum == one.maximum and one.missing_voxels < one.voxels
    ]


def _other_voxels(cohort: Cohort, tumours: Sequence[LoadedTumour]) -> list[str]:
    """Say where the voxel size that the settings state, and a model would carry on, is not that of the tumours."""
    said = cohort.settings.conditions
    other = [one for one in tumours if said.voxel_mm and not common_voxel([said.voxel_mm, one.geometry.spacing])]
    return [
        f'{one.row.where}, column "region": its voxels are {replace(said, voxel_mm=_edges(one)).told("voxel_mm")}, but '
        f"cohort.json says {said.told('voxel_mm')}."
        for one in other[:1]
    ]


def _edges(one: LoadedTumour) -> tuple[float, ...]:
    return tuple(float(edge) for edge in one.geometry.spacing)


def _small_classes(cohort: Cohort, rows: Sequence[Row]) -> list[str]:
    try:
        cohort.require_class_sizes(tuple(rows), "with all maps")
    except DosePaintingError as error:
        return [str(error)]
    return []
