"""From loaded tumours to pooled voxels, and N_HRS of a cohort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from .cohort import Cohort
from .resampling import n_hrs_of
from .tumours import LoadedTumour, gaps
from .voxels import ClassOf, Tumour, Voxels


def pooled(cohort: Cohort, tumours: Sequence[LoadedTumour], maps: tuple[str, ...], *, leave_out_gaps: bool = False) -> Voxels:
    """Pool the voxels of tumours that have all the maps.

    Parameters
    ----------
    cohort : Cohort
        Its classes.
    tumours : sequence of LoadedTumour
        Tumours to pool.
    maps : tuple of str
        Names of the maps, in the order of the columns of the result.
    leave_out_gaps : bool
        Whether voxels without a value in one of the maps are left out, rather than refused.

    Raises
    ------
    InputError
        If a voxel has no value, a class has fewer than two tumours, or a map is the same everywhere.
    """
    cohort.require_class_sizes(tuple(one.row for one in tumours), f"with {' and '.join(maps)}")
    parts = [_part(cohort, one, maps, leave_out_gaps) for one in tumours]
    values = np.concatenate([one.matrix(maps)[kept] for one, kept in zip(tumours, parts, strict=True)])
    for name, column in zip(maps, values.T, strict=True):
        if column.min() == column.max():
            raise InputError(
                f'The cohort "{cohort.path}", column "map:{name}", holds {column[0]:g} in every voxel of every tumour.',
                "A map that is the same everywhere separates nothing: leave it out with --maps.",
            )
    return Voxels(
        values=values,
        maps=maps,
        units=tuple(tumours[0].quantities[name].unit for name in maps),
        tumour=np.repeat(np.arange(len(tumours)), [int(kept.sum()) for kept in parts]),
        place=np.concatenate([one.index[kept] for one, kept in zip(tumours, parts, strict=True)]),
        tumours=tuple(_named(cohort, one) for one in tumours),
        classes=classes_of(cohort),
    )


def classes_of(cohort: Cohort) -> tuple[ClassOf, ...]:
    """Return the classes of a cohort as a scan takes them."""
    return tuple(ClassOf(name=one.name, target_fraction=one.target_fraction) for one in cohort.settings.classes)


def n_hrs_for(cohort: Cohort, tumours: Sequence[LoadedTumour]) -> int:
    """Return N_HRS of some tumours of a cohort: 0 without any."""
    labels = np.array([cohort.class_names.index(one.row.class_name) for one in tumours], dtype=np.int64)
    volumes = np.array([one.voxel_count for one in tumours], dtype=np.int64)
    return n_hrs_of(volumes, np.ones_like(volumes), labels, classes_of(cohort))


def _part(
    cohort: Cohort, one: LoadedTumour, maps: tuple[str, ...], leave_out_gaps: bool
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    kept = one.without_gaps(maps)
    if kept.all():
        return kept
    name, missing = next(iter(gaps(one, maps)))
    where = f'The cohort "{cohort.path}", {one.row.where}, column "map:{name}"'
    if not leave_out_gaps:
        raise InputError(
            f"{where}: {missing} of {one.voxel_count} voxels of the region have no value.",
            "Mend the map, take these voxels out of the region, or leave them out with --leave-out-gaps.",
        )
    if not kept.any():
        raise InputError(f"{where}: no voxel of the region has a value.", "Exclude the row, or mend the map.")
    return kept


def _named(cohort: Cohort, one: LoadedTumour) -> Tumour:
    row = one.row
    return Tumour(
        case=row.case,
        patient=row.patient,
        group=row.group,
        class_index=cohort.class_names.index(row.class_name),
        time_point=row.time_point,
    )
