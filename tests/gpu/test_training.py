"""Training on a GPU: the numbers of the CPU, and models that go there and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim
from pytorch_from_lua.nn import functional as F

OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, 0.05, momentum=0.9, weight_decay=1e-3),
    "Adam": lambda p: optim.Adam(p, 0.01),
    "AdamW": lambda p: optim.AdamW(p, 0.01, amsgrad=True),
    "Adamax": lambda p: optim.Adamax(p, 0.01, weight_decay=1e-3),
    "NAdam": lambda p: optim.NAdam(p, 0.01),
    "RAdam": lambda p: optim.RAdam(p, 0.01),
    "Adadelta": lambda p: optim.Adadelta(p, 1.0, maximize=False),
    "Adagrad": lambda p: optim.Adagrad(p, 0.01, initial_accumulator_value=0.1),
    "RMSprop": lambda p: optim.RMSprop(p, 0.01, momentum=0.5, centered=True),
    "Rprop": lambda p: optim.Rprop(p, 0.001),
    "ASGD": lambda p: optim.ASGD(p, 0.05, t0=2),
}


def net() -> nn.Module:
    torch.manual_seed(7)
    features = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))
    return nn.Sequential(features, nn.Flatten(), nn.Dropout(0.2), nn.Linear(4 * 4 * 4, 5))


def batch(device: str) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(8)
    return torch.randn(6, 1, 8, 8).to(device), torch.tensor([0, 1, 2, 3, 4, 0]).to(device)


def losses(device: str, name: str) -> list[float]:
    model = net().to(device)
    x, y = batch(device)
    optimizer: Any = OPTIMIZERS[name](model.parameters())
    found = []
    torch.manual_seed(9)
    for _ in range(6):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        found.append(loss.item())
    return found


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_losses_are_those_of_the_cpu(name: str) -> None:
    wanted = losses("cpu", name)
    assert wanted[-1] < wanted[0]
    np.testing.assert_allclose(losses("cuda", name), wanted, rtol=2e-4)


WHOLE = {
    "LBFGS": lambda p: optim.LBFGS(p, max_iter=4, line_search_fn="strong_wolfe"),
    "CG": lambda p: optim.CG(p, max_iter=5),
    "FISTA": lambda p: optim.FISTA(p, lambda q, curvature: q.mul_(1 / (1 + 0.1 / curvature)), max_iter=3),
    "CMAES": lambda p: optim.CMAES(p, popsize=5),
    "DE": lambda p: optim.DE(p, popsize=5),
}


@pytest.mark.parametrize("name", WHOLE)
def test_steps_of_a_whole_are_those_of_the_cpu(name: str) -> None:
    found = {}
    for device in ("cpu", "cuda"):
        torch.manual_seed(5)
        model = nn.Linear(3, 2).to(device)
        x, y = torch.randn(6, 3).to(device), torch.tensor([0, 1, 0, 1, 1, 0]).to(device)
        optimizer: Any = WHOLE[name](model.parameters())

        def closure(optimizer: Any = optimizer, model: Any = model, x: Any = x, y: Any = y) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            return loss

        for _ in range(2):
            optimizer.step(closure)
        found[device] = np.concatenate([p.detach().cpu().array.ravel() for p in model.parameters()])
    np.testing.assert_allclose(found["cuda"], found["cpu"], rtol=2e-3, atol=1e-4)


def test_an_lstm_learns_there() -> None:
    found = {}
    for device in ("cpu", "cuda"):
        torch.manual_seed(3)
        model = nn.LSTM(4, 6, num_layers=2, batch_first=True).to(device)
        x = torch.randn(3, 5, 4).to(device)
        out, (h, _) = model(x)
        (out.square().mean() + h.sum()).backward()
        found[device] = [out, h, *[p.grad for p in model.parameters()]]
    for g, w in zip(found["cuda"], found["cpu"], strict=True):
        np.testing.assert_allclose(g.detach().cpu().array, w.detach().array, rtol=1e-4, atol=1e-6)


def test_a_state_dict_goes_there_and_back(tmp_path: Path) -> None:
    model = net().cuda()
    torch.save(model.state_dict(), tmp_path / "state.pt")
    other = net().float()
    with torch.no_grad():
        for p in other.parameters():
            p.zero_()
    other.load_state_dict(torch.load(tmp_path / "state.pt"))
    for a, b in zip(other.parameters(), model.parameters(), strict=True):
        assert (a.device, b.device.type) == ("cpu", "cuda")
        np.testing.assert_array_equal(a.detach().array, b.detach().cpu().array)


def test_a_model_of_torch7_is_tuned_there_and_saved_for_it(tmp_path: Path) -> None:
    lua = lua_compat.Runtime()
    path = tmp_path / "model.t7"
    lua.execute(f"""
        require 'nn'
        torch.manualSeed(1)
        local m = nn.Sequential():add(nn.Linear(4, 8)):add(nn.Tanh()):add(nn.Linear(8, 2)):add(nn.LogSoftMax())
        torch.save('{path}', m)
    """)
    model = lua_compat.load(path).cuda()
    x, y = torch.randn(5, 4).cuda().to(model[0].weight.dtype), torch.tensor([0, 1, 0, 1, 1]).cuda()
    optimizer = optim.SGD(model.parameters(), 0.5)
    before = F.nll_loss(model(x), y).item()
    for _ in range(10):
        optimizer.zero_grad()
        loss = F.nll_loss(model(x), y)
        loss.backward()
        optimizer.step()
    assert loss.item() < before
    lua_compat.save(path, model)
    again = lua_compat.load(path)
    assert again[0].weight.device == "cpu"
    np.testing.assert_allclose(again(x.cpu()).detach().array, model(x).detach().cpu().array, rtol=1e-6, atol=1e-7)


def test_what_is_printed_says_where_it_is() -> None:
    x = torch.tensor([[1.0, 2.5], [3.0, -4.0]]).cuda()
    assert repr(x) == "tensor([[ 1.0000,  2.5000],\n        [ 3.0000, -4.0000]], device='cuda:0')"
    assert x.sum().item() == 2.5
    assert x.tolist() == [[1.0, 2.5], [3.0, -4.0]]
    assert bool((x > 0).any())


def test_tensors_of_two_devices_do_not_mix() -> None:
    with pytest.raises(torch.errors.DeviceError, match=r"cuda:0.*cpu|cpu.*cuda:0"):
        torch.ones(3).cuda() + torch.ones(3)


def test_memory_is_shared_by_views_there() -> None:
    x = torch.zeros(4, 3).cuda()
    x[1] = 5.0
    x.t()[0].add_(1)
    assert x.cpu().tolist() == [[1, 0, 0], [6, 5, 5], [1, 0, 0], [1, 0, 0]]
