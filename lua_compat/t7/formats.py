"""What kind of file it is: binary ``.t7``, ASCII ``.t7``, or something else that only has the name."""

from __future__ import annotations

import re
from typing import Any

from lua_compat.errors import T7Error

_PYTORCH = "PyTorch opens it: torch.load(path)"
_DOWNLOAD = "a web page was saved in place of the file; download the file itself again"

#: (where, the bytes found there in lower case, what such a file is and what opens it)
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x80\x02\x8a\x0al\xfc\x9cf\xf9", f"a PyTorch file of the older, pickled kind; {_PYTORCH}"),
    (0, b"\x80\x02", "a Python pickle; Python's pickle module or PyTorch's torch.load opens it"),
    (0, b"\x80\x03", "a Python pickle; Python's pickle module opens it"),
    (0, b"\x80\x04", "a Python pickle; Python's pickle module opens it"),
    (0, b"\x80\x05", "a Python pickle; Python's pickle module opens it"),
    (0, b"pk\x03\x04", f"a zip archive, as PyTorch writes them; {_PYTORCH}. For any other zip: unzip it first"),
    (0, b"pk\x05\x06", "an empty zip archive; unzip opens it"),
    (0, b"version https://git-lfs", "a git-lfs pointer and not the file it stands for; `git lfs pull` fetches that"),
    (0, b"<!doctype html", f"an HTML page: {_DOWNLOAD}"),
    (0, b"<html", f"an HTML page: {_DOWNLOAD}"),
    (0, b"<?xml", f"an XML document: {_DOWNLOAD}, or open it as XML"),
    (0, b"\x1f\x8b", "gzip-compressed; gunzip it first"),
    (0, b"bzh", "bzip2-compressed; bunzip2 it first"),
    (0, b"\xfd7zxz\x00", "xz-compressed; unxz it first"),
    (0, b"\x28\xb5\x2f\xfd", "zstd-compressed; unzstd it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive; 7z opens it"),
    (0, b"rar!", "a RAR archive; unrar opens it"),
    (257, b"ustar", "a tar archive; tar -xf opens it"),
    (0, b"\x89hdf\r\n\x1a\n", "an HDF5 file; h5py.File opens it"),
    (0, b"\x93numpy", "a numpy array; numpy.load opens it"),
    (0, b"matlab 5.0", "a MATLAB file; scipy.io.loadmat opens it"),
    (0, b"\x89png", "a PNG picture; any image reader opens it"),
    (0, b"\xff\xd8\xff", "a JPEG picture; any image reader opens it"),
    (0, b"%pdf", "a PDF document; a PDF reader opens it"),
    (0, b"\x1blj", "compiled Lua code; luajit runs it"),
    (0, b"\x1blua", "compiled Lua code; lua runs it"),
    (0, b"\x7felf", "a program or library for Linux; the system runs it"),
    (8, b'{"', "a safetensors file; safetensors.safe_open opens it"),
    (0, b"gguf", "a GGUF model; llama.cpp opens it"),
    (0, b'{"', "JSON; json.load opens it"),
)

_ASCII = re.compile(rb"[ \t\n]*-?\d+(\n|$)")
_ASCII_CRLF = re.compile(rb"\d+\r\n")
_TYPE_CODES = 8  # the largest


def detect(data: Any, path: str) -> str:
    """``"binary"`` or ``"ascii"``, from the first bytes.

    Raises:
        T7Error: where the file is neither; it says what the file is where that can be told.
    """
    head = bytes(data[:512])
    if len(head) == 0:
        raise T7Error(path, 0, "the file is empty")
    if len(head) >= 4 and head[0] <= _TYPE_CODES and head[1:4] == b"\0\0\0":
        return "binary"
    lower = head.lower()
    for where, signature, what in _SIGNATURES:
        if lower.startswith(signature, where):
            raise T7Error(path, 0, f"this is no .t7 file but {what}")
    if _ASCII.match(head):
        return "ascii"
    raise T7Error(path, 0, _unknown(head))


def _unknown(head: bytes) -> str:
    if len(head) < 4:
        return f"the file ends within its first type code, after {len(head)} bytes"
    if _ASCII_CRLF.match(head):
        return "an ASCII .t7 file whose line ends were changed to CR LF, which damages it; fetch it in binary mode"
    if head[:3] == b"\0\0\0" and head[3] <= _TYPE_CODES:
        return "a .t7 file in big-endian byte order, which only its writer's kind of machine reads"
    code = int.from_bytes(head[:4], "little", signed=True)
    return f"this is no .t7 file: it begins with {head[:8]!r}, type code {code}; allowed are 0 to {_TYPE_CODES}"
