"""Pictures as bytes and files: PNG, JPEG, PPM and PGM, read and written through Pillow.

An array of a picture is (planes, H, W) of uint8, or of uint16 where a PNG or PPM has 16 bits. Planes are 1 (grey), 2
(grey and alpha), 3 (RGB) or 4 (RGB and alpha).
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pytorch_from_lua.errors import SerializationError, ShapeError
from pytorch_from_lua.kernels.namespace import Array

#: The kinds of pictures by the endings of files' names.
SUFFIXES = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "ppm": "PPM", "pgm": "PGM", "pbm": "PPM", "pnm": "PPM"}
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    *((f"P{n}".encode(), "PGM" if n in (2, 5) else "PPM") for n in range(1, 7)),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"RIFF", "WebP or other RIFF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"<", "HTML or XML"),
)
_READ = ("PNG", "JPEG", "PPM", "PGM")


def kind_of(data: bytes) -> str | None:
    """Return what bytes are by how they begin: ``PNG``, ``JPEG``, ``PPM``, ``PGM``, another word, or None.

    >>> kind_of(b"P6 2 2 255 ...")
    'PPM'
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            netpbm = kind in ("PPM", "PGM") and data[2:3] not in (b" ", b"\n", b"\t", b"\r", b"#")
            return None if netpbm else kind
    return None


def _same(found: str, wanted: str) -> bool:
    return found == wanted or {found, wanted} <= {"PPM", "PGM"}


def check(data: bytes, name: str, wanted: str | None) -> str:
    """Return which kind of picture bytes are.

    Raises:
        SerializationError: where they are none that can be read, or not the kind wanted.
    """
    found = kind_of(data)
    if found in _READ and (wanted is None or _same(found, wanted)):
        return found
    expected = "a PNG, JPEG, PPM or PGM picture" if wanted is None else f"a {wanted} picture"
    if not data:
        told = "has no bytes"
    elif found is not None:
        told = f"is {'an' if found[0] in 'H' else 'a'} {found} {'picture' if found in _READ else 'file'}"
    else:
        told = f"is no picture, it begins with {data[:16]!r}"
    raise SerializationError(f"{name}: {told}; {expected} was expected")


