"""HTML and SVG as strings in which text cannot be taken for markup: only `Markup` goes in as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

#: Elements that have no end tag.
_VOID = frozenset({"br", "hr", "img", "input", "meta"})


class Markup(str):
    """A string that is markup already."""

    __slots__ = ()


Content = str | int | None | Iterable["Content"]


def joined(content: Content) -> Markup:
    """Markup of strings, numbers and lists of both; what is no `Markup` is escaped, None is nothing.

    >>> joined(["a<b", Markup("<br>"), None, 3])
    'a&lt;b<br>3'
    """
    if content is None:
        return Markup()
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(escape(_printable(content)))
    if isinstance(content, int):
        return Markup(content)
    return Markup("".join(map(joined, content)))


def element(name: str, *content: Content, **attributes: Any) -> Markup:
    """An element. A ``_`` at an attribute's end goes, others become ``-``; True is one without a value, None is none.

    >>> element("td", "a & b", class_="n", data_place='"')
    '<td class="n" data-place="&quot;">a &amp; b</td>'
    """
    made = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(_printable(str(value)))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{made}>" if name in _VOID else f"<{name}{made}>{joined(content)}</{name}>")


def data(value: Any) -> Markup:
    """A value as JSON that may stand in a script element: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _printable(text: str) -> str:
    """The text without what HTML has no characters for: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
