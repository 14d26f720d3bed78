"""Bring a region to another grid so that it keeps its volume."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError, InputError
from ..geometry import SAME_GRID_TOLERANCE, Geometry, StoredGrid
from ..image import Mask
from ..progress import Progress, silent
from .covered_shares import Covered, covered_shares

TIE_SHARE = 1e-9
"""Covered shares that differ by no more than this from the last one taken are tied."""
TIE_MM = 1e-6
"""Distances to the region's centroid that differ by no more than this, mm, are tied."""
_NEIGHBOURS_26 = np.ones((3, 3, 3), dtype=np.bool_)


@dataclass(frozen=True)
class Island:
    """A part of a region that hangs together (26-connected).

    Parameters
    ----------
    volume_ml : float
        On the grid it was drawn on.
    centroid_mm : tuple of three float
        LPS mm, in the frame it was drawn in.
    """

    volume_ml: float
    centroid_mm: tuple[float, float, float]

    def __str__(self) -> str:
        place = ", ".join(f"{value:.1f}" for value in self.centroid_mm)
        return f"{self.volume_ml:.3g} ml at ({place}) mm LPS"


@dataclass(frozen=True, kw_only=True, eq=False)
class VolumeTrue:
    """A region on another grid.

    Parameters
    ----------
    array : array of bool, (z, y, x)
        On the target grid, in the axis order in which the target was given.
    source_ml, target_ml : float
        Volume on the grid it was drawn on and on the target, ml.
    vanished : tuple of Island
        Islands of the source of which no voxel was taken.
    unchanged : bool
        True when the region lay on the target grid already and was taken as it is.
    """

    array: NDArray[np.bool_]
    source_ml: float
    target_ml: float
    vanished: tuple[Island, ...]
    unchanged: bool


def resample_volume_true(
    mask: Mask, target: Geometry, *, matrix: NDArray[np.float64] | None = None, progress: Progress = silent
) -> VolumeTrue:
    """Bring a region to another grid: take voxels by falling covered share until the source volume is reached.

    Parameters
    ----------
    mask : Mask
        The region on its own grid.
    target : Geometry
        The grid to bring it to, in any axis order.
    matrix : array, (4, 4), optional
        Rigid or affine map from LPS mm of the source's frame to LPS mm of the target's; one frame when not given.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    VolumeTrue
        The region on the target grid, its volumes, and the islands that are lost.

    Raises
    ------
    InputError
        If the region is empty, or smaller than half a voxel of the target.
    GeometryError
        If any part of the region lies outside of the target grid, or the matrix is none.

    Notes
    -----
    The number of voxels is the source volume over the volume of a target voxel, rounded half up, so the volume is
    kept within half a target voxel. Shares within `TIE_SHARE` of the last one taken go by distance from the centroid
    of the region to the voxel's centre; distances within `TIE_MM` of the next go by index (z, y, x of the canonical
    axis order). A mask that lies on the target grid within 1 % of a voxel edge stays unchanged. An affine matrix
    that changes volumes changes the region's volume with them. Shares: see `covered_shares`.

    The rule keeps volumes, not inclusions: of two regions of which one holds the other, the smaller may get a
    voxel of the surface that the larger does not.
    """
    if not mask.array.any():
        raise InputError(f"{_named(mask)} is empty: it has no voxels to resample.", "Choose a region that has voxels.")
    grid = StoredGrid.of(target)
    canonical = grid.canonical()
    affine = _checked(matrix)
    own = StoredGrid.of(Geometry(mask.geometry.shape, affine @ mask.geometry.affine))
    values = own.axes.apply(mask.array).astype(np.bool_)
    if own.canonical().is_same_grid(canonical):
        return _result(mask, grid, values, (), unchanged=True)
    progress(0.0, "Measuring covered shares")
    box = _bounding_box(values)
    region = _Region(mask, values[box], _cut(own.canonical(), box), np.linalg.inv(affine).astype(np.float64))
    _require_inside(region, canonical)
    covered = covered_shares(region.inside, region.geometry, canonical)
    progress(0.5, "Taking voxels")
    taken = most_covered(covered, _count(region, canonical), canonical, region.centroid(region.inside))
    progress(0.8, "Looking for lost islands")
    vanished = _vanished(region, taken, covered, canonical)
    array = np.zeros(canonical.shape, dtype=np.bool_)
    array[covered.box] = taken
    progress(1.0, "Resampled")
    return _result(mask, grid, array, vanished, unchanged=False)


