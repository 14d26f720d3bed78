"""Score of shares for ordered classes: the mean of Cohen's d over neighbouring classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

NO_SPREAD = 1e-12
"""A pooled standard deviation (and a difference of means) of shares up to this counts as none: it is rounding."""


@kernel
def mean_d(
    shares: NDArray[np.float64], times: NDArray[np.int32], starts: NDArray[np.int64], scratch: NDArray[np.float64]
) -> float:
    """Return S of shares; NaN where a pooled standard deviation is 0 and the means differ.

    Parameters
    ----------
    shares : ndarray, (t,)
        Share of each tumour, ordered by class.
    times : ndarray, (t,)
        How often each tumour counts.
    starts : ndarray, (classes + 1,)
        Where each class begins.
    scratch : ndarray, (3, classes)
        Working space.
    """
    classes = len(starts) - 1
    for which in range(classes):
        number, total = 0, 0.0
        for index in range(starts[which], starts[which + 1]):
            number += times[index]
            total += times[index] * shares[index]
        mean = total / number if number else 0.0
        squares = 0.0
        for index in range(starts[which], starts[which + 1]):
            away = shares[index] - mean
            squares += times[index] * (away * away)
        scratch[0, which], scratch[1, which], scratch[2, which] = number, mean, squares
    result = 0.0
    for low in range(classes - 1):
        numbers = scratch[0, low] + scratch[0, low + 1]
        if scratch[0, low] < 1 or scratch[0, low + 1] < 1 or numbers < 3:
            return np.nan
        spread = np.sqrt((scratch[2, low] + scratch[2, low + 1]) / (numbers - 2))
        difference = scratch[1, low + 1] - scratch[1, low]
        if spread > NO_SPREAD:
            result += difference / spread
        elif abs(difference) > NO_SPREAD:
            return np.nan
    return result / (classes - 1)
