"""Running an operation of the table on tensors, and recording it where a gradient is wanted.

`operation` gives the function to call; `apply` is the same by name. The commonest shapes of an operation (one array
function of one or two tensors) have paths of their own: they decide how fast everything small is.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.graph import Node, edge_of, tensor_type
from pytorch_from_lua.autograd.mode import MODE
from pytorch_from_lua.autograd.promotion import promoted
from pytorch_from_lua.autograd.quiet import hush, unhush
from pytorch_from_lua.autograd.rule import RULES, TOKENS, Rule
from pytorch_from_lua.errors import DimensionError, DTypeError, RangeError, ShapeError, TensorError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType

_OPERATIONS: dict[str, Callable[..., Any]] = {}
_NUMBERS = (float, int, bool)
_ndarray = np.ndarray


def apply(name: str, *inputs: Any, **params: Any) -> Any:
    """The operation ``name`` on tensors and numbers, recorded where an input requires a gradient.

    Raises:
        KeyError: where there is no such operation.
    """
    return operation(name)(*inputs, **params)


def operation(name: str) -> Callable[..., Any]:
    """The function that runs the operation ``name``; keep it rather than look it up at each call."""
    found = _OPERATIONS.get(name)
    if found is None:
        rule = RULES[name]
        if rule.plain and rule.promote == 0 and not rule.needs_shapes:
            makers: dict[int, Callable[[Rule], Callable[..., Any]]] = {1: _unary, 2: _binary}
            found = makers.get(len(rule.functions), _general)(rule)
        else:
            found = _view(rule) if rule.geometry is not None else _general(rule)
        _OPERATIONS[name] = found
    return found


def _fresh(array: Any, dtype: DType) -> Any:
    # Operations are asked for while `Tensor` is still being defined; the first that runs finds it.
    global _fresh
    _fresh = tensor_type()._fresh
    return _fresh(array, dtype)


def wrap(array: Any, dtype: DType | None = None) -> Any:
    """A tensor over an array that an operation has just made (or over a view of an array)."""
    cls = tensor_type()
    if array.__class__ is not _ndarray:
        if isinstance(array, np.generic):
            array = np.asarray(array)
        else:
            return cls.from_array(array)
    if dtype is None:
        dtype = DType.of(array.dtype)
    if array.base is None and array.flags.c_contiguous and array.dtype is dtype.numpy:
        return cls._fresh(array, dtype)
    return cls.from_array(array)


def refresh(t: Any) -> None:
    """Gives a view the history that its base got when it, or another view of it, was changed in place."""
    base, seen = t._base
    if base.grad_fn is seen or base._storage is not t._storage:
        return
    t._base = (base, base.grad_fn)
    t.requires_grad = base.requires_grad
    if not base.requires_grad:
        t.grad_fn = None
        return
    t.grad_fn = Node(
        RULES["as_strided"],
        (edge_of(base),),
        ((),),
        (),
        {"geometry": t.geometry, "base": base.geometry},
        t._shape,
    )


# -- one and two tensors ---------------------------------------------------------------------------------------------


def _unary(rule: Rule) -> Callable[[Any], Any]:
    function = rule.bound(np)
    slow = _general(rule)
    tokens = rule.tokens[0]
    on_input, on_result = (tokens is not None and w in tokens for w in ("x", "r"))
    pick = _picker(rule, 0)
    real = rule.real

    def run(x: Any) -> Any:
        if not isinstance(x, TensorBase):
            return slow(x)
        base = x._base
        if base is not None and base[0].grad_fn is not base[1]:
            refresh(x)
        dtype = x.dtype
        a = x.array
        if a.__class__ is not _ndarray or (real and not dtype.is_floating_point):
            return slow(x)
        state = hush()
        try:
            out = function(a)
        except TypeError as error:
            raise explained(rule, error, (x,)) from error
        finally:
            unhush(state)
        if out.__class__ is not _ndarray:
            out = np.asarray(out)  # numpy gives scalars where there are no dimensions
        if out.dtype is not dtype.numpy or not out.flags.c_contiguous:
            return slow(x)
        result = _fresh(out, dtype)
        if x.requires_grad and MODE.enabled and tokens is not None:
            result.requires_grad = True
            node = x.grad_fn
            guards: Any = ()
            if on_input:
                storage = x._storage
                guards = ((storage, storage.version),)
            if on_result:
                guards += ((result._storage, 0),)
            result.grad_fn = Node(
                rule, (x if node is None else node,), (pick((out, None, a)),), guards, None, result._shape
            )
        return result

    return run


def _binary(rule: Rule) -> Callable[[Any, Any], Any]:
    function = rule.bound(np)
    slow = _general(rule)
    real = rule.real
    pick_x, pick_y = _picker(rule, 0), _picker(rule, 1)
    # Which of result, x and y are saved where x, y or both want a gradient.
    tokens: list[tuple[str, ...]] = [t or () for t in rule.tokens]
    wanted = [[w in tokens[0], w in tokens[1], w in tokens[0] + tokens[1]] for w in ("r", "x", "y")]
    differentiable = rule.differentiable

    def run(x: Any, y: Any) -> Any:
        if isinstance(y, TensorBase):
            if not isinstance(x, TensorBase) or x.dtype is not y.dtype:
                return slow(x, y)
            base = y._base
            if base is not None and base[0].grad_fn is not base[1]:
                refresh(y)
            a, b = x.array, y.array
            other: Any = y
        else:
            if y.__class__ not in _NUMBERS or not isinstance(x, TensorBase):
                return slow(x, y)
            a, b = x.array, y
            other = None
        base = x._base
        if base is not None and base[0].grad_fn is not base[1]:
            refresh(x)
        dtype = x.dtype
        if a.__class__ is not _ndarray or (not dtype.is_floating_point and (real or other is None)):
            return slow(x, y)
        state = hush()
        try:
            out = function(a, b)
        except (ValueError, TypeError) as error:
            raise explained(rule, error, (x, y)) from error
        finally:
            unhush(state)
        if out.__class__ is not _ndarray:
            out = np.asarray(out)
        if out.dtype is not dtype.numpy or not out.flags.c_contiguous:
            return slow(x, y)
        result = _fresh(out, dtype)
        if (x.requires_grad or (other is not None and other.requires_grad)) and differentiable and MODE.enabled:
            result.requires_grad = True
            env = (out, None, a, b)
            guards = []
            if not x.requires_grad:
                edge_x = saved_x = None
                case = 1
            else:
                node = x.grad_fn
                edge_x = x if node is None else node
                saved_x = pick_x(env)
                case = 0
            if other is None or not other.requires_grad:
                edge_y = saved_y = None
            else:
                node = other.grad_fn
                edge_y = other if node is None else node
                saved_y = pick_y(env)
                case = 1 if edge_x is None else 2
            if wanted[0][case]:
                guards.append((result._storage, 0))
            if wanted[1][case]:
                storage = x._storage
                guards.append((storage, storage.version))
            if wanted[2][case] and other is not None:
                storage = other._storage
                guards.append((storage, storage.version))
            result.grad_fn = Node(rule, (edge_x, edge_y), (saved_x, saved_y), guards, None, result._shape)  # type: ignore[arg-type]
        return result

    return run


def _picker(rule: Rule, index: int) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """What makes the saved tuple of one derivative out of (result, second result, inputs ..., shapes ...)."""
    codes = rule.codes[index] if index < len(rule.codes) else None
    if not codes:
        return lambda env: ()
    if len(codes) == 1:
        code = codes[0]
        return lambda env: (env[code],)
    return itemgetter(*codes)


def explained(rule: Rule, error: Exception, inputs: Any) -> Exception:
    """An error of the array library as one of ours, with the operation and the shapes (or the element types)."""
    if isinstance(error, TensorError):
        return error
    if isinstance(error, TypeError):
        dtypes = ", ".join(x.dtype.name if hasattr(x, "dtype") else repr(x) for x in inputs)
        return DTypeError(f"{rule.name}: is not made for {dtypes}: {error}")
    if isinstance(error, OverflowError):
        return RangeError(f"{rule.name}: {error}")
    shapes = ", ".join(str(tuple(x.shape)) for x in inputs if hasattr(x, "shape"))
    kind = DimensionError if isinstance(error, IndexError) else ShapeError
    return kind(f"{rule.name}: shapes {shapes}: {error}")


# -- any operation ---------------------------------------------------------------------------------------------------


def _general(rule: Rule) -> Callable[..., Any]:
    numpy_function = rule.bound(np)
    prepare = _promoter(rule) if rule.promote is not None else _same_types(rule) if rule.same else None
    differentiable, extra_kind = rule.differentiable, rule.extra

    def run(*inputs: Any, **params: Any) -> Any:
        if prepare is not None:
            inputs = prepare(inputs)
        arrays = []
        needs = False
        sample = hint = None
        for x in inputs:
            if isinstance(x, TensorBase):
                if x._base is not None:
                    refresh(x)
                sample = x.array
                if hint is None:
                    hint = x.dtype
                arrays.append(sample)
                if x.requires_grad:
                    needs = True
            else:
                arrays.append(x)
        function = numpy_function if sample.__class__ is _ndarray else rule.bound(backend.namespace(sample))
        state = hush()
        try:
            out = function(*arrays, **params)
        except (ValueError, TypeError, OverflowError) as error:
            raise explained(rule, error, inputs) from error
        finally:
            unhush(state)
        extra = None
        if extra_kind:
            out, extra = out
        result = wrap(out, hint if hint is not None and out.dtype is hint.numpy else None)
        if needs and differentiable and MODE.enabled and result.dtype.is_floating_point:
            record(rule, inputs, (out, extra, *arrays), result, params)
        return (result, wrap(extra)) if extra_kind == "output" else result

    return run


def _promoter(rule: Rule) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """What brings the inputs to one element type; where they have one that floats, it only looks."""
    first, real, check = rule.promote or 0, rule.real, rule.check

    def prepare(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        dtype = None
        for x in inputs[first:] if first else inputs:
            if isinstance(x, TensorBase):
                if dtype is None:
                    dtype = x.dtype
                elif x.dtype is not dtype:
                    break
            elif x is not None and x.__class__ not in _NUMBERS:
                break
        else:
            if dtype is not None and dtype.is_floating_point:
                return inputs
        if check is not None:
            check(rule.name, inputs)
        return promoted(inputs, first, real, operation("to"))

    return prepare


def _same_types(rule: Rule) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """What refuses tensors of different element types."""

    def prepare(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        dtype = None
        for x in inputs:
            if isinstance(x, TensorBase):
                if dtype is None:
                    dtype = x.dtype
                elif x.dtype is not dtype:
                    names = ", ".join([t.dtype.name for t in inputs if isinstance(t, TensorBase)])
                    raise DTypeError(f"{rule.name}: the tensors must have one element type, got {names}")
        return inputs

    return prepare


def record(
    rule: Rule, inputs: tuple[Any, ...], env: tuple[Any, ...], result: Any, params: dict[str, Any] | None
) -> Node:
    """Makes ``result`` know how it was computed. ``env`` holds the arrays (result, second result, inputs ...)."""
    edges: list[Any] = []
    wanted = 0
    bit = 1
    for x in inputs:
        if isinstance(x, TensorBase) and x.requires_grad:
            node = x.grad_fn
            edges.append(x if node is None else node)
            wanted |= bit
        else:
            edges.append(None)
        bit <<= 1
    if rule.needs_shapes:
        env = _environment(env, inputs)
    plan = rule.plans.get(wanted)
    if plan is None:
        plan = rule.plans[wanted] = _plan(rule, wanted)
    pickers, guarded = plan
    guards = []
    for code in guarded:
        if code == 0:
            storage = result._storage
            guards.append((storage, storage.version))
        elif code - 2 < len(inputs):
            x = inputs[code - 2]
            # An in-place operation hands over a copy of what it overwrites, which nobody else can change.
            if isinstance(x, TensorBase) and x.array is env[code]:
                storage = x._storage
                guards.append((storage, storage.version))
    result.requires_grad = True
    made = result.grad_fn = Node(
        rule,
        tuple(edges),
        tuple([None if pick is None else pick(env) for pick in pickers]),
        tuple(guards),
        params or None,
        result._shape,
    )
    return made


def _plan(rule: Rule, wanted: int) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """What makes each saved tuple, and the places to guard, where the inputs in the set ``wanted`` have gradients."""
    pickers: list[Any] = []
    guarded: set[int] = set()
    for i, codes in enumerate(rule.codes):
        if codes is None or not (rule.joint is not None or wanted >> i & 1):
            pickers.append(None)
        else:
            pickers.append(_picker(rule, i))
            guarded.update(codes)
    return tuple(pickers), tuple([c for c in sorted(guarded) if c == 0 or 2 <= c < 6])


def _environment(env: tuple[Any, ...], inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Everything that `TOKENS` can ask for, in its places."""
    if len(inputs) == 1:
        x = inputs[0]
        shape = x._shape
        return (*env, None, None, None, shape, (), (), (), (shape,), x.dtype, None)
    shapes = tuple([x._shape if isinstance(x, TensorBase) else () for x in inputs])
    padding = (None,) * (4 - len(inputs))
    types = [x.dtype if isinstance(x, TensorBase) else None for x in inputs[:2]]
    return (*env[:6], *padding, *shapes[:4], *padding, shapes, *types)


