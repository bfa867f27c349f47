"""Recurrent layers against PyTorch's, packed sequences, dropout between layers, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.autograd import grad
from pytorch_from_lua.errors import DTypeError, ModuleError
from pytorch_from_lua.nn.utils import rnn
from pytorch_from_lua.tensor import Tensor
from tests.module_cases import doubles

FORMS = [
    "RNN(3, 4)",
    "RNN(3, 4, 2, 'relu', bidirectional=True)",
    "LSTM(3, 4, 3, bias=False)",
    "LSTM(3, 4, 2, bidirectional=True, proj_size=2)",
    "GRU(3, 4, 2, bidirectional=True, batch_first=True)",
]
LENGTHS = [3, 5, 1]


def both(form: str) -> tuple[Any, Any, Any]:
    """Our module, the peer's with the same parameters, and the peer itself."""
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    torch.manual_seed(2)
    with doubles():
        ours = eval(f"nn.{form}", {"nn": nn})
    theirs = eval(f"nn.{form}", {"nn": peer.nn}).double()
    theirs.load_state_dict({k: peer.from_numpy(v.array.copy()) for k, v in ours.state_dict().items()})
    assert list(ours.state_dict()) == list(theirs.state_dict())
    return ours, theirs, peer


def random(*shape: int, seed: int = 0) -> Any:
    return np.random.RandomState(seed).standard_normal(shape)


def states(module: Any, count: int) -> list[Any]:
    """First states: that, and an LSTM's cells."""
    rows = module.num_layers * (2 if module.bidirectional else 1)
    found = [random(rows, count, module.proj_size or 4, seed=5)]
    return [*found, random(rows, count, 4, seed=6)] if module.mode == "LSTM" else found


def given(made: list[Any], lstm: bool) -> Any:
    return tuple(made) if lstm else made[0]


