"""Torch7's protocol, answered by every Python module."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.autograd import grad, no_grad
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor
from tests.module_cases import CASES, Case, doubles


def model() -> Any:
    with doubles():
        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def of(values: Any) -> Any:
    return Tensor.from_array(np.array(values, np.float64))


@pytest.mark.parametrize("case", [c for c in CASES if not c.is_loss], ids=str)
def test_a_pass_in_two_halves_is_a_pass(case: Case) -> None:
    """`backward` gives what autograd gives; `updateGradInput` and `accGradParameters(scale)` give its halves."""
    module, given = case.build(), case.input()
    torch.manual_seed(11)
    output = module.updateOutput(given)
    assert not any(t.requires_grad for t in tree_leaves(output))
    random = np.random.RandomState(7)
    gradients = tree_map(lambda t: of(random.standard_normal(t.shape)), output)
    grad_input = [g.array.copy() for g in tree_leaves(module.updateGradInput(given, gradients))]
    assert all(p.grad is None for p in module.parameters())
    module.accGradParameters(given, gradients, 0.5)
    halves = [p.grad.array.copy() for p in module.parameters()]
    module.zeroGradParameters()
    whole = [g.array.copy() for g in tree_leaves(module.backward(given, gradients, 2.0))]
    for a, b in zip(whole, grad_input, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    for p, half in zip(module.parameters(), halves, strict=True):
        np.testing.assert_allclose(p.grad.array, 4 * half, rtol=1e-12, atol=1e-14)
    for t, g in zip(tree_leaves(given), whole, strict=True):
        assert t.shape == g.shape


def test_output_and_grad_input_are_kept_and_cleared() -> None:
    net, x = model(), of([[1.0, 2.0, 3.0]])
    out = net.updateOutput(x)
    assert net.output is out
    assert net.backward(x, of([[1.0, 1.0]])) is net.gradInput
    assert net.clearState() is net
    assert not hasattr(net, "output")
    assert not hasattr(net, "gradInput")
    again = net.backward(x, of([[1.0, 1.0]]))
    assert again.shape == (1, 3)


def test_the_protocol_does_not_depend_on_recording() -> None:
    net, x = model(), of([[1.0, 2.0, 3.0]])
    with no_grad():
        net.updateOutput(x)
        net.backward(x, of([[1.0, 1.0]]))
    assert all((p.grad.array != 0).any() for p in net.parameters())


def test_frozen_parameters_get_no_gradient() -> None:
    net, x = model(), of([[1.0, 2.0, 3.0]])
    net[0].requires_grad_(False)
    net.updateOutput(x)
    net.backward(x, of([[1.0, 1.0]]))
    assert net[0].weight.grad is None
    assert net[2].weight.grad is not None
    assert (net.gradInput.array != 0).all()


def test_a_gradient_of_another_shape_is_refused() -> None:
    net, x = model(), of([[1.0, 2.0, 3.0]])
    net.updateOutput(x)
    with pytest.raises(ModuleError, match=r"gradOutput: Sequential gave \[\(1, 2\)\], got \[\(2,\)\]"):
        net.backward(x, of([1.0, 1.0]))


def test_gradients_add_up_until_they_are_zeroed() -> None:
    net, x = model(), of([[1.0, 2.0, 3.0]])
    for _ in range(2):
        net.updateOutput(x)
        net.backward(x, of([[1.0, 1.0]]))
    twice = net[2].bias.grad
    assert twice.tolist() == [2.0, 2.0]
    net.zeroGradParameters()
    assert net[2].bias.grad is twice
    assert twice.tolist() == [0.0, 0.0]


def test_a_step_down() -> None:
    net, x = model(), of([[1.0, 2.0, 3.0]])
    net.updateOutput(x)
    net.backward(x, of([[1.0, 1.0]]))
    before = net[2].bias.array.copy()
    version = net[2].bias.storage().version
    net.updateParameters(0.25)
    np.testing.assert_allclose(net[2].bias.array, before - 0.25)
    assert net[2].bias.storage().version > version


def test_flat_parameters_are_the_parameters() -> None:
    net = model()
    values = np.concatenate([p.array.reshape(-1) for p in net.parameters()])
    flat, gradients = net.getParameters()
    assert flat.shape == gradients.shape == (3 * 4 + 4 + 4 * 2 + 2,)
    np.testing.assert_array_equal(flat.array, values)
    flat.fill_(2.0)
    assert all((p.array == 2).all() for p in net.parameters())
    x = of([[1.0, 2.0, 3.0]])
    net.updateOutput(x)
    net.backward(x, of([[1.0, 1.0]]))
    np.testing.assert_array_equal(gradients.array[-2:], [1.0, 1.0])
    assert all(isinstance(p, nn.Parameter) and p.is_leaf and p.requires_grad for p in net.parameters())
    again, _ = net.getParameters()
    np.testing.assert_array_equal(again.array, flat.array)


def test_shared_parameters_are_flat_once() -> None:
    with doubles():
        net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].share(net[0], "weight", "bias", "gradWeight", "gradBias")
    net[2].weight = net[0].weight
    flat, gradients = net.getParameters()
    assert flat.shape == (4 + 2 + 2,)
    flat.copy_(torch.arange(8.0, dtype="float64"))
    for layer in net:
        assert layer.weight.tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert net[0].bias.tolist() == net[1].bias.tolist() == [4.0, 5.0]
    assert net[2].bias.tolist() == [6.0, 7.0]
    x = of([[1.0, 2.0]])
    net.zeroGradParameters()
    net.updateOutput(x)
    net.backward(x, of([[1.0, 1.0]]))
    assert gradients.shape == flat.shape
    assert net[0].weight.grad.storage() is net[1].weight.grad.storage() is gradients.storage()
    assert gradients.array[-2:].tolist() == [1.0, 1.0]


def test_parameters_that_are_parts_of_one_tensor_stay_so() -> None:
    with doubles():
        whole = torch.arange(6.0)
        net = nn.Sequential(nn.Add(4), nn.Add(4))
    net[0].bias = nn.Parameter(whole[:4])
    net[1].bias = nn.Parameter(whole[2:])
    flat, _ = net.getParameters()
    assert flat.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    flat[3] = 9.0
    assert net[0].bias.tolist() == [0.0, 1.0, 2.0, 9.0]
    assert net[1].bias.tolist() == [2.0, 9.0, 4.0, 5.0]


def test_flat_parameters_need_one_type() -> None:
    with pytest.raises(ModuleError, match=r"Sequential has \['float32', 'float64'\]"):
        nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2, dtype="float64")).getParameters()
    with pytest.raises(ModuleError, match=r"Tanh has \[\]"):
        nn.Tanh().getParameters()


def test_sharing_and_cloning() -> None:
    net, other = model(), model()
    assert net.share(other, "weight") is net
    other[0].weight.detach().fill_(3.0)
    assert (net[0].weight.array == 3).all()
    assert net[0].bias.storage() is not other[0].bias.storage()
    copied = net.clone()
    copied[0].weight.detach().fill_(4.0)
    assert (net[0].weight.array == 3).all()
    with pytest.raises(ModuleError, match="the same tree of 4 modules, got 1"):
        net.share(nn.Tanh(), "weight")


def test_finding_modules() -> None:
    net = model()
    assert net.listModules() == list(net.modules())
    assert net.findModules("Linear") == net.findModules(nn.Linear) == [net[0], net[2]]
    net.evaluate()
    assert not net[1].training


@pytest.mark.parametrize("case", [c for c in CASES if c.is_loss and "none" not in c.python], ids=str)
def test_losses_answer_as_criteria(case: Case) -> None:
    loss, given, target = case.build(), case.input(), case.target()
    value = loss.updateOutput(given, target)
    assert type(value) is float
    assert value == loss.output == loss._of(given, target).item()
    gradient = loss.updateGradInput(given, target)
    assert gradient is loss.gradInput
    assert type(gradient) is type(given)
    leaves = list(tree_leaves(given))
    for leaf in leaves:
        leaf.requires_grad = True
    expected = grad(loss._of(given, target), leaves)
    for g, e in zip(tree_leaves(gradient), expected, strict=True):
        np.testing.assert_array_equal(g.array, e.array)
    for g, e in zip(tree_leaves(loss.backward(given, target)), expected, strict=True):
        np.testing.assert_array_equal(g.array, e.array)


def test_a_loss_of_each_is_no_number() -> None:
    loss = nn.MSELoss(reduction="none")
    with pytest.raises(ModuleError, match="reduction"):
        loss.updateOutput(of([1.0, 2.0]), of([1.0, 2.0]))
