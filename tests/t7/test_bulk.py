"""Values read by the thousand are those that the handlers read one by one; so is what is refused, and where."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lua_compat import t7
from lua_compat.t7 import bulk, numbers, scanner
from lua_compat.t7 import reader as reader_module
from lua_compat.t7.bigendian import BigEndianSource
from lua_compat.t7.reader import Reader
from lua_compat.t7.stream import BinaryStream
from tests.t7 import encode as e
from tests.t7.graphs import KEYS, LEAVES, MALFORMED, annotations, file_of, large_files, listed, text_of

luajit = pytest.importorskip("lupa.luajit21")


def small_scanner(slots: int, depth: int) -> scanner.Scanner:
    lua = luajit.LuaRuntime(register_eval=False, register_builtins=False, unpack_returned_tuples=True)
    return scanner.Scanner(lua, slots, depth)


SCANNERS = [small_scanner(slots, depth) for slots, depth in ((7, 2), (40, 5), (4000, 100))]


# -- both ways of reading -------------------------------------------------------------------------------------------


def plain(values: list[Any]) -> list[Any]:
    """What the values are, as things that compare: each container once, with a number, and its contents."""
    numbered: dict[int, int] = {}
    found: list[Any] = []
    todo = list(reversed(values))
    while todo:
        value = todo.pop()
        if value is None or isinstance(value, (bool, str, bytes)):
            found.append((type(value).__name__, value))
        elif isinstance(value, float):
            found.append(struct.pack("<d", value))
        elif id(value) in numbered:
            found.append(("again", numbered[id(value)]))
        else:
            numbered[id(value)] = len(numbered)
            held: list[Any] = []
            if isinstance(value, t7.T7Table):
                held = value.flat()
            elif isinstance(value, t7.TdsVec):
                held = value.items
            elif isinstance(value, t7.T7Object):
                held = [value.contents]
            elif isinstance(value, t7.T7Function):
                held = [value.upvalues]
            else:
                held = value.tolist()
            found.append((type(value), len(held)))
            todo += reversed(held)
    return found


def outcome(data: bytes, **options: Any) -> list[Any]:
    """All values of a file and what it says at its end, or where it is refused; and the objects that are known then."""
    reader = t7.bytes_reader(data, **{"format": "binary", **options})
    values, end = [], ""
    while reader.position < len(data):
        try:
            values.append(reader.read())
        except t7.T7Error as error:
            end = str(error)
            break
    known = sorted(reader.memo)
    return [plain([*values, *(reader.memo[i] for i in known)]), known, reader.position, end]


def one_by_one(data: bytes, **options: Any) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "read_simple_values", lambda *args: False)
        patch.setattr(numbers, "WORTH_IT", 2**40)
        return outcome(data, **options)


def in_bulk(data: bytes, scan: scanner.Scanner, after: int, **options: Any) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk.s, "scanner", lambda: scan)
        patch.setattr(bulk, "WORTH_IT_BYTES", 0)
        patch.setattr(bulk, "WORTH_IT_VALUES", after)
        return outcome(data, **options)


def check(data: bytes, **options: Any) -> list[Any]:
    expected = one_by_one(data, **options)
    for scan in SCANNERS:
        for after in (1, 5):
            assert in_bulk(data, scan, after, **options) == expected
    return expected


# -- generated files ------------------------------------------------------------------------------------------------


RAW = st.sampled_from([("raw", data) for data in MALFORMED.values()])


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = KEYS | inner.filter(lambda v: v is not None and v == v)
    entries = st.lists(st.tuples(keys, inner), max_size=6).map(lambda some: [x for entry in some for x in entry])
    return (
        st.tuples(st.just("table"), entries)
        | st.tuples(st.just("hash"), entries)
        | st.tuples(st.just("vec"), st.lists(inner, max_size=6))
        | st.tuples(st.sampled_from(["object", "function"]), st.tuples(inner))
    )


VALUES = st.recursive(LEAVES, containers, max_leaves=40)
MANY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(st.lists(VALUES, min_size=1, max_size=4))
def test_any_values(values: list[Any]) -> None:
    *_, end = check(file_of(values), long_size=8)
    assert end == ""


@MANY
@given(st.lists(VALUES, min_size=1, max_size=3), st.data())
def test_files_cut_short(values: list[Any], data: Any) -> None:
    whole = file_of(values)
    cut = data.draw(st.integers(1, len(whole)))
    check(whole[:cut], long_size=8)


@MANY
@given(st.lists(VALUES, min_size=1, max_size=3), st.data())
def test_files_with_bytes_changed(values: list[Any], data: Any) -> None:
    whole = bytearray(file_of(values))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    check(bytes(whole), long_size=8)


@MANY
@given(st.lists(st.recursive(LEAVES | RAW, containers, max_leaves=20), min_size=1, max_size=3))
def test_files_with_something_malformed(values: list[Any]) -> None:
    check(file_of(values), long_size=8)


# What may stand in the place of a line end, or of a digit.
LOOSE = st.sampled_from([b" ", b"\r\n", b"\n\n", b"\t", b"", b"+1\n", b"-1\n", b"007\n", b"1e3\n", b"0x10\n", b"_1\n",
                         b"1" * 9 + b"\n", b"1" * 17 + b"\n", b"1" * 70 + b"\n", b".5\n", b"5.\n", b"1e\n", b"-\n",
                         b"1e999\n", b"-0\n", b"nan\n", b"inf\n", b"4e-324\n", b"0.1\n", b",5\n"])  # fmt: skip


@MANY
@given(st.lists(VALUES, min_size=1, max_size=3), st.lists(st.tuples(st.integers(0, 2**30), LOOSE), max_size=3))
def test_text(values: list[Any], changes: list[tuple[int, bytes]]) -> None:
    data = text_of(values)
    for place, text in changes:
        ends = [i for i, byte in enumerate(data) if byte == ord("\n")]
        at = ends[place % len(ends)]
        begin = at if place % 3 else data.rfind(b"\n", 0, at) + 1
        data = data[:begin] + text + data[at + 1 :]
    _, _, position, end = check(data, format="ascii")
    assert changes or (end == "" and position == len(data))


@pytest.mark.parametrize("word", ["0", "-0", "1", "1023", "1024", "-1", "123456789012345", "1234567890123456", "1e5",
                                  "9007199254740993", "0.1", "-2.5e-3", "1e999", "1e-999", "nan", "-nan", "inf",
                                  "1_0", "1,5", "0x10", "1" * 64, "1" * 65, "1.", ".1", "+1", "--1", "", " 1",
                                  "1 "])  # fmt: skip
def test_numbers_in_text(word: str) -> None:
    entry = b"1\n%s\n" % word.encode()
    check(b"3\n1\n3\n1\n1\n" + entry + entry + b"5\n1\n1\n3\n" + entry, format="ascii")


def test_a_large_text() -> None:
    chance = random.Random(3)
    data = text_of([listed(list(annotations(2000, chance)))])
    assert outcome(data, format="ascii") == one_by_one(data, format="ascii")
    assert outcome(data[:-100], format="ascii") == one_by_one(data[:-100], format="ascii")


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_what_is_malformed_is_refused(name: str) -> None:
    at_the_end = e.table(1, e.number(1), e.TRUE, e.number(2), MALFORMED[name])
    deeper = e.table(1, e.TRUE, e.table(2, e.string("a"), e.number(0.5), e.FALSE, e.table(3, e.number(1), at_the_end)))
    for data in (at_the_end, deeper, at_the_end + bytes(9), MALFORMED[name]):
        *_, end = check(data, long_size=8)
        assert end.startswith("<bytes>: at byte")


def test_strings_that_the_scanner_might_mistake_for_each_other() -> None:
    # The first two have the same hash in scan.lua.
    texts = ["xiqpzoev", "xnlurpaw", "", "a", "aa", "a\0", "\0", "ab" * 32, "ab" * 32 + "c", "ab" * 31 + "ac"]
    for some in (texts, texts[:5], [t for t in texts if "\0" not in t]):
        _, _, _, end = check(file_of([listed(some + some)]))
        assert end == ""


@pytest.mark.parametrize("size", [4, 8])
def test_tds_containers_of_either_width(size: int) -> None:
    held = e.obj(3, "tds.Vec", e.long(2, size=size), e.number(7), e.again(2, 4), version="V 0")
    data = e.obj(2, "tds.Hash", e.long(2, size=size), e.string("k"), held, e.TRUE, e.NIL, version="V 0")
    assert check(e.table(1, e.number(1), data, e.number(2), e.TRUE), long_size=size)[-1] == ""
    assert check(e.table(1, e.number(1), data, e.number(2), e.TRUE))[-1] == ""


# -- large files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["annotations", "vocabulary", "hashes in a vector", "vectors of nothing",
                                  "strings that are no text", "large tables in tables"])  # fmt: skip
def test_large_files(name: str) -> None:
    data = large_files()[name]
    assert bulk.s.scanner() is not None
    expected = one_by_one(data, long_size=8)
    assert expected[-1] == ""
    assert outcome(data, long_size=8) == in_bulk(data, SCANNERS[2], 5, long_size=8) == expected
    cut = data[: len(data) * 2 // 3]
    assert outcome(cut, long_size=8) == one_by_one(cut, long_size=8)


class Pipe:
    """A stream that gives some bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        self.data, self.most, self.taken = data, most, 0

    def read1(self, size: int) -> bytes:
        found = self.data[self.taken : self.taken + min(size, self.most)]
        self.taken += len(found)
        return found

    def unread(self, data: bytes) -> None:
        self.taken -= len(data)

    def tell(self) -> int:
        return self.taken


