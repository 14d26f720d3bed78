"""Figures from the voxels of the tumours: a tumour in three planes (figure 6), and the histogram of every tumour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.indices import CROSS
from ..learning.extended import Ball
from ..learning.scan_file import ScanFile, SubsetFacts
from ..learning.tumours import LoadedTumour
from .cohort_plots import COLOURS, Plot, plot, table_of
from .share_figures import FIRST_COLOUR, GTV_COLOUR, SECOND_COLOUR, Layer, tumour_planes
from .space_figures import label_of

Place = tuple[int, int, int]
_BINS = 32
_WITHOUT = "#dfe4ea"
_TALLEST_INCHES = 9.0


def hrs_planes(scan: ScanFile, best: Sequence[SubsetFacts], tumours: Mapping[str, LoadedTumour]) -> Iterator[Plot | None]:
    """Draw the tumour with the largest share through the middle of its subvolume, and through the valley of its ADC.

    Parameters
    ----------
    best : sequence of SubsetFacts
        The best of each number of maps: the first is drawn in blue, the best of all in purple, as in figure 6.
    """
    chosen = scan.subsets[scan.best]
    case = max(chosen.fractions, key=lambda one: chosen.fractions[one])
    one = tumours.get(case)
    if one is None:
        return
    shape = one.geometry.shape
    layers = [Layer(name="GTV", inside=_painted(one, np.ones(one.voxel_count, dtype=np.bool_), shape), colour=GTV_COLOUR)]
    both = {id(subset): subset for subset in (best[0], chosen)}.values()
    for subset, colour in zip(both, (FIRST_COLOUR, SECOND_COLOUR), strict=False):
        held = ball_of_facts(subset).holds(one.matrix(subset.maps))
        layers.append(Layer(name=f"HRS {'+'.join(subset.maps)}", inside=_painted(one, held, shape), colour=colour))
    name = chosen.maps[0]
    yield tumour_planes(_map_of(one, name), one.geometry, layers, case=case, unit=label_of(scan, name))
    if "ADC" in one.values:
        valley = valley_of(one, "ADC")
        if valley is not None:
            adc = _map_of(one, "ADC")
            yield tumour_planes(adc, one.geometry, layers, case=case, unit=label_of(scan, "ADC"), crosshair=valley)


def valley_of(one: LoadedTumour, name: str) -> Place | None:
    """Return the voxel whose mean with its six neighbours, all inside the region, is lowest; None when there is none."""
    values = _map_of(one, name)
    padded = np.pad(values, 1, constant_values=np.nan)
    around = [np.roll(padded, tuple(-step), axis=(0, 1, 2)) for step in CROSS]
    means = np.sum(around, axis=0)[1:-1, 1:-1, 1:-1]
    if not np.isfinite(means).any():
        return None
    z, y, x = np.unravel_index(int(np.nanargmin(means)), means.shape)
    return int(z), int(y), int(x)


def case_histograms(scan: ScanFile, tumours: Mapping[str, LoadedTumour]) -> Plot | None:
    """Draw the histogram of every tumour as a row of colours, class by class, for each map."""
    order = [case for name in scan.classes for case in tumours if scan.class_of.get(case) == name]
    rows: list[list[object]] = []
    found: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {}
    for name in scan.maps:
        edges = np.linspace(*scan.ranges[name], _BINS + 1)
        shares = np.full((len(order), _BINS), np.nan)
        for number, case in enumerate(order):
            if name not in tumours[case].values:
                continue
            values = tumours[case].values[name]
            counts, _ = np.histogram(values[np.isfinite(values)], bins=edges)
            shares[number] = 100.0 * counts / max(int(counts.sum()), 1)
            rows += [
                [name, case, scan.class_of[case], edges[bin_], edges[bin_ + 1], int(counts[bin_])] for bin_ in range(_BINS)
            ]
        if np.isfinite(shares).any():
            found[name] = (edges, shares)
    if not found:
        return None

    def draw(figure: Any) -> None:
        panels = figure.subplots(1, len(found), squeeze=False, sharey=True)[0]
        highest = max(float(np.nanmax(shares)) for _, shares in found.values())
        for axes, (name, (edges, shares)) in zip(panels, found.items(), strict=True):
            axes.set_facecolor(_WITHOUT)
            extent = (edges[0], edges[-1], len(order), 0)
            image = axes.imshow(
                shares, cmap="viridis", vmin=0.0, vmax=highest, aspect="auto", extent=extent, interpolation="none"
            )
            axes.set_xlabel(label_of(scan, name))
        _name_rows(panels, [scan.class_of[case] for case in order], order, list(scan.classes))
        figure.colorbar(image, ax=list(panels), label="share of the tumour (%)", aspect=30)
        handles = [_class_line(name, COLOURS[number % len(COLOURS)]) for number, name in enumerate(scan.classes)]
        figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), 3 * len(found)))

    caption = "Histogram of every tumour, a row each, class by class; grey: no such map."
    table = table_of(["map", "case", "class", "from", "to", "voxels"], rows)
    height = min(1.5 + 0.12 * len(order), _TALLEST_INCHES)
    return plot("histograms", caption, draw, table, inches=(2.3 * len(found) + 1.7, height))


def _name_rows(panels: Sequence[Any], classes: Sequence[str], cases: Sequence[str], names: Sequence[str]) -> None:
    """Name rows of tumours in the colours of their classes where there is room, and part the classes by a line."""
    fits = 1.5 + 0.12 * len(cases) <= _TALLEST_INCHES
    for axes in panels:
        for number in range(1, len(cases)):
            if classes[number] != classes[number - 1]:
                axes.axhline(number, color="white", lw=2.0)
    panels[0].set_yticks(np.arange(len(cases)) + 0.5, cases if fits else [""] * len(cases), fontsize=6)
    for label, name in zip(panels[0].get_yticklabels(), classes, strict=True):
        label.set_color(COLOURS[names.index(name) % len(COLOURS)])
    for axes in panels:
        axes.tick_params(axis="y", length=0)


def ball_of_facts(one: SubsetFacts) -> Ball:
    """Return the cluster of a subset as it applies to any voxel."""
    return Ball(
        maps=one.maps,
        z_mean=np.array(one.z_mean),
        z_sd=np.array(one.z_sd),
        centre_z=np.array(one.centre_z),
        radius_z=one.radius_z,
    )


def _map_of(one: LoadedTumour, name: str) -> NDArray[np.float64]:
    array = np.full(one.geometry.shape, np.nan)
    array[tuple(one.index.T)] = one.values[name]
    return array


def _painted(one: LoadedTumour, held: NDArray[Any], shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    array = np.zeros(shape, dtype=np.bool_)
    array[tuple(one.index[held].T)] = True
    return array


def _class_line(name: str, colour: str) -> Any:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    return Line2D([], [], color=colour, marker="s", ls="", label=name)
