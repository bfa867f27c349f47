"""What Lua's ``image`` needs from Python: ``require '_image'``.

A function takes the result first, None where Lua has none; then it makes one and returns it. Pictures are (H, W) or
(planes, H, W); kernels see three dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import deliver, dims, sizes
from lua_compat.errors import FileError
from pytorch_from_lua import pictures
from pytorch_from_lua.errors import DTypeError, RangeError, SerializationError, ShapeError
from pytorch_from_lua.kernels import image, image_color, image_drawing, image_filters
from pytorch_from_lua.serialization import replaced
from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor import dtype as dtypes

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def _exported(function: Callable[..., Any]) -> Callable[..., Any]:
    FUNCTIONS[function.__name__] = function
    return function


def _planes(x: Tensor, name: str) -> Any:
    """The elements of a picture in three dimensions."""
    if dims(x) not in (2, 3):
        raise ShapeError(f"image.{name}: src has sizes {sizes(x._shape)}, (H, W) or (planes, H, W) is needed")
    array = x.array
    return array if array.ndim == 3 else array[None]


def _given(res: Tensor | None, found: Any, like: Tensor) -> Tensor | None:
    """Delivers planes in as many dimensions as the source has, in the result's type where there is one."""
    if like.ndim == 2:
        found = found[0]
    return deliver(res, found if res is None else found.astype(res.dtype.numpy, copy=False))


def _mode(mode: str, allowed: Any, name: str) -> str:
    if mode not in allowed:
        raise RangeError(f"image.{name}: mode is '{mode}', allowed are {', '.join(sorted(allowed))}")
    return mode


def _whole_size(name: str, height: float, width: float) -> tuple[int, int]:
    if height < 1 or width < 1:
        raise RangeError(f"image.{name}: the result would have sizes {int(height)}x{int(width)}")
    return int(height), int(width)


# ----------------------------------------------------------------------------------------------------- geometry


@_exported
def scale(res: Tensor | None, src: Tensor, height: float, width: float, mode: str) -> Tensor | None:
    """``image.scale``."""
    size = _whole_size("scale", height, width)
    found = image.scale(_planes(src, "scale"), *size, _mode(mode, image.SCALE_MODES, "scale"))
    return _given(res, found, src)


@_exported
def crop(res: Tensor | None, src: Tensor, left: float, top: float, right: float, bottom: float) -> Tensor | None:
    """``image.crop``: columns from ``left`` (from 0) to before ``right``, rows from ``top`` to before ``bottom``."""
    x = _planes(src, "crop")
    height, width = x.shape[1:]
    left, top, right, bottom = (int(v) for v in (left, top, right, bottom))
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise RangeError(
            f"image.crop: columns {left} to {right} and rows {top} to {bottom} do not lie within a picture of "
            f"{width} columns and {height} rows"
        )
    return _given(res, x[:, top:bottom, left:right].copy(), src)


@_exported
def translate(res: Tensor | None, src: Tensor, right: float, down: float) -> Tensor | None:
    """``image.translate``."""
    x = _planes(src, "translate")
    shape = x.shape if res is None or res.ndim < 2 else (x.shape[0], *res._shape[-2:])
    return _given(res, image.translate(x, int(right), int(down), np.empty(shape, x.dtype)), src)


@_exported
def flip(res: Tensor | None, src: Tensor, dim: float) -> Tensor | None:
    """``image.flip``: the dimension counts from 0."""
    if not 0 <= dim < dims(src):
        raise RangeError(f"image.flip: dimension {int(dim) + 1} is out of range, src has {dims(src)}")
    return deliver(res, np.flip(src.array, int(dim)).copy())


@_exported
def rotate(res: Tensor | None, src: Tensor, theta: float, mode: str) -> Tensor | None:
    """``image.rotate``."""
    x = _planes(src, "rotate")
    shape = x.shape if res is None or res.ndim < 2 else res._shape
    _mode(mode, ("simple", "bilinear"), "rotate")
    return _given(res, image.rotate(x, theta, mode, shape[-2], shape[-1]), src)


