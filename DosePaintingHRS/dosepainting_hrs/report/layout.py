"""Where three slices stand on the page: one scale for all of them, so that lengths can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cuts import Cut

Place = tuple[float, float, float, float]
_AIR = -500.0


@dataclass(frozen=True)
class Window:
    """The part of a slice that is shown, mm from its left and upper edge.

    Parameters
    ----------
    left, top, width, height : float
        In mm on the slice.
    """

    left: float
    top: float
    width: float
    height: float


def windows(cuts: tuple[Cut, Cut, Cut], low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[Window, Window, Window]:
    """Return the windows that show a box of the grid, each on its slice.

    Parameters
    ----------
    cuts : tuple of Cut
        Axial, coronal and sagittal slice of one grid.
    low, high : array, (3,)
        First and last index (x, y, z) to show.
    """
    found = []
    for cut in cuts:
        shape, (width, height) = cut.geometry.shape[::-1], cut.pixel_mm
        first = low[cut.upright] if cut.normal == 2 else shape[cut.upright] - 1 - high[cut.upright]
        columns, rows = high[cut.across] - low[cut.across] + 1, high[cut.upright] - low[cut.upright] + 1
        found.append(
            Window(float(low[cut.across] * width), float(first * height), float(columns * width), float(rows * height))
        )
    return found[0], found[1], found[2]


def field_of_view(
    cuts: tuple[Cut, Cut, Cut], pixels: tuple[NDArray[np.float64], ...], *, margin_mm: float = 8.0, largest_mm: float = 240.0
) -> NDArray[np.float64]:
    """Return first and last index (x, y, z), (2, 3), of the part of a CT that is worth showing.

    Parameters
    ----------
    cuts : tuple of Cut
        Axial, coronal and sagittal slice through the point of interest.
    pixels : tuple of array, (rows, columns), HU
        The CT on them.
    margin_mm : float
        Air left round the patient, mm.
    largest_mm : float
        Longest edge of the part, mm; a longer one is cut round the point of interest.

    Notes
    -----
    The patient is the largest connected piece that is not air on each slice, so that couch and mask are left out.
    A CT that is air throughout is taken for patient throughout.
    """
    size = np.array([cuts[0].geometry.shape[2], cuts[0].geometry.shape[1], cuts[1].geometry.shape[0]], dtype=np.float64)
    low, high = size.copy(), np.full(3, -1.0)
    for cut, values in zip(cuts, pixels, strict=True):
        patient = _largest_piece((values if cut.normal == 2 else values[::-1]) > _AIR)
        for axis, along in ((cut.across, patient.any(axis=0)), (cut.upright, patient.any(axis=1))):
            taken = np.flatnonzero(along)
            if taken.size:
                low[axis], high[axis] = min(low[axis], taken[0]), max(high[axis], taken[-1])
    empty = high < low
    low, high = np.where(empty, 0.0, low), np.where(empty, size - 1.0, high)
    spacing = cuts[0].geometry.spacing
    margin = np.ceil(margin_mm / spacing)
    low, high = np.maximum(low - margin, 0.0), np.minimum(high + margin, size - 1.0)
    point = np.array([cuts[2].index, cuts[1].index, cuts[0].index], dtype=np.float64)
    length = np.minimum(high - low, np.floor(largest_mm / spacing))
    low = np.clip(point - np.floor(length / 2), low, high - length)
    return np.stack([low, low + length])


def _largest_piece(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    pieces, count = ndimage.label(inside)
    if count < 2:
        return inside
    return np.asarray(pieces == 1 + int(np.argmax(np.bincount(pieces.ravel())[1:])))


@dataclass(frozen=True)
class Page:
    """Places in shares of the page (left, bottom, width, height), as the drawing library takes them.

    Parameters
    ----------
    inches : tuple of float
        Width and height of the page.
    rows : int
        1 or 2.
    panels : tuple of tuple
        For each row, upper first, the places of the axial, coronal and sagittal panel.
    colour_bar : tuple of float
        Place of the colour bar, beside the lowest row.
    left, title_y, legend_y : float
        Where words begin, and the heights of title and legend.
    """

    inches: tuple[float, float]
    rows: int
    panels: tuple[tuple[Place, ...], ...]
    colour_bar: Place
    left: float
    title_y: float
    legend_y: float


def page_of(shown: tuple[Window, Window, Window], *, rows: int, width_inches: float = 10.0) -> Page:
    """Lay panels side by side at one scale, so that all show millimetres of one length.

    Parameters
    ----------
    shown : tuple of Window
        What the axial, coronal and sagittal panel show.
    rows : int
        1, or 2 when a map is drawn over the CT in a second row.
    width_inches : float
        Width of the page.
    """
    border, gap, head, title, legend, bar = 0.12, 0.1, 0.24, 0.42, 0.36, 0.8
    right = bar if rows == 2 else 0.0
    scale = (width_inches - 2 * border - 2 * gap - right) / sum(window.width for window in shown)
    tall = max(window.height for window in shown) * scale
    height = title + head + rows * tall + (rows - 1) * gap + legend
    panels = []
    for row in range(rows):
        top = height - title - head - row * (tall + gap)
        x, places = border, []
        for window in shown:
            wide, high = window.width * scale, window.height * scale
            places.append((x / width_inches, (top - high) / height, wide / width_inches, high / height))
            x += wide + gap
        panels.append(tuple(places))
    bar_place = (
        (width_inches - border - bar + 0.14) / width_inches,
        (legend + 0.08 * tall) / height,
        0.16 / width_inches,
        0.84 * tall / height,
    )
    return Page(
        inches=(width_inches, height),
        rows=rows,
        panels=tuple(panels),
        colour_bar=bar_place,
        left=border / width_inches,
        title_y=1.0 - title / 2 / height,
        legend_y=legend / 2 / height,
    )
