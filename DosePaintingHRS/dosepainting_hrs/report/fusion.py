"""Two images on one grid to look at: checkerboard, blend, difference and outlines, in three planes."""

from __future__ import annotations

from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..parameters import nearest
from .edges import edges

Float = NDArray[np.float64]
View = Literal["checkerboard", "blend", "difference", "outline"]
VIEWS = ("checkerboard", "blend", "difference", "outline")
FIELDS = 8
"""Fields of a checkerboard along the longer side."""
EDGE_COLOUR = (1.0, 0.8, 0.1)
"""Yellow, in which outlines are drawn."""
Grey = TypeVar("Grey", bound=np.generic)


def fused(
    first: Float,
    second: Float,
    view: str,
    *,
    share: float = 0.5,
    pixel_mm: tuple[float, float] = (1.0, 1.0),
    field_mm: float | None = None,
) -> Float:
    """Return two slices as one picture, (rows, columns, 3), 0 to 1.

    Parameters
    ----------
    first, second : array, (rows, columns)
        Values from 0 to 1; NaN where an image has none.
    view : str
        One of `VIEWS`. A checkerboard takes its fields in turn, the first one's at the upper left; a blend shows the first
        in green and the second in magenta, so that what agrees is grey; a difference is grey where both are equally bright;
        an outline draws the edges of the second over the first. Where the second has no values the first is shown alone, in
        a blend in green; a difference is black there.
    share : float
        Share of the second in a blend.
    pixel_mm : tuple of float
        Width and height of a place, mm: the fields of a checkerboard are squares to the eye.
    field_mm : float or None
        Edge of a field of the checkerboard, mm; None for `FIELDS` along the longer side.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    _require_view(view)
    ends = np.isnan(second)
    one, other = np.nan_to_num(first), np.nan_to_num(second)
    if view == "checkerboard":
        return _in_grey(np.where(_first_fields(one.shape, pixel_mm[::-1], field_mm) | ends, one, other))
    if view == "blend":
        mine, theirs = np.where(ends, one, 2.0 * (1.0 - share) * one), 2.0 * share * other
        return np.asarray(np.clip(np.stack([theirs, mine, theirs], axis=-1), 0.0, 1.0), dtype=np.float64)
    if view == "difference":
        return _in_grey(np.where(ends, 0.0, np.clip(0.5 + 0.5 * (one - other), 0.0, 1.0)))
    picture = _in_grey(one)
    picture[edges(second, pixel_mm)] = EDGE_COLOUR
    return picture


def fused_volume(first: Float, second: Float, view: str) -> NDArray[np.uint8]:
    """Return two volumes as one picture for views along all three axes, (z, y, x, 3), 0 to 255.

    Parameters
    ----------
    first, second : array, (z, y, x)
        Values from 0 to 1; NaN where an image has none.
    view : str
        One of `VIEWS`, as in `fused`; the fields of a checkerboard are cubes, and outlines are taken in space.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    _require_view(view)
    one, other = np.nan_to_num(first), np.nan_to_num(second)
    if view == "blend":
        return np.stack([_byte(other), _byte(one), _byte(other)], axis=-1)
    if view == "checkerboard":
        grey = np.where(_first_fields(one.shape, (1.0, 1.0, 1.0)), one, other)
    elif view == "difference":
        grey = 0.5 + 0.5 * (one - other)
    else:
        grey = one
    picture = _in_grey(_byte(grey))
    if view == "outline":
        slope = np.zeros_like(other)
        for axis in range(3):
            # Half of what np.gradient does, so that the picture follows a slider; where the image ends there is no edge.
            step = np.nan_to_num(np.abs(np.diff(second, axis=axis)))
            np.maximum(slope[_without_last(axis)], step, out=slope[_without_last(axis)])
        edge = (slope > 0.0) & (slope >= np.quantile(slope.ravel()[:: max(1, slope.size // 20_000)], 0.95))
        picture[edge] = (255, 204, 26)
    return picture


def _require_view(view: str) -> None:
    if view not in VIEWS:
        raise ParameterError(f'There is no view "{view}".', nearest(view, VIEWS))


def _first_fields(shape: tuple[int, ...], edges_mm: tuple[float, ...], field_mm: float | None = None) -> NDArray[np.bool_]:
    """Return which places of a checkerboard of squares or cubes show the first image; each place has edges of some length."""
    longest = max(count * edge for count, edge in zip(shape, edges_mm, strict=True))
    size = np.ceil(longest / FIELDS) if field_mm is None else field_mm
    counts = [max(1, round(float(size) / edge)) for edge in edges_mm]
    places = np.ogrid[tuple(slice(0, length) for length in shape)]
    fields = sum(place // count for place, count in zip(places, counts, strict=True))
    return np.asarray(fields % 2 == 0)


def _in_grey(values: NDArray[Grey]) -> NDArray[Grey]:
    return np.repeat(values[..., None], 3, axis=-1)


def _without_last(axis: int) -> tuple[slice, ...]:
    return tuple(slice(None, -1) if one == axis else slice(None) for one in range(3))


def _byte(values: Float) -> NDArray[np.uint8]:
    return (np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
