"""What a tensor looks like: the same text that the peer prints, up to the name of a dtype."""

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.tensor import printing

CASES = [
    [],
    1.5,
    3,
    True,
    [1.0, 2.0],
    [1.5, -2.25, 1000.0],
    [1e-5, 1.0],
    [1e5, 1.0],
    [1e9, 1.0],
    [0.0001, 0.5],
    [float("nan"), 1.0, float("inf")],
    [float("nan")],
    [1.0, float("-inf")],
    [0.0, 0.0],
    [1, 200, -3],
    [[True, False]],
    [[1.0, 2.0], [3.0, 4.0]],
    [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
    [[[[1.0]], [[2.0]]]],
    [[]],
    list(range(40)),
    [i / 7 for i in range(30)],
    [[i * 0.1 + j for j in range(20)] for i in range(3)],
    [1e10, 2e10],
    [123456.0, 0.001],
]


@pytest.mark.peer
@pytest.mark.parametrize("data", CASES, ids=str)
@pytest.mark.parametrize("dtype", [None, "float64", "float16", "int32"])
def test_as_the_peer_prints(data, dtype):
    peer = pytest.importorskip("torch")
    if dtype is not None and (dtype == "int32" or np.any(np.abs(np.asarray(data, np.float64)) > 6e4)):
        data = np.nan_to_num(np.asarray(data, np.float64), posinf=9, neginf=-9).clip(-1e4, 1e4).tolist()
    ours = torch.tensor(data, dtype=dtype)
    theirs = peer.tensor(data, dtype=None if dtype is None else getattr(peer, dtype))
    assert repr(ours) == repr(theirs).replace("dtype=torch.", "dtype=").replace("size=torch.Size", "size=").replace(
        "size=(([", "size=("
    )


@pytest.mark.peer
@pytest.mark.parametrize("shape", [(1001,), (40, 50), (20, 30, 7), (4, 500), (5, 6, 7, 8)])
def test_large_ones_are_summarised_as_the_peer_does(shape):
    peer = pytest.importorskip("torch")
    n = int(np.prod(shape))
    for array in (np.arange(n).reshape(shape), (np.arange(n) / 8).astype(np.float32).reshape(shape)):
        assert repr(torch.from_numpy(array)) == repr(peer.from_numpy(array))


def test_small_examples():
    assert repr(torch.tensor([[1.0, 2.5], [3.0, -4.0]])) == "tensor([[ 1.0000,  2.5000],\n        [ 3.0000, -4.0000]])"
    assert repr(torch.tensor([1.0, 2.0], dtype="float64")) == "tensor([1., 2.], dtype=float64)"
    assert repr(torch.zeros(2, 0)) == "tensor([], size=(2, 0))"
    assert f"{torch.tensor(2.5):.3f}" == "2.500"
    assert f"{torch.tensor([1, 2])}" == "tensor([1, 2])"
    assert repr(torch.zeros(2).to("uint8")) == "tensor([0, 0], dtype=uint8)"


def test_history_shows():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(x + 1) == "tensor([2., 3.], grad_fn=<Add>)"
    assert repr(x.masked_fill(np.array([True, False]), 0)).endswith("grad_fn=<MaskedFill>)")


def test_options(monkeypatch):
    monkeypatch.setattr(printing, "options", dict(printing.options))
    torch.set_printoptions(precision=2, threshold=5, edgeitems=1)
    assert repr(torch.arange(6) / 4) == "tensor([0.00,  ..., 1.25])"
    torch.set_printoptions(linewidth=20)
    assert max(len(line) for line in repr(torch.arange(5)).splitlines()) <= 20
