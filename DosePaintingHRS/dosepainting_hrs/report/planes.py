"""A picture of regions in three planes, over the CT alone and over a map on the CT."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..identity import SamePatient, require_same_frame, require_same_patient
from ..image import Image, Mask
from ..quantities import Quantity
from .cuts import Cut, cuts_through
from .layout import Page, Window, field_of_view, page_of, windows
from .panel_marks import BACKGROUND, FAINT, INK, draw_letters, draw_name, draw_outline, draw_scale

WITHOUT_PICTURES = 'Pictures are left out, because matplotlib is not installed: pip install "dosepainting-hrs[report]".'
WINDOW_HU = (-160.0, 240.0)
"""Level 40 HU, width 400 HU: soft tissue of the neck."""
GTV_COLOUR, HRS_COLOUR = "#4ade80", "#22d3ee"
"""Green and light blue: far from grey and from every colour of a map, and told apart by colour-blind eyes by lightness."""

_DPI = 160

Region = tuple[Mask, str, str]
"""A mask, its name and its colour, as matplotlib names colours."""


@dataclass(frozen=True, eq=False)
class _Scene:
    """What all panels share."""

    cuts: tuple[Cut, Cut, Cut]
    windows: tuple[Window, Window, Window]
    ct: tuple[NDArray[np.float64], ...]
    overlay: tuple[NDArray[np.float64], ...]
    limits: tuple[float, float]
    quantity: Quantity | None
    regions: tuple[Region, ...]
    page: Page


def three_planes(
    ct: Image,
    overlay: Image | None,
    regions: Sequence[Region],
    centre_mm: ArrayLike,
    *,
    title: str = "",
    same: Sequence[SamePatient] = (),
) -> bytes | None:
    """Draw axial, coronal and sagittal slices through a point: one row of the CT, one of the map over it.

    Parameters
    ----------
    ct : Image, (z, y, x), HU
        Its grid gives the slices; shown at level 40 HU, width 400 HU.
    overlay : Image or None
        Map on any grid of the same frame of reference, linearly interpolated for display; None leaves its row out.
    regions : sequence of (Mask, str, str)
        Mask on any grid, its name, its colour; drawn along voxel edges, the last on top.
    centre_mm : array, (3,)
        LPS position in mm that all three slices hold.
    title : str
        Stands above the picture.
    same : sequence of SamePatient
        Patient IDs that were declared to be one person.

    Returns
    -------
    bytes or None
        A PNG file; None when matplotlib is not installed.

    Raises
    ------
    GeometryError
        If the point lies outside of the CT.
    IdentityError
        If overlay or a region belongs to another patient or frame of reference.

    Notes
    -----
    Radiological convention: the patient's right is on the left of axial and coronal slices, axial slices are seen
    from the feet, anterior is on the left of the sagittal slice. All panels have one scale. The colours run from 0
    (or the least value, when negative) to the largest value inside the regions on these slices.
    """
    _require_one_patient(ct, overlay, regions, same)
    cuts = cuts_through(ct.geometry, centre_mm)
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra, and slow to import)
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        return None
    scene = _scene(ct, overlay, tuple(regions), cuts)
    figure = Figure(figsize=scene.page.inches, dpi=_DPI, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    for row in range(scene.page.rows):
        for column, place in enumerate(scene.page.panels[row]):
            axes = figure.add_axes(place)
            _draw_panel(axes, scene, column, with_overlay=row == 1)
    _draw_words(figure, scene, title)
    if overlay is not None:
        _draw_colour_bar(figure.add_axes(scene.page.colour_bar), scene)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", facecolor=BACKGROUND, metadata={"Software": None})
    return stream.getvalue()


def _require_one_patient(ct: Image, overlay: Image | None, regions: Sequence[Region], same: Sequence[SamePatient]) -> None:
    others = [(mask.identity, f'The region "{name}"') for mask, name, _ in regions]
    if overlay is not None:
        others.append((overlay.identity, f"The map of {overlay.quantity}"))
    for identity, name in others:
        what = (name, "the planning CT")
        require_same_patient(identity, ct.identity, what=what, same=same)
        require_same_frame(identity, ct.identity, what=what)


def _scene(ct: Image, overlay: Image | None, regions: tuple[Region, ...], cuts: tuple[Cut, Cut, Cut]) -> _Scene:
    pixels = tuple(cut.pixels(ct).astype(np.float64) for cut in cuts)
    over = tuple(cut.pixels(overlay).astype(np.float64) for cut in cuts) if overlay is not None else ()
    low, high = field_of_view(cuts, pixels)
    shown = windows(cuts, low, high)
    inside = [cut.pixels(mask) for mask, _, _ in regions for cut in cuts]
    return _Scene(
        cuts=cuts,
        windows=shown,
        ct=pixels,
        overlay=over,
        limits=_limits(over, inside),
        quantity=overlay.quantity if overlay is not None else None,
        regions=regions,
        page=page_of(shown, rows=1 if overlay is None else 2),
    )


def _limits(over: tuple[NDArray[np.float64], ...], inside: list[NDArray[np.bool_]]) -> tuple[float, float]:
    values = [over[number % 3][mask] for number, mask in enumerate(inside)] if over else []
    everywhere = np.concatenate([one.ravel() for one in over]) if over else np.zeros(0)
    within = np.concatenate(values) if values else np.zeros(0)
    for chosen in (within, everywhere):
        finite = chosen[np.isfinite(chosen)]
        if finite.size and finite.max() > min(0.0, finite.min()):
            return min(0.0, float(finite.min())), float(finite.max())
    return 0.0, 1.0


def _draw_panel(axes: Any, scene: _Scene, column: int, *, with_overlay: bool) -> None:
    cut, window = scene.cuts[column], scene.windows[column]
    width, height = cut.size_mm
    place = {"extent": (0.0, width, height, 0.0), "aspect": "equal"}
    grey = np.clip(scene.ct[column], *WINDOW_HU)  # Before smoothing, lest air beyond the window eat into the skin.
    axes.imshow(grey, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], interpolation="bilinear", **place)
    if with_overlay:
        low, high = scene.limits
        axes.imshow(scene.overlay[column], cmap=_heat(), vmin=low, vmax=high, interpolation="bilinear", **place)
    _draw_cross(axes, cut, window)
    for mask, _, colour in scene.regions:
        draw_outline(axes, cut, cut.pixels(mask), colour)
    axes.set_xlim(window.left, window.left + window.width)
    axes.set_ylim(window.top + window.height, window.top)
    axes.set_axis_off()
    draw_letters(axes, cut)
    if not with_overlay:
        draw_name(axes, cut)
    if column == 0:
        draw_scale(axes, window)


def _draw_cross(axes: Any, cut: Cut, window: Window) -> None:
    """Mark at the edges of the panel where the other two planes run, so that the middle stays free."""
    x, y = cut.crossing
    tick = 0.025 * max(window.width, window.height)
    right, bottom = window.left + window.width, window.top + window.height
    style = {"color": FAINT, "linewidth": 0.9}
    axes.plot([window.left, window.left + tick], [y, y], **style)
    axes.plot([right - tick, right], [y, y], **style)
    axes.plot([x, x], [window.top, window.top + tick], **style)
    axes.plot([x, x], [bottom - tick, bottom], **style)


def _draw_words(figure: Any, scene: _Scene, title: str) -> None:
    page = scene.page
    figure.text(page.left, page.title_y, title, color=INK, fontsize=12, fontweight="bold", verticalalignment="center")
    x = page.left
    for mask, name, colour in scene.regions:
        figure.text(x, page.legend_y, "\u25a0", color=colour, fontsize=12, verticalalignment="center")
        text = figure.text(
            x + 0.018, page.legend_y, f"{name}, {mask.volume_ml:.2f} ml", color=INK, fontsize=9.5, verticalalignment="center"
        )
        extent = text.get_window_extent(renderer=figure.canvas.get_renderer())
        x = extent.x1 / figure.bbox.width + 0.025


def _draw_colour_bar(axes: Any, scene: _Scene) -> None:
    low, high = scene.limits
    steps = np.linspace(low, high, 256)[:, None]
    axes.imshow(np.zeros((1, 1)), cmap="gray", vmin=0, vmax=1, extent=(0, 1, low, high), aspect="auto")
    axes.imshow(steps, cmap=_heat(), vmin=low, vmax=high, extent=(0, 1, low, high), origin="lower", aspect="auto")
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.tick_params(colors=INK, labelsize=9, length=3)
    axes.yaxis.set_label_position("right")
    axes.set_ylabel(str(scene.quantity), color=INK, fontsize=9.5)
    for spine in axes.spines.values():
        spine.set_color(FAINT)


def _heat() -> Any:
    """Return the colours of a hot body, clear at the low end so that the CT shows where little is taken up."""
    from matplotlib import colormaps  # noqa: PLC0415
    from matplotlib.colors import ListedColormap  # noqa: PLC0415

    share = np.linspace(0.0, 1.0, 256)
    colours = colormaps["inferno"](share)
    colours[:, 3] = np.clip(share / 0.4, 0.0, 1.0) * 0.85
    return ListedColormap(colours).with_extremes(bad=(0.0, 0.0, 0.0, 0.0))