@pytest.mark.parametrize("most", [7, 100_000])
@pytest.mark.parametrize("name", ["annotations", "vocabulary"])
def test_streams(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = large_files()[name]
    monkeypatch.setattr(bulk, "WORTH_IT_BYTES", 0)
    source = BinaryStream(Pipe(data, most), "pipe")
    source.begin()
    reader = Reader(source)
    values = [reader.read() for _ in range(2 if name == "vocabulary" else 1)]
    whole = t7.bytes_reader(data, long_size=8)
    assert plain(values) == plain([whole.read() for _ in values])


def test_big_endian_files_are_read_and_written_by_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "WORTH_IT_BYTES", 0)
    parts: list[bytes] = []
    value = t7.T7Table.of([t7.T7Table.of({"n": i * 0.5, "flag": i % 2 == 0, "nothing": None}) for i in range(1000)])
    writer = t7.Writer(parts.append)
    writer.encode(parts.append, format="binary", order=">")
    writer.write(value)
    data = b"".join(parts)
    assert data[:12] == struct.pack(">iii", 3, 1, 1000)
    assert plain([Reader(BigEndianSource(data, "big")).read()]) == plain([value])


def test_objects_with_numbers_far_apart() -> None:
    entries = [part for i in range(500) for part in (e.number(i + 1), e.table(2 + 1000 * i, e.TRUE, e.FALSE))]
    again = [part for i in range(500) for part in (e.number(-i - 1), e.again(2 + 1000 * i))]
    check(e.table(1, *entries, *again))
    data = e.table(1, *entries, *again)
    assert outcome(data) == one_by_one(data)


def test_without_luajit_files_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk.s, "scanner", lambda: None)
    data = large_files()["annotations"]
    assert outcome(data, long_size=8) == one_by_one(data, long_size=8)


def test_a_builder_with_a_method_of_its_own_gets_every_call() -> None:
    class Counting(t7.GraphBuilder):
        calls = 0

        def string(self, raw: bytes) -> Any:
            self.calls += 1
            return raw

    builder = Counting()
    t7.read_bytes(large_files()["vocabulary"], builder=builder)
    assert builder.calls == 12_000
