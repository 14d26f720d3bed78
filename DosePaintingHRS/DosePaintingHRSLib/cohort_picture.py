"""The parameter space as a picture that can be clicked: points in the colour of their score; free of Qt and MRML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MARGIN = 14
_LOW, _HIGH = np.array([68.0, 1.0, 84.0]), np.array([253.0, 231.0, 37.0])
_MIDDLE = np.array([33.0, 145.0, 140.0])
_BACKGROUND, _FRAME, _BEST, _HERE = (250, 250, 250), (200, 205, 212), (178, 51, 75), (20, 90, 200)


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
    """

    across: NDArray[np.float64]
    upright: NDArray[np.float64]
    scores: NDArray[np.float64]
    size: tuple[int, int] = (320, 260)

    def place_of(self, across: float, upright: float) -> tuple[float, float]:
        """Return the pixel (from the left, from above) of a point; it may lie outside of the picture."""
        width, height = self.size
        x = _MARGIN + _share(across, self.across) * (width - 2 * _MARGIN)
        y = height - _MARGIN - _share(upright, self.upright) * (height - 2 * _MARGIN)
        return x, y

    def nearest(self, x: float, y: float) -> int:
        """Return the centre whose point lies nearest to a pixel."""
        places = [self.place_of(a, b) for a, b in zip(self.across, self.upright, strict=True)]
        away = [(px - x) ** 2 + (py - y) ** 2 for px, py in places]
        return int(np.argmin(away))

    def pixels(self, chosen: int | None = None, here: tuple[float, float] | None = None) -> NDArray[np.uint8]:
        """Return the picture, (height, width, 3), row 0 above.

        Parameters
        ----------
        chosen : int or None
            Centre to mark with a ring.
        here : tuple of float or None
            A point to mark with a cross: the values at the crosshair of the slice views.
        """
        width, height = self.size
        image = np.empty((height, width, 3), dtype=np.uint8)
        image[:] = _BACKGROUND
        image[[_MARGIN // 2, -_MARGIN // 2], _MARGIN // 2 : -_MARGIN // 2] = _FRAME
        image[_MARGIN // 2 : -_MARGIN // 2, [_MARGIN // 2, -_MARGIN // 2]] = _FRAME
        known = np.where(np.isfinite(self.scores), self.scores, -np.inf)
        for centre in np.argsort(known, kind="stable"):
            x, y = self.place_of(self.across[centre], self.upright[centre])
            _dot(image, x, y, 2, self._colour(self.scores[centre]))
        if chosen is not None:
            _ring(image, *self.place_of(self.across[chosen], self.upright[chosen]), _BEST)
        if here is not None:
            _cross(image, *self.place_of(*here), _HERE)
        return image

    def _colour(self, score: float) -> Sequence[int]:
        if not np.isfinite(score):
            return _FRAME
        share = _share(score, self.scores)
        mixed = _LOW + (_MIDDLE - _LOW) * 2 * share if share < 0.5 else _MIDDLE + (_HIGH - _MIDDLE) * (2 * share - 1)
        return [round(one) for one in mixed.tolist()]


def _share(value: float, values: NDArray[np.float64]) -> float:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (value - low) / (high - low) if high > low else 0.5


def _dot(image: NDArray[np.uint8], x: float, y: float, radius: int, colour: Sequence[int]) -> None:
    row, column = round(y), round(x)
    image[max(row - radius + 1, 0) : max(row + radius, 0), max(column - radius + 1, 0) : max(column + radius, 0)] = colour


def _ring(image: NDArray[np.uint8], x: float, y: float, colour: Sequence[int]) -> None:
    rows, columns = np.indices(image.shape[:2])
    away = np.hypot(rows - y, columns - x)
    image[(away > 5.5) & (away < 8.0)] = colour


def _cross(image: NDArray[np.uint8], x: float, y: float, colour: Sequence[int]) -> None:
    rows, columns = np.indices(image.shape[:2])
    down, over = np.abs(rows - y), np.abs(columns - x)
    image[((down < 1.0) & (over < 8.0)) | ((over < 1.0) & (down < 8.0))] = colour
