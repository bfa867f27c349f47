"""Eight float32 in one register, for loops that numba compiles and LLVM would not turn into vectors by itself.

Imports numba, so it is imported by the loops that use it, at their first use, and nowhere else. A vector is loaded from
and stored to the memory of a dense array, at an element's number; ``a + b``, ``a - b`` and ``a * b`` are element by
element, and a product that is added is rounded once.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import extending
from numba.core import cgutils, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model

from pytorch_from_lua.kernels.namespace import Array

intrinsic: Any = extending.intrinsic  # whose own type says too much
WIDTH = 8
_WORD = ir.VectorType(ir.FloatType(), WIDTH)
_FLAGS = ("contract",)


class VectorType(types.Type):
    """numba's type of a vector."""

    def __init__(self) -> None:
        super().__init__(name="float32x8")


VECTOR = VectorType()


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _WORD)


def _operator(function: Any, instruction: str) -> None:
    class Template(ConcreteTemplate):
        cases = (signature(VECTOR, VECTOR, VECTOR),)

    infer_global(function)(Template)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args, flags=_FLAGS)

    lower_builtin(function, VECTOR, VECTOR)(lower)


for _function, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _operator(_function, _instruction)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.gep(data, [index])


@intrinsic
def load(typing: Any, array: Array, index: int) -> Any:
    """Return the eight elements of ``array`` from ``index`` on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _pointer(context, builder, sig.args[0], *args)
        return builder.load(builder.bitcast(place, _WORD.as_pointer()), align=4)

    return VECTOR(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Array, index: int, value: Any) -> Any:
    """Write eight elements from ``index`` on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _pointer(context, builder, sig.args[0], *args[:2])
        builder.store(args[2], builder.bitcast(place, _WORD.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, VECTOR), generate


@intrinsic
def spread(typing: Any, value: Any) -> Any:
    """Return one number eight times."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        number = context.cast(builder, args[0], sig.args[0], types.float32)
        first = builder.insert_element(ir.Constant(_WORD, ir.Undefined), number, cgutils.int32_t(0))
        return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(cgutils.int32_t, WIDTH), [0] * WIDTH))

    return VECTOR(value), generate


@intrinsic
def where_positive(typing: Any, value: Any, yes: Any, no: Any) -> Any:
    """Return ``yes`` where ``value`` is above 0, else ``no``; also where it is NaN."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        positive = builder.fcmp_ordered(">", args[0], ir.Constant(_WORD, [0.0] * WIDTH))
        return builder.select(positive, args[1], args[2])

    return VECTOR(VECTOR, VECTOR, VECTOR), generate


@intrinsic
def total(typing: Any, value: Any) -> Any:
    """Return the sum of the eight elements."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = args[0]
        for half in (4, 2, 1):
            order = [(i + half) % WIDTH for i in range(WIDTH)]
            moved = builder.shuffle_vector(value, value, ir.Constant(ir.VectorType(cgutils.int32_t, WIDTH), order))
            value = builder.fadd(value, moved)
        return builder.extract_element(value, cgutils.int32_t(0))

    return types.float32(VECTOR), generate


@intrinsic
def gather(typing: Any, array: Array, index: int, step: int) -> Any:
    """Return the elements at ``index``, ``index + step`` and so on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = ir.Constant(_WORD, ir.Undefined)
        index = args[1]
        for i in range(WIDTH):
            element = builder.load(_pointer(context, builder, sig.args[0], args[0], index))
            value = builder.insert_element(value, element, cgutils.int32_t(i))
            index = builder.add(index, args[2])
        return value

    return VECTOR(array, types.intp, types.intp), generate


@intrinsic
def scatter(typing: Any, array: Array, index: int, step: int, value: Any) -> Any:
    """Write elements to ``index``, ``index + step`` and so on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        index = args[1]
        for i in range(WIDTH):
            element = builder.extract_element(args[3], cgutils.int32_t(i))
            builder.store(element, _pointer(context, builder, sig.args[0], args[0], index))
            index = builder.add(index, args[2])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, VECTOR), generate


@intrinsic
def transpose(typing: Any, source: Array, at: int, step: int, target: Array, to: int, target_step: int) -> Any:
    """Write the vectors at ``at + i * step``, of eight, as the columns of those at ``to + i * target_step``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        def mixed(a: Any, b: Any, order: list[int]) -> Any:
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(cgutils.int32_t, WIDTH), order))

        rows, index = [], args[1]
        for _ in range(WIDTH):
            place = _pointer(context, builder, sig.args[0], args[0], index)
            rows.append(builder.load(builder.bitcast(place, _WORD.as_pointer()), align=4))
            index = builder.add(index, args[2])
        low, high = [0, 8, 1, 9, 4, 12, 5, 13], [2, 10, 3, 11, 6, 14, 7, 15]
        pairs = [mixed(rows[i], rows[i + 1], o) for i in range(0, WIDTH, 2) for o in (low, high)]
        low, high = [0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15]
        fours = [mixed(pairs[i + j], pairs[i + j + 2], o) for i in (0, 4) for j in (0, 1) for o in (low, high)]
        low, high = [0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15]
        index = args[4]
        for half in (low, high):
            for i in range(4):
                place = _pointer(context, builder, sig.args[3], args[3], index)
                whole = mixed(fours[i], fours[i + 4], half)
                builder.store(whole, builder.bitcast(place, _WORD.as_pointer()), align=4)
                index = builder.add(index, args[5])
        return context.get_dummy_value()

    return types.void(source, types.intp, types.intp, target, types.intp, types.intp), generate
