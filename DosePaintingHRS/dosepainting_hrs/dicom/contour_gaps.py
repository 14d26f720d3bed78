"""Slices that a region skips: found and named always, filled by shape interpolation on request only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_NAMED = 4
"""So many gaps are named one by one; of more, the number is told."""


@dataclass(frozen=True)
class Gap:
    """Slices without contour between two that have one.

    Parameters
    ----------
    before, after : int
        Indices of the contoured slices on either side.
    """

    before: int
    after: int

    @property
    def missing(self) -> range:
        """Indices of the slices between."""
        return range(self.before + 1, self.after)


def find_gaps(planes: Sequence[int]) -> tuple[Gap, ...]:
    """Return the gaps between contoured slices, given by rising index."""
    return tuple(Gap(before, after) for before, after in pairwise(planes) if after - before > 1)


def describe_gaps(planes: Sequence[int], position_mm: Callable[[int], float]) -> tuple[str, ...]:
    """Say in words which slices a region skips.

    Parameters
    ----------
    planes : sequence of int
        Contoured slices, rising.
    position_mm : callable
        Gives the position of a slice along the slice normal, mm.

    Returns
    -------
    tuple of str
        One sentence for a rule such as every second slice, one for gaps beyond it; none when nothing is skipped.
    """
    steps = [after - before for before, after in pairwise(planes)]
    usual = min(steps, default=1) if len(steps) > 1 else 1
    said = []
    if usual > 1:
        said.append(
            f"It is contoured on every {_ordinal(usual)} slice only, from {position_mm(planes[0]):.2f} "
            f"to {position_mm(planes[-1]):.2f} mm; the slices between are empty."
        )
    wider = [gap for gap in find_gaps(planes) if gap.after - gap.before > usual]
    if wider:
        named = [
            f"{len(gap.missing)} between {position_mm(gap.before):.2f} and {position_mm(gap.after):.2f} mm"
            for gap in wider[:_NAMED]
        ]
        more = f" and {len(wider) - _NAMED} more gaps" if len(wider) > _NAMED else ""
        said.append(f"Slices without contour lie inside its length: {', '.join(named)}{more}.")
    return tuple(said)


def fill_gaps(array: NDArray[np.bool_], gaps: Sequence[Gap], spacing: tuple[float, float]) -> tuple[Gap, ...]:
    """Fill gaps of a mask in place by shape-based interpolation.

    Parameters
    ----------
    array : array of bool, (z, y, x)
        The mask; slices inside the gaps are written.
    gaps : sequence of Gap
        What to fill.
    spacing : tuple of two float, (y, x)
        Voxel edges within a slice, mm.

    Returns
    -------
    tuple of Gap
        Gaps that stay wholly empty, because the shapes on their two sides are too far from each other.

    Notes
    -----
    Signed distances to the outline (mm, positive inside) of the two neighbouring contoured slices are interpolated
    linearly along the normal; a voxel is inside where the result is not negative.

    References
    ----------
    Raya, S. P. and Udupa, J. K. (1990), Shape-based interpolation of multidimensional objects, IEEE Trans. Med. Imaging
    9(1), 32-42, section II, doi:10.1109/42.52980.
    """
    empty = []
    for gap in gaps:
        ends = array[[gap.before, gap.after]]
        rows, columns = np.flatnonzero(ends.any(axis=(0, 2))), np.flatnonzero(ends.any(axis=(0, 1)))
        if not ends.any(axis=(1, 2)).all():
            empty.append(gap)
            continue
        window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        first, last = (_signed_distance(array[plane][window], spacing) for plane in (gap.before, gap.after))
        filled = False
        for plane in gap.missing:
            share = (plane - gap.before) / (gap.after - gap.before)
            between = (1.0 - share) * first + share * last >= 0.0
            array[plane][window] = between
            filled |= bool(between.any())
        if not filled:
            empty.append(gap)
    return tuple(empty)


def _signed_distance(inside: NDArray[np.bool_], spacing: tuple[float, float]) -> NDArray[np.float64]:
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415  (slow to import)

    padded = np.pad(inside, 1)
    # The outline runs half a voxel from the outermost centres, on either side.
    half = 0.5 * min(spacing)
    within = distance_transform_edt(padded, sampling=spacing) - half
    without = distance_transform_edt(~padded, sampling=spacing) - half
    signed: NDArray[np.float64] = np.where(padded, within, -without)[1:-1, 1:-1]
    return signed


def _ordinal(number: int) -> str:
    return {2: "second", 3: "third", 4: "fourth", 5: "fifth"}.get(number, f"{number}-th")
