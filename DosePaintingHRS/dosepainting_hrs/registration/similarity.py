"""How alike two images are inside a box: mutual information at scattered points, and how it changes with the transform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Array, Geometry
from ..kernels.joint_histogram import fill_joint_histogram, sample_pulls, sum_forces
from .scene import Scene

BINS = 32
LEAST_OVERLAP = 0.35
"""Below this share of the samples inside the moving image, nothing is said of their similarity."""
_TAILS = (0.005, 0.995)
_KNOTS = 129
_SPREAD = 5
"""Bins that the B-spline window needs beyond the range of values."""
_OWN_BLUR = 0.35
"""Blur that sampling on voxels brings along, standard deviation in voxels."""

Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sampling:
    """Where and how finely two images are compared.

    Parameters
    ----------
    blur_mm : float
        Standard deviation to which both images are smoothed, mm.
    count : int
        Number of samples.
    seed : int
        Draws them.
    rim_mm : float
        Samples that arrive nearer than this to an edge of the moving image are left out from the beginning; 0 keeps all.
    """

    blur_mm: float
    count: int
    seed: int
    rim_mm: float = 0.0


class Similarity:
    """Mutual information between two images at one resolution, as a function of a matrix.

    Parameters
    ----------
    scene : Scene
        The images and the box.
    sampling : Sampling
        Blur and samples.

    Raises
    ------
    InputError
        If one of the images is the same everywhere in the box, or too little of the box lies in the moving image.

    Notes
    -----
    The samples lie at random places, not on voxels, so that interpolation leaves no ripple. Values are sorted into 32
    bins half by value and half by rank; the fixed value falls into one bin, the moving one spreads over four by a cubic
    B-spline (Mattes et al. 2003), which makes the sum smooth. All sums are single-threaded and in a fixed order.

    A sample that leaves the moving image no longer counts. Where the last slices of a slab look unlike the others, the
    sum therefore grows when they are pushed out of the box, whatever the anatomy says. With a rim, the same samples
    count wherever a climb goes that stays within the rim; it is given up where less than half of the samples lie deeper.

    References
    ----------
    Mattes D et al. (2003), PET-CT image registration in the chest using free-form deformations, IEEE Trans Med Imaging
    22:120-128, DOI 10.1109/TMI.2003.809072.
    """

    def __init__(self, scene: Scene, sampling: Sampling) -> None:
        self.centre = scene.centre
        index, places, self.covered = _drawn(scene, sampling)
        values = _fixed_values(scene, sampling, index)
        self.points = np.ascontiguousarray(places - self.centre)
        self.fixed_bins = np.clip(_levels(values, values, "fixed") * BINS, 0, BINS - 1).astype(np.int32)
        self.moving = _moving_bins(scene, sampling, places)
        self.to_moving = np.linalg.inv(scene.moving_grid.affine) @ scene.pull
        self._places = np.empty((len(index), 4), dtype=np.float32)

    def value(self, matrix: Float) -> float:
        """Return the mutual information, nats, after a matrix (4, 4) that acts on points relative to the box's centre."""
        return self._measured(matrix)[0]

    def overlap(self, matrix: Float) -> float:
        """Return the share of the samples that lie inside the moving image."""
        return self._measured(matrix)[2]

    def value_and_slope(self, matrix: Float) -> tuple[float, Float]:
        """Return the mutual information and its change with the upper elements of the matrix, (3, 4)."""
        value, gain, share = self._measured(matrix)
        forces = np.zeros((3, 4))
        if gain is not None:
            sum_forces(self.points, self.fixed_bins, self._places, gain, forces)
            forces = self.to_moving[:3, :3].T @ forces / (share * len(self.points))
        return value, forces

    def displaced(self, displacement: Float) -> tuple[float, Float]:
        """Return the mutual information after a displacement of each sample, (n, 3) mm, and its slope along each, (n, 3)."""
        placed = np.eye(4)
        placed[:3, 3] = self.centre
        value, gain, share = self._counted(placed, np.ascontiguousarray(self.points + displacement))
        pulls = np.zeros((len(self.points), 3))
        if gain is not None:
            sample_pulls(self.fixed_bins, self._places, gain, pulls)
            pulls = pulls @ self.to_moving[:3, :3] / (share * len(self.points))
        return value, pulls

    def _measured(self, matrix: Float) -> tuple[float, Float | None, float]:
        placed = matrix.copy()
        placed[:3, 3] += self.centre
        return self._counted(placed, self.points)

    def _counted(self, placed: Float, points: Float) -> tuple[float, Float | None, float]:
        to_index = np.ascontiguousarray((self.to_moving @ placed)[:3])
        histogram = np.zeros((BINS, BINS))
        inside = fill_joint_histogram(to_index, points, self.fixed_bins, self.moving, self._places, histogram)
        share = inside / len(self.points)
        if share < LEAST_OVERLAP:
            return 0.0, None, share
        joint = histogram / inside
        fixed, moving = joint.sum(axis=1, keepdims=True), joint.sum(axis=0, keepdims=True)
        gain = np.log(np.where(joint > 0, joint, 1.0)) - np.log(np.where(moving > 0, moving, 1.0))
        gain = np.where(joint > 0, gain, 0.0)
        value = float((joint * (gain - np.log(np.where(fixed > 0, fixed, 1.0)))).sum())
        return value, np.ascontiguousarray(gain), share


