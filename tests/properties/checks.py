"""What is checked of each call that is drawn; ``table.py`` lists it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.tensor.functions import FUNCTIONS
from tests.properties.operands import Operand, repeats, seen
from tests.properties.table import Call, Case, mapped

_KINDS = {"b": 0, "u": 1, "i": 1, "f": 2}

#: What gradients of a view and of its copy may differ by, relative to the sum of what was added up.
GRADIENT_TOLERANCE = 1e-7


def check(case: Case, call: Call) -> None:
    """Everything that the row promises, for one call."""
    if case.memory == "written":
        check_in_place(case, call)
        return
    with np.errstate(all="ignore"):
        expected = expected_of(case, call)
    tensors: list[tuple[Operand, torch.Tensor]] = []

    def viewed(o: Operand) -> torch.Tensor:
        t = o.view()
        tensors.append((o, t))
        return t

    on_views = call.map(viewed)
    before = [t._version for _, t in tensors]
    got = flat(run(case, on_views))
    assert len(got) == len(expected), f"{len(got)} results, numpy has {len(expected)}"
    for g, want in zip(got, expected, strict=True):
        compare(g, want, case, "numpy's result")
    for (o, t), version in zip(tensors, before, strict=True):
        assert t.storage().buffer.tobytes() == o.memory.tobytes(), "an input has other values now"
        assert t.geometry == o.geometry, "an input has another geometry now"
        assert t._version == version, "an input's version has changed"
    check_memory(case, got, [t for _, t in tensors])
    for g, copy in zip(got, flat(run(case, call.map(Operand.contiguous))), strict=True):
        compare(g, array_of(copy), case, "the result on contiguous copies")
    check_function(case, call, got)
    check_in_place(case, call)
    check_gradient(case, call)


# -- the parts -------------------------------------------------------------------------------------------------------


def run(case: Case, call: Call) -> Any:
    """The call as a method where there is one, else as a function."""
    if case.forms != "function" and hasattr(torch.Tensor, case.name):
        found = getattr(call.args[0], case.name)
        return (
            found if isinstance(getattr(torch.Tensor, case.name), property) else found(*call.args[1:], **call.options)
        )
    return function_of(case.name)(*call.args, **call.options)


def function_of(name: str) -> Callable[..., Any]:
    """The public function of that name."""
    return FUNCTIONS[name] if name in FUNCTIONS else getattr(torch, name)  # type: ignore[no-any-return]


def expected_of(case: Case, call: Call) -> list[Any]:
    """The reference's results, in the element type that the row says."""
    first = next((o.dtype for o in call.operands()), np.dtype("bool"))
    common = common_type(case, call)
    if case.result in ("same", "accumulate", "int64", "raw"):
        args = call.map(Operand.array)
    else:
        typed = range(len(call.args)) if case.typed is None else case.typed
        args = call.map(lambda o: o.array().astype(common))
        for i, given in enumerate(call.args):
            if i not in typed:
                args.args = (*args.args[:i], mapped(given, Operand.array), *args.args[i + 1 :])
            elif isinstance(given, (bool, int, float)):
                args.args = (*args.args[:i], np.asarray(given).astype(common), *args.args[i + 1 :])
    found = flat(case.reference(*args.args, **args.options))
    kinds = {
        "same": first, "accumulate": np.dtype("int64") if first.kind in "biu" else first, "int64": np.dtype("int64"),
        "promote": common, "real": common, "bool": np.dtype("bool"),
    }  # fmt: skip
    if case.result == "raw":
        return found
    return [f.astype(kinds[case.result]) if isinstance(f, np.ndarray | np.generic) and i == 0 else f
            for i, f in enumerate(found)]  # fmt: skip


