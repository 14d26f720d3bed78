"""A free-form deformation: B-splines of falling knot distance, fitted by mutual information and kept from bending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry
from ..parameters import Field as Described
from ..parameters import Parameters
from ..progress import Progress
from ..transform import Field
from .scene import Scene
from .similarity import Sampling, Similarity

if TYPE_CHECKING:
    from scipy import sparse

Float = NDArray[np.float64]
_LEVELS = ((4, 3.0, 8_000), (2, 2.0, 15_000), (1, 1.0, 30_000))
"""Knot distance as a multiple of the finest, smoothing in mm, and samples, from coarse to fine."""
_SCALE = 100.0


@dataclass(frozen=True, kw_only=True)
class DeformParameters(Parameters):
    """How a box is deformed."""

    margin_mm: Annotated[float, Described("Added to the region on every side.", unit="mm", minimum=0.0, maximum=200.0)] = 25.0
    knots_mm: Annotated[
        float, Described("Distance of the spline's knots at the finest level.", unit="mm", minimum=4.0, maximum=100.0)
    ] = 16.0
    iterations: Annotated[int, Described("At most so many steps at each level.", minimum=1, maximum=1000)] = 15
    stiffness: Annotated[
        float, Described("Weight of bending against similarity; 0 lets the images do as they like.", minimum=0.0, maximum=100.0)
    ] = 2.0
    seed: Annotated[int, Described("Draws the samples.", minimum=0)] = 0


class _Lattice:
    """Control points of a cubic B-spline over a box, and how they move points of it."""

    def __init__(self, scene: Scene, knots_mm: float) -> None:
        grid = scene.fixed_grid
        self._low, self._extent = scene.low, scene.high - scene.low
        self._to_index = grid.to_index
        edges = self._extent * grid.spacing
        self._cells = np.maximum(1, np.rint(edges / knots_mm).astype(int))
        self.shape = tuple(int(n) + 3 for n in self._cells)
        self.size = int(np.prod(self.shape))
        self._step_mm = edges / self._cells

    def weights(self, points: Float) -> sparse.csr_array:
        """Return (points, control points): the B-spline weight of every control point at every point."""
        from scipy import sparse  # noqa: PLC0415  (slow to import)

        at = (self._to_index(points) - self._low) / self._extent * self._cells
        at = np.clip(at, 0.0, self._cells - 1e-9)
        cell = np.floor(at).astype(np.int64)
        along = _cubic(at - cell)
        values, columns = np.empty((len(points), 64)), np.empty((len(points), 64), dtype=np.int64)
        for number, (i, j, k) in enumerate(np.ndindex(4, 4, 4)):
            columns[:, number] = ((cell[:, 0] + i) * self.shape[1] + cell[:, 1] + j) * self.shape[2] + cell[:, 2] + k
            values[:, number] = along[i][:, 0] * along[j][:, 1] * along[k][:, 2]
        ends = np.arange(0, 64 * len(points) + 1, 64)
        return sparse.csr_array((values.ravel(), columns.ravel(), ends), shape=(len(points), self.size))

    def on_grid(self, control: Float, shape: tuple[int, ...]) -> Float:
        """Return the displacement, (z, y, x, 3), on a grid whose outermost points are the corners of the box."""
        made = control.reshape(*self.shape, 3)
        for axis, count in enumerate(shape[::-1]):
            at = np.clip(np.linspace(0.0, self._cells[axis], count), 0.0, self._cells[axis] - 1e-9)
            cell = np.floor(at).astype(np.int64)
            matrix = np.zeros((count, self.shape[axis]))
            for i, weight in enumerate(_cubic(at - cell)):
                matrix[np.arange(count), cell + i] = weight
            made = np.moveaxis(np.tensordot(matrix, made, axes=(1, axis)), 0, axis)
        return np.ascontiguousarray(np.transpose(made, (2, 1, 0, 3)))

    def bending(self) -> sparse.csr_array:
        """Return the matrix of all second differences of control points along each axis, per (10 mm)^2."""
        from scipy import sparse  # noqa: PLC0415  (slow to import)

        parts = []
        for axis in range(3):
            count = self.shape[axis]
            second = sparse.diags_array([1.0, -2.0, 1.0], offsets=[0, 1, 2], shape=(count - 2, count))
            second = second * (10.0 / self._step_mm[axis]) ** 2
            factors = [sparse.eye_array(n) if other != axis else second for other, n in enumerate(self.shape)]
            parts.append(sparse.kron(sparse.kron(factors[0], factors[1]), factors[2]))
        return sparse.csr_array(sparse.vstack(parts))


def fitted_field(scene: Scene, parameters: DeformParameters, grid: Geometry, progress: Progress) -> Field:
    """Return the displacement that makes the images most alike inside the box.

    Parameters
    ----------
    scene : Scene
        The images and the box.
    parameters : DeformParameters
        Knots, steps, stiffness.
    grid : Geometry
        Where the displacement is kept; its outermost points are the corners of the box.
    progress : callable
        Told at every step.

    Notes
    -----
    From knots four times as far apart to the finest, each level adds a spline to those before (Rueckert et al. 1999). What
    is made large is 100 x mutual information (nats) - stiffness x the mean of squared second differences of control points,
    mm per (10 mm)^2.
    """
    kept = np.zeros((*grid.shape, 3))
    before: list[tuple[_Lattice, Float]] = []
    for number, (times, blur, count) in enumerate(_LEVELS):
        lattice = _Lattice(scene, times * parameters.knots_mm)
        sampling = Sampling(blur_mm=blur, count=count, seed=31 + number + 1000 * parameters.seed)
        similarity = Similarity(scene, sampling)
        still = similarity.points + similarity.centre
        moved = sum((one.weights(still) @ found for one, found in before), np.zeros_like(still))
        start = 0.05 + 0.27 * number

        def tell(share: float, start: float = start) -> None:
            progress(start + 0.27 * min(1.0, share), "Deforming")

        found = _climb(similarity, lattice, moved, parameters, tell)
        before.append((lattice, found))
        kept += lattice.on_grid(found, grid.shape)
    return Field(grid, kept)


def _climb(
    similarity: Similarity, lattice: _Lattice, moved: Float, parameters: DeformParameters, tell: Callable[[float], None]
) -> Float:
    from scipy import optimize  # noqa: PLC0415  (slow to import)

    weights, bending = lattice.weights(similarity.points + similarity.centre), lattice.bending()
    stiff = parameters.stiffness / max(1, bending.shape[0])
    steps = [0]

    def cost(flat: Float) -> tuple[float, Float]:
        control = flat.reshape(-1, 3)
        value, slopes = similarity.displaced(moved + weights @ control)
        bent = bending @ control
        slope = -_SCALE * (weights.T @ slopes) + 2.0 * stiff * (bending.T @ bent)
        return -_SCALE * value + stiff * float((bent * bent).sum()), slope.ravel()

    def step(_: Float) -> None:
        steps[0] += 1
        tell(steps[0] / parameters.iterations)

    found = optimize.minimize(
        cost,
        np.zeros(3 * lattice.size),
        jac=True,
        method="L-BFGS-B",
        callback=step,
        options={"maxiter": parameters.iterations, "maxcor": 12},
    )
    return np.asarray(found.x, dtype=np.float64).reshape(-1, 3)


def _cubic(t: Float) -> tuple[Float, Float, Float, Float]:
    s = 1.0 - t
    return s**3 / 6.0, (4.0 - 6.0 * t**2 + 3.0 * t**3) / 6.0, (4.0 - 6.0 * s**2 + 3.0 * s**3) / 6.0, t**3 / 6.0
