"""Connectionist temporal classification, against all paths and against PyTorch; attention and Gumbel's softmax."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.tensor import Tensor

X = np.random.RandomState(0).standard_normal((6, 4, 5))
TARGETS = np.array([[1, 2, 2], [3, 1, 0], [0, 0, 0], [4, 4, 4]])
LENGTHS, SIZES = [6, 5, 4, 4], [3, 2, 0, 3]  # the last needs five steps and has four


def test_all_paths_of_a_short_sequence() -> None:
    log_probs = F.log_softmax(torch.tensor(X[:4, 0]), 1)
    total = 0.0
    for path in itertools.product(range(5), repeat=4):
        kept = [c for c, _ in itertools.groupby(path) if c != 0]
        if kept == [1, 2]:
            total += float(np.exp(sum(log_probs.array[t, c] for t, c in enumerate(path))))
    loss = F.ctc_loss(log_probs, torch.tensor([1, 2]), torch.tensor(4), torch.tensor(2), reduction="sum")
    assert loss.shape == ()
    assert loss.item() == pytest.approx(-np.log(total), rel=1e-12)


@pytest.mark.peer
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("blank", [0, 4])
def test_numbers_and_gradients_are_those_of_pytorch(reduction: str, joined: bool, blank: int) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    targets = TARGETS if blank == 0 else np.where(np.arange(3) < np.array(SIZES)[:, None], TARGETS - 1, 0)
    if joined:
        targets = np.concatenate([row[:n] for row, n in zip(targets, SIZES, strict=True)])
    made = []
    for kit, functions in ((torch, F), (peer, peer.nn.functional)):
        logits = kit.tensor(X, requires_grad=True)
        lengths = kit.tensor(LENGTHS), kit.tensor(SIZES)
        loss = functions.ctc_loss(
            functions.log_softmax(logits, 2), kit.tensor(targets), *lengths, blank, reduction, zero_infinity=True
        )
        loss.sum().backward()
        made.append((loss, logits.grad))
    np.testing.assert_allclose(made[0][0].detach().array, made[1][0].detach().numpy(), rtol=1e-10)
    np.testing.assert_allclose(made[0][1].array, made[1][1].numpy(), rtol=1e-8, atol=1e-11)


def test_a_target_that_is_too_long() -> None:
    given = F.log_softmax(torch.tensor(X), 2), torch.tensor(TARGETS), LENGTHS, SIZES
    assert np.isinf(F.ctc_loss(*given, reduction="none").array).tolist() == [False, False, False, True]
    assert F.ctc_loss(*given, reduction="none", zero_infinity=True).array[3] == 0


LOGS = torch.zeros(6, 2, 5)
#: Arguments, and what the error says.
BAD: list[tuple[tuple[Any, ...], str]] = [
    ((LOGS[0, 0], [1], [1], [1]), r"log_probs needs shape \(T, N, C\) or \(T, C\)"),
    ((LOGS, torch.ones(2, 2), [6, 6], [2, 2]), "targets needs whole numbers, got float32"),
    ((LOGS, TARGETS, [6, 6], [2, 2]), r"targets need 2 rows, got shape \(4, 3\)"),
    ((LOGS, TARGETS[:2], [6], [2, 2]), "input_lengths needs one for each of 2 samples, got 1"),
    ((LOGS, TARGETS[:2], [7, 6], [2, 2]), r"input_lengths lie between 1 and 6, got \[7, 6\]"),
    ((LOGS, TARGETS[:2], [6, 6], [4, 2]), r"target_lengths lie between 0 and 3, got \[4, 2\]"),
    ((LOGS, TARGETS[:2], [6, 6], [3, 3]), "labels from 0 to 4 other than the blank 0"),
    ((LOGS, TARGETS[:2] + 3, [6, 6], [3, 3]), "labels from 0 to 4 other than the blank 0"),
    ((LOGS, np.ones(5, int), [6, 6], [2, 2]), r"target_lengths sum up to 4, targets have shape \(5,\)"),
    ((LOGS, TARGETS[:2], [6, 6], [3, 2], 5), "blank lies between 0 and 4, got 5"),
]


@pytest.mark.parametrize(("given", "text"), BAD, ids=[text for _, text in BAD])
def test_mistakes_are_told(given: tuple[Any, ...], text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text):
        nn.CTCLoss(*given[4:])(*given[:4])


@pytest.mark.peer
@pytest.mark.parametrize("how", ["plain", "causal", "scaled", "added", "allowed"])
def test_attention_is_that_of_pytorch(how: str) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    random = np.random.RandomState(1)
    arrays = [random.standard_normal(shape) for shape in ((2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2))]
    added = random.standard_normal((4, 6))
    made = []
    for kit, function in ((torch, F), (peer, peer.nn.functional)):
        options = {
            "plain": {},
            "causal": {"is_causal": True},
            "scaled": {"scale": 0.3},
            "added": {"attn_mask": kit.tensor(added)},
            "allowed": {"attn_mask": kit.tensor(added > -0.8)},
        }[how]
        given = [kit.tensor(a, requires_grad=True) for a in arrays]
        out = function.scaled_dot_product_attention(*given, **options)
        (out * out).sum().backward()
        made.append([out.detach(), *[t.grad for t in given]])
    for ours, theirs in zip(*made, strict=True):
        np.testing.assert_allclose(ours.array, theirs.numpy(), rtol=1e-9, atol=1e-11)


def test_attention_refuses_what_does_not_fit() -> None:
    x = torch.zeros(3, 4)
    with pytest.raises(ValueError, match=r"needs query \(..., L, E\)"):
        F.scaled_dot_product_attention(x, torch.zeros(3, 5), x)
    with pytest.raises(ValueError, match="is_causal makes a mask of its own"):
        F.scaled_dot_product_attention(x, x, x, attn_mask=torch.zeros(3, 3), is_causal=True)
    assert F.scaled_dot_product_attention(x, x, x, dropout_p=1.0).tolist() == x.tolist()


def test_samples_of_a_softmax() -> None:
    logits = Tensor.from_array(np.log(np.tile([0.2, 0.5, 0.3], (20000, 1))))
    logits.requires_grad = True
    torch.manual_seed(1)
    hard = F.gumbel_softmax(logits, hard=True)
    np.testing.assert_allclose(hard.detach().array.mean(0), [0.2, 0.5, 0.3], atol=0.02)
    np.testing.assert_allclose(np.sort(hard.detach().array, 1), np.tile([0.0, 0.0, 1.0], (20000, 1)), atol=1e-12)
    (hard[:, 0]).sum().backward()
    assert np.abs(logits.grad.array).max() > 0
    soft = F.gumbel_softmax(logits, tau=0.5, dim=0)
    np.testing.assert_allclose(soft.detach().array.sum(0), 1)
    with pytest.raises(ValueError, match="tau needs to be above 0, got 0"):
        F.gumbel_softmax(logits, 0)
