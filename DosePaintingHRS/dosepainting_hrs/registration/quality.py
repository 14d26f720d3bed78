"""Whether a registration can be believed: figures that need no truth, and a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .motion import matrix_of
from .scene import Scene
from .search import HALF, climb
from .similarity import Sampling, Similarity

Float = NDArray[np.float64]
LEAST_PEAK = 0.05
"""Share of the similarity that must be lost when the images are pushed apart by `PUSH_MM`, in every direction."""
LEAST_LEAD = 0.02
"""Share by which the best match must beat the next distinct one."""
REPEATS_WITHIN = 0.75
"""Share of the tolerance within which repeats must agree: where noise decides, errors are as large as their differences."""
PUSH_MM = 8.0
_NUDGE_MM = 2.0
_NUDGES = ((1, -1, 1, -1, 1, -1), (-1, -1, 1, 1, 1, 1), (1, 1, 1, -1, -1, 1), (-1, 1, -1, 1, -1, -1))


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Figures of a rigid or affine registration.

    Parameters
    ----------
    similarity_before, similarity_after : float
        Mutual information in the box, nats.
    repeatability_mm : float
        Largest distance at the region's corners between the result and four repeats, each from another nudge and on other
        samples.
    tolerance_mm : float
        The larger of 0.5 mm and half a voxel of the coarser image; the repeats must agree within three quarters of it.
    overlap : float
        Share of the box that lies inside the moving image.
    peak : float
        Share of the similarity that is lost at least when the images are pushed 8 mm apart.
    lead : float
        Share by which the result beats the next distinct match that the search found; 1 when it found no other.
    passed : bool
        Whether nothing speaks against it.
    reasons : tuple of str
        What speaks against it.
    """

    similarity_before: float
    similarity_after: float
    repeatability_mm: float
    tolerance_mm: float
    overlap: float
    peak: float
    lead: float
    passed: bool
    reasons: tuple[str, ...]

    def in_words(self) -> tuple[str, ...]:
        """Return the figures as sentences."""
        verdict = "The quality figure finds nothing wrong." if self.passed else "FAILED: do not use without another check."
        return (
            f"{verdict} {' '.join(self.reasons)}".strip(),
            f"Mutual information {self.similarity_before:.4f} before, {self.similarity_after:.4f} after.",
            (
                f"Repeats agree within {self.repeatability_mm:.2f} mm at the corners of the region (tolerance "
                f"{self.tolerance_mm:.2f} mm); {self.overlap:.0%} of the box overlap; 8 mm off, at least {self.peak:.0%} of "
                f"the similarity are lost; the next distinct match is {self.lead:.0%} worse."
            ),
        )


def judge(
    scene: Scene,
    motion: Float,
    *,
    lead: float,
    corners: Float,
    tolerance_mm: float,
    samplings: tuple[Sampling, Sampling],
    turns: bool = True,
) -> Quality:
    """Measure a result and say what speaks against it.

    Parameters
    ----------
    scene : Scene
        What was registered.
    motion : array, (4, 4)
        The result, about the box's centre.
    lead : float
        Share by which it beats the next distinct match.
    corners : array, (n, 3)
        Points at which errors count, LPS mm in the fixed image's frame.
    tolerance_mm : float
        Largest disagreement of repeats.
    samplings : tuple of Sampling
        Samples of the figures, and those of the repeats.
    turns : bool
        Whether the motion was free to turn.
    """
    apart = _disagreement(scene, motion, corners, samplings[1], turns=turns)
    # About the result, so that the same samples count before and after: a motion of zero is no change.
    fine = Similarity(scene.after(motion), samplings[0])
    overlap = fine.covered
    peak = _peak(fine)
    reasons = []
    if overlap < HALF:
        reasons.append(f"Only {overlap:.0%} of the box lie inside the moving image ({HALF:.0%} are needed).")
    if peak < LEAST_PEAK:
        reasons.append(
            f"Pushed {PUSH_MM:g} mm apart, the images stay almost as alike ({peak:.1%}, {LEAST_PEAK:.0%} are needed)."
        )
    if lead < LEAST_LEAD:
        reasons.append(f"Another match elsewhere is almost as good ({lead:.1%} worse, {LEAST_LEAD:.0%} are needed).")
    allowed = REPEATS_WITHIN * tolerance_mm
    if not apart <= allowed:
        reasons.append(f"Repeats differ by {apart:.2f} mm at the corners of the region ({allowed:.2f} mm are allowed).")
    return Quality(
        similarity_before=fine.value(np.asarray(np.linalg.inv(motion), dtype=np.float64)),
        similarity_after=fine.value(np.eye(4)),
        repeatability_mm=apart,
        tolerance_mm=tolerance_mm,
        overlap=overlap,
        peak=peak,
        lead=lead,
        passed=not reasons,
        reasons=tuple(reasons),
    )


def corner_distance(first: Float, second: Float, corners: Float, centre: Float) -> float:
    """Return the largest distance between corners moved by two motions about a centre, mm."""
    relative = corners - centre
    there = [relative @ one[:3, :3].T + one[:3, 3] for one in (first, second)]
    return float(np.linalg.norm(there[0] - there[1], axis=-1).max())


def _disagreement(scene: Scene, motion: Float, corners: Float, sampling: Sampling, *, turns: bool) -> float:
    """Climb again from four nudges of the result, each on samples of its own, and return the largest difference."""
    worst = 0.0
    begun = scene.after(motion)
    for number, signs in enumerate(_NUDGES):
        other = replace(sampling, seed=sampling.seed + 101 + number)
        nudge = _NUDGE_MM * np.array(signs, dtype=np.float64)
        nudge[:3] *= turns
        again = climb(Similarity(begun, other), nudge, steps=25, slope=2e-2, turns=turns)
        worst = max(worst, corner_distance(np.eye(4), matrix_of(again.numbers), corners, scene.centre))
    return worst


def _peak(fine: Similarity) -> float:
    least, best = 1.0, max(fine.value(np.eye(4)), 1e-12)
    for axis in range(6):
        for sign in (-1.0, 1.0):
            push = np.zeros(6)
            push[axis] = sign * PUSH_MM
            pushed = matrix_of(push)
            if fine.overlap(pushed) >= HALF:
                least = min(least, 1.0 - fine.value(pushed) / best)
    return least
