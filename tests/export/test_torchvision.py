"""Torchvision's names for models that have the structure of its own: the names are published facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as ours
from lua_compat.errors import ExportError
from lua_compat.export import torchvision
from lua_compat.export.files import read_state, write_model
from lua_compat.export.into import load_weights
from lua_compat.export.torchvision import ARCHITECTURES, state_for_torchvision, torchvision_names
from pytorch_from_lua import nn
from pytorch_from_lua.nn import init


def conv(ins: int, outs: int, size: int, stride: int = 1, padding: int = 0, bias: bool = True) -> Any:
    return nn.Conv2d(ins, outs, size, stride, padding, bias=bias)


def block(ins: int, width: int, wide: int, stride: int, bias: bool) -> Any:
    """A residual block as fb.resnet.torch has it."""
    outs = width * wide
    if wide == 1:
        main = [
            conv(ins, width, 3, stride, 1, bias),
            nn.BatchNorm2d(width),
            nn.ReLU(True),
            conv(width, outs, 3, 1, 1, bias),
        ]
    else:
        main = [conv(ins, width, 1, bias=bias), nn.BatchNorm2d(width), nn.ReLU(True)]
        main += [
            conv(width, width, 3, stride, 1, bias),
            nn.BatchNorm2d(width),
            nn.ReLU(True),
            conv(width, outs, 1, bias=bias),
        ]
    shortcut: Any = nn.Identity()
    if ins != outs or stride != 1:
        shortcut = nn.Sequential(conv(ins, outs, 1, stride, bias=bias), nn.BatchNorm2d(outs))
    both = nn.ConcatTable(nn.Sequential(*main, nn.BatchNorm2d(outs)), shortcut)
    return nn.Sequential(both, nn.CAddTable(True), nn.ReLU(True))


def resnet(counts: tuple[int, ...], wide: int, bias: bool = False, classes: int = 7) -> Any:
    model = nn.Sequential(conv(3, 64, 7, 2, 3, bias), nn.BatchNorm2d(64), nn.ReLU(True), nn.MaxPool2d(3, 2, 1))
    ins = 64
    for stage, count in enumerate(counts):
        layer = nn.Sequential()
        for k in range(count):
            layer.add(block(ins, 64 * 2**stage, wide, 2 if stage and not k else 1, bias))
            ins = 64 * 2**stage * wide
        model.add(layer)
    return model.extend([nn.AvgPool2d(2, 1), nn.View(ins, num_input_dims=3), nn.Linear(ins, classes)])


def vgg(plan: str, normalized: bool, hidden: int = 4096) -> Any:
    layers: list[Any] = []
    ins = 3
    for word in plan.split():
        if word == "M":
            layers.append(nn.MaxPool2d(2, 2))
            continue
        layers += [conv(ins, int(word), 3, 1, 1), *([nn.BatchNorm2d(int(word))] * normalized), nn.ReLU(True)]
        ins = int(word)
    layers += [
        nn.View(512 * 7 * 7, num_input_dims=3),
        nn.Linear(512 * 7 * 7, hidden),
        nn.Threshold(0, 0),
        nn.Dropout(0.5),
    ]
    layers += [nn.Linear(hidden, hidden), nn.Threshold(0, 0), nn.Dropout(0.5), nn.Linear(hidden, 5), nn.LogSoftmax()]
    return nn.Sequential(*layers)


def alexnet() -> Any:
    features = nn.Sequential(
        conv(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), conv(64, 192, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
        conv(192, 384, 3, 1, 1), nn.ReLU(), conv(384, 256, 3, 1, 1), nn.ReLU(), conv(256, 256, 3, 1, 1), nn.ReLU(),
        nn.MaxPool2d(3, 2),
    )  # fmt: skip
    classifier = nn.Sequential(
        nn.View(256 * 6 * 6), nn.Dropout(0.5), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000),
    )  # fmt: skip
    return nn.Sequential(features, classifier)


def shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """The names and shapes for torchvision, without memory for the values."""
    names = torchvision_names(model)
    return {names[n]: tuple(t.shape) for n, t in model.state_dict().items()}


def test_names_of_alexnet() -> None:
    with init.skipped():
        found = shapes(alexnet())
    assert {n: s for n, s in found.items() if n.endswith("weight")} == {
        "features.0.weight": (64, 3, 11, 11),
        "features.3.weight": (192, 64, 5, 5),
        "features.6.weight": (384, 192, 3, 3),
        "features.8.weight": (256, 384, 3, 3),
        "features.10.weight": (256, 256, 3, 3),
        "classifier.1.weight": (4096, 9216),
        "classifier.4.weight": (4096, 4096),
        "classifier.6.weight": (1000, 4096),
    }
    assert {n.replace("bias", "weight") for n in found} == {n.replace("bias", "weight") for n in found if "weight" in n}


@pytest.mark.parametrize(
    ("name", "plan", "normalized", "places"),
    [
        ("vgg11", torchvision._VGG[11], False, (0, 3, 6, 8, 11, 13, 16, 18)),
        ("vgg16", torchvision._VGG[16], False, (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)),
        ("vgg11_bn", torchvision._VGG[11], True, (0, 4, 8, 11, 15, 18, 22, 25)),
        ("vgg19_bn", torchvision._VGG[19], True, (0, 3, 7, 10, 14, 17, 20, 23, 27, 30, 33, 36, 40, 43, 46, 49)),
    ],
)
def test_names_of_vgg(name: str, plan: str, normalized: bool, places: tuple[int, ...]) -> None:
    with init.skipped():
        model = vgg(plan, normalized)
        found = shapes(model)
    assert torchvision._found(model)[0] == name
    weights = {n: s for n, s in found.items() if n.endswith(".weight") and len(s) > 1}
    assert list(weights) == [f"features.{p}.weight" for p in places] + [f"classifier.{p}.weight" for p in (0, 3, 6)]
    assert {f"features.{p + 1}.running_mean" for p in places} <= set(found) or not normalized


BLOCKS = {"resnet18": ((2, 2, 2, 2), 1), "resnet34": ((3, 4, 6, 3), 1), "resnet50": ((3, 4, 6, 3), 4)}


def expected_of_resnet(counts: tuple[int, ...], wide: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}

    def pair(convolution: str, norm: str, outs: int, ins: int, size: int) -> None:
        found[f"{convolution}.weight"] = (outs, ins, size, size)
        found.update({f"{norm}.{n}": (outs,) for n in ("weight", "bias", "running_mean", "running_var")})
        found[f"{norm}.num_batches_tracked"] = ()

    pair("conv1", "bn1", 64, 3, 7)
    ins = 64
    for stage, count in enumerate(counts, 1):
        width = 32 * 2**stage
        for k in range(count):
            at, outs = f"layer{stage}.{k}", width * wide
            plan = (
                [(width, ins, 1), (width, width, 3), (outs, width, 1)]
                if wide == 4
                else [(width, ins, 3), (outs, width, 3)]
            )
            for number, (o, i, size) in enumerate(plan, 1):
                pair(f"{at}.conv{number}", f"{at}.bn{number}", o, i, size)
            if k == 0 and (stage > 1 or wide == 4):
                pair(f"{at}.downsample.0", f"{at}.downsample.1", outs, ins, 1)
            ins = outs
    return {**found, "fc.weight": (7, ins), "fc.bias": (7,)}


@pytest.mark.parametrize("name", BLOCKS)
def test_names_of_resnet(name: str) -> None:
    with init.skipped():
        model = resnet(*BLOCKS[name])
    assert torchvision._found(model)[0] == name
    assert shapes(model) == expected_of_resnet(*BLOCKS[name])


@pytest.mark.parametrize("name", ["resnet101", "resnet152", "vgg13", "vgg16_bn", "vgg19", "vgg13_bn"])
def test_every_architecture_has_names_of_its_own(name: str) -> None:
    names = [layer.name for layer in ARCHITECTURES[name]() if layer.name]
    assert len(names) == len(set(names)) > 10


# -- the same numbers ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch, where the state is put, is not installed")


def resnet_by_hand(torch: Any) -> Any:
    """Torchvision's ResNet-18 as its paper and its names have it."""
    n = torch.nn

    class Block(n.Module):  # type: ignore[name-defined, misc]
        def __init__(self, ins: int, outs: int, stride: int) -> None:
            super().__init__()
            self.conv1, self.bn1 = n.Conv2d(ins, outs, 3, stride, 1, bias=False), n.BatchNorm2d(outs)
            self.conv2, self.bn2 = n.Conv2d(outs, outs, 3, 1, 1, bias=False), n.BatchNorm2d(outs)
            self.downsample = None
            if ins != outs:
                self.downsample = n.Sequential(n.Conv2d(ins, outs, 1, stride, bias=False), n.BatchNorm2d(outs))

        def forward(self, x: Any) -> Any:
            y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
            return (y + (x if self.downsample is None else self.downsample(x))).relu()

    class ResNet(n.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1 = n.Conv2d(3, 64, 7, 2, 3, bias=False), n.BatchNorm2d(64)
            self.layer1 = n.Sequential(Block(64, 64, 1), Block(64, 64, 1))
            self.layer2 = n.Sequential(Block(64, 128, 2), Block(128, 128, 1))
            self.layer3 = n.Sequential(Block(128, 256, 2), Block(256, 256, 1))
            self.layer4 = n.Sequential(Block(256, 512, 2), Block(512, 512, 1))
            self.fc = n.Linear(512, 7)

        def forward(self, x: Any) -> Any:
            x = torch.nn.functional.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
            return self.fc(self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3)))

    return ResNet()


