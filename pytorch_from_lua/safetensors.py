"""Tensors in ``.safetensors`` files, under the names that the package of that name has for PyTorch.

A file is 8 bytes with the length of its header, little-endian; the header, a JSON object that has for each tensor its
element type, shape and the first and last place of its bytes; and the bytes. It holds no code. Written from the
format's description at https://github.com/huggingface/safetensors, with nothing but numpy, so that files can
be mapped into storages of ours: a large one opens at once, and its pages are read as they are used.
"""

from __future__ import annotations

import json
import os
import struct
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.errors import SerializationError
from pytorch_from_lua.serialization import replaced
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor.geometry import contiguous_stride
from pytorch_from_lua.tensor.storage import Storage
from pytorch_from_lua.tensor.tensor import Tensor

Path = str | os.PathLike[str]

#: The format's words for our element types.
_WORDS = {
    "BOOL": types.bool_, "U8": types.uint8, "I8": types.int8, "I16": types.int16, "I32": types.int32,
    "I64": types.int64, "F16": types.float16, "F32": types.float32, "F64": types.float64,
}  # fmt: skip
#: Types that there are none of here: how they lie in the file, and the smallest of ours that holds every value.
_WIDENED = {"BF16": ("<u2", types.float32), "U16": ("<u2", types.int32), "U32": ("<u4", types.int64)}
_OF_DTYPE = {dtype: word for word, dtype in _WORDS.items()}

#: The longest header that is read, as the format has it.
_LONGEST = 100_000_000


# -- writing ---------------------------------------------------------------------------------------------------------


def save(tensors: dict[str, Any], metadata: dict[str, str] | None = None) -> bytes:
    """The tensors as the bytes of a file.

    Args:
        tensors: by name. No two may share memory, since they would not do so when they are read.
        metadata: words to store with them.

    Raises:
        SerializationError: where something is no tensor, two share memory, or a word is no string.

    >>> from pytorch_from_lua import tensor
    >>> load(save({"x": tensor([1, 2])}))
    {'x': tensor([1, 2])}
    """
    return b"".join(_pieces(tensors, metadata))


def save_file(tensors: dict[str, Any], filename: Path, metadata: dict[str, str] | None = None) -> None:
    """Writes the tensors to a file, which appears under its name when it is whole; see `save`."""
    pieces = _pieces(tensors, metadata)
    with replaced(filename) as file:
        file.writelines(pieces)


def _pieces(tensors: dict[str, Any], metadata: dict[str, str] | None) -> list[Any]:
    _check_given(tensors, metadata)
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": metadata}
    # The largest elements come first, so that each tensor begins at a multiple of its own.
    order = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    start = 0
    data = []
    for name in order:
        t = tensors[name].detach()
        end = start + t.nbytes
        header[name] = {"dtype": _OF_DTYPE[t.dtype], "shape": list(t.shape), "data_offsets": [start, end]}
        data.append(np.ascontiguousarray(backend.move(t.array, "cpu")).tobytes())
        start = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return [struct.pack("<Q", len(text)), text, *data]


def _check_given(tensors: dict[str, Any], metadata: dict[str, str] | None) -> None:
    if not isinstance(tensors, dict):
        raise SerializationError(f"tensors: needs a dict of names and tensors, got {type(tensors).__name__}")
    held: list[tuple[int, int, int, str]] = []
    for name, t in tensors.items():
        if not isinstance(name, str) or name == "__metadata__":
            raise SerializationError(f"tensors: {name!r} cannot be the name of a tensor")
        if not isinstance(t, Tensor):
            raise SerializationError(f"tensors: {name!r} needs a tensor, got {type(t).__name__}")
        if t.numel():
            reach = sum([(n - 1) * s for n, s in zip(t.shape, t.stride(), strict=True)])
            held.append((id(t.storage()), t.storage_offset(), t.storage_offset() + reach, name))
    held.sort()
    for (one, _, end, name), (other, start, _, following) in pairwise(held):
        if one == other and start <= end:
            raise SerializationError(
                f"tensors: {name!r} and {following!r} share memory, which a file does not keep; use clone() on one"
            )
    pairs = {} if metadata is None else metadata
    if not isinstance(pairs, dict) or not all(isinstance(word, str) for pair in pairs.items() for word in pair):
        raise SerializationError("metadata: needs a dict of strings")


# -- reading ---------------------------------------------------------------------------------------------------------


def load(data: bytes) -> dict[str, Tensor]:
    """The tensors in the bytes of a file, in memory of their own.

    Raises:
        SerializationError: where the bytes are no such file.
    """
    buffer = np.frombuffer(data, np.uint8).copy()
    return _tensors(buffer, _header(buffer, "data"))


def load_file(filename: Path, device: str = "cpu", mapped: bool = True) -> dict[str, Tensor]:
    """The tensors of a file, by name.

    Args:
        filename: the file.
        device: where the tensors come to.
        mapped: whether memory is mapped from the file, so that pages are read as they are used. What is written to a
            tensor stays in this process. Else the whole file is read.

    Raises:
        SerializationError: where the file is broken.
        FileNotFoundError: where there is no such file.
    """
    buffer, where = _opened(filename, mapped), os.fspath(filename)
    found = _tensors(buffer, _header(buffer, where))
    return found if device == "cpu" else {name: t.to(device=device) for name, t in found.items()}


