"""What methods share: the map inside a region, the voxels that reach a value, and the islands that they form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Box, bounding_box
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Image, Mask, Measured
from ..parameters import Field
from ..working import CHECK, Fact
from .remarks import state_of_map

__all__ = [
    "ALL",
    "HIGHEST_UPTAKE",
    "Box",
    "IslandChoice",
    "Islands",
    "MinimumIsland",
    "Uptake",
    "bounding_box",
    "island_count",
]

HIGHEST_UPTAKE = "highest uptake"
ALL = "all"
_CONNECTED_26 = np.ones((3, 3, 3), dtype=np.bool_)
_VOLUME_TIE = 1e-9
"""An island's volume reaches the smallest one when it falls short by no more than this share: rounding of ml."""

Islands = Annotated[
    str,
    Field(
        help="Which islands (26-connected) to keep: the one that holds the highest value of the map, or all.",
        choices=(HIGHEST_UPTAKE, ALL),
    ),
]
MinimumIsland = Annotated[float, Field(help="Islands smaller than this are dropped.", unit="ml", minimum=0.0)]


class IslandChoice(Protocol):
    """Parameters that say which islands to keep."""

    @property
    def islands(self) -> str:
        """``"highest uptake"`` or ``"all"``."""

    @property
    def minimum_island_ml(self) -> float:
        """Islands smaller than this are dropped, ml."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Uptake:
    """A map inside a region.

    Parameters
    ----------
    image : Image, (z, y, x)
        The map.
    within : Mask, (z, y, x)
        The region, on the grid of the map.
    box : tuple of slice
        Bounding box of the region.
    values : array of float64, shape of the box
        The map in the box.
    inside : array of bool, shape of the box
        The region in the box, without voxels where the map is not finite.
    maximum : float
        Highest value inside, in the unit of the map.
    remarks : tuple of str
        What could not be compared between the map's and the region's identity.
    """

    image: Image
    within: Mask
    box: Box
    values: NDArray[np.float64]
    inside: NDArray[np.bool_]
    maximum: float
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, image: Image, within: Mask) -> Uptake:
        """Check that map and region belong together, and take the map inside the region.

        Raises
        ------
        IdentityError
            If they are of different patients or frames of reference.
        GeometryError
            If they do not share one grid.
        InputError
            If the region is empty, or the map has no value anywhere in it.
        """
        name = f'The region "{within.name}"'
        what = (name, "the map")
        remarks = require_same_patient(within.identity, image.identity, what=what)
        require_same_frame(within.identity, image.identity, what=what)
        within.require_same_grid(image, what=what)
        box = bounding_box(within.array)
        if box is None:
            raise InputError(
                f"{name} has no voxels on the grid of the map; a region that overlaps it is needed.",
                "Check that the region (the GTV) lies inside the field of view of the map (the PET).",
            )
        values = np.asarray(image.array[box], dtype=np.float64)
        inside = within.array[box] & np.isfinite(values)
        if not inside.any():
            raise InputError(
                f'The map holds no finite value in any of the {within.voxel_count} voxels of the region "{within.name}".',
                "Check that the region (the GTV) lies inside the field of view of the map (the PET).",
            )
        maximum = float(values[inside].max())
        for subject, volume in ((name, within), ("The map", image)):
            if volume.edited:
                remarks = (*remarks, f"{subject} was changed by another program after it was written.")
        return cls(image=image, within=within, box=box, values=values, inside=inside, maximum=maximum, remarks=remarks)

    def at_least(self, threshold: float, choice: IslandChoice, step: str) -> Mask:
        """Return the voxels inside with at least `threshold`, without the islands that are not wanted.

        Parameters
        ----------
        threshold : float
            In the unit of the map.
        choice : IslandChoice
            Which islands to keep.
        step : str
            Sentence for the history; what was kept is added.

        Raises
        ------
        InputError
            If nothing is left.
        """
        unit = self.image.quantity
        reached = self.inside & (self.values >= np.float64(threshold))
        if not reached.any():
            raise InputError(
                f'The map reaches {self.maximum:.6g} in the region "{self.within.name}", below the threshold of '
                f"{threshold:.6g} ({unit}); nothing would be left.",
                "Choose a lower threshold, or another region.",
            )
        nothing = f'No island of at least {threshold:.6g} ({unit}) in the region "{self.within.name}" has a volume of'
        return self.kept(reached, choice, step, nothing)

    def count_at_least(self, threshold: float) -> int:
        """Return the number of voxels of the island of highest uptake that reach a threshold; 0 above the maximum."""
        if threshold > self.maximum:
            return 0
        return int(np.count_nonzero(self._islands(self.inside & (self.values >= np.float64(threshold)), _HOTTEST).kept))

    def kept(self, reached: NDArray[np.bool_], choice: IslandChoice, step: str, nothing: str = "") -> Mask:
        """Return some voxels inside as a region, without the islands that are not wanted.

        Parameters
        ----------
        reached : array of bool, shape of the box
            Voxels that belong; those outside the region or without a finite value are left out.
        choice : IslandChoice
            Which islands to keep.
        step : str
            Sentence for the history, without its full stop; what was kept is added.
        nothing : str
            How the sentence of the error begins when no island is large enough.

        Raises
        ------
        InputError
            If nothing is left.
        """
        found = self._islands(reached & self.inside, choice)
        count = found.count
        if not count:
            nothing = nothing or f'No island that was found in the region "{self.within.name}" has a volume of at least'
            raise InputError(
                f"{nothing} {choice.minimum_island_ml:g} ml; nothing would be left.",
                "Choose a smaller volume, or other parameters.",
            )
        array = np.zeros(self.image.array.shape, dtype=np.bool_)
        array[self.box] = found.kept
        kinds = "the island of highest uptake" if choice.islands == HIGHEST_UPTAKE else f"{count} island{'s' * (count > 1)}"
        above = f" of at least {choice.minimum_island_ml:g} ml" if choice.minimum_island_ml else ""
        history = (*self.image.history, *(one for one in self.within.history if one not in self.image.history))
        state = state_of_map(self.image, self.within, self.maximum)
        history = (*history, *(one for one in state if one not in history))
        return Mask(
            array=array,
            geometry=self.image.geometry,
            stored=self.image.stored,
            identity=combined(self.image.identity, self.within.identity),
            history=(*history, *self.remarks, f'{step} inside "{self.within.name}"; kept: {kinds}{above}.'),
            name="HRS",
            working=found.left_out(choice),
            measured=(Measured(statistic="maximum", value=self.maximum, quantity=self.image.quantity),),
        )

    def _islands(self, reached: NDArray[np.bool_], choice: IslandChoice) -> _Found:
        from scipy import ndimage  # noqa: PLC0415  (a fifth of a second that a panel does not wait for at its start)

        labels, count = ndimage.label(reached, structure=_CONNECTED_26)
        sizes = np.bincount(labels.ravel(), minlength=count + 1)
        sizes[0] = 0
        volumes = sizes * self.image.geometry.voxel_volume_ml
        large = volumes >= choice.minimum_island_ml * (1.0 - _VOLUME_TIE)
        large[0] = False
        wanted = large.copy()
        if choice.islands == HIGHEST_UPTAKE:
            highest = self.values[reached].max(initial=-np.inf)
            holding = np.unique(labels[reached & (self.values == highest)])
            # Equal maxima in several islands: the larger island, then the first in index order.
            only = int(holding[np.argmax(sizes[holding])]) if holding.size else 0
            wanted &= np.arange(count + 1) == only
        return _Found(wanted[labels], int(np.count_nonzero(wanted)), volumes[large & ~wanted], volumes[1:][~large[1:]])


@dataclass(frozen=True, eq=False)
class _Found:
    """Voxels of the islands that stay, how many those are, and the volumes of the others, ml: large enough, and too small."""

    kept: NDArray[np.bool_]
    count: int
    others: NDArray[np.floating]
    small: NDArray[np.floating]

    def left_out(self, choice: IslandChoice) -> tuple[Fact, ...]:
        """Say how much was left out, and what keeps it."""
        told = []
        if self.others.size:
            told.append(f"{_counted(self.others)} left out (--islands {ALL} keeps {_them(self.others)}).")
        if self.small.size:
            told.append(
                f"{_counted(self.small)} left out for being below {choice.minimum_island_ml:g} ml (--minimum-island-ml 0 keeps "
                f"{_them(self.small)}{'' if choice.islands == ALL else f', with --islands {ALL}'})."
            )
        return tuple(Fact(kind=CHECK, text=one, warns=True) for one in told)


def _counted(volumes: NDArray[np.floating]) -> str:
    return f"{volumes.size} island{'s' * (volumes.size > 1)} with {volumes.sum():.3g} ml"


def _them(volumes: NDArray[np.floating]) -> str:
    return "them" if volumes.size > 1 else "it"


@dataclass(frozen=True)
class _Choice:
    islands: str
    minimum_island_ml: float


_HOTTEST = _Choice(HIGHEST_UPTAKE, 0.0)


def island_count(mask: Mask) -> int:
    """Return the number of islands (26-connected) of a region."""
    from scipy import ndimage  # noqa: PLC0415

    box = bounding_box(mask.array)
    return 0 if box is None else int(ndimage.label(mask.array[box], structure=_CONNECTED_26)[1])
