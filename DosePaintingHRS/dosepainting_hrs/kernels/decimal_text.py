"""Writing long lists of coordinates as decimal text, as DICOM wants contours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def write_decimals(ten_thousandths: NDArray[np.int64], text: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
    """Write numbers with at most four decimals, a backslash after each, without trailing zeros.

    Parameters
    ----------
    ten_thousandths : array of int64, (n,)
        The numbers times 10 000.
    text : array of uint8
        Receives the characters; must hold 21 bytes per number.
    ends : array of int64, (n + 1,)
        Receives where each number begins in `text`, and after the last one, where it ends with its backslash.
    """
    at = 0
    for index in range(len(ten_thousandths)):
        ends[index] = at
        value = ten_thousandths[index]
        if value < 0:
            text[at] = 45
            at += 1
            value = -value
        whole, fraction = value // 10000, value % 10000
        size = 1
        while whole >= 10**size:
            size += 1
        for place in range(size):
            text[at + size - 1 - place] = 48 + whole % 10
            whole //= 10
        at += size
        if fraction:
            text[at] = 46
            at += 1
        divisor = 1000
        while fraction:
            text[at] = 48 + fraction // divisor
            fraction %= divisor
            divisor //= 10
            at += 1
        text[at] = 92
        at += 1
    ends[len(ten_thousandths)] = at
