"""Scores of shares under many shuffles of the class labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cohens_d import NO_SPREAD
from .jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shuffles = tuple[NDArray[np.uint16], NDArray[np.int32], NDArray[np.int32]]
"""Tumours ordered by shuffled class (p, t), where each class begins (p, classes + 1), the class with most tumours (p,)."""


@kernel
def permuted_best(shares: Floats, shuffles: Shuffles, best: Floats) -> None:
    """Raise `best`, (p,), to the highest score of each shuffle over the shares (c, t) of many clusters."""
    scratch, squares = np.empty((3, shuffles[1].shape[1] - 1)), np.empty(shares.shape[1])
    for index in range(len(shares)):
        sums = totals(shares[index], squares)
        for which in range(len(best)):
            score = permuted_score(shares[index], squares, sums, shuffles, which, scratch)
            best[which] = max(best[which], score)


@kernel
def totals(shares: Floats, squares: Floats) -> tuple[float, float]:
    """Fill the squares of shares, and return the sum of the shares and of the squares."""
    total, total_squares = 0.0, 0.0
    for tumour in range(len(shares)):
        squares[tumour] = shares[tumour] * shares[tumour]
        total += shares[tumour]
        total_squares += squares[tumour]
    return total, total_squares


@kernel
def permuted_score(  # noqa: PLR0917
    shares: Floats, squares: Floats, sums: tuple[float, float], shuffles: Shuffles, which: int, scratch: Floats
) -> float:
    """Return S of shares under one shuffle; NaN where a pooled standard deviation is 0 and the means differ.

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
        if scratch[2, low] + scratch[2, low + 1] < 1e-7 * sums[1]:
            _exactly(shares, shuffles, which, scratch)
            break
    return _mean_d(scratch)


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
