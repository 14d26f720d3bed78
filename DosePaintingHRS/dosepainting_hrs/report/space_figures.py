"""Figures of the parameter space: where centres score well, how the best is reached, where bootstrap centres lie."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..hrs_model import HrsModel
from ..learning.scan_file import ScanFile, SubsetFacts
from ..quantities import shown_unit
from .cohort_plots import COLOURS, LINE, SOFT, Plot, plot, table_of

Arrays = Mapping[str, NDArray[Any]]
_BINS = 48
_SCORES = "viridis"


def label_of(scan: ScanFile, name: str) -> str:
    """Return the name of a map with its unit, for an axis."""
    unit = shown_unit(scan.units[name])
    return f"{name} ({unit})" if unit else name


def values_of(scan: ScanFile, arrays: Arrays, maps: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the values of all centres in some maps, (c, m)."""
    return np.asarray(arrays["centre_values"][:, [scan.maps.index(name) for name in maps]], dtype=np.float64)


def histogram(scan: ScanFile, arrays: Arrays, subset: SubsetFacts, reference: HrsModel | None = None) -> Plot | None:
    """Draw the score over one map: a histogram of the centres, each bar in the colour of its mean score (figure 4)."""
    (name,) = subset.maps
    values = values_of(scan, arrays, subset.maps)[:, 0]
    scores = _scores(scan, arrays, subset)
    edges = np.linspace(values.min(), values.max(), _BINS + 1)
    where = np.clip(np.digitize(values, edges) - 1, 0, _BINS - 1)
    counts = np.bincount(where, minlength=_BINS)
    known = np.isfinite(scores)
    sums = np.bincount(where[known], scores[known], minlength=_BINS)
    means = np.divide(sums, np.bincount(where[known], minlength=_BINS), out=np.full(_BINS, np.nan), where=counts > 0)
    drawn = reference is not None and reference.maps[0].name == name and len(reference.maps) == 1

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        norm, colours = _colours(scores)
        axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=[colours(norm(one)) for one in means])
        axes.axvspan(*subset.extents[0], color=COLOURS[2], alpha=0.15, lw=0)
        axes.axvline(subset.centre[0], color=COLOURS[2], lw=1.2, label=f"best cluster {subset.centre[0]:.4g}")
        if drawn and reference is not None:
            low, high = reference.maps[0].extent
            axes.axvspan(
                low, high, facecolor="none", edgecolor=SOFT, hatch="//", lw=0.8, label=f"{reference.name}: reference, mice"
            )
        axes.set(xlabel=label_of(scan, name), ylabel="centres")
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
        _colour_bar(figure, axes, norm)

    rows = list(zip(edges[:-1], edges[1:], counts.tolist(), means, strict=True))
    caption = f"Score S of clusters along {name}; shaded: values of the best cluster's voxels."
    return plot(f"score-1d-{name}", caption, draw, table_of(["from", "to", "centres", "mean_S"], rows))


def projections(scan: ScanFile, arrays: Arrays, subset: SubsetFacts) -> Plot | None:
    """Draw the score over two maps, or over each pair of more, as points in the colour of their score (figure 4)."""
    values, scores = values_of(scan, arrays, subset.maps), _scores(scan, arrays, subset)
    pairs = list(combinations(range(len(subset.maps)), 2))
    order = np.argsort(np.where(np.isfinite(scores), scores, -np.inf), kind="stable")

    def draw(figure: Any) -> None:
        norm, _ = _colours(scores)
        panels = figure.subplots(1, len(pairs), squeeze=False)[0]
        for axes, (first, second) in zip(panels, pairs, strict=True):
            axes.scatter(values[order, first], values[order, second], c=scores[order], s=5, lw=0, cmap=_SCORES, norm=norm)
            axes.plot(subset.centre[first], subset.centre[second], marker="+", ms=13, mew=2, color=COLOURS[2])
            width, height = (2 * subset.radius_z * subset.z_sd[axis] for axis in (first, second))
            axes.add_patch(_ellipse(subset.centre[first], subset.centre[second], width, height))
            axes.set(xlabel=label_of(scan, subset.maps[first]), ylabel=label_of(scan, subset.maps[second]))
        _colour_bar(figure, panels[-1], norm)

    caption = f"Score S of clusters in {' and '.join(subset.maps)}; cross and ellipse: centre and radius of the best."
    name = f"score-{len(subset.maps)}d-{'+'.join(subset.maps)}"
    rows = [[*row, score] for row, score in zip(values, scores, strict=True)]
    return plot(name, caption, draw, table_of([*subset.maps, "S"], rows), inches=(3.4 * len(pairs) + 0.6, 3.3))


