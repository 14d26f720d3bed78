"""Compile every kernel into the cache: ``python -m dosepainting_hrs.kernels.warm_up``, so that nobody waits for it later."""

from __future__ import annotations

import numpy as np

from ..progress import Progress, each, silent
from .ball import members
from .ball_means import neighbour_means
from .basin_tree import groups_at, merge_basins
from .bilateral import bilateral
from .blur import blur
from .class_sums import BLOCK
from .cohens_d import mean_d_each
from .cohort_scan import scan_cohorts
from .coverage import sampled_shares
from .decimal_text import write_decimals
from .decimals import parse_decimals
from .fill import fill_even_odd
from .fuzzy import fuzzy_step
from .joint_histogram import fill_joint_histogram, sample_pulls, sum_forces
from .kd_leaves import LANES, LEAF, fill_leaves, kd_order
from .keyhole import join_holes
from .mono_exponential import fit_line, fit_signals, fit_weighted
from .permutation_scan import scan_permutations
from .permuted_score import permuted_best
from .richardson_lucy import richardson_lucy_step
from .scaled import scale_into
from .tofts import best_rates
from .trace import trace_slice
from .watershed import watershed_basins


def warm_up(progress: Progress = silent) -> None:
    """Run every kernel once on a few voxels, in the types that its callers use.

    Parameters
    ----------
    progress : callable
        Told the share of kernels done; may raise ``Cancelled``.
    """
    for run in each(_ALL, progress, "Compiling"):
        run()


def _outlines() -> None:
    bordered = np.zeros((5, 5), dtype=np.uint8)
    bordered[1:4, 1:4] = 1
    bordered[2, 2] = 0
    seen = np.full((3, 3), -1, dtype=np.int32)
    vertices, starts = np.empty((32, 2), dtype=np.int32), np.empty(10, dtype=np.int32)
    is_hole, edge_at = np.empty(9, dtype=np.bool_), np.empty((4, 4), dtype=np.int32)
    rings = trace_slice(bordered, seen, 0, vertices, starts, is_hole, edge_at)
    joined, joined_starts = np.empty((starts[rings] + 3, 2), dtype=np.int32), np.empty(rings + 1, dtype=np.int32)
    join_holes(bordered, rings, vertices, starts, is_hole, edge_at, joined, joined_starts)


def _coverage() -> None:
    inside = np.ones((2, 2, 2), dtype=np.bool_)
    counts = np.zeros((3, 3, 3), dtype=np.int64)
    counts[1:, 1:, 1:] = inside.cumsum(axis=0).cumsum(axis=1).cumsum(axis=2)
    sampled_shares(inside, counts, np.eye(3, 4), np.zeros(3, dtype=np.int64), 2, np.empty((2, 2, 2)))


def _comparing() -> None:
    points, bins = np.zeros((1, 3)), np.zeros(1, dtype=np.int32)
    moving, places = np.full((2, 2, 2), 2.5, dtype=np.float32), np.empty((1, 4), dtype=np.float32)
    histogram = np.zeros((8, 8))
    fill_joint_histogram(np.eye(3, 4), points, bins, moving, places, histogram)
    sum_forces(points, bins, places, histogram, np.zeros((3, 4)))
    sample_pulls(bins, places, histogram, np.zeros((1, 3)))


def _filling() -> None:
    square = np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5]])
    starts, planes = np.array([0, 4], dtype=np.int64), np.zeros(1, dtype=np.int64)
    fill_even_odd(square, starts, planes, np.zeros((1, 4, 4), dtype=np.uint8))


def _reading_numbers() -> None:
    # Read only, as the bytes of a file are: numba compiles that anew.
    powers = np.array([10.0**power for power in range(23)], dtype=np.float64)
    parse_decimals(np.frombuffer(b"1.5\\-2", dtype=np.uint8), powers, np.empty(2))


def _writing_numbers() -> None:
    values = np.array([15000, -20000], dtype=np.int64)
    write_decimals(values, np.empty(42, dtype=np.uint8), np.empty(3, dtype=np.int64))


def _membership() -> None:
    for dtype in (np.float32, np.float64):
        members([np.zeros(2, dtype=dtype)], [0.0], [1.0], [0.0], 1.0)


