"""The steepest place of a blurred curved edge lies inside the true one: how far, and putting it right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..restoration.deblur import RICHARDSON_LUCY
from ..restoration.gaussian import FWHM_PER_SIGMA, blurred

_CONNECTED_26 = np.ones((3, 3, 3), dtype=np.bool_)
_STEPS_PER_SIGMA = 10
_SMALLEST = 0.3
"""Radius of the smallest sphere that is looked at, in units of the resolution: below, the edge no longer tells the size."""


@dataclass(frozen=True, kw_only=True)
class EdgeModel:
    """How an edge was made steeper and where it was looked for.

    Parameters
    ----------
    fwhm_mm : float
        Resolution of the image, mm.
    kind : str
        Deblurring, as in `restoration.deblur`.
    steps : int
        Steps of deblurring done, 0 for none.
    difference_mm : float
        Voxel edge over which gradients were taken, mm.
    contrast : float
        Apparent contrast of the region: highest value over background; looked at for Richardson-Lucy, which depends on it.
    """

    fwhm_mm: float
    kind: str = ""
    steps: int = 0
    difference_mm: float = 0.0
    contrast: float = 2.0

    def steepest_mm(self, radius_mm: float) -> float:
        """Return how far from the centre of a sphere its blurred, deblurred edge is steepest, mm.

        Notes
        -----
        A sphere blurred by a Gaussian, and blurred again by each step of deblurring, stays round, and r f(r) is blurred as in
        one dimension: so the whole chain is calculated along one radius. Without deblurring and for large radii R, the result
        is close to R - sigma^2 / R.
        """
        sigma = self.fwhm_mm / FWHM_PER_SIGMA
        step = sigma / _STEPS_PER_SIGMA
        radii = step * np.arange(int((radius_mm + 12.0 * sigma) / step) + 1, dtype=np.float64)
        profile = _Radial(radii, sigma)
        ball = np.clip((radius_mm - radii) / step + 0.5, 0.0, 1.0)  # The cell that the edge cuts holds its share.
        hot = profile.blurred(ball)
        ratio = max(self.contrast - 1.0, 1e-3) / max(float(hot.max()), 1e-3)
        measured = 1.0 + ratio * hot
        edge = self._deblurred(measured, profile)
        away = max(self.difference_mm, step)
        steepness = np.interp(np.abs(radii - away), radii, edge) - np.interp(radii + away, radii, edge)
        return _peak(steepness, step)

    def _deblurred(self, measured: NDArray[np.float64], profile: _Radial) -> NDArray[np.float64]:
        estimate = measured
        for _ in range(self.steps):
            if self.kind == RICHARDSON_LUCY:
                estimate = estimate * profile.blurred(measured / profile.blurred(estimate))
            else:
                estimate = estimate + profile.blurred(measured - profile.blurred(estimate))
        return estimate

    def true_radius_mm(self, found_mm: float) -> tuple[float, bool]:
        """Return the radius of the sphere whose edge is found at a radius, mm, and whether it lies within the model's range."""
        smallest = _SMALLEST * self.fwhm_mm
        lowest = max(smallest, found_mm - self.fwhm_mm / 4)
        radii = lowest + self.fwhm_mm * np.linspace(0.0, 1.25, 11)
        edges = np.maximum.accumulate([self.steepest_mm(float(one)) for one in radii])
        return float(np.interp(found_mm, edges, radii)), bool(found_mm >= edges[0])


@dataclass(frozen=True, kw_only=True, eq=False)
class Corrected:
    """A region whose edge was moved.

    Parameters
    ----------
    region : array of bool, (z, y, x)
        The region.
    moved_mm : tuple of float
        How far the edge of each island (26-connected) was moved outwards, mm, the largest island first.
    below_range : int
        Islands that are too small for the resolution: moved as the smallest sphere would be.
    """

    region: NDArray[np.bool_]
    moved_mm: tuple[float, ...]
    below_range: int


def corrected(region: NDArray[np.bool_], allowed: NDArray[np.bool_], spacing_zyx: ArrayLike, model: EdgeModel) -> Corrected:
    """Move the edge of each island of a region to where the true edge lies.

    Parameters
    ----------
    region : array of bool, (z, y, x)
        Region found at the steepest place, with room around it.
    allowed : array of bool, (z, y, x)
        Voxels that may be added.
    spacing_zyx : array of 3
        Voxel edges along the array axes, mm.
    model : EdgeModel
        How the edge came about.

    Notes
    -----
    Each island is taken for a sphere of its volume. Its volume grows by the cube of the ratio of the true to the found radius,
    by the voxels around it at which the island itself, blurred by the point spread function, is highest.
    """
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    spacing = np.asarray(spacing_zyx, dtype=np.float64)
    labels, count = ndimage.label(region, structure=_CONNECTED_26)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    result, moves, below = region.copy(), [], 0
    for number in sorted(range(1, count + 1), key=lambda one: (-sizes[one], one)):
        found_mm = float((0.75 / np.pi * sizes[number] * spacing.prod()) ** (1.0 / 3.0))
        radius_mm, in_range = model.true_radius_mm(found_mm)
        below += not in_range
        moves.append(radius_mm - found_mm)
        wanted = round(float(sizes[number]) * (radius_mm / found_mm) ** 3)
        _resize(result, labels == number, allowed, wanted, model.fwhm_mm / FWHM_PER_SIGMA, spacing)
    return Corrected(region=result, moved_mm=tuple(moves), below_range=below)


def _resize(  # noqa: PLR0917
    result: NDArray[np.bool_],
    island: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    wanted: int,
    sigma_mm: float,
    spacing: NDArray[np.float64],
) -> None:
    """Add voxels around an island to a result, or take some of its own away, until it has as many as wanted."""
    nearness = blurred(island.astype(np.float64), sigma_mm, spacing)
    change = wanted - int(np.count_nonzero(island))
    open_to = (allowed & ~island & (nearness > 0)) if change > 0 else island
    candidates = np.flatnonzero(open_to)
    order = np.argsort((-1.0 if change > 0 else 1.0) * nearness.ravel()[candidates], kind="stable")
    result.ravel()[candidates[order[: abs(change)]]] = change > 0


class _Radial:
    """Blurring of a round image, given along a radius, with a three-dimensional Gaussian."""

    def __init__(self, radii: NDArray[np.float64], sigma: float) -> None:
        self.radii = radii
        step = radii[1] - radii[0]
        reach = int(5.0 * sigma / step)
        weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / sigma) ** 2)
        self._weights, self._reach = weights / weights.sum(), reach
        self._beyond = radii[-1] + step * np.arange(1, reach + 1)

    def blurred(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values along the radius after blurring; beyond the last one they go on as they are."""
        odd = self.radii * values
        padded = np.concatenate([-odd[self._reach : 0 : -1], odd, self._beyond * values[-1]])
        result = np.convolve(padded, self._weights, "valid")
        result[1:] /= self.radii[1:]
        result[0] = result[1] + (result[1] - result[2]) / 3.0  # A parabola through the next two, level at the centre.
        return result


def _peak(values: NDArray[np.float64], step: float) -> float:
    """Return where a sampled curve is highest, from a parabola through its three highest samples."""
    top = int(np.clip(values.argmax(), 1, values.size - 2))
    before, at, after = values[top - 1 : top + 2]
    bend = before - 2.0 * at + after
    return step * (top + (0.5 * (before - after) / bend if bend < 0 else 0.0))