def convergence(scan: ScanFile, arrays: Arrays) -> Plot | None:
    """Draw the best score after so many centres, for the best subset of each number of maps."""
    lines = {}
    for index in scan.best_of_dimension.values():
        scores = arrays[f"{index}.scores"]
        lines["+".join(scan.subsets[index].maps)] = np.maximum.accumulate(np.where(np.isfinite(scores), scores, -np.inf))

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        for colour, (name, best) in zip(cycle(COLOURS), lines.items(), strict=False):
            axes.step(np.arange(1, len(best) + 1), best, where="post", color=colour, label=name)
        axes.set(xscale="log", xlabel="centres tried", ylabel="best S so far")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.legend(loc="lower right")

    rows = [[number + 1, *(best[number] for best in lines.values())] for number in range(scan.centres)]
    caption = "Best score after so many random centres: flat at the end when enough were tried."
    return plot("convergence", caption, draw, table_of(["centres", *lines], rows))


def bootstrap_clouds(scan: ScanFile, arrays: Arrays, subset: SubsetFacts) -> Plot | None:
    """Draw where the best centres of bootstrap cohorts lie: along each map, or over its first two maps."""
    number = scan.subsets.index(subset)
    centres, scores = arrays.get(f"{number}.bootstrap_centres"), arrays.get(f"{number}.bootstrap_scores")
    if centres is None or scores is None:
        return None
    pairs = list(combinations(range(len(subset.maps)), 2)) or [(0, -1)]
    everywhere = values_of(scan, arrays, subset.maps)
    columns = min(len(pairs), 3)
    rows_of_panels = -(-len(pairs) // columns)

    def draw(figure: Any) -> None:
        panels = figure.subplots(rows_of_panels, columns, squeeze=False).ravel()
        for axes in panels[len(pairs) :]:
            axes.axis("off")
        for axes, (first, second) in zip(panels, pairs, strict=False):
            if second < 0:
                axes.scatter(centres[:, 0], scores, s=14, color=COLOURS[0], alpha=0.7, lw=0)
                axes.plot(subset.centre[0], subset.S or np.nan, marker="+", ms=13, mew=2, color=COLOURS[2])
                axes.set(xlabel=label_of(scan, subset.maps[0]), ylabel="S of the bootstrap cohort")
                continue
            axes.scatter(everywhere[:, first], everywhere[:, second], s=2, color=LINE, lw=0)
            axes.scatter(centres[:, first], centres[:, second], s=16, color=COLOURS[0], alpha=0.7, lw=0)
            axes.plot(subset.centre[first], subset.centre[second], marker="+", ms=13, mew=2, color=COLOURS[2])
            axes.set(xlabel=label_of(scan, subset.maps[first]), ylabel=label_of(scan, subset.maps[second]))

    rows = [[*centre, score] for centre, score in zip(centres, scores, strict=True)]
    caption = f"Best centres of {len(centres)} bootstrap cohorts in {' and '.join(subset.maps)}; cross: that of the cohort."
    name = f"bootstrap-{'+'.join(subset.maps)}"
    return plot(name, caption, draw, table_of([*subset.maps, "S"], rows), inches=(3.4 * columns + 0.6, 3.3 * rows_of_panels))


def null_distribution(scan: ScanFile, arrays: Arrays) -> Plot | None:
    """Draw what the best of all centres and subsets reaches with shuffled labels, against what was found."""
    null = arrays.get("null")
    found, p = scan.subsets[scan.best].S, scan.subsets[scan.best].permutation_p_of_all
    if null is None or scan.permutation is None or found is None:
        return None
    finite = null[np.isfinite(null)]

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        axes.hist(finite, bins=min(40, max(5, len(finite) // 8)), color=LINE)
        axes.axvline(found, color=COLOURS[2], lw=1.5, label=f"found: S = {found:.2f}, p = {p:.3g}")
        axes.set(xlabel="best S of a scan with shuffled class labels", ylabel="shuffles")
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0))

    caption = (
        f"Best of {len(scan.subsets)} subsets and {scan.centres} centres in {len(null)} scans with the labels of "
        f"{scan.permutation.unit}s shuffled; the smallest p that could come out is {scan.permutation.smallest_p:.3g}."
    )
    return plot("null", caption, draw, table_of(["best_S"], [[one] for one in null]))


def _scores(scan: ScanFile, arrays: Arrays, subset: SubsetFacts) -> NDArray[np.float64]:
    return np.asarray(arrays[f"{scan.subsets.index(subset)}.scores"], dtype=np.float64)


def _colours(scores: NDArray[np.float64]) -> tuple[Any, Any]:
    from matplotlib import colormaps  # noqa: PLC0415
    from matplotlib.colors import Normalize  # noqa: PLC0415

    colours = colormaps[_SCORES].with_extremes(bad=LINE)
    return Normalize(float(np.nanmin(scores)), float(np.nanmax(scores))), colours


def _colour_bar(figure: Any, axes: Any, norm: Any) -> None:
    from matplotlib.cm import ScalarMappable  # noqa: PLC0415

    figure.colorbar(ScalarMappable(norm=norm, cmap=_SCORES), ax=axes, label="S")


def _ellipse(x: float, y: float, width: float, height: float) -> Any:
    from matplotlib.patches import Ellipse  # noqa: PLC0415

    return Ellipse((x, y), width, height, facecolor="none", edgecolor=COLOURS[2], lw=1.2)
