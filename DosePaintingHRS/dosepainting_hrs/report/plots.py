"""Figures of measures: sweeps, agreement of methods, two maps against each other; PNG or SVG by the name of the file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DependencyError, OutputError
from ..evaluation.cohort_sweep import CohortSweep
from ..evaluation.joint_histogram import JointHistogram
from ..evaluation.threshold_sweep import Sweep
from ..image import Image, Mask
from ..quantities import Quantity
from ..segmentation.clusters import AIC, BIC, SILHOUETTE, Figure, best_numbers
from ..storage.atomic import new_file, require_absent
from .cuts import Cut, cuts_through
from .outlines import edge_segments

SUFFIXES = (".png", ".svg")
NOTICE = "Research software, not a medical device."
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000")
"""Told apart by colour-blind eyes (Okabe and Ito)."""


def require_new_figure(path: Path) -> None:
    """Refuse a figure whose file exists or has an unknown suffix, or that cannot be drawn, before any work is done.

    Raises
    ------
    OutputError, DependencyError
        If so.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(f'The figure "{path}" does not end in one of {", ".join(SUFFIXES)}.', "Give it such a name.")
    require_absent(path)
    if find_spec("matplotlib") is None:
        raise DependencyError(
            "Figures need matplotlib, which is not installed.",
            'pip install "dosepainting-hrs[report]", or leave the figure out.',
        )


def write_figure(figure: Any, path: Path) -> None:
    """Write a figure; never over an existing file."""
    with new_file(path) as temporary:
        temporary.write_bytes(figure_bytes(figure, path.suffix.lower().removeprefix(".")))


def figure_bytes(figure: Any, form: str) -> bytes:
    """Return a figure as the bytes of a PNG or SVG file."""
    stream = io.BytesIO()
    figure.text(0.995, 0.005, NOTICE, ha="right", va="bottom", fontsize=6, color="#777777")
    metadata = {"Software": None} if form == "png" else {"Date": None}
    figure.savefig(stream, format=form, metadata=metadata, dpi=150)
    return stream.getvalue()


def draw_sweep(sweep: Sweep, quantity: Quantity, name: str) -> Any:
    """Draw volume, and agreement where there is a reference, against the threshold; the optimum is marked."""
    figure = _figure(7.0, 4.2)
    axes = figure.add_axes((0.10, 0.13, 0.78, 0.75))
    percent = [point.percent for point in sweep.points]
    axes.plot(percent, [point.volume_ml for point in sweep.points], color=COLOURS[6], label="volume")
    axes.set_xlabel(f"threshold, % of the maximum of {sweep.maximum:.4g} ({quantity})")
    axes.set_ylabel("volume, ml")
    axes.set_xlim(min(percent), max(percent))
    axes.set_ylim(bottom=0)
    lines = list(axes.lines)
    if sweep.reference_ml is not None:
        other = axes.twinx()
        for label, colour in (("dice", COLOURS[0]), ("recall", COLOURS[1]), ("precision", COLOURS[2])):
            values = [getattr(point, label) for point in sweep.points]
            known = [np.nan if one is None else one for one in values]
            lines += other.plot(percent, known, color=colour, label="Dice" if label == "dice" else label)
        if sweep.points_of_origin:
            share = [(point.origins or 0) / sweep.points_of_origin for point in sweep.points]
            label = f"points of origin, of {sweep.points_of_origin}"
            lines += other.plot(percent, share, color=COLOURS[3], linestyle=":", label=label)
        if sweep.best_percent is not None and sweep.best_dice is not None:
            other.axvline(sweep.best_percent, color=COLOURS[0], linewidth=0.8, linestyle="--")
            place = (sweep.best_percent, sweep.best_dice)
            text = f"{place[0]:g} %: Dice {place[1]:.2f}"
            other.annotate(text, place, xytext=(6, -14), textcoords="offset points", fontsize=8)
        other.set_ylim(0, 1.02)
        other.set_ylabel("share")
    axes.legend(lines, [line.get_label() for line in lines], fontsize=8, loc="center right")
    figure.suptitle(name, fontsize=10)
    return figure


def draw_cohort_sweep(found: CohortSweep) -> Any:
    """Draw the Dice of a cohort, mean and quartiles, against the threshold; the optimum is marked."""
    figure = _figure(7.0, 4.2)
    axes = figure.add_axes((0.10, 0.13, 0.86, 0.75))
    percent = [point.percent for point in found.points]
    lower = [point.lower_quartile_dice for point in found.points]
    upper = [point.upper_quartile_dice for point in found.points]
    axes.fill_between(percent, lower, upper, color=COLOURS[5], alpha=0.4, linewidth=0, label="Dice, quartiles")
    axes.plot(percent, [point.mean_dice for point in found.points], color=COLOURS[0], label="Dice, mean")
    axes.plot(percent, [point.mean_recall for point in found.points], color=COLOURS[1], label="recall, mean")
    axes.plot(percent, [point.mean_precision for point in found.points], color=COLOURS[2], label="precision, mean")
    axes.axvline(found.best_percent, color=COLOURS[0], linewidth=0.8, linestyle="--")
    place = (found.best_percent, found.best_mean_dice)
    text = f"{place[0]:g} %: mean Dice {place[1]:.2f}"
    axes.annotate(text, place, xytext=(6, 6), textcoords="offset points", fontsize=8)
    axes.set_xlim(min(percent), max(percent))
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("threshold, % of each patient's maximum")
    axes.legend(fontsize=8, loc="upper right")
    figure.suptitle(f"{len(found.patients)} patients", fontsize=10)
    return figure


