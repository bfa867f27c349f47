"""What the programs of this folder share: options, the listing of a net, some steps of training.

common.lua is its twin.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import lua_compat
import lua_compat.mapping.registry  # fills the registry
import pytorch_from_lua as torch
from lua_compat.mapping.spec import for_module
from pytorch_from_lua import Tensor, nn, optim
from pytorch_from_lua.data import make_grid, write_image

#: What every program takes. A program may have another default.
SHARED: list[tuple[str, Any, str]] = [
    ("seed", 1, "random seed"),
    ("type", "double", "double or float"),
    ("batch", 8, "samples in one step"),
    ("steps", 5, "steps of training, all on the same made-up data"),
    ("rate", 0.02, "learning rate"),
    ("save", "", "where the net goes, with its losses and an output; nowhere if empty"),
]


def use(type: str, seed: int) -> None:
    """Computes in ``type``, "double" or "float", from here on, and seeds the random stream."""
    torch.set_default_dtype(torch.float64 if type == "double" else torch.float32)
    torch.manual_seed(seed)


def _parser(title: str, rows: list[tuple[str, Any, str]]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=title, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for name, default, text in rows:
        parser.add_argument(f"--{name}", type=type(default), default=default, help=text)
    return parser


def parse(
    title: str, rows: list[tuple[str, Any, str]], argument: tuple[str, str] | None = None, seed: str = "seed"
) -> argparse.Namespace:
    """The options of a program that shares none, as rows of (name, default, help); seeds the random stream.

    Args:
        title: what ``--help`` says of the program.
        rows: its options. An option's value has the type of its default.
        argument: name and help of what must be given without a dash, if anything.
        seed: the option that seeds the random stream.
    """
    parser = _parser(title, rows)
    if argument is not None:
        parser.add_argument(argument[0], help=argument[1])
    chosen = parser.parse_args()
    use(getattr(chosen, "type", "double"), getattr(chosen, seed))
    return chosen


def options(title: str, own: list[tuple[str, Any, str]]) -> argparse.Namespace:
    """A program's own options, as rows of (name, default, help), and the shared ones. Seeds the random stream."""
    taken = {row[0] for row in own}
    parser = _parser(title, [*own, *[row for row in SHARED if row[0] not in taken]])
    parser.add_argument("--python", action="store_true", help="list classes by their names in Python")
    chosen = parser.parse_args()
    use(chosen.type, chosen.seed)
    return chosen


def labels(count: int, classes: int) -> Tensor:
    """``count`` classes from 0 to ``classes - 1``: those of Lua, which counts them from 1."""
    return torch.randint(1, classes + 1, (count,)) - 1


def initialize(model: nn.Module, seed: int) -> None:
    """Starts a net with batch normalisation (He et al., 2015): what fb.resnet.torch does.

    A new BatchNorm2d does not draw its weight, and Torch7's does. The stream is seeded once more, so that both draw the
    same from here on.
    """
    torch.manual_seed(seed)
    for conv in model.findModules(nn.Conv2d):
        n = conv.kernel_size[0] * conv.kernel_size[1] * conv.out_channels
        nn.init.normal_(conv.weight, 0, (2 / n) ** 0.5)
        if conv.bias is not None:
            nn.init.zeros_(conv.bias)
    for norm in [*model.findModules(nn.BatchNorm2d), *model.findModules(nn.BatchNorm1d)]:
        nn.init.ones_(norm.weight)
        nn.init.zeros_(norm.bias)
    for linear in model.findModules(nn.Linear):
        linear.reset_parameters()
        nn.init.zeros_(linear.bias)


def _size(value: Any) -> str:
    if isinstance(value, Tensor):
        return "x".join(map(str, value.shape))
    return "{" + ", ".join(map(_size, value)) + "}"


def _count(model: nn.Module) -> int:
    return sum(p.numel() for module in _all(model) for p in module.parameters(recurse=False))


def _all(module: nn.Module) -> list[nn.Module]:
    """This module and all below it; one that stands at two places is there twice, as in Torch7."""
    return [module, *[below for child in module._modules.values() for below in _all(child)]]


