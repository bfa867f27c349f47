"""`nn.utils`: gradients cut down, parameters as one vector."""

from __future__ import annotations

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import utils


def with_gradients(*values: list[float]) -> list[nn.Parameter]:
    found = [nn.Parameter(torch.zeros(len(v))) for v in values]
    for p, v in zip(found, values, strict=True):
        p.grad = torch.tensor(v)
    return [*found, nn.Parameter(torch.zeros(2))]


@pytest.mark.parametrize(("p", "norm"), [(2.0, 13.0), (1.0, 19.0), (np.inf, 12.0)])
@pytest.mark.parametrize("max_norm", [1.0, 100.0])
def test_a_norm_is_cut_down(p: float, norm: float, max_norm: float) -> None:
    parameters = with_gradients([3.0, 4.0], [-12.0])
    total = utils.clip_grad_norm_(parameters, max_norm, p)
    assert total.item() == pytest.approx(norm)
    scale = min(1.0, max_norm / (norm + 1e-6))
    np.testing.assert_allclose(parameters[0].grad.array, np.array([3.0, 4.0]) * scale, rtol=1e-6)
    np.testing.assert_allclose(parameters[1].grad.array, [-12 * scale], rtol=1e-6)
    assert parameters[2].grad is None


def test_no_gradients_have_no_norm() -> None:
    assert utils.clip_grad_norm_([nn.Parameter(torch.zeros(2))], 1.0).item() == 0


def test_a_norm_that_is_no_number() -> None:
    parameters = with_gradients([3.0, np.inf])
    with pytest.raises(ModuleError, match=r"the norm of order 2\.0 is inf"):
        utils.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    assert parameters[0].grad.tolist() == [3.0, np.inf]
    assert utils.clip_grad_norm_(parameters, 1.0).item() == np.inf
    assert np.isnan(parameters[0].grad.array[1])


def test_values_are_cut_off() -> None:
    (p, _) = with_gradients([3.0, -4.0, 0.5])
    utils.clip_grad_value_(p, 2)
    assert p.grad.tolist() == [2.0, -2.0, 0.5]


def test_one_vector_there_and_back() -> None:
    net = nn.Linear(2, 3)
    vector = utils.parameters_to_vector(net.parameters())
    assert vector.shape == (9,)
    memory = net.weight.storage()
    utils.vector_to_parameters(vector.detach() * 2, net.parameters())
    assert net.weight.storage() is memory
    np.testing.assert_array_equal(utils.parameters_to_vector(net.parameters()).array, vector.array * 2)
    vector.sum().backward()
    assert net.bias.grad.tolist() == [1, 1, 1]
    before = net.weight.tolist()
    for wrong in (torch.zeros(8), torch.zeros(3, 3)):
        with pytest.raises(ModuleError, match=r"vec: needs shape \(9,\)"):
            utils.vector_to_parameters(wrong, net.parameters())
    assert net.weight.tolist() == before
    with pytest.raises(ModuleError, match="parameters: needs one or more"):
        utils.parameters_to_vector([])
