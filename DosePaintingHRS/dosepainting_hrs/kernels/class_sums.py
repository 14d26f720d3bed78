"""Sums over the tumours that each of many shuffles puts into a class, a place of a wide instruction for each shuffle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from .wide import require_arrays, spread, store

BLOCK = 32
"""Shuffles that are summed together, at most: as many as a member's word has bits."""
Singles = NDArray[np.float32]
Members = NDArray[np.uint32]
_FLOATS, _BITS = ir.VectorType(ir.FloatType(), BLOCK), ir.VectorType(ir.IntType(1), BLOCK)


def _sum_class(_typing: Any, values: Any, squares: Any, members: Any, _block: Any, _one: Any, sums: Any) -> Any:
    require_arrays(types.float32, values, squares, sums)
    require_arrays(types.uint32, members)
    signature = types.void(values, squares, members, types.intp, types.intp, sums)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of, to, words = (context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 5, 2))
        other = context.make_array(signature.args[1])(context, builder, arguments[1])
        classes, tumours = builder.extract_value(words.shape, 1), builder.extract_value(words.shape, 2)
        row = builder.mul(builder.add(builder.mul(arguments[3], classes), arguments[4]), tumours)
        totals = [[cgutils.alloca_once_value(builder, ir.Constant(_FLOATS, None)) for _ in range(2)] for _ in range(2)]
        with cgutils.for_range(builder, builder.udiv(tumours, ir.Constant(tumours.type, 2))) as loop:
            for which in range(2):  # Two sums of each kind: no addition waits for the one before.
                tumour = builder.add(builder.mul(loop.index, ir.Constant(tumours.type, 2)), ir.Constant(tumours.type, which))
                word = builder.load(builder.gep(words.data, [builder.add(row, tumour)]))
                has = builder.bitcast(word, _BITS)
                for table, total in zip((of, other), totals[which], strict=True):
                    number = spread(builder, builder.load(builder.gep(table.data, [tumour])), _FLOATS)
                    part = builder.select(has, number, ir.Constant(_FLOATS, None))
                    builder.store(builder.fadd(builder.load(total), part), total)
        for kind in range(2):
            place = builder.mul(
                builder.add(builder.mul(arguments[4], ir.Constant(tumours.type, 2)), ir.Constant(tumours.type, kind)),
                ir.Constant(tumours.type, BLOCK),
            )
            total = builder.fadd(builder.load(totals[0][kind]), builder.load(totals[1][kind]))
            store(builder, total, builder.bitcast(builder.gep(to.data, [place]), _FLOATS.as_pointer()))

    return signature, generate


sum_class = cast(Callable[[Singles, Singles, Members, int, int, Singles], None], intrinsic(_sum_class))
"""Fill the sums of the values and of their squares over one class, of every shuffle of a block.

Parameters
----------
values, squares : ndarray, (t,)
    Of the tumours; t is even.
members : ndarray, (blocks, classes, t)
    A bit for each shuffle of a block that puts the tumour into the class.
block, one : int
    Which block, which class.
sums : ndarray, (classes, 2, BLOCK)
    Those of the class are filled.
"""
