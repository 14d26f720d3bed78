"""Wide instructions written out: what compilers make of loops is not always wide, and leaves sums in memory."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import errors

_INDEX = ir.IntType(32)


def require_arrays(dtype: Any, *arrays: Any) -> None:
    """Refuse to compile for arrays of any other type, or with gaps."""
    if any(not isinstance(one, types.Array) or one.layout != "C" or one.dtype != dtype for one in arrays):
        raise errors.TypingError(f"Wide instructions take C-contiguous arrays of {dtype}")


def loaded(builder: Any, place: Any) -> Any:
    """Return the numbers at an address that need not be aligned."""
    value = builder.load(place)
    value.align = 4
    return value


def store(builder: Any, value: Any, place: Any) -> None:
    """Keep numbers at an address that need not be aligned."""
    builder.store(value, place).align = 4


def spread(builder: Any, value: Any, vector: Any) -> Any:
    """Return a number in every place of a vector."""
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(_INDEX, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(_INDEX, vector.count), [0] * vector.count))
