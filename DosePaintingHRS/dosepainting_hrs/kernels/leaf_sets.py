"""Which voxels of a leaf, or which boxes of a group of leaves, are how near, in single precision and in wide instructions.

A loop that fills an array of distances, and others that read it to set bits, take three times as long: what lies between them
leaves the registers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from .kd_leaves import LANES, LEAF
from .wide import loaded, require_arrays, spread, store

Singles = NDArray[np.float32]
Counts = NDArray[np.int32]
Bits = NDArray[np.uint64]
_PAIR = types.UniTuple(types.uint64, 2)
_WIDE, _WORD = ir.VectorType(ir.FloatType(), LEAF), ir.IntType(LEAF)
_COUNTS, _WORDS = ir.VectorType(ir.IntType(32), LANES), ir.VectorType(_WORD, LANES)


def _nearness(_typing: Any, values: Any, _index: Any, centres: Any, _one: Any, _below: Any, _up_to: Any, block: Any) -> Any:
    require_arrays(types.float32, values, centres, block)
    signature = _PAIR(values, types.intp, centres, types.intp, types.float32, types.float32, block)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of, at, to = (context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 2, 6))
        axes = builder.extract_value(of.shape, 1)
        first = builder.mul(arguments[1], builder.mul(axes, ir.Constant(axes.type, LEAF)))
        total = _zero(builder)
        with cgutils.for_range(builder, axes) as loop:
            value = _load(builder, of, first, loop.index)
            _add_square(builder, total, builder.fsub(value, _centre(builder, at, arguments[3], axes, loop.index)))
        found = builder.load(total)
        store(builder, found, builder.bitcast(to.data, _WIDE.as_pointer()))
        sets = [_set(builder, how, found, arguments[place]) for how, place in (("<", 4), ("<=", 5))]
        return context.make_tuple(builder, signature.return_type, sets)

    return signature, generate


def _box_nearness(_typing: Any, boxes: Any, _index: Any, centres: Any, _one: Any, _below: Any, _up_to: Any) -> Any:
    require_arrays(types.float32, boxes, centres)
    signature = _PAIR(boxes, types.intp, centres, types.intp, types.float32, types.float32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of, at = (context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 2))
        axes = builder.extract_value(of.shape, 2)
        length = builder.mul(axes, ir.Constant(axes.type, LEAF))
        least = builder.mul(arguments[1], builder.add(length, length))
        most = builder.add(least, length)
        nearest, farthest = _zero(builder), _zero(builder)
        with cgutils.for_range(builder, axes) as loop:
            centre = _centre(builder, at, arguments[3], axes, loop.index)
            low, high = _load(builder, of, least, loop.index), _load(builder, of, most, loop.index)
            under, over = builder.fsub(low, centre), builder.fsub(centre, high)
            _add_square(builder, nearest, _greater(builder, _greater(builder, under, over), ir.Constant(_WIDE, None)))
            _add_square(builder, farthest, _greater(builder, builder.fsub(centre, low), builder.fsub(high, centre)))
        sets = [
            _set(builder, how, builder.load(found), arguments[place])
            for how, found, place in (("<", farthest, 4), ("<=", nearest, 5))
        ]
        return context.make_tuple(builder, signature.return_type, sets)

    return signature, generate


def _add_counts(_typing: Any, counts: Any, _index: Any, inside: Any, _one: Any) -> Any:
    require_arrays(types.int32, counts, inside)
    signature = types.void(counts, types.intp, inside, types.intp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of, to = (context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 2))
        for count, total in _lanes(builder, of, arguments[1], _COUNTS, to, arguments[3]):
            store(builder, builder.add(loaded(builder, total), loaded(builder, count)), total)

    return signature, generate


def _add_places(_typing: Any, bits: Any, _index: Any, _places: Any, inside: Any, _one: Any) -> Any:
    require_arrays(types.uint64, bits)
    require_arrays(types.int32, inside)
    signature = types.void(bits, types.intp, types.uint64, inside, types.intp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of, to = (context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 3))
        count_bits = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_WORDS, [_WORDS]), f"llvm.ctpop.v{LANES}i64"
        )
        wanted = spread(builder, arguments[2], _WORDS)
        for words, total in _lanes(builder, of, arguments[1], _WORDS, to, arguments[4]):
            counts = builder.call(count_bits, [builder.and_(loaded(builder, words), wanted)])
            store(builder, builder.add(loaded(builder, total), builder.trunc(counts, _COUNTS)), total)

    return signature, generate


def _lanes(  # noqa: PLR0917
    builder: Any, of: Any, index: Any, kind: Any, to: Any, one: Any
) -> Iterator[tuple[Any, Any]]:
    """Write a loop over the columns of two tables; gives where LANES of a row of each are."""
    columns = builder.extract_value(of.shape, 1)
    with cgutils.for_range(builder, builder.udiv(columns, ir.Constant(columns.type, LANES))) as loop:
        first = builder.mul(loop.index, ir.Constant(columns.type, LANES))
        places = (builder.add(builder.mul(row, columns), first) for row in (index, one))
        yield tuple(
            builder.bitcast(builder.gep(table.data, [place]), vector.as_pointer())
            for table, place, vector in zip((of, to), places, (kind, _COUNTS), strict=True)
        )


def _zero(builder: Any) -> Any:
    """Return where sums of LEAF numbers are kept: in registers, in the end."""
    place = cgutils.alloca_once(builder, _WIDE)
    builder.store(ir.Constant(_WIDE, None), place)
    return place


def _load(builder: Any, array: Any, first: Any, axis: Any) -> Any:
    """Return the LEAF numbers of an axis."""
    place = builder.add(first, builder.mul(axis, ir.Constant(axis.type, LEAF)))
    return loaded(builder, builder.bitcast(builder.gep(array.data, [place]), _WIDE.as_pointer()))


def _centre(builder: Any, array: Any, one: Any, axes: Any, axis: Any) -> Any:
    """Return a coordinate of a centre, LEAF times."""
    return spread(builder, builder.load(builder.gep(array.data, [builder.add(builder.mul(one, axes), axis)])), _WIDE)


def _greater(builder: Any, one: Any, other: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", one, other), one, other)


def _add_square(builder: Any, total: Any, away: Any) -> None:
    builder.store(builder.fadd(builder.load(total), builder.fmul(away, away)), total)


def _set(builder: Any, how: str, found: Any, limit: Any) -> Any:
    """Return a bit for each number that compares so with a limit."""
    return builder.bitcast(builder.fcmp_ordered(how, found, spread(builder, limit, _WIDE)), _WORD)


Sets = tuple[np.uint64, np.uint64]
nearness = cast(Callable[[Singles, int, Singles, int, np.float32, np.float32, Singles], Sets], intrinsic(_nearness))
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
box_nearness = cast(Callable[[Singles, int, Singles, int, np.float32, np.float32], Sets], intrinsic(_box_nearness))
"""Return which boxes of a group have their farthest point below a limit, and which their nearest up to another.

Parameters
----------
boxes : ndarray, (groups, 2, m, LEAF)
    Least and greatest values.
index : int
    Which group.
centres, one, below, up_to
    See `nearness`.

Returns
-------
tuple of uint64
    A bit for each box.
"""
add_counts = cast(Callable[[Counts, int, Counts, int], None], intrinsic(_add_counts))
"""Add a row of counts to another.

Parameters
----------
counts : ndarray, (rows, c)
    Voxels of each tumour.
index : int
    Which row.
inside : ndarray, (rows, c)
    Added to.
one : int
    To which row.
"""
add_places = cast(Callable[[Bits, int, np.uint64, Counts, int], None], intrinsic(_add_places))
"""Add the voxels of each tumour at some places of a leaf to a row of counts.

Parameters
----------
bits : ndarray, (leaves, c)
    Places of each tumour.
index : int
    Which leaf.
places : uint64
    A bit for each place.
inside, one
    See `add_counts`.
"""
