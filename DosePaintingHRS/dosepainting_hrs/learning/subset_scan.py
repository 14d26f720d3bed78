"""The scan of one subset of the maps: handed out in pieces, and put together again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..kernels.kd_leaves import kd_order
from ..progress import Progress
from .neighbours import cluster_within, squared_distances
from .plan import Plan
from .result import HeldOut, SubsetBootstrap, SubsetResult
from .score import score_of
from .settings import CohortCentres, LeaveOneOut
from .space import CohortScores
from .tasks import Piece, Refitted, refitted, scan_piece, space_of
from .voxels import Floats, Ints
from .workers import Workers

_EACH_WORKER, _SCOUTS = 4, 128
"""Pieces of a subset for each worker, so that they finish together; centres of the first piece, which come from everywhere."""
_LEAST, _MOST, _DISTANCES = 64, 1024, 2**27
"""Centres of a piece, and distances that it stands for at most: a fraction of a second, so that stopping feels alive."""


@dataclass(frozen=True, kw_only=True)
class Pools:
    """Handles of the voxels, handed out once for all subsets."""

    normalised: Any
    raw: Any
    folds: tuple[Any, ...]

    @staticmethod
    def of(plan: Plan, workers: Workers) -> Pools:
        """Hand out what the settings need."""
        refit = plan.settings.leave_one_out is LeaveOneOut.REFITTED
        independent = plan.bootstraps is not None and plan.settings.cohort_centres is CohortCentres.INDEPENDENT
        raw = workers.share(plan.raw_pool()) if independent or refit else None
        folds: tuple[Any, ...] = ()
        if refit:
            count = len(plan.voxels.tumours)
            folds = tuple(raw if plan.refit is None else workers.share(plan.fold_pool(fold)) for fold in range(count))
        return Pools(normalised=workers.share(plan.pool), raw=raw, folds=folds)


@dataclass(frozen=True, kw_only=True)
class SubsetScan:
    """One subset under way.

    Parameters
    ----------
    plan : Plan
        What is asked.
    maps : tuple of str
        The subset.
    order : ndarray, (c,)
        In which order the centres were handed out: neighbours together.
    space : handle
        Of the voxels in leaves.
    parts : tuple of ndarray
        The centres of every piece.
    pieces, cohorts, folds : tuple
        Handles of the pieces, and of cohorts and folds that are fitted on their own.
    """

    plan: Plan
    maps: tuple[str, ...]
    order: Ints
    space: Any
    parts: tuple[Ints, ...]
    pieces: tuple[Any, ...]
    cohorts: tuple[Any, ...]
    folds: tuple[Any, ...]

    @staticmethod
    def begin(plan: Plan, maps: tuple[str, ...], workers: Workers, space: Any) -> SubsetScan:
        """Hand out the first piece; `space` is the handle of the voxels in leaves.

        Where labels are shuffled, its centres come from everywhere: most shuffles soon find their best, and the other pieces
        need not compute what lies below.
        """
        columns = plan.voxels.columns(maps)
        order = kd_order(np.ascontiguousarray(plan.pool.values[plan.centres][:, list(columns)].T))
        parts: list[Ints] = []
        if plan.permutations is not None and len(order) > 4 * _SCOUTS:
            step = len(order) // _SCOUTS
            first, others = order[step // 2 :: step], np.delete(order, np.s_[step // 2 :: step])
            order, parts = np.concatenate([first, others]), [first]
        begun = sum(len(one) for one in parts)
        size = _piece(len(order), len(plan.pool.values), workers.count)
        parts += [order[start : start + size] for start in range(begun, len(order), size)]
        first = workers.submit(scan_piece, space, plan.centres[parts[0]], plan.shared, plan.permutations)
        return SubsetScan(
            plan=plan, maps=maps, order=order, space=space, parts=tuple(parts), pieces=(first,), cohorts=(), folds=()
        )

    def handed_out(self, pools: Pools, workers: Workers) -> SubsetScan:
        """Hand out all others."""
        plan, columns, first = self.plan, self.plan.voxels.columns(self.maps), self.pieces[0]
        before = first if plan.permutations is not None else None
        pieces = tuple(
            workers.submit(scan_piece, self.space, plan.centres[part], plan.shared, plan.permutations, before)
            for part in self.parts[1:]
        )
        cohorts: tuple[Any, ...] = ()
        if plan.bootstraps is not None and plan.settings.cohort_centres is CohortCentres.INDEPENDENT:
            cohorts = tuple(
                workers.submit(refitted, pools.raw, columns, plan.bootstraps.one(index), plan.cohort_centres(index), None)
                for index in range(len(plan.bootstraps.n_hrs))
            )
        folds: tuple[Any, ...] = ()
        if plan.folds is not None and pools.folds:
            folds = tuple(
                workers.submit(refitted, pool, columns, plan.folds.one(fold), plan.fold_centres(fold), fold)
                for fold, pool in enumerate(pools.folds)
            )
        return replace(self, pieces=(first, *pieces), cohorts=cohorts, folds=folds)

    def finish(self, workers: Workers, progress: Progress) -> SubsetResult:
        """Wait for the pieces and put them together.

        Raises
        ------
        InputError
            If no centre has a score.
        """
        handles = [*self.pieces, *self.cohorts, *self.folds]
        done = []
        for number, handle in enumerate(handles):
            progress(number / len(handles), f"Scanning {'+'.join(self.maps)}")
            done.append(workers.result(handle))
        pieces: list[Piece] = done[: len(self.pieces)]
        cohorts: list[Refitted] = done[len(self.pieces) : len(self.pieces) + len(self.cohorts)]
        folds: list[Refitted] = done[len(self.pieces) + len(self.cohorts) :]
        found = self._joined(pieces)
        result = self._cluster(found)
        bootstrap = self._shared_bootstrap(found) if self._shares_bootstraps else self._own_bootstrap(cohorts)
        result = replace(result, bootstrap=bootstrap, held_out=self._held_out(found, folds))
        nulls = [piece.null for piece in pieces if piece.null is not None]
        if nulls and self.plan.permutations is not None:
            null = np.max(nulls, axis=0)
            p = self.plan.permutations.p_of(result.score.total, null)
            result = replace(result, permutation_null=null, permutation_p=p)
        progress(1.0, f"Scanned {'+'.join(self.maps)}")
        return result

    def _joined(self, pieces: list[Piece]) -> CohortScores:
        place = np.argsort(self.order)
        return CohortScores(
            scores=np.concatenate([one.found.scores for one in pieces], axis=1)[:, place],
            squared_radii=np.concatenate([one.found.squared_radii for one in pieces], axis=1)[:, place],
            watched=np.concatenate([one.found.watched for one in pieces], axis=1)[:, place],
            shares=np.concatenate([one.found.shares for one in pieces])[place],
        )

    @property
    def _shares_bootstraps(self) -> bool:
        return self.plan.bootstraps is not None and self.plan.settings.cohort_centres is CohortCentres.SHARED

    def _cluster(self, found: CohortScores) -> SubsetResult:
        plan, columns = self.plan, list(self.plan.voxels.columns(self.maps))
        scores = found.scores[0].copy()  # Those of all other cohorts need not stay for these.
        if not np.isfinite(scores).any():
            raise InputError(
                f"No cluster centre of {'+'.join(self.maps)} has a score: shares differ between classes but not within them.",
                "The classes hold too few tumours, or tumours without differences: add tumours, or leave this subset out.",
            )
        best = int(np.nanargmax(scores))
        row, size, tolerance = int(plan.centres[best]), int(plan.true.n_hrs[0]), plan.settings.tie_tolerance
        pool, back, ones = plan.pool, plan.back, plan.true.multiplicity[0]
        centre, last = pool.values[row, columns], float(found.squared_radii[0, best])
        distances = squared_distances([pool.values[:, column] for column in columns], centre)
        near = np.flatnonzero(distances <= last * (1.0 + tolerance))
        members = cluster_within(
            distances[near], pool.tumour[near], pool.weights[near], last, n_hrs=size, multiplicity=ones, tie_tolerance=tolerance
        )
        values = plan.voxels.values[near][:, columns]
        fractions = members.fractions(pool.volumes)
        return SubsetResult(
            maps=self.maps,
            units=tuple(plan.voxels.units[column] for column in columns),
            score=score_of(fractions, pool.class_index, pool.classes),
            centre=tuple(plan.voxels.values[row, columns].tolist()),
            centre_z=tuple(centre.tolist()),
            centre_row=int(plan.order[row]),
            centre_case=plan.voxels.tumours[plan.voxels.tumour[row]].case,
            centre_place=tuple(plan.voxels.place[row].tolist()),
            radius_z=members.radius,
            n_hrs=size,
            members=members.reordered(back),
            fractions=fractions[back],
            extents=tuple((float(axis.min()), float(axis.max())) for axis in values.T),
            scores=scores,
            set_aside=int(np.isnan(scores).sum()),
        )

    def _shared_bootstrap(self, found: CohortScores) -> SubsetBootstrap:
        plan = self.plan
        assert plan.bootstraps is not None  # noqa: S101  (the caller asks only then)
        count = len(plan.bootstraps.n_hrs)
        scores = _or_least(found.scores[1 : 1 + count])
        best, each = scores.argmax(axis=1), np.arange(count)
        return SubsetBootstrap(
            scores=scores[each, best],
            centres=self._values(plan.centres[best]),
            radii=np.sqrt(found.squared_radii[1 + each, best]),
            true_scores=found.scores[0][best],
        )

    def _own_bootstrap(self, cohorts: list[Refitted]) -> SubsetBootstrap | None:
        if not cohorts:
            return None
        rows = np.array([one.row for one in cohorts])
        columns = list(self.plan.voxels.columns(self.maps))
        space = space_of(self.plan.pool, tuple(columns))
        true = space.cohort_scores(space.z[rows], self.plan.true)
        return SubsetBootstrap(
            scores=np.array([one.score for one in cohorts]),
            centres=self._values(rows),
            radii=np.array([one.radius for one in cohorts]),
            true_scores=true.scores[0],
        )

    def _held_out(self, found: CohortScores, folds: list[Refitted]) -> HeldOut | None:
        plan = self.plan
        if plan.folds is None:
            return None
        if folds:
            shares, best_scores = np.array([one.watched for one in folds]), np.array([one.score for one in folds])
        else:
            count = len(plan.folds.n_hrs)
            scores = _or_least(found.scores[-count:])
            # A centre in the tumour that is held out was not learned without it.
            scores[plan.voxels.tumour[plan.centres] == np.arange(count)[:, None]] = -np.inf
            best, each = scores.argmax(axis=1), np.arange(count)
            shares, best_scores = found.watched[-count:][each, best], scores[each, best]
        return held_out_of(plan, shares, best_scores)

    def _values(self, rows: Ints) -> Floats:
        return self.plan.voxels.values[rows][:, list(self.plan.voxels.columns(self.maps))]


def _piece(centres: int, voxels: int, workers: int) -> int:
    """Return how many centres a piece has."""
    return max(_LEAST, min(-(-centres // (_EACH_WORKER * workers)), _MOST, _DISTANCES // voxels))


def held_out_of(plan: Plan, shares: Floats, fold_scores: Floats) -> HeldOut:
    """Return held-out shares, given in canonical order, with one score."""
    score = score_of(shares, plan.pool.class_index, plan.pool.classes)
    return HeldOut(fractions=shares[plan.back], score=score, fold_scores=fold_scores[plan.back])


def _or_least(scores: Floats) -> Floats:
    return np.where(np.isnan(scores), -np.inf, scores)