# -- views -----------------------------------------------------------------------------------------------------------


def _view(rule: Rule) -> Callable[..., Any]:
    def run(x: Any, *args: Any, **params: Any) -> Any:
        assert rule.geometry is not None
        geometry = rule.geometry(x.geometry, *args, **params)
        if geometry is None:  # no strides can say it: a row-major copy can be viewed
            x = operation("clone")(x)
            geometry = rule.geometry(x.geometry, *args, **params)
        return apply_view(rule.name, x, geometry)

    return run


def apply_view(name: str, tensor: Any, geometry: Any, **params: Any) -> Any:
    """A tensor of that geometry on the same storage, whose gradient reaches ``tensor``.

    Args:
        name: what the operation is called in errors; any name.
        tensor: the tensor viewed.
        geometry: the `Geometry` of the view.
        params: the operation's parameters.
    """
    view = tensor_type()._make(tensor._storage, geometry.offset, geometry.shape, geometry.stride)
    base = tensor._base
    if base is not None:
        refresh(tensor)
        base = tensor._base
    view._base = (tensor, tensor.grad_fn) if base is None else (base[0], base[0].grad_fn)
    if tensor.requires_grad and MODE.enabled:
        rule = _VIEW_RULES.get(name)
        if rule is None:
            rule = _view_rule(name)
        node = tensor.grad_fn
        view.requires_grad = True
        view.grad_fn = Node(
            rule,
            (tensor if node is None else node,),
            _NOTHING,
            (),
            {"geometry": geometry, "base": tensor.geometry},
            geometry.shape,
        )
    return view


_NOTHING = ((),)
_VIEW_RULES: dict[str, Rule] = {}


def _view_rule(name: str) -> Rule:
    """The rule of a view: where strides alone say it, one derivative fits every one of them."""
    strided = RULES["as_strided"]
    rule = _VIEW_RULES[name] = Rule(name, strided.forward, strided.derivatives[0])
    return rule


assert TOKENS["x"] == 2  # `record` and `_environment` know the places by number
