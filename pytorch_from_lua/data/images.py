"""Pictures read, written and put side by side. A picture is a tensor (planes, H, W)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pytorch_from_lua import pictures
from pytorch_from_lua.errors import RangeError, SerializationError, ShapeError
from pytorch_from_lua.kernels.image_color import convert
from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.serialization import replaced
from pytorch_from_lua.tensor import Tensor

_MODES = ("UNCHANGED", "GRAY", "RGB")


def read_image(path: str | os.PathLike[str], mode: str = "UNCHANGED") -> Tensor:
    """Return the picture in a PNG, JPEG, PPM or PGM file as uint8 (planes, H, W).

    Args:
        path: the file; where its name ends in .png or the like it has to be one.
        mode: ``UNCHANGED`` for the planes of the file: grey, grey and alpha, RGB, or RGB and alpha; ``GRAY`` for one
            plane, ``0.299 R + 0.587 G + 0.114 B`` where it has colours; ``RGB`` for three, without alpha.

    Raises:
        SerializationError: where it is no such picture; the message says what it is.
        OSError: where the file cannot be read.
    """
    if mode not in _MODES:
        raise RangeError(f"mode: needs one of {', '.join(_MODES)}, got {mode!r}")
    name = os.fspath(path)
    pixels = pictures.decode(Path(path).read_bytes(), name, pictures.kind_of_name(name))
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if mode == "RGB" and pixels.shape[0] != 3:
        pixels = pixels[:3] if pixels.shape[0] == 4 else pixels[:1].repeat(3, 0)
    elif mode == "GRAY" and pixels.shape[0] != 1:
        pixels = pixels[:1] if pixels.shape[0] == 2 else convert(pixels[:3], "rgb2y")
    return Tensor.from_array(np.ascontiguousarray(pixels))


def write_image(path: str | os.PathLike[str], image: Tensor, quality: int = 75) -> None:
    """Write a picture (H, W) or (planes, H, W) to a file whose name ends in .png, .jpg, .ppm or .pgm.

    Args:
        path: the file, which is written beside and then put into its place.
        image: uint8, or floating numbers from 0 to 1, which are rounded to 255ths; what lies outside is limited.
        quality: of a JPEG, 0 to 100.

    Raises:
        SerializationError: where the name ends otherwise.
        ShapeError: for sizes that such a picture cannot have.
    """
    kind = pictures.kind_of_name(path)
    if kind is None:
        endings = ", ".join(f".{suffix}" for suffix in pictures.SUFFIXES)
        raise SerializationError(f"path: the name has to end in one of {endings}, got {os.fspath(path)!r}")
    data = pictures.encode(as_bytes(image), kind, quality)
    with replaced(Path(path)) as file:
        file.write(data)


def as_bytes(image: Tensor) -> Array:
    """Return a picture as uint8: floating numbers from 0 to 1 rounded to 255ths, whole ones limited to 0..255."""
    array = image.detach().array
    if array.dtype.kind == "f":
        array = np.floor(np.clip(array.astype(np.float64), 0, 1) * 255 + 0.5)
    return np.clip(array, 0, 255).astype(np.uint8)


def make_grid(
    images: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Return pictures side by side as one, (3, rows * (H + padding) + padding, columns * (W + padding) + padding).

    Args:
        images: (N, planes, H, W), or pictures (planes, H, W) of one shape; one plane stands for three equal ones.
        nrow: how many stand in a row.
        padding: how many pixels lie around each.
        normalize: ``(x - low) / (high - low)``, limited to 0 and 1.
        value_range: low and high; the smallest and the largest value where None.
        scale_each: these of each picture by itself.
        pad_value: what lies between.

    Raises:
        ShapeError: where the pictures do not have one shape (1 or 3, H, W).
    """
    given = [images] if isinstance(images, Tensor) and images.ndim == 3 else images
    arrays = [x.detach().array for x in given]
    if not arrays or any(a.shape != arrays[0].shape or a.ndim != 3 or a.shape[0] not in (1, 3) for a in arrays):
        shapes = sorted({a.shape for a in arrays})
        raise ShapeError(f"images: need one shape (1 or 3, H, W), got {', '.join(map(str, shapes)) or 'no picture'}")
    stack = np.stack(arrays)
    if normalize:
        stack = stack.astype(stack.dtype if stack.dtype.kind == "f" else np.float32)
        parts = stack if scale_each else [stack]
        for part in parts:
            low, high = value_range if value_range is not None else (part.min(), part.max())
            part[...] = np.clip((part - low) / max(high - low, 1e-5), 0, 1)
    count, (height, width) = len(stack), stack.shape[2:]
    columns = min(nrow, count)
    rows = -(-count // columns)
    down, right = height + padding, width + padding
    grid = np.full((3, rows * down + padding, columns * right + padding), pad_value, stack.dtype)
    for i, picture in enumerate(stack):
        top, left = i // columns * down + padding, i % columns * right + padding
        grid[:, top : top + height, left : left + width] = picture
    return Tensor.from_array(grid)
