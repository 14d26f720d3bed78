"""What the studies of the scan do, at any size: the validation runs them in full, the tests reduced."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from builders.cohorts import random_cohort, voxels_of
from dosepainting_hrs.learning.scan import scan
from dosepainting_hrs.learning.settings import PermutedSize, ScanSettings, SubsetOf
from dosepainting_hrs.phantom.cohort import PLANTED
from dosepainting_hrs.phantom.cohort_voxels import PLANTS, cohort_voxels


@dataclass(frozen=True, kw_only=True)
class PlantFound:
    """What a scan found of a planted cluster: of the planted maps, and which subset it called best.

    Parameters
    ----------
    distance : float
        Distance of the found centre from the planted one, in standard deviations of the tissue.
    """

    seed: int
    voxels: int
    score: float
    distance: float
    best_of_three: tuple[str, ...]
    best: tuple[str, ...]
    best_score: float

    @property
    def right_three(self) -> bool:
        """Whether the best subset of three maps is the planted one."""
        return set(self.best_of_three) == set(PLANTED)

    @property
    def no_useless(self) -> bool:
        """Whether the best of all subsets has planted maps only."""
        return set(self.best) <= set(PLANTED)


def find_plant(kind: str, seed: int, *, scale: float, iterations: int, subsets: tuple[str, ...] = ()) -> PlantFound:
    """Scan one phantom cohort."""
    plant = PLANTS[kind]
    assert plant is not None
    voxels = voxels_of(cohort_voxels(kind, seed=seed, scale=scale))
    chosen = tuple(SubsetOf(maps=one) for one in subsets)
    found = scan(voxels, ScanSettings(iterations=iterations, bootstraps=0, permutations=0, seed=seed, subsets=chosen))
    planted = found.subset(*PLANTED)
    return PlantFound(
        seed=seed,
        voxels=voxels.count,
        score=planted.score.total,
        distance=float(np.linalg.norm(np.array(planted.centre) - plant.centre)),
        best_of_three=found.subsets[found.best_of_dimension[3]].maps,
        best=found.best_subset.maps,
        best_score=found.best_subset.score.total,
    )


def null_p_values(cohorts: int, *, permutations: int, size: PermutedSize, heard: Callable[[str], None] = print) -> np.ndarray:
    """Return the p-values of the best of all clusters and subsets, of cohorts without a pattern."""
    found = []
    for seed in range(cohorts):
        settings = ScanSettings(iterations=50, bootstraps=0, permutations=permutations, permuted_n_hrs=size, seed=seed)
        result = scan(random_cohort(1000 + seed, tumours=12, voxels=60, maps=2), settings)
        assert result.permutation is not None
        found.append(result.permutation.p)
        if seed % 20 == 19:
            heard(f"{seed + 1} of {cohorts} cohorts")
    return np.array(found)


def distance_to_uniform(p_values: np.ndarray, permutations: int) -> float:
    """Return the Kolmogorov-Smirnov distance to the uniform distribution on 1/(P+1), 2/(P+1) ... 1."""
    steps = np.arange(1, permutations + 2) / (permutations + 1)
    below = np.searchsorted(np.sort(p_values), steps + 1e-9) / len(p_values)
    return float(abs(below - steps).max())


def critical_distance(count: int) -> float:
    """Return the distance that chance exceeds in 5 % of samples of a continuous distribution, in fewer of a discrete one."""
    return 1.358 / math.sqrt(count)