@_exported
def polar(res: Tensor | None, src: Tensor, mode: str, full: bool, logarithmic: bool) -> Tensor | None:
    """``image.polar`` and ``image.logpolar``."""
    name = "logpolar" if logarithmic else "polar"
    x = _planes(src, name)
    side = max(x.shape[1:])
    height, width = (side, side) if res is None or res.ndim < 2 or 0 in res._shape else res._shape[-2:]
    _mode(mode, ("simple", "bilinear"), name)
    return _given(res, image.polar(x, height, width, mode, full, logarithmic), src)


@_exported
def warp(
    res: Tensor | None, src: Tensor, field: Tensor, mode: str, offset: bool, clamp_mode: str, pad: float
) -> Tensor | None:
    """``image.warp``."""
    x = _planes(src, "warp")
    if dims(field) != 3 or field._shape[0] != 2:
        raise ShapeError(f"image.warp: field has sizes {sizes(field._shape)}, (2, H, W) is needed: y, then x")
    _mode(mode, image.WARP_MODES, "warp")
    if clamp_mode not in ("clamp", "pad"):
        raise RangeError(f"image.warp: clamp_mode is '{clamp_mode}', allowed are clamp, pad")
    return _given(res, image.warp(x, field.array, mode, offset, clamp_mode == "pad", pad), src)


@_exported
def affine_field(matrix: Tensor, down: float, right: float, height: float, width: float) -> Tensor | None:
    """The field with which ``image.affinetransform`` warps."""
    if matrix._shape != (2, 2):
        raise ShapeError(f"image.affinetransform: matrix has sizes {sizes(matrix._shape)}, 2x2 is needed")
    found = image.affine_field(matrix.array.astype(np.float64), np.array([down, right]), int(height), int(width))
    return deliver(None, found)


# -------------------------------------------------------------------------------------------------------- colours


@_exported
def convert(res: Tensor | None, src: Tensor, name: str) -> Tensor | None:
    """The conversions between colour spaces, by their names."""
    if dims(src) != 3 or src._shape[0] != 3:
        raise ShapeError(f"image.{name}: the picture has sizes {sizes(src._shape)}, (3, H, W) is needed")
    return deliver(res, image_color.convert(src.array, name))


@_exported
def jet_colors(count: float) -> Tensor | None:
    """``image.jetColormap``."""
    return deliver(None, image_color.jet_colors(int(count)))


@_exported
def wheel_colors(count: float) -> Tensor | None:
    """``image.colormap``."""
    return deliver(None, image_color.wheel_colors(int(count)))


@_exported
def colored(src: Tensor, colors: Tensor) -> Tensor | None:
    """Of a picture of whole numbers from 1 the one of their colours, (3, H, W)."""
    x = _planes(src, "y2jet")[0]
    index = np.floor(x + 0.5).astype(np.int64) - 1
    if index.size and (index.min() < 0 or index.max() >= colors._shape[0]):
        raise RangeError(f"image.y2jet: values go from {x.min():g} to {x.max():g}, needed are 1 to {colors._shape[0]}")
    return deliver(None, colors.array[index].transpose(2, 0, 1).astype(x.dtype, copy=False))


# -------------------------------------------------------------------------------------------------------- filters


@_exported
def bell(
    res: Tensor | None, kind: str, amplitude: float, normalize: bool, height: float, width: float,
    sigma_down: float, sigma_right: float, mean_down: float, mean_right: float,
) -> Tensor | None:  # fmt: skip
    """``image.gaussian``, ``image.gaussian1D`` (of which only the width counts) and ``image.laplacian``."""
    size = _whole_size(kind, height, width)
    if kind == "gaussian1D":
        found = image_filters.gaussian_1d(size[1], sigma_right, mean_right)
    else:
        made = image_filters.gaussian if kind == "gaussian" else image_filters.laplacian
        found = made(size, (sigma_down, sigma_right), (mean_down, mean_right))
    found = amplitude * found
    return deliver(res, found / found.sum() if normalize else found)


