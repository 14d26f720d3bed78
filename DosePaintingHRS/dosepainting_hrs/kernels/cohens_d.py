"""Score of shares for ordered classes: the mean of Cohen's d over neighbouring classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

NO_SPREAD = 1e-12
"""A pooled standard deviation (and a difference of means) of shares up to this counts as none: it is rounding."""


@kernel
def mean_d_each(
    shares: NDArray[np.float64], times: NDArray[np.float64], starts: NDArray[np.int64], scratch: NDArray[np.float64]
) -> None:
    """Fill the last of `scratch` with S of the shares of many cohorts; NaN where a pooled SD is 0 and the means differ.

    Parameters
    ----------
    shares : ndarray, (t, b)
        Share of each tumour, ordered by class, for each cohort.
    times : ndarray, (t, b)
        How often each cohort counts each tumour: whole numbers.
    starts : ndarray, (classes + 1,)
        Where each class begins.
    scratch : ndarray, (3 classes + 1, b)
        Filled with the number, mean and sum of squares of each class, and S. Sums run over the tumours in their order.
    """
    classes, cohorts = len(starts) - 1, shares.shape[1]
    scratch[:] = 0.0
    for which in range(classes):
        number, mean, squares = scratch[3 * which], scratch[3 * which + 1], scratch[3 * which + 2]
        for tumour in range(starts[which], starts[which + 1]):
            for cohort in range(cohorts):
                number[cohort] += times[tumour, cohort]
                mean[cohort] += times[tumour, cohort] * shares[tumour, cohort]
        for cohort in range(cohorts):
            mean[cohort] = mean[cohort] / number[cohort] if number[cohort] else 0.0
        for tumour in range(starts[which], starts[which + 1]):
            for cohort in range(cohorts):
                away = shares[tumour, cohort] - mean[cohort]
                squares[cohort] += times[tumour, cohort] * (away * away)
    for cohort in range(cohorts):
        scratch[3 * classes, cohort] = _mean_d(scratch[:, cohort], classes)


@kernel
def _mean_d(sums: NDArray[np.float64], classes: int) -> float:
    result = 0.0
    for low in range(classes - 1):
        first, second = sums[3 * low : 3 * low + 3], sums[3 * low + 3 : 3 * low + 6]
        if first[0] < 1 or second[0] < 1 or first[0] + second[0] < 3:
            return np.nan
        spread = np.sqrt((first[2] + second[2]) / (first[0] + second[0] - 2))
        difference = second[1] - first[1]
        if spread > NO_SPREAD:
            result += difference / spread
        elif abs(difference) > NO_SPREAD:
            return np.nan
    return result / (classes - 1)
