"""The parameter space as a picture that can be clicked: points in the colour of their score; free of Qt and MRML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .plot_picture import Plot, Text

_BEYOND = 0.04
"""Share of the range of the points that an axis goes beyond them."""
_LOW, _HIGH = np.array([68.0, 1.0, 84.0]), np.array([253.0, 231.0, 37.0])
_MIDDLE = np.array([33.0, 145.0, 140.0])
_NONE, _BEST, _HERE = (200, 205, 212), (178, 51, 75), (20, 90, 200)


@dataclass(frozen=True, eq=False)
class SpacePicture:
    """Centres of a scan over two maps, or over one map and the score.

    Parameters
    ----------
    across, upright : array of float64, (c,)
        Where each centre lies.
    scores : array of float64, (c,)
        Its score; not a number when it has none.
    size : tuple of int
        Width and height, pixels.
    titles : tuple of str
        What stands at the axes: name and unit.
    """

    across: NDArray[np.float64]
    upright: NDArray[np.float64]
    scores: NDArray[np.float64]
    size: tuple[int, int] = (320, 280)
    titles: tuple[str, str] = ("", "")

    def place_of(self, across: float, upright: float) -> tuple[float, float]:
        """Return the pixel (from the left, from above) of a point; it may lie outside of the picture."""
        return self._plot.place_of(across, upright)

    def nearest(self, x: float, y: float) -> int:
        """Return the centre whose point lies nearest to a pixel; one that has no place is never taken."""
        columns, rows = self._places
        away = (columns - x) ** 2 + (rows - y) ** 2
        return int(np.argmin(np.where(np.isfinite(away), away, np.inf)))

    @property
    def texts(self) -> tuple[Text, ...]:
        """What is written in the picture: values and titles of the axes."""
        left, top, end, bottom = self._plot.frame
        across, upright = self.titles
        return (
            *self._plot.texts,
            Text(left + 4, top + 12, upright),
            Text(max(end - 4 - 7 * len(across), left), bottom - 5, across),
        )

    def pixels(self, chosen: int | None = None, here: tuple[float, float | None] | None = None) -> NDArray[np.uint8]:
        """Return the picture, (height, width, 3), row 0 above.

        Parameters
        ----------
        chosen : int or None
            Centre to mark with a ring.
        here : tuple of float or None
            A point to mark with a cross: the values at the crosshair of the slice views; a line where only the first is known,
            as a voxel has no score.
        """
        image = self._points.copy()
        if chosen is not None:
            _ring(image, *self.place_of(self.across[chosen], self.upright[chosen]), _BEST)
        if here is not None and here[1] is not None:
            _cross(image, *self.place_of(here[0], here[1]), _HERE)
        elif here is not None:
            left, top, end, bottom = self._plot.frame
            x = round(self.place_of(here[0], 0.0)[0])
            if left <= x <= end:
                image[top : bottom + 1, x] = _HERE
        return image

    @cached_property
    def _plot(self) -> Plot:
        return Plot(across=_range(self.across), upright=_range(self.upright), size=self.size)

    @cached_property
    def _places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._plot.place_of(self.across, self.upright)

    @cached_property
    def _points(self) -> NDArray[np.uint8]:
        """Frame and points, the highest scores on top; drawn once, as the mouse over a slice view marks them many times."""
        image = self._plot.pixels.copy()
        x, y = self._places
        colours = self._colours()
        order = np.argsort(np.where(np.isfinite(self.scores), self.scores, -np.inf), kind="stable")
        for centre in order[np.isfinite(x + y)[order]]:
            row, column = round(y[centre]), round(x[centre])
            image[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = colours[centre]
        return image

    def _colours(self) -> NDArray[np.uint8]:
        known = self.scores[np.isfinite(self.scores)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        share = (self.scores - low) / (high - low) if high > low else np.where(np.isfinite(self.scores), 0.5, np.nan)
        share = np.asarray(share)[:, None]
        mixed = np.where(share < 0.5, _LOW + (_MIDDLE - _LOW) * 2 * share, _MIDDLE + (_HIGH - _MIDDLE) * (2 * share - 1))
        return np.where(np.isfinite(share), np.rint(np.nan_to_num(mixed)), np.array(_NONE)).astype(np.uint8)


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of an axis, a little beyond the values that are numbers."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    beyond = _BEYOND * (high - low)
    return low - beyond, high + beyond


def _ring(image: NDArray[np.uint8], x: float, y: float, colour: Sequence[int]) -> None:
    rows, columns = np.indices(image.shape[:2])
    away = np.hypot(rows - y, columns - x)
    image[(away > 5.5) & (away < 8.0)] = colour


def _cross(image: NDArray[np.uint8], x: float, y: float, colour: Sequence[int]) -> None:
    rows, columns = np.indices(image.shape[:2])
    down, over = np.abs(rows - y), np.abs(columns - x)
    image[((down < 1.0) & (over < 8.0)) | ((over < 1.0) & (down < 8.0))] = colour