@dataclass(frozen=True, eq=False)
class _Region:
    """A region cut to its bounding box, on its grid as it lies in the target's frame."""

    mask: Mask
    inside: NDArray[np.bool_]
    geometry: Geometry
    back: NDArray[np.float64]

    def __str__(self) -> str:
        return _named(self.mask)

    @property
    def voxels(self) -> int:
        return int(np.count_nonzero(self.inside))

    def centroid(self, part: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the mean position of some of its voxels, LPS mm in the target's frame."""
        sums = [part.sum(axis=tuple(other for other in range(3) if other != axis)) for axis in (2, 1, 0)]
        total = sums[0].sum()
        return self.geometry.to_world([float(one @ np.arange(len(one))) / float(total) for one in sums])


def _checked(matrix: NDArray[np.float64] | None) -> NDArray[np.float64]:
    affine = np.eye(4) if matrix is None else np.asarray(matrix, dtype=np.float64)
    if affine.shape != (4, 4) or not np.array_equal(affine[3], (0, 0, 0, 1)) or not np.isfinite(affine).all():
        raise GeometryError(f"The transform {affine.tolist()} is no 4 x 4 matrix of finite numbers with the last row 0 0 0 1.")
    if abs(np.linalg.det(affine)) < 1e-9:
        raise GeometryError(f"The transform {affine.tolist()} squeezes the region flat: its determinant is 0.")
    return affine


def _count(region: _Region, target: Geometry) -> int:
    volume = region.voxels * region.geometry.voxel_volume_ml
    count = math.floor(volume / target.voxel_volume_ml + 0.5 + TIE_SHARE)
    if count == 0:
        raise InputError(
            f"{region} has {volume:.3g} ml, less than half a voxel of the target grid ({target.voxel_volume_ml:.3g} ml): "
            "nothing of it would be left.",
            "Use a grid with smaller voxels.",
        )
    return count


def most_covered(covered: Covered, count: int, grid: Geometry, centroid: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the `count` voxels with the largest covered shares within the box, ties nearest to `centroid` first."""
    flat = covered.shares.ravel()
    count = min(count, int(np.count_nonzero(flat)))
    last = np.partition(flat, len(flat) - count)[len(flat) - count]
    taken = flat > last + TIE_SHARE
    tied = np.flatnonzero((flat >= last - TIE_SHARE) & ~taken & (flat > 0))
    free = count - int(np.count_nonzero(taken))
    if free < len(tied):
        z, y, x = np.unravel_index(tied, covered.shares.shape)
        index = np.stack([x, y, z], axis=-1) + np.array(covered.first[::-1])
        distance = np.linalg.norm(grid.to_world(index) - centroid, axis=-1)
        order = np.argsort(distance, kind="stable")
        steps = np.diff(distance[order], prepend=distance[order[0]]) > TIE_MM
        rank = np.empty(len(tied), dtype=np.int64)
        rank[order] = np.cumsum(steps)
        tied = tied[np.lexsort((tied, rank))[:free]]
    taken[tied] = True
    result: NDArray[np.bool_] = taken.reshape(covered.shares.shape)
    return result


def _share_outside(region: _Region, target: Geometry, margin: float) -> float:
    """Return the share of the region's volume beyond the target grid, widened by `margin` voxels on every side."""
    # The whole target is taken as one large voxel.
    sizes = np.array(target.shape[::-1], dtype=np.float64)
    affine = target.affine.copy()
    affine[:3, :3] *= sizes + 2.0 * margin
    affine[:3, 3] = target.to_world((sizes - 1.0) / 2.0)
    held = covered_shares(np.ones((1, 1, 1), dtype=np.bool_), Geometry((1, 1, 1), affine), region.geometry)
    return 1.0 - float(held.shares[region.inside[held.box]].sum()) / region.voxels


def _require_inside(region: _Region, target: Geometry) -> None:
    # What makes two grids one grid cannot put a region outside.
    if _share_outside(region, target, SAME_GRID_TOLERANCE) <= 1e-9:
        return
    lost = _share_outside(region, target, 0.0)
    whole = region.mask.volume_ml
    part = f"{lost * whole:.3g} ml of its {whole:.3g} ml lie" if lost < 1.0 - 1e-9 else f"all of its {whole:.3g} ml lie"
    raise GeometryError(
        f"{region} does not fit into the target grid of {target}: {part} outside of it.",
        "Check that both belong together; else use an image that covers the whole region, or cut the region to it: "
        "dosepainting-hrs resample REGION --like IMAGE --cut -o NEW.nrrd (it leaves out every voxel that reaches out).",
    )


def _vanished(region: _Region, taken: NDArray[np.bool_], covered: Covered, target: Geometry) -> tuple[Island, ...]:
    """Name the islands of the source that share no volume with the voxels taken."""
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    labels, count = ndimage.label(region.inside, structure=_NEIGHBOURS_26)
    if count < 2:
        return ()
    back = covered_shares(taken, _cut(target, covered.box), region.geometry)
    kept = np.zeros(count + 1, dtype=np.bool_)
    kept[labels[back.box][back.shares > 0]] = True
    places = ndimage.find_objects(labels)
    return tuple(_island(region, labels, places, number) for number in range(1, count + 1) if not kept[number])


def _island(region: _Region, labels: NDArray[np.int32], places: list[tuple[slice, slice, slice]], number: int) -> Island:
    box = places[number - 1]
    part = _Region(region.mask, labels[box] == number, _cut(region.geometry, box), region.back)
    x, y, z = region.back[:3, :3] @ part.centroid(part.inside) + region.back[:3, 3]
    return Island(part.voxels * region.mask.geometry.voxel_volume_ml, (float(x), float(y), float(z)))


def _bounding_box(values: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    ends = []
    for axis in range(3):
        line = np.flatnonzero(values.any(axis=tuple(other for other in range(3) if other != axis)))
        ends.append(slice(int(line[0]), int(line[-1]) + 1))
    return ends[0], ends[1], ends[2]


def _cut(grid: Geometry, box: tuple[slice, slice, slice]) -> Geometry:
    z, y, x = box
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world((x.start, y.start, z.start))
    return Geometry((z.stop - z.start, y.stop - y.start, x.stop - x.start), affine)


def _result(
    mask: Mask, grid: StoredGrid, array: NDArray[np.bool_], vanished: tuple[Island, ...], *, unchanged: bool
) -> VolumeTrue:
    target_ml = int(np.count_nonzero(array)) * grid.geometry.voxel_volume_ml
    stored = np.ascontiguousarray(grid.axes.restore(array)).astype(np.bool_)
    return VolumeTrue(array=stored, source_ml=mask.volume_ml, target_ml=target_ml, vanished=vanished, unchanged=unchanged)


def _named(mask: Mask) -> str:
    return f'The region "{mask.name}"' if mask.name else "The region"
