"""From a rough start to the best match: a coarse grid of motions, then climbs from the best of them, finer and finer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..progress import Progress, each, silent
from .motion import ARM_MM, matrix_of, slope_along
from .similarity import Similarity

Float = NDArray[np.float64]
_SCALE = 100.0
"""The climb's first step is the slope times this, mm."""
_SAME_MM = 3.0
FARTHEST = 1.2
"""How far the grid goes, in reaches: what lies beyond was not searched."""
HALF = 0.5
"""Share of the box that has to lie inside the moving image: few samples look alike by chance."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A motion and the mutual information it reaches, nats."""

    numbers: Float
    value: float


def climb(
    similarity: Similarity,
    numbers: Float,
    *,
    steps: int = 40,
    slope: float = 5e-3,
    turns: bool = True,
    within_mm: float = np.inf,
) -> Candidate:
    """Go uphill from a motion to the nearest maximum of the similarity (BFGS).

    Parameters
    ----------
    similarity : Similarity
        At one resolution.
    numbers : array, (6,) or (12,)
        Where to begin.
    steps : int
        At most so many.
    slope : float
        Where to stop: nats per 100 mm.
    turns : bool
        Whether the motion may turn.
    within_mm : float
        How far a shift may go along each axis; a turn has no such limit.
    """
    from scipy import optimize  # noqa: PLC0415  (slow to import)

    def cost(at: Float) -> tuple[float, Float]:
        value, along = similarity.value_and_slope(matrix_of(at))
        uphill = slope_along(at, along)
        if not turns:
            uphill[:3] = 0.0
        return -_SCALE * value, -_SCALE * uphill

    limited = np.isfinite(within_mm)
    found = optimize.minimize(
        cost,
        numbers,
        jac=True,
        method="L-BFGS-B" if limited else "BFGS",
        bounds=[(None, None)] * 3 + [(-within_mm, within_mm)] * 3 if limited else None,
        options={"maxiter": steps, "gtol": slope},
    )
    return Candidate(np.asarray(found.x, dtype=np.float64), -float(found.fun) / _SCALE)


def look_around(
    similarity: Similarity, *, reach_mm: float, reach_deg: float, keep: int, progress: Progress = silent
) -> tuple[list[Candidate], Float]:
    """Try motions on a grid and climb from the best that lie apart.

    Parameters
    ----------
    similarity : Similarity
        At a coarse resolution.
    reach_mm, reach_deg : float
        How far the grid goes along and about each axis.
    keep : int
        Number of starts to climb from.
    progress : callable
        Told the share of the grid done.

    Returns
    -------
    list of Candidate
        Distinct maxima, the best first.
    array
        The similarity at every motion of the grid.
    """
    turns = np.radians(reach_deg) * ARM_MM * np.array([-0.8, 0.0, 0.8]) if reach_deg else np.zeros(1)
    shifts = reach_mm * np.array([-FARTHEST, -0.5 * FARTHEST, 0.0, 0.5 * FARTHEST, FARTHEST])
    tried: list[tuple[float, Float]] = []
    for turn in each(list(product(turns, repeat=3)), progress, "Looking around"):
        for shift in product(shifts, repeat=3):
            numbers = np.array([*turn, *shift])
            tried.append((similarity.value(matrix_of(numbers)), numbers))
    order = sorted(range(len(tried)), key=lambda one: (-tried[one][0], one))
    found: list[Candidate] = []
    begun: list[Float] = []
    for number in order:
        start = tried[number][1]
        # Neighbours on the grid lead to the same summit.
        if any((np.abs(start - other) <= (0.65 * reach_mm)).all() for other in begun):
            continue
        begun.append(start)
        within = FARTHEST * reach_mm if not reach_deg else np.inf
        summit = climb(similarity, start, steps=25, slope=5e-2, turns=bool(reach_deg), within_mm=within)
        if all(np.abs(summit.numbers - other.numbers).max() > _SAME_MM for other in found):
            found.append(summit)
        if len(begun) == keep:
            break
    return best_first(similarity, found), np.array([value for value, _ in tried])


def best_first(similarity: Similarity, found: list[Candidate]) -> list[Candidate]:
    """Sort matches, the best first; those at which less than half of the box overlaps come last, however alike they are."""
    return sorted(found, key=lambda one: (similarity.overlap(matrix_of(one.numbers)) < HALF, -one.value))
