"""Tensors that share a storage: what one of them does to the memory, all of them see."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pytorch_from_lua as torch
from pytorch_from_lua.errors import AutogradError
from tests.properties.operands import FLOATS, Operand, operands, seen, shapes

COPIES: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda given: pickle.loads(pickle.dumps(given)),
    "oldest pickle": lambda given: pickle.loads(pickle.dumps(given, 2)),
}


@pytest.mark.parametrize("name", COPIES)
@settings(max_examples=30)
@given(x=operands(), y=operands(FLOATS))
def test_copies_keep_values_geometry_and_sharing(name: str, x: Operand, y: Operand) -> None:
    t, other = x.view(), y.view()
    base = t._base[0]
    a, b, c, again = COPIES[name]([t, base, other, t])
    assert a is again
    assert a.storage() is b.storage()
    assert c.storage() is not a.storage()
    assert a.geometry == t.geometry
    assert a.dtype is t.dtype
    assert a.storage().buffer.tobytes() == x.memory.tobytes()
    b.zero_()
    assert np.array_equal(a.array, np.zeros(x.shape))
    assert t.storage().buffer.tobytes() == x.memory.tobytes(), "the original is another's memory"


@settings(max_examples=50)
@given(x=operands(), shape=shapes((0, 3)))
def test_resize_keeps_the_offset_and_what_lies_in_the_storage(x: Operand, shape: tuple[int, ...]) -> None:
    t = x.view()
    base, version = t._base[0], t._version
    assert t.resize_(shape) is t
    assert t.shape == shape
    assert t.storage() is base.storage()
    same = x.shape == shape
    assert t.storage_offset() == x.geometry.offset
    assert same or t.is_contiguous()
    need = 0 if 0 in shape else x.geometry.offset + int(np.prod(shape))
    assert len(t.storage()) == max(len(x.memory), 0 if same else need), (
        "a storage grows where it must, and never shrinks"
    )
    kept = t.storage().buffer[: len(x.memory)]
    assert kept.tobytes() == x.memory.tobytes()
    assert base.array.tobytes() == x.memory.tobytes(), "the other tensor on the storage has other values now"
    assert (t._version > version) == (len(t.storage()) != len(x.memory))


@settings(max_examples=50)
@given(x=operands(), y=operands())
def test_set_views_what_the_other_views(x: Operand, y: Operand) -> None:
    t, other = x.view(), y.view()
    old = t.storage()
    assert t.set_(other) is t
    assert t.storage() is other.storage()
    assert t.geometry == other.geometry
    assert t.dtype is other.dtype
    assert np.array_equal(t.array, y.array(), equal_nan=y.dtype.kind == "f")
    t.zero_() if not y.repeats else None
    assert y.repeats or np.array_equal(other.array, np.zeros(y.shape))
    assert old.buffer.tobytes() == x.memory.tobytes(), "the memory that was left has changed"


@settings(max_examples=50)
@given(x=operands(FLOATS, "grid"))
def test_parameters_in_one_flat_storage(x: Operand) -> None:
    """As Torch7's getParameters: several tensors become views of one, and updates of either are seen by both."""
    parameters = [x.contiguous(), (x.contiguous() + 1)]
    flat = torch.cat([p.reshape(-1) for p in parameters])
    place = 0
    for p in parameters:
        p.set_(flat.storage(), place, p.shape)
        place += p.numel()
    want = np.concatenate([x.array().reshape(-1), (x.array() + 1).reshape(-1)])
    assert np.array_equal(flat.array, want)
    flat.mul_(2)
    assert np.array_equal(parameters[1].array, (x.array() + 1) * 2)
    parameters[0].fill_(7)
    assert np.array_equal(flat.array[: parameters[0].numel()], np.full(parameters[0].numel(), 7))
    assert flat._version == parameters[0]._version == parameters[1]._version


@settings(max_examples=50)
@given(x=operands(("float32", "float64", "int64"), "grid"), shift=st.integers(0, 3))
def test_operands_that_overlap_the_target_are_read_first(x: Operand, shift: int) -> None:
    """``a[1:].add_(a[:-1])`` uses the values from before."""
    memory = np.resize(x.memory, max(x.memory.size, 4) + 4)
    t = torch.from_numpy(memory.copy())
    target, source = t[shift:-1], t[1 : t.numel() - shift]
    want = memory.copy()
    want[shift:-1] += memory[1 : memory.size - shift]
    target.add_(source)
    assert np.array_equal(t.array, want)
    copied = torch.from_numpy(memory.copy())
    copied[shift:-1].copy_(copied[1 : copied.numel() - shift])
    moved = memory.copy()
    moved[shift:-1] = memory[1 : memory.size - shift]
    assert np.array_equal(copied.array, moved)


@settings(max_examples=50)
@given(x=operands(sizes=(1, 4)))
def test_arrays_and_tensors_see_each_other(x: Operand) -> None:
    memory = x.memory.copy()
    array = seen(memory, x.geometry)
    t = torch.from_numpy(array)
    assert t.geometry.shape == x.shape
    assert np.array_equal(t.array, x.array(), equal_nan=x.dtype.kind == "f")
    array[...] = 1
    assert np.array_equal(t.array, np.ones(x.shape))
    if not x.repeats:
        t.zero_()
        assert np.array_equal(array, np.zeros(x.shape))
        assert np.array_equal(seen(memory, x.geometry), np.zeros(x.shape))


def test_a_computed_tensor_is_not_copied_deeply_nor_given_another_shape() -> None:
    y = torch.ones(2, requires_grad=True) * 2
    with pytest.raises(AutogradError, match="only leaves can be deep-copied"):
        copy.deepcopy(y)
    with pytest.raises(AutogradError, match="history"):
        y.resize_(3)
    assert y.tolist() == [2, 2]


def test_a_copied_leaf_has_its_gradient_with_it() -> None:
    x = torch.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    for make in COPIES.values():
        found = make(x)
        assert found.requires_grad
        assert found.grad.tolist() == [3, 3]
        assert found.grad is not x.grad