@_exported
def convolve(res: Tensor | None, src: Tensor, kernel: Tensor, mode: str) -> Tensor | None:
    """``image.convolve``."""
    x = _planes(src, "convolve")
    _mode(mode, ("valid", "full", "same"), "convolve")
    shape = kernel._shape
    if dims(kernel) not in (2, 3) or (dims(kernel) == 3 and shape[0] != x.shape[0]):
        raise ShapeError(
            f"image.convolve: kernel has sizes {sizes(shape)}, (H, W) or ({x.shape[0]}, H, W) is needed for a src of "
            f"{sizes(src._shape)}"
        )
    if mode == "valid" and (shape[-2] > x.shape[1] or shape[-1] > x.shape[2]):
        raise ShapeError(f"image.convolve: the kernel, {sizes(shape)}, is larger than src, {sizes(src._shape)}")
    found = image_filters.convolve(image.working(x), kernel.array.astype(image.working(x).dtype), mode)
    return _given(res, image.stored(found, x.dtype), src)


@_exported
def local_contrast(src: Tensor, kernel: Tensor) -> Tensor | None:
    """``image.lcn``."""
    x = _planes(src, "lcn")
    if x.shape[0] != 1:
        raise ShapeError(f"image.lcn: src has sizes {sizes(src._shape)}, (H, W) or (1, H, W) is needed")
    shape = kernel._shape
    if dims(kernel) != 2 or shape[0] > x.shape[1] or shape[1] > x.shape[2]:
        raise ShapeError(f"image.lcn: kernel has sizes {sizes(shape)}, for a src of {sizes(src._shape)}")
    return deliver(None, image_filters.local_contrast(x[0].astype(np.float64), kernel.array.astype(np.float64)))


@_exported
def morphed(res: Tensor | None, src: Tensor, kernel: Tensor, name: str, border: float) -> Tensor | None:
    """``image.erode`` and ``image.dilate``."""
    if dims(src) != 2:
        raise ShapeError(f"image.{name}: im has sizes {sizes(src._shape)}, (H, W) is needed")
    if dims(kernel) != 2 or kernel._shape[0] % 2 == 0 or kernel._shape[1] % 2 == 0:
        raise ShapeError(f"image.{name}: kern has sizes {sizes(kernel._shape)}, two odd ones are needed")
    formula = image_filters.erode if name == "erode" else image_filters.dilate
    return deliver(res, formula(src.array, kernel.array, border))


# -------------------------------------------------------------------------------------------------------- drawing


def _colors(name: str, x: Tensor, *colors: float) -> tuple[Any, list[float]]:
    """The planes to draw on, and a colour of 0 to 255 as they hold it."""
    if dims(x) != 3 or x._shape[0] != 3:
        raise ShapeError(f"image.{name}: src has sizes {sizes(x._shape)}, (3, H, W) is needed")
    x._storage.version += 1
    return x.array, [c / 255 if x.dtype.is_floating_point else c for c in colors]


@_exported
def draw_rect(
    x: Tensor, left: float, top: float, right: float, bottom: float, width: float, r: float, g: float, b: float
) -> None:
    """``image.drawRect``, in place; places count from 0."""
    if right < left or bottom < top or width < 1:
        raise RangeError(
            f"image.drawRect: x1, y1, x2, y2 are {left + 1:g}, {top + 1:g}, {right + 1:g}, {bottom + 1:g} and "
            f"lineWidth {width:g}: the second corner must lie right of and below the first, the width be at least 1"
        )
    planes, color = _colors("drawRect", x, r, g, b)
    image_drawing.draw_rect(planes, (int(left), int(top), int(right), int(bottom)), int(width), color)


@_exported
def draw_text(
    x: Tensor, text: str, left: float, top: float, size: float, wrap: bool, r: float, g: float, b: float,
    back_r: float | None, back_g: float | None, back_b: float | None,
) -> None:  # fmt: skip
    """``image.drawText``, in place."""
    if size < 1:
        raise RangeError(f"image.drawText: size is {size:g}, at least 1 is needed")
    planes, color = _colors("drawText", x, r, g, b)
    back = None
    if back_r is not None and back_g is not None and back_b is not None:
        back = _colors("drawText", x, back_r, back_g, back_b)[1]
    image_drawing.draw_text(planes, text, int(left), int(top), int(size), color, back, wrap)


# ---------------------------------------------------------------------------------------------- files and pictures


