"""What a scan is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, ClassVar

from ..parameters import Field, Parameters, Preset

BOEKE = (
    "Boeke S et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to predict "
    "radiation resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging"
)


class PermuteUnit(Enum):
    """What class labels are shuffled between."""

    TUMOUR = "tumour"
    GROUP = "group"
    PATIENT = "patient"


class PermutedSize(Enum):
    """Which N_HRS a cohort with shuffled labels has."""

    RECOMPUTED = "recomputed"
    KEPT = "kept"


class CohortCentres(Enum):
    """Whether bootstrap cohorts share centres and normalisation."""

    SHARED = "shared"
    INDEPENDENT = "independent"


class BestRule(Enum):
    """Which of several subsets is called the best."""

    SCORE = "score"
    SIGNIFICANT = "significant"


class LeaveOneOut(Enum):
    """What a fold without one tumour fits again."""

    NONE = "none"
    KEPT = "kept"
    REFITTED = "refitted"


@dataclass(frozen=True, kw_only=True)
class SubsetOf:
    """One combination of maps."""

    maps: Annotated[str, Field(help="Names of the maps, joined by +, for example ADC+FMISO_c1.")]

    @property
    def names(self) -> tuple[str, ...]:
        """The names, one by one."""
        return tuple(name.strip() for name in self.maps.split("+") if name.strip())


@dataclass(frozen=True, kw_only=True)
class ScanSettings(Parameters):
    """Settings of a parameter-space scan."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "Boeke 2023",
            {"iterations": 5000, "bootstraps": 50, "permutations": 0},
            f"{BOEKE}, methods: N_it = 5000, N_bs = 50; no permutation test",
        ),
    )

    subsets: Annotated[
        tuple[SubsetOf, ...], Field(help="Combinations of maps to scan; all non-empty combinations when none is given.")
    ] = ()
    iterations: Annotated[
        int,
        Field(
            help="Number of random cluster centres; with as many as there are voxels, every voxel is one.",
            minimum=1,
            source=f"{BOEKE}, methods: N_it = 5000",
        ),
    ] = 5000
    bootstraps: Annotated[
        int, Field(help="Number of bootstrap cohorts, 0 for none.", minimum=0, source=f"{BOEKE}, methods: N_bs = 50")
    ] = 50
    permutations: Annotated[
        int, Field(help="Number of shuffles of the class labels with which the whole scan is repeated, 0 for none.", minimum=0)
    ] = 1000
    seed: Annotated[int, Field(help="Seed of all random draws.", minimum=0)] = 0
    permute_unit: Annotated[
        PermuteUnit, Field(help="What the labels are shuffled between; tumours of one group or patient then stay together.")
    ] = PermuteUnit.TUMOUR
    permuted_n_hrs: Annotated[
        PermutedSize, Field(help="Whether N_HRS is computed again from the shuffled labels, or that of the true ones is kept.")
    ] = PermutedSize.RECOMPUTED
    stratified: Annotated[
        bool, Field(help="Whether bootstrap cohorts keep the number of tumours of every class.", source="not said in the paper")
    ] = False
    cohort_centres: Annotated[
        CohortCentres,
        Field(help="Whether bootstrap cohorts share centres and z-normalisation, or each has its own."),
    ] = CohortCentres.SHARED
    leave_one_out: Annotated[
        LeaveOneOut,
        Field(
            help="Whether each tumour's share is also found with a cluster learned without it: with centres and normalisation "
            "kept, with all of them fitted again, or not at all."
        ),
    ] = LeaveOneOut.NONE
    best_rule: Annotated[
        BestRule,
        Field(help="Best subset: the highest score, or the highest score among those with every rank-sum p below alpha."),
    ] = BestRule.SCORE
    alpha: Annotated[float, Field(help="Level of significance.", minimum=1e-6, maximum=0.5, source=f"{BOEKE}, methods")] = 0.05
    tie_tolerance: Annotated[
        float,
        Field(
            help="Squared distances that differ from that of the N_HRS-th voxel by at most this share of it count as equal.",
            minimum=0.0,
            maximum=1e-3,
        ),
    ] = 1e-9
