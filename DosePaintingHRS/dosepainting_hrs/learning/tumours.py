"""The voxels of a cohort's tumours: every map inside every region, checked for patient, grid, quantity and basis."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DosePaintingError, GeometryError, IdentityError, InputError, QuantityError
from ..geometry import Geometry
from ..identity import MARK_REFERENCE_MODEL, Identity, combined, require_same_frame, require_same_patient
from ..image import Image, Mask
from ..progress import Progress, silent
from ..quantities import REGION, Quantity
from ..storage.volumes import read_image, read_mask
from .cohort import Cohort, Row

Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadedTumour:
    """The voxels of one tumour.

    Parameters
    ----------
    row : Row
        Where it stands in the cohort.
    index : array of int32, (n, 3)
        Voxels of the region as z, y, x on the canonical grid.
    values : mapping of str to array of float64, (n,)
        Values by map name; not a number where a map has none.
    quantities : mapping of str to Quantity
        What each map holds.
    bases : mapping of str to str
        Hash of the basis of each map; empty for one that is no component.
    geometry : Geometry
        The grid that all maps and the region share.
    identity : Identity
        Patient and frame of reference, series and marks of region and maps.
    """

    row: Row
    index: NDArray[np.int32]
    values: Mapping[str, Values]
    quantities: Mapping[str, Quantity]
    bases: Mapping[str, str]
    geometry: Geometry
    identity: Identity

    @property
    def voxel_count(self) -> int:
        """Number of voxels of the region."""
        return int(self.index.shape[0])

    def matrix(self, maps: Sequence[str]) -> Values:
        """Return the values as (n, number of maps)."""
        return np.ascontiguousarray(np.stack([self.values[name] for name in maps], axis=1))

    def without_gaps(self, maps: Sequence[str]) -> NDArray[np.bool_]:
        """Tell, by voxel, whether all these maps have a value."""
        return np.asarray(np.isfinite(self.matrix(maps)).all(axis=1))


def load_tumours(
    cohort: Cohort, rows: Sequence[Row], maps: Sequence[str], progress: Progress = silent
) -> tuple[LoadedTumour, ...]:
    """Load the voxels of some rows of a cohort.

    Parameters
    ----------
    cohort : Cohort
        Its folder, and the bases that its settings name.
    rows : sequence of Row
        Which tumours; a map that a row does not have is left out.
    maps : sequence of str
        Names of the maps.

    Raises
    ------
    InputError, QuantityError, GeometryError, IdentityError
        If a file is missing or unusable, a map holds another quantity or basis than before, grids or patients differ;
        the sentence names row and column.
    """
    found: list[LoadedTumour] = []
    for number, row in enumerate(rows):
        progress(number / max(len(rows), 1), f"Loading {row.case}")
        found.append(load_tumour(cohort, row, maps))
    for error in unlike(cohort, found):
        raise error
    progress(1.0, "Loaded the cohort")
    return tuple(found)


def load_tumour(cohort: Cohort, row: Row, maps: Sequence[str]) -> LoadedTumour:
    """Load the voxels of one row; what other rows hold is not looked at.

    Raises
    ------
    InputError, QuantityError, GeometryError, IdentityError
        As `load_tumours`.
    """
    region, images = volumes_of(cohort, row, maps)
    inside = region.array
    return LoadedTumour(
        row=row,
        index=np.argwhere(inside).astype(np.int32),
        values={name: np.asarray(image.array[inside], dtype=np.float64) for name, image in images.items()},
        quantities={name: image.quantity for name, image in images.items()},
        bases={name: image.basis for name, image in images.items()},
        geometry=region.geometry,
        identity=reduce(combined, (image.identity for image in images.values()), region.identity),
    )


def volumes_of(cohort: Cohort, row: Row, maps: Sequence[str]) -> tuple[Mask, dict[str, Image]]:
    """Return region and maps of one row, checked to belong together.

    Raises
    ------
    InputError, GeometryError, IdentityError
        As `load_tumours`.
    """
    region = _region(cohort, row)
    return region, {name: _image(cohort, row, name, region) for name in maps if name in row.maps}


def hash_of(tumours: Sequence[LoadedTumour], class_names: Sequence[str]) -> str:
    """Return the hash of voxels, classes and units of a cohort, whatever its file names are (SHA-256, 32 hex digits)."""
    digest = hashlib.sha256(repr(tuple(class_names)).encode())
    for one in tumours:
        digest.update(repr((one.row.class_name, one.row.group, one.row.patient, one.voxel_count)).encode())
        for name in sorted(one.values):
            digest.update(f"{name}:{one.quantities[name]}:{one.bases[name]}".encode())
            digest.update(np.ascontiguousarray(one.values[name], dtype="<f8").tobytes())
    return digest.hexdigest()[:32]


def _path(cohort: Cohort, row: Row, column: str, text: str) -> Path:
    path = cohort.folder / text
    if not path.is_file():
        raise InputError(f'{_at(cohort, row, column)}: there is no file "{path}".', "Paths start at the folder of the table.")
    return path


def _region(cohort: Cohort, row: Row) -> Mask:
    text, _, label = row.region.rpartition("#") if "#" in row.region else (row.region, "", "")
    if label and not label.isdecimal():
        raise InputError(f'{_at(cohort, row, "region")}: "{label}" is not a label.', "Give a whole number after #.")
    with placed_in_table(cohort, row, "region"):
        mask = read_mask(_path(cohort, row, "region", text), int(label) if label else None)
        _require_unmarked(mask)
    if not mask.voxel_count:
        raise InputError(f"{_at(cohort, row, 'region')}: the region is empty.", "Give a region that has voxels.")
    return mask


def _image(cohort: Cohort, row: Row, name: str, region: Mask) -> Image:
    column = f"map:{name}"
    with placed_in_table(cohort, row, column):
        image = read_image(_path(cohort, row, column, row.maps[name]))
        _require_unmarked(image)
        if image.quantity == REGION:
            raise InputError("A region was given as a map.", "Give a quantitative map.")
        what = (f"The map {name}", "the region")
        require_same_patient(image.identity, region.identity, what=what)
        require_same_frame(image.identity, region.identity, what=what)
        if not image.geometry.is_same_grid(region.geometry):
            raise GeometryError(
                f"The map lies on a grid of {image.geometry}, but the region has {region.geometry}.",
                "dosepainting-hrs cohort build brings every case to one grid.",
            )
    return image


def _require_unmarked(volume: Image | Mask) -> None:
    """Refuse what a published reference model made: a model that is learned from it would not show the mark."""
    if MARK_REFERENCE_MODEL in volume.identity.marks:
        raise IdentityError(
            f'This was made by a published reference model and is marked "{MARK_REFERENCE_MODEL}": it is for comparison only, '
            "and nothing is learned from it.",
            "Give a region that was drawn, and maps that were measured.",
        )


class placed_in_table:  # noqa: N801  (used as a statement)
    """Say of an error in which row and column of the table it lies."""

    def __init__(self, cohort: Cohort, row: Row, column: str) -> None:
        self._where = _at(cohort, row, column)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DosePaintingError) and not error.message.startswith(self._where):
            raise type(error)(f"{self._where}: {error.message}", error.hint) from error


def _at(cohort: Cohort, row: Row, column: str) -> str:
    return f'The cohort "{cohort.path}", {row.where}, column "{column}"'


def unlike(cohort: Cohort, tumours: Sequence[LoadedTumour]) -> Iterator[DosePaintingError]:
    """Yield an error for every map that holds another quantity or basis than its name says, or repeats another tumour's."""
    firsts: dict[str, LoadedTumour] = {}
    for one in tumours:
        for name, quantity in one.quantities.items():
            first = firsts.setdefault(name, one)
            where = _at(cohort, one.row, f"map:{name}")
            if quantity != first.quantities[name]:
                yield QuantityError(
                    f"{where}: the map holds {quantity}, but {first.quantities[name]} in {first.row.where}.",
                    "Make all maps of one name the same way.",
                )
            stated = cohort.settings.bases.get(name, "")
            wanted, whose = (stated, "cohort.json") if stated else (first.bases[name], first.row.where)
            if one.bases[name] != wanted:
                yield InputError(
                    f"{where}: the component belongs to the basis {one.bases[name] or 'of no name'}, "
                    f"but {whose} has {wanted or 'none'}; components of different bases cannot be compared.",
                    "Make one basis for the whole cohort and project every case on it.",
                )
    yield from _repeated(cohort, tumours)


