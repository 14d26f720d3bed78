"""The synthetic tumour: an irregular primary, its high-risk subvolume and a node, known analytically at every point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry

Points = NDArray[np.float64]
_STEP_MM = 0.75
_FINE_MM = 0.5
_PRIMARY = np.array([21.0, -13.0, 8.0])
_NODE = np.array([45.0, 13.0, -20.0])
RIM_SUV, CORE_SUV = 8.5, 14.5
PRIMARY_SUV, NODE_SUV, NECROSIS_SUV = 4.0, 6.5, 1.8


@dataclass(frozen=True, eq=False)
class Blob:
    """A smooth closed surface: where a warped sum of Gaussians passes its level.

    Parameters
    ----------
    centres : array, (n, 3)
        LPS mm.
    widths : array, (n,)
        Standard deviations of the Gaussians, mm.
    waves : array, (3, 4)
        Warp along each axis: amplitude (mm), wavelength (mm), two phases.
    level : float
        The surface lies where the sum equals this.
    """

    centres: Points
    widths: NDArray[np.float64]
    waves: NDArray[np.float64]
    level: float

    def height(self, points: Points) -> NDArray[np.float64]:
        """Return the sum at points (..., 3), LPS mm."""
        warped = np.empty_like(points)
        for axis in range(3):
            amplitude, wavelength, first, second = self.waves[axis]
            along, across = points[..., (axis + 1) % 3], points[..., (axis + 2) % 3]
            turn = 2 * np.pi / wavelength
            warped[..., axis] = points[..., axis] + amplitude * np.sin(turn * along + first) * np.cos(turn * across + second)
        total = np.zeros(points.shape[:-1])
        for centre, width in zip(self.centres, self.widths, strict=True):
            away = warped - centre
            total += np.exp(np.einsum("...i,...i->...", away, away) / (-2 * width**2))
        return total


@dataclass(frozen=True, eq=False)
class Tumour:
    """Primary, high-risk subvolume within it, and one lymph node; every question is answered at any point in the patient.

    Parameters
    ----------
    primary, hot, node : Blob
        The surfaces; the subvolume is where `hot` is over its level and the primary well over its own.
    depth : float
        How far over its own level the primary must be for the subvolume, as a factor.
    hot_peak : float
        Largest height of `hot`.
    seed : int
        What they were drawn from.
    """

    primary: Blob
    hot: Blob
    node: Blob
    depth: float
    hot_peak: float
    seed: int

    def is_gtv(self, points: Points) -> NDArray[np.bool_]:
        """Tell which points (..., 3), LPS mm, lie in the primary tumour."""
        return self.primary.height(points) >= self.primary.level

    def is_hrs(self, points: Points) -> NDArray[np.bool_]:
        """Tell which points lie in the high-risk subvolume."""
        return (self.hot.height(points) >= self.hot.level) & (self.primary.height(points) >= self.depth * self.primary.level)

    def is_node(self, points: Points) -> NDArray[np.bool_]:
        """Tell which points lie in the node."""
        return self.node.height(points) >= self.node.level

    def suv(self, points: Points) -> NDArray[np.float64]:
        """Return the true uptake at points inside the primary or the node, SUV; NaN elsewhere."""
        value = np.full(points.shape[:-1], np.nan)
        node = self.node.height(points)
        inside = node >= self.node.level
        value[inside] = np.where(node[inside] > 2.1 * self.node.level, NECROSIS_SUV, NODE_SUV)
        primary, hot = self.primary.height(points), self.hot.height(points)
        inside = primary >= self.primary.level
        ripple = np.sin(points[..., 0] / 4.1 + self.seed) * np.sin(points[..., 1] / 4.7) * np.sin(points[..., 2] / 5.3)
        value[inside] = PRIMARY_SUV * (1.0 + 0.25 * ripple[inside])
        inside = (hot >= self.hot.level) & (primary >= self.depth * self.primary.level)
        rise = np.clip((hot[inside] - self.hot.level) / (self.hot_peak - self.hot.level), 0.0, 1.0)
        value[inside] = RIM_SUV + (CORE_SUV - RIM_SUV) * np.sqrt(rise)
        return value

    def box(self, margin_mm: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return corners of a box that holds primary and node, LPS mm."""
        low = np.minimum(_PRIMARY - 36, _NODE - 22) - margin_mm
        high = np.maximum(_PRIMARY + 36, _NODE + 22) + margin_mm
        return low, high