def _opened(data: bytes, name: str, wanted: str | None) -> Any:
    kind = check(data, name, wanted)
    from PIL import Image

    try:
        return kind, Image.open(io.BytesIO(data), formats=["PPM" if kind == "PGM" else kind])
    except Exception as error:  # whatever a decoder stumbles over
        raise SerializationError(f"{name}: a {kind} picture that cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    text = str(error)
    return "its header is broken" if "cannot identify" in text or not text else text


def decode(data: bytes, name: str, wanted: str | None = None) -> Array:
    """Return the picture in bytes as (planes, H, W).

    Args:
        data: the bytes of a file.
        name: what an error calls it.
        wanted: ``PNG``, ``JPEG``, ``PPM`` or ``PGM`` where only that one will do.

    Raises:
        SerializationError: where they are no such picture, or a broken one.
    """
    kind, picture = _opened(data, name, wanted)
    try:
        deep = _deep_png(data) if kind == "PNG" else None
        pixels = deep if deep is not None else _pixels(picture)
    except Exception as error:
        raise SerializationError(f"{name}: a {kind} picture that cannot be read: {_reason(error)}") from error
    planes = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return np.ascontiguousarray(planes)


def _pixels(picture: Any) -> Array:
    mode = picture.mode
    if mode in ("I", "I;16", "I;16B"):
        return np.asarray(picture).astype(np.uint16)
    if mode == "1":
        picture = picture.convert("L")
    elif mode not in ("L", "LA", "RGB", "RGBA"):  # palettes, CMYK, ...
        picture = picture.convert("RGB")
    return np.asarray(picture)


_PLANES_OF = {2: 3, 4: 2, 6: 4}  # by PNG's colour type


def _deep_png(data: bytes) -> Array | None:
    """The pixels of a PNG of 16 bits and several planes, of which Pillow drops half the bits; None for any other.

    The filters are those of the PNG specification, section 9.
    """
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    bits, color, interlaced = data[24], data[25], data[28]
    if bits != 16 or color not in _PLANES_OF or interlaced:
        return None
    packed, at = [], 8
    while at + 8 <= len(data):
        size, word = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if word == b"IDAT":
            packed.append(data[at + 8 : at + 8 + size])
        at += size + 12
    pixel = 2 * _PLANES_OF[color]
    length = width * pixel
    whole = zlib.decompressobj().decompress(b"".join(packed), height * (length + 1))
    if len(whole) != height * (length + 1):
        raise ValueError("it is cut short")
    lines = np.frombuffer(whole, np.uint8).reshape(height, length + 1)
    out = np.zeros((height + 1, width + 1, pixel), np.uint8)  # a row and a pixel of zeros before the first
    for row, line in enumerate(lines, 1):
        _unfilter(int(line[0]), line[1:].reshape(width, pixel), out[row - 1], out[row])
    return out[1:, 1:].copy().view(">u2").astype(np.uint16)


def _unfilter(kind: int, line: Array, above: Array, out: Array) -> None:
    if kind == 0:
        out[1:] = line
    elif kind == 1:
        out[1:] = np.cumsum(line, 0, dtype=np.uint8)
    elif kind == 2:
        out[1:] = line + above[1:]
    elif kind in (3, 4):
        for k in range(len(line)):
            left, up, corner = (v.astype(np.int16) for v in (out[k], above[k + 1], above[k]))
            if kind == 3:
                guess = (left + up) // 2
            else:
                to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                guess = np.where(
                    (to_left <= to_up) & (to_left <= to_corner), left, np.where(to_up <= to_corner, up, corner)
                )
            out[k + 1] = line[k] + guess.astype(np.uint8)
    else:
        raise ValueError(f"a line has the filter {kind}, which there is not")


def size_of(data: bytes, name: str, wanted: str | None = None) -> tuple[int, int, int]:
    """Return (planes, H, W) of the picture in bytes, of which the first few are enough.

    Raises:
        SerializationError: where they are no such picture.
    """
    kind, picture = _opened(data, name, wanted)
    if kind == "PNG":
        planes = 1 if data[25] == 0 else _PLANES_OF.get(data[25], 3)
    else:
        planes = 1 if picture.mode in ("1", "L", "I", "I;16", "I;16B") else 3
    return planes, picture.height, picture.width


def encode(pixels: Array, kind: str, quality: int = 75) -> bytes:
    """Return the bytes of a picture.

    Args:
        pixels: (planes, H, W) or (H, W) of uint8.
        kind: ``PNG``; ``JPEG``, ``PPM`` and ``PGM`` have no alpha, and PGM no colours.
        quality: of a JPEG, 0 to 100.

    Raises:
        ShapeError: where the kind cannot have so many planes.
    """
    planes = pixels[None] if pixels.ndim == 2 else pixels
    allowed = {"PNG": (1, 2, 3, 4), "PGM": (1,), "PPM": (3,)}.get(kind, (1, 3))
    if planes.ndim != 3 or planes.shape[0] not in allowed or 0 in planes.shape:
        counts = " or ".join(map(str, allowed))
        raise ShapeError(
            f"a {kind} picture needs sizes (H, W) or (planes, H, W) of {counts} planes, got {pixels.shape}"
        )
    file = io.BytesIO()
    options = {"quality": quality} if kind == "JPEG" else {}
    to_pil(planes).save(file, "PPM" if kind == "PGM" else kind, **options)
    return file.getvalue()


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return what a file holds."""
    return Path(path).read_bytes()


def kind_of_name(path: str | os.PathLike[str]) -> str | None:
    """Return the kind of picture that the ending of a file's name says, or None.

    >>> kind_of_name("a/b.JPG")
    'JPEG'
    """
    return SUFFIXES.get(os.path.splitext(os.fspath(path))[1][1:].lower())


def to_pil(pixels: Array) -> Any:
    """Return uint8 (planes, H, W) or (H, W) as a picture of Pillow's: L, LA, RGB or RGBA."""
    from PIL import Image

    planes = pixels[None] if pixels.ndim == 2 else pixels
    dense = planes[0] if planes.shape[0] == 1 else planes.transpose(1, 2, 0)
    return Image.fromarray(np.ascontiguousarray(dense))


def from_pil(picture: Any) -> Array | None:
    """Return a picture of Pillow's as (planes, H, W); None for anything else."""
    if "PIL" not in sys.modules:  # then it cannot be one
        return None
    from PIL import Image

    if not isinstance(picture, Image.Image):
        return None
    pixels = _pixels(picture)
    return np.ascontiguousarray(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))