def _scanning() -> None:
    points, tumour, ones = np.arange(4.0)[None], np.arange(4, dtype=np.uint16), np.ones(4, dtype=np.int32)
    leaves = (
        np.empty((1, LEAF, 1)),
        np.empty((1, LEAF), dtype=np.uint16),
        np.empty((1, LEAF), dtype=np.int32),
        np.empty((1, LANES), dtype=np.int32),
        np.empty((1, LANES), dtype=np.uint64),
        np.empty((1, 1, LEAF), dtype=np.float32),
        np.empty((1, 2, 1, LEAF), dtype=np.float32),
        np.empty((1, LANES), dtype=np.int32),
    )
    moments, tallies, bounds = (
        np.empty((2, 1, 1), dtype=np.float32),
        np.empty((1, LANES), dtype=np.int32),
        np.array([[0.0], [3.0]]),
    )
    fill_leaves(points, tumour, ones, kd_order(points), leaves, moments, tallies)
    volumes, starts, n_hrs = np.ones(4, dtype=np.int64), np.array([0, 2, 4]), np.array([2])
    found, shares = (np.empty((1, 1)), np.empty((1, 1)), np.empty((1, 1))), np.empty((1, 4))
    scan_cohorts(
        leaves, True, bounds, moments, tallies, np.zeros((1, 1)), ones[None], n_hrs, volumes, starts, 0.0, 4,
        np.zeros(1, dtype=np.int64), found, shares,
    )  # fmt: skip
    shuffles = (tumour[None], np.array([[0, 2, 4]], dtype=np.int32), np.zeros(1, dtype=np.int32))
    upper = (np.ones((1, 2, 4), dtype=np.uint32), np.ones((1, 2, 3, BLOCK), dtype=np.float32), np.array([0, 1]))
    mean_d_each(shares.T.copy(), np.ones((4, 1)), starts, np.empty((7, 1)))
    permuted_best(shares, shuffles, upper, 0, np.zeros(1))
    scan_permutations(
        leaves, True, bounds, moments, tallies, np.zeros((1, 1)), n_hrs, shuffles, upper, 0, volumes, 0.0, np.zeros(1)
    )  # fmt: skip


def _scaling() -> None:
    for dtype in (np.float32, np.int16, np.int32):
        scale_into(np.zeros(2, dtype=dtype), 1.0, np.empty(2, dtype=np.float32))


def _neighbours() -> None:
    values, inside = np.ones((2, 2, 2)), np.ones((2, 2, 2), dtype=np.bool_)
    for whole in (False, True):
        neighbour_means(values, inside, np.zeros((1, 3), dtype=np.int64), whole, np.empty((2, 2, 2)))


def _restoring() -> None:
    image, half = np.ones((3, 3, 3)), np.array([0.6, 0.2])
    first, second = np.empty_like(image), np.empty_like(image)
    blur(image, half, half, half, True, first)
    richardson_lucy_step(image, image.copy(), half, half, half, True, first, second)
    bilateral(image, np.array([[0, 0, 1]], dtype=np.int64), np.ones(1), 1.0, first)


def _basins() -> None:
    inside = np.zeros((3, 3, 4), dtype=np.bool_)
    inside[1, 1, 1:3] = True
    watershed_basins(np.zeros((3, 3, 4)), inside, np.zeros((3, 3, 4), dtype=np.int32))
    merges = merge_basins(np.ones(4), np.zeros(4), np.array([[0, 1]], dtype=np.int64))
    groups_at(merges, 2, 1)


def _clusters() -> None:
    values, centres = np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]])
    fuzzy_step(values, values, 0.0, 2.0, centres, np.empty((2, 2)), np.empty((2, 1)))


def _exchange() -> None:
    ones, made = np.ones((3, 1)), np.empty((4, 1), dtype=np.float32)
    best_rates(ones, ones[0], ones[0], ones[:, 0].copy(), ones[:, 0].copy(), 2.0, np.array([1.0, 2.0, 4.0]), made)


def _diffusion() -> None:
    b = np.array([0.0, 5e-4])
    signals = np.array([[2.0], [1.0]])
    logarithms, intercept = np.log(signals), np.empty(1)
    made = [np.empty(1, dtype=np.float32) for _ in range(4)]
    fit_line(logarithms, b, intercept, made[0], made[2], made[3])
    fit_weighted(signals, logarithms, b, *made)
    fit_signals(signals, b, 0.0, *made)


_ALL = (
    _outlines,
    _comparing,
    _coverage,
    _filling,
    _reading_numbers,
    _writing_numbers,
    _membership,
    _scanning,
    _neighbours,
    _scaling,
    _restoring,
    _basins,
    _clusters,
    _diffusion,
    _exchange,
)


if __name__ == "__main__":
    warm_up()
