"""Tiles of a product of matrices, added up in registers as wide as the processor's.

A panel of ``b``, two vectors wide, is copied so that its rows lie behind each other. Then tiles of ``c``, up to `ROWS`
rows by two vectors, are added up in registers, over all of the depth: each element is one sum in the order of the
depth, whoever computes it and wherever the tiles begin. Memory is given by addresses; an array of the type of the
elements says what lies there. Compiled for the loops of ``loops_product.py``.
"""

from __future__ import annotations

import platform
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import extending
from numba.core import cgutils, types

from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.small_products import ADD, BIAS, WRITE

intrinsic: Any = extending.intrinsic  # whose own type says too much
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
loop = numba.njit(**OPTIONS)

X86 = platform.machine().lower() in ("x86_64", "amd64", "x86", "i686")
_FEATURES = llvmlite.binding.get_host_cpu_features() if X86 else {}
_WIDE = bool(_FEATURES.get("avx512f") and _FEATURES.get("avx512dq"))
BYTES = 64 if _WIDE else 32 if _FEATURES.get("avx2") and _FEATURES.get("fma") else 16  # of a vector
ROWS = 12 if _WIDE or not X86 else 6  # with two vectors a row, and two of b: 26 of 32 registers, or 14 of 16


def _element(kind: Any) -> Any:
    return ir.DoubleType() if kind.dtype == types.float64 else ir.FloatType()


def _width(kind: Any) -> int:
    return BYTES // (kind.dtype.bitwidth // 8)


@intrinsic
def width_of(typing: Any, like: Array) -> Any:
    """Return how many elements a vector has."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.get_constant(types.intp, _width(sig.args[0]))

    return types.intp(like), generate


@intrinsic
def address(typing: Any, array: Array) -> Any:
    """Return where the first element of an array is."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.ptrtoint(data, context.get_value_type(types.intp))

    return types.intp(array), generate


@intrinsic
def _get(typing: Any, like: Array, address: int, index: int) -> Any:
    """Return the element with a number of those at an address."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        first = builder.inttoptr(args[1], _element(sig.args[0]).as_pointer())
        return builder.load(builder.gep(first, [args[2]]))

    return like.dtype(like, types.intp, types.intp), generate


@intrinsic
def _set(typing: Any, like: Array, address: int, index: int, value: Any) -> Any:
    """Write the element with a number of those at an address."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        first = builder.inttoptr(args[1], _element(sig.args[0]).as_pointer())
        builder.store(args[3], builder.gep(first, [args[2]]))
        return context.get_dummy_value()

    return types.void(like, types.intp, types.intp, like.dtype), generate


@intrinsic
def _copy_vectors(typing: Any, like: Array, source: int, step: int, target: int, count: int) -> Any:
    """Write two vectors from each of ``count`` places ``step`` elements apart one after another."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, source, step, target, count = args
        element, width = _element(sig.args[0]), _width(sig.args[0])
        word, align = ir.VectorType(element, width), sig.args[0].dtype.bitwidth // 8
        source, target = (builder.inttoptr(place, element.as_pointer()) for place in (source, target))
        with cgutils.for_range(builder, count) as row:
            start = builder.gep(source, [builder.mul(row.index, step)])
            to = builder.gep(target, [builder.mul(row.index, row.index.type(2 * width))])
            for at in (0, width):
                place = builder.bitcast(builder.gep(start, [cgutils.int32_t(at)]), word.as_pointer())
                value = builder.load(place, align=align)
                builder.store(value, builder.bitcast(builder.gep(to, [cgutils.int32_t(at)]), word.as_pointer()), align)
        return context.get_dummy_value()

    return types.void(like, types.intp, types.intp, types.intp, types.intp), generate


@intrinsic
def _turn(typing: Any, like: Array, source: int, step: int, target: int) -> Any:
    """Write a square of vectors, ``step`` elements apart, as the columns of another, in rows of two vectors."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, source, step, target = args
        element, width = _element(sig.args[0]), _width(sig.args[0])
        word, align = ir.VectorType(element, width), sig.args[0].dtype.bitwidth // 8
        source, target = (builder.inttoptr(place, element.as_pointer()) for place in (source, target))
        rows = []
        for i in range(width):
            place = builder.gep(source, [builder.mul(step, step.type(i))])
            rows.append(builder.load(builder.bitcast(place, word.as_pointer()), align=align))

        def mixed(a: Any, b: Any, order: list[int]) -> Any:
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(cgutils.int32_t, width), order))

        half = 1
        while half < width:  # rows and columns change places, one bit of their numbers at a time
            low = [lane + width - half if lane & half else lane for lane in range(width)]
            high = [lane + width if lane & half else lane + half for lane in range(width)]
            for i in range(width):
                if not i & half:
                    a, b = rows[i], rows[i + half]
                    rows[i], rows[i + half] = mixed(a, b, low), mixed(a, b, high)
            half *= 2
        for i, row in enumerate(rows):
            place = builder.gep(target, [cgutils.int32_t(2 * width * i)])
            builder.store(row, builder.bitcast(place, word.as_pointer()), align=align)
        return context.get_dummy_value()

    return types.void(like, types.intp, types.intp, types.intp), generate


