from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels import loss
from tests.kernels.peer import numeric_gradient, strided

R = np.random.RandomState(0)
X, Y = R.randn(4, 3), R.randn(4, 3)
SIGNS, PROBS = np.sign(Y), R.rand(4, 3) * 0.8 + 0.1
LABELS, WEIGHT = np.array([2, 0, 1, 2]), np.array([1.0, 2.0, 0.5])
MULTI = np.array([[1, -1, 0], [0, 2, -1], [-1, 0, 0], [2, 1, -1]])

# name -> input, target, options, PyTorch's name
CASES: list[tuple[str, np.ndarray, np.ndarray, dict[str, Any], str]] = [
    ("mse", X, Y, {}, "mse_loss"),
    ("l1", X, Y, {}, "l1_loss"),
    ("smooth_l1", X, Y, {}, "smooth_l1_loss"),
    ("smooth_l1", X, Y, {"beta": 0.6}, "smooth_l1_loss"),
    ("smooth_l1", X, Y, {"beta": 0}, "smooth_l1_loss"),
    ("huber", X, Y, {"delta": 0.6}, "huber_loss"),
    ("kl_div", X, PROBS, {}, "kl_div"),
    ("soft_margin", X, SIGNS, {}, "soft_margin_loss"),
    ("margin", X, SIGNS, {"margin": 0.7}, ""),
    ("hinge_embedding", X, SIGNS, {"margin": 0.7}, "hinge_embedding_loss"),
    ("bce", PROBS, (Y > 0).astype(float), {}, "binary_cross_entropy"),
    ("bce", PROBS, (Y > 0).astype(float), {"weight": WEIGHT}, "binary_cross_entropy"),
    ("bce_with_logits", X, PROBS, {}, "binary_cross_entropy_with_logits"),
    ("bce_with_logits", X, PROBS, {"weight": WEIGHT, "pos_weight": WEIGHT}, "binary_cross_entropy_with_logits"),
    ("nll", X, LABELS, {}, "nll_loss"),
    ("nll", X, LABELS, {"weight": WEIGHT}, "nll_loss"),
    ("nll", X, LABELS, {"weight": WEIGHT, "ignore_index": 2}, "nll_loss"),
    ("nll", R.randn(2, 3, 2, 2), R.randint(0, 3, (2, 2, 2)), {"weight": WEIGHT, "ignore_index": 0}, "nll_loss"),
    ("cross_entropy", X, LABELS, {"weight": WEIGHT, "ignore_index": 0}, "cross_entropy"),
    ("cross_entropy", R.randn(2, 3, 2), R.randint(0, 3, (2, 2)), {}, "cross_entropy"),
    ("multi_margin", X, LABELS, {}, "multi_margin_loss"),
    ("multi_margin", X, LABELS, {"p": 2, "margin": 0.7, "weight": WEIGHT}, "multi_margin_loss"),
    ("multilabel_margin", X, MULTI, {}, "multilabel_margin_loss"),
]
REDUCTIONS = ("mean", "sum", "none")


def forward_of(name: str) -> Callable[..., Any]:
    function = getattr(loss, f"{name}_forward")
    return (lambda *a, **k: function(*a, **k)[0]) if name in ("nll", "cross_entropy") else function


def backward_of(name: str, grad: Any, x: np.ndarray, target: np.ndarray, how: dict[str, Any], **more: Any) -> Any:
    first = loss.cross_entropy_forward(x, target, **how)[1] if name == "cross_entropy" else x
    return getattr(loss, f"{name}_backward")(grad, first, target, **how, **more)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "x", "target", "options", "peer"), CASES)
def test_gradient(
    name: str, x: np.ndarray, target: np.ndarray, options: dict[str, Any], peer: str, reduction: str
) -> None:
    how = {**options, "reduction": reduction}
    forward = forward_of(name)
    value = forward(x, target, **how)
    assert isinstance(value, np.ndarray)
    assert (value.ndim == 0) == (reduction != "none")
    grad: Any = R.randn(*value.shape) if reduction == "none" else np.asarray(1.5)
    found = backward_of(name, grad, x, target, how)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: forward(v, target, **how), x, grad), atol=1e-7)
    out = np.zeros_like(x)
    assert backward_of(name, grad, strided(x), strided(target), how, out=out) is out
    np.testing.assert_allclose(out, found, atol=1e-14)
    small = forward(x.astype("f"), target if target.dtype.kind == "i" else target.astype("f"), **how)
    assert small.dtype == np.float32


@pytest.mark.peer
@pytest.mark.filterwarnings("ignore:reduction")  # PyTorch would rather have kl_div's mean over the batch
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "x", "target", "options", "peer"), [case for case in CASES if case[4]])
def test_like_torch(
    name: str, x: np.ndarray, target: np.ndarray, options: dict[str, Any], peer: str, reduction: str
) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    given = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    expected = getattr(torch.nn.functional, peer)(torch.tensor(x), torch.tensor(target), **given, reduction=reduction)
    value = forward_of(name)(x, target, **options, reduction=reduction)
    np.testing.assert_allclose(value, expected.numpy(), atol=1e-11)


def test_one_sample_is_a_batch_of_one() -> None:
    for name in ("nll", "cross_entropy", "multi_margin"):
        one = forward_of(name)(X[0], LABELS[:1])
        np.testing.assert_allclose(one, forward_of(name)(X[:1], LABELS[:1]))
        assert backward_of(name, 1.0, X[0], np.array(2), {}).shape == (3,)
    np.testing.assert_allclose(
        loss.multilabel_margin_forward(X[0], MULTI[0]), loss.multilabel_margin_forward(X[:1], MULTI[:1])
    )


def test_all_labels_ignored() -> None:
    value, total = loss.nll_forward(X, np.full(4, -1), ignore_index=-1)
    assert value == 0
    assert total == 0
    assert (loss.nll_backward(1.0, X, np.full(4, -1), ignore_index=-1) == 0).all()


def test_torch7_at_the_joints() -> None:
    same = np.zeros(1)
    assert loss.l1_backward(1.0, same, same, torch7=True) == 1
    assert loss.l1_backward(1.0, same, same) == 0
    one = np.ones(1)
    assert loss.margin_backward(1.0, one, one) == 0
    assert loss.hinge_embedding_backward(1.0, one, -one) == -1
    assert loss.bce_forward(one, same, torch7=True) == pytest.approx(-np.log(1e-12), rel=1e-4)
    assert loss.bce_forward(one, same) == loss.bce_forward(same, one) == 100
    assert (
        loss.bce_forward(one.astype("f"), same.astype("f"))
        == loss.bce_forward(same.astype("f"), one.astype("f"))
        == 100
    )


def test_errors() -> None:
    with pytest.raises(RangeError, match="target: needs labels from 0 to 2, got 3"):
        loss.nll_forward(X, np.array([0, 1, 3, 1]))
    with pytest.raises(RangeError, match="target: needs integers"):
        loss.nll_forward(X, np.ones(4))
    with pytest.raises(ShapeError, match="target: needs shape"):
        loss.nll_forward(X, np.array([0]))
    with pytest.raises(ShapeError, match="weight: needs shape"):
        loss.nll_forward(X, LABELS, np.ones(2))
    with pytest.raises(ShapeError, match="target: needs the shape"):
        loss.mse_forward(X, X[0])
    with pytest.raises(RangeError, match="reduction: got 'max'"):
        loss.mse_forward(X, Y, "max")
