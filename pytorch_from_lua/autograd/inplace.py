"""Operations that write their result into their first input, and what that does to its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.explain import explained
from pytorch_from_lua.autograd.graph import Node, edge_of
from pytorch_from_lua.autograd.mode import MODE
from pytorch_from_lua.autograd.promotion import NUMBERS, promote_types, result_type
from pytorch_from_lua.autograd.quiet import again, silent
from pytorch_from_lua.autograd.record import CLASSES, operation, record, refresh
from pytorch_from_lua.autograd.rule import RULES, Rule
from pytorch_from_lua.errors import AutogradError, DTypeError, ShapeError, StorageError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType, bool_
from pytorch_from_lua.tensor.geometry import Geometry

_ndarray = np.ndarray


_IN_PLACE: dict[str, Callable[..., Any]] = {}


def apply_(name: str, target: Any, *inputs: Any, **params: Any) -> Any:
    """The operation with its result written into ``target``, its first input, which is returned.

    Raises:
        AutogradError: where ``target`` is a leaf that requires a gradient (or a view of one).
        DTypeError: where the result's type is of a higher kind than the target's.
        StorageError: where ``target`` is expanded, so that several results would go to one element, or its memory is
            read-only.
    """
    found = _IN_PLACE.get(name)
    if found is None:
        found = _IN_PLACE[name] = operation_(name)
    return found(target, *inputs, **params)


def operation_(name: str) -> Callable[..., Any]:
    """The function that runs the operation ``name`` in place; keep it rather than look it up at each call."""
    rule = RULES[name]
    short = rule.inputs == 1 or (isinstance(rule.forward, str) and rule.inputs == 2)
    if short and rule.plain and rule.inplace is None and rule.promote == 0:
        return _plain(rule)
    if rule.inplace is not None and rule.promote is None:
        return _direct(rule)

    def run(input: Any, *inputs: Any, **params: Any) -> Any:
        return _written(rule, input, *inputs, **params)

    return run


def _direct(rule: Rule) -> Callable[..., Any]:
    """What writes in place itself, and where nothing is recorded needs no more."""
    write, classes = rule.inplace, CLASSES
    assert write is not None

    def run(input: Any, *inputs: Any, **params: Any) -> Any:
        x = input
        target = _writable(x) if x.__class__ in classes else None
        if target is None:
            return _written(rule, x, *inputs, **params)
        arrays = []
        for y in inputs:
            if y.__class__ in classes:
                b = _readable(y)
                if b is None:
                    return _written(rule, x, *inputs, **params)
                arrays.append(b)
            elif y.__class__ in NUMBERS:
                arrays.append(y)
            else:
                return _written(rule, x, *inputs, **params)
        try:
            silent(write, np, target, *arrays, **params)
        except (RuntimeError, TypeError, ValueError, OverflowError):
            return _written(rule, x, *inputs, **params)  # another thread is there; or it says what is wrong
        x._storage.version += 1
        return x

    return run


def _plain(rule: Rule) -> Callable[..., Any]:
    """A function on one tensor or two of one type, where nothing is recorded: a short way."""
    function, classes = rule.bound(np), CLASSES
    if not isinstance(rule.forward, str):
        function = _storing(function)

    def one(input: Any) -> Any:
        x = input
        a = _writable(x) if x.__class__ in classes else None
        if a is None:
            return _written(rule, x)
        try:
            silent(function, a, a)
        except RuntimeError as error:
            again(error, function, a, a)
        except (TypeError, ValueError):
            return _written(rule, x)  # which says what is wrong
        x._storage.version += 1
        return x

    def two(input: Any, other: Any) -> Any:
        x, y = input, other
        a = _writable(x) if x.__class__ in classes else None
        if a is None:
            return _written(rule, x, y)
        if y.__class__ in classes:
            b = _readable(y)
            if b is None or y.dtype is not x.dtype:
                return _written(rule, x, y)
        elif y.__class__ in NUMBERS:
            b = y
        else:
            return _written(rule, x, y)
        try:
            silent(function, a, b, a)
        except RuntimeError as error:
            again(error, function, a, b, a)
        except (TypeError, ValueError):
            return _written(rule, x, y)  # which says what is wrong
        x._storage.version += 1
        return x

    return one if rule.inputs == 1 else two


def _storing(function: Callable[..., Any]) -> Callable[..., Any]:
    copy = np.copyto
    return lambda x, out: copy(out, function(x))


def _writable(x: Any) -> Any:
    """The numpy array of a floating-point tensor whose elements can be written with nothing recorded, or None."""
    return None if 0 in x._stride or not x.dtype.is_floating_point else _readable(x)


def _readable(x: Any) -> Any:
    """The numpy array of a tensor of which nothing is recorded, or None."""
    base = x._base
    if x.requires_grad or (base is not None and base[0].grad_fn is not base[1]):
        return None
    kept = x._kept
    a = x._array if kept is None or kept._buffer is x._seen else x.array
    return a if a.__class__ is _ndarray else None


def _written(rule: Rule, target: Any, *inputs: Any, **params: Any) -> Any:
    """Any operation in place."""
    if 0 in target._stride:
        refuse_repeated(rule.name + "_", target.geometry)
    if target._base is not None:
        refresh(target)
    history = MODE.enabled and (
        target.requires_grad or any(isinstance(x, TensorBase) and x.requires_grad for x in inputs)
    )
    if history:
        _allow_in_place(rule, target)
    old = target.array
    if old.__class__ is _ndarray and not old.flags.writeable:
        raise StorageError(f"{rule.name}_: the tensor's memory is read-only; clone() it to write")
    if rule.promote is not None and rule.inplace is None:
        kind = target.dtype
        if not kind.is_floating_point or (not history and any(_wider(x, kind) for x in inputs)):
            return _stored(rule, target, inputs, params)
    saves_old = history and _saves(rule, "x")
    if saves_old:
        old = old.copy()
    inputs = _operands(rule, target, inputs)
    arrays = [x.array if isinstance(x, TensorBase) else x for x in inputs]
    if history:
        # What shares memory with the target is overwritten too, and may be needed as it was.
        arrays = [
            a.copy() if isinstance(x, TensorBase) and x._storage is target._storage else a
            for x, a in zip(inputs, arrays, strict=True)
        ]
    out, extra = _write(rule, target, old, arrays, params)
    target.bump()
    if history:
        record(rule, (target, *inputs), (out, extra, old, *arrays), target, params)
        if target._base is not None:
            _rebase(target)
    return target


def refuse_repeated(name: str, g: Geometry) -> None:
    """Raises StorageError for a geometry in which a dimension repeats one element."""
    if 0 in g.shape:
        return
    for dim, (size, step) in enumerate(zip(g.shape, g.stride, strict=True)):
        if step == 0 and size > 1:
            raise StorageError(
                f"{name}: dimension {dim} of shape {g.shape} is expanded, so its {size} indices are one element of the "
                "storage and cannot take several results; use clone() first"
            )


def _wider(x: Any, than: DType) -> bool:
    return isinstance(x, TensorBase) and x.dtype.is_floating_point and x.dtype.itemsize > than.itemsize


def _stored(rule: Rule, target: Any, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """An operation computed in the type that the inputs promote to, and then stored in the target's."""
    first = max(rule.promote or 0, 0)
    operands = [x for i, x in enumerate((target, *inputs)) if i >= first and x is not None]
    result = operation(rule.name)(target, *inputs, **params)
    found = result.dtype if result.dtype is bool_ else promote_types(result.dtype, result_type(*operands))
    if _higher(found.numpy.kind, target.dtype.numpy.kind) or (target.dtype is bool_ and found is not bool_):
        raise DTypeError(f"{rule.name}_: a result of {found.name} cannot be stored as {target.dtype.name}")
    if result.shape != target.shape:
        raise ShapeError(f"{rule.name}_: a result of shape {result.shape} does not fit shape {target.shape}")
    return apply_("copy", target, result)


