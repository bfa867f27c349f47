"""Lua's image beyond the conformance corpus: every mode and calling form against a formula or a round trip."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lua_compat import LuaError, Runtime
from pytorch_from_lua import pictures
from pytorch_from_lua.tensor import Tensor


@pytest.fixture(scope="module")
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("image = require 'image'")
    return runtime


RANDOM = np.random.RandomState(3)
PICTURE = RANDOM.rand(3, 6, 8)
BYTES = RANDOM.randint(0, 256, (3, 6, 8)).astype(np.uint8)


def call(lua: Any, code: str, *args: Any) -> Any:
    given = [Tensor.from_array(a) if isinstance(a, np.ndarray) else a for a in args]
    found = lua.execute(f"local x, y, z = ...; return {code}", *given)
    return found.array.copy() if isinstance(found, Tensor) else found


@pytest.mark.parametrize(("kind", "word"), [("float", np.float32), ("double", np.float64)])
@pytest.mark.parametrize("most", [255, 65535])
def test_every_number_of_a_file_becomes_its_part_of_the_largest(
    lua: Any, tmp_path: Path, most: int, kind: str, word: Any
) -> None:
    side = 16 if most == 255 else 256
    pixels = np.arange(most + 1, dtype=np.uint8 if most == 255 else np.uint16).reshape(side, side)
    path = tmp_path / "grey.png"
    Image.fromarray(pixels).save(path)
    found = call(lua, f"image.load(x, 1, '{kind}')", str(path))
    assert found.dtype == word
    np.testing.assert_array_equal(found[0], (pixels / float(most)).astype(word))


# ------------------------------------------------------------------------------------------------------- geometry


def linear_line(x: Any, new: int) -> Any:
    """A line resized by Torch7's rule, a number at a time."""
    old = len(x)
    if new > old:
        places = [i * (old - 1) / (new - 1) for i in range(new - 1)]
        return [x[int(p)] * (1 - p % 1) + x[int(p) + 1] * (p % 1) for p in places] + [x[-1]]
    out = []
    for i in range(new):
        low, high = i * old / new, (i + 1) * old / new
        parts = [max(0.0, min(high, k + 1) - max(low, k)) for k in range(old)]
        out.append(sum(p * v for p, v in zip(parts, x, strict=True)) / sum(parts))
    return out


@pytest.mark.parametrize("size", [(3, 4), (12, 16), (6, 5), (9, 3), (1, 1)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_bilinear_scaling(lua: Any, size: tuple[int, int]) -> None:
    height, width = size
    across = np.apply_along_axis(linear_line, 2, PICTURE, width) if width != 8 else PICTURE
    wanted = np.apply_along_axis(linear_line, 1, across, height) if height != 6 else across
    assert np.abs(call(lua, f"image.scale(x, {width}, {height})", PICTURE) - wanted).max() < 1e-6


def test_bytes_are_rounded_after_each_pass(lua: Any) -> None:
    found = call(lua, "image.scale(x, 4, 3)", BYTES)
    across = np.floor(BYTES.reshape(3, 6, 4, 2).mean(3) + 0.5)
    assert (found == np.floor(across.reshape(3, 3, 2, 4).mean(2) + 0.5)).all()
    assert found.dtype == np.uint8


def test_bicubic_keeps_straight_lines(lua: Any) -> None:
    ramp = np.add.outer(np.arange(5.0) * 2, np.arange(7.0))
    found = call(lua, "image.scale(x, 13, 9, 'bicubic')", ramp)
    assert np.abs(found - np.add.outer(np.arange(9) * 1.0, np.arange(13) * 0.5)).max() < 1e-6


def test_calling_forms_of_scale(lua: Any) -> None:
    wanted = call(lua, "image.scale(x, 4, 3)", PICTURE)
    for form in (
        "image.scale(torch.DoubleTensor(3, 3, 4), x)",
        "image.scale(x, '4x3')",
        "image.scale(x, 4)",
        "image.scale(x, '^3', 'bilinear')",
        "image.scale(x, '*1/2')",
        "image.scale(x, '*0.5')",
        "image.scale(torch.DoubleTensor(), x, 4, 3)",
    ):
        assert (call(lua, form, PICTURE) == wanted).all(), form
    assert lua.execute("local d = torch.DoubleTensor(3, 3, 4); return image.scale(d, torch.rand(3, 6, 8)) == d")
    assert call(lua, "image.scale(torch.FloatTensor(3, 3, 4), x, 'simple')", PICTURE).dtype == np.float32


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ("image.crop(x, 1, 2, 5, 6)", (slice(2, 6), slice(1, 5))),
        ("image.crop(torch.DoubleTensor(3, 2, 3), x, 1, 2)", (slice(2, 4), slice(1, 4))),
        ("image.crop(x, 'c', 4, 2)", (slice(2, 4), slice(2, 6))),
        ("image.crop(x, 'br', 3, 2)", (slice(4, 6), slice(5, 8))),
    ],
)
def test_crop(lua: Any, form: str, part: Any) -> None:
    assert (call(lua, form, PICTURE) == PICTURE[(slice(None), *part)]).all()


