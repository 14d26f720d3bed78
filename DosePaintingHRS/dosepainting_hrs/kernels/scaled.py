"""Voxels times a factor, and their sum, in one pass over memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def scale_into(values: NDArray[np.number[Any]], factor: float, scaled: NDArray[np.float32]) -> float:
    """Fill `scaled` with values times a factor, computed in double precision, and return the sum of those that are numbers.

    Parameters
    ----------
    values : array, (n,)
        Voxels.
    factor : float
        What they are multiplied by.
    scaled : array of float32, (n,)
        Written.
    """
    total = 0.0
    for n in range(values.shape[0]):
        value = values[n] * factor
        scaled[n] = value
        if not np.isnan(value):
            total += value
    return total
