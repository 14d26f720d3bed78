"""The parameter-space scan: which cluster of voxels separates classes of tumours best, and what chance alone would give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..errors import InputError, ParameterError
from ..progress import Progress, each, silent
from .neighbours import neighbours_of, squared_distances
from .resampling import (
    Cohorts,
    Permutations,
    draw_bootstraps,
    draw_centres,
    draw_permutations,
    true_cohort,
)
from .result import PermutationResult, ScanResult, SubsetBootstrap, SubsetResult
from .score import score_of
from .settings import BestRule, ScanSettings
from .space import Space, normalisation
from .voxels import Floats, Ints, Voxels


def scan(
    voxels: Voxels,
    settings: ScanSettings,
    progress: Progress = silent,
    centres: Ints | None = None,
    *,
    done: Mapping[tuple[str, ...], SubsetResult] | None = None,
    keep: Callable[[SubsetResult], None] | None = None,
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
    done : mapping of tuple of str to SubsetResult, or None
        Subsets that an interrupted run of the same scan has finished; they are not scanned again.
    keep : callable or None
        Called with every subset as soon as it is finished.

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
    work = _Work.of(voxels, settings, centres)
    subsets = []
    for one in each(names, progress, "Scanning"):
        before = (done or {}).get(one)
        subsets.append(work.subset(one) if before is None else before)
        if keep is not None and before is None:
            keep(subsets[-1])
    return work.result(subsets)


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


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What all subsets of one scan share; voxels are in their canonical order."""

    given: Voxels
    voxels: Voxels
    order: Ints
    settings: ScanSettings
    z: Floats
    z_mean: Floats
    z_sd: Floats
    centres: Ints
    true: Cohorts
    bootstraps: Cohorts | None
    permutations: Permutations | None

    @staticmethod
    def of(voxels: Voxels, settings: ScanSettings, centres: Ints | None) -> _Work:
        ordered, order = voxels.canonical_order()
        true = true_cohort(ordered)
        mean, spread = normalisation(ordered)
        return _Work(
            given=voxels,
            voxels=ordered,
            order=order,
            settings=settings,
            z=(ordered.values - mean) / spread,
            z_mean=mean,
            z_sd=spread,
            centres=draw_centres(ordered.count, settings) if centres is None else _rows(centres, order),
            true=true,
            bootstraps=draw_bootstraps(ordered, settings) if settings.bootstraps else None,
            permutations=draw_permutations(ordered, settings) if settings.permutations else None,
        )

    def subset(self, maps: tuple[str, ...]) -> SubsetResult:
        columns = list(self.voxels.columns(maps))
        space = self._space(columns)
        at = space.z[self.centres]
        scores = space.cohort_scores(at, self.true)[0]
        if not np.isfinite(scores).any():
            raise InputError(f"No centre of the subset {'+'.join(maps)} has a score: shares do not vary within classes.")
        best = int(np.nanargmax(scores))
        found = self._cluster(maps, space, best, scores)
        changes: dict[str, object] = {}
        if self.bootstraps is not None:
            changes["bootstrap"] = self._bootstrap(space, columns, scores)
        if self.permutations is not None:
            null = space.permuted_best(at, self.permutations)
            changes["permutation_null"] = null
            changes["permutation_p"] = self.permutations.p_of(found.score.total, null)
        return SubsetResult(**{**found.__dict__, **changes})

    def result(self, subsets: Sequence[SubsetResult]) -> ScanResult:
        best = _best(subsets, self.settings)
        dimensions = sorted({one.dimension for one in subsets})
        return ScanResult(
            settings=self.settings,
            maps=self.voxels.maps,
            units=self.voxels.units,
            z_mean=self.z_mean,
            z_sd=self.z_sd,
            centres=self.order[self.centres],
            n_hrs=int(self.true.n_hrs[0]),
            tumours=self.given.tumours,
            classes=self.given.classes,
            volumes=self.given.volumes,
            subsets=tuple(subsets),
            best=best,
            best_of_dimension={size: _best(subsets, self.settings, size) for size in dimensions},
            redrawn=self.bootstraps.redrawn if self.bootstraps else 0,
            permutation=self._permutation(subsets),
        )

    def _space(self, columns: list[int]) -> Space:
        ones = np.ones(self.voxels.count, dtype=np.int64)
        return Space(
            z=np.ascontiguousarray(self.z[:, columns]),
            tumour=self.voxels.tumour,
            weights=ones if self.voxels.weights is None else self.voxels.weights,
            volumes=self.voxels.volumes,
            class_index=self.voxels.class_index,
            classes=len(self.voxels.classes),
            tie_tolerance=self.settings.tie_tolerance,
        )

    def _cluster(self, maps: tuple[str, ...], space: Space, best: int, scores: Floats) -> SubsetResult:
        row, columns = int(self.centres[best]), list(self.voxels.columns(maps))
        centre = space.z[row]
        members = neighbours_of(
            space.z,
            space.tumour,
            space.weights,
            centre,
            n_hrs=int(self.true.n_hrs[0]),
            multiplicity=self.true.multiplicity[0],
            tie_tolerance=space.tie_tolerance,
        )
        within = squared_distances(space.z, centre) <= members.radius**2 * (1.0 + space.tie_tolerance)
        values = self.voxels.values[within][:, columns]
        fractions = members.fractions(space.volumes)
        back = [self.voxels.tumours.index(one) for one in self.given.tumours]
        return SubsetResult(
            maps=maps,
            units=tuple(self.voxels.units[column] for column in columns),
            score=score_of(fractions, space.class_index, space.classes),
            centre=tuple(self.voxels.values[row, columns].tolist()),
            centre_z=tuple(centre.tolist()),
            centre_row=int(self.order[row]),
            centre_case=self.voxels.tumours[self.voxels.tumour[row]].case,
            centre_place=tuple(self.voxels.place[row].tolist()),
            radius_z=members.radius,
            n_hrs=int(self.true.n_hrs[0]),
            members=members.reordered(back),
            fractions=fractions[back],
            extents=tuple((float(axis.min()), float(axis.max())) for axis in values.T),
            scores=scores,
            set_aside=int(np.isnan(scores).sum()),
        )

    def _bootstrap(self, space: Space, columns: list[int], scores: Floats) -> SubsetBootstrap:
        assert self.bootstraps is not None  # noqa: S101  (the caller asks only then)
        found = space.cohort_scores(space.z[self.centres], self.bootstraps)
        found = np.where(np.isnan(found), -np.inf, found)
        best = found.argmax(axis=1)
        top = found[np.arange(len(best)), best]
        rows = self.centres[best]
        radii = [
            neighbours_of(
                space.z,
                space.tumour,
                space.weights,
                space.z[row],
                n_hrs=int(n_hrs),
                multiplicity=multiplicity,
                tie_tolerance=space.tie_tolerance,
            ).radius
            for row, n_hrs, multiplicity in zip(rows, self.bootstraps.n_hrs, self.bootstraps.multiplicity, strict=True)
        ]
        return SubsetBootstrap(
            scores=top,
            centres=self.voxels.values[rows][:, columns],
            radii=np.array(radii),
            optimism=float(np.nanmean(top - scores[best])),
        )

    def _permutation(self, subsets: Sequence[SubsetResult]) -> PermutationResult | None:
        if self.permutations is None:
            return None
        nulls = [one.permutation_null for one in subsets if one.permutation_null is not None]
        null = np.max(nulls, axis=0)
        return PermutationResult(
            p=self.permutations.p_of(max(one.score.total for one in subsets), null),
            null=null,
            distinct=self.permutations.distinct,
            smallest_p=self.permutations.smallest_p,
            enumerated=self.permutations.enumerated,
            unit=self.permutations.unit,
        )


def _rows(centres: Ints, order: Ints) -> Ints:
    if len(centres) == 0 or min(centres) < 0 or max(centres) >= len(order):
        raise ParameterError(f"A cluster centre is no voxel of the cohort, which has {len(order)}.", "Check the centres file.")
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    return position[np.asarray(centres, dtype=np.int64)]


def _best(subsets: Sequence[SubsetResult], settings: ScanSettings, dimension: int | None = None) -> int:
    """Return the best subset by the rule; by score alone when the rule leaves none."""
    among = [index for index, one in enumerate(subsets) if dimension in (None, one.dimension)]
    if settings.best_rule is BestRule.SIGNIFICANT:
        among = [index for index in among if subsets[index].score.p < settings.alpha] or among
    return max(among, key=lambda index: subsets[index].score.total)
