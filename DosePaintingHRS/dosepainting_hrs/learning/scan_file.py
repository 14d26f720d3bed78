"""What ``scan.json`` holds: the result of a scan in words and numbers, for people, models, reports and other programs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from ..errors import InputError
from ..parameters import Field, nearest
from ..records import from_json, read_json_file, require_schema

SCHEMA = 1
FILE_NAME = "scan.json"
Pair = tuple[float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class ScoredShares:
    """Shares of tumours and how well they separate the classes."""

    S: Annotated[float | None, Field("Mean of Cohen's d over neighbouring classes; null when there is none.")]
    S_pairs: Annotated[tuple[float | None, ...], Field("Cohen's d of each neighbouring pair of classes.")]
    p_pairs: Annotated[tuple[float | None, ...], Field("Wilcoxon rank-sum p of each pair, two-sided.")]
    fractions: Annotated[Mapping[str, float | None], Field("Share of each tumour by case.")]


@dataclass(frozen=True, kw_only=True)
class BootstrapFacts:
    """What bootstrap cohorts gave."""

    S_ci: Annotated[Pair, Field("95 % percentile interval of S.")]
    centre_ci: Annotated[tuple[Pair, ...], Field("95 % percentile interval of the centre by map, unit of the map.")]
    optimism: Annotated[float | None, Field("Mean gain of S by being chosen in the cohort it is measured in.")]
    S_corrected: Annotated[float | None, Field("S less the optimism.")]


@dataclass(frozen=True, kw_only=True)
class SubsetFacts:
    """The best cluster of one subset of the maps."""

    maps: tuple[str, ...]
    units: tuple[str, ...]
    S: Annotated[float | None, Field("Mean of Cohen's d over neighbouring classes.")]
    S_pairs: tuple[float | None, ...]
    p_pairs: tuple[float | None, ...]
    p: Annotated[float | None, Field("The larger of p_pairs: both pairs are separated at this level.")]
    centre: Annotated[tuple[float, ...], Field("Centre, unit of each map.")]
    centre_z: Annotated[tuple[float, ...], Field("Centre after z-normalisation.")]
    centre_case: str
    centre_place: Annotated[tuple[int, int, int], Field("Voxel z, y, x of the centre in its case.")]
    radius_z: Annotated[float, Field("Distance of the N_HRS-th voxel.")]
    z_mean: Annotated[tuple[float, ...], Field("Mean of each map over the pooled voxels.")]
    z_sd: Annotated[tuple[float, ...], Field("Standard deviation of each map over the pooled voxels.")]
    extents: Annotated[tuple[tuple[float, float], ...], Field("Lowest and highest value of the member voxels by map.")]
    n_hrs: int
    fractions: Annotated[Mapping[str, float], Field("Share of each tumour by case.")]
    set_aside: Annotated[int, Field("Centres without a score: shares that do not vary within classes.")]
    bootstrap: BootstrapFacts | None
    permutation_p: Annotated[float | None, Field("p of the best of all centres of this subset.")]
    permutation_p_of_all: Annotated[float | None, Field("p of this S against the best of all centres and subsets.")]
    held_out: Annotated[ScoredShares | None, Field("Tumours in clusters that were learned without them.")]
    extended: Annotated[ScoredShares | None, Field("The same cluster in all tumours that have its maps (C_max).")]


@dataclass(frozen=True, kw_only=True)
class PermutationFacts:
    """What shuffled class labels gave, for the best of all centres and subsets."""

    p: float
    unit: str
    permutations: int
    distinct: Annotated[str, Field("Number of different assignments of labels; as text, for it may be very large.")]
    smallest_p: Annotated[float, Field("The smallest p that could have come out.")]
    enumerated: bool
    null_95: Annotated[float | None, Field("S that the best reaches by chance in 5 of 100 shuffles; null for fewer than 20.")]


@dataclass(frozen=True, kw_only=True)
class ComparisonFacts:
    """Two subsets over the same bootstrap cohorts."""

    maps: tuple[str, ...]
    against: tuple[str, ...]
    difference: float | None
    difference_ci: Annotated[Pair, Field("95 % interval of the paired difference in S.")]
    mann_whitney_p: Annotated[
        float | None,
        Field("Reproduction of Boeke 2023 only: takes bootstrap cohorts for a sample, and shrinks with their number."),
    ]


@dataclass(frozen=True, kw_only=True)
class IndexFacts:
    """A classical index of the tumours, scored as a cluster's shares are."""

    name: str
    map: str
    S: float | None
    S_pairs: tuple[float | None, ...]
    p_pairs: tuple[float | None, ...]
    values: Annotated[Mapping[str, float | None], Field("Value by case.")]
    unit: Annotated[str, Field("Unit of the values, as UCUM spells it.")] = "1"


