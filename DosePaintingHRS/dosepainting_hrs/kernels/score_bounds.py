"""Upper bounds of the scores under many shuffles of the class labels, in single precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .class_sums import BLOCK, Members, sum_class
from .jit import kernel_step

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
LEAST_ROOT = 1e-6
"""Where the root of the squares' sum of shares is below this, bounds say nothing."""
Bounds = tuple[Members, Singles, Ints]
"""Who is in which class, (blocks, classes, t), see `sum_class`. For each class and the next, (blocks, classes, 3, BLOCK):
1 / n, sqrt(n + next n - 2), sqrt(1 / n + 1 / next n). Where each block begins, (blocks + 1,)."""


@kernel_step
def standardise(shares: Floats, index: int, values: Singles, squares: Singles) -> float:
    """Fill row `index` with shares less their mean, divided by the root of their squares' sum, and the squares of that.

    The score is the same for these. The rest of the row, longer by up to one, is 0, as all of it is where shares are equal.
    Returns that root.
    """
    tumours, mean, other, total, rest = len(shares), 0.0, 0.0, 0.0, 0.0
    for tumour in range(0, tumours - 1, 2):  # Two sums at a time: neither waits for the other.
        mean += shares[tumour]
        other += shares[tumour + 1]
    last = shares[tumours - 1] if tumours % 2 else 0.0
    mean = (mean + other + last) / tumours
    for tumour in range(0, tumours - 1, 2):
        away, beside = shares[tumour] - mean, shares[tumour + 1] - mean
        total += away * away
        rest += beside * beside
    last = last - mean if tumours % 2 else 0.0
    root = np.sqrt(total + rest + last * last)
    scale = 1.0 / root if root > 0.0 else 0.0
    for tumour in range(values.shape[1]):
        away = (shares[tumour] - mean) * scale if tumour < tumours else 0.0
        values[index, tumour], squares[index, tumour] = away, away * away
    return float(root)


@kernel_step
def upper_scores(  # noqa: PLR0917
    values: Singles,
    squares: Singles,
    index: int,
    bounds: Bounds,
    block: int,
    derived: int,
    moved: float,
    sums: Singles,
    upper: Singles,
) -> None:
    """Fill an upper bound of the score of every shuffle of a block, (BLOCK,).

    Parameters
    ----------
    values, squares : ndarray, (c, t)
        See `standardise`; t is even.
    index : int
        Which of these.
    bounds : tuple of ndarray
        The shuffles.
    block : int
        Which.
    derived : int
        The class whose sums follow from the others'.
    moved : float
        How far, in the norm, the shares that are meant may lie from these.
    sums : ndarray, (classes, 2, BLOCK)
        Working space.
    upper : ndarray, (BLOCK,)
        Filled.

    Notes
    -----
    Single precision adds at most `slip` to a sum of t numbers whose squares add up to 1. A difference of means is a linear form
    with the norm sqrt(1/n1 + 1/n2), and the pooled standard deviation a seminorm of at most 1 / sqrt(n1 + n2 - 2).
    """
    members, numbers, _ = bounds
    classes, tumours = members.shape[1], values.shape[1]
    slip, far = np.float32(2.0**-21 * (tumours + 4) * (1.0 + np.sqrt(tumours))), np.float32(moved * (1.0 + 1e-6))
    for one in range(classes):
        if one != derived:
            sum_class(values[index], squares[index], members, block, one, sums)
    _derive_class(sums, derived)
    for place in range(BLOCK):
        upper[place] = 0.0
    for low in range(classes - 1):
        for place in range(BLOCK):
            mean, other = (
                sums[low, 0, place] * numbers[block, low, 0, place],
                sums[low + 1, 0, place] * numbers[block, low + 1, 0, place],
            )
            within = sums[low, 1, place] - mean * sums[low, 0, place]
            within += sums[low + 1, 1, place] - other * sums[low + 1, 0, place]
            away = other - mean + far * numbers[block, low, 2, place] + slip
            narrow = max(np.sqrt(max(within - slip, np.float32(0.0))) - far, np.float32(1e-12))
            wide = np.sqrt(max(within, np.float32(0.0)) + slip) + far
            upper[place] += away * numbers[block, low, 1, place] / (narrow if away > 0 else wide)
    for place in range(BLOCK):
        upper[place] = upper[place] / np.float32(classes - 1)


@kernel_step
def _derive_class(sums: Singles, derived: int) -> None:
    """Fill the sums of one class: those of all tumours are 0 and 1."""
    for place in range(BLOCK):
        sums[derived, 0, place], sums[derived, 1, place] = 0.0, 1.0
    for one in range(len(sums)):
        if one != derived:
            for place in range(BLOCK):
                sums[derived, 0, place] -= sums[one, 0, place]
                sums[derived, 1, place] -= sums[one, 1, place]