@pytest.mark.peer
@pytest.mark.parametrize("bias", [False, True])
def test_resnet_gives_the_same_there_and_comes_back(bias: bool, torch: Any, tmp_path: Path) -> None:
    model = resnet(BLOCKS["resnet18"][0], 1, bias).train()
    x = ours.randn(2, 3, 64, 64)
    with ours.no_grad():
        model(x)  # running statistics of its own
    model.eval()
    write_model(model, tmp_path / "resnet.pt", names="torchvision")
    theirs = resnet_by_hand(torch).eval()
    theirs.load_state_dict(torch.load(tmp_path / "resnet.pt", weights_only=True))
    with ours.no_grad(), torch.no_grad():
        wanted = model(x).array
        got = theirs(torch.from_numpy(x.array)).numpy()
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)
        other = load_weights(resnet(BLOCKS["resnet18"][0], 1, bias).eval(), theirs.state_dict())
        np.testing.assert_allclose(other(x).array, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.peer
def test_vgg_gives_the_same_there(torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def classifier(ins: int, places: tuple[int, int, int]) -> Any:
        sizes = [(ins, 16), (16, 16), (16, None)]
        for place, (a, b) in zip(places, sizes, strict=True):
            yield torchvision._linear(f"classifier.{place}", a, b)
            if b is not None:
                yield torchvision._mark("ReLU")

    monkeypatch.setattr(torchvision, "_classifier", classifier)  # a small one: that of VGG has 400 MB
    n = torch.nn
    model = vgg(torchvision._VGG[11], True, 16).eval()
    lua_compat.save(tmp_path / "vgg.t7", model)
    write_model(lua_compat.load(tmp_path / "vgg.t7"), tmp_path / "vgg.safetensors", names="torchvision")
    features: list[Any] = []
    ins = 3
    for word in torchvision._VGG[11].split():
        if word == "M":
            features.append(n.MaxPool2d(2, 2))
        else:
            features += [n.Conv2d(ins, int(word), 3, padding=1), n.BatchNorm2d(int(word)), n.ReLU()]
            ins = int(word)
    theirs = n.Sequential()
    theirs.features = n.Sequential(*features)
    theirs.avgpool = n.AdaptiveAvgPool2d(7)
    theirs.flatten = n.Flatten()
    theirs.classifier = n.Sequential(
        n.Linear(25088, 16), n.ReLU(), n.Dropout(), n.Linear(16, 16), n.ReLU(), n.Dropout(), n.Linear(16, 5)
    )
    state = read_state(tmp_path / "vgg.safetensors")
    theirs.load_state_dict({name: torch.from_numpy(t.array.copy()) for name, t in state.items()})
    x = ours.randn(1, 3, 224, 224)
    with ours.no_grad(), torch.no_grad():
        got = theirs.eval()(torch.from_numpy(x.array)).log_softmax(1).numpy()
        np.testing.assert_allclose(got[0], model(x).array.reshape(-1), rtol=1e-4, atol=1e-4)


# -- what is none of them --------------------------------------------------------------------------------------------


def test_others_are_told_what_is_different() -> None:
    with init.skipped():
        model = resnet((2, 2, 2, 2), 1)
        model[4][1][0][0][3] = conv(64, 64, 5, 1, 2, bias=False)
    with pytest.raises(
        ExportError, match=r"the nearest is resnet18: its layer 18 is convolution 64 64 3 1 1 at layer1\.1\."
    ):
        state_for_torchvision(model)
    with pytest.raises(ExportError, match=r"the nearest is .*: its layer 1 is .*, the model's is linear 2 2 at 0"):
        torchvision_names(nn.Sequential(nn.Linear(2, 2)))
    with init.skipped():
        model = vgg(torchvision._VGG[11], False)
    del model[len(model) - 2]
    with pytest.raises(
        ExportError, match=r"the nearest is vgg11: its layer .* is linear 4096 None at classifier\.6, the"
    ):
        torchvision_names(model)
