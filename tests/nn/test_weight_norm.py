"""Weight normalisation against PyTorch's, and what it leaves behind; bags of embeddings; sparse and partial layers."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError, RangeError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.utils import remove_weight_norm, weight_norm
from pytorch_from_lua.tensor import Tensor

R = np.random.RandomState(0)


def of(array: Any) -> Tensor:
    return Tensor.from_array(np.array(array))


@pytest.mark.peer
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_weight_norm_is_pytorchs(dim: int | None) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch is the peer")
    ours, theirs = nn.Conv2d(2, 3, 2).double(), peer.nn.Conv2d(2, 3, 2).double()
    theirs.load_state_dict({name: peer.tensor(t.array) for name, t in ours.state_dict().items()})
    weight_norm(ours, dim=dim)
    peer.nn.utils.weight_norm(theirs, dim=dim)
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    x = R.randn(2, 2, 4, 3)
    out, wanted = ours(of(x)), theirs(peer.tensor(x))
    np.testing.assert_allclose(out.detach().array, wanted.detach().numpy(), rtol=1e-10)
    out.square().sum().backward()
    wanted.square().sum().backward()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.shape == tuple(other.shape)
        np.testing.assert_allclose(mine.grad.array, other.grad.numpy(), rtol=1e-8, atol=1e-10)


def test_the_weight_follows_and_comes_back() -> None:
    layer = nn.Linear(3, 2)
    before, x = layer.weight.detach().clone(), torch.randn(4, 3)
    expected = layer(x).detach().array
    assert weight_norm(layer) is layer
    np.testing.assert_allclose(layer(x).detach().array, expected, rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        layer.weight_g.mul_(2)
    np.testing.assert_allclose(layer(x).detach().array, 2 * expected - layer.bias.detach().array, rtol=1e-4, atol=1e-5)
    assert remove_weight_norm(layer) is layer
    np.testing.assert_allclose(layer.weight.detach().array, 2 * before.array, rtol=1e-5)
    assert [name for name, _ in layer.named_parameters()] == ["bias", "weight"]
    with pytest.raises(ModuleError, match="remove_weight_norm: 'weight' of Linear is not normalised"):
        remove_weight_norm(layer)
    with pytest.raises(ModuleError, match="weight_norm: Tanh has no parameter 'weight'"):
        weight_norm(nn.Tanh())
    with pytest.raises(ModuleError, match="dim needs to be one of weight's 2 dimensions, got 2"):
        weight_norm(layer, dim=2)


def test_torch7s_class_copies_and_keeps_its_module_without_a_weight() -> None:
    module = nn.WeightNorm(nn.Linear(3, 2)).double()
    x = of(R.randn(4, 3))
    np.testing.assert_array_equal(copy.deepcopy(module)(x).detach().array, module(x).detach().array)
    assert module.module.weight is None
    with pytest.raises(ShapeError):
        module(of(R.randn(4, 5)))
    assert module.module.weight is None
    with pytest.raises(ModuleError, match="WeightNorm: Tanh has no parameter 'weight'"):
        nn.WeightNorm(nn.Tanh())


# -- embeddings --------------------------------------------------------------------------------------------------------

WEIGHT, FLAT, OFFSETS = R.randn(7, 3), np.array([1, 5, 2, 2, 0, 6]), np.array([0, 2, 2, 5])
BAGS: list[dict[str, Any]] = [
    *[{"mode": mode} for mode in ("sum", "mean", "max")],
    {"mode": "mean", "padding_idx": 2},
    {"mode": "sum", "padding_idx": -1},
    {"mode": "max", "padding_idx": 1},
    {"mode": "sum", "per_sample_weights": R.randn(6)},
    {"mode": "mean", "include_last_offset": True},
]


@pytest.mark.peer
@pytest.mark.parametrize("options", BAGS, ids=str)
def test_embedding_bags_are_pytorchs(options: dict[str, Any]) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch is the peer")
    offsets = np.append(OFFSETS, 6) if options.get("include_last_offset") else OFFSETS
    ours, theirs = dict(options), dict(options)
    if "per_sample_weights" in options:
        ours["per_sample_weights"] = of(options["per_sample_weights"])
        theirs["per_sample_weights"] = peer.tensor(options["per_sample_weights"])
    w, v = of(WEIGHT), peer.tensor(WEIGHT, requires_grad=True)
    w.requires_grad = True
    out = F.embedding_bag(of(FLAT), w, of(offsets), **ours)
    wanted = peer.nn.functional.embedding_bag(peer.tensor(FLAT), v, peer.tensor(offsets), **theirs)
    np.testing.assert_allclose(out.detach().array, wanted.detach().numpy(), rtol=1e-12, atol=1e-14)
    out.square().sum().backward()
    wanted.square().sum().backward()
    np.testing.assert_allclose(w.grad.array, v.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_rows_that_are_given() -> None:
    rows = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for made in (nn.Embedding, nn.EmbeddingBag):
        module = made.from_pretrained(rows)
        assert not module.weight.requires_grad
        assert made.from_pretrained(rows, freeze=False).weight.requires_grad
    assert nn.Embedding.from_pretrained(rows, padding_idx=-1).padding_idx == 1
    assert nn.EmbeddingBag.from_pretrained(rows, mode="sum")(torch.tensor([[0, 1]])).tolist() == [[4.0, 6.0]]


# -- sparse and partial layers -----------------------------------------------------------------------------------------


def test_a_sparse_layer_is_a_linear_one_in_every_form_of_its_input() -> None:
    module, dense = nn.IndexLinear(5, 2).double(), np.zeros((3, 5))
    module.weight.array[...] = R.randn(5, 2)
    keys, values = [[1, 4], [], [0]], [[2.0, -1.0], [], [0.5]]
    for row, at, value in zip(dense, keys, values, strict=True):
        row[at] = value
    wanted = dense @ module.weight.array
    given = [[of(np.array(k, np.int64)) for k in keys], [of(np.array(v, np.float64)) for v in values]]
    np.testing.assert_allclose(module(given).detach().array, wanted)
    flat = [of([1, 4, 0]), of([2.0, -1.0, 0.5]), of([2, 0, 1])]
    np.testing.assert_allclose(module(flat).detach().array, wanted)
    np.testing.assert_allclose(module([given[0][0], given[1][0]]).detach().array, wanted[0])


def test_only_the_outputs_of_the_partition() -> None:
    module, x = nn.PartialLinear(3, 4), torch.randn(2, 3)
    every = module(x).detach().array
    module.set_partition([3, 1])
    np.testing.assert_allclose(module(x).detach().array, every[:, [3, 1]], rtol=1e-6)
    module(x).sum().backward()
    assert module.bias.grad.tolist() == [0, 2, 0, 2]
    module.reset_partition()
    assert module(x).shape == (2, 4)


def test_centres_move_to_the_means() -> None:
    torch.manual_seed(1)
    module, x = nn.Kmeans(2, 3).double(), of(R.randn(20, 3))
    module.init_random(x)
    losses = []
    for _ in range(15):
        module.zeroGradParameters()
        module.backward(x, module.updateOutput(x))
        losses.append(module.loss)
        module.updateParameters(1.0)
    assert losses == sorted(losses, reverse=True)
    nearest = module(x).array
    for k in range(2):
        np.testing.assert_allclose(module.weight.detach().array[k], x.array[nearest == k].mean(0))


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: nn.Embedding(3, 2, sparse=True), ModuleError, "Embedding: sparse=True is not there"),
    (lambda: F.embedding(of([1]), of(WEIGHT), sparse=True), RangeError, "embedding: sparse=True is not there"),
    (lambda: F.embedding(of([9]), of(WEIGHT)), RangeError, "0 to 6"),
    (lambda: nn.EmbeddingBag(3, 2, mode="min"), ModuleError, "mode needs to be 'sum', 'mean' or 'max'"),
    (lambda: F.embedding_bag(of(FLAT), of(WEIGHT)), ShapeError, "embedding_bag: needs input"),
    (lambda: F.embedding_bag(of(FLAT), of(WEIGHT), of([1, 2])), ShapeError, "offsets need to rise from 0"),
    (lambda: F.embedding_bag(of(FLAT), of(WEIGHT), of([0, 9])), ShapeError, "offsets need to rise from 0"),
    (lambda: nn.Embedding.from_pretrained(of([1.0])), ShapeError, "embeddings need shape"),
    (lambda: nn.PartialLinear(3, 4).set_partition([4]), RangeError, "outputs from 0 to 3"),
    (lambda: nn.SparseLinear(3, 4)(of([1.0])), ModuleError, "SparseLinear: input needs to be a list"),
    (lambda: nn.SparseLinear(3, 4)([of([3]), of([1.0])]), RangeError, r"SparseLinear\(.*from 0 to 2, got 3\.\.3"),
    (lambda: nn.IndexLinear(3, 4)([of([1, 2]), of([1.0])]), ShapeError, r"IndexLinear\("),
    (lambda: nn.Kmeans(0, 1), ModuleError, "k and dim need to be 1 or more"),
    (lambda: nn.Kmeans(2, 3)(of([[1.0, 2.0]])), ShapeError, r"Kmeans\(2, 3\): input needs shape"),
    (lambda: nn.SpatialSubtractiveNormalization(2, torch.ones(4)), ModuleError, "odd sizes"),
    (lambda: nn.SpatialDivisiveNormalization(2)(torch.ones(3, 9, 9)), ShapeError, r"\(2\): input needs shape"),
]


@pytest.mark.parametrize("row", range(len(REFUSED)))
def test_refused(row: int) -> None:
    call, error, message = REFUSED[row]
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("make", [lambda: nn.Linear(3, 2), lambda: nn.Sequential(weight_norm(nn.Linear(3, 2)))])
def test_a_normalised_layer_that_was_called_can_be_copied(make: Any) -> None:
    net = make()
    if isinstance(net, nn.Linear):
        weight_norm(net)
    x = torch.randn(4, 3)
    before = net(x)
    other = copy.deepcopy(net)
    assert other(x).tolist() == before.tolist()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(2)
    assert other(x).tolist() != before.tolist()
    assert net(x).tolist() == before.tolist()
    net(x).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    assert all(p.grad is None for p in other.parameters())
