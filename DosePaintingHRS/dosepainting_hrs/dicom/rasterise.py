"""From planar contours to voxels: even-odd rule at voxel centres, on the grid of the image that was drawn on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import DicomError, InputError
from ..geometry import Geometry
from ..kernels.fill import fill_even_odd
from . import contour_gaps
from .roi import Contour, Roi

TAKEN_TYPES = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
"""Geometric types that enclose something; both are read by the even-odd rule over all contours of a slice."""
ON_PLANE = 0.1
"""Share of the slice spacing by which the vertices of one contour, and the contours of one slice, may differ along it."""
OFF_PLANE_TOLD = 0.01
"""A contour off its slice by more than this share of the spacing, and 0.01 mm, is told."""
_SNAP = 2.0**20


@dataclass(frozen=True, kw_only=True, eq=False)
class Rasterised:
    """A region on a grid.

    Parameters
    ----------
    array : array of bool, (z, y, x)
        True inside, on the stored grid.
    remarks : tuple of str
        What was odd, left out, or filled.
    filled : tuple of int
        Slices that were filled between contours.
    lost : tuple of str
        The first of the remarks, when part of the region lies outside the image: what is lost of it.
    """

    array: NDArray[np.bool_]
    remarks: tuple[str, ...]
    filled: tuple[int, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Placed:
    """Contours in voxel indices: vertices (x, y), where each begins, and its position along the slice axis."""

    points: NDArray[np.float64]
    starts: NDArray[np.int64]
    depths: NDArray[np.float64]

    @cached_property
    def low(self) -> NDArray[np.float64]:
        """Lowest (x, y) of each contour."""
        return np.asarray(np.minimum.reduceat(self.points, self.starts[:-1], axis=0))

    @cached_property
    def high(self) -> NDArray[np.float64]:
        """Highest (x, y) of each contour."""
        return np.asarray(np.maximum.reduceat(self.points, self.starts[:-1], axis=0))

    def take(self, chosen: NDArray[np.int64]) -> _Placed:
        """Return some of the contours, in the order given."""
        ends = self.starts[1:]
        pieces = [self.points[self.starts[one] : ends[one]] for one in chosen]
        starts = np.concatenate([[0], np.cumsum((ends - self.starts[:-1])[chosen])]).astype(np.int64)
        return _Placed(points=np.concatenate(pieces), starts=starts, depths=self.depths[chosen])


def rasterise(roi: Roi, grid: Geometry, *, fill_gaps: bool = False) -> Rasterised:
    """Turn a region into voxels: a voxel belongs to it when its centre lies inside (even-odd rule).

    All contours of a slice count together, so nested contours and keyholes both leave their holes; a centre exactly on an
    outline belongs to the region on its side of rising index, so abutting regions share no voxel and leave none out.

    Parameters
    ----------
    roi : Roi
        The region.
    grid : Geometry
        Grid of the image that it was drawn on, as stored: contours lie in planes of constant z index.
    fill_gaps : bool
        Fill slices between contoured ones by shape-based interpolation.

    Returns
    -------
    Rasterised
        The voxels, and remarks on contours that were not taken, lie off their slice or outside, and on gaps.

    Raises
    ------
    DicomError
        If contours of the region are damaged.
    InputError
        If nothing can be taken: no contours, none closed and parallel to the slices, all outside the image, none around
        a voxel centre; or contours of different planes fall on one slice, which another image must have had.
    """
    if roi.damage:
        raise DicomError(f"{roi} cannot be read: {roi.damage}", "Export the structure set again from its source.")
    closed, remarks = _closed(roi)
    placed, tilted = _parallel(roi, closed, grid)
    planes = np.floor(placed.depths + 0.5).astype(np.int64)
    inside = _inside(roi, placed, planes, grid)
    lost = _outside_remarks(placed, planes, inside, grid)
    remarks = lost + remarks + tilted
    order = np.flatnonzero(inside)[np.argsort(planes[inside], kind="stable")]
    placed, planes = placed.take(order), planes[order]
    _require_one_plane_per_slice(roi, placed, planes, grid)
    once, doubled = _once(placed, planes)
    placed, planes = placed.take(once), planes[once]
    remarks += doubled
    remarks += _off_plane_remarks(placed, planes, grid)
    voxels = np.zeros(grid.shape, dtype=np.uint8)
    fill_even_odd(placed.points, placed.starts, planes, voxels)
    array = voxels.view(np.bool_)
    contoured = [int(plane) for plane in np.unique(planes)]
    covered = [plane for plane in contoured if array[plane].any()]
    if not covered:
        raise InputError(
            f"{roi} is too small for this grid ({grid}): no voxel centre lies inside it.", "Draw it on a finer image."
        )
    if len(covered) < len(contoured):
        remarks.append(f"Contours on {_count(len(contoured) - len(covered), 'slice')} enclose no voxel centre.")
    remarks += contour_gaps.describe_gaps(contoured, lambda plane: _position_mm(grid, plane))
    filled, said = _filled(array, covered, grid) if fill_gaps else ((), [])
    return Rasterised(array=array, remarks=tuple(remarks + said), filled=filled, lost=tuple(lost))


def _closed(roi: Roi) -> tuple[list[Contour], list[str]]:
    """Return the contours that enclose something, and remarks on the others."""
    if not roi.contours:
        raise InputError(f"{roi} has no contours.", "It was named but never drawn: choose another ROI, or draw it.")
    closed = [one for one in roi.contours if one.geometric_type in TAKEN_TYPES and len(one.points) >= 3]
    others = Counter(one.geometric_type or "untyped" for one in roi.contours if one.geometric_type not in TAKEN_TYPES)
    remarks = [
        f"{_count(number, f'{kind} contour')} not taken: only closed planar ones enclose voxels."
        for kind, number in others.items()
    ]
    short = len(roi.contours) - len(closed) - others.total()
    if short:
        remarks.append(f"{_count(short, 'closed contour')} of fewer than three points not taken.")
    if not closed:
        raise InputError(f"{roi} encloses nothing: {' '.join(remarks)}", "A region needs closed planar contours.")
    return closed, remarks


def _parallel(roi: Roi, contours: list[Contour], grid: Geometry) -> tuple[_Placed, list[str]]:
    """Map contours to voxel indices; keep those parallel to the slices, and remark on the others."""
    index = grid.to_index(np.concatenate([one.points for one in contours]))
    starts = np.concatenate([[0], np.cumsum([len(one.points) for one in contours])]).astype(np.int64)
    lowest, highest = (ufunc.reduceat(index[:, 2], starts[:-1]) for ufunc in (np.minimum, np.maximum))
    # Mapping back leaves noise in the last digits; without it, a vertex on a voxel centre or edge is exactly there.
    points = index[:, :2] * _SNAP
    np.rint(points, out=points)
    points /= _SNAP
    placed = _Placed(points=points, starts=starts, depths=0.5 * (lowest + highest))
    parallel = highest - lowest <= ON_PLANE
    if parallel.all():
        return placed, []
    spread = float((highest - lowest).max() * grid.spacing[2])
    tilted = _count(int((~parallel).sum()), "closed contour")
    said = f"{tilted} not taken: not parallel to the image's slices (up to {spread:.1f} mm across)."
    if not parallel.any():
        raise InputError(f"{roi} does not fit this image: {said}", "Give the image that it was drawn on.")
    return placed.take(np.flatnonzero(parallel)), [said]


def _inside(roi: Roi, placed: _Placed, planes: NDArray[np.int64], grid: Geometry) -> NDArray[np.bool_]:
    """Tell which contours touch the image; none is an error that says where both lie."""
    slices, rows, columns = grid.shape
    size = np.array([columns, rows])
    touching = (placed.high >= -0.5) & (placed.low <= size - 0.5)
    within: NDArray[np.bool_] = (planes >= 0) & (planes < slices) & touching.all(axis=1)
    if not within.any():
        depths = np.repeat(placed.depths, np.diff(placed.starts))
        own = grid.to_world(np.column_stack([placed.points, depths]))
        raise InputError(
            f"{roi} lies outside the image: it reaches over {_box(own)}, the image over {_box(_outer_corners(grid))}.",
            "Give the image that it was drawn on.",
        )
    return within


def _outside_remarks(placed: _Placed, planes: NDArray[np.int64], inside: NDArray[np.bool_], grid: Geometry) -> list[str]:
    remarks = []
    lost = int((~inside).sum())
    if lost:
        positions = [_position_mm(grid, depth) for depth in placed.depths[~inside]]
        remarks.append(
            f"{lost} of {len(planes)} contours lie outside the image and are lost "
            f"(slice positions {min(positions):.2f} to {max(positions):.2f} mm)."
        )
    size = np.array([grid.shape[2], grid.shape[1]])
    beyond = np.maximum(-0.5 - placed.low[inside], placed.high[inside] - (size - 0.5)) * grid.spacing[:2]
    farthest = float(beyond.max())
    if farthest > 0.01:
        remarks.append(f"It reaches {farthest:.1f} mm over the image's edge; what lies beyond is lost.")
    return remarks


def _once(placed: _Placed, planes: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
    """Return contours without those that stand twice in the file: under the even-odd rule both would vanish."""
    seen: dict[tuple[int, bytes], int] = {}
    for one, (start, end) in enumerate(pairwise(placed.starts)):
        seen.setdefault((int(planes[one]), placed.points[start:end].tobytes()), one)
    doubled = len(planes) - len(seen)
    said = [f"Drawn twice and taken once: {_count(doubled, 'contour')}."] if doubled else []
    return np.array(list(seen.values()), dtype=np.int64), said


def _require_one_plane_per_slice(roi: Roi, placed: _Placed, planes: NDArray[np.int64], grid: Geometry) -> None:
    """Two planes on one slice would cancel each other under the even-odd rule."""
    first = np.flatnonzero(np.diff(planes, prepend=planes[0] - 1))
    spread = np.maximum.reduceat(placed.depths, first) - np.minimum.reduceat(placed.depths, first)
    if spread.max() > ON_PLANE:
        depths = np.unique(np.round(placed.depths, 3))
        step = float(np.median(np.diff(depths)) * grid.spacing[2])
        raise InputError(
            f"{roi} has contours of different planes ({step:.2f} mm apart) on one slice of the image, "
            f"whose slices are {grid.spacing[2]:.2f} mm apart.",
            "Give the image that it was drawn on; the mask can be resampled afterwards.",
        )


def _off_plane_remarks(placed: _Placed, planes: NDArray[np.int64], grid: Geometry) -> list[str]:
    off = np.abs(placed.depths - planes)
    told = (off > OFF_PLANE_TOLD) & (off * grid.spacing[2] > 0.01)
    if not told.any():
        return []
    farthest = float(off.max() * grid.spacing[2])
    return [
        f"{told.sum()} of {len(planes)} contours lie off their slice by up to {farthest:.2f} mm; the nearest one was taken."
    ]


def _filled(array: NDArray[np.bool_], covered: list[int], grid: Geometry) -> tuple[tuple[int, ...], list[str]]:
    gaps = contour_gaps.find_gaps(covered)
    if not gaps:
        return (), []
    before = int(np.count_nonzero(array))
    left = contour_gaps.fill_gaps(array, gaps, (float(grid.spacing[1]), float(grid.spacing[0])))
    filled = tuple(plane for gap in gaps if gap not in left for plane in gap.missing)
    said = []
    if filled:
        added = (int(np.count_nonzero(array)) - before) * grid.voxel_volume_ml
        said.append(
            f"Between contours, {_count(len(filled), 'slice')} filled by shape interpolation, which added {added:.2f} ml."
        )
    if left:
        said.append(f"Left empty: {_count(len(left), 'gap')} whose two outlines do not overlap enough to be joined.")
    return filled, said


def _position_mm(grid: Geometry, plane: float) -> float:
    """Return the position of a slice along its normal, counted towards the patient axis it is nearest to."""
    normal = np.cross(grid.direction[:, 0], grid.direction[:, 1])
    normal *= np.sign(normal[np.argmax(np.abs(normal))])
    return float((grid.origin + plane * grid.affine[:3, 2]) @ normal)


def _outer_corners(grid: Geometry) -> NDArray[np.float64]:
    last = np.array(grid.shape[::-1]) - 0.5
    return grid.to_world([[(-0.5, last[axis])[corner >> axis & 1] for axis in range(3)] for corner in range(8)])


def _box(points: NDArray[np.float64]) -> str:
    low, high = points.min(axis=0), points.max(axis=0)
    return ", ".join(f"{axis} {a:.1f} to {b:.1f}" for axis, a, b in zip("xyz", low, high, strict=True)) + " mm"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
