"""Two images on one grid to look at: checkerboard, blend, difference and outlines, in three planes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import DependencyError, GeometryError, ParameterError
from ..image import Image, Mask
from ..parameters import nearest
from ..storage.atomic import new_file

Float = NDArray[np.float64]
View = Literal["checkerboard", "blend", "difference", "outline"]
VIEWS = ("checkerboard", "blend", "difference", "outline")
FIELDS = 8
"""Fields of a checkerboard along the longer side."""
_WINDOW = (1.0, 99.0)
Grey = TypeVar("Grey", bound=np.generic)


def fused(first: Float, second: Float, view: str, *, share: float = 0.5, aspect: float = 1.0) -> Float:
    """Return two slices as one picture, (rows, columns, 3), 0 to 1.

    Parameters
    ----------
    first, second : array, (rows, columns)
        Values from 0 to 1; NaN where an image has none.
    view : str
        One of `VIEWS`. A checkerboard takes its fields in turn; a blend shows the first in green and the second in magenta,
        so that what agrees is grey; a difference is grey where both are equally bright; an outline draws the edges of the
        second over the first.
    share : float
        Share of the second in a blend.
    aspect : float
        Height of a place over its width, as it is shown: the fields of a checkerboard are squares to the eye.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    _require_view(view)
    one, other = np.nan_to_num(first), np.nan_to_num(second)
    if view == "checkerboard":
        return _in_grey(np.where(_first_fields(one.shape, (aspect, 1.0)), one, other))
    if view == "blend":
        mine, theirs = 2.0 * (1.0 - share) * one, 2.0 * share * other
        return np.clip(np.stack([theirs, mine, theirs], axis=-1), 0.0, 1.0)
    if view == "difference":
        return _in_grey(np.clip(0.5 + 0.5 * (one - other), 0.0, 1.0))
    picture = _in_grey(one)
    slope = np.hypot(*np.gradient(other))
    picture[(slope > 0.0) & (slope >= np.quantile(slope, 0.93))] = (1.0, 0.8, 0.1)
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


def _first_fields(shape: tuple[int, ...], edges: tuple[float, ...]) -> NDArray[np.bool_]:
    """Return which places of a checkerboard of squares or cubes show the first image; each place has edges of some length."""
    size = np.ceil(max(count * edge for count, edge in zip(shape, edges, strict=True)) / FIELDS)
    counts = [max(1, round(float(size) / edge)) for edge in edges]
    places = np.ogrid[tuple(slice(0, length) for length in shape)]
    fields = sum(place // count for place, count in zip(places, counts, strict=True))
    return np.asarray(fields % 2 == 0)


def _in_grey(values: NDArray[Grey]) -> NDArray[Grey]:
    return np.repeat(values[..., None], 3, axis=-1)


def _without_last(axis: int) -> tuple[slice, ...]:
    return tuple(slice(None, -1) if one == axis else slice(None) for one in range(3))


def _byte(values: Float) -> NDArray[np.uint8]:
    return (np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)


def write_fusion(fixed: Image, moving: Image, region: Mask | None, view: str, path: Path, *, title: str) -> None:
    """Draw three planes through a region (the middle of the image without one) as a PNG.

    Parameters
    ----------
    fixed, moving : Image
        Two images on one grid.
    region : Mask or None
        On that grid.
    view : str
        One of `VIEWS`.
    path : Path
        New PNG file.
    title : str
        What is seen.

    Raises
    ------
    GeometryError
        If the two do not lie on one grid.
    DependencyError
        If matplotlib is not installed.
    """
    fixed.require_same_grid(moving, what=("The fixed image", "the moving image"))
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise DependencyError(
            "Pictures need matplotlib, which is not installed.", 'Install it with pip install "dosepainting-hrs[report]".'
        ) from error
    one, other = _shown(fixed), _shown(moving)
    middle = _middle(fixed, region)
    spacing = fixed.geometry.spacing
    figure = Figure(figsize=(12.0, 4.6))
    FigureCanvasAgg(figure)
    planes = (
        ("axial", one[middle[0]], other[middle[0]], spacing[1] / spacing[0]),
        ("coronal", one[::-1, middle[1]], other[::-1, middle[1]], spacing[2] / spacing[0]),
        ("sagittal", one[::-1, :, middle[2]], other[::-1, :, middle[2]], spacing[2] / spacing[1]),
    )
    for number, (name, mine, theirs, aspect) in enumerate(planes, 1):
        axes = figure.add_subplot(1, 3, number)
        axes.imshow(fused(mine, theirs, view, aspect=float(aspect)), aspect=float(aspect), interpolation="nearest")
        axes.set_title(name)
        axes.set_axis_off()
    figure.suptitle(f"{title} ({view}). Research software, not a medical device.")
    with new_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110)


def _shown(image: Image) -> Float:
    values = np.asarray(image.array, dtype=np.float64)
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise GeometryError("One of the images has no value on this grid.", "Check the transform.")
    low, high = np.percentile(finite, _WINDOW)
    return np.asarray(np.clip((values - low) / max(high - low, 1e-12), 0.0, 1.0), dtype=np.float64)


def _middle(image: Image, region: Mask | None) -> tuple[int, int, int]:
    if region is None or not region.array.any():
        z, y, x = (n // 2 for n in image.array.shape)
    else:
        z, y, x = (round(float(one)) for one in np.argwhere(region.array).mean(axis=0))
    return z, y, x