def test_flips_and_translation(lua: Any) -> None:
    assert (call(lua, "image.hflip(x)", PICTURE) == PICTURE[:, :, ::-1]).all()
    assert (call(lua, "image.vflip(x)", PICTURE[0]) == PICTURE[0, ::-1]).all()
    assert (call(lua, "image.flip(x, 1)", PICTURE) == PICTURE[::-1]).all()
    moved = call(lua, "image.translate(x, 20, 0)", PICTURE)
    assert moved.shape == PICTURE.shape
    assert (moved == 0).all()
    assert (call(lua, "image.translate(x, -2, 1)", PICTURE)[:, 1:, :-2] == PICTURE[:, :-1, 2:]).all()
    assert call(lua, "image.hflip(x)", BYTES).dtype == np.uint8


@pytest.mark.parametrize("mode", ["simple", "bilinear"])
def test_a_quarter_turn(lua: Any, mode: str) -> None:
    square = PICTURE[:, :, :6]
    found = call(lua, f"image.rotate(x, math.pi / 2, '{mode}')", square)
    assert np.abs(found - np.rot90(square, 1, (1, 2))).max() < 1e-6


@pytest.mark.parametrize("mode", ["simple", "bilinear", "bicubic", "lanczos"])
def test_warps_by_whole_pixels(lua: Any, mode: str) -> None:
    field = np.zeros((2, 6, 8))
    field[0], field[1] = 1, -2
    found = call(lua, f"image.warp(x, y, '{mode}')", PICTURE, field)
    rows, cols = np.clip(np.arange(6) + 1, 0, 5), np.clip(np.arange(8) - 2, 0, 7)
    assert np.abs(found - PICTURE[:, rows[:, None], cols]).max() < 1e-6
    padded = call(lua, f"image.warp(x, y, '{mode}', true, 'pad', 0.5)", PICTURE, field)
    assert (padded[:, 5] == 0.5).all()
    assert (padded[:, :, :2] == 0.5).all()
    absolute = field + np.mgrid[0:6, 0:8]
    assert np.abs(call(lua, f"image.warp(x, y, '{mode}', false)", PICTURE, absolute) - found).max() < 1e-6


def test_an_affine_transform_by_the_identity(lua: Any) -> None:
    assert np.abs(call(lua, "image.affinetransform(x, torch.eye(2))", PICTURE) - PICTURE).max() < 1e-6
    turn = "torch.DoubleTensor{{0, 1}, {-1, 0}}"
    square = PICTURE[:, :, :6]
    assert np.abs(call(lua, f"image.affinetransform(x, {turn})", square) - np.rot90(square, 1, (1, 2))).max() < 1e-6


@pytest.mark.parametrize("full", [False, True], ids=["valid", "full"])
@pytest.mark.parametrize("name", ["polar", "logpolar"])
def test_polar_pictures(lua: Any, name: str, full: bool) -> None:
    mode = "full" if full else "valid"
    found = call(lua, f"image.{name}(x, 'simple', '{mode}')", PICTURE)
    longest = math.hypot(3, 4) if full else 3
    wanted = np.zeros((3, 8, 8))
    for j in range(8):
        for i in range(8):
            radius = longest * i / 8 if name == "polar" else math.exp(i / 8 * math.log(longest))
            angle = 2 * math.pi * j / 8
            row, col = math.floor(radius * math.cos(angle) + 3), math.floor(-radius * math.sin(angle) + 4)
            if 0 <= row < 6 and 0 <= col < 8:
                wanted[:, j, i] = PICTURE[:, row, col]
    assert (found == wanted).all()


