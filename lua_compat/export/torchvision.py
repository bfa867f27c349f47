"""Torchvision's names for the tensors of AlexNet, VGG and ResNet, which are told by their structure.

A model is read as a line of layers, those in residual blocks among them, and compared with the lines of torchvision's
models. Of torchvision only the names of tensors and the sizes of layers are known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from lua_compat.errors import ExportError
from lua_compat.export.state import state_of
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor


class Layer(NamedTuple):
    """A layer with weights: what it is, and its name or place."""

    kind: tuple[Any, ...]
    name: str


def _conv(name: str, ins: int, outs: int, size: int, stride: int = 1, padding: int = 0) -> Layer:
    return Layer(("convolution", ins, outs, size, stride, padding), name)


def _norm(name: str, channels: int) -> Layer:
    return Layer(("batch normalization", channels), name)


def _linear(name: str, ins: int, outs: int | None) -> Layer:
    return Layer(("linear", ins, outs), name)


def _mark(word: str) -> Layer:
    return Layer((word,), "")


_POOL = "max pooling of {} by {} with padding {}"


# -- torchvision's models --------------------------------------------------------------------------------------------

_VGG = {
    11: "64 M 128 M 256 256 M 512 512 M 512 512 M",
    13: "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M",
    16: "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M",
    19: "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M",
}
_RESNET = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def _alexnet() -> Iterator[Layer]:
    sizes = [(0, 3, 64, 11, 4, 2), (3, 64, 192, 5, 1, 2), (6, 192, 384, 3, 1, 1), (8, 384, 256, 3, 1, 1)]
    for place, ins, outs, size, stride, padding in [*sizes, (10, 256, 256, 3, 1, 1)]:
        yield _conv(f"features.{place}", ins, outs, size, stride, padding)
        yield _mark("ReLU")
        if place in (0, 3, 10):
            yield _mark(_POOL.format(3, 2, 0))
    yield from _classifier(256 * 6 * 6, (1, 4, 6))


def _classifier(ins: int, places: tuple[int, int, int]) -> Iterator[Layer]:
    first, second, last = places
    yield _linear(f"classifier.{first}", ins, 4096)
    yield _mark("ReLU")
    yield _linear(f"classifier.{second}", 4096, 4096)
    yield _mark("ReLU")
    yield _linear(f"classifier.{last}", 4096, None)


def _vgg(depth: int, normalized: bool) -> Iterator[Layer]:
    ins, place = 3, 0
    for word in _VGG[depth].split():
        if word == "M":
            yield _mark(_POOL.format(2, 2, 0))
            place += 1
            continue
        yield _conv(f"features.{place}", ins, int(word), 3, 1, 1)
        if normalized:
            yield _norm(f"features.{place + 1}", int(word))
        yield _mark("ReLU")
        ins, place = int(word), place + (3 if normalized else 2)
    yield from _classifier(512 * 7 * 7, (0, 3, 6))


def _resnet(depth: int) -> Iterator[Layer]:
    yield _conv("conv1", 3, 64, 7, 2, 3)
    yield _norm("bn1", 64)
    yield _mark("ReLU")
    yield _mark(_POOL.format(3, 2, 1))
    wide = 4 if depth >= 50 else 1
    ins = 64
    for stage, count in enumerate(_RESNET[depth]):
        width = 64 * 2**stage
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            yield from _block(f"layer{stage + 1}.{block}", ins, width, wide, stride)
            ins = width * wide
    yield _linear("fc", ins, None)


def _block(name: str, ins: int, width: int, wide: int, stride: int) -> Iterator[Layer]:
    """A residual block: what is added, then the shortcut."""
    yield _mark("block")
    plan = [(1, 1, 0), (3, stride, 1), (1, 1, 0)] if wide > 1 else [(3, stride, 1), (3, 1, 1)]
    before = ins
    for number, (size, step, padding) in enumerate(plan, 1):
        outs = width * (wide if number == len(plan) else 1)
        yield _conv(f"{name}.conv{number}", before, outs, size, step, padding)
        yield _norm(f"{name}.bn{number}", outs)
        if number < len(plan):
            yield _mark("ReLU")
        before = outs
    yield _mark("shortcut")
    if stride != 1 or ins != width * wide:
        yield _conv(f"{name}.downsample.0", ins, width * wide, 1, stride)
        yield _norm(f"{name}.downsample.1", width * wide)
    yield _mark("sum")
    yield _mark("ReLU")


ARCHITECTURES: dict[str, Callable[[], Iterator[Layer]]] = {
    "alexnet": _alexnet,
    **{f"vgg{d}{'_bn' * n}": (lambda d=d, n=n: _vgg(d, n)) for d in _VGG for n in (False, True)},  # type: ignore[misc]
    **{f"resnet{d}": (lambda d=d: _resnet(d)) for d in _RESNET},  # type: ignore[misc]
}


# -- the model -------------------------------------------------------------------------------------------------------

#: Without weights, and not compared: they come where they may, and change no name.
_PASSED_OVER = (
    *(nn.Identity, nn.Dropout, nn.View, nn.Reshape, nn.Flatten, nn.Softmax, nn.LogSoftmax, nn.AvgPool2d, nn.Contiguous),
    *(nn.AdaptiveAvgPool2d, nn.Squeeze, nn.Copy),
)


def _layers(module: Module, place: str) -> Iterator[Layer]:
    """The layers of a model in the order in which they run."""
    if isinstance(module, (nn.Sequential, nn.Decorator)):
        children = list(module._modules.items())
        skip = False
        for (name, child), following in zip(children, [m for _, m in children[1:]] + [None], strict=True):
            if skip:
                skip = False
                continue
            below = f"{place}.{name}" if place else name
            if isinstance(child, nn.ConcatTable) and len(child) == 2 and isinstance(following, nn.CAddTable):
                yield from _residual(child, below)
                skip = True
            else:
                yield from _layers(child, below)
    elif isinstance(module, nn.Conv2d) and module.groups == 1 and set(module.dilation) == {1}:
        sizes = [
            pair[0] if len(set(pair)) == 1 else pair for pair in (module.kernel_size, module.stride, module.padding)
        ]
        yield Layer(("convolution", module.in_channels, module.out_channels, *sizes), place)
    elif isinstance(module, nn.BatchNorm2d):
        yield _norm(place, module.num_features)
    elif isinstance(module, nn.Linear):
        yield _linear(place, module.in_features, module.out_features)
    elif isinstance(module, nn.MaxPool2d):
        yield _mark(_POOL.format(*map(_one, (module.kernel_size, module.stride, module.padding))))
    elif isinstance(module, nn.ReLU) or (isinstance(module, nn.Threshold) and module.value == 0):
        yield _mark("ReLU")
    elif not isinstance(module, _PASSED_OVER):
        yield Layer((type(module).__name__,), place)


def _one(pair: tuple[int, ...]) -> Any:
    return pair[0] if len(set(pair)) == 1 else pair


def _residual(table: Any, place: str) -> Iterator[Layer]:
    sides = [list(_layers(child, f"{place}.{name}")) for name, child in table._modules.items()]
    weights = [sum(bool(layer.name) for layer in side) for side in sides]
    main, shortcut = sides if weights[0] >= weights[1] else sides[::-1]
    yield _mark("block")
    yield from main
    yield _mark("shortcut")
    yield from shortcut
    yield _mark("sum")


def _same(ours: Layer, theirs: Layer) -> bool:
    """Whether a layer is that of the model; how many classes there are is free."""
    if ours.kind[:1] == theirs.kind[:1] == ("linear",) and theirs.kind[2] is None:
        return ours.kind[1] == theirs.kind[1]
    return ours.kind == theirs.kind


def _found(module: Module) -> tuple[str, list[tuple[Layer, Layer]]]:
    """The name of the architecture, and each layer with the one that it is there."""
    ours = list(_layers(module, ""))
    best = ("", -1, "")
    for name, made in ARCHITECTURES.items():
        theirs = list(made())
        agreed = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if not _same(a, b)), None)
        if agreed is None and len(ours) == len(theirs):
            return name, list(zip(ours, theirs, strict=True))
        agreed = min(len(ours), len(theirs)) if agreed is None else agreed
        if agreed > best[1]:
            has = _said(ours[agreed]) if agreed < len(ours) else "nothing more"
            wants = _said(theirs[agreed]) if agreed < len(theirs) else "nothing more"
            best = (name, agreed, f"its layer {agreed + 1} is {wants}, the model's is {has}")
    raise ExportError(
        f"torchvision: the model is none of {', '.join(ARCHITECTURES)}; the nearest is {best[0]}: {best[2]}"
    )


def _said(layer: Layer) -> str:
    kind = " ".join(map(str, layer.kind))
    return f"{kind} at {layer.name}" if layer.name else kind


def torchvision_names(module: Module) -> dict[str, str]:
    """The name that each tensor of a model's state has in torchvision's model of the same structure.

    Raises:
        ExportError: where the model is none of torchvision's AlexNet, VGG or ResNet; with what is different.
    """
    _, pairs = _found(module)
    places = {ours.name: theirs.name for ours, theirs in pairs if ours.name}
    names = {}
    for name in state_of(module):
        above, _, last = name.rpartition(".")
        names[name] = f"{places[above]}.{last}"
    return names


def _biases(module: Module) -> list[tuple[str, str]]:
    """Biases of convolutions that torchvision has none of: their names, and the running mean behind each."""
    name, pairs = _found(module)
    if not name.startswith("resnet"):
        return []
    found = []
    for (conv, _), (norm, _) in pairwise(pairs):
        if conv.kind[0] == "convolution" and module.get_submodule(conv.name).bias is not None:
            if norm.kind[0] != "batch normalization":
                raise ExportError(
                    f"torchvision: the convolution at {conv.name} has a bias and no normalization behind it"
                )
            found.append((f"{conv.name}.bias", f"{norm.name}.running_mean"))
    return found


def without_biases(module: Module, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state without the biases that torchvision's model has none of."""
    left_out = {bias for bias, _ in _biases(module)}
    return {name: t for name, t in state.items() if name not in left_out}


def state_for_torchvision(module: Module) -> dict[str, Tensor]:
    """The state of a model under the names of torchvision's, for its ``load_state_dict``.

    Torchvision's ResNet has no biases before normalizations. Those of a model that has them are taken off the running
    means: the normalization gives the same then.

    Raises:
        ExportError: where the model is none of torchvision's AlexNet, VGG or ResNet; with what is different.
    """
    names = torchvision_names(module)
    state = state_of(module)
    means = {mean: bias for bias, mean in _biases(module)}
    found = {}
    for name, tensor in without_biases(module, state).items():
        if name in means:
            moved = tensor.array - state[means[name]].detach().array
            tensor = Tensor.from_array(np.asarray(moved))
        found[names[name]] = tensor
    return found