def _write(rule: Rule, target: Any, old: Any, arrays: list[Any], params: dict[str, Any]) -> tuple[Any, Any]:
    """Computes into the target's array; gives it, and the operation's second result."""
    there = target.array
    xp = np if there.__class__ is _ndarray else backend.namespace(there)
    try:
        extra = silent(_compute, rule, xp, there, old, arrays, params)
    except RuntimeError as error:
        extra = again(error, _compute, rule, xp, there, old, arrays, params)
    except (ValueError, OverflowError, TypeError, MemoryError) as error:
        raise explained(rule, error, (target, *arrays)) from error
    return there, extra


def _compute(rule: Rule, xp: Any, there: Any, old: Any, arrays: list[Any], params: dict[str, Any]) -> Any:
    if rule.inplace is not None:
        rule.inplace(xp, there, *arrays, **params)
    elif isinstance(rule.forward, str):
        try:
            getattr(xp, rule.forward)(old, *arrays, out=there, **params)
        except TypeError as error:
            name = DType.of(there.dtype).name
            raise DTypeError(f"{rule.name}_: its result cannot be stored as {name}") from error
    else:
        extra = None
        out = rule.bound(xp)(old, *arrays, **params)
        if rule.extra:
            out, extra = out
        if out.shape != there.shape:  # numpy would drop dimensions of size 1
            raise ShapeError(f"{rule.name}_: a result of shape {out.shape} does not fit shape {there.shape}")
        if _higher(out.dtype.kind, there.dtype.kind):
            name = DType.of(there.dtype).name
            raise DTypeError(f"{rule.name}_: a result of {out.dtype} cannot be stored as {name}")
        there[...] = out
        return extra
    return None