# ----------------------------------------------------------------------------------------------- colours, filters


def test_colour_spaces_of_a_result_and_of_bytes(lua: Any) -> None:
    grey = np.tensordot([0.299, 0.587, 0.114], BYTES, 1)
    assert np.abs(call(lua, "image.rgb2y(x)", BYTES)[0] - np.floor(grey + 0.5)).max() == 0
    assert lua.execute("local d = torch.DoubleTensor(); return image.rgb2hsv(d, torch.rand(3, 2, 2)) == d")
    with pytest.raises(LuaError, match=r"image.rgb2lab: the picture has sizes 2x6x8, \(3, H, W\) is needed"):
        call(lua, "image.rgb2lab(x)", PICTURE[:2])


@pytest.mark.parametrize("space", ["yuv", "hsl", "hsv", "lab"])
def test_colours_there_and_back(lua: Any, space: str) -> None:
    assert np.abs(call(lua, f"image.{space}2rgb(image.rgb2{space}(x))", PICTURE) - PICTURE).max() < 1e-4


def test_maps(lua: Any) -> None:
    colors = call(lua, "image.colormap(20)")
    assert len({tuple(c) for c in colors.round(3).tolist()}) == 20
    assert colors[0].tolist() == pytest.approx([0.65, 0.35, 0.35])
    assert (call(lua, "image.y2jet(x)", np.array([[1.0, 4.0]]))[:, 0, 1] == call(lua, "image.jetColormap(4)")[3]).all()


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("", (PICTURE - PICTURE.min()) / np.ptp(PICTURE)),
        (", min = 0.2, max = 0.7, saturate = true", np.clip((PICTURE - 0.2) / 0.5, 0, 1)),
        (", symm = true", (PICTURE + PICTURE.max()) / (2 * PICTURE.max())),
    ],
    ids=["plain", "limits", "symmetric"],
)
def test_minmax(lua: Any, options: str, wanted: Any) -> None:
    assert np.abs(call(lua, f"image.minmax{{tensor = x{options}}}", PICTURE) - wanted).max() < 1e-12
    assert lua.execute("local x = torch.rand(3); return image.minmax{tensor = x, inplace = true} == x")


def test_bells_with_all_arguments(lua: Any) -> None:
    named = call(lua, "image.gaussian{width = 4, height = 3, sigma_horz = 0.5, sigma_vert = 0.2, mean_horz = 0.3}")
    rows, cols = np.arange(1, 4)[:, None], np.arange(1, 5)
    wanted = np.exp(-(((cols - 1.7) / 2) ** 2 + ((rows - 2) / 0.6) ** 2) / 2)
    assert np.abs(named - wanted).max() < 1e-12
    assert (
        call(lua, "image.gaussian(5, 0.3, 2, true)") == call(lua, "image.gaussian{size=5,sigma=0.3,normalize=true}")
    ).all()
    filled = lua.execute("local t = torch.FloatTensor(3, 4); return image.gaussian{tensor = t} == t and t[2][2] > 0.5")
    assert filled is True
    line = call(lua, "image.gaussian1D{size = 4, sigma = 0.5, mean = 0.3, amplitude = 3}")
    assert np.abs(line - 3 * np.exp(-(((cols - 1.7) / 2) ** 2) / 2)).max() < 1e-12


def test_convolutions_of_planes_by_their_own_kernels(lua: Any) -> None:
    kernels = RANDOM.rand(3, 3, 3)
    found = call(lua, "image.convolve(x, y)", PICTURE, kernels)
    wanted = sum(
        kernels[:, i, j, None, None] * PICTURE[:, 2 - i : 6 - i, 2 - j : 8 - j] for i in range(3) for j in range(3)
    )
    assert np.abs(found - wanted).max() < 1e-12
    same = call(lua, "image.convolve(torch.DoubleTensor(), x, y, 'same')", PICTURE, kernels)
    assert np.abs(same[:, 1:-1, 1:-1] - wanted).max() < 1e-12