@dataclass(frozen=True, kw_only=True)
class ScanFile:
    """The result of a scan, as ``scan.json`` and ``--json`` hold it."""

    output: str
    cohort: str
    cohort_hash: str
    time_point: str
    classes: Annotated[Mapping[str, int], Field("Tumours by class, from sensitive to resistant.")]
    class_of: Annotated[Mapping[str, str], Field("Class of each case.")]
    target_fractions: Mapping[str, float]
    tumours: int
    tumours_left_out: Annotated[tuple[str, ...], Field("Cases that lack a map.")]
    voxels: int
    n_hrs: int
    centres: Annotated[int, Field("Number of cluster centres that were tried.")]
    maps: tuple[str, ...]
    quantities: Mapping[str, str]
    units: Mapping[str, str]
    bases: Mapping[str, str]
    ranges: Annotated[Mapping[str, tuple[float, float]], Field("Lowest and highest value of all voxels by map.")]
    z_mean: Mapping[str, float]
    z_sd: Mapping[str, float]
    settings: Annotated[Any, Field("Settings of the scan.")]
    conditions: Annotated[Any, Field("How the cohort was imaged.")]
    subsets: tuple[SubsetFacts, ...]
    best: Annotated[int, Field("Which of subsets is best by the rule of the settings, counted from 0.")]
    best_of_dimension: Mapping[str, int]
    permutation: PermutationFacts | None
    optimism: Annotated[float | None, Field("Optimism of the best of all, the choice of the subset included.")]
    held_out: Annotated[ScoredShares | None, Field("Tumours left out, the subset chosen anew without each.")]
    comparisons: tuple[ComparisonFacts, ...]
    indices: tuple[IndexFacts, ...]
    redrawn: Annotated[int, Field("Bootstrap draws with fewer than two different tumours of a class.")]
    resumed: Annotated[int, Field("Subsets that an interrupted run had finished.")]
    confounding: tuple[str, ...]
    remarks: tuple[str, ...]
    software: Mapping[str, str]
    supervoxels: Annotated[int, Field("Voxels that were joined to one on average; 1 for none.")] = 1
    leave_out_gaps: Annotated[bool, Field("Whether voxels without a value were left out.")] = False

    def subset(self, maps: tuple[str, ...]) -> SubsetFacts:
        """Return the subset with exactly these maps, in any order; the best one when none is named.

        Raises
        ------
        InputError
            If it was not scanned.
        """
        if not maps:
            return self.subsets[self.best]
        for one in self.subsets:
            if set(one.maps) == set(maps):
                return one
        known = tuple("+".join(one.maps) for one in self.subsets)
        raise InputError(f'The scan has no subset "{"+".join(maps)}".', nearest("+".join(maps), known))


def read_scan(folder: Path) -> ScanFile:
    """Read ``scan.json`` of a scan's folder.

    Raises
    ------
    InputError
        If it is missing, truncated or of a newer schema.
    """
    path = folder / FILE_NAME
    if folder.is_file():
        raise InputError(f'"{folder}" is a file; the folder of a scan is needed.', f'Give "{folder.parent}".')
    if folder.is_dir() and not path.is_file():
        raise InputError(f'The folder "{folder}" holds no finished scan.', "Run dosepainting-hrs cohort scan into it.")
    value = read_json_file(path, "scan file")
    where = f'The scan file "{path}"'
    require_schema(value, SCHEMA, where)
    return from_json(
        ScanFile, {key: item for key, item in value.items() if key not in ("schema", "do", "job", "version")}, where
    )


def number(value: float) -> float | None:
    """Return a number as JSON can hold it: None for one that is none."""
    return float(value) if math.isfinite(value) else None


def many(count: str) -> str:
    """Return a whole number as people read it: of a very large one only its size."""
    return count if len(count) <= 6 else f"{float(count):.1e}".replace("e+", " x 10^")


def numbers(values: Any) -> tuple[float | None, ...]:
    """Return numbers as JSON can hold them."""
    return tuple(number(float(one)) for one in values)
