"""Figures of the tumours: their shares by class as boxes with points (figures 5 and 7), and a tumour in three planes (6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry
from ..learning.scan_file import ScanFile
from .cohort_plots import COLOURS, INK, Plot, plot, table_of
from .cuts import Cut
from .outlines import edge_segments

GTV_COLOUR, FIRST_COLOUR, SECOND_COLOUR = "#22a35a", "#2060d0", "#9b2fae"
"""Green, blue and purple, as in figure 6 of Boeke et al. (2023)."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Shares of tumours in one cluster, or values of one index, with how well they separate the classes."""

    title: str
    values: Mapping[str, float | None]
    S: float | None
    S_pairs: tuple[float | None, ...]
    p_pairs: tuple[float | None, ...]
    is_share: bool = True
    unit: str = ""


def box_plots(scan: ScanFile, panels: Sequence[Panel], name: str, caption: str) -> Plot | None:
    """Draw one panel for each cluster: boxes per class, a point for every tumour, d and p of neighbouring classes."""

    def draw(figure: Any) -> None:
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            _draw_boxes(axes, scan, panel)

    rows = [
        [panel.title, case, scan.class_of[case], value] for panel in panels for case, value in panel.values.items()
    ]  # fmt: skip
    table = table_of(["cluster", "case", "class", "value"], rows)
    width = max(2.6, 0.7 * len(scan.classes) + 0.5)
    return plot(name, caption, draw, table, inches=(width * len(panels) + 0.4, 3.7))


def _draw_boxes(axes: Any, scan: ScanFile, panel: Panel) -> None:
    classes = list(scan.classes)
    factor = 100.0 if panel.is_share else 1.0
    groups = [_of_class(scan, panel, one) * factor for one in classes]
    axes.boxplot(groups, tick_labels=[f"{one}\n({len(values)})" for one, values in zip(classes, groups, strict=True)],
                 showfliers=False, widths=0.55, medianprops={"color": "#1b2430"})  # fmt: skip
    for number, values in enumerate(groups, 1):
        # Side by side in the order of their values, so that the picture is the same every time.
        spread = np.linspace(-0.17, 0.17, len(values)) if len(values) > 1 else np.zeros(len(values))
        axes.scatter(number + spread, np.sort(values)[np.argsort(np.argsort(spread))], s=14, zorder=3, lw=0,
                     color=COLOURS[(number - 1) % len(COLOURS)])  # fmt: skip
    top, bottom = (float(np.nanmax(np.concatenate(groups))), float(np.nanmin(np.concatenate(groups))))
    step = 0.11 * ((top - bottom) or 1.0)
    for number, (d, p) in enumerate(zip(panel.S_pairs, panel.p_pairs, strict=True)):
        height = top + step * (1.0 + 1.1 * number)
        axes.plot([number + 1, number + 2], [height, height], color="#5b6878", lw=0.9)
        text = f"d {_told(d)}, p {_p(p)}{_stars(p)}"
        axes.text(number + 1.5, height + 0.1 * step, text, ha="center", va="bottom", fontsize=7)
    axes.set_ylim(bottom - 0.5 * step, top + step * (1.8 + 1.1 * len(panel.S_pairs)))
    axes.set_title(f"{panel.title}\nS = {_told(panel.S)}")
    value = f"value ({panel.unit})" if panel.unit else "value"
    axes.set_ylabel("share of the tumour (%)" if panel.is_share else value)


def _of_class(scan: ScanFile, panel: Panel, name: str) -> NDArray[np.float64]:
    values = [value for case, value in panel.values.items() if scan.class_of[case] == name and value is not None]
    return np.array(values, dtype=np.float64)


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _p(value: float | None) -> str:
    return "-" if value is None else "< 0.0001" if value < 0.0001 else f"{value:.2g}"


def _stars(p: float | None) -> str:
    return " *" if p is not None and p < 0.05 else ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """A region of a tumour to outline."""

    name: str
    inside: NDArray[np.bool_]
    colour: str