def _tensor(data: bytes, name: str, wanted: str | None, dtype: dtypes.DType) -> Tensor:
    """A picture in an element type: bytes as they are, floating numbers from 0 to 1."""
    pixels = pictures.decode(data, name, wanted)
    most = 65535 if pixels.dtype == np.uint16 else 255
    if dtype.is_floating_point:
        # In float32 the quotients of these numbers are those of doubles, rounded.
        kind = np.float32 if dtype.numpy == np.float32 else np.float64
        pixels = np.divide(pixels, kind(most), dtype=kind).astype(dtype.numpy, copy=False)
    else:
        pixels = (pixels if most == 255 else pixels >> 8).astype(dtype.numpy)
    return Tensor._fresh(pixels, dtype)


def _read(path: str) -> bytes:
    try:
        return pictures.read_bytes(path)
    except OSError as error:
        raise FileError(f"image.load: {path}: {error.strerror}") from error


def _bytes_of(tensor: Tensor) -> bytes:
    if tensor.dtype is not dtypes.uint8:
        raise DTypeError(f"a torch.ByteTensor of a picture's bytes is needed, got a torch.{tensor.dtype.torch7}Tensor")
    return tensor.array.tobytes()


@_exported
def load(path: str, wanted: str | None, dtype: dtypes.DType) -> Tensor:
    """A picture in a file."""
    return _tensor(_read(path), path, wanted or pictures.kind_of_name(path), dtype)


@_exported
def decompress(data: Tensor, wanted: str | None, dtype: dtypes.DType) -> Tensor:
    """A picture in a ByteTensor."""
    return _tensor(_bytes_of(data), "the ByteTensor", wanted, dtype)


@_exported
def size(path: str, wanted: str | None) -> Storage:
    """Planes, height and width of a picture in a file."""
    found = pictures.size_of(_read(path), path, wanted or pictures.kind_of_name(path))
    return Storage(np.array(found, np.int64))


def _pixels(tensor: Tensor, name: str, kind: str) -> Any:
    """The bytes of a picture: of floating numbers from 0 to 1, limited and cut as Torch7 does."""
    x = _planes(tensor, name)
    if tensor.dtype.is_floating_point:
        x = np.clip(np.nan_to_num(x * 255), 0, 255)
    pixels = np.clip(x, 0, 255).astype(np.uint8)
    if kind == "PGM" and pixels.shape[0] == 3:
        return np.clip(image_color.convert(x.astype(np.float64), "rgb2y"), 0, 255).astype(np.uint8)
    return pixels.repeat(3, 0) if kind == "PPM" and pixels.shape[0] == 1 else pixels


@_exported
def save(path: str, tensor: Tensor, kind: str | None, quality: float) -> None:
    """Writes a picture to a file."""
    found = kind or pictures.kind_of_name(path)
    if found is None:
        raise SerializationError(
            f"image.save: {path}: the ending of the name says no format; known are {', '.join(pictures.SUFFIXES)}"
        )
    data = pictures.encode(_pixels(tensor, f"save{found}", found), found, int(quality))
    try:
        with replaced(path) as file:
            file.write(data)
    except OSError as error:
        raise FileError(f"image.save: {path}: {error.strerror}") from error


@_exported
def compress(tensor: Tensor, kind: str, quality: float) -> Tensor | None:
    """The bytes of a picture as a ByteTensor."""
    data = pictures.encode(_pixels(tensor, f"compress{kind}", kind), kind, int(quality))
    return deliver(None, np.frombuffer(data, np.uint8).copy())


@_exported
def is_supported(name: str) -> bool:
    """Whether the ending of a file's name, or an ending alone, is that of a picture."""
    return pictures.kind_of_name(name) is not None or name.lower() in pictures.SUFFIXES


@_exported
def show(tensor: Tensor, title: str) -> str | None:
    """Shows a picture whose values are from 0 to 1; the name of the file where it could only be saved."""
    return pictures.show(_pixels(tensor, "display", "PNG"), title)


@_exported
def sample_picture(size: float, planes: float) -> Tensor | None:
    """The picture that ``image.lena`` and ``image.fabio`` give."""
    return deliver(None, pictures.sample_picture(int(size), int(planes)))