def common_type(case: Case, call: Call) -> np.dtype[Any]:
    """The element type that PyTorch's rules give the computation."""
    groups: list[list[np.dtype[Any]]] = [[], [], []]
    for i, given in enumerate(call.args):
        if case.typed is not None and i not in case.typed:
            continue
        mapped(given, lambda o: groups[0 if o.shape else 1].append(o.dtype))
        if isinstance(given, (bool, int, float)):
            groups[2].append(np.dtype({bool: "bool", int: "int64", float: "float32"}[type(given)]))
    # Tensors with dimensions, then those without, then numbers: each group counts only where its kind is higher.
    found = np.dtype("bool")
    for group in groups:
        kinds = [d for d in group if _KINDS[d.kind] == max(_KINDS[d.kind] for d in group)]
        if kinds and (_KINDS[kinds[0].kind] > _KINDS[found.kind]):
            found = np.result_type(*kinds)
    return np.dtype("float32") if case.result == "real" and found.kind != "f" else found


def flat(result: Any) -> list[Any]:
    """The results of an operation that has one or several."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def array_of(result: Any) -> Any:
    """A result's numbers."""
    return result.detach().array if isinstance(result, torch.Tensor) else result


def compare(got: Any, want: Any, case: Case, what: str) -> None:
    """Fails where a result has another type, shape or other numbers than it should."""
    if not isinstance(want, np.ndarray | np.generic):
        assert got == want, f"{got!r} is not {what}, {want!r}"
        return
    assert isinstance(got, torch.Tensor), f"the result is no tensor: {got!r}"
    have, want = got.detach().array, np.asarray(want)
    assert have.dtype == want.dtype, f"{have.dtype} is not the type of {what}, {want.dtype}"
    assert got.shape == want.shape, f"{got.shape} is not the shape of {what}, {want.shape}"
    assert near(have, want, case), f"\n{have!r}\nis not {what}\n{want!r}"


def near(have: np.ndarray[Any, Any], want: np.ndarray[Any, Any], case: Case) -> bool:
    """Whether two arrays hold the same numbers, as exactly as the row asks for."""
    if want.dtype.kind != "f":
        return bool(np.array_equal(have, want))
    same = (have == want) | (np.isnan(have) & np.isnan(want))
    if case.ulps:
        info = np.finfo(want.dtype)
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(want.astype("float64")), max(float(info.tiny), case.least))
            distance = np.abs(have.astype("float64") - want.astype("float64"))
            same |= distance <= case.ulps * float(info.eps) * size
    elif case.zero_sign:
        same &= (np.signbit(have) == np.signbit(want)) | np.isnan(want)
    return bool(same.all())


def check_memory(case: Case, got: list[Any], tensors: list[torch.Tensor]) -> None:
    """Results are views of the first tensor, or share memory with none, as the row says."""
    for g in got:
        if not isinstance(g, torch.Tensor) or case.memory == "maybe":
            continue
        if case.memory == "view":
            assert g.storage() is tensors[0].storage(), "the result is no view"
        else:
            for t in tensors:
                assert not np.shares_memory(g.storage().buffer, t.storage().buffer), "the result shares memory"


def check_function(case: Case, call: Call, got: list[Any]) -> None:
    """The function gives what the method gives."""
    if case.forms != "both" or not hasattr(torch.Tensor, case.name):
        return
    if case.name not in FUNCTIONS and case.name not in torch.__all__:
        return
    on_views = call.map(Operand.view)
    exactly = Case(**{**vars(case), "ulps": 0})
    results = flat(function_of(case.name)(*on_views.args, **on_views.options))
    for f, g in zip(results, got, strict=True):
        compare(f, array_of(g), exactly, "the method's result")


def in_place_name(case: Case) -> str:
    """What the operation is called in place: ``add_`` for add, ``__iadd__`` for the operator."""
    if case.memory == "written":
        return case.name
    return f"__i{case.name[2:]}" if case.name.startswith("__") else case.name + "_"