def describe(model: nn.Module, input: Any, python: bool = False) -> None:
    """Prints the tree of a net: the class, the size of the output and the number of parameters of each module.

    Args:
        model: the net.
        input: what it takes.
        python: names as Python has them, else those of the Torch7 classes that the registry gives.
    """
    sizes: dict[nn.Module, str] = {}
    hooks = [m.register_forward_hook(lambda m, _, output: sizes.__setitem__(m, _size(output))) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        model(input)
    model.train()
    for hook in hooks:
        hook.remove()

    def rows(module: nn.Module, place: str, level: int) -> None:
        spec = for_module(module)
        name = type(module).__name__ if python or spec is None else spec.torch7.removeprefix("nn.")
        print(f"{'  ' * level + place + name:<46} {sizes[module]:<26} {_count(module):>9}")
        for i, child in enumerate(module._modules.values(), 1):
            rows(child, f"({i}) ", level + 1)

    print(f"{'module':<46} {'output':<26} {'parameters':>9}")
    rows(model, "", 0)


def flat(model: nn.Module) -> Tensor:
    """A copy of all parameters, one after the other."""
    return torch.cat([p.detach().reshape(-1) for p in model.parameters()])


def epsilon_as_in_torch7(optimizer: optim.Adam, step: int, eps: float = 1e-8) -> None:
    """Sets Adam's epsilon for a step, counted from 1, so that the step is the one of Torch7's ``optim.adam``.

    Torch7 adds its epsilon before the second moment is corrected for its start at 0, PyTorch adds it after that.
    """
    for group in optimizer.param_groups:
        group["eps"] = eps / (1 - group["betas"][1] ** step) ** 0.5


def save_grid(path: Path, pictures: Tensor, columns: int, scale: int = 4) -> None:
    """Saves pictures of (N, C, H, W), from 0 to 1, in rows with white between, each pixel ``scale`` x ``scale``.

    The frame on the left and above is left out: so the file is what ``image.toDisplayTensor`` and ``image.scale`` give.
    """
    grid = make_grid(pictures, nrow=columns, padding=1, pad_value=1)[: pictures.size(1), 1:, 1:]
    write_image(path, grid.repeat_interleave(scale, 1).repeat_interleave(scale, 2))


def keep_adam(optimizer: optim.Adam, steps: int) -> dict[str, Any]:
    """The state that Torch7's ``optim.adam`` would have after these steps: the moments of all parameters in a row."""
    held = optimizer.state_dict()
    moments = [held["state"][number] for number in held["param_groups"][0]["params"]]
    return {
        "learningRate": held["param_groups"][0]["lr"],
        "t": steps,
        "m": torch.cat([torch.as_tensor(state["exp_avg"]).reshape(-1) for state in moments]),
        "v": torch.cat([torch.as_tensor(state["exp_avg_sq"]).reshape(-1) for state in moments]),
    }


def load_adam(optimizer: optim.Adam, state: Any) -> None:
    """Goes on from a state of ``keep_adam`` or of Torch7's ``optim.adam``."""
    held = optimizer.state_dict()
    held["param_groups"][0]["lr"] = state.learningRate
    first = 0
    for number, p in enumerate(optimizer.param_groups[0]["params"]):
        m, v = (moment[first : first + p.numel()].view(p.shape).numpy() for moment in (state.m, state.v))
        held["state"][number] = {"step": int(state.t), "exp_avg": m, "exp_avg_sq": v}
        first += p.numel()
    optimizer.load_state_dict(held)


def keep(chosen: argparse.Namespace, model: nn.Module, input: Any, kept: dict[str, Any]) -> None:
    """Saves the net, where --save says so, with what it gives for the input and with whatever else is to be kept."""
    if chosen.save == "":
        return
    model.eval()
    with torch.no_grad():
        output = model(input)
    path = Path(chosen.save)
    path.parent.mkdir(parents=True, exist_ok=True)
    lua_compat.save(path, {**kept, "model": model, "input": input, "output": output})


def run(model: nn.Module, criterion: nn.Module, input: Any, target: Any, chosen: argparse.Namespace) -> None:
    """Lists the net, trains it for some steps and saves it."""
    describe(model, input, chosen.python)
    initial = flat(model)
    print(f"{initial.numel()} parameters")

    optimizer = optim.SGD(model.parameters(), lr=chosen.rate, momentum=0.9)
    losses = []
    for step in range(1, chosen.steps + 1):
        optimizer.zero_grad()
        loss = criterion(model(input), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        print(f"step {step}: loss {losses[-1]:.6f}")

    keep(chosen, model, input, {"initial": initial, "trained": flat(model), "losses": losses})
