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
    spacing = [float(edge) for edge in one.geometry.spacing]
    name = chosen.maps[0]
    yield tumour_planes(_map_of(one, name), spacing, layers, case=case, unit=label_of(scan, name))
    if "ADC" in one.values:
        valley = valley_of(one, "ADC")
        if valley is not None:
            adc = _map_of(one, "ADC")
            yield tumour_planes(adc, spacing, layers, case=case, unit=label_of(scan, "ADC"), crosshair=valley)


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
    """Draw the histogram of every tumour, in the colour of its class, for each map."""
    classes = list(scan.classes)
    rows: list[list[object]] = []
    lines: dict[str, list[tuple[int, NDArray[Any], NDArray[Any]]]] = {}
    for name in scan.maps:
        edges = np.linspace(*scan.ranges[name], _BINS + 1)
        for case, one in tumours.items():
            if name not in one.values or case not in scan.class_of:
                continue
            values = one.values[name]
            counts, _ = np.histogram(values[np.isfinite(values)], bins=edges)
            shares = 100.0 * counts / max(int(counts.sum()), 1)
            lines.setdefault(name, []).append((classes.index(scan.class_of[case]), edges[:-1], shares))
            rows += [
                [name, case, scan.class_of[case], edges[bin_], edges[bin_ + 1], int(counts[bin_])] for bin_ in range(_BINS)
            ]
    if not lines:
        return None

    def draw(figure: Any) -> None:
        for axes, (name, several) in zip(figure.subplots(1, len(lines), squeeze=False)[0], lines.items(), strict=True):
            for number, starts, shares in several:
                axes.step(starts, shares, where="post", color=COLOURS[number % len(COLOURS)], lw=0.7, alpha=0.7)
            axes.set(xlabel=label_of(scan, name), ylabel="share of the tumour (%)" if name == next(iter(lines)) else "")
        handles = [_class_line(name, COLOURS[number % len(COLOURS)]) for number, name in enumerate(classes)]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(classes))

    caption = "Histogram of every tumour, a line each, in the colour of its class."
    table = table_of(["map", "case", "class", "from", "to", "voxels"], rows)
    return plot("histograms", caption, draw, table, inches=(2.6 * len(lines) + 0.4, 3.3))


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

    return Line2D([], [], color=colour, label=name)
