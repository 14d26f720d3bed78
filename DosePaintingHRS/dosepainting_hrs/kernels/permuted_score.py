"""Scores of shares under many shuffles of the class labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cohens_d import NO_SPREAD
from .jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_BLOCK = 256
"""Shuffles at a time: their sums stay in the nearest cache."""
_FEW_DIGITS = 1e-5
"""Sums of squared deviations below this share of the sum of squares are not taken from differences."""
Shuffles = tuple[NDArray[np.uint16], NDArray[np.int32], NDArray[np.int32]]
"""Tumours ordered by shuffled class (p, t), where each class begins (p, classes + 1), the class with most tumours (p,)."""


@kernel
def permuted_best(shares: Floats, masks: Floats, derived: int, best: Floats) -> None:
    """Raise `best`, (p,), to the highest score of each shuffle over the shares (c, t) of many clusters.

    Parameters
    ----------
    shares : ndarray, (c, t)
        Shares of the tumours in each cluster.
    masks : ndarray, (classes, t, p)
        1 where a shuffle puts a tumour into a class, else 0.
    derived : int
        The class, best the largest, whose sums are those of all tumours less those of the other classes.
    best : ndarray, (p,)
        Raised.
    """
    classes, tumours, shuffles = masks.shape
    sums, scratch, squares = np.empty((classes, 3, _BLOCK)), np.empty((3, classes)), np.empty(tumours)
    for start in range(0, shuffles, _BLOCK):
        size = min(_BLOCK, shuffles - start)
        for one in range(classes):
            for shuffle in range(size):
                sums[one, 0, shuffle] = 0.0
                for tumour in range(tumours):
                    sums[one, 0, shuffle] += masks[one, tumour, start + shuffle]
        for index in range(len(shares)):
            total, total_squares = totals(shares[index], squares)
            for one in range(classes):
                if one != derived:
                    _add_class(shares[index], squares, masks[one], start, size, sums[one])
            for shuffle in range(size):
                if not _sums_of(sums[:, :, shuffle], derived, total, total_squares, scratch):
                    _from_masks(shares[index], masks[:, :, start + shuffle], scratch)
                score = _mean_d(scratch)
                best[start + shuffle] = score if score > best[start + shuffle] else best[start + shuffle]


@kernel
def _sums_of(sums: Floats, derived: int, total: float, total_squares: float, scratch: Floats) -> bool:
    """Fill number, mean and sum of squared deviations of each class; False where differences leave too few digits."""
    classes = len(sums)
    for one in range(classes):
        scratch[0, one], scratch[1, one], scratch[2, one] = sums[one, 0], sums[one, 1], sums[one, 2]
    scratch[1, derived], scratch[2, derived] = total, total_squares
    for one in range(classes):
        if one != derived:
            scratch[1, derived] -= sums[one, 1]
            scratch[2, derived] -= sums[one, 2]
    for one in range(classes):
        if scratch[0, one]:
            scratch[2, one] -= scratch[1, one] * scratch[1, one] / scratch[0, one]
            scratch[1, one] /= scratch[0, one]
    least = np.inf
    for low in range(classes - 1):
        least = min(least, scratch[2, low] + scratch[2, low + 1])
    return bool(least >= _FEW_DIGITS * total_squares)


@kernel
def _add_class(  # noqa: PLR0917
    shares: Floats, squares: Floats, mask: Floats, start: int, size: int, sums: Floats
) -> None:
    """Fill the sum of the shares and of their squares over the tumours that each shuffle puts into a class."""
    sums[1:] = 0.0
    for tumour in range(len(shares)):
        share, square, row = shares[tumour], squares[tumour], mask[tumour, start : start + size]
        for shuffle in range(size):
            sums[1, shuffle] += share * row[shuffle]
            sums[2, shuffle] += square * row[shuffle]


@kernel
def _from_masks(shares: Floats, masks: Floats, scratch: Floats) -> None:
    """Fill means and sums of squared deviations in two passes."""
    for one in range(len(masks)):
        total, squares = 0.0, 0.0
        for tumour in range(len(shares)):
            total += masks[one, tumour] * shares[tumour]
        mean = total / scratch[0, one] if scratch[0, one] else 0.0
        for tumour in range(len(shares)):
            away = shares[tumour] - mean
            squares += masks[one, tumour] * (away * away)
        scratch[1, one], scratch[2, one] = mean, squares


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
        if scratch[2, low] + scratch[2, low + 1] < _FEW_DIGITS * sums[1]:
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
