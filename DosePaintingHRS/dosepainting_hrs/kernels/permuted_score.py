"""Scores of shares under many shuffles of the class labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .class_sums import BLOCK
from .cohens_d import NO_SPREAD
from .jit import even_kernel, kernel
from .score_bounds import LEAST_ROOT, Bounds, standardise, upper_scores

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_STRIDE = 16
_FEW_DIGITS = 1e-5
"""Sums of squared deviations below this share of the sum of squares are not taken from differences."""
_ROUNDING, _FAR = 1e-8, 1e-9
"""How wrong such a difference may be, as a share of it; a distance far above the spread that counts as none."""
Shuffles = tuple[NDArray[np.uint16], NDArray[np.int32], NDArray[np.int32]]
"""Tumours ordered by shuffled class (p, t), where each class begins (p, classes + 1), the class with most tumours (p,)."""


@even_kernel
def permuted_best(shares: Floats, shuffles: Shuffles, bounds: Bounds, derived: int, best: Floats) -> None:
    """Raise `best`, (p,), to the highest score of each shuffle over the shares (c, t) of many clusters.

    Only scores whose upper bound reaches the highest one so far are computed, so that most are not.

    Parameters
    ----------
    shares : ndarray, (c, t)
        Shares of the tumours in each cluster.
    shuffles, bounds : tuple of ndarray
        The shuffles.
    derived : int
        See `upper_scores`.
    best : ndarray, (p,)
        Raised.
    """
    count, tumours = shares.shape
    blocks, classes, size = bounds[0].shape
    values, squares = np.empty((count, size), dtype=np.float32), np.empty((count, size), dtype=np.float32)
    roots, sums, upper = np.empty(count), np.empty((classes, 2, BLOCK), dtype=np.float32), np.empty(BLOCK, dtype=np.float32)
    exact, scratch = np.empty(tumours), np.empty((3, classes))
    order = visiting(count)
    for index in range(count):
        roots[index] = standardise(shares[index], index, values, squares)
    for block in range(blocks):
        start, stop = bounds[2][block], bounds[2][block + 1]
        for index in order:
            upper_scores(values, squares, index, bounds, block, derived, 0.0, sums, upper)
            ready, both = False, (0.0, 0.0)
            for which in range(start, stop):
                if upper[which - start] >= best[which] or roots[index] < LEAST_ROOT:
                    if not ready:
                        both, ready = totals(shares[index], exact), True
                    score = permuted_score(shares[index], exact, both, shuffles, which, scratch)
                    best[which] = score if score > best[which] else best[which]


@kernel
def visiting(count: int) -> Ints:
    """Return an order in which neighbours lie far apart.

    They score alike: with some from everywhere first, the best so far is soon a good one, and few scores reach it.
    """
    order, place = np.empty(count, dtype=np.int64), 0
    for first in range(_STRIDE):
        for index in range(first, count, _STRIDE):
            order[place] = index
            place += 1
    return order


@kernel
def totals(shares: Floats, squares: Floats) -> tuple[float, float]:
    """Fill the squares of shares, and return the sum of the shares and of the squares."""
    count = len(shares)
    for tumour in range(count):
        squares[tumour] = shares[tumour] * shares[tumour]
    one, two, one_square, two_square = 0.0, 0.0, 0.0, 0.0
    for tumour in range(0, count - 1, 2):  # Two sums at a time: neither waits for the other.
        one += shares[tumour]
        two += shares[tumour + 1]
        one_square += squares[tumour]
        two_square += squares[tumour + 1]
    if count % 2:
        one += shares[count - 1]
        one_square += squares[count - 1]
    return one + two, one_square + two_square


@kernel
def permuted_score(  # noqa: PLR0917
    shares: Floats, squares: Floats, sums: tuple[float, float], shuffles: Shuffles, which: int, scratch: Floats
) -> float:
    """Return S of shares under one shuffle; NaN where a pooled standard deviation is 0 and the means differ."""
    _fill_classes(shares, squares, sums, shuffles, which, scratch)
    return _mean_d(scratch)


@kernel
def permuted_upper_score(  # noqa: PLR0917
    shares: Floats, squares: Floats, sums: tuple[float, float], moved: float, shuffles: Shuffles, which: int, scratch: Floats
) -> float:
    """Return what S of the shares that are meant is not above under one shuffle; minus infinity when it is NaN.

    `moved` is how far, in the norm, they may lie from these; see `upper_scores`. Rounding is less than the 1e-7 that is added.
    """
    _fill_classes(shares, squares, sums, shuffles, which, scratch)
    result, far = 0.0, moved * (1.0 + _ROUNDING) + _FAR
    for low in range(scratch.shape[1] - 1):
        one, other = scratch[0, low], scratch[0, low + 1]
        if one < 1 or other < 1 or one + other < 3:
            return -np.inf
        away = scratch[1, low + 1] - scratch[1, low] + far * np.sqrt(1.0 / one + 1.0 / other)
        root = np.sqrt(max(scratch[2, low] + scratch[2, low + 1], 0.0))
        least, most = root * (1.0 - _ROUNDING) - far, root * (1.0 + _ROUNDING) + far
        result += away * np.sqrt(one + other - 2) / max(least if away > 0.0 else most, 0.1 * NO_SPREAD)
    result /= scratch.shape[1] - 1
    return float(result + 1e-7 * (1.0 + abs(result)))


@kernel
def _fill_classes(  # noqa: PLR0917
    shares: Floats, squares: Floats, sums: tuple[float, float], shuffles: Shuffles, which: int, scratch: Floats
) -> None:
    """Fill number, mean and sum of squared deviations of every class.

    Sums and sums of squares in one pass, those of the largest class from the totals; where this leaves too few digits, the
    deviations from the means are added up instead.
    """
    starts, largest = shuffles[1][which], shuffles[2][which]
    classes = len(starts) - 1
    rest, rest_squares = sums
    for one in range(classes):
        if one == largest:
            continue
        total, total_squares = 0.0, 0.0
        for place in range(starts[one], starts[one + 1]):
            tumour = shuffles[0][which, place]
            total += shares[tumour]
            total_squares += squares[tumour]
        scratch[0, one], scratch[1, one], scratch[2, one] = starts[one + 1] - starts[one], total, total_squares
        rest -= total
        rest_squares -= total_squares
    scratch[0, largest], scratch[1, largest] = starts[largest + 1] - starts[largest], rest
    scratch[2, largest] = rest_squares
    for one in range(classes):
        number = scratch[0, one]
        if number:
            scratch[2, one] -= scratch[1, one] * scratch[1, one] / number
            scratch[1, one] /= number
    for low in range(classes - 1):
        if scratch[2, low] + scratch[2, low + 1] < _FEW_DIGITS * sums[1]:
            _exactly(shares, shuffles, which, scratch)
            break


@kernel
def _exactly(shares: Floats, shuffles: Shuffles, which: int, scratch: Floats) -> None:
    """Fill means and sums of squared deviations in two passes."""
    starts = shuffles[1][which]
    for one in range(len(starts) - 1):
        total, squares = 0.0, 0.0
        for place in range(starts[one], starts[one + 1]):
            total += shares[shuffles[0][which, place]]
        mean = total / scratch[0, one] if scratch[0, one] else 0.0
        for place in range(starts[one], starts[one + 1]):
            away = shares[shuffles[0][which, place]] - mean
            squares += away * away
        scratch[1, one], scratch[2, one] = mean, squares


@kernel
def _mean_d(scratch: Floats) -> float:
    result = 0.0
    for low in range(scratch.shape[1] - 1):
        numbers = scratch[0, low] + scratch[0, low + 1]
        if scratch[0, low] < 1 or scratch[0, low + 1] < 1 or numbers < 3:
            return np.nan
        spread = np.sqrt((scratch[2, low] + scratch[2, low + 1]) / (numbers - 2))
        difference = scratch[1, low + 1] - scratch[1, low]
        if spread > NO_SPREAD:
            result += difference / spread
        elif abs(difference) > NO_SPREAD:
            return np.nan
    return float(result / (scratch.shape[1] - 1))