@lru_cache(maxsize=8)
def tumour_of(seed: int) -> Tumour:
    """Draw a tumour: 27 to 38 ml with a subvolume of 5 to 7.5 ml and a node of 4 to 7 ml; one seed, one tumour."""
    random = np.random.default_rng([seed, 1])
    offsets = np.array([[0, 0, 0], [-4, 2, 14], [3, -9, -10], [2, 3, -14], [-7, -12, 2.0]])
    centres = _PRIMARY + offsets + random.uniform(-2.5, 2.5, offsets.shape)
    primary = Blob(centres, random.uniform(7.5, 10.5, len(offsets)), _waves(random, 2.0), 1.0)
    primary = _with_volume(primary, _PRIMARY, 36.0, random.uniform(27.0, 38.0))
    depth = 1.25
    middle = _PRIMARY + np.array([-1.0, -3.0, -3.0]) + random.uniform(-2.5, 2.5, 3)
    spots = middle + np.array([[0, 0, 0], [3, -6, 7], [-5, 4, -6.0]]) + random.uniform(-1.5, 1.5, (3, 3))
    hot = Blob(spots, random.uniform(5.0, 6.5, 3), _waves(random, 1.2), 1.0)
    hot = _with_volume(hot, middle, 26.0, random.uniform(5.0, 7.5), (primary, depth))
    peak = float(hot.height(_lattice(middle, 16.0, 1.0)).max())
    lobes = _NODE + np.array([[0, 0, 6], [1, 2, -6.0]]) + random.uniform(-1, 1, (2, 3))
    node = Blob(lobes, random.uniform(6.0, 7.0, 2), _waves(random, 1.0), 1.0)
    node = _with_volume(node, _NODE, 24.0, random.uniform(4.0, 7.0))
    return Tumour(primary, hot, node, depth, peak, seed)


@lru_cache(maxsize=8)
def volumes_ml(seed: int) -> tuple[float, float, float]:
    """Return the volumes of primary, subvolume and node, ml, by a fine midpoint sum."""
    tumour = tumour_of(seed)
    primary, node = _lattice(_PRIMARY, 36.0, _STEP_MM), _lattice(_NODE, 24.0, _STEP_MM)
    hot = _lattice(tumour.hot.centres.mean(axis=0), 24.0, _FINE_MM)
    hot = hot[tumour.hot.height(hot) >= tumour.hot.level]
    cell, fine_cell = _STEP_MM**3 / 1000.0, _FINE_MM**3 / 1000.0
    return (
        int(tumour.is_gtv(primary).sum()) * cell,
        int(tumour.is_hrs(hot).sum()) * fine_cell,
        int(tumour.is_node(node).sum()) * cell,
    )


def centres_of(geometry: Geometry) -> Points:
    """Return the LPS positions of all voxel centres of a grid, (z, y, x, 3)."""
    z, y, x = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in geometry.shape), indexing="ij")
    return geometry.to_world(np.stack([x, y, z], axis=-1))


def _waves(random: np.random.Generator, amplitude: float) -> NDArray[np.float64]:
    size = random.uniform(0.6 * amplitude, amplitude, 3)
    length = random.uniform(24.0, 34.0, 3)
    return np.column_stack([size, length, random.uniform(0, 2 * np.pi, (3, 2))])


def _with_volume(blob: Blob, centre: Points, reach: float, volume_ml: float, within: tuple[Blob, float] | None = None) -> Blob:
    """Set the level so that the enclosed volume, by a fine midpoint sum, is the one asked for."""
    points = _lattice(centre, reach, _STEP_MM).reshape(-1, 3)
    if within is not None:
        outer, factor = within
        points = points[outer.height(points) >= factor * outer.level]
    heights = np.sort(blob.height(points))[::-1]
    count = round(volume_ml * 1000.0 / _STEP_MM**3)
    return Blob(blob.centres, blob.widths, blob.waves, float(heights[count]))


def _lattice(centre: Points, reach: float, step: float) -> Points:
    line = np.arange(-reach + step / 2, reach, step)
    x, y, z = (line + c for c in centre)
    return np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)
