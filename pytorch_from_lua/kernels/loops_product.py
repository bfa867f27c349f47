"""Small products of matrices by two threads that meet in memory, in registers as wide as the processor's.

Compiled at first use, and kept on disk. Waking a thread takes longer than a product of a recurrent layer's step, so the
second thread looks for work in a loop (`serve`), and who has work writes it down where that thread looks
(`_multiply`). A product is cut into panels of columns. Both take panels until none is left, one from the front and
one from the back, so that in the next step each finds the panels that it had before in its cache.

A panel of ``b`` is copied so that its rows lie behind each other. Then tiles of ``c``, up to `ROWS` rows by two
vectors, are added up in registers, over all of the depth: each element is one sum in the order of the depth, whoever
computes it and wherever the tiles begin.
"""

from __future__ import annotations

import functools
import platform
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import extending
from numba.core import cgutils, types

from pytorch_from_lua.kernels.namespace import Array

intrinsic: Any = extending.intrinsic  # whose own type says too much
carray: Any = vars(numba)["carray"]  # which it does not export by its own words
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
_loop = numba.njit(**_OPTIONS)

#: What is done with a product: it is written; added to what is there; written with a row added to each of its rows;
#: added, while the sums of the rows of ``a`` are added to a vector.
WRITE, ADD, BIAS, ADD_SUMS = range(4)

#: The most rows of ``b``: room for a panel is made once.
DEPTH = 1024

_X86 = platform.machine().lower() in ("x86_64", "amd64", "x86", "i686")
_FEATURES = llvmlite.binding.get_host_cpu_features() if _X86 else {}
_WIDE = bool(_FEATURES.get("avx512f") and _FEATURES.get("avx512dq"))
_BYTES = 64 if _WIDE else 32 if _FEATURES.get("avx2") and _FEATURES.get("fma") else 16  # of a vector
ROWS = 12 if _WIDE or not _X86 else 6  # with two vectors a row, and two of b: 26 of 32 registers, or 14 of 16

# Where in the memory that the threads share each thing is, as numbers of int64; those which change have cache lines of
# their own.
TICKET, DONE, STOP, REST, _TASK, STATE = 0, 8, 16, 17, 24, 40
_A, _A_ROW, _A_STEP, _B, _B_STEP, _B_COLUMN, _C, _C_ROW, _MORE, _KIND, _M, _N, _K, _PANELS, _DOUBLE, _MAKE = range(
    _TASK, STATE
)
# A ticket is which task it is for, the first panel that is left, and how many are: panels are taken by exchanging it.
_LEFT, _FRONT, _TASK_NUMBER = (1 << 20) - 1, 1 << 20, 1 << 40
_MOST_TASKS = 1 << 22


def _element(kind: Any) -> Any:
    return ir.DoubleType() if kind.dtype == types.float64 else ir.FloatType()


def _width(kind: Any) -> int:
    return _BYTES // (kind.dtype.bitwidth // 8)


@intrinsic
def _width_of(typing: Any, like: Array) -> Any:
    """Return how many elements a vector has."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.get_constant(types.intp, _width(sig.args[0]))

    return types.intp(like), generate


@intrinsic
def _address(typing: Any, array: Array) -> Any:
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


@intrinsic
def _look(typing: Any, state: Array, index: int) -> Any:
    """Return what another thread may have written."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.load_atomic(builder.gep(data, [args[1]]), "acquire", 8)

    return types.int64(state, types.intp), generate


@intrinsic
def _show(typing: Any, state: Array, index: int, value: int) -> Any:
    """Write what another thread looks at, after all that was written before."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        builder.store_atomic(args[2], builder.gep(data, [args[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(state, types.intp, types.int64), generate


@intrinsic
def _exchange(typing: Any, state: Array, index: int, old: int, new: int) -> Any:
    """Write ``new`` in the place of ``old``, if that is still there; return whether it was."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        place = builder.gep(data, [args[1]])
        return builder.extract_value(builder.cmpxchg(place, args[2], args[3], "acq_rel", "acquire"), 1)

    return types.boolean(state, types.intp, types.int64, types.int64), generate