def _tile(count: int) -> Any:
    """Return the loop for tiles of ``count`` rows."""

    @intrinsic
    def tile(
        typing: Any, like: Array, a: int, row: int, step: int, panel: int, depth: int, c: int, c_row: int, kind: int,
        more: int,
    ) -> Any:  # fmt: skip
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            _, a, row, step, panel, depth, c, c_row, kind, more = args
            element, width = _element(sig.args[0]), _width(sig.args[0])
            word, align = ir.VectorType(element, width), sig.args[0].dtype.bitwidth // 8
            a, panel, c, more = (builder.inttoptr(place, element.as_pointer()) for place in (a, panel, c, more))
            size = "f64" if element == ir.DoubleType() else "f32"
            fma = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(word, [word] * 3), f"llvm.fmuladd.v{width}{size}"
            )
            zero = ir.Constant(word, [0.0] * width)
            sums = [[cgutils.alloca_once_value(builder, zero) for _ in range(2)] for _ in range(count)]
            for pair in sums:
                for one in pair:
                    builder.store(zero, one)
            starts = [builder.gep(a, [builder.mul(row, row.type(i))]) for i in range(count)]

            def vectors(place: Any) -> list[Any]:
                places = [builder.gep(place, [cgutils.int32_t(at)]) for at in (0, width)]
                return [builder.bitcast(one, word.as_pointer()) for one in places]

            same = ir.Constant(ir.VectorType(cgutils.int32_t, width), [0] * width)
            with cgutils.for_range(builder, depth) as k:
                place = builder.gep(panel, [builder.mul(k.index, k.index.type(2 * width))])
                columns = [builder.load(one, align=align) for one in vectors(place)]
                at = builder.mul(k.index, step)
                for start, pair in zip(starts, sums, strict=True):
                    number = builder.load(builder.gep(start, [at]))
                    first = builder.insert_element(ir.Constant(word, ir.Undefined), number, cgutils.int32_t(0))
                    factor = builder.shuffle_vector(first, first, same)
                    for one, column in zip(pair, columns, strict=True):
                        builder.store(builder.call(fma, [factor, column, builder.load(one)]), one)

            targets = [vectors(builder.gep(c, [builder.mul(c_row, c_row.type(i))])) for i in range(count)]

            def write(number: int, other: Any) -> None:
                with builder.if_then(builder.icmp_signed("==", kind, kind.type(number))):
                    for i in range(count):
                        for j in range(2):
                            value = builder.load(sums[i][j])
                            if other is not None:
                                value = builder.fadd(other(i, j), value)
                            builder.store(value, targets[i][j], align=align)

            write(WRITE, None)
            write(ADD, lambda i, j: builder.load(targets[i][j], align=align))
            write(BIAS, lambda i, j: builder.load(vectors(more)[j], align=align))
            return context.get_dummy_value()

        return types.void(like, *[types.intp] * 9), generate

    return tile


_tile_1, _tile_2, _tile_4, _tile_6, _tile_8, _tile_10, _tile_12 = map(_tile, (1, 2, 4, 6, 8, 10, 12))


@loop
def tiles(
    like: Array, count: int, a: int, row: int, step: int, panel: int, depth: int, c: int, c_row: int, kind: int,
    more: int,
) -> None:  # fmt: skip
    """Make a tile of ``count`` rows: 12, 10, 8, 6, 4, 2 or 1."""
    if count == 12:
        _tile_12(like, a, row, step, panel, depth, c, c_row, kind, more)
    elif count == 10:
        _tile_10(like, a, row, step, panel, depth, c, c_row, kind, more)
    elif count == 8:
        _tile_8(like, a, row, step, panel, depth, c, c_row, kind, more)
    elif count == 6:
        _tile_6(like, a, row, step, panel, depth, c, c_row, kind, more)
    elif count == 4:
        _tile_4(like, a, row, step, panel, depth, c, c_row, kind, more)
    elif count == 2:
        _tile_2(like, a, row, step, panel, depth, c, c_row, kind, more)
    else:
        _tile_1(like, a, row, step, panel, depth, c, c_row, kind, more)


@loop
def pack(like: Array, b: int, step: int, column: int, columns: int, depth: int, panel: int) -> None:
    """Copy ``columns`` columns of ``b``, from address ``b`` on, so that their rows lie behind each other."""
    width, size = width_of(like), like.itemsize
    whole = 2 * width
    if columns == whole and column == 1:
        _copy_vectors(like, b, step, panel, depth)
        return
    k = 0
    if columns == whole and step == 1:
        while k + width <= depth:
            for half in range(2):
                _turn(like, b + (half * width * column + k) * size, column, panel + (k * whole + half * width) * size)
            k += width
    while k < depth:
        for j in range(columns):
            _set(like, panel, k * whole + j, _get(like, b, k * step + j * column))
        for j in range(columns, whole):
            _set(like, panel, k * whole + j, like.dtype.type(0))
        k += 1


@loop
def even(rows: int) -> int:
    """Return the largest number of rows, of at most so many, that tiles have."""
    return rows - rows % 2 if rows > 1 else 1


@loop
def write(
    like: Array, rows: int, columns: int, apart: int, c: int, first: int, c_row: int, kind: int, more: int
) -> None:
    """Do with a tile that was made apart, for it is no whole one, what is to be done with the product."""
    whole = 2 * width_of(like)
    for y in range(rows):
        for x in range(columns):
            value, at = _get(like, apart, y * whole + x), first + y * c_row + x
            if kind == ADD:
                value = _get(like, c, at) + value
            elif kind == BIAS:
                value = _get(like, more, x) + value
            _set(like, c, at, value)


@loop
def add_sums(like: Array, a: int, row: int, step: int, rows: int, depth: int, more: int) -> None:
    """Add the sums of the rows of ``a`` to a vector; each is one sum in the order of the depth."""
    totals = np.empty(rows, like.dtype)
    for i in range(rows):
        totals[i] = _get(like, a, i * row)
    for k in range(1, depth):
        if row == 1:
            for i in range(rows):
                totals[i] += _get(like, a, i + k * step)
        else:
            for i in range(rows):
                totals[i] += _get(like, a, i * row + k * step)
    for i in range(rows):
        _set(like, more, i, _get(like, more, i) + totals[i])
