"""A plot as a picture: axes, lines, points, a joint histogram; free of Qt, MRML and matplotlib, which Slicer lacks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
BLUE, RED, GREEN, PINK, GREY = (0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (127, 127, 127)
"""Told apart by colour-blind eyes (Okabe and Ito)."""
_PAPER, _FRAME, _INK = (250, 250, 250), (200, 205, 212), (60, 64, 70)
_LOW, _MIDDLE, _HIGH = np.array([68.0, 1.0, 84.0]), np.array([33.0, 145.0, 140.0]), np.array([253.0, 231.0, 37.0])
_TICKS = 5


@dataclass(frozen=True)
class Text:
    """A text in a picture.

    Parameters
    ----------
    x, y : int
        Pixel of its left end and of its base line.
    text : str
        What is written.
    colour : tuple of int
        Its colour.
    """

    x: int
    y: int
    text: str
    colour: Colour = _INK


@dataclass(eq=False)
class Plot:
    """A picture with two axes, drawn on bit by bit.

    Parameters
    ----------
    across, upright : tuple of float
        Range of each axis.
    size : tuple of int
        Width and height, pixels.
    right : tuple of float or None
        Range of a second upright axis, at the right.
    """

    across: tuple[float, float]
    upright: tuple[float, float]
    size: tuple[int, int] = (290, 210)
    right: tuple[float, float] | None = None
    texts: list[Text] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.across, self.upright = _wide(self.across), _wide(self.upright)
        self.right = None if self.right is None else _wide(self.right)
        width, height = self.size
        self.pixels: NDArray[np.uint8] = np.empty((height, width, 3), dtype=np.uint8)
        self.pixels[:] = _PAPER
        left, top, end, bottom = self.frame
        self.pixels[[top, bottom], left : end + 1] = _FRAME
        self.pixels[top : bottom + 1, [left, end]] = _FRAME
        for value in ticks(*self.across):
            x = round(self.place_of(value, self.upright[0])[0])
            self.pixels[bottom : bottom + 4, x] = _INK
            self.texts.append(Text(x - 3 * len(shown(value)), bottom + 15, shown(value)))
        for value in ticks(*self.upright):
            y = round(self.place_of(self.across[0], value)[1])
            self.pixels[y, left - 3 : left + 1] = _INK
            self.texts.append(Text(2, y + 4, shown(value)))
        for value in ticks(*self.right) if self.right is not None else ():
            y = round(self.place_of(self.across[0], value, right=True)[1])
            self.pixels[y, end : end + 4] = _INK
            self.texts.append(Text(end + 5, y + 4, shown(value)))

    @property
    def frame(self) -> tuple[int, int, int, int]:
        """First and last pixel of what is drawn on: left, top, right, bottom."""
        width, height = self.size
        return 46, 8, width - (42 if self.right is not None else 10), height - 22

    def place_of(self, across: float, upright: float, *, right: bool = False) -> tuple[float, float]:
        """Return the pixel (from the left, from above) of a point."""
        left, top, end, bottom = self.frame
        low, high = self.right if right and self.right is not None else self.upright
        x = left + (across - self.across[0]) / (self.across[1] - self.across[0]) * (end - left)
        return x, bottom - (upright - low) / (high - low) * (bottom - top)

    def values_at(self, x: float, y: float) -> tuple[float, float]:
        """Return the values of both axes at a pixel, no farther than the ends of the axes."""
        left, top, end, bottom = self.frame
        share_x, share_y = np.clip([(x - left) / (end - left), (bottom - y) / (bottom - top)], 0.0, 1.0).tolist()
        (a, b), (c, d) = self.across, self.upright
        return a + share_x * (b - a), c + share_y * (d - c)

    def line(self, across: Sequence[float], upright: Sequence[float], colour: Colour, *, right: bool = False) -> None:
        """Draw a line through points, cut off at the frame; it breaks where a value is not a number."""
        left, top, end, bottom = self.frame
        places = [self.place_of(a, b, right=right) for a, b in zip(across, upright, strict=True)]
        for (x0, y0), (x1, y1) in pairwise(places):
            if not all(map(math.isfinite, (x0, y0, x1, y1))):
                continue
            steps = max(2, 2 * round(max(abs(x1 - x0), abs(y1 - y0))))
            for share in np.linspace(0.0, 1.0, steps).tolist():
                x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
                if left <= x <= end and top <= y <= bottom:
                    self.pixels[round(y) - 1 : round(y) + 1, round(x) : round(x) + 2] = colour

    def points(
        self, across: Sequence[float], upright: Sequence[float], colour: Colour, *, right: bool = False, radius: int = 3
    ) -> None:
        """Draw points; those whose value is not a number are left out."""
        for a, b in zip(across, upright, strict=True):
            x, y = self.place_of(a, b, right=right)
            if math.isfinite(x) and math.isfinite(y):
                self._dot(x, y, radius, colour)

    def mark(self, across: float, colour: Colour, text: str = "") -> None:
        """Draw a dashed upright line, with a text at its head."""
        left, top, end, bottom = self.frame
        x = round(self.place_of(across, self.upright[0])[0])
        for y in range(top, bottom, 6):
            self.pixels[y : y + 3, x] = colour
        wide = 7 * len(text)
        if text:
            self.texts.append(Text(x + 4 if x + 4 + wide < end else max(left + 2, x - 4 - wide), top + 12, text, colour))

    def cross(self, across: float, upright: float, colour: Colour) -> None:
        """Draw a cross at a point."""
        x, y = (round(one) for one in self.place_of(across, upright))
        for reach in range(-7, 8):
            self._dot(x + reach, y, 1, colour)
            self._dot(x, y + reach, 1, colour)

    def box(self, first: tuple[float, float], second: tuple[float, float], colour: Colour) -> None:
        """Draw the outline of a rectangle between two corners."""
        (a, b), (c, d) = first, second
        for ends in (((a, b), (c, b)), ((c, b), (c, d)), ((c, d), (a, d)), ((a, d), (a, b))):
            self.line([one[0] for one in ends], [one[1] for one in ends], colour)

    def heat(self, edges: tuple[NDArray[np.float64], NDArray[np.float64]], counts: NDArray[np.int64]) -> None:
        """Fill bins (across, upright) in the colour of the logarithm of their counts; empty ones stay paper."""
        highest = math.log1p(float(counts.max(initial=0))) or 1.0
        for row, column in zip(*np.nonzero(counts), strict=True):
            share = math.log1p(float(counts[row, column])) / highest
            self._fill(edges, int(row), int(column), _mixed(share))

    def bins(self, edges: tuple[NDArray[np.float64], NDArray[np.float64]], counts: NDArray[np.int64], colour: Colour) -> None:
        """Fill bins that are not empty in one colour."""
        for row, column in zip(*np.nonzero(counts), strict=True):
            self._fill(edges, int(row), int(column), colour)

    def _fill(
        self, edges: tuple[NDArray[np.float64], NDArray[np.float64]], row: int, column: int, colour: Sequence[int]
    ) -> None:
        x0, y1 = self.place_of(float(edges[0][row]), float(edges[1][column]))
        x1, y0 = self.place_of(float(edges[0][row + 1]), float(edges[1][column + 1]))
        across = slice(round(x0), max(round(x1), round(x0) + 1))
        self.pixels[round(y0) : max(round(y1), round(y0) + 1), across] = colour

    def _dot(self, x: float, y: float, radius: int, colour: Colour) -> None:
        row, column, reach = round(y), round(x), radius - 1
        self.pixels[max(row - reach, 0) : max(row + radius, 0), max(column - reach, 0) : max(column + radius, 0)] = colour


def ticks(low: float, high: float) -> list[float]:
    """Return up to six round values between two, evenly spread."""
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1.0, 2.0, 2.5, 5.0, 10.0) if one * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def shown(value: float) -> str:
    """Return a value as it stands at an axis: in at most six characters where that can be."""
    text = f"{0.0 if abs(value) < 1e-12 else value:.4g}"
    return text if len(text) <= 6 else f"{value:.1e}".replace("e+0", "e").replace("e-0", "e-")


def _wide(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _mixed(share: float) -> list[int]:
    mixed = _LOW + (_MIDDLE - _LOW) * 2 * share if share < 0.5 else _MIDDLE + (_HIGH - _MIDDLE) * (2 * share - 1)
    return [round(one) for one in mixed.tolist()]
