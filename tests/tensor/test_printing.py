"""What a tensor looks like: the same text that the peer prints, up to the name of a dtype."""

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import RangeError
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


R = np.random.RandomState(0)
NUMBERS = {
    "normal": R.randn(3, 4).astype(np.float32),
    "double": R.randn(3),
    "half": R.randn(4).astype(np.float16),
    "large": R.randn(3) * 1e5,
    "far apart": np.array([1e-5, 1.0, 1e4]),
    "whole and far apart": np.array([1.0, 2e9]),
    "one large": np.array([1e8]),
    "just too far": np.array([1.0, 1001.5]),
    "not quite": np.array([1.0, 999.5]),
    "nan": np.array([1.5, np.nan, np.inf, -np.inf]),
    "whole with nan": np.array([1.0, np.nan, np.inf]),
    "only nan": np.array([np.nan] * 3, np.float32),
    "minus zero": np.array([-0.0, 0.5]),
    "zeros": np.zeros((2, 2)),
    "denormal": np.array([1e-310, 1.0]),
    "powers": np.array([1e20, -1e-20, 0.0]),
    "int32": np.array([[1, -20], [300, 4]], np.int32),
    "uint8": np.array([0, 255], np.uint8),
    "booleans": np.zeros(30, bool),
    "no elements": np.zeros((0, 3), np.int64),
    "no floats": np.zeros(0, np.float32),
    "line": R.randn(50).astype(np.float32),
    "cube": R.randn(2, 2, 3).astype(np.float32),
    "four": R.randn(2, 2, 2, 2).astype(np.float32),
    "summarised": np.arange(12000).reshape(100, 120),
    "summarised cube": R.randn(20, 20, 20).astype(np.float32),
    "tall": np.arange(3000, dtype=np.float32).reshape(1500, 2),
    "wide": R.randn(2, 600).astype(np.float32),
}
OPTIONS = [
    {}, {"precision": 2}, {"precision": 8}, {"precision": 0}, {"sci_mode": True}, {"sci_mode": False},
    {"linewidth": 40}, {"linewidth": 1}, {"threshold": 5, "edgeitems": 1}, {"threshold": 0, "edgeitems": 0},
    {"profile": "short"}, {"profile": "full", "linewidth": 200}, {"profile": "short", "precision": 6},
]  # fmt: skip


@pytest.fixture
def own_options():
    yield
    torch.set_printoptions(profile="default")


def bare(text):
    """Without the name of the library, and what it moves to the next line."""
    text = text.replace("dtype=torch.", "dtype=")
    return text.replace(",\n       dtype", ", dtype")


@pytest.mark.peer
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", NUMBERS)
def test_every_option_does_what_the_peer_does(name, options, own_options):
    peer = pytest.importorskip("torch")
    array = NUMBERS[name]
    torch.set_printoptions(**options)
    try:
        peer.set_printoptions(profile="default")
        peer.set_printoptions(**options)
        theirs = repr(peer.from_numpy(array))
    finally:
        peer.set_printoptions(profile="default")
    assert bare(repr(torch.from_numpy(array))) == bare(theirs)


def test_the_style_of_floats_is_chosen_anew_each_time(own_options):
    torch.set_printoptions(sci_mode=True)
    torch.set_printoptions(precision=1)
    assert repr(torch.tensor([0.5])) == "tensor([0.5])"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"profile": "long"}, "profile: got 'long'; allowed are 'default', 'short', 'full'"),
        ({"precision": -1}, "precision: needs a number of at least 0, got -1"),
        ({"linewidth": 0}, "linewidth: needs a number of at least 1, got 0"),
        ({"edgeitems": "3"}, "edgeitems: needs a number of at least 0, got '3'"),
    ],
)
def test_options_that_are_refused(options, says):
    before = dict(printing.options)
    with pytest.raises(RangeError, match=says):
        torch.set_printoptions(**options)
    assert printing.options == before
