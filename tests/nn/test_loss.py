"""Losses: bad input, older arguments, and corners that the list of cases does not reach."""

from __future__ import annotations

import inspect
import re
import warnings
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.tensor import Tensor

ROWS, LABELS = torch.zeros(3, 4), torch.tensor([0, 1, 3])

#: A call, and what its error says.
BAD: list[tuple[str, str]] = [
    ("F.mse_loss(ROWS, torch.zeros(2, 4))", r"mse_loss: target needs the shape of input, \(3, 4\), got \(2, 4\)"),
    ("F.mse_loss(ROWS, ROWS, weight=LABELS)", r"mse_loss: weight needs the shape of input, \(3, 4\), got \(3,\)"),
    ("F.mse_loss(ROWS, ROWS, reduction='max')", "reduction: got 'max'; allowed are 'mean', 'sum', 'none'"),
    ("F.smooth_l1_loss(ROWS, ROWS, beta=-1)", "smooth_l1_loss: beta needs to be 0 or more, got -1"),
    ("F.huber_loss(ROWS, ROWS, delta=0)", "huber_loss: delta needs to be above 0, got 0"),
    ("F.binary_cross_entropy(ROWS + 2, ROWS)", "input needs to lie between 0 and 1, goes from 2.0 to 2.0"),
    ("F.binary_cross_entropy(ROWS, LABELS)", r"target needs the shape of input, \(3, 4\), got \(3,\)"),
    ("F.binary_cross_entropy(ROWS, ROWS, LABELS)", r"weight needs to broadcast to \(3, 4\), got \(3,\)"),
    (
        "F.binary_cross_entropy_with_logits(ROWS, ROWS, pos_weight=torch.ones(2, 3, 4))",
        r"pos_weight needs to broadcast to \(3, 4\), got \(2, 3, 4\)",
    ),
    ("F.kl_div(ROWS, ROWS, reduction='max')", "allowed are 'mean', 'sum', 'none', 'batchmean'"),
    ("F.kl_div(ROWS, torch.ones(3))", "kl_div: target needs the shape of input"),
    ("F.soft_margin_loss(ROWS, torch.ones(3))", "soft_margin_loss: target needs the shape of input"),
    ("F.gaussian_nll_loss(ROWS, ROWS, ROWS - 1)", "gaussian_nll_loss: var needs to be 0 or more, got -1.0"),
    (
        "F.gaussian_nll_loss(ROWS, ROWS, torch.ones(2))",
        r"var needs the shape of input, \(3, 4\), or one for a row, got \(2,\)",
    ),
    ("F.nll_loss(ROWS, LABELS + 2)", "nll_loss|target: needs labels from 0 to 3, got 5"),
    ("F.nll_loss(ROWS, LABELS.float())", "nll_loss: target needs whole numbers, the labels, got float32"),
    ("F.nll_loss(ROWS, LABELS[:2])", r"nll_loss: an input of \(3, 4\) needs a target of \(3,\), got \(2,\)"),
    ("F.nll_loss(ROWS, LABELS, torch.ones(3))", r"nll_loss: weight needs one for each class, \(4,\), got \(3,\)"),
    ("F.cross_entropy(ROWS, LABELS, label_smoothing=1.5)", "label_smoothing lies between 0 and 1, got 1.5"),
    ("F.cross_entropy(ROWS, torch.ones(3, 2))", r"cross_entropy: target needs the shape of input, \(3, 4\)"),
    ("F.cross_entropy(ROWS, ROWS, ignore_index=1)", "ignore_index is for labels"),
    ("F.cross_entropy(ROWS, ROWS, torch.ones(3))", r"weight needs one for each class, \(4,\), got \(3,\)"),
    ("F.multi_margin_loss(ROWS, LABELS, p=3)", "multi_margin_loss: p needs to be 1 or 2, got 3"),
    ("F.multi_margin_loss(torch.zeros(2, 3, 4), LABELS)", r"input needs shape \(C,\) or \(N, C\), got \(2, 3, 4\)"),
    ("F.multilabel_margin_loss(ROWS, ROWS)", "multilabel_margin_loss: target needs whole numbers"),
    ("F.multilabel_margin_loss(ROWS, LABELS)", "multilabel_margin_loss: target needs the shape of input"),
    ("F.margin_ranking_loss(ROWS, ROWS, LABELS)", "input1, input2 and target need as many dimensions"),
    ("F.cosine_embedding_loss(ROWS, ROWS, LABELS[:2])", r"needs inputs \(N, D\) or \(D,\) and a target \(N,\) or \(\)"),
    ("F.cosine_embedding_loss(ROWS, ROWS[:2], LABELS)", "input2 needs the shape of input1"),
    ("F.triplet_margin_loss(ROWS, ROWS, ROWS[0])", "anchor, positive and negative need as many dimensions"),
    ("F.triplet_margin_loss(ROWS, ROWS, ROWS, margin=-1)", "margin needs to be above 0, got -1"),
    ("F.l1_hinge_embedding_loss(ROWS, ROWS, LABELS)", r"target needs one element, got \(3,\)"),
    ("F.distance_ratio_loss(ROWS, ROWS[0])", "input2 needs the shape of input1"),
    ("nn.MSELoss(reduction='batchmean')", "reduction: got 'batchmean'; allowed are 'mean', 'sum', 'none'"),
    ("nn.HuberLoss(delta=-1)", "delta: needs to be above 0, got -1"),
    ("nn.SmoothL1Loss(beta=-1)", "beta: needs to be 0 or more, got -1"),
    ("nn.CrossEntropyLoss(label_smoothing=-1)", "label_smoothing: lies between 0 and 1, got -1"),
    ("nn.MultiMarginLoss(p=0)", "p: needs to be 1 or 2, got 0"),
    ("nn.TripletMarginLoss(0)", "margin: needs to be above 0, got 0"),
    ("nn.ClassSimplexLoss(1)", "num_classes: needs to be 2 or more, got 1"),
    ("nn.ClassSimplexLoss(4)(ROWS, LABELS + 1)", "labels go from 0 to 3, target has 1 to 4"),
    ("nn.ClassSimplexLoss(3)(ROWS, LABELS)", r"input needs shape \(N, 3\) or \(3,\), got \(3, 4\)"),
    ("nn.WeightedMSELoss(LABELS)(ROWS, ROWS)", r"input needs shape \(3,\), or that in a batch, got \(3, 4\)"),
    ("nn.SpatialAutoCropMSELoss()(torch.ones(1, 3, 3), torch.ones(1, 2, 3))", "planes are at least as large"),
    ("nn.ModuleFromLoss(nn.MSELoss())([ROWS])", r"ModuleFromLoss: needs \[input, target\], got 1 inputs"),
    ("nn.MultiLoss(nn.MSELoss(), weights=[1, 2])", "weights: 1 losses got 2 weights"),
    ("nn.ParallelLoss(nn.MSELoss())([ROWS, ROWS], [ROWS, ROWS])", "ParallelLoss of 1 losses got 2 inputs"),
]


