"""Sums of products over named dimensions: ``einsum`` and ``tensordot``, by products of matrices two at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from string import ascii_letters
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DimensionError, DTypeError, RangeError, ShapeError
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.base import TensorBase

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor

#: A dimension's name: a letter, or a negative number, counted from the last, for one that an ellipsis stands for.
Label = Any
#: A tensor and the names of its dimensions.
Labelled = tuple[Any, list[Label]]


def einsum(equation: Any, *operands: Any) -> Tensor:
    """The sum of products that Einstein's notation describes.

    ``einsum("bij,bjk->bik", x, y)``: each letter names a dimension; what has one letter is multiplied element by
    element, and letters that the output lacks are summed over. A letter twice in one operand takes its diagonal.
    ``...`` stands for any other dimensions, which broadcast. Without ``->`` the output has the ellipsis, then the
    letters that occur once, in their order, capitals first. More than two operands are multiplied two at a time, the
    cheapest pair first.

    Args:
        equation: the description; or the first operand, where operands and lists of numbers (one a dimension, or
            ``...``) alternate and the output's list may follow.
        operands: the tensors, of one element type, one by one or in a list.

    Raises:
        RangeError: for a description that cannot be read.
        ShapeError: where a tensor does not fit its letters, or sizes differ and neither is 1.
        DTypeError: for different element types.

    >>> from pytorch_from_lua import tensor
    >>> x = tensor([[1, 2], [3, 4]])
    >>> einsum("ij,jk->ik", x, x), einsum("ii", x), einsum("ij->j", x)
    (tensor([[ 7, 10],
            [15, 22]]), tensor(5), tensor([4, 6]))
    """
    if isinstance(equation, str):
        given = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
        tensors = list(given)
    else:
        equation, tensors = _from_lists((equation, *operands))
    if not tensors:
        raise RangeError("operands: einsum needs at least one tensor")
    for t in tensors:
        if not isinstance(t, TensorBase):
            raise DTypeError(f"operands: einsum needs tensors, got {type(t).__name__}")
    if len({t.dtype for t in tensors}) > 1:
        raise DTypeError(f"operands: need one element type, got {', '.join([t.dtype.name for t in tensors])}")
    labels, output = _parsed(equation, tuple([t.ndim for t in tensors]))
    named = [_diagonals(t, names) for t, names in zip(tensors, labels, strict=True)]
    _check_sizes(named)
    return _contracted(named, output)


def tensordot(a: Tensor, b: Tensor, dims: int | Sequence[Sequence[int]] = 2) -> Tensor:
    """The sum of products over several dimensions of both tensors, whose other dimensions stay: first a's, then b's.

    Args:
        a: the first tensor.
        b: the second one, of the same element type.
        dims: how many: the last ones of ``a`` with the first ones of ``b``; or two lists of dimensions.

    Raises:
        RangeError: for a negative number.
        ShapeError: where two dimensions to be summed over differ in size and neither is 1.
        DTypeError: for different element types.

    >>> from pytorch_from_lua import ones
    >>> tensordot(ones(2, 3, 4), ones(3, 4, 5), dims=2).shape
    (2, 5)
    """
    if a.dtype is not b.dtype:
        raise DTypeError(f"a, b: need one element type, got {a.dtype.name} and {b.dtype.name}")
    if isinstance(dims, TensorBase):
        dims = dims.array.tolist()
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.ndim, b.ndim):
            raise RangeError(f"dims: needs a number from 0 to {min(a.ndim, b.ndim)}, got {dims}")
        of_a, of_b = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        first, second = ([d] if isinstance(d, int) else list(d) for d in dims)
        of_a = [geometry.wrap_dim(d, a.ndim, "dims") for d in first]
        of_b = [geometry.wrap_dim(d, b.ndim, "dims") for d in second]
    if len(of_a) != len(of_b) or len(set(of_a)) != len(of_a) or len(set(of_b)) != len(of_b):
        raise DimensionError(f"dims: needs as many different dimensions of each, got {of_a} and {of_b}")
    names_a: list[Label] = list(range(a.ndim))
    names_b: list[Label] = [a.ndim + i for i in range(b.ndim)]
    for i, j in zip(of_a, of_b, strict=True):
        names_b[j] = i
    _check_sizes([(a, names_a), (b, names_b)])
    output = [n for n in names_a if n not in of_a] + [n for i, n in enumerate(names_b) if i not in of_b]
    return _contracted([(a, names_a), (b, names_b)], output)


# -- what the description says ---------------------------------------------------------------------------------------


def _from_lists(given: Sequence[Any]) -> tuple[str, list[Any]]:
    """``einsum(x, [0, 1], y, [1, 2], [0, 2])`` as a description with letters."""
    output = given[-1] if len(given) % 2 else None
    pairs = given[: len(given) - len(given) % 2]
    words = [_letters(names) for names in pairs[1::2]]
    equation = ",".join(words) + ("" if output is None else "->" + _letters(output))
    return equation, list(pairs[::2])


def _letters(names: Any) -> str:
    if not isinstance(names, (list, tuple)):
        raise RangeError(f"equation: needs a string, or tensors and lists in turn, got {type(names).__name__}")
    for n in names:
        if n is not Ellipsis and not (isinstance(n, int) and 0 <= n < len(ascii_letters)):
            raise RangeError(f"equation: a list needs numbers from 0 to {len(ascii_letters) - 1} or ..., got {n!r}")
    # Capitals first, as the implicit output has them.
    order = ascii_letters[26:] + ascii_letters[:26]
    return "".join(["..." if n is Ellipsis else order[n] for n in names])


@lru_cache(maxsize=256)
def _parsed(equation: str, ndims: tuple[int, ...]) -> tuple[list[list[Label]], list[Label]]:
    """The names of the dimensions of each operand and of the output; programs use few descriptions, again and again."""
    text = equation.replace(" ", "")
    inputs, arrow, given = text.partition("->")
    words = inputs.split(",")
    if len(words) != len(ndims):
        raise RangeError(f"equation: {equation!r} describes {len(words)} tensors, got {len(ndims)}")
    labels = [_labels(word, ndim, equation, i) for i, (word, ndim) in enumerate(zip(words, ndims, strict=True))]
    every = [n for names in labels for n in names]
    hidden = sorted({n for n in every if isinstance(n, int)})
    if not arrow:
        return labels, hidden + sorted({n for n in every if isinstance(n, str) and every.count(n) == 1})
    output: list[Label] = []
    for part in _tokens(given, equation):
        if part == "...":
            output += hidden
        elif part in output:
            raise RangeError(f"equation: the output of {equation!r} has {part!r} twice")
        elif part not in every:
            raise RangeError(f"equation: the output of {equation!r} has {part!r}, which no operand has")
        else:
            output.append(part)
    return labels, output


def _tokens(word: str, equation: str) -> list[str]:
    before, dots, after = word.partition("...")
    if not all(c in ascii_letters for c in before + after):
        raise RangeError(f"equation: {equation!r} may have letters, one ... an operand, ',' and '->', got {word!r}")
    return [*before, *(["..."] if dots else []), *after]


def _labels(word: str, ndim: int, equation: str, place: int) -> list[Label]:
    tokens = _tokens(word, equation)
    letters = len(tokens) - tokens.count("...")
    if letters > ndim or (letters < ndim and "..." not in tokens):
        raise ShapeError(f"operands: number {place} has {ndim} dimensions, {word!r} of {equation!r} has {letters}")
    labels: list[Label] = []
    for token in tokens:
        labels += list(range(letters - ndim, 0)) if token == "..." else [token]
    return labels


def _diagonals(t: Any, labels: list[Label]) -> Labelled:
    """The view where a name that comes twice has been made one dimension."""
    if len(set(labels)) == len(labels):
        return t, labels
    labels = list(labels)
    for name in set(labels):
        while labels.count(name) > 1:
            i = labels.index(name)
            j = labels.index(name, i + 1)
            if t.shape[i] != t.shape[j]:
                raise ShapeError(f"operands: {name!r} stands for sizes {t.shape[i]} and {t.shape[j]} of one operand")
            t = t.diagonal(0, i, j)
            del labels[j], labels[i]
            labels.append(name)
    return t, labels


def _check_sizes(named: list[Labelled]) -> None:
    sizes: dict[Label, int] = {}
    for t, labels in named:
        for name, size in zip(labels, t.shape, strict=True):
            if sizes.setdefault(name, size) == 1:
                sizes[name] = size
            elif size not in (1, sizes[name]):
                what = repr(name) if isinstance(name, str) else "..."
                raise ShapeError(f"operands: {what} stands for sizes {sizes[name]} and {size}")


# -- the products ----------------------------------------------------------------------------------------------------


def _contracted(named: list[Labelled], output: list[Label]) -> Any:
    for i, j in _path(named, output):
        second, first = named.pop(max(i, j)), named.pop(min(i, j))
        keep = {*output, *[n for _, labels in named for n in labels]}
        named.append(_pair(first, second, keep))
    t, labels = named[0]
    t, labels = _summed(t, labels, set(output))
    return _ordered(t, labels, output)


def _path(named: list[Labelled], output: list[Label]) -> list[tuple[int, int]]:
    """Which two to multiply next, each product then standing last; numpy's choice where there is one."""
    if len(named) < 2:
        return []
    if len(named) == 2:
        return [(0, 1)]
    words: dict[Label, int] = {}
    arguments: list[Any] = []
    sizes: dict[Label, int] = {}
    for t, labels in named:
        for name, size in zip(labels, t.shape, strict=True):
            sizes[name] = max(sizes.get(name, 1), size)
    for _, labels in named:
        shape = [sizes[n] for n in labels]
        arguments += [np.broadcast_to(np.float32(0), shape), [words.setdefault(n, len(words)) for n in labels]]
    if len(words) > 52 or 0 in sizes.values():
        return [(0, 1)] + [(0, n) for n in range(len(named) - 2, 0, -1)]
    path = np.einsum_path(*arguments, [words[n] for n in output], optimize="greedy")[0][1:]
    pairs: list[tuple[int, int]] = []
    for step in path:
        # numpy multiplies more than two at once where that is no loss; one after another is as good.
        left = sorted(step)
        for count, place in enumerate(reversed(left[:-1])):
            pairs.append((place, left[-1] if not count else -1))
    return pairs