@intrinsic
def _pause(typing: Any) -> Any:
    """Tell the processor that this is a loop which waits."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        nothing = ir.VoidType()
        if _X86:
            pause = ir.FunctionType(nothing, [])
            builder.call(cgutils.get_or_insert_function(builder.module, pause, "llvm.x86.sse2.pause"), [])
        elif platform.machine().lower() in ("aarch64", "arm64"):
            hint = ir.FunctionType(nothing, [cgutils.int32_t])
            name = "llvm.aarch64.hint"
            builder.call(cgutils.get_or_insert_function(builder.module, hint, name), [cgutils.int32_t(1)])  # yield
        return context.get_dummy_value()

    return types.void(), generate


@_loop
def _tiles(
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


@_loop
def _pack(like: Array, b: int, step: int, column: int, columns: int, depth: int, panel: int) -> None:
    """Copy ``columns`` columns of ``b``, from address ``b`` on, so that their rows lie behind each other."""
    width, size = _width_of(like), like.itemsize
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


@_loop
def _even(rows: int) -> int:
    """Return the largest number of rows, of at most so many, that tiles have."""
    return rows - rows % 2 if rows > 1 else 1


@_loop
def _write(
    like: Array, rows: int, columns: int, apart: int, c: int, first: int, c_row: int, kind: int, more: int
) -> None:
    """Do with a tile that was made apart, for it is no whole one, what is to be done with the product."""
    whole = 2 * _width_of(like)
    for y in range(rows):
        for x in range(columns):
            value, at = _get(like, apart, y * whole + x), first + y * c_row + x
            if kind == ADD:
                value = _get(like, c, at) + value
            elif kind == BIAS:
                value = _get(like, more, x) + value
            _set(like, c, at, value)


@_loop
def _add_sums(like: Array, a: int, row: int, step: int, rows: int, depth: int, more: int) -> None:
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


def _make_panel(shared: Any, place: Any, number: int) -> None:
    """Compute the columns of ``c`` which are those of one panel, or the sums of the rows of ``a`` after the last."""
    state, room = carray(shared, STATE), carray(place, 1)
    size, whole = room.itemsize, 2 * _width_of(room)
    a, row, step = state[_A], state[_A_ROW], state[_A_STEP]
    c, c_row, more, kind = state[_C], state[_C_ROW], state[_MORE], state[_KIND]
    rows, depth = state[_M], state[_K]
    if number * whole >= state[_N]:
        _add_sums(room, a, row, step, rows, depth, more)
        return
    if kind == ADD_SUMS:
        kind = ADD
    first = number * whole
    columns = min(whole, state[_N] - first)
    panel = _address(room)
    _pack(room, state[_B] + first * state[_B_COLUMN] * size, state[_B_STEP], state[_B_COLUMN], columns, depth, panel)
    apart = panel + DEPTH * whole * size
    top, most = 0, _even(-(-rows // -(-rows // ROWS)) + 1)
    while top < rows:
        some = min(most, _even(rows - top))
        start = a + top * row * size
        if columns == whole:
            target = c + (top * c_row + first) * size
            _tiles(room, some, start, row, step, panel, depth, target, c_row, kind, more + first * size)
        else:
            _tiles(room, some, start, row, step, panel, depth, apart, whole, WRITE, apart)
            _write(room, some, columns, apart, c, top * c_row + first, c_row, kind, more + first * size)
        top += some


@intrinsic
def _call(typing: Any, function: int, state: Array, room: int, number: int) -> Any:
    """Call `_make_panel` of either type, which so is compiled once for those who call it."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = context.get_value_type(types.intp)
        kind = ir.FunctionType(ir.VoidType(), [word, word, word])
        data = context.make_array(sig.args[1])(context, builder, args[1]).data
        made = builder.inttoptr(args[0], kind.as_pointer())
        builder.call(made, [builder.ptrtoint(data, word), args[2], args[3]])
        return context.get_dummy_value()

    return types.void(types.intp, state, types.intp, types.intp), generate