def _higher(kind: str, than: str) -> bool:
    """Whether a result of one kind of numpy's types loses what it is in another: fractions, or numbers but 0 and 1."""
    return (kind == "f" and than != "f") or (than == "b" and kind != "b")


def _operands(rule: Rule, target: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The other inputs, with the target's element type where the operation promotes types."""
    if rule.promote is None:
        return inputs
    first = max(rule.promote - 1, 0)
    cast = []
    for i, x in enumerate(inputs):
        if i >= first and isinstance(x, TensorBase) and x.dtype is not target.dtype:
            if x.dtype.is_floating_point and not target.dtype.is_floating_point:
                raise DTypeError(f"{rule.name}_: a result of {x.dtype.name} cannot be stored as {target.dtype.name}")
            x = operation("to")(x, dtype=target.dtype)
        cast.append(x)
    return tuple(cast)


def _saves(rule: Rule, token: str) -> bool:
    return any(t is not None and token in t for t in rule.tokens)


def _allow_in_place(rule: Rule, target: Any) -> None:
    if target.requires_grad and target.grad_fn is None:
        raise AutogradError(f"{rule.name}_: a leaf that requires a gradient cannot be changed in place while recording")
    base = target._base
    if base is not None and base[0].requires_grad and base[0].grad_fn is None and base[0]._storage is target._storage:
        raise AutogradError(
            f"{rule.name}_: a view of a leaf that requires a gradient cannot be changed in place while recording"
        )
    if not target.dtype.is_floating_point:
        raise DTypeError(f"{rule.name}_: a tensor of {target.dtype.name} cannot take a result that carries a gradient")
    if not rule.functions:
        raise AutogradError(f"{rule.name}_: has no derivative, so it cannot change a tensor that requires a gradient")


def _rebase(view: Any) -> None:
    """The base of a view that was changed in place depends on what was written from now on."""
    base, _ = view._base
    if base._storage is not view._storage:
        return
    rule = RULES["copy_slices"]
    params = {"geometry": view.geometry, "base": base.geometry}
    base.grad_fn = Node(rule, (edge_of(base), view.grad_fn), ((), ()), (), params, base._shape)
    base.requires_grad = True
    refresh(view)
