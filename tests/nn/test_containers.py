"""Containers as lists and dicts, and errors that tell where in the tree they happened."""

from __future__ import annotations

from typing import Any

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError


def three() -> tuple[Any, Any, Any]:
    return nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)


def names(container: Any) -> list[str]:
    return [name for name, _ in container.named_children()]


KINDS = [nn.Sequential, lambda *m: nn.ModuleList(m), nn.ConcatTable, lambda *m: nn.Concat(0, *m)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_container_is_a_list(kind: Any) -> None:
    a, b, c = three()
    held = kind(a, b, c)
    assert len(held) == 3
    assert list(held) == [a, b, c]
    assert held[0] is a
    assert held[-1] is c
    assert list(held[1:]) == [b, c]
    assert type(held[1:]) is type(held)
    # A part of a Sequential keeps the names, as in PyTorch.
    assert names(held[1:]) == (["1", "2"] if kind is nn.Sequential else ["0", "1"])
    assert list(held) == [a, b, c]
    d = nn.ReLU()
    assert held.insert(1, d) is held
    assert list(held) == [a, d, b, c]
    assert names(held) == ["0", "1", "2", "3"]
    del held[1]
    assert list(held) == [a, b, c]
    held[-1] = d
    assert list(held) == [a, b, d]
    del held[0:2]
    assert list(held) == [d]
    assert names(held) == ["0"]
    assert held.append(a) is held
    assert list(held.extend([b]).add(c)) == [d, a, b, c]
    for index in (4, -5):
        with pytest.raises(IndexError, match=f"index: {index} is outside of .*, which holds 4 modules"):
            held[index]
    with pytest.raises(ModuleError, match="holds modules, got int"):
        held.append(3)
    with pytest.raises(ModuleError, match="holds modules, got str"):
        held[0] = "x"


def test_a_slice_keeps_the_options_and_shares_the_modules() -> None:
    a, b, c = three()
    held = nn.Concat(1, a, b, c)
    part = held[:2]
    assert part.dim == 1
    assert part[0] is a
    part.append(c).add(c)
    assert len(held) == 3
    hooked = nn.Sequential(a, b)
    hooked[0:1].register_forward_hook(lambda *_: None)
    assert hooked._hooks is None


def test_sequential_takes_names() -> None:
    a, b, _ = three()
    net = nn.Sequential({"in": a, "act": b})
    assert names(net) == ["in", "act"]
    assert net[0] is a
    assert net[-1] is b
    assert net.get_submodule("act") is b
    net[1] = nn.ReLU()
    assert names(net) == ["in", "act"]
    numbered = nn.Sequential({"1": a}).append(b)
    assert list(numbered) == [a, b]


def test_dicts_of_modules() -> None:
    a, b, c = three()
    held = nn.ModuleDict({"a": a, "b": b})
    assert list(held) == ["a", "b"]
    assert held["a"] is a
    held["c"] = c
    held["a"] = b
    assert list(held.values()) == [b, b, c]
    assert dict(held.items())["c"] is c
    assert "c" in held
    del held["c"]
    assert "c" not in held
    assert len(held) == 2
    assert list(held.keys()) == ["a", "b"]
    with pytest.raises(ModuleError, match=r"got 'a\.b'"):
        held["a.b"] = a
    with pytest.raises(ModuleError, match="int"):
        held["a"] = 3


def test_lists_have_no_forward() -> None:
    with pytest.raises(NotImplementedError):
        nn.ModuleList([nn.Tanh()])(torch.ones(1))


@pytest.mark.parametrize(
    ("make", "given", "message"),
    [
        (lambda: nn.ParallelTable(nn.Tanh(), nn.Tanh()), [1], "ParallelTable of 2 modules got 1"),
        (lambda: nn.CSubTable(), [2, 2, 2], "CSubTable needs 2 tensors, got 3"),
        (lambda: nn.CAddTable(), [2, 3], "one shape"),
        (lambda: nn.CAddTable(), [], "needs some tensors, got 0"),
        (lambda: nn.CAddTable(inplace=True), [2, 3], "one shape"),
        (lambda: nn.SelectTable(2), [1, 1], "index: 2 is not in an input of 2"),
        (lambda: nn.NarrowTable(1, 2), [1, 1], "1, 2 do not lie in 2 elements"),
    ],
)
def test_tables_that_do_not_fit(make: Any, given: list[int], message: str) -> None:
    with pytest.raises(Exception, match=message):
        make()([torch.ones(n) for n in given])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "groups: 2 does not divide 3 input"),
        (lambda: nn.Conv2d(3, 4, (3, 3, 3)), r"kernel_size: .*whole number.*, got \(3, 3, 3\)"),
        (lambda: nn.MaxPool2d(2.5), "MaxPool2d: kernel_size: needs to be a whole number, .*, got 2.5"),
        (lambda: nn.Embedding(4, 2, padding_idx=4), "padding_idx: got 4 for 4 rows"),
        (lambda: nn.Dropout(1.5), "p: a probability lies between 0 and 1, got 1.5"),
        (lambda: nn.MSELoss(reduction="avg"), "reduction: got 'avg'; allowed are 'mean', 'sum', 'none'"),
        (
            lambda: nn.BatchNorm2d(3)(torch.ones(2, 3)),
            r"BatchNorm2d\(3\): input needs shape \(N, 3, H, W\), got \(2, 3\)",
        ),
        (lambda: nn.ReLU(1, 2), "too many positional"),
        (lambda: nn.ReLU(slope=1), "slope"),
        (lambda: nn.MultiLoss(nn.MSELoss(), weights=[1, 2]), "weights: 1 losses got 2"),
        (lambda: nn.ParallelLoss(nn.MSELoss())([torch.ones(1)] * 2, [torch.ones(1)] * 2), "of 1 losses got 2 inputs"),
        (lambda: nn.MultiLoss()(torch.ones(1), torch.ones(1)), "MultiLoss of 0 losses"),
    ],
)
def test_arguments_that_do_not_fit(make: Any, message: str) -> None:
    with pytest.raises(Exception, match=message):
        make()
