"""The frames behind a cohort's component maps: curves of its tumours, in the unit that components are found in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..context import Context
from ..errors import InputError
from ..image import Mask
from ..image_frames import Frames
from ..learning.cohort import Cohort, Row
from ..learning.curves import ComponentCurves, component_of, refit_of
from ..learning.plan import Refit
from ..learning.tumours import LoadedTumour, placed_in_table
from ..learning.voxels import Voxels
from ..maps.component_basis import ComponentBasis
from ..maps.component_maps import ComponentParameters, gram_within
from ..maps.components import Gram
from ..maps.dce_components import in_enhancement
from ..maps.enhancement import BaselineParameters
from ..maps.suv_frames import in_suv
from ..progress import Progress, each, part, silent
from ..records import read_json_file


def curves_of(context: Context, cohort: Cohort, row: Row, name: str) -> tuple[Frames, Mask]:
    """Return the frames of a tumour in the unit that components are found in, and its region on their grid.

    Raises
    ------
    InputError, QuantityError, IdentityError, GeometryError, DicomError
        If they cannot be used; the sentence names row and column.
    """
    settings = cohort.settings.components[name]
    with placed_in_table(cohort, row, f"frames:{name}"):
        frames = context.frames(str((cohort.folder / row.frames[name]).absolute()))
        context.forget_frames()
    with placed_in_table(cohort, row, "region"):
        region = context.region(str((cohort.folder / row.region).absolute()))
        what = ("The region", f'the frames "{name}"')
        within = context.place(region, frames.geometry, frames.identity, what=what).mask
    with placed_in_table(cohort, row, f"frames:{name}"):
        if settings.kind == "dynamic-pet":
            return in_suv(frames), within
        return in_enhancement(frames, BaselineParameters(baseline_frames=settings.baseline_frames), within), within


def rows_with(cohort: Cohort, name: str) -> tuple[Row, ...]:
    """Return the rows of all time points that are not excluded and have these frames: those that a basis rests on."""
    return tuple(row for row in cohort.rows if not row.exclude and name in row.frames)


def cohort_refit(
    context: Context, cohort: Cohort, tumours: Sequence[LoadedTumour], voxels: Voxels
) -> tuple[Refit | None, tuple[str, ...]]:
    """Return what makes the component maps anew without a tumour, and what is worth telling.

    Parameters
    ----------
    tumours : sequence of LoadedTumour
        Tumours that are scanned.
    voxels : Voxels
        Their pooled voxels, each standing for itself.

    Raises
    ------
    InputError
        If a tumour that is scanned lacks frames that others have, the basis is not that of the maps, or a map is not what its
        frames give.
    """
    families: dict[str, list[str]] = {}
    kept: list[str] = []
    for name in voxels.maps:
        belongs = component_of(name, cohort.settings.components)
        if belongs is not None and rows_with(cohort, belongs[0]):
            families.setdefault(belongs[0], []).append(name)
        elif tumours[0].bases[name]:
            kept.append(name)
    told: tuple[str, ...] = ()
    if kept:
        sentence = (
            f"The basis of {', '.join(kept)} was kept in all folds of leave-one-out: the cohort does not name its frames."
        )
        told = (sentence,)
    if not families:
        return None, told
    found = {}
    for number, (family, names) in enumerate(families.items()):
        progress = part(context.progress, number / len(families), (number + 1) / len(families))
        basis = _basis_of(cohort, family)
        for name in names:
            if tumours[0].bases[name] != basis.hash:
                raise InputError(
                    f'The cohort "{cohort.path}", column "map:{name}", holds components of the basis '
                    f"{tumours[0].bases[name] or 'of no name'}, but the file of cohort.json holds {basis.hash}.",
                    'Name the basis of the maps: "components", "basis".',
                )
        found[family] = _loaded(context, cohort, tumours, voxels.maps, family, basis, progress)
    told += (f"{' and '.join(families)}: the basis was found anew without each tumour in leave-one-out.",)
    return refit_of(cohort, tumours, voxels, found), told


def _basis_of(cohort: Cohort, family: str) -> ComponentBasis:
    text = cohort.settings.components[family].basis
    if not text:
        raise InputError(
            f'The settings of the cohort "{cohort.path}" name no basis of {family} to compare its maps with.',
            f'"components": {{"{family}": {{"basis": "FILE"}}}}; dosepainting-hrs cohort components makes maps and basis.',
        )
    path = cohort.folder / text
    return ComponentBasis.from_json(read_json_file(path, "basis"), f'The basis "{path}"')


def _loaded(  # noqa: PLR0917
    context: Context,
    cohort: Cohort,
    tumours: Sequence[LoadedTumour],
    maps: tuple[str, ...],
    family: str,
    basis: ComponentBasis,
    progress: Progress,
) -> ComponentCurves:
    for one in tumours:
        if family not in one.row.frames:
            raise InputError(
                f'The cohort "{cohort.path}", {one.row.where}, column "frames:{family}", is empty, but other rows have frames.',
                "Give its frames, or take the column out; the basis is then kept in all folds.",
            )
    parameters = ComponentParameters(weighting=basis.weighting, normalisation=basis.normalisation)
    grams: dict[str, Gram] = {}
    curves: dict[int, NDArray[np.float32]] = {}
    scanned = {one.row.number: one for one in tumours}
    for row in each(rows_with(cohort, family), progress, f"Going through the curves of {family}"):
        frames, region = curves_of(context, cohort, row, family)
        with placed_in_table(cohort, row, f"frames:{family}"):
            basis.require_same_frames(frames)
            gram = gram_within(frames, region, parameters, silent)
        grams[row.case] = grams[row.case] + gram if row.case in grams else gram
        if row.number in scanned:
            curves[row.number] = _within(context, frames, scanned[row.number], maps, family)
    return ComponentCurves(name=family, basis=basis, grams=grams, curves=[curves[one.row.number] for one in tumours])


def _within(context: Context, frames: Frames, tumour: LoadedTumour, maps: tuple[str, ...], family: str) -> NDArray[np.float32]:
    """Return the curves of the voxels that are scanned, (t, n)."""
    return curves_at(context, frames, tumour, tumour.index[tumour.without_gaps(maps)], family)


def curves_at(context: Context, frames: Frames, tumour: LoadedTumour, places: NDArray[Any], family: str) -> NDArray[np.float32]:
    """Return the curves of some voxels of a tumour's grid, (t, n); interpolated as ``cohort build`` does when grids differ.

    Parameters
    ----------
    frames : Frames
        In the unit that components are found in.
    places : array, (n, 3)
        Voxels, z, y, x.
    """
    at = tuple(places.T)
    if frames.geometry.is_same_grid(tumour.geometry):
        return np.asarray(frames.array[(slice(None), *at)], dtype=np.float32)
    what = (f"The frames {family}", "the region")
    made = np.empty((len(frames), len(at[0])), dtype=np.float32)
    for number in range(len(frames)):
        placed, _ = context.place_image(frames.frame(number), tumour.geometry, tumour.identity, what=what)
        made[number] = placed.array[at]
    return made
