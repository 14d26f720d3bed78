"""One step of Richardson-Lucy deblurring with a separable, symmetric point spread function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .blur import blur
from .jit import kernel

SMALLEST = 1e-12
"""Added to what is divided by, so that 0 over 0 is 0."""


@kernel
def richardson_lucy_step(  # noqa: PLR0917
    measured: NDArray[np.float64],
    estimate: NDArray[np.float64],
    along_z: NDArray[np.float64],
    along_y: NDArray[np.float64],
    along_x: NDArray[np.float64],
    repeat: bool,
    blurred: NDArray[np.float64],
    correction: NDArray[np.float64],
) -> None:
    """Multiply the estimate by the blurred ratio of what was measured to what the estimate would give.

    Parameters
    ----------
    measured : array of float64, (z, y, x)
        Image, nowhere negative.
    estimate : array of float64, (z, y, x)
        Changed in place.
    along_z, along_y, along_x, repeat
        The point spread function and what lies outside, as in `blur`.
    blurred, correction : array of float64, (z, y, x)
        Work space; `blurred` holds the blurred estimate from before the step, over `measured`, when done.
    """
    blur(estimate, along_z, along_y, along_x, repeat, blurred)
    planes, rows, columns = measured.shape
    for z in range(planes):
        for row in range(rows):
            for column in range(columns):
                blurred[z, row, column] = measured[z, row, column] / (blurred[z, row, column] + SMALLEST)
    blur(blurred, along_z, along_y, along_x, repeat, correction)
    for z in range(planes):
        for row in range(rows):
            for column in range(columns):
                estimate[z, row, column] *= correction[z, row, column]
