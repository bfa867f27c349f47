"""Digests for Lua's ``md5``: ``require '_digests'``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from lua_compat.bridge import text


def md5(message: str) -> bytes:
    """The 16 bytes of a Lua string's MD5."""
    return hashlib.md5(text.encode(message), usedforsecurity=False).digest()


FUNCTIONS: dict[str, Callable[..., Any]] = {"md5": md5}