@_loop
def _take(state: Array, front: bool) -> int:
    """Return the number of a panel which now is the caller's, or -1 where none is left."""
    while True:
        ticket = _look(state, TICKET)
        left = ticket & _LEFT
        if left == 0:
            return -1
        first = (ticket // _FRONT) & _LEFT
        if _exchange(state, TICKET, ticket, ticket + _FRONT - 1 if front else ticket - 1):
            return first if front else first + left - 1


@_loop
def _overlap(a: Array, b: Array) -> bool:
    """Whether the memory from the first to the last element of one has some of the other's."""
    a_start, b_start = _address(a), _address(b)
    a_end, b_end = a_start + a.itemsize, b_start + b.itemsize
    for axis in range(a.ndim):
        a_end += (a.shape[axis] - 1) * a.strides[axis]
    for axis in range(b.ndim):
        b_end += (b.shape[axis] - 1) * b.strides[axis]
    return a_start < b_end and b_start < a_end


@numba.njit("int64(int64[::1], int64)", cache=True, **_OPTIONS)
def ended(state: Array, looks: int) -> int:
    """Look ``looks`` times whether the other thread is done; return how many panels are missing."""
    missing = state[_PANELS] - _look(state, DONE)
    while missing > 0 and looks > 0:
        _pause()
        looks -= 1
        missing = state[_PANELS] - _look(state, DONE)
    return missing


def _multiply(
    a: Array, b: Array, c: Array, more: Array, kind: int, state: Array, make: int, room: int, shared: bool, looks: int
) -> int:  # fmt: skip
    """Multiply ``a`` by ``b``.

    Args:
        a: shape (m, k), none of them 0; its strides are not negative, nor are those of the others.
        b: shape (k, n), k at most `DEPTH`.
        c: shape (m, n), each row dense; see ``kind``.
        more: shape (n,) where ``kind`` is `BIAS`, (m,) where it is `ADD_SUMS`; dense.
        kind: `WRITE`, `ADD`, `BIAS` or `ADD_SUMS`.
        state: int64, `STATE` of them: what the two threads share.
        make: the address of the compiled `_make_panel`.
        room: the address of where a panel is copied to, see `new_room`.
        shared: whether another thread serves.
        looks: how often to look whether the other thread is done.

    Returns:
        How many panels the other thread has taken and is not done with (see `ended`); -1, and nothing is done, where
        what is written and what is read lie in the same memory.
    """
    apart = not (_overlap(a, c) or _overlap(b, c))
    if not apart or (kind >= BIAS and (_overlap(more, c) or _overlap(more, a) or _overlap(more, b))):
        return -1
    size = c.itemsize
    state[_A], state[_A_ROW], state[_A_STEP] = _address(a), a.strides[0] // size, a.strides[1] // size
    state[_B], state[_B_STEP], state[_B_COLUMN] = _address(b), b.strides[0] // size, b.strides[1] // size
    state[_C], state[_C_ROW], state[_MORE], state[_KIND] = _address(c), c.strides[0] // size, _address(more), kind
    state[_M], state[_N], state[_K] = a.shape[0], b.shape[1], a.shape[1]
    state[_MAKE], state[_DOUBLE] = make, size == 8
    panels = -(-b.shape[1] // (2 * _width_of(c))) + (kind == ADD_SUMS)
    if not shared:
        for number in range(panels):
            _call(make, state, room, number)
        return 0
    state[DONE] = 0
    task = (state[TICKET] // _TASK_NUMBER + 1) % _MOST_TASKS
    _show(state, TICKET, task * _TASK_NUMBER + panels)
    own = 0
    number = _take(state, True)
    while number >= 0:
        _call(make, state, room, number)
        own += 1
        number = _take(state, True)
    state[_PANELS] = panels - own
    return ended(state, looks)


@functools.cache
def small_product(kind: str) -> tuple[Any, int]:
    """Return `_multiply` compiled for a type, ``"f"`` or ``"d"``, and the address that it needs."""
    x = {"f": "float32", "d": "float64"}[kind]
    made = numba.cfunc(f"void(CPointer(int64), CPointer({x}), int64)", cache=True, **_OPTIONS)(_make_panel)
    # For arrays however they lie: else each layout would be compiled for itself.
    matrix = f"{x}[:, :]"
    signature = f"int64({matrix}, {matrix}, {matrix}, {x}[:], int64, int64[::1], int64, int64, boolean, int64)"
    return numba.njit(signature, cache=True, **_OPTIONS)(_multiply), int(made.address or 0)


@numba.njit("boolean(int64[::1], int64, int64, int64)", cache=True, **_OPTIONS)
def serve(state: Array, room: int, room_double: int, looks: int) -> bool:
    """Compute panels as another thread writes products down; return after ``looks`` looks in vain, or told to rest.

    Args:
        state: what the two threads share.
        room: the address of room of its own for a panel of float32.
        room_double: the same for float64.
        looks: at most so many in vain.

    Returns:
        False where the thread is to end.
    """
    idle = 0
    while idle < looks:
        number = _take(state, False)
        if number < 0:
            if _look(state, STOP) != 0:
                return False
            if _look(state, REST) != 0:
                return True
            idle += 1
            _pause()
            continue
        _call(state[_MAKE], state, room_double if state[_DOUBLE] != 0 else room, number)
        _show(state, DONE, state[DONE] + 1)
        idle = 0
    return True


def new_room(kind: str) -> Array:
    """Return room for a panel and a tile of a type, ``"f"`` or ``"d"``."""
    return np.zeros((DEPTH + ROWS) * 2 * (_BYTES // np.dtype(kind).itemsize), kind)


def new_state() -> Array:
    """Return what two threads share, at the beginning of a cache line."""
    whole = np.zeros(STATE + 8, np.int64)
    first = -whole.ctypes.data // 8 % 8
    return whole[first : first + STATE]
