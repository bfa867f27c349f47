"""Transforms against formulas, and against Lua's image, whose kernels they share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
from pytorch_from_lua import pictures
from pytorch_from_lua.data import transforms
from pytorch_from_lua.data.transforms import functional as F
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError

RANDOM = np.random.RandomState(2)
PICTURE = RANDOM.rand(3, 6, 8)
BYTES = RANDOM.randint(0, 256, (3, 6, 8)).astype(np.uint8)
X, B = torch.tensor(PICTURE), torch.tensor(BYTES)


@pytest.fixture(scope="module")
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("image = require 'image'")
    return runtime


BELL = "image.gaussian{size = 5, sigma = 0.25, normalize = true}"
PARITY: dict[str, tuple[Any, str]] = {
    "resize": (lambda x: F.resize(x, (3, 5)), "image.scale(x, 5, 3)"),
    "resize to the shorter side": (lambda x: F.resize(x, 3), "image.scale(x, '^3')"),
    "bicubic": (lambda x: F.resize(x, (9, 11), "bicubic"), "image.scale(x, 11, 9, 'bicubic')"),
    "nearest": (lambda x: F.resize(x, (9, 11), "nearest"), "image.scale(x, 11, 9, 'simple')"),
    "crop": (lambda x: F.crop(x, 1, 2, 3, 4), "image.crop(x, 2, 1, 6, 4)"),
    "center crop": (lambda x: F.center_crop(x, (4, 2)), "image.crop(x, 'c', 2, 4)"),
    "hflip": (F.hflip, "image.hflip(x)"),
    "vflip": (F.vflip, "image.vflip(x)"),
    "rotate": (lambda x: F.rotate(x, 30, "bilinear"), "image.rotate(x, math.pi / 6, 'bilinear')"),
    "rotate to the nearest": (lambda x: F.rotate(x, -40), "image.rotate(x, -math.pi * 40 / 180)"),
    "affine": (lambda x: F.affine(x, -90, (0, 0), 1, 0), "image.rotate(x, math.pi / 2)"),
    "translate": (lambda x: F.affine(x, 0, (2, -1), 1, 0), "image.translate(x, 2, -1)"),
    "grey": (F.rgb_to_grayscale, "image.rgb2y(x)"),
    "blur": (lambda x: F.crop(F.gaussian_blur(F.pad(x, 4), 5, 1.25), 4, 4, 6, 8), f"image.convolve(x, {BELL}, 'same')"),
}


@pytest.mark.parametrize("dtype", ["f8", "u1"])
@pytest.mark.parametrize("name", PARITY)
def test_parity_with_lua(lua: Any, name: str, dtype: str) -> None:
    python, code = PARITY[name]
    x = torch.tensor((PICTURE * (255 if dtype == "u1" else 1)).astype(dtype))
    found, wanted = python(x).array, lua.execute(f"local x = ...; return {code}", x).array
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    # Sums of bytes in another order may be rounded the other way.
    assert np.abs(found.astype(float) - wanted).max() <= (1 if name == "blur" and dtype == "u1" else 1e-12)


def test_parity_of_hue(lua: Any) -> None:
    code = "local x = image.rgb2hsv(...); x[1]:add(0.2); x[1]:add(-1, torch.ge(x[1], 1):double())"
    wanted = lua.execute(f"{code}; return image.hsv2rgb(x)", X).array
    assert np.abs(F.adjust_hue(X, 0.2).array - wanted).max() < 1e-6


def test_turns_by_right_angles() -> None:
    for quarter in range(-3, 4):
        turned = F.rotate(X, 90 * quarter, "bilinear", expand=True).array
        assert np.abs(turned - np.rot90(PICTURE, quarter, (1, 2))).max() < 1e-9
    around = F.rotate(X, 180, center=(3, 3)).array
    assert np.abs(around[:, :, :6] - PICTURE[:, ::-1, 5::-1]).max() < 1e-9
    assert (around[:, :, 6:] == 0).all()
    filled = F.rotate(X, 45, fill=[0.1, 0.2, 0.3]).array
    assert filled[:, 0, 0].tolist() == pytest.approx([0.1, 0.2, 0.3])


def test_an_affine_map_of_places() -> None:
    angle, scale, shear, move = math.radians(20), 1.3, (math.radians(10), math.radians(-5)), (1, -2)
    ramp = np.stack(np.meshgrid(np.arange(40.0), np.arange(50.0), indexing="ij"))
    found = F.affine(torch.tensor(ramp), 20, move, scale, (10, -5), "bilinear", fill=-1).array
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    forward = scale * turn @ [[1, 0], [-math.tan(shear[1]), 1]] @ [[1, -math.tan(shear[0])], [0, 1]]
    for x, y in ((30, 22), (20, 15), (25, 25)):  # the pixel says which place came here
        row, column = found[:, y, x]
        assert forward @ [column - 24.5, row - 19.5] + move == pytest.approx([x - 24.5, y - 19.5], abs=1e-6)


def test_colours() -> None:
    grey = np.tensordot([0.299, 0.587, 0.114], PICTURE, 1)
    assert np.abs(F.adjust_brightness(X, 1.5).array - np.clip(PICTURE * 1.5, 0, 1)).max() < 1e-12
    assert np.abs(F.adjust_contrast(X, 0.5).array - (PICTURE + grey.mean()) / 2).max() < 1e-12
    assert np.abs(F.adjust_saturation(X, 0).array - grey).max() < 1e-12
    assert np.abs(F.adjust_hue(X, 0).array - PICTURE).max() < 1e-6
    assert (F.adjust_brightness(B, 1).array == BYTES).all()
    turned = F.adjust_hue(torch.tensor(BYTES / 255), 0.5).array * 255
    assert np.abs(F.adjust_hue(B, 0.5).array - turned).max() < 0.51
    assert (np.ptp(F.rgb_to_grayscale(B, 3).array, 0) == 0).all()


def test_conversions() -> None:
    assert np.abs(F.to_tensor(BYTES.transpose(1, 2, 0)).array - BYTES / 255).max() < 1e-7
    assert F.to_tensor(BYTES[0]).shape == (1, 6, 8)
    picture = F.to_pil_image(B)
    assert picture.size == (8, 6)
    assert (pictures.from_pil(picture) == BYTES).all()
    assert np.abs(F.to_tensor(picture).array - BYTES / 255).max() < 1e-7
    assert (pictures.from_pil(F.to_pil_image(torch.tensor(BYTES / 255))) == BYTES).all()
    assert (F.convert_image_dtype(F.convert_image_dtype(B, torch.float32), torch.uint8).array == BYTES).all()
    assert F.convert_image_dtype(B, torch.int32).array.max() == int(BYTES.max()) << 23
    mean, std = np.reshape([0.1, 0.2, 0.3], (3, 1, 1)), np.reshape([2.0, 4, 5], (3, 1, 1))
    assert np.abs(F.normalize(X, [0.1, 0.2, 0.3], [2, 4, 5]).array - (PICTURE - mean) / std).max() < 1e-12


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_padding(mode: Any) -> None:
    options: Any = {"constant_values": 7} if mode == "constant" else {}
    wanted = np.pad(PICTURE, [(0, 0), (2, 4), (1, 3)], mode, **options)
    assert (F.pad(X, (1, 2, 3, 4), 7, mode).array == wanted).all()


RANDOM_ONES: dict[str, Any] = {
    "RandomCrop": transforms.RandomCrop(4, padding=1),
    "RandomCrop of a small picture": transforms.RandomCrop((9, 9), pad_if_needed=True),
    "RandomResizedCrop": transforms.RandomResizedCrop((5, 4)),
    "RandomHorizontalFlip": transforms.RandomHorizontalFlip(),
    "RandomVerticalFlip": transforms.RandomVerticalFlip(0.3),
    "RandomRotation": transforms.RandomRotation((10, 80), "bilinear"),
    "RandomAffine": transforms.RandomAffine(30, (0.2, 0.3), (0.5, 2), (-5, 5, -9, 9)),
    "GaussianBlur": transforms.GaussianBlur(3),
    "ColorJitter": transforms.ColorJitter(0.5, 0.5, 0.5, 0.5),
    "RandomGrayscale": transforms.RandomGrayscale(0.5),
    "RandomApply": transforms.RandomApply([F.hflip, F.vflip]),
    "RandomOrder": transforms.RandomOrder([F.hflip, lambda x: F.crop(x, 0, 0, 6, 5)]),
    "RandomChoice": transforms.RandomChoice([F.hflip, F.vflip, transforms.Lambda(lambda x: x)], [1, 2, 1]),
}


@pytest.mark.parametrize("name", RANDOM_ONES)
def test_a_seed_repeats_what_is_random(name: str) -> None:
    found = []
    for _ in range(2):
        torch.manual_seed(3)
        found.append([RANDOM_ONES[name](X).array.tolist() for _ in range(12)])
    assert found[0] == found[1]
    assert len({str(values) for values in found[0]}) > 1
    assert (X.array == PICTURE).all()


def test_which_parts_are_drawn() -> None:
    torch.manual_seed(0)
    part = transforms.RandomResizedCrop(8, scale=(0.2, 0.5), ratio=(0.5, 2))
    top, left, height, width = np.array([part.part_of(100, 150) for _ in range(300)]).T
    assert top.min() >= 0
    assert (top + height).max() <= 100
    assert left.min() >= 0
    assert (left + width).max() <= 150
    area, ratio = height * width / 15000, width / height
    assert 0.18 < area.min() < 0.25 < 0.4 < area.max() < 0.52
    assert 0.48 < ratio.min() < 0.6 < 1.7 < ratio.max() < 2.1
    assert transforms.RandomResizedCrop(8, scale=(4, 4)).part_of(10, 40) == (0, 13, 10, 13)


def test_probabilities() -> None:
    torch.manual_seed(0)
    flip = transforms.RandomHorizontalFlip(0.25)
    assert 70 < sum((flip(X).array == PICTURE[..., ::-1]).all() for _ in range(400)) < 130
    choice = transforms.RandomChoice([lambda x: 0, lambda x: 1], [1, 3])
    assert 270 < sum(choice(X) for _ in range(400)) < 330
    assert (transforms.RandomHorizontalFlip(1)(X).array == PICTURE[..., ::-1]).all()
    assert transforms.RandomVerticalFlip(0)(X) is X


def test_fixed_ones_and_their_texts() -> None:
    fixed = [transforms.Resize(4), transforms.CenterCrop(4), transforms.Pad(1), transforms.Grayscale(3)]
    steps = transforms.Compose([*fixed, transforms.ToTensor()])
    assert steps(B).shape == (3, 6, 6)
    assert steps(B).array.max() <= 1
    assert repr(steps).splitlines()[1] == "    Resize(size=4, interpolation='bilinear', max_size=None)"
    assert transforms.Resize(4, max_size=4)(X).shape == (3, 3, 4)
    assert transforms.ToPILImage()(B).mode == "RGB"
    assert transforms.ConvertImageDtype(torch.float64)(B).dtype == torch.float64
    assert np.abs(transforms.Normalize([0.5] * 3, [0.5] * 3)(X).array - (2 * PICTURE - 1)).max() < 1e-12


REFUSED: dict[str, tuple[type[Exception], Any]] = {
    "resize: img has to be a tensor": (DTypeError, lambda: F.resize(BYTES, 3)),
    "interpolation: needs one of nearest, bilinear, bicubic": (RangeError, lambda: F.resize(X, 3, "cubic")),
    "size: needs at least 1": (RangeError, lambda: F.resize(X, 0)),
    "padding: needs 1, 2 or 4 numbers": (RangeError, lambda: F.pad(X, (1, 2, 3))),
    "normalize: needs floating numbers": (DTypeError, lambda: F.normalize(B, [0], [1])),
    "std has to be other than 0": (RangeError, lambda: F.normalize(X, [0], [0])),
    r"img has to be \(1 or 3, H, W\)": (ShapeError, lambda: F.rgb_to_grayscale(X[:2])),
    "hue_factor: needs a number from -0.5 to 0.5": (RangeError, lambda: F.adjust_hue(X, 0.6)),
    "factor: needs a number of at least 0": (RangeError, lambda: F.adjust_contrast(X, -1)),
    "kernel_size: needs odd numbers": (RangeError, lambda: F.gaussian_blur(X, 4)),
    "scale: needs a number above 0": (RangeError, lambda: F.affine(X, 0, (0, 0), 0, 0)),
    "fill: needs one number, or one for each of 3": (RangeError, lambda: F.rotate(X, 5, fill=[1, 2])),
    "6 x 8, smaller than the part of 20 x 20": (ShapeError, lambda: transforms.RandomCrop(20)(X)),
    "p: needs a probability": (RangeError, lambda: transforms.RandomHorizontalFlip(2)),
    "degrees: needs at least 0": (RangeError, lambda: transforms.RandomRotation(-3)),
    "hue: needs one number of at least 0, or two": (RangeError, lambda: transforms.ColorJitter(hue=0.7)),
    "pic has to be a picture, an array or a tensor, got str": (DTypeError, lambda: F.to_tensor("a")),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused(message: str) -> None:
    error, call = REFUSED[message]
    with pytest.raises(error, match=message):
        call()