@pytest.mark.parametrize(("call", "text"), BAD, ids=[call for call, _ in BAD])
def test_mistakes_are_told(call: str, text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text) as caught:
        eval(call, {"F": F, "nn": nn, "torch": torch, "ROWS": ROWS, "LABELS": LABELS})
    assert type(caught.value).__module__ == "pytorch_from_lua.errors"


@pytest.mark.parametrize(
    ("given", "reduction"),
    [
        ({"size_average": True}, "mean"),
        ({"size_average": False}, "sum"),
        ({"reduce": True}, "mean"),
        ({"reduce": False}, "none"),
        ({"size_average": False, "reduce": True}, "sum"),
        ({"size_average": False, "reduce": False}, "none"),
    ],
)
def test_older_arguments(given: dict[str, bool], reduction: str) -> None:
    with pytest.warns(UserWarning, match="size_average and reduce"):
        assert nn.MSELoss(**given).reduction == reduction
    with pytest.warns(UserWarning, match="size_average and reduce"):
        loss = F.cross_entropy(ROWS, LABELS, **given)
    assert loss.tolist() == F.cross_entropy(ROWS, LABELS, reduction=reduction).tolist()


def test_two_shapes_are_broadcast_with_a_warning() -> None:
    with pytest.warns(UserWarning, match=r"target has shape \(4,\) and input \(3, 4\)"):
        loss = F.l1_loss(ROWS, torch.ones(4))
    assert loss.item() == 1


def test_a_weighted_mean() -> None:
    weight = torch.tensor([1.0, 3.0])
    assert F.mse_loss(torch.tensor([1.0, 2.0]), torch.zeros(2), weight=weight).item() == 13 / 4
    assert F.huber_loss(torch.tensor([1.0, 4.0]), torch.zeros(2), "none", 2.0, weight).tolist() == [0.5, 18.0]


def test_logits_may_be_as_large_as_they_like() -> None:
    x = torch.tensor([1e4, -1e4], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, torch.tensor([0.0, 0.0]), reduction="none")
    assert loss.tolist() == [1e4, 0.0]
    loss.sum().backward()
    assert x.grad.tolist() == [1.0, 0.0]


