"""Basins, deblurring, clusters and the gradient method beside peers: ``python Testing/benchmarks/segmentation_times.py``.

A PET of 200 x 200 x 100 voxels with a GTV of 35,000. Both comparisons: the peer on the same box, and the peer on the whole
volume, as users call it. Writes docs/benchmarks/segmentation.md; the exit status is 1 when a goal is missed.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage
from skimage.restoration import richardson_lucy
from skimage.segmentation import watershed

from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.kernels.fuzzy import fuzzy_step
from dosepainting_hrs.kernels.richardson_lucy import richardson_lucy_step
from dosepainting_hrs.kernels.watershed import watershed_basins
from dosepainting_hrs.phantom.spheres import Sphere, distances_from, spheres_in
from dosepainting_hrs.restoration.boxes import grown_box
from dosepainting_hrs.restoration.deblur import margin_mm
from dosepainting_hrs.restoration.gaussian import FWHM_PER_SIGMA, half_kernels
from dosepainting_hrs.segmentation.basins import gradient_magnitude
from dosepainting_hrs.segmentation.fuzzy_bayesian import FuzzyBayesian, FuzzyBayesianParameters
from dosepainting_hrs.segmentation.gradient import Gradient, GradientInRegionParameters
from dosepainting_hrs.segmentation.graph_cut import GraphCut, GraphCutParameters
from dosepainting_hrs.segmentation.islands import bounding_box

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "segmentation.md"
SHAPE, SPACING = (100, 200, 200), (2.0, 2.0, 2.0)
FWHM_MM, STEPS, GTV_RADIUS_MM = 6.0, 10, 40.6
REPETITIONS = 5
PREVIEW_S = 2.0
"""What takes longer has no preview in the panel."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One comparison: medians of the time of the processor, s, and whether results agree."""

    what: str
    peer: str
    ours_s: float
    peer_s: float | None
    goal: float
    agree: str

    @property
    def reached(self) -> bool:
        """Whether the goal, times faster or seconds, is reached."""
        return self.ours_s < self.goal if self.peer_s is None else self.peer_s / self.ours_s >= self.goal


def seconds(function: Callable[[], Any], repetitions: int = REPETITIONS, warm: bool = True) -> tuple[float, Any]:
    """Return the median time of the processor, s, and the result."""
    result = function() if warm else None
    times = []
    for _ in range(repetitions):
        start = time.process_time()
        result = function()
        times.append(time.process_time() - start)
    return median(times), result


def phantom() -> tuple[Image, Mask]:
    """Return a hot sphere of 60 mm in noise, and a GTV around it."""
    grid = Geometry.from_parts(SHAPE, SPACING, (-199.0, -199.0, -99.0))
    image = spheres_in(grid, [Sphere(centre_mm=(0.3, 0.7, 0.1), diameter_mm=60.0)], contrast=6.0, fwhm_mm=FWHM_MM, noise=0.1)
    near = distances_from(image.geometry, (0.0, 0.0, 0.0)) <= GTV_RADIUS_MM
    return image, Mask(array=near, geometry=image.geometry, stored=image.stored, identity=image.identity, name="GTV")


def _minima(heights: NDArray[np.float64]) -> NDArray[np.int32]:
    cross = ndimage.generate_binary_structure(3, 1)
    lowest = ndimage.minimum_filter(heights, footprint=cross, mode="nearest")
    return ndimage.label(heights == lowest, structure=cross)[0].astype(np.int32)


def _basins(heights: NDArray[np.float64]) -> NDArray[np.int32]:
    labels = np.zeros(tuple(n + 2 for n in heights.shape), dtype=np.int32)
    watershed_basins(np.pad(heights, 1), np.pad(np.ones(heights.shape, dtype=np.bool_), 1), labels)
    return labels[1:-1, 1:-1, 1:-1]


def watershed_lines(values: NDArray[np.float64], box: tuple[slice, slice, slice]) -> list[Line]:
    """Compare basins of the gradient: ours find their minima themselves, the peers are given them as markers, untimed."""
    whole = gradient_magnitude(ndimage.gaussian_filter(values, 1.0), SPACING)
    small = np.ascontiguousarray(whole[box])
    ours_s, ours = seconds(lambda: _basins(small))
    lines = []
    for where, heights, repetitions, goals in (("same box", small, 3, (4.0, 1.0)), ("whole volume", whole, 1, (50.0, 4.0))):
        markers = _minima(heights)
        floods = sitk.GetImageFromArray(heights), sitk.GetImageFromArray(markers)
        peers: dict[str, Callable[[], Any]] = {
            "scikit-image": lambda heights=heights, markers=markers: watershed(heights, markers),
            "SimpleITK": lambda floods=floods: sitk.MorphologicalWatershedFromMarkers(
                *floods, markWatershedLine=False, fullyConnected=False
            ),
        }
        for (name, call), goal in zip(peers.items(), goals, strict=True):
            peer_s, found = seconds(call, repetitions, warm=False)
            array = found if isinstance(found, np.ndarray) else sitk.GetArrayFromImage(found)
            agree = f"{np.mean(array == ours):.0%} same labels" if where == "same box" else ""
            lines.append(Line(what=f"watershed, {where}", peer=name, ours_s=ours_s, peer_s=peer_s, goal=goal, agree=agree))
    return lines


