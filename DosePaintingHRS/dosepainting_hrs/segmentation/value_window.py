"""Voxels whose values in two maps lie in a window: what was selected in a plot of one against the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ParameterError
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, Slot, register_segmentation
from .islands import ALL, Islands, MinimumIsland, Uptake
from .remarks import state_of_map

_UNIT = "unit of the map"


@dataclass(frozen=True, kw_only=True)
class ValueWindowParameters(Parameters):
    """The window in both maps, and which islands to keep."""

    low: Annotated[float | None, Field(help="Least value of the map; none for no limit.", unit=_UNIT, example=5.0)] = None
    high: Annotated[float | None, Field(help="Largest value of the map; none for no limit.", unit=_UNIT)] = None
    other_low: Annotated[float | None, Field(help="Least value of the other map; none for no limit.", unit=_UNIT)] = None
    other_high: Annotated[float | None, Field(help="Largest value of the other map; none for no limit.", unit=_UNIT)] = None
    islands: Islands = ALL
    minimum_island_ml: MinimumIsland = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        windows = {"low": (self.low, self.high), "other_low": (self.other_low, self.other_high)}
        for name, (low, high) in windows.items():
            if low is not None and high is not None and low > high:
                raise ParameterError(f'Parameter "{name}" is {low:g}, above the upper limit of {high:g}.', "Swap the two.")
        if all(limit is None for window in windows.values() for limit in window):
            raise ParameterError('The method "value-window" asks for at least one limit, "low" say.', "Give a window.")


@register_segmentation("value-window", schema=1)
class ValueWindow(Segmentation):
    """Region of all voxels inside another region whose values in one or two maps lie in a window.

    Parameters
    ----------
    map : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region to stay inside, on the grid of the map.
    other : Image or None, (z, y, x)
        Another map on the same grid.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    ParameterError
        If limits of the other map are given and there is none.
    InputError
        If the region is empty, the map has no value in it, or nothing is left.
    IdentityError
        If maps and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    Both limits belong to the window. Voxels without a finite value in a map that has a limit never belong.

    References
    ----------
    Gregoire V, Thorwarth D, Lee JA (2018), Semin Radiat Oncol 28:35-45 (voxelwise comparison of FDG and ADC).
    """

    inputs = (
        Slot("map", "image", "Quantitative map to segment."),
        Slot("within", "region", "Region to stay inside, usually the GTV."),
        Slot("other", "image", "Another map on the same grid.", optional=True),
    )
    parameters: ValueWindowParameters

    def compute(
        self,
        map: Image,  # noqa: A002
        within: Mask,
        other: Image | None = None,
        progress: Progress = silent,
    ) -> Mask:
        """Return the region."""
        progress(0.0, "Looking at the maps inside the region")
        chosen = self.parameters
        uptake = Uptake.of(map, within)
        reached = uptake.inside & _in_window(uptake.values, chosen.low, chosen.high)
        step = f"Window of {_told(chosen.low, chosen.high)} ({map.quantity})"
        if other is None and (chosen.other_low is not None or chosen.other_high is not None):
            raise ParameterError("A window of the other map was given, but no other map.", 'Give the image "other".')
        if other is not None:
            require_same_patient(other.identity, map.identity, what=("The other map", "the map"))
            require_same_frame(other.identity, map.identity, what=("The other map", "the map"))
            other.require_same_grid(map, what=("The other map", "the map"))
            values = np.asarray(other.array[uptake.box], dtype=np.float64)
            reached &= _in_window(values, chosen.other_low, chosen.other_high)
            step += f" and of {_told(chosen.other_low, chosen.other_high)} ({other.quantity})"
        progress(0.5, "Finding islands")
        if not reached.any():
            raise InputError(f'No voxel of the region "{within.name}" lies in the window.', "Choose a wider one.")
        region = uptake.kept(reached, chosen, step)
        progress(1.0, "Region made")
        return region if other is None else _of_both(region, other, within)


def _in_window(values: NDArray[np.float64], low: float | None, high: float | None) -> NDArray[np.bool_]:
    inside = np.ones(values.shape, dtype=np.bool_)
    if low is not None:
        inside &= values >= low
    if high is not None:
        inside &= values <= high
    return inside


def _told(low: float | None, high: float | None) -> str:
    return f"{'anything' if low is None else f'{low:.6g}'} to {'anything' if high is None else f'{high:.6g}'}"


def _of_both(region: Mask, other: Image, within: Mask) -> Mask:
    *before, last = region.history
    known = (*other.history, *state_of_map(other, within))
    history = (*before, *(step for step in known if step not in before), last)
    return replace(region, identity=combined(region.identity, other.identity), history=history)