def _summed(t: Any, labels: list[Label], keep: set[Label]) -> Labelled:
    gone = [i for i, n in enumerate(labels) if n not in keep]
    return (t.sum(gone), [n for n in labels if n in keep]) if gone else (t, labels)


def _pair(first: Labelled, second: Labelled, keep: set[Label]) -> Labelled:
    """The product of two, summed over what neither the rest nor the output has."""
    a, of_a = _summed(*first, keep | set(second[1]))
    b, of_b = _summed(*second, keep | set(first[1]))
    both = [n for n in of_a if n in of_b]
    inner = [n for n in both if n not in keep]
    for n in inner:  # a sum over the product with one number is that number times the sum
        i, j = of_a.index(n), of_b.index(n)
        if a.shape[i] != b.shape[j]:
            a, b = (a.sum(i, True), b) if b.shape[j] == 1 else (a, b.sum(j, True))
    batch = [n for n in both if n in keep]
    only_a, only_b = [n for n in of_a if n not in both], [n for n in of_b if n not in both]
    a = _ordered(a, of_a, batch + only_a + inner)
    b = _ordered(b, of_b, batch + inner + only_b)
    na, nb, ni = len(only_a), len(only_b), len(inner)
    common = geometry.broadcast_shapes(a.shape[: len(batch)], b.shape[: len(batch)])
    rows, columns = a.shape[len(batch) : len(batch) + na], b.shape[len(batch) + ni :]
    if ni:
        depth = prod(b.shape[len(batch) : len(batch) + ni])
        a = _shaped(a.expand(*common, *a.shape[len(batch) :]) if batch else a, (*common, prod(rows), depth))
        b = _shaped(b.expand(*common, *b.shape[len(batch) :]) if batch else b, (*common, depth, prod(columns)))
        product = apply("matmul", a, b)
    else:
        product = a.reshape(*a.shape, *[1] * nb) * b.reshape(*b.shape[: len(batch)], *[1] * na, *columns)
    return _shaped(product, (*common, *rows, *columns)), batch + only_a + only_b


def _ordered(t: Any, labels: list[Label], wanted: list[Label]) -> Any:
    return t if labels == wanted else t.permute([labels.index(n) for n in wanted])


def _shaped(t: Any, shape: tuple[int, ...]) -> Any:
    return t if t.shape == shape else t.reshape(shape)
