"""Module: attributes, the tree, state, modes, types, hooks, copies and text."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim
from pytorch_from_lua.errors import DTypeError, ModuleError
from pytorch_from_lua.nn.module import IncompatibleKeys


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 3)
        self.rest = nn.Sequential(nn.BatchNorm1d(3), nn.Tanh())
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("count", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.rest(self.first(x)) * self.scale


NAMES = ["scale", "first.weight", "first.bias", "rest.0.weight", "rest.0.bias"]


# -- attributes -------------------------------------------------------------------------------------------------


def test_parameters_modules_and_buffers_are_found_by_name() -> None:
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert [name for name, _ in net.named_buffers()] == [
        "count",
        "scratch",
        "rest.0.running_mean",
        "rest.0.running_var",
        "rest.0.num_batches_tracked",
    ]
    assert [name for name, _ in net.named_modules()] == ["", "first", "rest", "rest.0", "rest.1"]
    assert [name for name, _ in net.named_children()] == ["first", "rest"]
    assert list(net.parameters(recurse=False)) == [net.scale]
    assert net.get_submodule("rest.0") is net.rest[0]
    assert net.get_submodule("") is net
    assert {"first", "scale", "count", "forward"} <= set(dir(net))


def test_shared_modules_and_parameters_come_once() -> None:
    shared = nn.Linear(2, 2)
    net = nn.Sequential(shared, nn.Tanh(), shared)
    assert len(list(net.modules())) == 3
    assert len(list(net.children())) == 2
    assert len(list(net.parameters())) == 2
    tied = nn.Linear(2, 2)
    tied.weight = shared.weight
    assert len(list(nn.Sequential(shared, tied).parameters())) == 3


def test_an_attribute_changes_its_kind() -> None:
    net = Net()
    net.first = nn.Identity()
    assert "first.weight" not in dict(net.named_parameters())
    net.first = None
    assert [name for name, _ in net.named_children()] == ["rest"]
    net.count = torch.ones(3)
    assert dict(net.named_buffers())["count"].shape == (3,)
    net.number = 7
    net.number = nn.Parameter(torch.ones(2))
    assert "number" in dict(net.named_parameters())
    assert "number" not in net.__dict__
    net.scale = None
    assert "scale" not in dict(net.named_parameters())
    del net.rest
    assert not hasattr(net, "rest")
    net.plain = 1
    del net.plain
    assert not hasattr(net, "plain")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: setattr(m, "scale", torch.ones(1)), "Net.scale: holds a Parameter or None, got Tensor"),
        (lambda m: setattr(m, "first", 3), "Net.first: holds a Module or None, got int"),
        (lambda m: setattr(m, "count", "x"), "Net.count: holds a Tensor or None, got str"),
        (lambda m: m.register_parameter("a.b", None), "without dots, got 'a.b'"),
        (lambda m: m.register_parameter("", None), "non-empty string"),
        (lambda m: m.register_parameter("w", torch.ones(1)), "w: needs a Parameter or None, got Tensor"),
        (lambda m: m.register_module("w", 3), "w: needs a Module or None, got int"),
        (lambda m: m.register_buffer("b", 3), "b: needs a Tensor or None, got int"),
        (lambda m: m.register_buffer("forward", torch.ones(1)), "Net has an attribute 'forward' of its own"),
        (lambda m: m.register_buffer("first", torch.ones(1)), "Net has an attribute 'first' of its own"),
        (lambda m: m.get_submodule("rest.7"), r"Sequential has no module '7'; it has \['0', '1'\]"),
        (lambda m: m.load_state_dict({}), "missing: .*'scale'"),
    ],
)
def test_mistakes_are_told(change: Any, message: str) -> None:
    with pytest.raises(ModuleError, match=message):
        change(Net())


def test_a_missing_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Net has no attribute 'nothing'"):
        _ = Net().nothing
    with pytest.raises(AttributeError):
        del Net().nothing
    assert not hasattr(Net(), "nothing")


def test_init_comes_first() -> None:
    class Hasty(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Tanh()

    with pytest.raises(ModuleError, match=r"Hasty.layer: call super\(\).__init__\(\) before"):
        Hasty()


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Module does not define forward\(\)"):
        nn.Module()(torch.ones(1))


def test_a_parameter_of_integers_cannot_be_trained() -> None:
    with pytest.raises(DTypeError, match="int64"):
        nn.Parameter(torch.tensor([1, 2]))
    assert not nn.Parameter(torch.tensor([1, 2]), requires_grad=False).requires_grad


def test_a_parameter_shares_its_memory_and_its_views_are_plain() -> None:
    data = torch.zeros(2, 3)
    p = nn.Parameter(data)
    data.fill_(5)
    assert p.tolist() == [[5.0] * 3] * 2
    assert isinstance(p, nn.Parameter)
    assert type(p.detach()) is torch.Tensor
    assert type(p.view(3, 2)) is torch.Tensor
    assert type(p * 2) is torch.Tensor
    assert p.is_leaf
    assert p.requires_grad
    assert repr(p).startswith("Parameter containing:\ntensor(")


# -- state ------------------------------------------------------------------------------------------------------


def test_state_shares_memory_and_leaves_out_what_is_not_persistent() -> None:
    net = Net()
    state = net.state_dict()
    running = [f"rest.0.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")]
    assert list(state) == ["scale", "count", *NAMES[1:], *running]
    state["count"].fill_(4)
    assert net.count.tolist() == [4.0, 4.0]
    assert not state["scale"].requires_grad


def test_a_module_with_two_names_has_its_state_under_both() -> None:
    shared = nn.Linear(2, 2)
    net = nn.Sequential(shared, shared)
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert net.load_state_dict(net.state_dict()) == IncompatibleKeys([], [])


def test_loading_copies_values() -> None:
    net, other = Net(), Net()
    weight = net.first.weight
    result = net.load_state_dict(other.state_dict())
    assert result == IncompatibleKeys([], [])
    assert net.first.weight is weight
    np.testing.assert_array_equal(weight.array, other.first.weight.array)
    weight.detach().fill_(9)
    assert not (other.first.weight.array == 9).any()
    arrays = {name: t.array for name, t in other.state_dict().items()}
    net.load_state_dict(arrays)
    np.testing.assert_array_equal(weight.array, other.first.weight.array)


def test_nothing_is_copied_where_something_does_not_fit() -> None:
    net = Net()
    before = {name: t.array.copy() for name, t in net.state_dict().items()}
    given = Net().state_dict()
    given["first.bias"] = torch.zeros(5)
    with pytest.raises(ModuleError, match=r"first.bias: has shape \(3,\), got \(5,\)"):
        net.load_state_dict(given)
    with pytest.raises(ModuleError, match=r"first\.bias: has shape"):
        net.load_state_dict(given, strict=False)
    given = Net().state_dict()
    given["other"] = given.pop("scale")
    with pytest.raises(ModuleError, match=r"missing: \['scale'\].*unexpected: \['other'\]"):
        net.load_state_dict(given)
    for name, t in net.state_dict().items():
        np.testing.assert_array_equal(t.array, before[name])
    assert net.load_state_dict(given, strict=False) == IncompatibleKeys(["scale"], ["other"])
    np.testing.assert_array_equal(net.first.weight.array, given["first.weight"].array)


# -- modes and types --------------------------------------------------------------------------------------------


def test_modes_reach_the_whole_tree() -> None:
    net = Net()
    assert all(m.training for m in net.modules())
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    net.train()
    assert all(m.training for m in net.modules())


def test_freezing() -> None:
    net = Net().requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    assert not net(torch.ones(2, 4)).requires_grad
    assert all(p.requires_grad for p in net.requires_grad_().parameters())


@pytest.mark.parametrize("set_to_none", [True, False])
def test_gradients_are_forgotten(set_to_none: bool) -> None:
    net = nn.Linear(2, 1)
    net(torch.ones(3, 2)).sum().backward()
    assert net.weight.grad.tolist() == [[3.0, 3.0]]
    net.zero_grad(set_to_none)
    assert (net.weight.grad is None) if set_to_none else (net.weight.grad.tolist() == [[0.0, 0.0]])


def test_conversion_keeps_objects_sharing_gradients_and_integers() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = nn.Parameter(net[0].weight.detach())
    net.register_buffer("steps", torch.tensor([1, 2]))
    weight = net[0].weight
    net(torch.ones(1, 2)).sum().backward()
    grad = weight.grad
    assert net.double() is net
    assert net[0].weight is weight
    assert weight.grad is grad
    assert {p.dtype.name for p in net.parameters()} == {"float64"}
    assert grad.dtype.name == "float64"
    assert net.steps.dtype.name == "int64"
    assert weight.storage() is net[1].weight.storage()
    weight.detach().fill_(7)
    assert net[1].weight.tolist() == [[7.0, 7.0], [7.0, 7.0]]
    assert net.half()[0].bias.dtype.name == "float16"
    assert net.to(torch.float32)[0].bias.dtype.name == "float32"
    assert net.cpu()[0].weight is weight


def test_an_optimizer_goes_on_after_a_conversion() -> None:
    net = nn.Linear(2, 1)
    sgd = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.ones(1, 2)).sum().backward()
    sgd.step()
    net.double()
    before = net.weight.array.copy()
    net.zero_grad()
    net(torch.ones(1, 2, dtype="float64")).sum().backward()
    sgd.step()
    np.testing.assert_allclose(net.weight.array, before - 0.1 * 1.9, rtol=1e-6)
    assert net.weight.dtype.name == "float64"


# -- hooks, copies, text ----------------------------------------------------------------------------------------


def test_hooks_see_and_change_what_passes() -> None:
    layer = nn.Identity()
    seen: list[Any] = []
    with layer.register_forward_hook(lambda m, given, out: seen.append((m, given, out))):
        x = torch.ones(1)
        assert layer(x) is x
    assert len(seen) == 1
    assert seen[0][0] is layer
    assert seen[0][1] == (x,)
    before = layer.register_forward_pre_hook(lambda m, given: given[0] + 1)
    after = layer.register_forward_hook(lambda m, given, out: out * 10)
    assert layer(torch.ones(1)).tolist() == [20.0]
    before.remove()
    assert layer(torch.ones(1)).tolist() == [10.0]
    after.remove()
    after.remove()
    assert layer(torch.ones(1)).tolist() == [1.0]
    assert len(seen) == 1


def test_apply_goes_from_the_bottom_up() -> None:
    net, order = Net(), []
    assert net.apply(lambda m: order.append(type(m).__name__)) is net
    assert order == ["Linear", "BatchNorm1d", "Tanh", "Sequential", "Net"]


def test_copies_share_nothing_but_what_was_shared() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    for made in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), net.clone()):
        assert made[1].weight is made[0].weight
        assert isinstance(made[0].weight, nn.Parameter)
        assert made[0].weight.requires_grad
        np.testing.assert_array_equal(made[0].weight.array, net[0].weight.array)
        made[0].weight.detach().fill_(8)
        assert not (net[0].weight.array == 8).any()


def test_a_used_module_can_be_copied_and_pickled() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    x = torch.ones(1, 2)
    net.updateOutput(x)
    net.backward(x, torch.ones(1, 3))
    for made in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(made(x).array, net(x).array)
        made.updateOutput(x)


def test_repr_is_a_tree() -> None:
    assert repr(Net()) == (
        "Net(\n"
        "  (first): Linear(in_features=4, out_features=3, bias=True)\n"
        "  (rest): Sequential(\n"
        "    (0): BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
        "    (1): Tanh()\n"
        "  )\n"
        ")"
    )


class Scaled(nn.Module):
    def forward(self, x: Any, *, by: float = 2.0) -> Any:
        return x * by


def test_hooks_with_keyword_arguments_and_in_front() -> None:
    module, order = Scaled(), []
    handles = [
        module.register_forward_pre_hook(lambda m, given: order.append("second")),
        module.register_forward_pre_hook(lambda m, given: order.append("first"), prepend=True),
        module.register_forward_pre_hook(lambda m, given, options: (given, {"by": 5.0}), with_kwargs=True),
        module.register_forward_hook(lambda m, given, options, out: out + options["by"], with_kwargs=True),
    ]
    assert module(torch.ones(1), by=3.0).tolist() == [10.0]
    assert order == ["first", "second"]
    for handle in handles:
        handle.remove()
        handle.remove()
    assert module(torch.ones(1), by=3.0).tolist() == [3.0]


def test_the_handle_of_a_hook_registered_twice_takes_one_away() -> None:
    module, calls = Scaled(), []

    def hook(*_: Any) -> None:
        calls.append(1)

    first = module.register_forward_hook(hook)
    module.register_forward_hook(hook)
    first.remove()
    first.remove()
    module(torch.ones(1))
    assert calls == [1]


@pytest.mark.filterwarnings("ignore:Full backward hook:UserWarning")  # of the peer, for a layer after no other
@pytest.mark.parametrize("library", ["ours", "peer"])
def test_backward_hooks_see_and_change_gradients(library: str) -> None:
    lib: Any = torch if library == "ours" else pytest.importorskip("torch")
    layer, seen = lib.nn.Linear(3, 2), []
    with lib.no_grad():
        layer.weight.fill_(2.0)
    x = lib.ones(4, 3, requires_grad=True)
    handle = layer.register_full_backward_hook(lambda m, into, out: seen.append((into, out)) or (into[0] * 10,))
    before = layer.register_full_backward_pre_hook(lambda m, out: (out[0] * 3,))
    layer(x).sum().backward()
    (into, out) = seen[0]
    assert (len(into), len(out)) == (1, 1)
    assert out[0].tolist() == [[3.0, 3.0]] * 4
    assert into[0].tolist() == [[12.0] * 3] * 4
    assert x.grad.tolist() == [[120.0] * 3] * 4
    assert layer.weight.grad.tolist() == [[12.0] * 3] * 2
    handle.remove()
    before.remove()
    layer.register_full_backward_hook(lambda m, into, out: seen.append((into, out)))
    layer(lib.ones(4, 3)).sum().backward()
    assert seen[1][0] == (None,)
    assert seen[1][1][0].tolist() == [[1.0, 1.0]] * 4


def test_members_by_path_and_with_a_prefix() -> None:
    net = Net()
    assert net.get_parameter("rest.0.weight") is net.rest[0].weight
    assert net.get_buffer("rest.0.running_mean") is net.rest[0].running_mean
    for ask, path in [(net.get_parameter, "first.count"), (net.get_buffer, "first.weight")]:
        with pytest.raises(ModuleError, match=r"Linear has no (parameter|buffer) '(count|weight)'; it has"):
            ask(path)
    assert [name for name, _ in net.named_parameters("net")] == ["net." + name for name in NAMES]
    assert [name for name, _ in net.named_buffers("net", recurse=False)] == ["net.count", "net.scratch"]
    tied = nn.Sequential(net.first, net.first)
    assert len(list(tied.named_parameters(remove_duplicate=False))) == 4
    assert [name for name, _ in tied.named_modules(remove_duplicate=False)] == ["", "0", "1"]
    net.set_submodule("rest.1", nn.ReLU())
    net.set_submodule("new", nn.ReLU())
    assert isinstance(net.rest[1], nn.ReLU)
    assert isinstance(net.new, nn.ReLU)
    with pytest.raises(ModuleError, match="Sequential has no module '5'"):
        net.set_submodule("rest.5", nn.ReLU(), strict=True)
    with pytest.raises(ModuleError, match="needs a Module, got int"):
        net.set_submodule("rest.1", 3)  # type: ignore[arg-type]


def test_state_with_a_prefix_kept_and_assigned() -> None:
    net = nn.Linear(3, 2)
    state: dict[str, Any] = {}
    assert net.state_dict(destination=state, prefix="a.", keep_vars=True) is state
    assert list(state) == ["a.weight", "a.bias"]
    assert state["a.weight"] is net.weight
    weight = torch.ones(2, 3, dtype=torch.float64)
    net.bias.requires_grad = False
    net.load_state_dict({"weight": weight, "bias": torch.zeros(2)}, assign=True)
    assert isinstance(net.weight, nn.Parameter)
    assert net.weight.dtype is torch.float64
    weight.fill_(7.0)
    assert net.weight.tolist() == [[7.0] * 3] * 2
    assert not net.bias.requires_grad
    with pytest.raises(ModuleError, match="weight: needs a tensor, got int"):
        net.load_state_dict({"weight": 3, "bias": torch.zeros(2)})


def test_a_class_of_its_own_train_is_asked() -> None:
    class Frozen(nn.Sequential):
        def train(self, mode: bool = True) -> Any:
            super().train(mode)
            self[0].eval()
            return self

    net = nn.Sequential(Frozen(nn.BatchNorm1d(3), nn.Tanh()))
    net.train()
    assert [m.training for m in net.modules()] == [True, True, False, True]
    with pytest.raises(ModuleError, match="mode: needs True or False, got 'eval'"):
        net.train("eval")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("args", "options", "dtype"),
    [
        (("float64",), {}, "float64"),
        (("cpu", "float64"), {}, "float64"),
        ((), {"dtype": "float16", "device": "cpu", "non_blocking": True}, "float16"),
        ((torch.ones(1, dtype=torch.float64),), {}, "float64"),
        (("cpu", None, True), {}, "float32"),
    ],
)
def test_the_forms_of_to(args: Any, options: Any, dtype: str) -> None:
    net = nn.BatchNorm1d(2)
    assert net.to(*args, **options) is net
    assert {t.dtype.name for t in [*net.parameters(), *net.buffers()]} == {dtype, "int64"}
    assert net.type("float32").weight.dtype is torch.float32


@pytest.mark.parametrize("convert", [lambda m: m.bfloat16(), lambda m: m.to("int64"), lambda m: m.to(dtype="bfloat16")])
def test_types_that_no_parameter_has(convert: Any) -> None:
    net = nn.Linear(2, 2)
    with pytest.raises(DTypeError, match=r"bfloat16|int64"):
        convert(net)
    assert net.weight.dtype is torch.float32
