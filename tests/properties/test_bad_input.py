"""What an operation refuses: an error that says where and what, and a tensor that is as it was.

A row: the call on ``x``, a (2, 3) tensor of float32; the error; what its text says, in this order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import (
    AllocationError,
    AutogradError,
    DimensionError,
    DTypeError,
    RangeError,
    ShapeError,
    StorageError,
    TensorError,
)

Row = tuple[str, Callable[[Any], Any], type[TensorError], str]


def ones(*shape: int, dtype: str = "float32") -> torch.Tensor:
    return torch.ones(*shape, dtype=dtype)


def ints(*values: Any) -> torch.Tensor:
    return torch.tensor(list(values))


SHAPES: list[Row] = [
    ("add", lambda x: x.add(ones(4)), ShapeError, r"add: .*\(2, 3\), \(4,\)"),
    ("add_", lambda x: x.add_(ones(4)), ShapeError, r"add_: .*\(2, 3\), \(4,\)"),
    ("a larger result", lambda x: x.add_(ones(4, 2, 3)), ShapeError, r"add_: .*\(2, 3\).*\(4, 2, 3\)"),
    ("pow", lambda x: x.pow(ones(4)), ShapeError, r"pow: .*\(2, 3\), \(4,\)"),
    ("lerp", lambda x: x.lerp(ones(4), 0.5), ShapeError, r"lerp: .*\(4,\)"),
    ("where", lambda x: torch.where(x > 0, ones(4), x), ShapeError, r"where: .*\(4,\)"),
    ("mm", lambda x: x.mm(x), ShapeError, r"mm: .*\(2, 3\).*\(2, 3\)"),
    ("a product with a vector", lambda x: x.mm(ones(3)), ShapeError, r"mm: mat2.*2 dimensions.*\(3,\)"),
    ("mv", lambda x: x.mv(ones(2)), ShapeError, r"mv: .*\(2, 3\).*\(2,\)"),
    ("dot", lambda x: x[0].dot(ones(4)), ShapeError, r"dot: .*\(3,\).*\(4,\)"),
    ("bmm", lambda x: x.bmm(x), ShapeError, r"bmm: .*3 dimensions.*\(2, 3\)"),
    ("matmul", lambda x: x.matmul(ones(4)), ShapeError, r"matmul: .*\(2, 3\).*\(4,\)"),
    ("addmm_", lambda x: x.addmm_(ones(2, 4), ones(4, 4)), ShapeError, r"addmm_: .*\(2, 3\).*\(2, 4\).*\(4, 4\)"),
    ("view", lambda x: x.view(4), ShapeError, r"view: shape: \(4,\).*6 elements"),
    ("view of a transpose", lambda x: x.t().view(6), ShapeError, r"view: shape: \(6,\).*\(3, 2\).*reshape"),
    ("two unknown sizes", lambda x: x.view(-1, -1), ShapeError, r"view: shape: \(-1, -1\).*one -1"),
    ("reshape", lambda x: x.reshape(4, 2), ShapeError, r"reshape: shape: \(4, 2\).*6 elements"),
    ("a negative size", lambda x: x.reshape(-2, 3), ShapeError, r"reshape: shape: \(-2, 3\).*negative"),
    ("expand", lambda x: x.expand(4, 3), ShapeError, r"expand: shape: \(2, 3\).*\(4, 3\).*size 2"),
    ("expand to fewer", lambda x: x.expand(3), ShapeError, r"expand: shape: \(3,\).*\(2, 3\)"),
    ("unflatten", lambda x: x.unflatten(1, (2, 2)), ShapeError, r"unflatten: .*\(2, 2\).*3 elements"),
    ("unfold", lambda x: x.unfold(0, 3, 1), ShapeError, r"unfold: size: .*3.*size 2"),
    ("a step of 0", lambda x: x.unfold(0, 1, 0), ShapeError, r"unfold: step: .*at least 1, got 0"),
    ("split", lambda x: x.split([1, 2]), ShapeError, r"split: .*\[1, 2\].*2"),
    ("split in nothing", lambda x: x.split(0), ShapeError, r"split: split_size: .*got 0"),
    ("chunk", lambda x: x.chunk(0), ShapeError, r"chunk: chunks: .*at least 1, got 0"),
    ("repeat", lambda x: x.repeat(2), ShapeError, r"repeat: sizes: .*\(2,\)"),
    ("repeat below 0", lambda x: x.repeat(-1, 1), ShapeError, r"repeat: sizes: .*\(-1, 1\)"),
    ("index_select", lambda x: x.index_select(0, ints([0])), ShapeError, r"index_select: index: .*\(1, 1\)"),
    ("gather", lambda x: x.gather(0, ints(0)), ShapeError, r"gather: index: needs 2 dimensions.*\(1,\)"),
    ("a wide gather", lambda x: x.gather(0, ints([0] * 4)), ShapeError, r"gather: index: .*\(1, 4\).*\(2, 3\)"),
    (
        "scatter_",
        lambda x: x.scatter_(0, ints([1, 0, 0]), ones(1, 2)),
        ShapeError,
        r"scatter_: src: .*\(1, 2\).*\(1, 3\)",
    ),
    ("index_add_", lambda x: x.index_add_(0, ints(0, 1), ones(1, 3)), ShapeError, r"index_add_: source: .*\(1, 3\)"),
    ("index_copy_", lambda x: x.index_copy_(0, ints(0), ones(1, 4)), ShapeError, r"index_copy_: source: .*\(1, 4\)"),
    ("copy_", lambda x: x.copy_(ones(4)), ShapeError, r"copy_: .*\(2, 3\).*\(4,\)"),
    ("fill_", lambda x: x.fill_(ones(2)), ShapeError, r"fill_: value: .*one element.*\(2,\)"),
    ("cat", lambda x: torch.cat([x, ones(3, 2)]), ShapeError, r"cat: .*\(2, 3\), \(3, 2\)"),
    ("cat of nothing", lambda x: torch.cat([]), ShapeError, r"cat: tensors: .*at least one"),
    ("stack", lambda x: torch.stack([x, ones(2)]), ShapeError, r"stack: tensors: .*\(2, 3\), \(2,\)"),
    ("masked_fill_", lambda x: x.masked_fill_(ones(2, 2).bool(), 1), ShapeError, r"masked_fill_: .*\(2, 2\), \(2, 3\)"),
    ("masked_select", lambda x: x.masked_select(ones(2, 2).bool()), ShapeError, r"masked_select: .*\(2, 2\)"),
    ("x[0] = ", lambda x: x.__setitem__(0, ones(4)), ShapeError, r"\(4,\).*\(3,\)"),
    ("x[mask]", lambda x: x[torch.tensor([True])], ShapeError, r"index: a mask of shape \(1,\).*\(2, 3\)"),
    ("x[::-1]", lambda x: x[::-1], ShapeError, r"index: the step.*-1.*flip"),
    ("item", lambda x: x.item(), ShapeError, r"item: .*\(2, 3\)"),
    ("resize_", lambda x: x.resize_(-1, 2), ShapeError, r"resize_: shape: .*negative.*\(-1, 2\)"),
    ("topk", lambda x: x.topk(4), ShapeError, r"topk: k: 4.*3"),
    ("amax of nothing", lambda x: x[:, :0].amax(1), ShapeError, r"amax: .*\(2, 0\) has no elements"),
    ("max of nothing", lambda x: x[:, :0].max(1), ShapeError, r"max: .*\(2, 0\) has no elements"),
    ("argmin of nothing", lambda x: x[:0].argmin(), ShapeError, r"argmin: .*\(0, 3\) has no elements"),
    ("backward", lambda x: (x.clone().requires_grad_() * 2).backward(ones(2)), ShapeError, r"\(2, 3\), got \(2,\)"),
    ("grad", lambda x: setattr(x, "grad", ones(2)), ShapeError, r"grad: .*\(2, 3\), got \(2,\)"),
    ("zeros", lambda x: torch.zeros(-1), ShapeError, r"zeros: .*negative.*-1"),
    ("uneven lists", lambda x: torch.tensor([[1], [1, 2]]), ShapeError, r"tensor: data: .*unequal"),
]
DIMENSIONS: list[Row] = [
    (f"{name}(dim={dim})", lambda x, name=name, dim=dim: getattr(x, name)(dim=dim), DimensionError,
     rf"{name}: dim: {dim} .*2 dimensions")
    for name in ("sum", "mean", "amax", "max", "argmax", "all", "count_nonzero", "var", "sort", "median", "mode",
                 "cumsum", "cumsum_", "prod", "logsumexp", "squeeze", "unbind")
    for dim in (2, -3)
]  # fmt: skip
DIMENSIONS += [
    ("transpose", lambda x: x.transpose(0, 2), DimensionError, r"transpose: dim1: 2 .*2 dimensions"),
    ("permute", lambda x: x.permute(0, 0), DimensionError, r"permute: dims: \(0, 0\)"),
    ("permute of fewer", lambda x: x.permute(0), DimensionError, r"permute: dims: \(0,\)"),
    ("one dimension twice", lambda x: x.sum((0, -2)), DimensionError, r"sum: dim: \(0, -2\).*twice"),
    ("select", lambda x: x.select(0, 2), DimensionError, r"select: index: 2 .*dimension 0.*size 2"),
    ("narrow", lambda x: x.narrow(0, 1, 2), DimensionError, r"narrow: start, length: 1, 2.*size 2"),
    ("narrow below 0", lambda x: x.narrow(0, 0, -1), DimensionError, r"narrow: start, length: 0, -1"),
    ("unsqueeze_", lambda x: x.unsqueeze_(4), DimensionError, r"unsqueeze_: dim: 4"),
    ("flip", lambda x: x.flip(2), DimensionError, r"flip: dims: 2"),
    ("movedim", lambda x: x.movedim(0, 3), DimensionError, r"movedim: destination: 3"),
    ("diagonal", lambda x: x.diagonal(0, 0, 0), DimensionError, r"diagonal: dim1, dim2: .*0 and 0"),
    ("flatten", lambda x: x.flatten(1, 0), DimensionError, r"flatten: start_dim, end_dim: 1.*0"),
    ("t", lambda x: x.reshape(1, 2, 3).t(), DimensionError, r"t\(\).*\(1, 2, 3\)"),
    ("cat", lambda x: torch.cat([x, x], 2), DimensionError, r"cat: .*2"),
    ("stack", lambda x: torch.stack([x, x], 4), DimensionError, r"stack: .*4"),
    ("x[2]", lambda x: x[2], DimensionError, r"index: 2 .*dimension 0.*size 2"),
    ("x[0, 3]", lambda x: x[0, 3], DimensionError, r"index: 3 .*dimension 1.*size 3"),
    ("x[0, 0, 0]", lambda x: x[0, 0, 0], DimensionError, r"index: \(0, 0, 0\).*2 dimensions"),
    ("x[[0, 2]]", lambda x: x[[0, 2]], DimensionError, r"index: .*2 .*dimension 0.*size 2"),
    ("x[5] = ", lambda x: x.__setitem__(5, 1), DimensionError, r"index: 5 .*dimension 0.*size 2"),
    ("x[[0, 5]] = ", lambda x: x.__setitem__(([0, 5],), 1.0), DimensionError, r"index: .*5 .*dimension 0.*size 2"),
    ("index_select", lambda x: x.index_select(0, ints(2)), DimensionError, r"index_select: index: 2.*size 2"),
    ("index_fill_", lambda x: x.index_fill_(0, ints(0, 2), 1.0), DimensionError, r"index_fill_: index: 2.*size 2"),
    ("index_copy_", lambda x: x.index_copy_(0, ints(2), ones(1, 3)), DimensionError, r"index_copy_: index: 2.*size 2"),
    ("index_add_", lambda x: x.index_add_(0, ints(2), ones(1, 3)), DimensionError, r"index_add_: index: 2.*size 2"),
    ("gather", lambda x: x.gather(0, ints([2, 0, 0])), DimensionError, r"gather: index: 2.*size 2"),
    ("scatter_", lambda x: x.scatter_(0, ints([2, 0, 0]), 1.0), DimensionError, r"scatter_: index: 2.*size 2"),
    ("take", lambda x: x.take(ints(6)), DimensionError, r"6.*size 6|6.*6 elements"),
    ("a place of the storage", lambda x: x.storage()[10], DimensionError, r"index: 10 .*6 elements"),
    ("writing a place", lambda x: x.storage().__setitem__(-7, 1.0), DimensionError, r"index: -7 .*6 elements"),
]
TYPES: list[Row] = [
    ("add", lambda x: x.add("a"), DTypeError, r"add: .*str"),
    ("add of None", lambda x: x.add(None), DTypeError, r"add: .*None"),
    ("clamp", lambda x: x.clamp("a"), DTypeError, r"clamp: .*'?a|float32"),
    ("sum", lambda x: x.sum("a"), DTypeError, r"sum: dim: .*whole number.*'a'"),
    ("sum along 0.5", lambda x: x.sum(0.5), DTypeError, r"sum: dim: .*whole number.*0\.5"),
    ("transpose", lambda x: x.transpose(0, 0.5), DTypeError, r"transpose: dim1: .*whole number.*0\.5"),
    ("fill_", lambda x: x.fill_("a"), DTypeError, r"fill_: value: .*number.*'a'"),
    ("fill_ with None", lambda x: x.fill_(None), DTypeError, r"fill_: value: .*number.*None"),
    ("exp_", lambda x: x.long().exp_(), DTypeError, r"exp_: .*float32.*int64"),
    ("mul_", lambda x: x.long().mul_(0.5), DTypeError, r"mul_: .*float32.*int64"),
    ("bitwise_and", lambda x: x.bitwise_and(1), DTypeError, r"bitwise_and: .*float32"),
    ("- of masks", lambda x: (x > 0) - (x > 0), DTypeError, r"sub: .*bool"),
    ("matmul", lambda x: x.matmul(ones(3, dtype="float64")), DTypeError, r"matmul: .*float32, float64"),
    ("where", lambda x: torch.where(x, x, x), DTypeError, r"where: condition: needs bool.*float32"),
    ("x.where", lambda x: x.where(x, x), DTypeError, r"where: condition: needs bool.*float32"),
    ("full", lambda x: torch.full((2,), "a"), DTypeError, r"full: fill_value: .*'a'"),
    (
        "scatter_add_",
        lambda x: x.scatter_add_(0, ints([1, 0, 0]), ones(1, 3, dtype="float64")),
        DTypeError,
        r"scatter_add_: src: .*float32.*float64",
    ),
    ("masked_fill_", lambda x: x.masked_fill_(x, 1), DTypeError, r"masked_fill_: mask: .*booleans.*float32"),
    ("index_select", lambda x: x.index_select(0, torch.tensor([0.5])), DTypeError, r"index_select: index: .*float32"),
    ("gather", lambda x: x.gather(0, ones(1, 3)), DTypeError, r"gather: index: .*float32"),
    ("x[0.5]", lambda x: x[0.5], DTypeError, r"index: .*integers or booleans.*0\.5"),
    ("cat", lambda x: torch.cat([x, 1]), DTypeError, r"cat: tensors: .*int"),
    ("to", lambda x: x.to("complex64"), DTypeError, r"to: dtype: .*complex64.*allowed are uint8"),
    ("tensor", lambda x: torch.tensor("a"), DTypeError, r"tensor: data: needs numbers"),
    ("set_", lambda x: x.set_(3), DTypeError, r"set_: source: .*int"),
    ("grad", lambda x: setattr(x, "grad", ones(2, 3, dtype="float64")), DTypeError, r"grad: .*float32.*float64"),
    ("a number as grad", lambda x: setattr(x, "grad", 3), DTypeError, r"grad: .*float32.*int"),
    ("data", lambda x: setattr(x, "data", 3), DTypeError, r"data: .*tensor.*int"),
    ("requires_grad_", lambda x: x.long().requires_grad_(), DTypeError, r"requires_grad_?: .*int64"),
    ("a storage", lambda x: x.storage().fill_("a"), DTypeError, r"fill_: value: .*number.*'a'"),
]
OTHERS: list[Row] = [
    ("clamp", lambda x: x.clamp(), RangeError, r"clamp: min, max: at least one"),
    ("kthvalue", lambda x: x.kthvalue(4), RangeError, r"kthvalue: k: 4.*3"),
    ("quantile", lambda x: x.quantile(1.5), RangeError, r"quantile: q: .*1\.5"),
    ("normal_", lambda x: x.normal_(0, -1), TensorError, r"normal_: std: .*-1"),
    ("bernoulli", lambda x: torch.bernoulli(torch.tensor([2.0])), TensorError, r"bernoulli: .*2"),
    ("as_strided", lambda x: x.as_strided((2, 4), (3, 1)), StorageError, r"as_strided: .*\(2, 4\).*7 elements.*6"),
    ("a negative stride", lambda x: x.as_strided((2, 2), (-1, 1)), StorageError, r"as_strided: .*negative.*\(-1, 1\)"),
    ("set_", lambda x: x.set_(x.storage(), 5, (2, 2)), StorageError, r"set_: .*\(2, 2\).*5.*9 elements.*6"),
    ("set_ before the start", lambda x: x.set_(x.storage(), -1, (1,)), StorageError, r"set_: .*negative.*-1"),
    ("expanded", lambda x: x[:, :1].expand(2, 3).mul_(2), StorageError, r"mul_: dimension 1 of shape \(2, 3\).*clone"),
    ("storage", lambda x: x.storage().resize_(-1), StorageError, r"resize_: size: .*at least 0.*-1"),
    ("half a size", lambda x: x.storage().resize_(2.5), StorageError, r"resize_: size: .*whole number.*2\.5"),
    ("storages", lambda x: x.storage().copy_(ones(2).storage()), StorageError, r"copy_: other: .*6 elements, got 2"),
    ("backward", lambda x: x.backward(), AutogradError, r"backward: .*require a gradient"),
    ("a leaf", lambda x: x.clone().requires_grad_().add_(1), AutogradError, r"add_: a leaf"),
]
_LOTS = 10**15
MEMORY: list[Row] = [
    ("zeros", lambda x: torch.zeros(_LOTS), AllocationError, rf"zeros: .*{_LOTS}"),
    ("ones", lambda x: torch.ones(_LOTS), AllocationError, rf"ones: .*{_LOTS}"),
    ("empty", lambda x: torch.empty(_LOTS), AllocationError, rf"empty: .*{_LOTS}"),
    ("full", lambda x: torch.full((_LOTS,), 1.0), AllocationError, rf"full: .*{_LOTS}"),
    ("arange", lambda x: torch.arange(_LOTS), AllocationError, rf"arange: .*{_LOTS}"),
    ("eye", lambda x: torch.eye(10**8), AllocationError, r"eye: .*100000000"),
    ("more than can be counted", lambda x: torch.zeros(2**40, 2**40), AllocationError, rf"zeros: .*{2**40}"),
    ("resize_", lambda x: x.resize_(_LOTS), AllocationError, rf"resize_: size: {_LOTS} elements"),
    ("resize_ beyond", lambda x: x.resize_(2**40, 2**40), AllocationError, r"resize_: size: "),
    ("a storage", lambda x: x.storage().resize_(_LOTS), AllocationError, rf"resize_: size: {_LOTS} elements"),
    ("exp", lambda x: torch.zeros(1).expand(_LOTS).exp(), AllocationError, rf"exp: .*{_LOTS}"),
    ("add", lambda x: torch.zeros(1).expand(_LOTS) + 1, AllocationError, rf"add: .*{_LOTS}"),
    ("clone", lambda x: torch.zeros(1).expand(_LOTS).clone(), AllocationError, rf"clone: .*{_LOTS}"),
    ("repeat", lambda x: x.repeat(_LOTS, 1), AllocationError, rf"repeat: .*{_LOTS}"),
]
ROWS = [*SHAPES, *DIMENSIONS, *TYPES, *OTHERS, *MEMORY]


@pytest.mark.parametrize(("call", "error", "said"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_is_refused(call: Callable[[Any], Any], error: type[TensorError], said: str) -> None:
    x = torch.arange(6, dtype="float32").reshape(2, 3)
    storage, geometry, version = x.storage(), x.geometry, x._version
    with pytest.raises(error) as caught:
        call(x)
    assert re.search(said, str(caught.value), re.DOTALL), str(caught.value)
    assert x.storage() is storage
    assert x.geometry == geometry
    assert x._version == version
    assert x.grad is None
    assert storage.tolist() == [0, 1, 2, 3, 4, 5]


def test_every_error_is_the_one_that_python_has_for_it_too() -> None:
    with pytest.raises(MemoryError):
        torch.zeros(_LOTS)
    with pytest.raises(IndexError):
        torch.zeros(2)[2]
    with pytest.raises(TypeError):
        torch.zeros(2).fill_("a")
    with pytest.raises(ValueError):
        torch.zeros(2).view(3)


# -- memory that may not be written, or not be resized -----------------------------------------------------------------


def read_only(tmp_path: Path, kind: str) -> torch.Tensor:
    """Six doubles that may not be written."""
    if kind == "mapped":
        np.arange(6.0).tofile(tmp_path / "numbers")
        return torch.from_numpy(np.memmap(tmp_path / "numbers", "float64", "r").reshape(2, 3))
    array = np.arange(6.0).reshape(2, 3)
    array.flags.writeable = False
    return torch.from_numpy(array)


WRITES: dict[str, Callable[[Any], Any]] = {
    "exp_": lambda t: t.exp_(),
    "add_": lambda t: t.add_(1),
    "zero_": lambda t: t.zero_(),
    "copy_": lambda t: t.copy_(ones(2, 3)),
    "uniform_": lambda t: t.uniform_(),
    "masked_fill_": lambda t: t.masked_fill_(t > 2, 0),
    "index_fill_": lambda t: t.index_fill_(0, ints(0), 0),
    "setitem_": lambda t: t.__setitem__((0, 0), 5.0),
}


@pytest.mark.parametrize("kind", ["mapped", "array"])
@pytest.mark.parametrize("name", WRITES)
def test_read_only_memory_is_not_written(tmp_path: Path, kind: str, name: str) -> None:
    t = read_only(tmp_path, kind)
    for view in (t, t.t()):
        with pytest.raises(StorageError, match=rf"{name}: .*memory is read-only"):
            WRITES[name](view)
    assert t.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert t._version == 0


@pytest.mark.parametrize("kind", ["mapped", "array"])
def test_a_read_only_storage_is_neither_written_nor_resized(tmp_path: Path, kind: str) -> None:
    t = read_only(tmp_path, kind)
    for write in (lambda s: s.fill_(1), lambda s: s.__setitem__(0, 1.0), lambda s: s.copy_(torch.zeros(6).storage())):
        with pytest.raises(StorageError, match="read-only"):
            write(t.storage())
    for resize in (lambda t: t.resize_(7), lambda t: t.storage().resize_(7), lambda t: t.storage().resize_(1)):
        with pytest.raises(StorageError, match=r"resize_: size: .*keeps its 6 elements, got"):
            resize(t)
    assert t.shape == (2, 3)
    assert t.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert t._version == 0
    assert t.resize_(3).tolist() == [0, 1, 2]  # fewer of the same elements need no other memory
    assert (t.clone() + 1).tolist() == [1, 2, 3]


@pytest.mark.parametrize("shared", [False, True])
def test_a_storage_mapped_from_a_file_keeps_its_size(tmp_path: Path, shared: bool) -> None:
    np.arange(4.0).tofile(tmp_path / "numbers")
    storage = torch.Storage.from_file(tmp_path / "numbers", "float64", shared=shared)
    t = torch.Tensor.from_storage(storage, 1, (3,))
    with pytest.raises(StorageError, match=r"resize_: size: .*keeps its 4 elements, got 6"):
        t.resize_(5)
    assert t.tolist() == [1, 2, 3]
    assert len(storage) == 4
