"""Lines no longer than 120: brackets are opened where a statement is too long, one item a line where that needs be."""

from __future__ import annotations

WIDTH = 120
#: Around a comment inside an expression: it goes behind the item, or before it where it begins with the second mark.
BEHIND, BEFORE, STOP = "\x00", "\x01", "\x02"
_OPEN, _CLOSE = "([{", ")]}"


def lay_out(code: str, indent: int, tail: str = "") -> list[str]:
    """The lines of a statement.

    Args:
        code: its text, on one line, perhaps with marked comments in it.
        indent: how far it is indented.
        tail: a comment behind it, with its `#`.

    >>> lay_out("x = f(1)", 4)
    ['    x = f(1)']
    """
    space = " " * indent
    marked = BEHIND in code or BEFORE in code
    if not marked and indent + len(code) <= WIDTH:
        whole = f"{space}{code}  {tail}" if tail else space + code
        if len(whole) <= WIDTH or not tail:
            return [whole]
        return [*comment_lines(tail[1:], indent), space + code]
    lines = _split(code, indent)
    if tail:
        lines = [*comment_lines(tail[1:], indent), *lines]
    return lines


def comment_lines(text: str, indent: int) -> list[str]:
    """A comment of any length as lines."""
    space, words = " " * indent, text.strip().split(" ")
    if indent + 2 + len(text.strip()) <= WIDTH:
        return [f"{space}# {text.strip()}" if text.strip() else f"{space}#"]
    lines, line = [], f"{space}#"
    for word in words:
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = f"{space}#"
        line += " " + word
    return [*lines, line]


def _split(code: str, indent: int) -> list[str]:
    place = _bracket(code)
    space = " " * indent
    if place is None:
        return _operators(code, indent)
    opening, closing = place
    inner = code[opening + 1 : closing]
    items = _items(inner)
    head, rest = code[: opening + 1], code[closing:]
    lines = [space + head]
    body = ", ".join(i for i in items)
    comprehension = any(f" {w} " in _flat(inner) for w in ("for",)) and len(items) == 1
    if not _marked(inner) and len(body) + indent + 4 <= WIDTH and len(items) > 0:
        lines += [" " * (indent + 4) + body]
        return [*lines, *_continue(rest, indent)]
    for item in items:
        lines += _item(item, indent + 4, comma=not comprehension)
    return [*lines, *_continue(rest, indent)]


def _continue(rest: str, indent: int) -> list[str]:
    """What follows a closing bracket, broken in its turn where it is too long."""
    if len(rest) + indent <= WIDTH and not _marked(rest):
        return [" " * indent + rest]
    return _split_from(rest, indent)


def _split_from(rest: str, indent: int) -> list[str]:
    place = _bracket(rest[1:])
    if place is None:
        return [" " * indent + rest]
    return _split(rest[0] + rest[1:], indent)


def _item(item: str, indent: int, comma: bool) -> list[str]:
    """One item of a bracket, with the comments that stand at it."""
    lines: list[str] = []
    while item.startswith(BEFORE):
        text, _, item = item[1:].partition(STOP)
        lines += comment_lines(text, indent)
        item = item.lstrip()
    behind = ""
    if BEHIND in item and item.rstrip().endswith(STOP):
        at = item.rindex(BEHIND)
        if _depth(item[:at]) == 0:
            behind = item[at + 1 : item.rindex(STOP)]
            item = item[:at].rstrip()
    if not item:
        return lines
    text = item + ("," if comma else "")
    pieces = _literal_pieces(item, WIDTH - indent - 1)
    if len(pieces) > 1:
        return [*lines, *[" " * indent + p for p in pieces[:-1]], " " * indent + pieces[-1] + ("," if comma else "")]
    if _marked(text) or indent + len(text) > WIDTH:
        found = _split(item, indent)
        found[-1] += "," if comma else ""
        return [*lines, *(comment_lines(behind, indent) if behind else []), *found]
    if behind and indent + len(text) + len(behind) + 4 <= WIDTH:
        return [*lines, f"{' ' * indent}{text}  # {behind.strip()}"]
    return [*lines, *(comment_lines(behind, indent) if behind else []), " " * indent + text]


def _literal_pieces(item: str, room: int) -> list[str]:
    """A string literal that is too long as several that follow each other, cut at blanks outside of its braces."""
    prefix = "f" if item.startswith('f"') else ""
    body = item[len(prefix) :]
    if len(item) <= room or not body.startswith('"') or _string_end(body, 0) != len(body):
        return [item]
    inner, pieces, start, last, depth = body[1:-1], [], 0, -1, 0
    for i, ch in enumerate(inner):
        depth += (ch == "{") - (ch == "}") if prefix else 0
        if ch == " " and depth == 0:
            if i + 1 - start + len(prefix) + 2 > room and last > start:
                pieces.append(inner[start : last + 1])
                start = last + 1
            last = i
    if len(inner) - start + len(prefix) + 2 > room and last > start:
        pieces.append(inner[start : last + 1])
        start = last + 1
    pieces.append(inner[start:])
    return [f'{prefix}"{p}"' if "{" in p or not prefix else f'"{p}"' for p in pieces]


def _operators(code: str, indent: int) -> list[str]:
    """A long line without a bracket to open: left as it is."""
    return [" " * indent + code]


def _marked(code: str) -> bool:
    return BEHIND in code or BEFORE in code


def _scan(code: str):  # type: ignore[no-untyped-def]
    """Yields (place, character, depth before it) outside of strings."""
    depth, i = 0, 0
    while i < len(code):
        c = code[i]
        if c in BEHIND + BEFORE:
            i = code.index(STOP, i) + 1
            continue
        if c in "\"'":
            i = _string_end(code, i)
            continue
        if c in _CLOSE:
            depth -= 1
        yield i, c, depth
        if c in _OPEN:
            depth += 1
        i += 1


def _string_end(code: str, start: int) -> int:
    quote, i = code[start], start + 1
    while i < len(code):
        if code[i] == "\\":
            i += 2
            continue
        if code[i] == quote:
            return i + 1
        i += 1
    return len(code)


def _bracket(code: str) -> tuple[int, int] | None:
    """The pair of brackets to open: the last one outside, which is the longest unless comments decide."""
    pairs: list[tuple[int, int]] = []
    start = -1
    for i, c, depth in _scan(code):
        if c in _OPEN and depth == 0:
            start = i
        elif c in _CLOSE and depth == 0 and start >= 0:
            pairs.append((start, i))
    pairs = [p for p in pairs if p[1] - p[0] > 1]
    if not pairs:
        return None
    marked = [p for p in pairs if _marked(code[p[0] : p[1]])]
    if marked:
        return marked[0]
    last = pairs[-1]
    longest = max(pairs, key=lambda p: p[1] - p[0])
    return last if last[1] - last[0] > 20 else longest


def _items(inner: str) -> list[str]:
    found, begin = [], 0
    for i, c, depth in _scan(inner):
        if c == "," and depth == 0:
            after = i + 1
            while after < len(inner) and inner[after] == " ":
                after += 1
            if after < len(inner) and inner[after] == BEHIND:
                end = inner.index(STOP, after) + 1
                found.append(inner[begin:i] + inner[after:end])
                begin = end
                continue
            found.append(inner[begin:i].strip())
            begin = i + 1
    rest = inner[begin:].strip()
    return [*found, rest] if rest else found


def _flat(code: str) -> str:
    return "".join(c for _, c, depth in _scan(code) if depth == 0)


def _depth(code: str) -> int:
    depth = 0
    for _, c, _d in _scan(code):
        depth += (c in _OPEN) - (c in _CLOSE)
    return depth
