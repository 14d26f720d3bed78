"""From what a scan found to what ``scan.json`` says."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numba
import numpy as np
import scipy

from .. import __version__
from ..conditions import Conditions, common_voxel
from ..records import to_json
from .classes import confounding
from .cohort import Cohort
from .extended import Ball, score_in
from .result import HeldOut, ScanResult, SubsetResult, compare
from .scan_file import (
    BootstrapFacts,
    ComparisonFacts,
    IndexFacts,
    Pair,
    PermutationFacts,
    ScanFile,
    ScoredShares,
    SubsetFacts,
    many,
    number,
    numbers,
)
from .score import Score
from .tumours import LoadedTumour, hash_of, one_patient_of
from .voxels import Floats, Voxels

_FEWEST_SHUFFLES = 20
"""Of fewer, none is 5 in 100."""
_FEWEST_BOOTSTRAPS = 40
"""Of fewer, none is 2.5 in 100."""


def scan_file_of(
    cohort: Cohort,
    tumours: Sequence[LoadedTumour],
    everybody: Sequence[LoadedTumour],
    voxels: Voxels,
    result: ScanResult,
    *,
    output: str,
    resumed: int = 0,
    indices: tuple[IndexFacts, ...] = (),
    remarks: tuple[str, ...] = (),
    supervoxels: int = 1,
    leave_out_gaps: bool = False,
) -> ScanFile:
    """Tell what a scan found.

    Parameters
    ----------
    cohort : Cohort
        Classes and conditions.
    tumours : sequence of LoadedTumour
        Tumours that were scanned.
    everybody : sequence of LoadedTumour
        All tumours that are not excluded, with the maps that they have: the extended cohort.
    voxels : Voxels
        What was scanned.
    result : ScanResult
        What was found.
    """
    shared = {name: index for index, name in enumerate(voxels.maps)}
    first = tumours[0]
    return ScanFile(
        output=output,
        cohort=str(cohort.path),
        cohort_hash=hash_of(tumours, cohort.class_names),
        time_point=first.row.time_point,
        classes={name: sum(one.row.class_name == name for one in tumours) for name in cohort.class_names},
        class_of={one.row.case: one.row.class_name for one in everybody},
        target_fractions={one.name: one.target_fraction for one in cohort.settings.classes},
        tumours=len(tumours),
        tumours_left_out=tuple(one.row.case for one in everybody if one.row not in [other.row for other in tumours]),
        voxels=int(voxels.volumes.sum()),
        n_hrs=result.n_hrs,
        centres=len(result.centres),
        maps=voxels.maps,
        quantities={name: first.quantities[name].name for name in voxels.maps},
        units={name: first.quantities[name].unit for name in voxels.maps},
        bases={name: first.bases[name] for name in voxels.maps},
        ranges={name: (float(voxels.values[:, i].min()), float(voxels.values[:, i].max())) for name, i in shared.items()},
        z_mean={name: float(result.z_mean[i]) for name, i in shared.items()},
        z_sd={name: float(result.z_sd[i]) for name, i in shared.items()},
        settings=to_json(result.settings),
        conditions=to_json(_conditions(cohort, tumours)),
        subsets=tuple(_subset(cohort, result, one, everybody) for one in result.subsets),
        best=result.best,
        best_of_dimension={str(size): index for size, index in result.best_of_dimension.items()},
        permutation=_permutation(result),
        optimism=None if result.optimism is None else number(result.optimism),
        held_out=_held_out(result, result.held_out),
        comparisons=_comparisons(result),
        indices=indices,
        redrawn=result.redrawn,
        resumed=resumed,
        confounding=(*confounding([one.row for one in tumours], cohort.class_names), *one_patient_of(tumours)),
        remarks=(*_remarks(result), *remarks),
        software=versions(),
        supervoxels=supervoxels,
        leave_out_gaps=leave_out_gaps,
    )


def _conditions(cohort: Cohort, tumours: Sequence[LoadedTumour]) -> Conditions:
    """Return how the cohort was imaged: what its settings say, and the voxel size that its grids have."""
    said = cohort.settings.conditions
    return said if said.voxel_mm else replace(said, voxel_mm=common_voxel([one.geometry.spacing for one in tumours]))


def versions() -> Mapping[str, str]:
    """Return the versions of all that numbers depend on."""
    return {
        "dosepainting-hrs": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "numba": numba.__version__,
    }


def ball_of(result: ScanResult, one: SubsetResult) -> Ball:
    """Return the cluster of a subset as it applies to any voxel."""
    at = [result.maps.index(name) for name in one.maps]
    return Ball(
        maps=one.maps,
        z_mean=result.z_mean[at],
        z_sd=result.z_sd[at],
        centre_z=np.array(one.centre_z),
        radius_z=one.radius_z,
        tie_tolerance=result.settings.tie_tolerance,
    )


def shares_of(cases: Sequence[str], fractions: Floats, score: Score) -> ScoredShares:
    """Return shares and their score as JSON can hold them."""
    return ScoredShares(
        S=number(score.total),
        S_pairs=numbers(score.pairs),
        p_pairs=numbers(score.p_pairs),
        fractions=dict(zip(cases, numbers(fractions), strict=True)),
    )


def _subset(cohort: Cohort, result: ScanResult, one: SubsetResult, everybody: Sequence[LoadedTumour]) -> SubsetFacts:
    at = [result.maps.index(name) for name in one.maps]
    having = [tumour for tumour in everybody if all(name in tumour.values for name in one.maps)]
    extended = None
    if len(having) > len(result.tumours):
        extended = shares_of([tumour.row.case for tumour in having], *score_in(cohort, ball_of(result, one), having))
    of_all = None
    if result.permutation is not None:
        null, found = result.permutation.null, one.score.total
        reached = int(np.count_nonzero(null >= found - 1e-9 * max(1.0, abs(found))))
        of_all = max(reached, 1) / len(null) if result.permutation.enumerated else (reached + 1) / (len(null) + 1)
    return SubsetFacts(
        maps=one.maps,
        units=one.units,
        S=number(one.score.total),
        S_pairs=numbers(one.score.pairs),
        p_pairs=numbers(one.score.p_pairs),
        p=number(one.score.p),
        centre=one.centre,
        centre_z=one.centre_z,
        centre_case=one.centre_case,
        centre_place=one.centre_place,
        radius_z=one.radius_z,
        z_mean=tuple(float(result.z_mean[i]) for i in at),
        z_sd=tuple(float(result.z_sd[i]) for i in at),
        extents=one.extents,
        n_hrs=one.n_hrs,
        fractions={tumour.case: float(share) for tumour, share in zip(result.tumours, one.fractions, strict=True)},
        set_aside=one.set_aside,
        bootstrap=_bootstrap(one),
        permutation_p=one.permutation_p,
        permutation_p_of_all=of_all,
        held_out=_held_out(result, one.held_out),
        extended=extended,
    )


def _bootstrap(one: SubsetResult) -> BootstrapFacts | None:
    if one.bootstrap is None:
        return None
    return BootstrapFacts(
        S_ci=_pair(one.bootstrap.score_ci),
        centre_ci=tuple(_pair(interval) for interval in one.bootstrap.centre_ci),
        optimism=number(one.bootstrap.optimism),
        S_corrected=None if one.corrected_score is None else number(one.corrected_score),
    )


def _pair(interval: tuple[float, float]) -> Pair:
    return number(interval[0]), number(interval[1])


def _held_out(result: ScanResult, held_out: HeldOut | None) -> ScoredShares | None:
    cases = [one.case for one in result.tumours]
    return None if held_out is None else shares_of(cases, held_out.fractions, held_out.score)


def _permutation(result: ScanResult) -> PermutationFacts | None:
    found = result.permutation
    if found is None:
        return None
    finite = found.null[np.isfinite(found.null)]
    return PermutationFacts(
        p=found.p,
        unit=found.unit.value,
        permutations=len(found.null),
        distinct=str(found.distinct),
        smallest_p=found.smallest_p,
        enumerated=found.enumerated,
        null_95=float(np.percentile(finite, 95)) if finite.size >= _FEWEST_SHUFFLES else None,
    )


def _comparisons(result: ScanResult) -> tuple[ComparisonFacts, ...]:
    """Compare the best subset of each number of maps with the best of three, as the paper does; without one, with the best."""
    against = result.subsets[result.best_of_dimension.get(3, result.best)]
    told = []
    for index in result.best_of_dimension.values():
        one = result.subsets[index]
        if one is against or one.bootstrap is None or against.bootstrap is None:
            continue
        found = compare(one, against)
        told.append(
            ComparisonFacts(
                maps=one.maps,
                against=against.maps,
                difference=number(found.difference),
                difference_ci=_pair(found.difference_ci),
                mann_whitney_p=number(found.mann_whitney_p),
            )
        )
    return tuple(told)


def _remarks(result: ScanResult) -> tuple[str, ...]:
    told = []
    found = result.permutation
    if found is None:
        told.append("No permutation test was made: how high the best of so many clusters gets by chance is not known.")
    elif found.smallest_p > result.settings.alpha:
        told.append(
            f"With {len(found.null)} shuffles between {found.unit.value}s ({many(str(found.distinct))} different ones exist) "
            f"the smallest p that can come out is {found.smallest_p:.3g}."
        )
    if 0 < result.settings.bootstraps < _FEWEST_BOOTSTRAPS:
        told.append(
            f"{result.settings.bootstraps} bootstrap cohorts are few: the ends of a 95 % interval are near the lowest and the "
            f"highest of them. It takes {_FEWEST_BOOTSTRAPS} or more."
        )
    if result.redrawn:
        told.append(f"{result.redrawn} bootstrap draws with fewer than two different tumours of a class were drawn again.")
    if result.redrawn > result.settings.bootstraps > 0:
        told.append("Most draws were thrown away, so small are the classes: intervals and optimism are of little worth.")
    aside = max((one.set_aside for one in result.subsets), default=0)
    if aside:
        told.append(
            f"Up to {aside} centre{'s' if aside > 1 else ''} of a subset without a score set aside: shares do not vary within "
            "classes."
        )
    return tuple(told)