def test_erosion_and_dilation_are_each_others_complement(lua: Any) -> None:
    binary = (PICTURE[0] > 0.4).astype(np.float64)
    cross = np.array([[0.0, 1, 0], [1, 1, 1], [0, 1, 0]])
    eroded, grown = (call(lua, f"image.{f}(x, y)", binary, cross) for f in ("erode", "dilate"))
    assert (eroded == 1 - call(lua, "image.dilate(x, y)", 1 - binary, cross)).all()
    assert (eroded <= binary).all()
    assert (binary <= grown).all()
    assert eroded.sum() < grown.sum()


# ------------------------------------------------------------------------------------------------ drawing, display


def test_wide_lines_and_large_letters(lua: Any) -> None:
    drawn = call(
        lua, "image.drawRect(x, 3, 3, 6, 6, {lineWidth = 3, color = {0, 0, 255}})", np.zeros((3, 9, 9), np.uint8)
    )
    assert drawn[2].astype(int).tolist() == [
        [0] * 9,
        *[[0] + [255] * 6 + [0] * 2] * 3,
        *[[0] + [255] * 6 + [0] * 2] * 3,
        *[[0] * 9] * 2,
    ]
    small = call(lua, "image.drawText(x, 'g', 0, 0)", np.zeros((3, 8, 6)))
    large = call(lua, "image.drawText(x, 'g', 0, 0, {size = 2, color = {255, 0, 0}})", np.zeros((3, 16, 12)))
    assert (large == small.repeat(2, 1).repeat(2, 2)).all()
    behind = call(lua, "image.drawText(x, ' ', 0, 0, {bg = {0, 255, 0}})", np.zeros((3, 8, 6)))
    assert behind.sum((1, 2)).tolist() == [0, 48, 0]
    wrapped = call(lua, "image.drawText(x, 'HH', 0, 0)", np.zeros((3, 16, 7)))
    assert (wrapped[:, 8:] == wrapped[:, :8]).all()


def test_grids(lua: Any) -> None:
    stack = RANDOM.rand(5, 2, 3)
    found = call(lua, "image.toDisplayTensor{input = x, nrow = 3, padding = 1}", stack)
    assert found.shape == (6, 12)
    scaled = (stack - stack.min()) / np.ptp(stack)
    assert np.abs(found[3:5, 4:7] - scaled[4]).max() < 1e-12
    assert (found[:, 3] == 1).all()
    each = call(lua, "image.toDisplayTensor{input = {x, y}, scaleeach = true}", PICTURE, PICTURE * 3)
    assert np.abs(each[:, :, :8] - each[:, :, 8:]).max() < 1e-12