def _repeated(cohort: Cohort, tumours: Sequence[LoadedTumour]) -> Iterator[DosePaintingError]:
    """Yield an error for every map whose voxels are those of another tumour, of other files or of the same."""
    known: dict[tuple[str, bytes], LoadedTumour] = {}
    for one in tumours:
        for name, values in one.values.items():
            if values.min() == values.max():
                continue
            first = known.setdefault((name, hashlib.sha256(one.index.tobytes() + values.tobytes()).digest()), one)
            if first is not one:
                yield InputError(
                    f"{_at(cohort, one.row, f'map:{name}')}: region and values are those of {first.row.where}, to the voxel; "
                    "one tumour would count twice.",
                    "Give every tumour its own files, or exclude one of the rows.",
                )


def one_patient_of(tumours: Sequence[LoadedTumour]) -> tuple[str, ...]:
    """Say which tumours are of one patient by their files, and of several by the table: they are not independent.

    Notes
    -----
    No PatientID is told, for what is said of a cohort goes into models, which travel.
    """
    of_patient: dict[str, list[Row]] = {}
    for one in tumours:
        of_patient.setdefault(one.identity.patient_id, []).append(one.row)
    told = []
    for patient, rows in of_patient.items():
        named = len({row.patient for row in rows})
        if patient and named > 1:
            cases = ", ".join(row.case for row in rows[:3]) + (" ..." if len(rows) > 3 else "")
            told.append(
                f'The files of {len(rows)} tumours ({cases}) name one patient, but column "patient" names {named}: '
                "if it is one, they are not independent."
            )
    return tuple(told)


def gaps(tumour: LoadedTumour, maps: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield each map of a tumour that lacks values inside the region, with the number of voxels."""
    for name in maps:
        missing = int(np.count_nonzero(~np.isfinite(tumour.values[name])))
        if missing:
            yield name, missing
