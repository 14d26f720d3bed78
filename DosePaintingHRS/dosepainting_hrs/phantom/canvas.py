"""One axial slice of the synthetic patient, and the simple solids that are painted into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tissues import Tissue

Float = NDArray[np.float32]
BOTH = (1, -1)
ONE = (1,)
# Largest shift of the anatomical warp plus one coarse pixel, so that a solid is never cut by its bounding box.
_MARGIN_MM = 7.0


@dataclass(eq=False)
class Canvas:
    """A slice to paint on; later paint covers earlier paint.

    Parameters
    ----------
    columns, rows : array, (x,) and (y,)
        LPS x of every column and y of every row, mm.
    x, y : array, (y, x)
        Anatomical coordinates of every pixel: LPS mm after the patient's own warp.
    z : float
        LPS z of the slice, mm.
    labels : array, (y, x)
        `Tissue` of every pixel.
    inside : bool array, (y, x)
        Where anatomy may be painted: within the skin.
    """

    columns: Float
    rows: Float
    x: Float
    y: Float
    z: float
    labels: NDArray[np.uint8]
    inside: NDArray[np.bool_]

    def ellipse(
        self,
        tissue: Tissue,
        centre: tuple[float, float],
        radii: tuple[float, float],
        *,
        power: float = 2.0,
        tilt: float = 0.0,
        sides: tuple[int, ...] = ONE,
        over: Sequence[Tissue] = (),
    ) -> None:
        """Paint a (super-)ellipse.

        Parameters
        ----------
        tissue : Tissue
            What to paint.
        centre, radii : tuple of float
            x and y, mm; radii of zero or less paint nothing.
        power : float
            2 is an ellipse, larger is boxier.
        tilt : float
            Rotation about z, degrees; the mirrored side is turned the other way.
        sides : tuple of int
            1 as given, -1 mirrored in x; ``BOTH`` for paired organs.
        over : sequence of Tissue
            Paint only over these; over everything when empty.
        """
        if min(radii) <= 0:
            return
        for side in sides:
            cx, cy = side * centre[0], centre[1]
            box = self.box(cx, cy, max(radii) if tilt else radii[0], max(radii) if tilt else radii[1])
            dx, dy = self.x[box] - np.float32(cx), self.y[box] - np.float32(cy)
            if tilt:
                c, s = np.float32(np.cos(np.radians(side * tilt))), np.float32(np.sin(np.radians(side * tilt)))
                dx, dy = c * dx + s * dy, c * dy - s * dx
            dx, dy = dx / np.float32(radii[0]), dy / np.float32(radii[1])
            reach = dx * dx + dy * dy if power == 2.0 else np.abs(dx) ** np.float32(power) + np.abs(dy) ** np.float32(power)
            self.fill(tissue, reach < 1.0, box, over)

    def ellipsoid(
        self,
        tissue: Tissue,
        centre: tuple[float, float, float],
        radii: tuple[float, float, float],
        *,
        power: float = 2.0,
        tilt: float = 0.0,
        sides: tuple[int, ...] = ONE,
        over: Sequence[Tissue] = (),
    ) -> None:
        """Paint this slice's cut of an ellipsoid with its axes along x, y (turned by `tilt`) and z."""
        height = abs(self.z - centre[2]) / radii[2] if radii[2] > 0 else 1.0
        if height >= 1.0:
            return
        shrink = float((1.0 - height**power) ** (1.0 / power))
        cut = (radii[0] * shrink, radii[1] * shrink)
        self.ellipse(tissue, centre[:2], cut, power=power, tilt=tilt, sides=sides, over=over)

    def tube(
        self,
        tissue: Tissue,
        path: Sequence[Sequence[float]],
        *,
        power: float = 2.0,
        tilt: float = 0.0,
        sides: tuple[int, ...] = ONE,
        over: Sequence[Tissue] = (),
        thinner: float = 0.0,
    ) -> None:
        """Paint this slice's cut of a tube given by rows (z, x, y, radius x, radius y), z rising, straight between rows."""
        knots = np.asarray(path, dtype=np.float64)
        if not knots[0, 0] <= self.z <= knots[-1, 0]:
            return
        cx, cy, rx, ry = (float(np.interp(self.z, knots[:, 0], knots[:, column])) for column in range(1, 5))
        radii = (rx - thinner, ry - thinner)
        self.ellipse(tissue, (cx, cy), radii, power=power, tilt=tilt, sides=sides, over=over)

    def capsule(
        self,
        tissue: Tissue,
        start: tuple[float, float, float],
        stop: tuple[float, float, float],
        radius: float,
        *,
        sides: tuple[int, ...] = ONE,
        over: Sequence[Tissue] = (),
    ) -> None:
        """Paint this slice's cut of a rod with round ends."""
        if radius <= 0 or not min(start[2], stop[2]) - radius < self.z < max(start[2], stop[2]) + radius:
            return
        for side in sides:
            a = np.array([side * start[0], start[1], start[2]])
            d = np.array([side * stop[0], stop[1], stop[2]]) - a
            middle, reach = a + d / 2, np.abs(d) / 2 + radius
            box = self.box(middle[0], middle[1], reach[0], reach[1])
            px, py, pz = self.x[box] - np.float32(a[0]), self.y[box] - np.float32(a[1]), np.float32(self.z - a[2])
            along = np.clip((px * d[0] + py * d[1] + pz * d[2]) / float(d @ d), 0.0, 1.0)
            distance2 = (px - along * d[0]) ** 2 + (py - along * d[1]) ** 2 + (pz - along * d[2]) ** 2
            self.fill(tissue, distance2 < radius**2, box, over)

    def fill(self, tissue: Tissue, where: NDArray[np.bool_], box: tuple[slice, slice], over: Sequence[Tissue] = ()) -> None:
        """Paint the pixels of a box that are chosen and lie within the skin."""
        target = self.labels[box]
        chosen = where & self.inside[box]
        if over:
            chosen &= np.isin(target, [int(one) for one in over])
        target[chosen] = tissue

    def box(self, cx: float, cy: float, half_x: float, half_y: float) -> tuple[slice, slice]:
        """Return the rows and columns within a distance of a point, with room for the warp."""
        half_x, half_y = half_x + _MARGIN_MM, half_y + _MARGIN_MM
        first_row, last_row = np.searchsorted(self.rows, (cy - half_y, cy + half_y))
        first_column, last_column = np.searchsorted(self.columns, (cx - half_x, cx + half_x))
        return slice(int(first_row), int(last_row)), slice(int(first_column), int(last_column))
