"""What all subsets of one scan share: voxels in order, centres, cohorts and permutations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..errors import ParameterError
from .resampling import (
    Cohorts,
    Permutations,
    draw_bootstraps,
    draw_centres,
    draw_permutations,
    true_cohort,
    without_each,
)
from .settings import CohortCentres, LeaveOneOut, ScanSettings
from .space import normalisation
from .tasks import Pool
from .voxels import Floats, Ints, Voxels


@dataclass(frozen=True, kw_only=True)
class Remade:
    """The voxels of a cohort made without one tumour.

    Parameters
    ----------
    voxels : Voxels
        All tumours, that one as well, in what the others alone give: a PCA basis, supervoxels.
    rows : ndarray, (n,), or None
        Row of these voxels that holds the place of each of the cohort's own; None when the rows are the same.
    """

    voxels: Voxels
    rows: Ints | None = None


Refit = Callable[[int], Remade]
"""Given the index of a tumour, returns the cohort's voxels made without it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What all subsets of one scan share.

    Parameters
    ----------
    given, voxels : Voxels
        The voxels as given, and in their canonical order.
    order : ndarray, (n,)
        Row of `given` of each row of `voxels`.
    settings : ScanSettings
        What is asked.
    z_mean, z_sd : ndarray, (m,)
        Normalisation.
    pool : Pool
        Normalised voxels.
    centres : ndarray, (c,)
        Rows of `voxels` that serve as centres.
    true : Cohorts
        The cohort as it is.
    bootstraps, folds : Cohorts or None
        Bootstrap cohorts, and the cohorts without one tumour each.
    permutations : Permutations or None
        Shuffled labels.
    refit : callable or None
        See `Refit`.
    device : str
        See `Space`.
    """

    given: Voxels
    voxels: Voxels
    order: Ints
    settings: ScanSettings
    z_mean: Floats
    z_sd: Floats
    pool: Pool
    centres: Ints
    true: Cohorts
    bootstraps: Cohorts | None
    folds: Cohorts | None
    permutations: Permutations | None
    refit: Refit | None
    device: str = ""
    _moved: dict[int, Ints] = field(default_factory=dict)

    @staticmethod
    def of(voxels: Voxels, settings: ScanSettings, centres: Ints | None, refit: Refit | None = None, device: str = "") -> Plan:
        """Order the voxels and draw centres, cohorts and permutations."""
        ordered, order = voxels.canonical_order()
        true = true_cohort(ordered)
        mean, spread = normalisation(ordered)
        return Plan(
            given=voxels,
            voxels=ordered,
            order=order,
            settings=settings,
            z_mean=mean,
            z_sd=spread,
            pool=Pool.of(ordered, (ordered.values - mean) / spread, settings.tie_tolerance, device),
            centres=draw_centres(ordered.count, settings) if centres is None else _rows(centres, order),
            true=true,
            bootstraps=draw_bootstraps(ordered, settings) if settings.bootstraps else None,
            folds=without_each(ordered) if settings.leave_one_out is not LeaveOneOut.NONE else None,
            permutations=draw_permutations(ordered, settings) if settings.permutations else None,
            refit=refit,
            device=device,
        )

    @property
    def shared(self) -> Cohorts:
        """The cohorts that share centres and normalisation, the true one first."""
        settings = self.settings
        return self.true.followed_by(
            self.bootstraps if settings.cohort_centres is CohortCentres.SHARED else None,
            self.folds if settings.leave_one_out is LeaveOneOut.KEPT else None,
        )

    @property
    def back(self) -> list[int]:
        """For each tumour as given, its index in the canonical order."""
        return [self.voxels.tumours.index(one) for one in self.given.tumours]

    def raw_pool(self) -> Pool:
        """Return the voxels in map units."""
        return Pool.of(self.voxels, self.voxels.values, self.settings.tie_tolerance, self.device)

    def fold_pool(self, fold: int) -> Pool:
        """Return the voxels in map units, the maps made without one tumour."""
        if self.refit is None:
            return self.raw_pool()
        again = self.refit(self.given.tumours.index(self.voxels.tumours[fold]))
        if again.rows is None:
            return Pool.of(self.voxels, again.voxels.values[self.order], self.settings.tie_tolerance, self.device)
        ordered, order = again.voxels.canonical_order()
        self._moved[fold] = _inverse(order)[again.rows][self.order]
        return Pool.of(ordered, ordered.values, self.settings.tie_tolerance, self.device)

    def fold_centres(self, fold: int) -> Ints:
        """Return the centres that do not lie in the tumour of a fold, as rows of its pool, which has been made before."""
        kept: Ints = self.centres[self.voxels.tumour[self.centres] != fold]
        moved = self._moved.get(fold)
        return kept if moved is None else moved[kept]

    def cohort_centres(self, cohort: int) -> Ints:
        """Return the centres of one bootstrap cohort of its own: rows drawn as often as their tumour counts."""
        assert self.bootstraps is not None  # noqa: S101  (the caller asks only then)
        rows: Ints = np.repeat(np.arange(self.voxels.count), self.bootstraps.multiplicity[cohort][self.voxels.tumour])
        drawn: Ints = rows[draw_centres(len(rows), self.settings, cohort=cohort)]
        return drawn


def _rows(centres: Ints, order: Ints) -> Ints:
    if len(centres) == 0 or min(centres) < 0 or max(centres) >= len(order):
        raise ParameterError(f"A cluster centre is no voxel of the cohort, which has {len(order)}.", "Check the centres file.")
    rows: Ints = _inverse(order)[np.asarray(centres, dtype=np.int64)]
    return rows


def _inverse(order: Ints) -> Ints:
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    return position
