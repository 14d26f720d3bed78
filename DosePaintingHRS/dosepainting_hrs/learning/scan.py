"""The parameter-space scan: which cluster of voxels separates classes of tumours best, and what chance alone would give."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Protocol

import numpy as np

from ..errors import ParameterError
from ..progress import Progress, part, silent
from .plan import Plan, Refit
from .result import HeldOut, PermutationResult, ScanResult, SubsetResult, mean_difference
from .settings import BestRule, ScanSettings
from .subset_scan import Pools, SubsetScan, held_out_of
from .tasks import space_of
from .voxels import Ints, Voxels
from .workers import Threads, Workers


class SubsetStore(Protocol):
    """Keeps the results of subsets."""

    def load(self, maps: tuple[str, ...]) -> SubsetResult | None:
        """Return what is kept of a subset, or None."""

    def save(self, result: SubsetResult) -> None:
        """Keep the result of a subset."""


def scan(
    voxels: Voxels,
    settings: ScanSettings,
    progress: Progress = silent,
    centres: Ints | None = None,
    *,
    workers: Workers | None = None,
    store: SubsetStore | None = None,
    refit: Refit | None = None,
    device: str = "",
) -> ScanResult:
    """Scan the parameter spaces of a cohort.

    Parameters
    ----------
    voxels : Voxels
        The pooled voxels.
    settings : ScanSettings
        What to do.
    progress : callable
        Told the share done; may raise ``Cancelled``.
    centres : ndarray, (c,), int64, or None
        Rows of the voxels that serve as cluster centres; drawn at random when None.
    workers : Workers or None
        Who does the work; a thread for every processor when None.
    store : SubsetStore or None
        Keeps every subset as soon as it is finished; what it has already is not scanned again.
    refit : callable or None
        For leave-one-out with everything fitted again: gives the voxels with maps made without a tumour.
    device : str
        Device of PyTorch that finds the clusters, see `torch_device`; the kernels do when it is empty.

    Returns
    -------
    ScanResult

    Raises
    ------
    InputError
        If N_HRS is 0 or above the number of voxels, or a map has one value only.
    ParameterError
        If a subset names no map of the cohort, or a centre is no row of the voxels.

    Notes
    -----
    For each subset of the maps and each centre: the N_HRS voxels nearest to the centre in the z-normalised space, the share of
    each tumour that they make up, Cohen's d between neighbouring classes and its mean S. The best cluster is the first centre
    with the highest S.

    To reproduce Boeke 2023: 5000 iterations, 50 bootstraps, target fractions of 0, 7.5 and 15 %.

    References
    ----------
    Boeke S et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to predict radiation
    resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging, methods.
    """
    names = chosen_subsets(voxels.maps, settings)
    plan = Plan.of(voxels, settings, centres, refit, device)
    own = Threads() if workers is None else None
    try:
        subsets = _scan_all(plan, names, own or workers or Threads(1), store, progress)
    finally:
        if own is not None:
            own.close()
    progress(1.0, "Scanned")
    return _result(plan, subsets)


def chosen_subsets(maps: Sequence[str], settings: ScanSettings) -> tuple[tuple[str, ...], ...]:
    """Return the subsets to scan: those of the settings, else all non-empty ones, by number of maps.

    Raises
    ------
    ParameterError
        If a subset names no map, one twice, or one that is not there.
    """
    if not settings.subsets:
        return tuple(one for size in range(1, len(maps) + 1) for one in combinations(maps, size))
    for one in settings.subsets:
        unknown = next((name for name in one.names if name not in maps), None)
        if unknown is not None or not one.names or len(set(one.names)) != len(one.names):
            raise ParameterError(
                f'The subset "{one.maps}" does not name maps of the cohort, each once.',
                f"There are: {', '.join(maps)}; join them by +.",
            )
    return tuple(one.names for one in settings.subsets)


def _scan_all(
    plan: Plan, names: Sequence[tuple[str, ...]], workers: Workers, store: SubsetStore | None, progress: Progress
) -> list[SubsetResult]:
    """Scan one subset after the other; the next is handed out before the last pieces of one are waited for."""
    pools, done = Pools.of(plan, workers), []
    begun: dict[tuple[str, ...], SubsetScan] = {}
    kept = {name: None if store is None else store.load(name) for name in names}
    left = [name for name in names if kept[name] is None]
    prepared: dict[tuple[str, ...], Any] = {}

    def space_for(maps: tuple[str, ...]) -> Any:
        return workers.submit(space_of, pools.normalised, plan.voxels.columns(maps))

    for number, name in enumerate(names):
        found = kept[name]
        if found is None:
            for one in left[: 2 - len(begun)]:
                space = prepared.pop(one, None) or space_for(one)
                scouting = SubsetScan.begin(plan, one, workers, space)
                # While all others of this subset wait for its first piece, the space of the next is made.
                prepared.update((soon, space_for(soon)) for soon in left[1:2])
                begun[one] = scouting.handed_out(pools, workers)
                left = left[1:]
            found = begun.pop(name).finish(workers, part(progress, number / len(names), (number + 1) / len(names)))
            if store is not None:
                store.save(found)
        done.append(found)
    return done


def _result(plan: Plan, subsets: Sequence[SubsetResult]) -> ScanResult:
    settings, voxels = plan.settings, plan.voxels
    dimensions = sorted({one.dimension for one in subsets})
    return ScanResult(
        settings=settings,
        maps=voxels.maps,
        units=voxels.units,
        z_mean=plan.z_mean,
        z_sd=plan.z_sd,
        centres=plan.order[plan.centres],
        n_hrs=int(plan.true.n_hrs[0]),
        tumours=plan.given.tumours,
        classes=voxels.classes,
        volumes=plan.given.volumes,
        subsets=tuple(subsets),
        best=_best(subsets, settings),
        best_of_dimension={size: _best(subsets, settings, size) for size in dimensions},
        redrawn=plan.bootstraps.redrawn if plan.bootstraps else 0,
        optimism=_optimism(subsets),
        permutation=_permutation(plan, subsets),
        held_out=_held_out(plan, subsets),
    )


def _optimism(subsets: Sequence[SubsetResult]) -> float | None:
    """Return the optimism of the best over all subsets: each bootstrap cohort chooses its own."""
    found = [one.bootstrap for one in subsets if one.bootstrap is not None]
    if not found:
        return None
    scores, true = np.array([one.scores for one in found]), np.array([one.true_scores for one in found])
    best, each = scores.argmax(axis=0), np.arange(scores.shape[1])
    return mean_difference(scores[best, each], true[best, each])


def _permutation(plan: Plan, subsets: Sequence[SubsetResult]) -> PermutationResult | None:
    shuffled = plan.permutations
    if shuffled is None:
        return None
    null = np.max([one.permutation_null for one in subsets if one.permutation_null is not None], axis=0)
    return PermutationResult(
        p=shuffled.p_of(max(one.score.total for one in subsets), null),
        null=null,
        distinct=shuffled.distinct,
        smallest_p=shuffled.smallest_p,
        enumerated=shuffled.enumerated,
        unit=shuffled.unit,
    )


def _held_out(plan: Plan, subsets: Sequence[SubsetResult]) -> HeldOut | None:
    """Return the held-out shares when each fold chooses its subset as well."""
    found = [one.held_out for one in subsets if one.held_out is not None]
    if not found:
        return None
    scores, shares = np.array([one.fold_scores for one in found]), np.array([one.fractions for one in found])
    best, each = scores.argmax(axis=0), np.arange(scores.shape[1])
    canonical = np.argsort(plan.back)
    return held_out_of(plan, shares[best, each][canonical], scores[best, each][canonical])


def _best(subsets: Sequence[SubsetResult], settings: ScanSettings, dimension: int | None = None) -> int:
    """Return the best subset by the rule; by score alone when the rule leaves none."""
    among = [index for index, one in enumerate(subsets) if dimension in (None, one.dimension)]
    if settings.best_rule is BestRule.SIGNIFICANT:
        among = [index for index in among if subsets[index].score.p < settings.alpha] or among
    return max(among, key=lambda index: subsets[index].score.total)