def test_display_without_a_screen(lua: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shown = lua.execute(
        "local p; local old = print; print = function(t) p = t end; "
        "local r = image.display{image = torch.rand(3, 4, 5), zoom = 2}; print = old; return p, r.filename"
    )
    assert shown[0] == f"image.display: {shown[1]}"
    assert pictures.decode(Path(shown[1]).read_bytes(), "it").shape == (3, 8, 10)


def test_the_packages_own_test(lua: Any, capfd: pytest.CaptureFixture[str]) -> None:
    lua.execute("image.test()")
    lua.flush()
    assert "4 tests" in capfd.readouterr().out


# ----------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("ending", ["png", "ppm"])
def test_what_is_saved_is_loaded(lua: Any, tmp_path: Path, ending: str) -> None:
    path = str(tmp_path / f"a.{ending}")
    lua.execute("image.save(...)", path, Tensor.from_array(BYTES))
    assert (call(lua, "image.load(x, 3, 'byte')", path) == BYTES).all()
    assert np.abs(call(lua, "image.load(x, 3, 'float')", path) - BYTES / 255).max() < 1e-6
    assert lua.execute("return image.getSize(...):totable()", path)[2] == 6
    assert [p.name for p in tmp_path.iterdir()] == [f"a.{ending}"]


@pytest.mark.parametrize("planes", [1, 2, 3, 4])
def test_planes_of_pngs(lua: Any, tmp_path: Path, planes: int) -> None:
    path = tmp_path / "a.png"
    x = RANDOM.randint(0, 256, (planes, 5, 4)).astype(np.uint8)
    path.write_bytes(pictures.encode(x, "PNG"))
    assert (call(lua, "image.load(x, nil, 'byte')", str(path)) == x).all()
    three = x[[0, 0, 0]] if planes < 3 else x[:3]
    assert (call(lua, "image.load(x, 3, 'byte')", str(path)) == three).all()
    grey = x[:1] if planes < 3 else np.floor(np.tensordot([0.299, 0.587, 0.114], x[:3], 1) + 0.5)
    assert (call(lua, "image.load(x, 1, 'byte')", str(path)) == grey).all()


def test_jpegs_in_memory_are_those_in_files(lua: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "a.jpg")
    x = np.floor(call(lua, "image.lena()") * 255).astype(np.uint8)[:, ::8, ::8].copy()
    lua.execute("image.saveJPG(...)", path, Tensor.from_array(x), 60)
    packed = call(lua, "image.compressJPG(x, 60)", x)
    assert packed.tobytes() == Path(path).read_bytes()
    assert (call(lua, "image.decompressJPG(x, 3, 'byte')", packed) == call(lua, "image.load(x, 3, 'byte')", path)).all()
    assert packed.size < call(lua, "image.compressJPG(x, 95)", x).size
    assert (call(lua, "image.decompress(image.compressPNG(x), 3, 'byte')", x) == x).all()


def test_what_is_no_picture_is_named(lua: Any, tmp_path: Path) -> None:
    wrong = tmp_path / "a.png"
    wrong.write_bytes(pictures.encode(BYTES, "JPEG"))
    with pytest.raises(LuaError, match=r"a\.png: is a JPEG picture; a PNG picture was expected"):
        call(lua, "image.load(x)", str(wrong))
    assert call(lua, "image.loadJPG(x)", str(wrong)).shape == (3, 6, 8)
    wrong.write_bytes(pictures.encode(BYTES, "PNG")[:60])
    with pytest.raises(LuaError, match=r"a\.png: a PNG picture that cannot be read"):
        call(lua, "image.load(x)", str(wrong))
    for data, told in ((b"", "has no bytes"), (b"hello there", "is no picture"), (b"<html>", "is an HTML or XML file")):
        wrong.write_bytes(data)
        with pytest.raises(LuaError, match=told):
            call(lua, "image.load(x)", str(wrong))
    with pytest.raises(LuaError, match=r"none\.png: No such file or directory"):
        call(lua, "image.load(x)", str(tmp_path / "none.png"))
    with pytest.raises(LuaError, match=r"a torch.ByteTensor of a picture's bytes is needed, got a torch.DoubleTensor"):
        call(lua, "image.decompressJPG(x)", PICTURE)
    with pytest.raises(LuaError, match="the ending of the name says no format"):
        lua.execute("image.save(...)", str(tmp_path / "a.xyz"), Tensor.from_array(BYTES))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("image.scale(x)", "needs width and height, a size, or a dst"),
        ("image.scale(x, 0, 4)", "would have sizes 4x0"),
        ("image.scale(x, 4, 4, 'cubic')", "mode is 'cubic', allowed are bicubic, bilinear, simple"),
        ("image.scale(x, '3y')", "size is '3y', allowed are"),
        ("image.scale('x', 3)", "the first argument is 'x', a tensor is needed"),
        ("image.crop(x, 'mid', 2, 2)", "format is 'mid', allowed are c, tl, tr, bl, br"),
        ("image.crop(x, 1, 1, 9, 2)", "do not lie within a picture of 8 columns and 6 rows"),
        ("image.rotate(x)", "theta is nil, a number is needed"),
        ("image.warp(x, x)", r"field has sizes 3x6x8, \(2, H, W\) is needed"),
        ("image.flip(x, 4)", "dimension 4 is out of range, src has 3"),
        ("image.convolve(x, torch.ones(9, 9))", "the kernel, 9x9, is larger than src, 3x6x8"),
        ("image.erode(x[1], torch.ones(2, 2))", "kern has sizes 2x2, two odd ones are needed"),
        ("image.drawRect(x, 5, 5, 2, 2)", "the second corner must lie right of"),
        ("image.drawText(x, 'a', 1, 1, {color = 3})", "color is number, a table"),
        ("image.load('a.png', 3, 'int9')", "tensortype is 'int9'"),
        ("image.window()", "image.display"),
    ],
)
def test_bad_arguments(lua: Any, code: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        call(lua, code, PICTURE)


def test_requiring_image_sets_the_global_that_scripts_use() -> None:
    assert Runtime().execute("local given = require 'image'; return image ~= nil and rawequal(given, image)") is True