def _opened(filename: Path, mapped: bool) -> Any:
    if mapped and os.path.getsize(filename):
        return np.memmap(filename, np.uint8, "c").view(np.ndarray)
    return np.fromfile(filename, np.uint8)


class safe_open:  # noqa: N801  (the name of the other package)
    """An open file, whose tensors are made when they are asked for.

    Args:
        filename: the file.
        framework: accepted as the other package has it; tensors are ours.
        device: where the tensors come to.

    Raises:
        SerializationError: where the file is broken.
    """

    def __init__(self, filename: Path, framework: str = "pt", device: str = "cpu") -> None:
        self._where = os.fspath(filename)
        self._buffer = _opened(filename, True)
        self._entries = _header(self._buffer, self._where)
        self._device = device

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *error: object) -> None:
        self._buffer = None

    def keys(self) -> list[str]:
        """The names of the tensors."""
        return [name for name in self._entries if name != "__metadata__"]

    def metadata(self) -> dict[str, str] | None:
        """The words stored with them, or None."""
        return self._entries.get("__metadata__")

    def get_tensor(self, name: str) -> Tensor:
        """One tensor.

        Raises:
            SerializationError: where there is none of that name, or the file is closed.
        """
        if self._buffer is None:
            raise SerializationError(f"{self._where}: is closed")
        if name == "__metadata__" or name not in self._entries:
            raise SerializationError(f"{self._where}: has no tensor {name!r}")
        t = _tensors(self._buffer, {name: self._entries[name]})[name]
        return t if self._device == "cpu" else t.to(device=self._device)


def _header(buffer: Any, where: str) -> dict[str, Any]:
    """The header, each part of it checked against the size of the file before anything is made from it."""

    def broken(why: str) -> SerializationError:
        return SerializationError(f"{where}: {why}")

    if len(buffer) < 8:
        raise broken(f"needs 8 bytes at least, has {len(buffer)}")
    (length,) = struct.unpack("<Q", buffer[:8].tobytes())
    if length > min(_LONGEST, len(buffer) - 8):
        raise broken(f"its header should have {length} bytes, the file has {len(buffer)}")
    try:
        header = json.loads(buffer[8 : 8 + length].tobytes().decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise broken(f"its header is no JSON ({error})") from None
    if not isinstance(header, dict):
        raise broken("its header is no object")
    words = header.get("__metadata__", {})
    if not isinstance(words, dict) or not all(isinstance(w, str) for w in words.values()):
        raise broken("__metadata__ needs strings")
    spans = [_span(name, entry, broken) for name, entry in header.items() if name != "__metadata__"]
    at = 0
    for start, end, name in sorted(spans):
        if start != at:
            raise broken(f"the bytes of {name!r} begin at {start}, those before end at {at}")
        at = end
    if at != len(buffer) - 8 - length:
        raise broken(f"its tensors have {at} bytes, the file has {len(buffer) - 8 - length}")
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _span(name: str, entry: Any, broken: Any) -> tuple[int, int, str]:
    """The first place of a tensor's bytes and the one after the last."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise broken(f"{name!r} needs dtype, shape and data_offsets")
    word, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(word, str) or (word not in _WORDS and word not in _WIDENED):
        allowed = ", ".join([*_WORDS, *_WIDENED])
        raise broken(f"{name!r} has elements of {word!r}; known are {allowed}")
    for what, numbers in (("shape", shape), ("data_offsets", offsets)):
        if not isinstance(numbers, list) or not all(type(n) is int and 0 <= n < 2**62 for n in numbers):
            raise broken(f"{name!r}: {what} needs a list of whole numbers, got {numbers!r}")
    if len(shape) > 64:
        raise broken(f"{name!r} has {len(shape)} dimensions")
    size = np.dtype(_WIDENED[word][0]).itemsize if word in _WIDENED else _WORDS[word].itemsize
    if len(offsets) != 2 or offsets[1] - offsets[0] != prod(shape) * size:
        raise broken(f"{name!r}: {word} of shape {shape} does not fill the bytes {offsets}")
    return offsets[0], offsets[1], name


def _tensors(buffer: Any, entries: dict[str, Any]) -> dict[str, Tensor]:
    (length,) = struct.unpack("<Q", buffer[:8].tobytes())
    found = {}
    for name, entry in entries.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        part = buffer[8 + length + start : 8 + length + end]
        shape = tuple(entry["shape"])
        found[name] = Tensor._make(Storage(_elements(part, entry["dtype"])), 0, shape, contiguous_stride(shape))
    return found


def _elements(part: Any, word: str) -> Any:
    if word in _WIDENED:
        lying, dtype = _WIDENED[word]
        raw = part.view(lying) if part.ctypes.data % np.dtype(lying).itemsize == 0 else part.copy().view(lying)
        if word == "BF16":  # the upper half of a float32
            return (raw.astype(np.uint32) << 16).view(np.float32)
        return raw.astype(dtype.numpy)
    dtype = _WORDS[word]
    if dtype is types.bool_:
        return part.view(np.bool_) if not part.size or part.max() <= 1 else part != 0
    if part.ctypes.data % dtype.itemsize:
        part = part.copy()
    return part.view(dtype.numpy)


__all__ = ["load", "load_file", "safe_open", "save", "save_file"]
