"""How strings cross: Lua's are bytes, Python's are text, and neither side may lose anything.

UTF-8 with every byte that does not belong to it kept as a lone surrogate (``surrogateescape``, what Python does with
file names). Lua -> Python -> Lua gives the same bytes for any string at all.
"""

from __future__ import annotations

import codecs

#: The name under which lupa finds the encoding.
ENCODING = "lua_text"


def encode(text: str) -> bytes:
    """The bytes that Lua sees."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """The text for a Lua string, whatever its bytes."""
    return data.decode("utf-8", "surrogateescape")


def to_value(text: str) -> str | bytes:
    """A string for Python's users: ``str`` where the Lua string was UTF-8, else its ``bytes``."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return encode(text)
    return text


def _search(name: str) -> codecs.CodecInfo | None:
    if name != ENCODING:
        return None
    return codecs.CodecInfo(
        lambda text, errors="strict": codecs.utf_8_encode(text, "surrogateescape"),
        lambda data, errors="strict": codecs.utf_8_decode(data, "surrogateescape", True),
        name=ENCODING,
    )


codecs.register(_search)
