"""Reading long lists of decimal numbers, as DICOM writes contours, from bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel


@kernel
def parse_decimals(text: NDArray[np.uint8], powers: NDArray[np.float64], values: NDArray[np.float64]) -> int:
    """Read numbers separated by backslashes, each correctly rounded.

    Parameters
    ----------
    text : array of uint8, (n,)
        Numbers such as ``-12.5``, spaces and trailing zero bytes allowed around them.
    powers : array, (23,)
        10 to the power 0 ... 22.
    values : array
        Receives the numbers; must have one place per separator plus one.

    Returns
    -------
    int
        How many numbers were read, or -1 when something is no plain decimal number of at most 15 digits: an exponent,
        a longer number, an empty place, a letter. What that is remains to be found by a slower reader.

    Notes
    -----
    An integer under 10^15 and a power of ten up to 10^22 are exact in binary64, so their quotient is the correctly rounded
    value (W. D. Clinger, How to read floating point numbers accurately, PLDI 1990, doi:10.1145/93542.93557, section 3).
    """
    count = 0
    digits, decimals, mantissa = 0, -1, 0
    negative, started, ended = False, False, False
    for at in range(len(text) + 1):
        c = int(text[at]) if at < len(text) else 92
        if 48 <= c <= 57:
            if ended or digits == 15:
                return -1
            started = True
            digits += 1
            mantissa = mantissa * 10 + (c - 48)
            if decimals >= 0:
                decimals += 1
        elif c == 92:
            if digits == 0:
                return -1
            value = mantissa / powers[max(decimals, 0)]
            values[count] = -value if negative else value
            count += 1
            digits, decimals, mantissa = 0, -1, 0
            negative, started, ended = False, False, False
        elif c == 46 and decimals < 0 and not ended:
            started, decimals = True, 0
        elif c in (43, 45) and not started:
            started, negative = True, c == 45
        elif c in (0, 32):
            ended = started
        else:
            return -1
    return count
