"""Torch7's ``image`` on tensors: pictures of (H, W) or (planes, H, W), values from 0 to 1."""

from __future__ import annotations

import math
from typing import Any

import pytorch_from_lua as torch
from lua_compat.bridge import image as core
from pytorch_from_lua.tensor import Tensor


def _rest(args: tuple[Any, ...]) -> tuple[Tensor | None, Tensor, tuple[Any, ...]]:
    """The result, where one is given first; the picture; the other arguments."""
    if len(args) > 1 and isinstance(args[1], Tensor):
        return args[0], args[1], args[2:]
    return None, args[0], args[1:]


def load(path: str, planes: Any = None, kind: str = "") -> Tensor:
    """A picture of a file.

    Args:
        path: the file.
        planes: 1 or 3; as many as the file has where None.
        kind: "float", "double" or "byte"; the default type where empty.

    Raises:
        ValueError: for another number of planes.
    """
    dtype = torch.uint8 if kind == "byte" else torch.float64 if kind == "double" else torch.get_default_dtype()
    x = core.load(path, None, dtype)
    have = x.size(0)
    if planes is None or planes == have:
        return x
    if planes not in (1, 3):
        raise ValueError(f"planes: needs to be 1 or 3, got {planes}")
    if planes == 1:  # of a coloured picture it has two dimensions, as in Torch7
        return x[:1] if have == 2 else rgb2y(x[:3].contiguous())[0]
    return x[:3] if have == 4 else x[:1].repeat(3, 1, 1)


def save(path: str, picture: Tensor) -> None:
    """Writes a picture; the name's ending says how."""
    core.save(path, picture, None, 75)


def scale(*args: Any) -> Tensor:
    """``image.scale([dst,] src, width, height [, mode])``, or a size such as ``"64x48"`` or ``"^256"``."""
    dst, src, rest = _rest(args)
    height, width = src.shape[-2:]
    if not rest and dst is not None:
        height, width = dst.shape[-2:]
        mode = "bilinear"
    elif len(rest) > 1 and isinstance(rest[1], (int, float)):
        width, height = int(rest[0]), int(rest[1])
        mode = rest[2] if len(rest) > 2 else "bilinear"
    else:
        height, width = _parsed(str(rest[0]), height, width)
        mode = rest[1] if len(rest) > 1 else "bilinear"
    made = core.scale(dst, src, height, width, mode)
    return dst if made is None and dst is not None else made


def _parsed(text: str, height: int, width: int) -> tuple[int, int]:
    if "x" in text:
        w, h = text.split("x")
        return int(h), int(w)
    shorter = text.startswith("^")
    side = float(text.lstrip("^"))
    factor = side / (min if shorter else max)(height, width)
    return max(math.floor(height * factor + 1e-9), 1), max(math.floor(width * factor + 1e-9), 1)


def crop(*args: Any) -> Tensor:
    """``image.crop([dst,] src, x1, y1, x2, y2)``, or a place ("c", "tl", ...) with a width and a height."""
    dst, src, rest = _rest(args)
    if isinstance(rest[0], str):
        width, height = int(rest[1]), int(rest[2])
        rows, columns = src.shape[-2] - height, src.shape[-1] - width
        places = {
            "c": (columns // 2, rows // 2),
            "tl": (0, 0),
            "tr": (columns, 0),
            "bl": (0, rows),
            "br": (columns, rows),
        }
        left, top = places[rest[0]]
        rest = (left, top, left + width, top + height)
    made = core.crop(dst, src, *rest)
    return dst if made is None and dst is not None else made


def hflip(*args: Any) -> Tensor:
    """Left and right exchanged."""
    dst, src, _ = _rest(args)
    return _given(dst, src.flip(-1))


def vflip(*args: Any) -> Tensor:
    """Top and bottom exchanged."""
    dst, src, _ = _rest(args)
    return _given(dst, src.flip(-2))


def _given(dst: Tensor | None, made: Tensor) -> Tensor:
    return made if dst is None else dst.copy_(made)


def rotate(*args: Any) -> Tensor:
    """Turned by an angle in radians."""
    dst, src, rest = _rest(args)
    return core.rotate(dst, src, rest[0], rest[1] if len(rest) > 1 else "simple") or dst  # type: ignore[return-value]


def translate(*args: Any) -> Tensor:
    """Moved to the right and down."""
    dst, src, rest = _rest(args)
    return core.translate(dst, src, *rest) or dst  # type: ignore[return-value]


def minmax(args: Any) -> Tensor:
    """Values spread from 0 to 1: ``image.minmax{tensor = x, min =, max =, symm =, inplace =}``."""
    x = args["tensor"] if args["inplace"] else args["tensor"].clone()
    low = x.min().item() if args["min"] is None else args["min"]
    high = x.max().item() if args["max"] is None else args["max"]
    if args["symm"]:
        high = max(abs(low), abs(high))
        low = -high
    x.add_(-low)
    if high != low:
        x.div_(high - low)
    return x.clamp_(0, 1) if args["saturate"] is not False else x


def toDisplayTensor(args: Any) -> Tensor:
    """Pictures in rows, white between: ``image.toDisplayTensor{input =, padding =, nrow =, min =, max =}``."""
    from lua_compat.translate.runtime.tables import Table

    if isinstance(args, Tensor):
        args = Table(input=args)
    x = args["input"]
    if isinstance(x, (list, tuple)):
        x = torch.stack(list(x))
    x = x.clone() if x.dtype.is_floating_point else x.double()
    if x.dim() == 4 and x.size(1) == 1:
        x = x[:, 0]
    elif x.dim() == 4 and x.size(1) != 3:
        x = x.reshape(x.size(0) * x.size(1), x.size(2), x.size(3))
    spread = Table(args, tensor=x, inplace=True)
    if x.dim() < 3 or (x.dim() == 3 and x.size(0) in (1, 3)):
        return minmax(spread)
    if args["scaleeach"]:
        for one in x:
            minmax(Table(args, tensor=one, inplace=True))
    else:
        minmax(spread)
    return _grid(x, int(args["padding"] or 0), int(args["nrow"] or 6))


def _grid(x: Tensor, padding: int, wanted: int) -> Tensor:
    count = x.size(0)
    columns = min(wanted, count)
    h, w = x.size(-2) + padding, x.size(-1) + padding
    rows = -(-count // columns)
    shape = (x.size(1), rows * h, columns * w) if x.dim() == 4 else (rows * h, columns * w)
    out = torch.ones(shape, dtype=x.dtype)
    for i in range(count):
        row, column = divmod(i, columns)
        out[..., row * h : row * h + h - padding, column * w : column * w + w - padding] = x[i]
    return out


def display(args: Any) -> None:
    """Shows a picture where there is a screen or a notebook, else saves it."""
    core.show(toDisplayTensor(args if isinstance(args, Tensor) else args["image"]), "")


def rgb2y(*args: Any) -> Tensor:
    """The brightness of a picture of three planes."""
    dst, src, _ = _rest(args)
    return core.convert(dst, src, "rgb2y") or dst  # type: ignore[return-value]


def rgb2yuv(*args: Any) -> Tensor:
    """From red, green and blue to brightness and two differences of colors."""
    dst, src, _ = _rest(args)
    return core.convert(dst, src, "rgb2yuv") or dst  # type: ignore[return-value]


def yuv2rgb(*args: Any) -> Tensor:
    """Back from `rgb2yuv`."""
    dst, src, _ = _rest(args)
    return core.convert(dst, src, "yuv2rgb") or dst  # type: ignore[return-value]
