"""Curves behind component maps: what a cohort's basis is when a tumour is left out, and its maps then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..maps.component_basis import ComponentBasis
from ..maps.components import Float, Gram, components_of, projected
from .cohort import Cohort
from .plan import Refit, Remade
from .tumours import LoadedTumour
from .voxels import Floats, Voxels

CLOSE = 1e-4
"""A map is one of these frames when no voxel differs by more than this share of the map's standard deviation."""


@dataclass(frozen=True, kw_only=True)
class ComponentCurves:
    """The curves of one kind of frames in a cohort.

    Parameters
    ----------
    name : str
        Of the components: ``"FMISO"`` for FMISO_c1 and FMISO_c2.
    basis : ComponentBasis
        The basis that the cohort's maps share.
    grams : mapping of str to Gram
        Sums over the regions of every case that the basis rests on, all its time points together.
    curves : sequence of array, (t, n)
        Curves of the voxels of each tumour that is scanned, in the order of the tumours.
    """

    name: str
    basis: ComponentBasis
    grams: Mapping[str, Gram]
    curves: Sequence[NDArray[np.float32]]

    def maps(self, vectors: Float) -> Floats:
        """Return the coefficients of all voxels, (voxels, components)."""
        made = [projected(one[:, None, None, :], vectors, self.basis.preparation)[:, 0, 0, :] for one in self.curves]
        return np.concatenate(made, axis=1).T.astype(np.float64)

    def without(self, case: str) -> Floats:
        """Return the coefficients in the basis that the other cases alone give.

        Raises
        ------
        InputError
            If there are no others.
        """
        others = [gram for name, gram in self.grams.items() if name != case]
        if not others:
            raise InputError(f"The basis of {self.name} rests on one case only; without it there is none.")
        return self.maps(components_of(reduce(add, others)).vectors[:2])


def component_of(name: str, settings: Mapping[str, object]) -> tuple[str, int] | None:
    """Return which components a map belongs to and which it is, counted from 0; None for a map that is none of theirs."""
    family, mark, number = name.rpartition("_c")
    return (family, int(number) - 1) if mark and number in ("1", "2") and family in settings else None


def refit_of(cohort: Cohort, tumours: Sequence[LoadedTumour], voxels: Voxels, found: Mapping[str, ComponentCurves]) -> Refit:
    """Return what makes the maps of a cohort anew without a tumour.

    Parameters
    ----------
    cohort : Cohort
        Its settings say which maps are components of which frames.
    tumours : sequence of LoadedTumour
        Tumours that are scanned.
    voxels : Voxels
        Their pooled voxels, each standing for itself.
    found : mapping of str to ComponentCurves
        The curves by the name of their components.

    Raises
    ------
    InputError
        If a map is not what its frames give in the basis of the cohort.
    """
    columns = {
        column: belongs
        for column, name in enumerate(voxels.maps)
        if (belongs := component_of(name, cohort.settings.components)) is not None and belongs[0] in found
    }

    def values_of(made: Mapping[str, Floats]) -> Floats:
        values = voxels.values.copy()
        for column, (family, number) in columns.items():
            values[:, column] = made[family][:, number]
        return values

    given = values_of({name: one.maps(one.basis.vectors[:2]) for name, one in found.items()})
    for column in columns:
        _require_close(cohort, tumours, voxels, given, column)

    def refit(tumour: int) -> Remade:
        case = voxels.tumours[tumour].case
        return Remade(voxels=replace(voxels, values=values_of({name: one.without(case) for name, one in found.items()})))

    return refit


def _require_close(cohort: Cohort, tumours: Sequence[LoadedTumour], voxels: Voxels, given: Floats, column: int) -> None:
    away = np.abs(given[:, column] - voxels.values[:, column])
    worst = int(np.argmax(away))
    if away[worst] > CLOSE * voxels.values[:, column].std():
        raise InputError(
            f'The cohort "{cohort.path}", {tumours[voxels.tumour[worst]].row.where}, column "map:{voxels.maps[column]}", holds '
            f"{voxels.values[worst, column]:.4g} where its frames give {given[worst, column]:.4g} in the basis of the cohort.",
            "The map was made from other frames, or otherwise: make it anew with dosepainting-hrs cohort components.",
        )
