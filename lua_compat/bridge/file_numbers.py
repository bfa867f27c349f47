"""Numbers in a `torch.File`: how they lie in binary files, and as text, which is read as C's ``fscanf`` reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lua_compat.bridge import streams
from pytorch_from_lua.tensor.dtype import BY_TORCH7

if TYPE_CHECKING:
    from lua_compat.bridge.ops_files import File

_FORMATS = {"Float": "%.9g", "Double": "%.17g"}
_RAW = ("Byte", "Char")  # written as bytes in ASCII files too
_SPACE = b" \t\n\v\f\r"
_GAP = re.compile(rb"[ \t\n\v\f\r]*")
_INTEGER = re.compile(rb"[+-]?\d+")
_REAL = re.compile(
    rb"[+-]?(?:inf(?:inity)?|nan(?:\(\w*\))?|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[+-]?\d+)?"
    rb"|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)",
    re.IGNORECASE,
)
# What may still become a number, and what may still belong to one, should more bytes come.
_BEGUN = {int: re.compile(rb"[+-]?\Z"), float: re.compile(rb"[+-]?(?:in?|na?|\.)?\Z", re.IGNORECASE)}
_GOES_ON = {int: re.compile(rb"\Z"), float: re.compile(rb"(?:[ep][+-]?|x|i|in|ini|init|\(\w*)?\Z", re.IGNORECASE)}
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1
_FEW = 16  # so few numbers are looked for one by one
_LONGEST = 26  # characters of a number that Torch7 writes, with the space


def type_of(file: File, word: str, reading: bool = False) -> np.dtype[Any]:
    """How one number lies in a binary file."""
    if word == "Long":
        # Objects read before may have told how wide a long is in this file.
        found = file.reader.source.long_size if reading and file.reader is not None else None
        return np.dtype(f"{file.order}i{file.long_size or found or 8}")
    return BY_TORCH7[word].numpy.newbyteorder(file.order)  # type: ignore[arg-type]


def one(word: str, value: float) -> np.ndarray[Any, Any]:
    """A Lua number as C converts it to an element: integers are cut and wrap round."""
    dtype = BY_TORCH7[word]
    if dtype.is_floating_point:
        return np.array([value], dtype.numpy)
    whole = _LONG_MIN if value != value or abs(value) >= 2**63 else int(value)
    return np.array([whole], np.int64).astype(dtype.numpy)


def none(word: str) -> np.ndarray[Any, Any]:
    """No numbers of a type."""
    return np.empty(0, BY_TORCH7[word].numpy)


def encoded(file: File, word: str, array: np.ndarray[Any, Any]) -> bytes:
    """Numbers as they lie in the file."""
    if file.binary:
        packed: bytes = array.astype(type_of(file, word)).tobytes()
        return packed
    if word in _RAW:
        data: bytes = array.tobytes()
    else:
        from lua_compat.t7.sink import number_text  # with all of .t7, which a plain start does without

        digits = _FORMATS.get(word)
        words = map(str, array.tolist()) if digits is None else [number_text(digits, v) for v in array.tolist()]
        data = (" " if file.spacing else "").join(words).encode()
    return data + b"\n" if file.spacing and len(array) else data


def decoded(file: File, word: str, count: int) -> np.ndarray[Any, Any]:
    """The next ``count`` numbers, or those that there are."""
    stream = file.open_stream()
    if file.binary:
        kind = type_of(file, word, reading=True)
        data = stream.read(count * kind.itemsize)
        whole = len(data) // kind.itemsize
        return np.frombuffer(data, kind, whole).astype(BY_TORCH7[word].numpy)
    if word in _RAW:
        found = np.frombuffer(stream.read(count), BY_TORCH7[word].numpy).copy()
    else:
        found = _as_type(word, _numbers(stream, count, BY_TORCH7[word].is_floating_point))
    if file.spacing and count:
        after = stream.read(1)
        if after != b"\n":
            streams.give_back(stream, after)
    return found


def _as_type(word: str, values: list[Any]) -> np.ndarray[Any, Any]:
    dtype = BY_TORCH7[word]
    if dtype.is_floating_point:
        return np.array(values, np.float64).astype(dtype.numpy)
    return np.array([min(max(v, _LONG_MIN), _LONG_MAX) for v in values], np.int64).astype(dtype.numpy)


def _numbers(stream: Any, count: int, real: bool) -> list[Any]:
    """Up to ``count`` numbers; the stream stands after the last one, or at what is no number."""
    values: list[Any] = []
    while count - len(values) > _FEW:
        if not _many(stream, count, values, float if real else int):
            break
    kind: type = float if real else int
    pattern, convert = (_REAL, _real) if real else (_INTEGER, int)
    data, taken = b"", 0
    while len(values) < count:
        gap = _GAP.match(data, taken)
        start = gap.end() if gap is not None else taken
        match = pattern.match(data, start)
        unsure = _BEGUN[kind].match(data, start) if match is None else _GOES_ON[kind].match(data, match.end())
        if unsure is not None:
            more = streams.some(stream, max(64, _LONGEST * (count - len(values))))
            if more:
                data, taken = data[taken:] + more, 0
                continue
        taken = start
        if match is None:
            break
        values.append(convert(match.group()))
        taken = match.end()
    streams.give_back(stream, data[taken:])
    return values


def _many(stream: Any, count: int, values: list[Any], convert: Callable[[bytes], Any]) -> bool:
    """Numbers that stand between white space, all at once; False where the next bytes are not only such numbers."""
    data = streams.some(stream, max(4096, min(_LONGEST * (count - len(values)), 1 << 22)))
    whole = max(data.rfind(b" "), data.rfind(b"\n"))
    if whole <= 0 or b"_" in data:
        streams.give_back(stream, data)
        return False
    words = data[:whole].split(None, count - len(values))
    rest = words.pop() if len(words) > count - len(values) else b""
    try:
        found = [convert(w) for w in words]
    except ValueError:
        streams.give_back(stream, data)
        return False
    values += found
    streams.give_back(stream, data[len(data[: whole - len(rest)].rstrip(_SPACE)) :])
    return bool(found)


def _real(word: bytes) -> float:
    lower = word.lower()
    if b"0x" in lower:
        return float.fromhex(lower.decode())
    return float(lower[: lower.index(b"(")] if b"(" in lower else lower)
