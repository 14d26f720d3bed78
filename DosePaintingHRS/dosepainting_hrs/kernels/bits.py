"""Sets of up to 64 places as the bits of a word."""

from __future__ import annotations

import numpy as np

from .jit import kernel

_ONE = np.uint64(1)


@kernel
def count_bits(word: np.uint64) -> np.uint64:
    """Return how many bits are set."""
    word = word - ((word >> _ONE) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@kernel
def lowest_bit(word: np.uint64) -> np.uint64:
    """Return the place of the lowest bit that is set."""
    return count_bits((word & (~word + _ONE)) - _ONE)


@kernel
def without_lowest(word: np.uint64) -> np.uint64:
    """Return the other bits."""
    return word & (word - _ONE)