def check_in_place(case: Case, call: Call) -> None:
    """``x.name_(...)`` writes the same numbers through the strides of x, and nothing beside them, or refuses."""
    name = in_place_name(case)
    if not case.in_place or not hasattr(torch.Tensor, name):
        return
    target = call.args[0]
    assert isinstance(target, Operand), "an operation in place has a tensor first"
    on_views = call.map(Operand.view)
    t = on_views.args[0]
    version = t._version

    def write() -> Any:
        return getattr(t, name)(*on_views.args[1:], **on_views.options)

    with np.errstate(all="ignore"):
        want = np.asarray(expected_of(case, call)[0])
    repeated = any(s == 0 and n > 1 for s, n in zip(target.geometry.stride, target.shape, strict=True))
    repeated = repeated and 0 not in target.shape and name != "__setitem__"  # which may write one of its elements
    wrong = want.shape != target.shape or _KINDS[want.dtype.kind] > _KINDS[target.dtype.kind] or repeated
    if wrong and case.memory != "view":
        with pytest.raises(TensorError):
            write()
        assert t.storage().buffer.tobytes() == target.memory.tobytes(), "a refused operation has written"
        assert t._version == version, "a refused operation has changed the version"
        return
    returned = write()
    if case.memory == "view":  # what is in place is another geometry
        assert returned is t, "an operation in place returns its tensor"
        assert t.storage().buffer.tobytes() == target.memory.tobytes(), "another geometry has written"
        compare(t, want, case, "numpy's result")
        return
    assert returned is t or name == "__setitem__", "an operation in place returns its tensor"
    assert t.geometry == target.geometry, "an operation in place has changed the geometry"
    assert t._version > version, "an operation in place has not changed the version"
    if repeats(target.geometry):
        return  # which of several values an element gets that stands in several places is not said
    memory = target.memory.copy()
    with np.errstate(all="ignore"):
        seen(memory, target.geometry)[...] = want.astype(target.dtype)
    have = t.storage().buffer
    assert near(have, memory, case), f"in place:\n{have!r}\nis not\n{memory!r}"


def check_gradient(case: Case, call: Call) -> None:
    """The gradient of a view is its copy's, added up where an element of the storage stands in several places."""
    floats = [o for o in call.operands() if o.dtype.kind == "f"]
    if not case.gradient or not floats:
        return
    views = _gradients(
        case, call, lambda leaf, o: leaf.as_strided(o.geometry.shape, o.geometry.stride, o.geometry.offset)
    )
    copies = _gradients(case, call, None)
    for o, on_view, on_copy in zip(floats, views, copies, strict=True):
        want, size = np.zeros((2, *o.memory.shape))
        places = seen(np.arange(o.memory.size), o.geometry)
        with np.errstate(all="ignore"):
            np.add.at(want, places, on_copy)
            np.add.at(size, places, np.abs(on_copy))
            close = np.abs(on_view - want) <= GRADIENT_TOLERANCE * size + 1e-9
        close |= (on_view == want) | (np.isnan(on_view) & np.isnan(want)) | (~np.isfinite(size) & ~np.isfinite(on_view))
        assert close.all(), f"gradient\n{on_view!r}\nof the view {o!r}\nis not that of its copy\n{want!r}"


def _gradients(case: Case, call: Call, viewed: bool) -> list[Any]:
    leaves: list[torch.Tensor] = []

    def made(o: Operand) -> torch.Tensor:
        if o.dtype.kind != "f":
            return o.view() if viewed else o.contiguous()
        leaf = torch.Tensor.from_array((o.memory if viewed else o.array()).astype("float64")).requires_grad_()
        leaves.append(leaf)
        return leaf.as_strided(o.geometry.shape, o.geometry.stride, o.geometry.offset) if viewed else leaf

    results = [r for r in flat(run(case, call.map(made))) if isinstance(r, torch.Tensor) and r.dtype.is_floating_point]
    assert results, "no result can carry a gradient"
    assert all(r.requires_grad for r in results), "a result carries no gradient"
    for i, r in enumerate(results):
        weights = 1.0 + (np.arange(r.numel()) % 5).reshape(r.shape) / 4 + i
        r.backward(torch.Tensor.from_array(weights.astype(r.dtype.numpy)), retain_graph=True)
    return [np.zeros(t.shape) if t.grad is None else t.grad.numpy() for t in leaves]
