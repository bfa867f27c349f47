"""Values by the ten thousand: what a scan found becomes the plain object graph, a column at a time.

It gives what the handlers would give, several times faster. A scan stops before what it does not understand and before
whatever is malformed: containers that are open then become frames, and the handlers go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import repeat
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from lua_compat.t7 import scanner as s
from lua_compat.t7.frame import Frame
from lua_compat.t7.values import T7Table, TdsHash, TdsVec

if TYPE_CHECKING:
    from lua_compat.t7.builder import Builder
    from lua_compat.t7.reader import Reader
    from lua_compat.t7.source import AsciiSource, BinarySource

#: Where fewer bytes are left, or so few values came one after another, reading one by one is as fast.
WORTH_IT_BYTES = 16384
WORTH_IT_VALUES = 256

_SHORT = 4096  # bytes; a scan of fewer has not paid
_MOST_SHORT = 10
_FEW = 64  # values; containers of at most so many are filled together with all others of their size
_CLASSES = (T7Table, TdsHash, TdsVec)  # by kind
_FLAT, _ITEMS = vars(T7Table)["_flat"].__set__, vars(TdsVec)["items"].__set__  # the attributes' own setters, in C
_FILL = (_FLAT, _FLAT, _ITEMS)

#: What a class must not have changed to have its values made in bulk by the method ``bulk`` that it inherits.
_STOOD_FOR = ("string", "table_begin", "table_fill", "hash_begin", "hash_fill", "vec_begin", "vec_fill")


def may_build(builder: Builder) -> bool:
    """Whether a builder has a method ``bulk`` that does what its other methods do."""
    cls = type(builder)
    owner = next((c for c in cls.__mro__ if "bulk" in vars(c)), None)
    return owner is not None and all(getattr(cls, name) is getattr(owner, name) for name in _STOOD_FOR)


def read_values(reader: Reader, source: AsciiSource | BinarySource, base: int) -> int:
    """Reads on in the containers on the stack above ``base`` while values are simple; how many bytes that were."""
    found = s.scanner()
    if found is None or not found.lock.acquire(blocking=False):
        return 0
    begun, stack, builder, short = source.position, reader.stack, cast(Any, reader.builder), 0
    try:
        while short < _MOST_SHORT and source.position < source.end:
            frame = stack[-1]
            if not frame.remaining:
                if len(stack) == base:
                    break
                reader.close()
                continue
            marks, first = reader.objects.marks(found.slots)
            data = np.frombuffer(source.data, np.uint8)
            scan = found.scan(
                data, source.position, frame.remaining, frame.keyed, marks, first, source.long_size or 0, source.binary
            )
            size = scan.position - source.position
            if size == 0:
                break
            builder.bulk(found, scan, reader)
            source.position = scan.position
            if not scan.full and frame.remaining:
                break
            short += size < _SHORT
    finally:
        found.lock.release()
    return source.position - begun


def strings(found: s.Scanner, scan: s.Scan, make: Callable[[bytes], Any]) -> list[Any]:
    """The short strings of a scan: text where all of them are, else each as ``make`` makes it."""
    raw = found.arrays["blob"][: scan.blob - 1].tobytes()
    try:
        together: list[Any] = raw.decode("utf-8").split("\0")
    except UnicodeDecodeError:
        together = []
    if len(together) == scan.strings:
        return together
    starts = found.arrays["string_start"][: scan.strings].tolist()  # one is no text, or has a NUL in it
    sizes = found.arrays["string_size"][: scan.strings].tolist()
    return [make(raw[a : a + n]) for a, n in zip(starts, sizes, strict=True)]


def build_graph(found: s.Scanner, scan: s.Scan, reader: Reader) -> None:
    """Makes the values of a scan and puts them into the containers and frames that they belong to."""
    arrays, pool, stack = found.arrays, found.pool, reader.stack
    slots, kinds = arrays["slots"], arrays["table_kind"][: scan.tables]
    made = _begin(kinds)
    ranges = _fill_pool(found, scan, reader, made)
    reader.objects.remember(arrays["table_index"][: scan.tables].copy(), made)
    _fill(arrays, scan, pool, made)

    opened = arrays["open_table"][1 : scan.depth + 1].tolist()
    left, cursors = arrays["open_left"].tolist(), arrays["open_cursor"].tolist()
    frame = stack[-1]
    frame.items += pool.take(slots[: cursors[0] : -1]).tolist()
    frame.remaining = left[0]
    for k, more, stop in zip(opened, left[1:], cursors[1:], strict=False):
        items = pool.take(slots[arrays["table_start"][k] : stop]).tolist()
        kind = int(kinds[k])
        _FILL[kind](made[k], [])
        stack.append(Frame(more, kind != s.VEC, _FILL[kind], made[k], items))
    for start, stop in ranges:
        pool[start:stop] = None


def _begin(kinds: np.ndarray[Any, Any]) -> list[Any]:
    """Empty containers of these kinds, which have no attributes yet."""
    if kinds.any():
        return [object.__new__(_CLASSES[kind]) for kind in kinds.tolist()]
    return list(map(object.__new__, repeat(T7Table, len(kinds))))


def _fill_pool(found: s.Scanner, scan: s.Scan, reader: Reader, made: list[Any]) -> list[tuple[int, int]]:
    """Puts what each code of a scan stands for into the pool; says which parts of the pool were taken."""
    arrays, pool, data, make = found.arrays, found.pool, reader.source.data, reader.builder.string
    pool[found.numbers : found.numbers + scan.numbers] = arrays["numbers"][: scan.numbers]
    values: dict[int, list[Any]] = {found.tables: made}
    if scan.strings:
        values[found.strings] = strings(found, scan, make)
    if scan.longs:
        starts = arrays["long_start"][: scan.longs].astype(np.int64).tolist()
        sizes = arrays["long_size"][: scan.longs].tolist()
        values[found.longs] = [make(data[a : a + n]) for a, n in zip(starts, sizes, strict=True)]
    if scan.known:
        memo = reader.memo
        values[found.known] = [memo[i] for i in arrays["known"][: scan.known].tolist()]
    for start, some in values.items():
        # An array first: numpy would look into a list's elements.
        pool[start : start + len(some)] = np.fromiter(some, object, len(some))
    taken = [(found.numbers, scan.numbers), *((start, len(some)) for start, some in values.items())]
    return [(start, start + count) for start, count in taken]


def _fill(arrays: dict[str, np.ndarray[Any, Any]], scan: s.Scan, pool: np.ndarray[Any, Any], made: list[Any]) -> None:
    """Gives the containers their contents, those of one kind and one size together; what open ones get is no matter."""
    if not made:
        return
    slots, starts = arrays["slots"], arrays["table_start"][: len(made)]
    groups = 4 * arrays["table_size"][: len(made)] + arrays["table_kind"][: len(made)]
    if (groups == groups[0]).all():
        _fill_alike(made, pool, slots[: scan.free], int(groups[0]))
        return
    for group in np.flatnonzero(np.bincount(groups[groups < 4 * _FEW])).tolist():
        those = np.flatnonzero(groups == group)
        block = slots[starts[those][:, None] + np.arange(group // 4)]
        _fill_alike([made[k] for k in those.tolist()], pool, block, group)
    for k in np.flatnonzero(groups >= 4 * _FEW).tolist():
        size, kind = divmod(int(groups[k]), 4)
        _FILL[kind](made[k], pool.take(slots[starts[k] : starts[k] + size]).tolist())


def _fill_alike(made: list[Any], pool: np.ndarray[Any, Any], block: np.ndarray[Any, Any], group: int) -> None:
    size, kind = divmod(group, 4)
    each = pool.take(block.reshape(len(made), size)).tolist()
    deque(map(_FILL[kind], made, each), maxlen=0)