def tumour_planes(
    background: NDArray[np.floating[Any]],
    geometry: Geometry,
    layers: Sequence[Layer],
    *,
    case: str,
    unit: str,
    watermark: str = "",
    crosshair: tuple[int, int, int] | None = None,
) -> Plot | None:
    """Draw a tumour in axial, sagittal and coronal planes through its subvolume, regions along voxel edges (figure 6).

    Parameters
    ----------
    background : array, (z, y, x)
        Map in grey, from its lowest to its highest value in all three planes.
    geometry : Geometry
        Grid whose voxel edges and directions it has; its place and extent do not matter.
    layers : sequence of Layer
        The region itself first, then subvolumes; the planes go through the middle of the last that has voxels.
    watermark : str
        Text across the picture.
    crosshair : tuple of int or None
        Voxel (z, y, x) to draw the planes through instead, with a cross: the valley of the ADC in figure 6.
    """
    anchor = next((one.inside for one in reversed(layers) if one.inside.any()), layers[0].inside)
    points = np.argwhere(anchor)
    middle = points[np.argmin(((points - points.mean(axis=0)) ** 2).sum(axis=1))]
    middle = middle if crosshair is None else np.array(crosshair)
    x, y, z = map(float, geometry.spacing)
    shown = background[np.isfinite(background)]
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.0, 1.0)
    planes = (("axial", 0, (x, y)), ("sagittal", 2, (y, z)), ("coronal", 1, (x, z)))

    def draw(figure: Any) -> None:
        from matplotlib.collections import LineCollection  # noqa: PLC0415

        panels = figure.subplots(1, 3)
        for axes, (title, axis, (across, upright)) in zip(panels, planes, strict=True):
            cut = _upright(background, middle, axis)
            extent = (0.0, cut.shape[1] * across, cut.shape[0] * upright, 0.0)
            image = axes.imshow(cut, cmap="gray", vmin=low, vmax=high, extent=extent, interpolation="nearest")
            for layer in layers:
                segments = edge_segments(_upright(layer.inside, middle, axis), (across, upright))
                axes.add_collection(LineCollection(list(segments), colors=layer.colour, linewidths=1.6))
            if crosshair is not None:
                right, down = _on_cut(background.shape, middle, axis)
                axes.plot([(right + 0.5) * across] * 2, [0.0, extent[2]], color="#f2c230", lw=0.8)
                axes.plot([0.0, extent[1]], [(down + 0.5) * upright] * 2, color="#f2c230", lw=0.8)
            _scale(axes, *extent[1:3])
            _letters(axes, Cut(plane=title, geometry=geometry, normal=2 - axis, index=0, crossing=(0.0, 0.0)), extent[1:3])
            axes.set_title(title, pad=13)
            axes.axis("off")
        figure.colorbar(image, ax=panels, label=unit, shrink=0.75, aspect=16)
        handles = [_line(layer) for layer in layers]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(layers))

    names = ", ".join(layer.name for layer in layers)
    where = "the valley of the map" if crosshair is not None else "voxel"
    caption = f"{case}: {names} on {unit}, through {where} {tuple(int(one) for one in middle)} (z, y, x), along voxel edges."
    table = table_of(["region", "voxels"], [[layer.name, int(layer.inside.sum())] for layer in layers])
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", case).strip(" .")
    name = f"planes-{plain}" if crosshair is None else f"planes-valley-{plain}"
    return plot(name, caption, draw, table, inches=(7.8, 3.1), watermark=watermark)


def _scale(axes: Any, width: float, height: float) -> None:
    """Draw a bar of a round length below a plane of this size, mm."""
    length = next(one for one in (50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.0) if one <= 0.5 * width)
    below = 1.2 * height
    axes.plot([0.0, length], [below, below], color="#1b2430", lw=2.0, solid_capstyle="butt", clip_on=False)
    axes.text(0.5 * length, 1.03 * below, f"{length:g} mm", ha="center", va="top", fontsize=7)


def _letters(axes: Any, cut: Cut, size: tuple[float, float]) -> None:
    """Write the patient's directions around a plane of this width and height, mm."""
    (width, height), letters = size, cut.letters
    style = {"fontsize": 7.5, "fontweight": "bold", "color": INK}
    axes.text(-0.03 * width, 0.5 * height, letters["left"], ha="right", va="center", **style)
    axes.text(1.03 * width, 0.5 * height, letters["right"], ha="left", va="center", **style)
    axes.text(0.5 * width, -0.02 * height, letters["top"], ha="center", va="bottom", **style)
    axes.text(0.5 * width, 1.02 * height, letters["bottom"], ha="center", va="top", **style)


def _upright(array: NDArray[Any], middle: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return a slice as it is looked at: anterior above in axial slices, the head above in the others."""
    cut: NDArray[Any] = np.take(array, middle[axis], axis=axis)
    return cut if axis == 0 else cut[::-1]


def _on_cut(shape: tuple[int, ...], middle: NDArray[Any], axis: int) -> tuple[int, int]:
    """Return column and row of a voxel in the slice through it."""
    row, column = (int(middle[other]) for other in range(3) if other != axis)
    return column, row if axis == 0 else shape[0] - 1 - row


def _line(layer: Layer) -> Any:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    return Line2D([], [], color=layer.colour, label=layer.name)