def _shell() -> Any:
    """The notebook's side of IPython, or None: in a terminal IPython can show no pictures."""
    if "IPython" not in sys.modules:  # then this is no notebook
        return None
    from importlib import import_module

    shell = import_module("IPython").get_ipython()
    return shell if getattr(shell, "kernel", None) is not None else None


def in_notebook() -> bool:
    """Return whether pictures can be shown below a cell of a notebook."""
    return _shell() is not None


def show_below(png: bytes) -> None:
    """Show the bytes of a PNG below the cell of the notebook that runs."""
    from importlib import import_module

    import_module("IPython.display").display({"image/png": png, "text/plain": "<picture>"}, raw=True)


def at_the_end_of_cells(function: Callable[[], None]) -> None:
    """Have a function called after each cell of the notebook, this one included; it is registered once."""
    events = _shell().events
    if function not in events.callbacks["post_execute"]:
        events.register("post_execute", function)


def show(pixels: Array, title: str = "") -> str | None:
    """Show a picture of uint8 in the notebook or the screen's viewer, or else save it and return the file's name."""
    if in_notebook():
        show_below(encode(pixels, "PNG"))
        return None
    from PIL import ImageShow

    picture = to_pil(pixels)
    if (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and ImageShow.show(picture, title or None):
        return None
    handle, path = tempfile.mkstemp(prefix="picture-", suffix=".png")
    with os.fdopen(handle, "wb") as file:
        file.write(encode(pixels, "PNG"))
    return path


def sample_picture(size: int, planes: int) -> Array:
    """Return a picture (planes, size, size) of float64 from 0 to 1 to try things on, always the same.

    A sky, a sun, hills, a chessboard that runs to the horizon, and a rim of fine stripes: large flat parts, edges of
    every direction, colours and detail.
    """
    y, z = np.mgrid[0:size, 0:size] / size
    picture = np.stack([0.25 + 0.5 * y, 0.5 + 0.3 * y, 0.95 - 0.2 * y])
    sun = (y - 0.22) ** 2 + (z - 0.7) ** 2
    for plane, value in zip(picture, (1.0, 0.85, 0.3), strict=True):
        plane[...] = plane + (value - plane) * np.clip((0.012 - sun) * 300, 0, 1)
    for height, wave, color in ((0.42, 9, (0.30, 0.42, 0.55)), (0.5, 14, (0.18, 0.45, 0.25))):
        hill = y > height + 0.06 * np.sin(z * wave) + 0.02 * np.sin(z * 3.1 * wave + 1)
        picture[:, hill] = np.reshape(color, (3, 1)) * (1 - 0.4 * (y[hill] - height))
    ground = y > 0.6
    depth = 0.08 / np.maximum(y - 0.57, 1e-3)
    board = (np.floor(depth * 12) + np.floor((z - 0.5) * depth * 14)) % 2 == 0
    picture[:, ground & board] = np.array([[0.85], [0.25], [0.15]])
    picture[:, ground & ~board] = np.array([[0.95], [0.93], [0.85]])
    rim = (np.minimum(np.minimum(y, z), np.minimum(1 - y, 1 - z)) < 0.02) & (np.floor((y + z) * size / 3) % 2 == 0)
    picture[:, rim] = 0.1
    return picture if planes == 3 else np.tensordot([0.299, 0.587, 0.114], picture, 1)[None]
