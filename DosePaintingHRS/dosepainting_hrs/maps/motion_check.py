"""How far two acquisitions of one patient lie apart: a simple estimate, told in words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..image import Image, Mask
from ..working import CHECK, Fact

REACH_MM = 12.0
"""Shifts up to this far along each axis are tried."""
UPTAKE_SHARE = 0.25
"""Without a region, voxels with at least this share of the maximum are compared."""
MARGIN_MM = 10.0
"""A region is widened by this much, so that its edges count."""
FEWEST_VOXELS = 27
_MOST_VOXELS = 40_000
_Whole = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A shift between two images.

    Parameters
    ----------
    mm : tuple of float
        Along the grid's index axes (x, y, z), mm: where the second image's content lies, seen from the first's.
    correlation : float
        Of the two there.
    correlation_unmoved : float
        Of the two as they are.
    voxel_mm : tuple of float
        Edges of a voxel (x, y, z), mm.
    """

    mm: tuple[float, float, float]
    correlation: float
    correlation_unmoved: float
    voxel_mm: tuple[float, float, float]

    @property
    def length_mm(self) -> float:
        """Length of the shift, mm."""
        return float(np.sqrt(sum(one * one for one in self.mm)))

    def fact(self, first: str, second: str) -> Fact:
        """Tell the shift, with a warning when it is over half a voxel."""
        x, y, z = self.mm
        large = any(abs(one) > 0.5 * edge for one, edge in zip(self.mm, self.voxel_mm, strict=True))
        where = f"{self.length_mm:.1f} mm apart (x {x:+.1f}, y {y:+.1f}, z {z:+.1f} mm along the axes of the grid)"
        correlations = f"correlation {self.correlation_unmoved:.3f} as they are, {self.correlation:.3f} after that shift"
        advice = "more than half a voxel: register them first" if large else "less than half a voxel"
        text = f"Motion check: {first} and {second} lie {where}, {advice}; {correlations}."
        return Fact(kind=CHECK, text=text, value=self.length_mm, unit="mm", warns=large)


def shift_between(first: Image, second: Image, within: Mask | None = None) -> Shift:
    """Estimate the shift between two images of one grid.

    Parameters
    ----------
    first, second : Image, (z, y, x)
        Two acquisitions whose values rise and fall together.
    within : Mask or None
        Where to compare, widened by 10 mm; without it, where the first has uptake.

    Raises
    ------
    InputError
        If there is nothing to compare: fewer than 27 voxels, or values that do not vary.

    Notes
    -----
    The Pearson correlation of the values is followed to its top over whole shifts of up to 12 mm along each axis, from none
    and in steps that become smaller; a parabola through the best one and its neighbours gives the part of a voxel. Rotation
    is not looked for.
    """
    a, b = (np.nan_to_num(np.asarray(one.array, dtype=np.float64)) for one in (first, second))
    spacing = first.geometry.spacing[::-1]
    where = _where(a, within, spacing)
    # What lies outside of the first image's field of view says nothing of motion.
    where = where[np.isfinite(first.array[tuple(where.T)])]
    if len(where) < FEWEST_VOXELS:
        raise InputError(f"The motion check needs {FEWEST_VOXELS} voxels, it has {len(where)}.", "Give a larger region.")
    reach = [min(int(REACH_MM // edge), (size - 1) // 2) for edge, size in zip(spacing, a.shape, strict=True)]
    search = _Search(a, b, where, (reach[0], reach[1], reach[2]))
    best = search.best()
    if best is None:
        raise InputError("The motion check finds nothing that varies in one of the two images.", "Give another region.")
    z, y, x = ((best[axis] + search.part(best, axis)) * spacing[axis] for axis in range(3))
    sx, sy, sz = first.geometry.spacing
    return Shift(
        mm=(float(x), float(y), float(z)),
        correlation=search(best),
        correlation_unmoved=search((0, 0, 0)),
        voxel_mm=(float(sx), float(sy), float(sz)),
    )


class _Search:
    """The best whole shift (z, y, x): from none, to the best neighbour in steps that become smaller, each tried once."""

    def __init__(
        self, a: NDArray[np.float64], b: NDArray[np.float64], where: NDArray[np.intp], reach: tuple[int, int, int]
    ) -> None:
        self._images = (a, b, where)
        self._reach = reach
        self._known: dict[_Whole, float] = {}

    def __call__(self, shift: _Whole) -> float:
        if any(abs(one) > most for one, most in zip(shift, self._reach, strict=True)):
            return float("nan")
        if shift not in self._known:
            self._known[shift] = _correlation(*self._images, shift)
        return self._known[shift]

    def best(self) -> _Whole | None:
        found: _Whole = (0, 0, 0)
        if not np.isfinite(self(found)):
            return None
        steps = [max(most // 2, 1) for most in self._reach]
        while True:
            near = [
                (found[0] + k * steps[0], found[1] + j * steps[1], found[2] + i * steps[2])
                for k, j, i in product((-1, 0, 1), repeat=3)
            ]
            # Equal correlations: the shorter shift, so that nothing is said to move without need.
            better = max(near, key=lambda one: (np.nan_to_num(self(one), nan=-2.0), -sum(map(abs, one))))
            if self(better) > self(found):
                found = better
            elif max(steps) == 1:
                return found
            else:
                steps = [max(one // 2, 1) for one in steps]

    def part(self, best: _Whole, axis: int) -> float:
        """Return where between whole shifts the parabola through the best one and its neighbours has its top."""
        before, after = list(best), list(best)
        before[axis] -= 1
        after[axis] += 1
        low, top, high = self((before[0], before[1], before[2])), self(best), self((after[0], after[1], after[2]))
        bend = low - 2.0 * top + high
        return float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5)) if np.isfinite(bend) and bend < 0 else 0.0


def _where(values: NDArray[np.float64], within: Mask | None, spacing: NDArray[np.float64]) -> NDArray[np.intp]:
    if within is None:
        found = np.argwhere(values >= UPTAKE_SHARE * values.max()) if values.max() > 0 else np.empty((0, 3), dtype=np.intp)
    else:
        inside = np.argwhere(within.array)
        if not len(inside):
            return inside
        margin = np.ceil(MARGIN_MM / spacing).astype(int)
        low = np.maximum(inside.min(axis=0) - margin, 0)
        high = np.minimum(inside.max(axis=0) + margin + 1, values.shape)
        found = np.argwhere(np.ones(tuple(high - low), dtype=np.bool_)) + low
    return found[:: max(len(found) // _MOST_VOXELS, 1)]


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64], where: NDArray[np.intp], shift: tuple[int, int, int]) -> float:
    there = where + np.array(shift)
    kept = ((there >= 0) & (there < np.array(a.shape))).all(axis=1)
    if np.count_nonzero(kept) < FEWEST_VOXELS:
        return float("nan")
    first, second = a[tuple(where[kept].T)], b[tuple(there[kept].T)]
    first, second = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum() / norm) if norm > 0 else float("nan")
