"""The PyTorch expression of each module and loss gives, in PyTorch, the same outputs and gradients as ours."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from lua_compat.errors import MappingError
from lua_compat.export.pytorch import expression
from lua_compat.export.pytorch.sources import pieces
from pytorch_from_lua import nn
from pytorch_from_lua.autograd import grad
from pytorch_from_lua.nn.protocol import tree_leaves
from pytorch_from_lua.tensor import Tensor
from tests.export.peer import agree, built, given, leaves, with_state
from tests.module_cases import CASES, FROM_REGISTRY, Case

#: Not the same, and why.
DIFFERENT = {
    "nn.Hardsigmoid()": "has a sixth of single precision in its gradient there",
    "nn.CTCLoss(reduction='none')": "has the gradient of logits there",
    "nn.CTCLoss(blank=0, zero_infinity=True)": "likewise",
}
#: Draw in training, from another random stream: compared in evaluation.
DRAWN = ("Dropout", "RReLU", "WhiteNoise")
#: Draw in evaluation too: the shapes are compared.
ALWAYS_DRAWN = ("FractionalMaxPool",)
#: Places in single precision here, the gradient of distances with a small number: near, not the same.
NEAR = ("single_places=True", "grad_eps=", "Euclidean")
COMPARED = [c for c in CASES if c.python not in DIFFERENT and not c.python.startswith("unpooled(")]


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch, whose modules are compared, is not installed")


@pytest.mark.peer
@pytest.mark.parametrize("case", COMPARED, ids=str)
def test_gives_the_same_there(case: Case, torch: Any) -> None:
    module = case.build()
    drawn = any(word in case.python for word in DRAWN)
    module.train(not drawn)
    text = expression(module) if case.is_loss else expression(module, input=case.input())
    theirs = with_state(torch, built(torch, text), module).train(not drawn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what its next version will do
        compare(case, module, theirs, torch)


def cloned(value: Any) -> Any:
    return [cloned(v) for v in value] if isinstance(value, list) else value.clone()


def compare(case: Case, module: Any, theirs: Any, torch: Any) -> None:
    mine = case.input()
    peers = given(torch, mine)
    wanted = [x for x in tree_leaves(mine) if x.dtype.is_floating_point and not case.looks_up]
    their_wanted = [y for y in leaves(peers) if y.is_floating_point() and not case.looks_up]
    for x in wanted:
        x.requires_grad = True
    for y in their_wanted:
        y.requires_grad_(True)
    fed = nn.protocol.tree_map(lambda t: t.clone(), mine) if case.works_in_place else mine
    their_fed = cloned(peers) if case.works_in_place else peers
    arguments = list(their_fed) if case.takes_each else [their_fed]
    if case.is_loss and case.example.target != ((), "none"):
        arguments += given(torch, list(tree_leaves(case.target())))
    out, their_out = case.run(module, fed), theirs(*arguments)
    if any(word in case.python for word in ALWAYS_DRAWN) and "_random_samples" not in case.python:
        assert [tuple(t.shape) for t in tree_leaves(out)] == [tuple(t.shape) for t in leaves(their_out)]
        return
    near = any(word in case.python for word in NEAR)
    agree(out, their_out, *((1e-5, 1e-6) if near else (1e-9, 1e-11)))
    outs = [(o, t) for o, t in zip(tree_leaves(out), leaves(their_out), strict=True) if o.requires_grad]
    wanted += [p for p in module.parameters() if p.requires_grad]
    their_wanted += [p for p in theirs.parameters() if p.requires_grad]
    assert len(wanted) == len(their_wanted)
    if not outs:
        return
    random = np.random.RandomState(9)
    weights = [np.asarray(random.standard_normal(o.shape)) for o, _ in outs]
    found = grad([o for o, _ in outs], wanted, [Tensor.from_array(w) for w in weights], allow_unused=True)
    their_found = torch.autograd.grad(
        [t for _, t in outs], their_wanted, [torch.from_numpy(w) for w in weights], allow_unused=True
    )
    for f, t in zip(found, their_found, strict=True):
        assert (f is None) == (t is None)
        if f is not None:
            rtol, atol = (1e-4, 1e-5) if near else (1e-8, 1e-10)
            np.testing.assert_allclose(f.array, t.numpy(), rtol=rtol, atol=atol)


@pytest.mark.parametrize("case", FROM_REGISTRY, ids=str)
def test_everything_in_the_registry_has_one(case: Case) -> None:
    """Of PyTorch's names and of the classes that come with a source, and no others."""
    text = expression(case.build())
    called = set(re.findall(r"(?<![\w.])([A-Z]\w*)\(", text))
    assert called <= set(pieces())
    assert re.match(r"[\w.]+\(", text)


def test_says_all_that_it_has_no_form_for() -> None:
    class Own(nn.Module):
        pass

    class Other(nn.Linear):
        pass

    with pytest.raises(MappingError, match=r"PyTorch: no form is known for Own at 1, Other at 2, Own at 3"):
        expression(nn.Sequential(nn.Linear(2, 2), Own(), Other(2, 2), Own()))


def test_one_module_at_two_places_is_made_once() -> None:
    shared = nn.Linear(2, 2)
    text = expression(nn.Sequential(shared, nn.Tanh(), shared))
    assert text == "nn.Sequential(shared_1 := nn.Linear(2, 2), nn.Tanh(), shared_1)"


@pytest.mark.parametrize(
    ("python", "wanted"),
    [
        ("nn.Conv2d(3, 8, 5)", "nn.Conv2d(3, 8, kernel_size=5)"),
        ("nn.Conv2d(3, 8, (5, 3), bias=False)", "nn.Conv2d(3, 8, kernel_size=(5, 3), bias=False)"),
        ("nn.MaxPool2d(2)", "nn.MaxPool2d(2)"),
        ("nn.MaxPool2d(3, 2, 1, ceil_mode=True)", "nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)"),
        ("nn.LogSoftmax()", "nn.LogSoftmax(dim=1)"),
        ("nn.Threshold()", "nn.Threshold(1e-06, 0.0)"),
        ("nn.NLLLoss()", "nn.NLLLoss()"),
        ("nn.Dropout2d(0.4, scale_in_training=False)", "ScaledInEvaluation(nn.Dropout2d(0.4))"),
        ("nn.CrossMapLRN2d(5, 1, 0.5)", "nn.LocalResponseNorm(5, alpha=1, beta=0.5)"),
        ("nn.UpsamplingNearest2d(scale_factor=2)", "nn.Upsample(scale_factor=2)"),
        ("nn.Normalize(float('inf'))", "Normalize(p=math.inf)"),
        ("nn.BatchNorm2d(3, 1e-3)", "nn.BatchNorm2d(3, eps=0.001)"),
    ],
)
def test_as_a_person_would_write_it(python: str, wanted: str) -> None:
    assert expression(eval(python, {"nn": nn})) == wanted


def test_an_input_tells_more() -> None:
    assert expression(nn.LogSoftmax(), input=(4,)) == "nn.LogSoftmax(dim=0)"
    assert expression(nn.View(12), input=(2, 3, 4)) == "nn.Flatten()"
    assert expression(nn.View(12), input=(1, 3, 4)) == "View(12)"
