"""The field of values that slices make in the patient, however they are stacked: oblique, tilted, unevenly spaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from ..geometry import Array, Geometry, StoredGrid
from .values import numbers

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class SliceField:
    """Parallel slices in order along their normal.

    Parameters
    ----------
    values : array, (slice, row, column)
        HU.
    row, column : array, (3,)
        Unit vectors along a row and down a column, LPS.
    pixel_mm : tuple of two float
        Distance between columns and between rows.
    positions : array, (slice, 3)
        Centre of the first voxel of each slice, LPS mm.
    thickness_mm : float
        Height of the only slice, where there is one.
    """

    values: Array
    row: Vector
    column: Vector
    pixel_mm: tuple[float, float]
    positions: NDArray[np.float64]
    thickness_mm: float

    @classmethod
    def of(cls, headers: Sequence[Dataset], values: Array) -> SliceField:
        """Lay out slices by their headers.

        Parameters
        ----------
        headers : sequence of Dataset
            In order along the normal, all of one orientation and pixel spacing.
        values : array, (slice, row, column)
            HU, in the same order.
        """
        cosines = np.array(numbers(headers[0], "ImageOrientationPatient"))
        between_rows, between_columns = numbers(headers[0], "PixelSpacing")
        return cls(
            values=values,
            row=cosines[:3] / np.linalg.norm(cosines[:3]),
            column=cosines[3:] / np.linalg.norm(cosines[3:]),
            pixel_mm=(between_columns, between_rows),
            positions=np.array([numbers(header, "ImagePositionPatient") for header in headers]),
            thickness_mm=(numbers(headers[0], "SliceThickness") or (1.0,))[0],
        )

    @property
    def normal(self) -> Vector:
        """Unit vector along which the slices are sorted."""
        normal: Vector = np.cross(self.row, self.column)
        return normal

    @property
    def places(self) -> Vector:
        """Place of each slice along the normal, mm, rising."""
        places: Vector = self.positions @ self.normal
        return places

    def axial_grid(self) -> Geometry:
        """Return the axial grid that holds the outer faces of all slices.

        Notes
        -----
        Each axis takes the spacing of the slices' axis nearest to it, both in-plane ones the smaller of the two; uneven
        slices count with their smallest step, but not below a pixel's edge.
        """
        steps = np.diff(self.places)
        step = max(float(steps.min()), min(self.pixel_mm)) if len(steps) else self.thickness_mm
        affine = np.eye(4)
        affine[:3, :3] = np.column_stack([self.row * self.pixel_mm[0], self.column * self.pixel_mm[1], self.normal * step])
        nearest = StoredGrid.of(Geometry((1, 1, 1), affine)).canonical().spacing
        spacing = np.array([min(nearest[:2]), min(nearest[:2]), nearest[2]])
        faces = self._faces()
        low, high = faces.min(axis=0), faces.max(axis=0)
        counts = np.ceil((high - low) / spacing - 1e-6).astype(int)
        origin = (low + high) / 2.0 - spacing * (counts - 1) / 2.0
        return Geometry.from_parts((int(counts[2]), int(counts[1]), int(counts[0])), spacing, origin)

    def at(self, points: NDArray[np.float64], outside: float) -> NDArray[np.float64]:
        """Interpolate linearly.

        Parameters
        ----------
        points : array, (..., 3)
            LPS mm.
        outside : float
            Value beyond the outer faces.

        Notes
        -----
        A point takes its value from the two slices it lies between, each where the normal through the point meets it, so
        a shift of the slices against each other (a tilted gantry) is heeded. Between the outermost voxels' centres and
        their faces the outermost value goes on.
        """
        places = self.places
        along = points @ self.normal
        before, after = self._ends()
        within = (along >= places[0] - before) & (along <= places[-1] + after)
        lower = np.clip(np.searchsorted(places, along, side="right") - 1, 0, max(len(places) - 2, 0))
        upper = np.minimum(lower + 1, len(places) - 1)
        step = np.where(upper > lower, places[upper] - places[lower], 1.0)
        weight = np.clip((along - places[lower]) / step, 0.0, 1.0)
        mixed = (1.0 - weight) * self._in_slice(points, lower, outside) + weight * self._in_slice(points, upper, outside)
        return np.where(within, mixed, outside)

    def touched_by(self, points: NDArray[np.float64]) -> range:
        """Return the indices of the slices from which points between and at these take their values."""
        along = points @ self.normal
        last = len(self.positions) - 1
        first = int(np.searchsorted(self.places, along.min() + 1e-3, side="right")) - 1
        end = int(np.searchsorted(self.places, along.max() - 1e-3, side="left"))
        return range(min(max(first, 0), last), min(max(end, 0), last) + 1)

    def _in_slice(self, points: NDArray[np.float64], index: NDArray[np.intp], outside: float) -> NDArray[np.float64]:
        from scipy import ndimage  # noqa: PLC0415  (slow to import)

        offset = points - self.positions[index]
        x, y = offset @ self.row / self.pixel_mm[0], offset @ self.column / self.pixel_mm[1]
        _, height, width = self.values.shape
        within = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
        at = [index[within].astype(np.float64), np.clip(y[within], 0, height - 1), np.clip(x[within], 0, width - 1)]
        found = np.full(x.shape, outside, dtype=np.float64)
        found[within] = ndimage.map_coordinates(self.values, at, output=np.float64, order=1, mode="nearest")
        return found

    def _ends(self) -> tuple[float, float]:
        """Return how far the first and the last slice reach beyond their middle, mm."""
        steps = np.diff(self.places)
        return (float(steps[0]) / 2, float(steps[-1]) / 2) if len(steps) else (self.thickness_mm / 2,) * 2

    def _faces(self) -> NDArray[np.float64]:
        _, height, width = self.values.shape
        corners = [
            x * self.pixel_mm[0] * self.row + y * self.pixel_mm[1] * self.column
            for y in (-0.5, height - 0.5)
            for x in (-0.5, width - 0.5)
        ]
        before, after = self._ends()
        ends = np.concatenate(
            [
                self.positions,
                [self.positions[0] - before * self.normal],
                [self.positions[-1] + after * self.normal],
            ]
        )
        faces: NDArray[np.float64] = (ends[:, None, :] + np.array(corners)[None, :, :]).reshape(-1, 3)
        return faces
