"""Small products of matrices by two threads that meet in memory.

Compiled at first use, and kept on disk. Waking a thread takes longer than a product of a recurrent layer's step, so the
second thread looks for work in a loop (`serve`), and who has work writes it down where that thread looks
(`_multiply`). A product is cut into panels of columns (``product_tiles.py``). Both take panels until none is left, one
from the front and one from the back, so that in the next step each finds the panels that it had before in its cache.
"""

from __future__ import annotations

import functools
import platform
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.product_tiles import (
    BYTES,
    OPTIONS,
    ROWS,
    X86,
    add_sums,
    address,
    even,
    intrinsic,
    loop,
    pack,
    tiles,
    width_of,
    write,
)
from pytorch_from_lua.kernels.small_products import ADD, ADD_SUMS, BIAS, DEPTH, WRITE

carray: Any = vars(numba)["carray"]  # which it does not export by its own words

# Where in the memory that the threads share each thing is, as numbers of int64; those which change have cache lines of
# their own.
TICKET, DONE, STOP, REST, _TASK, STATE = 0, 8, 16, 17, 24, 40
_A, _A_ROW, _A_STEP, _B, _B_STEP, _B_COLUMN, _C, _C_ROW, _MORE, _KIND, _M, _N, _K, _PANELS, _DOUBLE, _MAKE = range(
    _TASK, STATE
)
# A ticket is which task it is for, the first panel that is left, and how many are: panels are taken by exchanging it.
_LEFT, _FRONT, _TASK_NUMBER = (1 << 20) - 1, 1 << 20, 1 << 40
_MOST_TASKS = 1 << 22


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
        if X86:
            pause = ir.FunctionType(nothing, [])
            builder.call(cgutils.get_or_insert_function(builder.module, pause, "llvm.x86.sse2.pause"), [])
        elif platform.machine().lower() in ("aarch64", "arm64"):
            hint = ir.FunctionType(nothing, [cgutils.int32_t])
            name = "llvm.aarch64.hint"
            builder.call(cgutils.get_or_insert_function(builder.module, hint, name), [cgutils.int32_t(1)])  # yield
        return context.get_dummy_value()

    return types.void(), generate


def _make_panel(shared: Any, place: Any, number: int) -> None:
    """Compute the columns of ``c`` which are those of one panel, or the sums of the rows of ``a`` after the last."""
    state, room = carray(shared, STATE), carray(place, 1)
    size, whole = room.itemsize, 2 * width_of(room)
    a, row, step = state[_A], state[_A_ROW], state[_A_STEP]
    c, c_row, more, kind = state[_C], state[_C_ROW], state[_MORE], state[_KIND]
    rows, depth = state[_M], state[_K]
    if number * whole >= state[_N]:
        add_sums(room, a, row, step, rows, depth, more)
        return
    if kind == ADD_SUMS:
        kind = ADD
    first = number * whole
    columns = min(whole, state[_N] - first)
    panel = address(room)
    pack(room, state[_B] + first * state[_B_COLUMN] * size, state[_B_STEP], state[_B_COLUMN], columns, depth, panel)
    apart = panel + DEPTH * whole * size
    top, most = 0, even(-(-rows // -(-rows // ROWS)) + 1)
    while top < rows:
        some = min(most, even(rows - top))
        start = a + top * row * size
        if columns == whole:
            target = c + (top * c_row + first) * size
            tiles(room, some, start, row, step, panel, depth, target, c_row, kind, more + first * size)
        else:
            tiles(room, some, start, row, step, panel, depth, apart, whole, WRITE, apart)
            write(room, some, columns, apart, c, top * c_row + first, c_row, kind, more + first * size)
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


@loop
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


@loop
def _overlap(a: Array, b: Array) -> bool:
    """Whether the memory from the first to the last element of one has some of the other's."""
    a_start, b_start = address(a), address(b)
    a_end, b_end = a_start + a.itemsize, b_start + b.itemsize
    for axis in range(a.ndim):
        a_end += (a.shape[axis] - 1) * a.strides[axis]
    for axis in range(b.ndim):
        b_end += (b.shape[axis] - 1) * b.strides[axis]
    return a_start < b_end and b_start < a_end


@numba.njit("int64(int64[::1], int64)", cache=True, **OPTIONS)
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
    state[_A], state[_A_ROW], state[_A_STEP] = address(a), a.strides[0] // size, a.strides[1] // size
    state[_B], state[_B_STEP], state[_B_COLUMN] = address(b), b.strides[0] // size, b.strides[1] // size
    state[_C], state[_C_ROW], state[_MORE], state[_KIND] = address(c), c.strides[0] // size, address(more), kind
    state[_M], state[_N], state[_K] = a.shape[0], b.shape[1], a.shape[1]
    state[_MAKE], state[_DOUBLE] = make, size == 8
    panels = -(-b.shape[1] // (2 * width_of(c))) + (kind == ADD_SUMS)
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
    made = numba.cfunc(f"void(CPointer(int64), CPointer({x}), int64)", cache=True, **OPTIONS)(_make_panel)
    # For arrays however they lie: else each layout would be compiled for itself.
    matrix = f"{x}[:, :]"
    signature = f"int64({matrix}, {matrix}, {matrix}, {x}[:], int64, int64[::1], int64, int64, boolean, int64)"
    return numba.njit(signature, cache=True, **OPTIONS)(_multiply), int(made.address or 0)


@numba.njit("boolean(int64[::1], int64, int64, int64)", cache=True, **OPTIONS)
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
    return np.zeros((DEPTH + ROWS) * 2 * (BYTES // np.dtype(kind).itemsize), kind)


def new_state() -> Array:
    """Return what two threads share, at the beginning of a cache line."""
    whole = np.zeros(STATE + 8, np.int64)
    first = -whole.ctypes.data // 8 % 8
    return whole[first : first + STATE]