def deblurring_lines(values: NDArray[np.float64], box: tuple[slice, slice, slice]) -> list[Line]:
    """Compare ten steps of Richardson-Lucy, 0 outside and a flat start, as scikit-image has it."""
    halves = half_kernels(FWHM_MM / FWHM_PER_SIGMA, SPACING)
    whole = np.concatenate([halves[0][:0:-1], halves[0]])
    spread = whole[:, None, None] * whole[:, None] * whole
    small = np.maximum(np.ascontiguousarray(values[box]), 0.0)

    def ours() -> NDArray[np.float64]:
        estimate, first, second = np.full(small.shape, 0.5), np.empty_like(small), np.empty_like(small)
        for _ in range(STEPS):
            richardson_lucy_step(small, estimate, *halves, False, first, second)
        return estimate

    ours_s, mine = seconds(ours)
    peer_s, theirs = seconds(lambda: richardson_lucy(small, spread, num_iter=STEPS, clip=False), 3, warm=False)
    whole_s, _ = seconds(lambda: richardson_lucy(np.maximum(values, 0.0), spread, num_iter=STEPS, clip=False), 1, warm=False)
    agree = f"largest difference {np.abs(mine - theirs).max():.1e}"
    what, peer = f"Richardson-Lucy, {STEPS} steps", "scikit-image"
    return [
        Line(what=f"{what}, same box", peer=peer, ours_s=ours_s, peer_s=peer_s, goal=2.0, agree=agree),
        Line(what=f"{what}, whole volume", peer=peer, ours_s=ours_s, peer_s=whole_s, goal=8.0, agree=""),
    ]


def fuzzy_line(values: NDArray[np.float64], inside: NDArray[np.bool_]) -> Line:
    """Compare twenty rounds of fuzzy c-means, three clusters of two channels, with the formulas in numpy."""
    own = values[inside]
    channels = np.stack([own, ndimage.gaussian_filter(values, 1.0)[inside]], axis=1)
    start = channels[np.linspace(0, len(channels) - 1, 3).astype(int)].copy()

    def ours() -> NDArray[np.float64]:
        centres, belonging, moved = start.copy(), np.empty((len(channels), 3)), np.empty_like(start)
        for _ in range(20):
            fuzzy_step(channels, channels, 0.0, 2.0, centres, belonging, moved)
            centres[:] = moved
        return belonging

    def plain() -> NDArray[np.float64]:
        centres, belonging = start.copy(), np.empty(0)
        for _ in range(20):
            squared = ((channels[:, None] - centres) ** 2).sum(axis=2)
            belonging = 1.0 / (squared[:, :, None] / squared[:, None, :]).sum(axis=2)
            weights = belonging**2
            centres = weights.T @ channels / weights.sum(axis=0)[:, None]
        return belonging

    # The start are voxels themselves, at distance 0 of a centre: a hair beside them, both sides are defined.
    start += 1e-3
    (ours_s, mine), (peer_s, theirs) = seconds(ours), seconds(plain, 3)
    agree = f"largest difference {np.abs(mine - theirs).max():.1e}"
    return Line(what="fuzzy c-means, 20 rounds", peer="numpy, plain", ours_s=ours_s, peer_s=peer_s, goal=6.0, agree=agree)


def page(lines: list[Line], voxels: int) -> str:
    """Return the page."""
    rows = [
        f"| {one.what} | {one.peer} | {1000 * one.ours_s:.1f} ms "
        f"| {'' if one.peer_s is None else f'{1000 * one.peer_s:.0f} ms'} "
        f"| {'' if one.peer_s is None else f'{one.peer_s / one.ours_s:.1f}'} "
        f"| {f'under {one.goal:g} s' if one.peer_s is None else f'at least {one.goal:g} x'} "
        f"| {'yes' if one.reached else '**no**'} | {one.agree} |"
        for one in lines
    ]
    about = (
        f"PET of 200 x 200 x 100 voxels of 2 mm, GTV of {voxels:,} voxels; the box is that of the GTV with the margin that the "
        f"resolution ({FWHM_MM:g} mm) and the number of steps ask for. Both sides in one process, medians of the time of the "
        "processor, which other work on the machine disturbs less than the clock; the peers on the whole volume ran once. "
        "Against the whole volume, our time is that of the box. The peers' markers are made beforehand and not timed; our "
        "watershed finds its minima itself."
    )
    machine = f"- {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    head = ["| what | peer | ours | peer's | ratio | goal | reached | results |", "|" + "---|" * 8]
    again = "Again: `python Testing/benchmarks/segmentation_times.py`."
    return "\n".join(["# Segmentation", "", about, "", machine, "", *head, *rows, "", again, ""])


def main() -> int:
    """Measure, write the page, and judge."""
    image, within = phantom()
    values = np.asarray(image.array, dtype=np.float64)
    inner = bounding_box(within.array)
    assert inner is not None
    box = grown_box(inner, margin_mm(FWHM_MM, STEPS) + FWHM_MM, SPACING, values.shape)
    method = Gradient(GradientInRegionParameters(psf_fwhm_mm=FWHM_MM))
    gradient_s, _ = seconds(lambda: method.compute(map=image, within=within))
    end_to_end = Line(what="gradient method, end to end", peer="", ours_s=gradient_s, peer_s=None, goal=0.5, agree="")
    cut = GraphCut(GraphCutParameters())
    cut_s, _ = seconds(lambda: cut.compute(map=image, within=within), 3)
    classes = FuzzyBayesian(FuzzyBayesianParameters(clusters=2))
    classes_s, _ = seconds(lambda: classes.compute(maps={"SUV": image}, within=within), 3)
    lines = [
        *watershed_lines(values, box),
        *deblurring_lines(values, box),
        fuzzy_line(values, within.array),
        end_to_end,
        Line(what="graph cut, end to end", peer="", ours_s=cut_s, peer_s=None, goal=PREVIEW_S, agree=""),
        Line(what="fuzzy Bayesian, two classes, end to end", peer="", ours_s=classes_s, peer_s=None, goal=PREVIEW_S, agree=""),
    ]
    text = page(lines, within.voxel_count)
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return int(not all(one.reached for one in lines))


if __name__ == "__main__":
    sys.exit(main())
