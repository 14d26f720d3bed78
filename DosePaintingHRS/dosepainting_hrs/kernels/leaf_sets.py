"""Squared distances of the voxels of one leaf in single precision, and which of them are how near, in wide instructions.

A loop that fills an array of distances, and others that read it to set bits, take three times as long: what lies between them
leaves the registers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, errors
from numba.extending import intrinsic
from numpy.typing import NDArray

from .kd_leaves import LEAF

Singles = NDArray[np.float32]
_WIDE, _WORD, _PLACE = ir.VectorType(ir.FloatType(), LEAF), ir.IntType(LEAF), ir.IntType(32)


def _nearness(_typing: Any, values: Any, index: Any, centres: Any, one: Any, below: Any, up_to: Any, block: Any) -> Any:  # noqa: PLR0917
    for array in (values, centres, block):
        if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.float32:
            raise errors.TypingError("nearness takes C-contiguous arrays of float32")
    signature = types.UniTuple(types.uint64, 2)(values, types.intp, centres, types.intp, types.float32, types.float32, block)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of, at, to = (context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 2, 6))
        axes = builder.extract_value(of.shape, 1)
        leaf = builder.mul(arguments[1], builder.mul(axes, ir.Constant(axes.type, LEAF)))
        centre = builder.mul(arguments[3], axes)
        total = cgutils.alloca_once(builder, _WIDE)
        builder.store(ir.Constant(_WIDE, None), total)
        with cgutils.for_range(builder, axes) as loop:
            place = builder.add(leaf, builder.mul(loop.index, ir.Constant(axes.type, LEAF)))
            value = _load(builder, builder.gep(of.data, [place]))
            away = builder.fsub(value, _spread(builder, builder.load(builder.gep(at.data, [builder.add(centre, loop.index)]))))
            builder.store(builder.fadd(builder.load(total), builder.fmul(away, away)), total)
        found = builder.load(total)
        builder.store(found, builder.bitcast(to.data, _WIDE.as_pointer())).align = 4
        sets = [
            builder.bitcast(builder.fcmp_ordered(how, found, _spread(builder, arguments[place])), _WORD)
            for how, place in (("<", 4), ("<=", 5))
        ]
        return context.make_tuple(builder, signature.return_type, sets)

    return signature, generate


def _load(builder: Any, pointer: Any) -> Any:
    """Return LEAF numbers from an address that need not be aligned."""
    value = builder.load(builder.bitcast(pointer, _WIDE.as_pointer()))
    value.align = 4
    return value


def _spread(builder: Any, value: Any) -> Any:
    """Return a number LEAF times."""
    empty = ir.Constant(_WIDE, ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(_PLACE, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(_PLACE, LEAF), [0] * LEAF))


nearness = cast(
    Callable[[Singles, int, Singles, int, np.float32, np.float32, Singles], tuple[np.uint64, np.uint64]], intrinsic(_nearness)
)
"""Fill the squared distances of a leaf to a centre; returns which lie below a limit, and which up to another.

Parameters
----------
values : ndarray, (leaves, m, LEAF)
    Normalised values.
index : int
    Which leaf.
centres : ndarray, (c, m)
    Normalised centres.
one : int
    Which centre.
below, up_to : float
    The limits.
block : ndarray, (LEAF,)
    Filled.

Returns
-------
tuple of uint64
    A bit for each place of the leaf.
"""
