"""Whether two readings of a file have the same content: ours and ours, or ours and torchfile's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lua_compat import t7
from pytorch_from_lua.tensor import Storage, Tensor


def _rank(key: Any) -> tuple[int, Any]:
    if isinstance(key, bool):
        return 0, key
    if isinstance(key, float):
        return 1, key
    if isinstance(key, (str, bytes)):
        return 2, key.encode() if isinstance(key, str) else key
    return 3, 0  # sorting keeps these in the order that they have


class _Keyed:
    """Two tables' entries whose keys are objects: matched when it is known from elsewhere which key is which."""

    def __init__(self, x: t7.T7Table, y: t7.T7Table) -> None:
        self.x = [e for e in x.items() if _rank(e[0])[0] == 3]
        self.y = {id(e[0]): e for e in y.items() if _rank(e[0])[0] == 3}

    def match(self, pairs: dict[int, Any], guess: bool) -> list[tuple[Any, Any]] | None:
        """Pairs to compare, and fewer entries left. With ``guess``, keys go by the values that they lead to."""
        found: list[tuple[Any, Any]] = []
        if guess:
            for (k, v), (kk, vv) in zip(
                sorted(self.x, key=lambda e: _rank(e[1])),
                sorted(self.y.values(), key=lambda e: _rank(e[1])),
                strict=True,
            ):
                found += [(k, kk), (v, vv)]
            self.x, self.y = [], {}
            return found
        left = []
        for k, v in self.x:
            if id(k) not in pairs:
                left.append((k, v))
            elif id(pairs[id(k)]) in self.y:
                found.append((v, self.y.pop(id(pairs[id(k)]))[1]))
            else:
                return None
        self.x = left
        return found


def same(a: Any, b: Any, ordered: bool = True) -> bool:
    """Whether two values are alike, with what is met twice in one met twice in the other.

    ``ordered`` is whether the entries of tables must come in one order.
    """
    pairs: dict[int, Any] = {}
    kept = []
    todo = [(a, b)]
    waiting: list[_Keyed] = []
    while todo or waiting:
        if not todo:
            guess = False
            while waiting and not todo:
                for keyed in list(waiting):
                    more = keyed.match(pairs, guess)
                    if more is None:
                        return False
                    todo += more
                    if not keyed.x:
                        waiting.remove(keyed)
                    if guess:
                        break
                guess = True
            continue
        x, y = todo.pop()
        if isinstance(x, (str, bytes)):
            raw = [v.encode() if isinstance(v, str) else v for v in (x, y)]
            if raw[0] != raw[1]:
                return False
            continue
        if type(x) is not type(y):
            return False
        if isinstance(x, float):
            if np.float64(x).tobytes() != np.float64(y).tobytes() and not (
                math.isnan(x) and math.isnan(y) and math.copysign(1, x) == math.copysign(1, y)
            ):
                return False
            continue
        if x is None or isinstance(x, bool):
            if x is not y:
                return False
            continue
        if not (isinstance(x, t7.T7Function) and x.kind == 6):  # the only objects that the format does not identify
            kept.append((x, y))
            if id(x) in pairs:
                if pairs[id(x)] is not y:
                    return False
                continue
            pairs[id(x)] = y
        if isinstance(x, t7.T7Table):
            if len(x) != len(y):
                return False
            if ordered:
                todo += zip(x.flat(), y.flat(), strict=True)
                continue
            plain = [sorted((e for e in t.items() if _rank(e[0])[0] < 3), key=lambda e: _rank(e[0])) for t in (x, y)]
            if len(plain[0]) != len(plain[1]):
                return False
            todo += [both for ex, ey in zip(*plain, strict=True) for both in zip(ex, ey, strict=True)]
            if len(plain[0]) < len(x):
                waiting.append(_Keyed(x, y))
        elif isinstance(x, t7.TdsVec):
            if len(x) != len(y):
                return False
            todo += zip(x.items, y.items, strict=True)
        elif isinstance(x, t7.T7Object):
            if (x.class_name, x.version) != (y.class_name, y.version):
                return False
            todo.append((x.contents, y.contents))
        elif isinstance(x, t7.T7Function):
            if (x.code, x.kind) != (y.code, y.kind):
                return False
            todo.append((x.upvalues, y.upvalues))
        elif isinstance(x, Tensor):
            if (x.shape, x.dtype, x.storage_offset()) != (y.shape, y.dtype, y.storage_offset()):
                return False
            if x.array.tobytes() != y.array.tobytes():
                return False
            if len(x.storage()):
                todo.append((x.storage(), y.storage()))
        elif isinstance(x, Storage):
            if x.dtype is not y.dtype or x.buffer.tobytes() != y.buffer.tobytes():
                return False
        else:
            raise AssertionError(f"a {type(x)} in the graph")
    return True


class TorchfileComparison:
    """Walks our plain graph and what torchfile made of the same file, side by side."""

    def __init__(self) -> None:
        self.pairs: dict[int, Any] = {}
        self.theirs: set[int] = set()
        self.kept: list[Any] = []
        self.checked = 0

    def check(self, ours: Any, theirs: Any) -> None:
        """Raises AssertionError at the first difference."""
        todo = [(ours, theirs)]
        while todo:
            ours, theirs = todo.pop()
            self.checked += 1
            if ours is None or isinstance(ours, bool):
                assert ours is theirs
            elif isinstance(ours, float):
                assert type(theirs) is float
                assert np.float64(ours).tobytes() == np.float64(theirs).tobytes()
            elif isinstance(ours, (str, bytes)):
                assert (ours.encode() if isinstance(ours, str) else ours) == theirs
            elif isinstance(ours, t7.T7Function) and ours.kind == 6:
                todo += self.inside(ours, theirs)
            elif id(ours) in self.pairs:
                assert self.pairs[id(ours)] is theirs
            else:
                assert id(theirs) not in self.theirs
                self.pairs[id(ours)] = theirs
                self.theirs.add(id(theirs))
                self.kept += (ours, theirs)
                todo += self.inside(ours, theirs)

    def inside(self, ours: Any, theirs: Any) -> list[tuple[Any, Any]]:
        """What two containers hold, in pairs; tensors and storages are compared here."""
        if isinstance(ours, t7.T7Table):
            assert isinstance(theirs, dict)
            flat = [x for entry in theirs.items() for x in entry]
            assert len(ours.flat()) == len(flat)
            return list(zip(ours.flat(), flat, strict=True))
        if isinstance(ours, t7.TdsVec):
            assert isinstance(theirs, list)
            return list(zip(ours.items, theirs, strict=True))
        if isinstance(ours, t7.T7Object):
            assert ours.class_name.encode() == theirs.torch_typename()
            assert ours.version == theirs._version_number
            return [(ours.contents, theirs._obj)]
        if isinstance(ours, t7.T7Function):
            assert (ours.code, len(ours.code)) == (theirs.dumped, theirs.size)
            return [(ours.upvalues, theirs.upvalues)]
        if isinstance(ours, Tensor):
            assert theirs.dtype == ours.dtype.numpy
            assert theirs.shape == ours.shape
            assert theirs.tobytes() == ours.array.tobytes()
            return []
        assert isinstance(ours, Storage)
        assert (theirs.dtype, theirs.tobytes()) == (ours.dtype.numpy, ours.buffer.tobytes())
        return []
