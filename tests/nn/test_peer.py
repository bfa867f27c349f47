"""Modules that PyTorch has under the same name and arguments give its numbers, forward and backward."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.autograd import grad
from pytorch_from_lua.nn.protocol import tree_leaves
from tests.module_cases import CASES, Case

peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
pytestmark = pytest.mark.peer

#: Of the same name and another meaning, or with arguments that only one side has.
DIFFERENT = {
    "nn.CTCLoss(reduction='none')": "has the gradient of logits in place of that of log-probabilities: see test_ctc.py",
    "nn.CTCLoss(blank=0, zero_infinity=True)": "likewise",
    "nn.Dropout(0.4)": "draws from another random stream",
    "nn.AlphaDropout(0.4)": "draws from another random stream",
    "nn.CrossMapLRN2d(3, 0.1, 0.75, 2)": "sums a channel too many there",
    "nn.CrossMapLRN2d(4, alpha=0.3)": "sums a channel too many there",
    "nn.CrossMapLRN2d(5, 1, 0.5)": "sums a channel too many there",
    "nn.Dropout1d(0.4)": "draws from another random stream",
    "nn.Dropout2d(0.4)": "draws from another random stream",
    "nn.Dropout2d(0.4, scale_in_training=False)": "scales elsewhere",
    "nn.Dropout3d(0.4)": "draws from another random stream",
    "nn.Dropout3d(0.4, scale_in_training=False)": "scales elsewhere",
    "nn.FeatureAlphaDropout(0.4)": "draws from another random stream",
    "nn.Hardsigmoid()": "has a sixth of single precision in its gradient there",
    "nn.Threshold()": "needs its numbers there",
    **{f"nn.PairwiseDistance({p}, eps=0, grad_eps=1e-6)": "PyTorch has no grad_eps" for p in (1, 2, 3)},
    **{c.python: "keeps its numbers in its state there" for c in CASES if "_random_samples=" in c.python},
    "nn.FractionalMaxPool2d(2, (3, 4))": "draws from another random stream",
    "nn.FractionalMaxPool2d((3, 2), output_ratio=(0.6, 0.7))": "draws from another random stream",
    "nn.FractionalMaxPool2d(2, (3, 4)).fix_pooling_regions()": "draws from another random stream",
    "nn.FractionalMaxPool3d(2, (3, 2, 4))": "draws from another random stream",
    "nn.FractionalMaxPool3d((1, 2, 2), output_ratio=0.5)": "draws from another random stream",
    "nn.UpsamplingBilinear2d(scale_factor=2, single_places=True)": "computes places as Torch7 does",
    "nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True, single_places=True)": "the same",
    **{c.python: "has no batchmean there" for c in CASES if "RankingLoss" in c.python and "batchmean" in c.python},
    **{case.python: "a module of the tests" for case in CASES if case.python.startswith("unpooled(")},
}

#: Arguments that only we have.
OURS = ("sum_classes=",)


def same(case: Case) -> bool:
    names = re.findall(r"nn\.(\w+)", case.python)
    return (
        all(hasattr(peer.nn, name) for name in names)
        and case.python not in DIFFERENT
        and not any(word in case.python for word in OURS)
    )


SAME = [c for c in CASES if same(c)]
IN_EACH_MODE = [
    pytest.param(c, t, id=f"{c}-{'training' if t else 'evaluation'}")
    for c in SAME
    for t in c.modes
    if not (t and c.class_name == "RReLU")  # draws from another random stream
]


def of_peer(case: Case, ours: Any) -> Any:
    """The peer's module with the same parameters."""

    def tensor(values: Any, dtype: str) -> Any:
        return peer.tensor(values, dtype=getattr(peer, dtype))

    theirs = eval(case.python, {"nn": peer.nn, "tensor": tensor}).double()
    state = {name: peer.from_numpy(t.array.copy()) for name, t in ours.state_dict().items()}
    missing, unexpected = theirs.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(name.endswith("num_batches_tracked") for name in missing)
    return theirs