def test_certain_probabilities_count_as_100() -> None:
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    loss = F.binary_cross_entropy(x, torch.tensor([1.0, 0.0]), reduction="none")
    assert loss.tolist() == [100.0, 100.0]
    loss.sum().backward()
    assert np.isfinite(x.grad.array).all()


def test_one_pair_and_its_hinge() -> None:
    x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([0.0, 4.0])
    loss = nn.L1HingeEmbeddingLoss(4)
    assert loss(x, y, 1).item() == 3
    near = loss(x, y, torch.tensor([-1.0]))
    assert near.item() == 1
    near.backward()
    assert x.grad.tolist() == [-1.0, 1.0]
    assert nn.L1HingeEmbeddingLoss(2)(x, y, -1).item() == 0


def test_corners_of_a_simplex() -> None:
    loss = nn.ClassSimplexLoss(4)
    products = (loss.simplex @ loss.simplex.t()).array
    np.testing.assert_allclose(products, np.where(np.eye(4) > 0, 1, -1 / 3), atol=1e-6)
    assert loss.getTopPrediction(loss.simplex).tolist() == [0, 1, 2, 3]
    assert loss(loss.simplex, torch.arange(4)).item() == 0
    assert loss(loss.simplex, loss.simplex).item() == 0


def test_losses_of_pairs_in_composed_losses() -> None:
    pair, signs = [torch.tensor([1.0, 2.0]), torch.tensor([3.0, 1.0])], torch.tensor([1.0, -1.0])
    ranking = nn.MarginRankingLoss(0.5)
    wanted = ranking(*pair, signs).item()
    assert nn.MultiLoss(ranking, ranking, weights=[1, 2]).updateOutput(pair, signs) == pytest.approx(3 * wanted)
    both = nn.ParallelLoss(ranking, nn.L1Cost())
    assert both([pair, pair[0]], [signs, None]).item() == pytest.approx(wanted + 3)


def test_what_a_loss_was_given_is_shown() -> None:
    assert repr(nn.MSELoss()) == "MSELoss()"
    assert repr(nn.MSELoss(reduction="sum")) == "MSELoss(reduction='sum')"
    assert repr(nn.CrossEntropyLoss(label_smoothing=0.1)) == "CrossEntropyLoss(label_smoothing=0.1)"
    assert repr(nn.ClassSimplexLoss(3, reduction="sum")) == "ClassSimplexLoss(3, reduction='sum')"


#: PyTorch's that hold layers, or are one's older name.
OTHERS = ("AdaptiveLogSoftmaxWithLoss", "LinearCrossEntropyLoss", "NLLLoss2d")


@pytest.mark.peer
def test_arguments_are_those_of_pytorch() -> None:
    """Names, order, defaults and kinds of the arguments of all losses, as modules and as functions."""
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")

    def arguments(f: Any) -> list[tuple[str, Any, Any]]:
        return [(p.name, p.default, p.kind) for p in inspect.signature(f).parameters.values()]

    names = [n for n in dir(peer.nn) if n.endswith("Loss") and n not in OTHERS]
    assert len(names) > 20
    for name in sorted({*names, *[n for n in dir(peer.nn.functional) if re.search("_loss$|entropy|kl_div", n)]}):
        if not (hasattr(nn, name) or hasattr(F, name)):
            continue
        ours, theirs = [getattr(m if name in names else m.functional, name) for m in (nn, peer.nn)]
        mine, wanted = arguments(ours), arguments(theirs)
        assert mine[: len(wanted)] == wanted, name
    assert not [n for n in names if not hasattr(nn, n)]


@pytest.mark.peer
def test_hard_corners_are_those_of_pytorch() -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    same = np.array([1.0, -2.0, 0.3])
    signs = np.array([1.0, -1.0, 1.0])
    for name, target in [("l1_loss", same), ("smooth_l1_loss", same - 1), ("huber_loss", same + 1)]:
        x, y = torch.tensor(same, requires_grad=True), peer.tensor(same, requires_grad=True)
        getattr(F, name)(x, torch.tensor(target)).backward()
        getattr(peer.nn.functional, name)(y, peer.tensor(target)).backward()
        np.testing.assert_array_equal(x.grad.array, y.grad.numpy(), err_msg=name)
    x = torch.tensor(signs, requires_grad=True)
    y = peer.tensor(signs, requires_grad=True)
    F.hinge_embedding_loss(x, Tensor.from_array(-signs), margin=1.0).backward()
    peer.nn.functional.hinge_embedding_loss(y, peer.tensor(-signs), margin=1.0).backward()
    np.testing.assert_array_equal(x.grad.array, y.grad.numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a mean over nothing
        empty = F.cross_entropy(ROWS, torch.tensor([-100, -100, -100]), reduction="sum")
    assert empty.item() == 0
