"""Which elements of two lists belong together, so that one module put in between does not make all others differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher
from typing import Any

from lua_compat.t7.raw import RawTensor
from lua_compat.t7.values import T7Object, T7Table

#: Pairs of places in two lists; None where one of them has nothing.
Pairs = list[tuple[int | None, int | None]]

#: Longer lists are paired by their places alone.
_LONGEST = 1000


def align(a: Sequence[Any], b: Sequence[Any]) -> Pairs:
    """Pairs the elements of two lists, in order: by class and sizes first, what is left by class, then by place.

    Lists without objects, and lists of the same classes, are paired by place.
    """
    classes_a, classes_b = [_class(v) for v in a], [_class(v) for v in b]
    objects = any(isinstance(v, T7Object) for v in (*a, *b))
    if not objects or classes_a == classes_b or max(len(a), len(b)) > _LONGEST:
        return _by_place(range(len(a)), range(len(b)))
    return _aligned(a, b, range(len(a)), range(len(b)), [_sizes, _class])


def _by_place(a: Sequence[int], b: Sequence[int]) -> Pairs:
    both = min(len(a), len(b))
    pairs: Pairs = list(zip(a, b, strict=False))
    return pairs + [(i, None) for i in a[both:]] + [(None, j) for j in b[both:]]


def _aligned(
    a: Sequence[Any], b: Sequence[Any], in_a: Sequence[int], in_b: Sequence[int], signs: list[Callable[[Any], Hashable]]
) -> Pairs:
    """The pairs of two stretches, by the first of the signatures, and what is left between by the next."""
    if not signs or not in_a or not in_b:
        return _by_place(in_a, in_b)
    sign, left = signs[0], signs[1:]
    matcher = SequenceMatcher(None, [sign(a[i]) for i in in_a], [sign(b[j]) for j in in_b], autojunk=False)
    pairs: Pairs = []
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag == "equal":
            pairs += _by_place(in_a[first:last], in_b[begin:end])
        else:
            pairs += _aligned(a, b, in_a[first:last], in_b[begin:end], left)
    return pairs


def _class(value: Any) -> str:
    return value.class_name if isinstance(value, T7Object) else type(value).__name__


def _sizes(value: Any) -> Hashable:
    """A module's class, the sizes of its tensors and how many modules it has."""
    if not isinstance(value, T7Object) or not isinstance(value.contents, T7Table):
        return _class(value)
    weight, modules = value.contents.get("weight"), value.contents.get("modules")
    return (
        value.class_name,
        weight.shape if isinstance(weight, RawTensor) else None,
        len(modules) if isinstance(modules, T7Table) else None,
    )