@pytest.mark.parametrize(("case", "training"), IN_EACH_MODE)
def test_same_numbers(case: Case, training: bool) -> None:
    ours = case.build().train(training)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what its next version will do
        compare(case, ours, of_peer(case, ours).train(training))


def leaves_of_peer(tree: Any) -> list[Any]:
    """The tensors of a nesting of tuples."""
    return [leaf for part in tree for leaf in leaves_of_peer(part)] if isinstance(tree, tuple) else [tree]


def compare(case: Case, ours: Any, theirs: Any) -> None:
    arrays = case.arrays()
    their_inputs = [peer.from_numpy(a.copy()) for a in arrays]
    our_inputs = list(tree_leaves(case.input()))
    for x, y in zip(our_inputs, their_inputs, strict=True):
        x.requires_grad = not case.looks_up
        y.requires_grad_(not case.looks_up)
    many = len(arrays) > 1
    fed = [x.clone() for x in our_inputs] if case.works_in_place else our_inputs
    their_fed = [y.clone() for y in their_inputs] if case.works_in_place else their_inputs
    out = case.run(ours, fed if many else fed[0])
    their_arguments = their_fed if case.takes_each or not many else [their_fed]
    if case.is_loss:
        their_arguments = [*their_arguments, *[peer.from_numpy(t.array) for t in tree_leaves(case.target())]]
    outs, their_outs = list(tree_leaves(out)), leaves_of_peer(theirs(*their_arguments))
    assert len(outs) == len(their_outs)
    for o, t in zip(outs, their_outs, strict=True):
        np.testing.assert_allclose(o.array, t.detach().numpy(), rtol=1e-10, atol=1e-12)
    random = np.random.RandomState(9)
    weights = [np.asarray(random.standard_normal(o.shape)) for o in outs]
    wanted = [x for x in (*our_inputs, *ours.parameters()) if x.requires_grad]
    their_wanted = [y for y in (*their_inputs, *theirs.parameters()) if y.requires_grad]
    if not wanted:
        return
    from pytorch_from_lua.tensor import Tensor

    found = grad(outs, wanted, [Tensor.from_array(w) for w in weights])
    their_found = peer.autograd.grad(their_outs, their_wanted, [peer.from_numpy(w) for w in weights])
    assert len(found) == len(their_found)
    for g, h in zip(found, their_found, strict=True):
        np.testing.assert_allclose(g.array, h.numpy(), rtol=1e-9, atol=1e-11)
    for name, buffer in ours.named_buffers():
        np.testing.assert_allclose(buffer.array, dict(theirs.named_buffers())[name].numpy(), rtol=1e-10, atol=1e-12)


def test_most_of_the_list_is_compared() -> None:
    assert len({c.class_name for c in SAME}) > 35


@pytest.mark.parametrize("name", ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"])
@pytest.mark.parametrize("shape", [(3, 4), (5, 2, 3, 3)])
def test_fans_and_gains_are_the_same(name: str, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn differs, the bounds that it is drawn between are told by the arguments."""
    import pytorch_from_lua as torch
    from pytorch_from_lua.nn import init

    asked: list[tuple[float, float]] = []
    core = name.split("_")[1]
    monkeypatch.setattr(init, f"{core}_", lambda t, a, b: asked.append((a, b)) or t)
    getattr(init, name)(torch.zeros(*shape))
    theirs = peer.nn.init
    fan_in, fan_out = theirs._calculate_fan_in_and_fan_out(peer.zeros(shape))
    assert init.fans(torch.zeros(*shape)) == (fan_in, fan_out)
    if "xavier" in name:
        std = (2.0 / (fan_in + fan_out)) ** 0.5
    else:
        std = theirs.calculate_gain("leaky_relu", 0.0) / fan_in**0.5
    want = (-(3**0.5) * std, 3**0.5 * std) if core == "uniform" else (0.0, std)
    assert asked == [pytest.approx(want, rel=1e-12)]


@pytest.mark.parametrize("nonlinearity", ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains(nonlinearity: str) -> None:
    from pytorch_from_lua.nn import init

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert init.calculate_gain(nonlinearity) == pytest.approx(peer.nn.init.calculate_gain(nonlinearity), rel=1e-12)
