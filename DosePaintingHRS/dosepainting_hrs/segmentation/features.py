"""Several maps inside a region: what every voxel holds in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..identity import combined
from ..image import Image, Mask
from ..registry import Slot
from .islands import IslandChoice, Uptake
from .remarks import state_of_map

SEVERAL_MAPS = (
    Slot("maps", "images", "Quantitative maps, on one grid; the order of clusters goes by the first."),
    Slot("within", "region", "Region to stay inside, usually the GTV."),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """What every voxel of a region holds in several maps.

    Parameters
    ----------
    uptake : Uptake
        The first map in the region; ``uptake.inside`` holds the voxels that have a value in all maps.
    images : tuple of Image
        All maps.
    names : tuple of str
        Their names.
    raw : array of float64, (n, maps)
        Values of the voxels inside, in index order, in the units of the maps.
    scaled : array of float64, (n, maps)
        The same less their mean, over their standard deviation; a map that is the same everywhere is 0.
    """

    uptake: Uptake
    images: tuple[Image, ...]
    names: tuple[str, ...]
    raw: NDArray[np.float64]
    scaled: NDArray[np.float64]

    @classmethod
    def of(cls, maps: Mapping[str, Image], within: Mask) -> Features:
        """Check that maps and region belong together, and take the maps inside the region.

        Raises
        ------
        InputError
            If there is no map, the region is empty, or no voxel of it has a value in all maps.
        IdentityError
            If they are of different patients or frames of reference.
        GeometryError
            If they do not share one grid: maps are brought to one grid before, by name.
        """
        if not maps:
            raise InputError("At least one map is needed.", "Give one with --maps NAME=IMAGE.")
        parts = [Uptake.of(image, within) for image in maps.values()]
        inside = np.logical_and.reduce([one.inside for one in parts])
        if not inside.any():
            raise InputError(
                f'No voxel of the region "{within.name}" has a value in all {len(parts)} maps ({", ".join(maps)}).',
                "Give maps that cover the region.",
            )
        raw = np.stack([one.values[inside] for one in parts], axis=1)
        remarks = tuple(dict.fromkeys(remark for one in parts for remark in one.remarks))
        lost = int(np.count_nonzero(within.array)) - int(np.count_nonzero(inside))
        if lost:
            remarks = (*remarks, f"{lost} voxels of the region have no value in every map and were left out.")
        return cls(
            uptake=replace(parts[0], inside=inside, remarks=remarks),
            images=tuple(maps.values()),
            names=tuple(maps),
            raw=raw,
            scaled=standardised(raw),
        )

    def volume(self, values: NDArray[np.float64], outside: float = 0.0) -> NDArray[np.float64]:
        """Return values (n,) as an array of the box, (z, y, x)."""
        array = np.full(self.uptake.inside.shape, outside)
        array[self.uptake.inside] = values
        return array

    def kept(self, members: NDArray[np.bool_], choice: IslandChoice, step: str) -> Mask:
        """Return some voxels (n,) as a region, of the identity and with the history of all maps."""
        reached = np.zeros(self.uptake.inside.shape, dtype=np.bool_)
        reached[self.uptake.inside] = members
        made = self.uptake.kept(reached, choice, step)
        identity, history = made.identity, made.history
        for image in self.images[1:]:
            identity = combined(identity, image.identity)
            known = (*image.history, *state_of_map(image, self.uptake.within))
            history = (*(one for one in known if one not in history), *history)
        return replace(made, identity=identity, history=history)


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return columns less their mean, over their standard deviation; those that are the same everywhere are 0."""
    centred = values - values.mean(axis=0)
    spread = values.std(axis=0)
    flat = spread <= 1e-12 * np.abs(values).max(axis=0)
    return np.where(flat, 0.0, centred / np.where(flat, 1.0, spread))