def draw_joint_histogram(found: JointHistogram, first: tuple[str, Quantity], second: tuple[str, Quantity], within: str) -> Any:
    """Draw how many voxels have which pair of values, on a logarithmic scale."""
    from matplotlib.colors import LogNorm  # noqa: PLC0415

    figure = _figure(5.6, 4.8)
    axes = figure.add_axes((0.13, 0.12, 0.68, 0.76))
    counts = np.where(found.counts > 0, found.counts, np.nan).T
    shown = axes.pcolormesh(found.first_edges, found.second_edges, counts, norm=LogNorm(vmin=1), cmap="viridis")
    figure.colorbar(shown, cax=figure.add_axes((0.84, 0.12, 0.03, 0.76)), label="voxels")
    axes.set_xlabel(f"{first[0]}, {first[1]}")
    axes.set_ylabel(f"{second[0]}, {second[1]}")
    told = "no correlation: one map is constant"
    if found.pearson is not None and found.spearman is not None:
        told = f"Pearson {found.pearson:.2f}, Spearman {found.spearman:.2f}"
    figure.suptitle(f"{within}: {found.voxels} voxels, {told}", fontsize=10)
    return figure


def draw_cluster_numbers(figures: tuple[Figure, ...], title: str) -> Any:
    """Draw silhouette, BIC and AIC against the number of clusters; the best number of each is marked."""
    figure = _figure(6.0, 4.2)
    axes = figure.add_axes((0.11, 0.13, 0.76, 0.75))
    numbers, best = [one.clusters for one in figures], best_numbers(figures)
    lines = axes.plot(numbers, [one.silhouette for one in figures], "o-", color=COLOURS[0], label=SILHOUETTE)
    axes.axvline(best[SILHOUETTE], color=COLOURS[0], linewidth=0.8, linestyle="--")
    axes.set_xticks(numbers)
    axes.set_xlabel("clusters")
    axes.set_ylabel("silhouette (the larger the better)")
    if len(best) > 1:
        other = axes.twinx()
        other.set_ylabel("BIC, AIC (the smaller the better)")
        for name, values, colour in ((BIC, "bic", COLOURS[1]), (AIC, "aic", COLOURS[2])):
            lines += other.plot(numbers, [getattr(one, values) for one in figures], "o-", color=colour, label=name)
            other.axvline(best[name], color=colour, linewidth=0.8, linestyle=":")
    axes.legend(lines, [f"{line.get_label()}: {best[str(line.get_label())]}" for line in lines], fontsize=8)
    figure.suptitle(title, fontsize=10)
    return figure


def draw_comparison(image: Image, within: Mask, regions: Mapping[str, Mask], dice: NDArray[np.float64]) -> Any:
    """Draw the outlines of all regions on three planes of the map, and the matrix of their Dice."""
    figure = _figure(10.0, 7.2)
    middle = within.geometry.to_world(np.argwhere(within.array)[:, ::-1].mean(axis=0))
    colours = [COLOURS[number % len(COLOURS)] for number in range(len(regions))]
    styles = ["solid" if number < len(COLOURS) else "dashed" for number in range(len(regions))]
    for column, cut in enumerate(cuts_through(image.geometry, middle)):
        axes = figure.add_axes((0.01 + 0.33 * column, 0.52, 0.32, 0.41))
        _draw_cut(axes, cut, image, within)
        for mask, colour, style in zip(regions.values(), colours, styles, strict=True):
            _outline(axes, cut, mask, colour, style)
    _draw_matrix(figure.add_axes((0.22, 0.12, 0.40, 0.32)), list(regions), dice)
    volumes = figure.add_axes((0.72, 0.12, 0.26, 0.32))
    places = np.arange(len(regions))
    volumes.barh(places, [mask.volume_ml for mask in regions.values()], color=colours)
    volumes.set_yticks(places, [])
    volumes.set_ylim(len(regions) - 0.5, -0.5)
    volumes.set_xlabel("volume, ml")
    figure.suptitle(f"{image.quantity} in {within.name}", fontsize=10)
    return figure


def _figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra, and slow to import)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _draw_cut(axes: Any, cut: Cut, image: Image, within: Mask) -> None:
    width, height = cut.size_mm
    axes.imshow(
        cut.pixels(image).astype(np.float64),
        cmap="gray_r",
        extent=(0.0, width, height, 0.0),
        aspect="equal",
        vmin=0.0,
        vmax=float(np.nanmax(np.where(np.isfinite(image.array), image.array, np.nan)[within.array])),
    )
    inside = np.argwhere(cut.pixels(within))
    pixel = np.array(cut.pixel_mm)
    low, high = inside.min(axis=0)[::-1] * pixel, (inside.max(axis=0)[::-1] + 1) * pixel
    reach = 0.6 * float((high - low).max())
    centre = (low + high) / 2
    axes.set_xlim(centre[0] - reach, centre[0] + reach)
    axes.set_ylim(centre[1] + reach, centre[1] - reach)
    axes.set_axis_off()
    letters = cut.letters
    axes.set_title(f"{cut.plane} ({letters['left']} left, {letters['top']} up)", fontsize=8)
    _outline(axes, cut, within, "#999999", "solid")


def _outline(axes: Any, cut: Cut, mask: Mask, colour: str, style: str) -> None:
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    segments = list(edge_segments(cut.pixels(mask), cut.pixel_mm))
    axes.add_collection(LineCollection(segments, colors=colour, linewidths=1.1, linestyles=style), autolim=False)


def _draw_matrix(axes: Any, names: list[str], dice: NDArray[np.float64]) -> None:
    axes.imshow(dice, vmin=0.0, vmax=1.0, cmap="Blues", aspect="auto")
    for row in range(len(names)):
        for column in range(len(names)):
            value = dice[row, column]
            axes.text(
                column, row, f"{value:.2f}", ha="center", va="center", fontsize=7, color="white" if value > 0.6 else "black"
            )
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_title("Dice", fontsize=9)
