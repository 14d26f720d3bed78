"""The pooled voxels of a cohort: what a scan works on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Tumour:
    """One tumour of a cohort at one time point.

    Parameters
    ----------
    case : str
        Name of the case, unique among the tumours of one scan.
    patient : str
        Whose tumour it is; two tumours of one patient are not independent.
    group : str
        What it shares its class with for a reason of its own: a cell line, a scanner, a centre.
    class_index : int
        Position of its class in the ordered classes.
    time_point : str
        When it was imaged, empty when there is one time point only.
    """

    case: str
    patient: str
    group: str
    class_index: int
    time_point: str = ""


@dataclass(frozen=True, kw_only=True)
class ClassOf:
    """One class of tumours, for example of one radiation sensitivity.

    Parameters
    ----------
    name : str
        Name, as in the cohort file.
    target_fraction : float
        Share of the tumour voxels of this class that shall belong to the high-risk subvolume, 0 to 1; sets N_HRS.
    """

    name: str
    target_fraction: float


@dataclass(frozen=True, kw_only=True)
class Voxels:
    """All tumour voxels of a cohort, pooled.

    Parameters
    ----------
    values : ndarray, (n, m), float64
        Values of the m maps, in the units of the maps.
    maps : tuple of str
        Names of the maps.
    units : tuple of str
        Unit of each map.
    tumour : ndarray, (n,), int64
        Which of `tumours` a voxel belongs to.
    place : ndarray, (n, 3), int64
        Index (z, y, x) of a voxel in the grid of its case.
    tumours : tuple of Tumour
        The tumours.
    classes : tuple of ClassOf
        The classes, ordered from sensitive to resistant.
    weights : ndarray, (n,), whole numbers of at least 1, or None
        How many voxels each row stands for (supervoxels); None when each stands for itself.

    Raises
    ------
    InputError
        If shapes disagree, a value is not finite, a weight is not a whole number, a tumour has no voxel, a case name is not
        unique, or there are fewer than two classes, or a class has fewer than two tumours.
    """

    values: Floats
    maps: tuple[str, ...]
    units: tuple[str, ...]
    tumour: Ints
    place: Ints
    tumours: tuple[Tumour, ...]
    classes: tuple[ClassOf, ...]
    weights: Ints | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.ascontiguousarray(self.values, dtype=np.float64))
        object.__setattr__(self, "tumour", np.ascontiguousarray(self.tumour, dtype=np.int64))
        object.__setattr__(self, "place", np.ascontiguousarray(self.place, dtype=np.int64))
        self._require_shapes()
        self._require_classes()
        self._require_finite()
        if self.weights is not None:
            object.__setattr__(self, "weights", self._whole(np.asarray(self.weights)))

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.values)

    @cached_property
    def volumes(self) -> Ints:
        """Number of voxels of each tumour, (t,), weights counted."""
        return np.bincount(self.tumour, self.weights, minlength=len(self.tumours)).astype(np.int64)

    @property
    def class_index(self) -> Ints:
        """Class of each tumour, (t,)."""
        return np.array([one.class_index for one in self.tumours], dtype=np.int64)

    def columns(self, maps: tuple[str, ...]) -> tuple[int, ...]:
        """Return the columns of the named maps.

        Raises
        ------
        InputError
            If there is no such map.
        """
        for name in maps:
            if name not in self.maps:
                known = ", ".join(f'"{one}"' for one in self.maps)
                raise InputError(f'The cohort has no map "{name}".', f"It has: {known}.")
        return tuple(self.maps.index(name) for name in maps)

    def canonical_order(self) -> tuple[Voxels, Ints]:
        """Return the same voxels in an order that does not depend on how they were given, and where each row came from.

        Tumours are ordered by class, case and time point, voxels by tumour, place and values; every sum of the scan runs in
        this order, so that its numbers do not depend on the order of a file.
        """
        named = [(one.class_index, one.case, one.time_point) for one in self.tumours]
        ranked = sorted(range(len(named)), key=named.__getitem__)
        rank = np.empty(len(ranked), dtype=np.int64)
        rank[ranked] = np.arange(len(ranked))
        tumour = rank[self.tumour]
        keys = np.array([*self.place.T[::-1], tumour])
        order = np.lexsort(keys).astype(np.int64)
        if (keys[:, order[1:]] == keys[:, order[:-1]]).all(axis=0).any():
            order = np.lexsort([*self.values.T[::-1], *keys]).astype(np.int64)
        weights = None if self.weights is None else self.weights[order]
        tumours = tuple(self.tumours[index] for index in ranked)
        moved = replace(
            self,
            values=self.values[order],
            tumour=tumour[order],
            place=self.place[order],
            tumours=tumours,
            weights=weights,
        )
        return moved, order

    def _require_shapes(self) -> None:
        n, m = self.values.shape if self.values.ndim == 2 else (0, 0)
        if n == 0 or m != len(self.maps) or m != len(self.units) or m == 0:
            raise InputError(
                f"The cohort's values have the shape {self.values.shape} for {len(self.maps)} maps, {len(self.units)} units; "
                "one row per voxel and one column per map are needed."
            )
        if self.tumour.shape != (n,) or self.place.shape != (n, 3):
            raise InputError(f"The cohort has {n} voxels, but {len(self.tumour)} tumour numbers and {len(self.place)} places.")
        if len(set(self.maps)) != m:
            raise InputError(f"The cohort names a map twice: {', '.join(self.maps)}.", "Give every map a name of its own.")
        if self.tumour.min() < 0 or self.tumour.max() >= len(self.tumours):
            raise InputError(f"A voxel belongs to tumour {self.tumour.max()}, but there are {len(self.tumours)} tumours.")

    def _require_classes(self) -> None:
        if len(self.classes) < 2:
            raise InputError(f"The cohort has {len(self.classes)} class; a scan compares at least two.")
        cases = [(one.case, one.time_point) for one in self.tumours]
        twice = next((case for case, _ in cases if cases.count((case, _)) > 1), None)
        if twice is not None:
            raise InputError(f'The case "{twice}" stands twice in the cohort.', "Give every tumour a name of its own.")
        found = np.bincount(self.tumour, minlength=len(self.tumours))
        if not found.all():
            empty = self.tumours[int(np.argmin(found))].case
            raise InputError(f'The tumour of case "{empty}" has no voxel.', "Exclude it, or check its region.")
        for index, one in enumerate(self.classes):
            tumours = sum(tumour.class_index == index for tumour in self.tumours)
            if tumours < 2:
                count = "no tumour" if tumours == 0 else "one tumour"
                raise InputError(
                    f'The class "{one.name}" has {count}; a score needs at least two.',
                    "Add tumours, or join the class with its neighbour.",
                )

    def _require_finite(self) -> None:
        bad = ~np.isfinite(self.values)
        if not bad.any():
            return
        row, column = np.argwhere(bad)[0]
        case, place = self.tumours[self.tumour[row]].case, tuple(int(index) for index in self.place[row])
        raise InputError(
            f'The map "{self.maps[column]}" has no finite value in voxel {place} (z, y, x) of case "{case}"; '
            f"{int(bad.any(axis=1).sum())} voxels of the cohort are like this.",
            "Leave these voxels out of the region, or mend the map.",
        )

    def _whole(self, weights: NDArray[np.generic]) -> Ints:
        if weights.shape != (self.count,):
            raise InputError(f"The cohort has {self.count} supervoxels, but {weights.shape} weights.")
        whole = weights.astype(np.int64)
        if (whole != weights).any() or whole.min() < 1:
            raise InputError("A supervoxel's weight is its number of voxels: a whole number of at least 1.")
        return whole