def _drawn(scene: Scene, sampling: Sampling) -> tuple[Float, Float, float]:
    """Return samples as indices and as places, and the share of the box that lies inside the moving image."""
    index = _scattered(scene, sampling.seed, sampling.count)
    places = scene.fixed_grid.to_world(index)
    depth = _depth_mm(scene, places)
    covered = float((depth >= 0).mean())
    _require_overlap(covered)
    if sampling.rim_mm <= 0:
        return index, places, covered
    # Those that the rim takes away are made up for.
    index = _scattered(scene, sampling.seed, round(sampling.count / _without_rim(depth, sampling.rim_mm).mean()))
    places = scene.fixed_grid.to_world(index)
    kept = _without_rim(_depth_mm(scene, places), sampling.rim_mm)
    return index[kept], places[kept], covered


def _scattered(scene: Scene, seed: int, count: int) -> Float:
    random = np.random.default_rng(seed)
    if scene.mask is None:
        return np.asarray(scene.low + (scene.high - scene.low) * random.random((count, 3)), dtype=np.float64)
    z, y, x = np.nonzero(scene.mask)
    chosen = random.integers(0, len(x), count)
    index = np.stack([x[chosen], y[chosen], z[chosen]], axis=-1) + random.random((count, 3)) - 0.5
    return np.asarray(np.clip(index, 0, np.array(scene.fixed.shape[::-1]) - 1), dtype=np.float64)


def _fixed_values(scene: Scene, sampling: Sampling, index: Float) -> Float:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    blurred = _blurred(scene.fixed, scene.fixed_grid, sampling.blur_mm)
    values: Float = ndimage.map_coordinates(blurred, index[:, ::-1].T, order=1, output=np.float64)
    return values


def _require_overlap(share: float) -> None:
    if share < LEAST_OVERLAP:
        raise InputError(
            f"The images do not overlap enough: {share:.0%} of the box lie inside the moving image; "
            f"{LEAST_OVERLAP:.0%} are needed.",
            "Begin with the centres of both images on each other (--start centres) or with a transform, or choose another box.",
        )


def _depth_mm(scene: Scene, places: Float) -> Float:
    """Return how deep points of the fixed image lie inside the moving one, mm; below 0 where they lie outside of it."""
    arrived = scene.moving_grid.to_index(places @ scene.pull[:3, :3].T + scene.pull[:3, 3])
    last = np.array(scene.moving_grid.shape[::-1]) - 1
    depth: Float = (np.minimum(arrived, last - arrived) * scene.moving_grid.spacing).min(axis=-1)
    return depth


def _without_rim(depth: Float, rim_mm: float) -> NDArray[np.bool_]:
    inside, deep = depth >= 0, depth >= rim_mm
    return deep if 2 * np.count_nonzero(deep) >= np.count_nonzero(inside) else inside


def _moving_bins(scene: Scene, sampling: Sampling, places: Float) -> NDArray[np.float32]:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    blurred = _blurred(scene.moving, scene.moving_grid, sampling.blur_mm)
    arrived = scene.moving_grid.to_index(places @ scene.pull[:3, :3].T + scene.pull[:3, 3])
    inside = ((arrived >= 0) & (arrived <= np.array(blurred.shape[::-1]) - 1)).all(axis=-1)
    values = ndimage.map_coordinates(blurred, arrived[inside][:, ::-1].T, order=1, output=np.float64)
    level = _levels(blurred.ravel(), values, "moving").reshape(blurred.shape)
    return np.ascontiguousarray(2.0 + level * (BINS - _SPREAD - 1e-3), dtype=np.float32)


def _levels(values: Array, known: Float, which: str) -> Float:
    """Return values from 0 to 1, half by value and half by rank among those that are known."""
    low, high = np.quantile(known, _TAILS)
    if not np.isfinite(known).all() or high <= low:
        raise InputError(
            f"The {which} image has the same value everywhere in the box, or values that are no numbers.",
            "Choose a box that holds anatomy in both images.",
        )
    knots, first = np.unique(np.quantile(known, np.linspace(*_TAILS, _KNOTS)), return_index=True)
    level = np.asarray(values, dtype=np.float64)
    rank = np.interp(level, knots, first / (_KNOTS - 1.0))
    return np.asarray(0.5 * (np.clip(level, low, high) - low) / (high - low) + 0.5 * rank, dtype=np.float64)


def _blurred(values: Array, grid: Geometry, blur_mm: float) -> NDArray[np.float32]:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    spacing = grid.spacing[::-1]
    missing = np.sqrt(np.clip(blur_mm**2 - (_OWN_BLUR * spacing) ** 2, 0.0, None))
    blurred: NDArray[np.float32] = ndimage.gaussian_filter(np.asarray(values, dtype=np.float32), missing / spacing)
    return blurred