@pytest.mark.peer
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_states_outputs_and_gradients_are_those_of_pytorch(form: str, packed: bool) -> None:
    ours, theirs, peer = both(form)
    shape = (3, 5, 3) if ours.batch_first else (5, 3, 3)
    arrays = [random(*shape), *states(ours, 3)]
    mine = [torch.tensor(a, requires_grad=True) for a in arrays]
    other = [peer.tensor(a, requires_grad=True) for a in arrays]
    found = []
    for module, tensors, kit in ((ours, mine, rnn), (theirs, other, peer.nn.utils.rnn)):
        x = tensors[0]
        if packed:
            x = kit.pack_padded_sequence(x, LENGTHS, module.batch_first, enforce_sorted=False)
        out, last = module(x, given(tensors[1:], ours.mode == "LSTM"))
        if packed:
            out, lengths = kit.pad_packed_sequence(out, module.batch_first, padding_value=-1.0, total_length=6)
            assert lengths.tolist() == LENGTHS
        found.append([out, *(last if isinstance(last, tuple) else (last,))])
    for o, t in zip(*found, strict=True):
        np.testing.assert_allclose(o.array, t.detach().numpy(), rtol=1e-10, atol=1e-12)
    weights = [random(*o.shape, seed=7) for o in found[0]]
    ours_wanted, theirs_wanted = [*mine, *ours.parameters()], [*other, *theirs.parameters()]
    gradients = grad(found[0], ours_wanted, [Tensor.from_array(w) for w in weights])
    expected = peer.autograd.grad(found[1], theirs_wanted, [peer.from_numpy(w) for w in weights])
    for g, e in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(g.array, e.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.peer
@pytest.mark.parametrize("form", FORMS)
def test_gradients_of_gradients_are_those_of_pytorch(form: str) -> None:
    ours, theirs, peer = both(form)
    x = random(5, 3, 3)
    mine, other = torch.tensor(x, requires_grad=True), peer.tensor(x, requires_grad=True)
    penalties = []
    for module, tensor, gradient in ((ours, mine, grad), (theirs, other, peer.autograd.grad)):
        out, _ = module(tensor)
        (g,) = gradient((out * out).sum(), tensor, create_graph=True)
        penalties.append((g * g).sum())
    np.testing.assert_allclose(penalties[0].item(), penalties[1].item(), rtol=1e-9)
    gradients = grad(penalties[0], [mine, *ours.parameters()])
    expected = peer.autograd.grad(penalties[1], [other, *theirs.parameters()], allow_unused=True)
    for g, e in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(g.array, np.zeros(g.shape) if e is None else e.numpy(), rtol=1e-8, atol=1e-10)


def test_shorter_sequences_are_those_alone() -> None:
    """Without the peer: each sequence of a packed batch gives what it gives by itself."""
    with doubles():
        net = nn.LSTM(3, 4, 2, bidirectional=True)
    sequences = [torch.tensor(random(n, 3, seed=n)) for n in LENGTHS]
    out, (h, c) = net(rnn.pack_sequence(sequences, enforce_sorted=False))
    for i, (sequence, got) in enumerate(zip(sequences, rnn.unpack_sequence(out), strict=True)):
        wanted, (wanted_h, wanted_c) = net(sequence)
        np.testing.assert_allclose(got.array, wanted.detach().array, rtol=1e-12)
        np.testing.assert_allclose(h.array[:, i], wanted_h.array, rtol=1e-12)
        np.testing.assert_allclose(c.array[:, i], wanted_c.array, rtol=1e-12)


def test_a_cell_is_a_step_of_a_layer() -> None:
    for layer, cell in (
        (nn.LSTM(3, 4), nn.LSTMCell(3, 4)),
        (nn.GRU(3, 4), nn.GRUCell(3, 4)),
        (nn.RNN(3, 4), nn.RNNCell(3, 4)),
    ):
        cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
        x, state = torch.tensor(random(5, 2, 3)).float(), None
        for row in x:
            state = cell(row, state)
        out, last = layer(x)
        h = state[0] if isinstance(state, tuple) else state
        np.testing.assert_allclose(h.array, out[-1].array, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(
            h.array, (last[0] if isinstance(last, tuple) else last)[0].array, rtol=1e-5, atol=1e-6
        )


def test_dropout_stands_between_layers_in_training() -> None:
    net = nn.GRU(3, 4, 2, dropout=1.0)
    x = torch.tensor(random(5, 2, 3)).float()
    dropped = net(x)[0]
    assert not np.allclose(dropped.array, net.eval()(x)[0].array)
    upper = nn.GRU(4, 4)
    upper.load_state_dict({k.replace("l1", "l0"): v for k, v in net.state_dict().items() if k.endswith("l1")})
    np.testing.assert_array_equal(dropped.array, upper(torch.zeros(5, 2, 4))[0].array)
    with pytest.warns(UserWarning, match="dropout: stands between layers"):
        nn.GRU(3, 4, dropout=0.5)


def test_parameters_are_drawn_in_order() -> None:
    torch.manual_seed(4)
    drawn = [p.array.copy() for p in nn.LSTM(3, 4).parameters()]
    torch.manual_seed(4)
    for array in drawn:
        np.testing.assert_array_equal(array, nn.init.uniform_(torch.zeros(*array.shape), -0.5, 0.5).array)
    assert [len(w) for w in nn.LSTM(3, 4, 2, proj_size=2).all_weights] == [5, 5]
    assert repr(nn.LSTM(3, 4, 2, proj_size=2)) == "LSTM(3, 4, num_layers=2, proj_size=2)"
    assert repr(nn.RNN(3, 4, nonlinearity="relu")) == "RNN(3, 4, nonlinearity='relu')"


X = torch.zeros(5, 2, 3)
#: A call, and what its error says.
BAD = [
    ("nn.LSTM(0, 4)", "input_size: needs to be 1 or more, got 0"),
    ("nn.LSTM(3, 4, 0)", "num_layers: needs to be 1 or more, got 0"),
    ("nn.LSTM(3, 4, dropout=2)", "dropout: a probability lies between 0 and 1, got 2"),
    ("nn.LSTM(3, 4, proj_size=4)", "proj_size: an LSTM's lies between 0 and hidden_size 4, got 4"),
    ("nn.RNN(3, 4, nonlinearity='sin')", "nonlinearity: got 'sin'; allowed are 'tanh' and 'relu'"),
    ("nn.RNNBase('SRU', 3, 4)", "mode: got 'SRU'; allowed are 'LSTM', 'GRU'"),
    ("nn.LSTM(3, 4)(X[0, 0])", r"LSTM: input needs 2 dimensions, or 3 with a batch, got \(3,\)"),
    ("nn.LSTM(2, 4)(X)", r"LSTM: input needs a last size of 2, got \(5, 2, 3\)"),
    ("nn.LSTM(3, 4)(X.long())", "LSTM: input is int64, and (state|weights) (int64|float32)"),
    ("nn.GRUCell(3, 4)(X[0].double())", "GRU: input is float64, and weights float32"),
    ("nn.LSTM(3, 4)(X[:0])", "LSTM: input needs one step or more"),
    ("nn.LSTM(3, 4)(X, X)", "LSTM: hx needs to be a pair of the state and the cells"),
    ("nn.GRU(3, 4)(X, (X, X))", "GRU: hx needs to be a tensor, got tuple"),
    ("nn.GRU(3, 4)(X, X)", r"GRU: hx needs a state of shape \(1, 2, 4\), got \(5, 2, 3\)"),
    ("nn.GRU(3, 4)(X[0], torch.zeros(1, 1, 4))", r"GRU: hx needs a state of shape \(1, 4\), got \(1, 1, 4\)"),
    ("nn.LSTM(3, 4)(X, (torch.zeros(1, 2, 4), X))", r"LSTM: hx needs a cells of shape \(1, 2, 4\), got"),
    ("nn.LSTM(2, 4)(rnn.pack_sequence([X[0]]))", r"LSTM: input needs a last size of 2, got \(2, 3\)"),
    ("nn.GRUCell(3, 4)(X)", r"GRUCell: input needs shape \(N, 3\) or \(3,\), got \(5, 2, 3\)"),
    ("nn.GRUCell(3, 4)(X[0], X[0])", r"GRUCell: hx needs shape \(2, 4\), got \(2, 3\)"),
    ("nn.LSTMCell(3, 4)(X[0], [X])", "LSTMCell: hx needs to be a pair"),
    ("rnn.pack_padded_sequence(X, [1, 2])", r"the longest come first with enforce_sorted, got \[1, 2\]"),
    ("rnn.pack_padded_sequence(X, [6, 2])", r"lengths: each lies between 1 and 5, got \[6, 2\]"),
    ("rnn.pack_padded_sequence(X, [1, 0])", r"lengths: each lies between 1 and 5, got \[1, 0\]"),
    ("rnn.pack_padded_sequence(X, [1])", "lengths: 2 sequences got 1 lengths"),
    ("rnn.pad_packed_sequence(rnn.pack_sequence([X]), total_length=4)", "total_length: needs to be 5, the longest"),
    ("rnn.pad_sequence([])", "sequences: needs one or more, got none"),
    ("rnn.pad_sequence([X, X[0]])", "sequences: need the same sizes after the first"),
    ("rnn.pad_sequence([X], padding_side='top')", "padding_side: got 'top'"),
]


@pytest.mark.parametrize(("call", "text"), BAD, ids=[call for call, _ in BAD])
def test_mistakes_are_told(call: str, text: str) -> None:
    with pytest.raises((ModuleError, DTypeError), match=text):
        eval(call, {"nn": nn, "rnn": rnn, "torch": torch, "X": X})


@pytest.mark.peer
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("enforce_sorted", [False, True])
def test_packing_is_that_of_pytorch(batch_first: bool, enforce_sorted: bool) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    lengths = [4, 2, 2] if enforce_sorted else [2, 4, 1]
    x = random(*((3, 4) if batch_first else (4, 3)), 2)
    mine = rnn.pack_padded_sequence(torch.tensor(x), torch.tensor(lengths), batch_first, enforce_sorted)
    other = peer.nn.utils.rnn.pack_padded_sequence(peer.tensor(x), peer.tensor(lengths), batch_first, enforce_sorted)
    for a, b in zip(mine, other, strict=True):
        assert (None if a is None else a.tolist()) == (None if b is None else b.tolist())
    sequences = [random(n, 2, seed=n) for n in lengths]
    for side in ("left", "right"):
        a = rnn.pad_sequence([torch.tensor(s) for s in sequences], batch_first, 7.0, side)
        b = peer.nn.utils.rnn.pad_sequence([peer.tensor(s) for s in sequences], batch_first, 7.0, side)
        assert a.tolist() == b.tolist()
    back = rnn.unpad_sequence(rnn.pad_sequence([torch.tensor(s) for s in sequences]), torch.tensor(lengths))
    assert [b.tolist() for b in back] == [s.tolist() for s in sequences]
    assert mine.float().data.dtype.name == "float32"
    assert mine.float().double().data.dtype.name == "float64"
