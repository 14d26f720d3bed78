"""Images and masks: voxels that know their grid, quantity, patient and history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .acquisition import PetAcquisition
from .errors import GeometryError, QuantityError
from .geometry import Array, Geometry, StoredGrid
from .identity import Identity
from .quantities import Quantity
from .working import Fact, Working, without_repeats


def voxel_hash(array: Array) -> str:
    """Return the SHA-256 of an array's shape and values, whatever its memory order; masks hash as bytes 0 and 1."""
    values = array.astype(np.uint8) if array.dtype == np.bool_ else array
    digest = hashlib.sha256(f"{values.dtype.newbyteorder('<').str}{values.shape}".encode())
    # The bytes where they lie: copying them first takes longer than hashing.
    digest.update(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False)
class Volume:
    """What images and masks share.

    Parameters
    ----------
    array : array, (z, y, x)
        Voxel values in canonical axis order.
    geometry : Geometry
        The canonical grid.
    stored : StoredGrid
        The grid as the source file has it; results go back to disk on it.
    identity : Identity
        Patient, frame of reference, source series.
    history : tuple of str
        One sentence per step that led here, oldest first.
    edited : bool
        True when the file's voxels no longer match the hash they were written with (another program changed them).
    working : tuple of Fact
        How the last step came to its numbers, for a result that shows it. Files of maps keep it; in those of regions
        `history` says it.
    rests_on : tuple of Working
        The workings of the maps that it was made from, oldest first; see `resting_on`.
    resampled : bool or None
        True when the values were interpolated from another grid on their way here, None where a file of another program does
        not say. It is the volume's own: the history also holds the sentences of regions that had a part in it, which may have
        been resampled where this was not.
    """

    array: Array
    geometry: Geometry
    stored: StoredGrid
    identity: Identity = field(default_factory=Identity)
    history: tuple[str, ...] = ()
    edited: bool = False
    working: tuple[Fact, ...] = ()
    rests_on: tuple[Working, ...] = ()
    resampled: bool | None = False

    def __post_init__(self) -> None:
        if self.array.shape != self.geometry.shape:
            raise GeometryError(f"An array of shape {self.array.shape} does not fit a grid of shape {self.geometry.shape}.")

    def require_same_grid(self, other: Volume, *, what: tuple[str, str]) -> None:
        """Refuse to go on when two volumes do not share one grid.

        Raises
        ------
        GeometryError
            If shape, position or orientation differ by over 1 % of a voxel edge.
        """
        if not self.geometry.is_same_grid(other.geometry):
            raise GeometryError(f"{what[0]} lies on a grid of {self.geometry}, but {what[1]} has {other.geometry}.")


AnyVolume = TypeVar("AnyVolume", bound=Volume)


@dataclass(frozen=True, kw_only=True, eq=False)
class Image(Volume):
    """A scalar image.

    Parameters
    ----------
    quantity : Quantity
        What the numbers mean.
    acquisition : PetAcquisition or None
        Header values of a PET series as loaded; None for everything else.
    basis : str
        Hash of the basis that a coefficient map was projected onto; empty for everything else. Maps of one component
        compare only when theirs are equal.
    """

    quantity: Quantity
    acquisition: PetAcquisition | None = None
    basis: str = ""

    def require(self, *quantities: Quantity) -> None:
        """Refuse to go on when the image holds none of these quantities.

        Raises
        ------
        QuantityError
            If quantity or unit is another one.
        """
        if self.quantity not in quantities:
            raise QuantityError(f"This step needs {' or '.join(map(str, quantities))}, but the image holds {self.quantity}.")

    def derived(self, array: Array, quantity: Quantity, step: str) -> Image:
        """Return a new image on the same grid and of the same identity, with `step` added to its history."""
        history = (*self.history, step)
        return replace(self, array=array, quantity=quantity, history=history, acquisition=None, working=())


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A statistic of a map inside a region, taken on the grid where the region was made.

    Parameters
    ----------
    statistic : str
        For example ``"maximum"``.
    value : float
        In the unit of `quantity`.
    quantity : Quantity
        What was measured.
    """

    statistic: str
    value: float
    quantity: Quantity


@dataclass(frozen=True, kw_only=True, eq=False)
class Mask(Volume):
    """A region: the voxels that belong to it.

    Parameters
    ----------
    array : array of bool, (z, y, x)
        True inside.
    name : str
        Name of the region, as it stands in the structure set or file.
    measured : tuple of Measured
        What was measured in the map that the region was made from.
    """

    array: NDArray[np.bool_]
    name: str = ""
    measured: tuple[Measured, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.array.dtype != np.bool_:
            object.__setattr__(self, "array", np.asarray(self.array != 0))

    @property
    def voxel_count(self) -> int:
        """Number of voxels inside."""
        return int(np.count_nonzero(self.array))

    @property
    def volume_ml(self) -> float:
        """Volume, ml."""
        return self.voxel_count * self.geometry.voxel_volume_ml


def workings_of(volume: Volume) -> tuple[Working, ...]:
    """Return the workings of the maps that a volume was made from, and last its own when it is a map that has one."""
    quantity = getattr(volume, "quantity", None)
    if quantity is None or not volume.working:
        return volume.rests_on
    own = Working(quantity=str(quantity), series=volume.identity.series, facts=volume.working)
    return without_repeats((*volume.rests_on, own))


def resting_on(made: AnyVolume, sources: Iterable[Volume]) -> AnyVolume:
    """Return a volume that keeps the workings of what it was made from, so that a report on it can show them all.

    Parameters
    ----------
    made : Image, Frames or Mask
        The result of a step.
    sources : iterable of Image, Frames or Mask
        What the step was given.
    """
    found = without_repeats((*made.rests_on, *(one for source in sources for one in workings_of(source))))
    told = set(made.working)
    return replace(made, rests_on=tuple(one for one in found if not set(one.facts) <= told))


def any_resampled(volumes: Iterable[Volume]) -> bool | None:
    """Return whether any of several volumes was resampled; None where none is known to be and one does not say."""
    told = {one.resampled for one in volumes}
    return True if True in told else None if None in told else False


def on_grid(geometry: Geometry) -> tuple[Geometry, StoredGrid]:
    """Return the canonical grid of a stored geometry, and the record that leads back to it."""
    stored = StoredGrid.of(geometry)
    return stored.canonical(), stored
