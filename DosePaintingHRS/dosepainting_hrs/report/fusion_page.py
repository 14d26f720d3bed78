"""The picture on which a registration is judged: two images over each other in three planes, close to the region."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DependencyError, GeometryError
from ..image import Image, Mask
from ..quantities import HOUNSFIELD
from ..storage.atomic import new_file
from .cuts import Cut, cuts_through
from .fusion import EDGE_COLOUR, fused
from .layout import Page, Window, page_of, windows
from .panel_marks import BACKGROUND, FAINT, INK, draw_letters, draw_name, draw_outline, draw_scale
from .planes import HRS_COLOUR, WINDOW_HU

Float = NDArray[np.float64]
MARGIN_MM = 40.0
"""What is shown round a region, as far as both images reach."""
_FIELDS_MM = (2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0)
_WINDOW = (1.0, 99.0)
_INCHES, _DPI = 12.0, 150
_LEAST_PIXEL_MM = 0.25
_PIXELS = 400
_LONGEST_NAME = 36
_END_COLOUR = "#f97316"


def write_fusion(
    fixed: Image, moving: Image, region: Mask | None, view: str, path: Path, *, names: tuple[str, str], region_name: str = ""
) -> None:
    """Draw three planes through a region, or the middle of what both images show, as a PNG.

    Parameters
    ----------
    fixed, moving, region, view, names, region_name
        As in `fusion_figure`.
    path : Path
        New PNG file.

    Raises
    ------
    GeometryError
        If the two do not lie on one grid, or the moving image has no values on it.
    DependencyError
        If matplotlib is not installed.
    """
    figure = fusion_figure(fixed, moving, region, view, names=names, region_name=region_name)
    with new_file(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=BACKGROUND, metadata={"Software": None})


def fusion_figure(
    fixed: Image, moving: Image, region: Mask | None, view: str, *, names: tuple[str, str], region_name: str = ""
) -> Any:
    """Return the picture as a matplotlib Figure.

    Parameters
    ----------
    fixed, moving : Image, (z, y, x)
        Two images on one grid; NaN where the moving one ends.
    region : Mask or None
        On that grid; the slices go through its centre, it is outlined, and it is shown with `MARGIN_MM` round it, as far as
        both images reach. Without one, all that both show.
    view : str
        One of `dosepainting_hrs.report.fusion.VIEWS`.
    names : tuple of str
        What the fixed and the moving image are called.
    region_name : str
        What the region is called.

    Raises
    ------
    GeometryError
        If the two do not lie on one grid, or the moving image has no values on it.
    DependencyError
        If matplotlib is not installed.

    Notes
    -----
    CT is shown at level 40 HU, width 400 HU; other images from the 1st to the 99th percentile of what is shown of them.
    All panels have one scale, and fields of one size in mm.
    """
    fixed.require_same_grid(moving, what=("The fixed image", "the moving image"))
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra, and slow to import)
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise DependencyError(
            "Pictures need matplotlib, which is not installed.", 'Install it with pip install "dosepainting-hrs[report]".'
        ) from error
    low, high, centre = shown_box(fixed, moving, region)
    cuts = cuts_through(fixed.geometry, fixed.geometry.to_world(centre[::-1]))
    shown = windows(cuts, low[::-1], high[::-1])
    field_mm = _field_mm(shown)
    page = page_of(shown, rows=1, width_inches=_INCHES)
    figure = Figure(figsize=page.inches, dpi=_DPI, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    box = tuple(slice(int(first), int(last) + 1) for first, last in zip(low, high, strict=True))
    ends = _ends(fixed, box), _ends(moving, box)
    for cut, window, place in zip(cuts, shown, page.panels[0], strict=True):
        axes = figure.add_axes(place)
        # The window before the smoothing, lest air beyond it eat into the skin.
        slices = [_fine(cut, _scaled(cut.pixels(one), end), window) for one, end in zip((fixed, moving), ends, strict=True)]
        pixel = _pixel_mm(window)
        picture = fused(slices[0], slices[1], view, pixel_mm=(pixel, pixel), field_mm=field_mm)
        _draw_end(axes, np.isnan(slices[1]), window)
        _draw_panel(axes, cut, window, picture, region)
    short = (_short(names[0]), _short(names[1]))
    legend = _legend(view, short, field_mm)
    if region is not None:
        legend.append((HRS_COLOUR, _short(region_name) or "region"))
    if not np.isfinite(moving.array[box]).all():
        legend.append((_END_COLOUR, f"dotted: end of {short[1]}"))
    _draw_words(figure, page, f"{short[1]} on {short[0]}: {view}", legend)
    return figure


def shown_box(fixed: Image, moving: Image, region: Mask | None) -> tuple[Float, Float, Float]:
    """Return first and last index of what is shown and the index of its slices, (z, y, x) each.

    Parameters
    ----------
    fixed, moving : Image
        On one grid.
    region : Mask or None
        On that grid. It is always shown whole, also where the moving image does not reach it.

    Raises
    ------
    GeometryError
        If the moving image, or the fixed one, has no values.
    """
    both = _extent(np.isfinite(moving.array) & np.isfinite(fixed.array))
    if both is None:
        raise GeometryError("One of the images has no value on this grid.", "Check the transform.")
    low, high = both
    inner = _extent(region.array) if region is not None else None
    if region is None or inner is None:
        return low, high, np.floor((low + high) / 2.0)
    margin = np.ceil(MARGIN_MM / fixed.geometry.spacing[::-1])
    low = np.minimum(np.maximum(inner[0] - margin, low), inner[0])
    high = np.maximum(np.minimum(inner[1] + margin, high), inner[1])
    return low, high, np.rint(np.argwhere(region.array).mean(axis=0))


def _extent(inside: NDArray[np.bool_]) -> tuple[Float, Float] | None:
    taken = [np.flatnonzero(inside.any(axis=tuple(other for other in range(3) if other != axis))) for axis in range(3)]
    if not taken[0].size:
        return None
    return np.array([float(one[0]) for one in taken]), np.array([float(one[-1]) for one in taken])


def _field_mm(shown: tuple[Window, Window, Window]) -> float:
    wanted = max(max(window.width, window.height) for window in shown) / 8.0
    return min(_FIELDS_MM, key=lambda one: abs(one - wanted))


def _ends(image: Image, box: tuple[slice, ...]) -> tuple[float, float]:
    if image.quantity == HOUNSFIELD:
        return WINDOW_HU
    values = np.asarray(image.array[box], dtype=np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        values = np.asarray(image.array[np.isfinite(image.array)], dtype=np.float64)
    low, high = np.percentile(values, _WINDOW)
    return float(low), float(max(high, low + 1e-12))


def _scaled(values: Float, ends: tuple[float, float]) -> Float:
    return np.asarray(np.clip((values - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0), dtype=np.float64)


def _pixel_mm(window: Window) -> float:
    return max(_LEAST_PIXEL_MM, max(window.width, window.height) / _PIXELS)


def _fine(cut: Cut, pixels: Float, window: Window) -> Float:
    """Return what a window shows of a slice on square pixels, linearly between the places of the slice."""
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    step, (width, height) = _pixel_mm(window), cut.pixel_mm
    rows = (window.top + step * (np.arange(round(window.height / step)) + 0.5)) / height - 0.5
    columns = (window.left + step * (np.arange(round(window.width / step)) + 0.5)) / width - 0.5
    places = np.meshgrid(rows, columns, indexing="ij")
    known = np.isfinite(pixels).astype(np.float64)
    total, share = (ndimage.map_coordinates(one, places, order=1, mode="nearest") for one in (np.nan_to_num(pixels), known))
    reached = ndimage.map_coordinates(known, places, order=0, mode="nearest") > 0.5
    return np.where(reached, total / np.maximum(share, 1e-6), np.nan)  # An image ends at the edge of its last pixel.


def _draw_end(axes: Any, ends: NDArray[np.bool_], window: Window) -> None:
    """Draw a dotted line where the moving image ends within a window."""
    if ends.any() and not ends.all():
        step = _pixel_mm(window)
        places = [
            start + step * (np.arange(count) + 0.5)
            for start, count in zip((window.left, window.top), ends.shape[::-1], strict=True)
        ]
        axes.contour(*places, ends.astype(np.float64), levels=[0.5], colors=[_END_COLOUR], linestyles="dotted", linewidths=1.2)


def _draw_panel(axes: Any, cut: Cut, window: Window, picture: Float, region: Mask | None) -> None:
    left, top, right, bottom = window.left, window.top, window.left + window.width, window.top + window.height
    axes.imshow(picture, extent=(left, right, bottom, top), aspect="equal", interpolation="bilinear")
    if region is not None:
        draw_outline(axes, cut, cut.pixels(region), HRS_COLOUR)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_axis_off()
    draw_letters(axes, cut)
    draw_name(axes, cut)
    draw_scale(axes, window)


def _legend(view: str, names: tuple[str, str], field_mm: float) -> list[tuple[Any, str]]:
    """Return colours and what they mean; None is a line without a colour."""
    fixed, moving = names
    lines: dict[str, list[tuple[Any, str]]] = {
        "checkerboard": [(None, f"fields of {field_mm:g} mm in turn: {fixed} (upper left), {moving}")],
        "blend": [("#22c322", fixed), ("#ff00ff", moving), ("#b0b0b0", "both equally bright")],
        "difference": [("#f0f0f0", f"{fixed} brighter"), ("#404040", f"{moving} brighter"), ("#808080", "equal")],
        "outline": [("#b0b0b0", fixed), (EDGE_COLOUR, f"edges of {moving}")],
    }
    return lines[view]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"\u2026{name[1 - _LONGEST_NAME :]}"


def _draw_words(figure: Any, page: Page, title: str, legend: list[tuple[Any, str]]) -> None:
    figure.text(page.left, page.title_y, title, color=INK, fontsize=12, fontweight="bold", verticalalignment="center")
    x = page.left
    for colour, words in legend:
        if colour is not None:
            figure.text(x, page.legend_y, "\u25a0", color=colour, fontsize=12, verticalalignment="center")
            x += 0.014
        text = figure.text(x, page.legend_y, words, color=INK, fontsize=9.5, verticalalignment="center")
        x = text.get_window_extent(renderer=figure.canvas.get_renderer()).x1 / figure.bbox.width + 0.02
    words = "Research software, not a medical device."
    figure.text(1.0 - page.left, page.title_y, words, color=FAINT, fontsize=9, ha="right", va="center")
