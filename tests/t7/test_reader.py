"""What the corpus does not have: widths of long, old files, GPU and half classes, depth, builders, many values."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from lua_compat import t7
from lua_compat.t7 import raw as raw_graph
from lua_compat.t7.reader import Reader
from pytorch_from_lua.tensor import Storage, Tensor
from tests.t7 import encode as e
from tests.t7.encode import CORPUS

FLOATS = np.array([1, -2, 3.5, 4, 5, 6], np.float32)
MODELS = sorted((CORPUS / "models").glob("*.t7"))


def held(index: int, cls: str, array: np.ndarray, long_size: int) -> bytes:
    return e.storage(index, cls, array, long_size)


# -- the width of long ----------------------------------------------------------------------------------------------


def some_files(size: int) -> dict[str, bytes]:
    """Files whose longs have ``size`` bytes, among them those that look alike with the other width."""

    def floats(index: int, array: np.ndarray) -> bytes:
        return e.tensor(
            index, "torch.FloatTensor", (len(array),), e.storage(index + 1, "torch.FloatStorage", array, size), size
        )

    zeros = np.zeros(6, np.float32)
    empty = e.tensor(7, "torch.FloatTensor", (), e.NIL, size)
    longs = np.array([0, 0, 3], f"<i{size}")
    vector = e.obj(9, "tds.Vec", e.long(2, size=size), e.NIL, e.number(1), version="V 0")
    no_elements = e.obj(9, "tds.Hash", e.long(0, size=size), version="V 0")
    return {
        "tensor": floats(1, FLOATS),
        "zeros": floats(1, zeros),
        "zeros in a table": e.table(1, e.string("w"), floats(2, zeros), e.string("b"), e.number(0.0)),
        "storage of zeros": e.storage(1, "torch.FloatStorage", zeros, size),
        "storage of zeros as a key": e.table(1, e.storage(2, "torch.FloatStorage", zeros, size), e.string("b")),
        "longs": e.storage(1, "torch.LongStorage", longs, size),
        "longs in a table": e.table(1, e.string("n"), e.storage(2, "torch.LongStorage", longs, size), e.TRUE, e.FALSE),
        "empty": empty,
        "empty in a table": e.table(1, e.string("a"), empty, e.string("b"), e.number(3)),
        "two empty ones": e.table(1, e.number(1), empty, e.number(2), e.again(7, 4)),
        "vector": vector,
        "empty hash": no_elements,
        "empty hash in a table": e.table(1, e.string("h"), no_elements, e.string("b"), e.NIL),
        "many dimensions": e.tensor(
            1, "torch.DoubleTensor", (1, 2, 3), e.storage(2, "torch.DoubleStorage", np.zeros(6), size), size
        ),
        "object": e.obj(
            1, "nn.A", e.table(2, e.string("weight"), floats(3, zeros), e.string("bias"), floats(5, zeros))
        ),
    }


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("name", sorted(some_files(8)))
def test_width_of_long_is_found(name: str, size: int) -> None:
    data = some_files(size)[name]
    reader = t7.bytes_reader(data)
    value = reader.read()
    assert reader.source.long_size == size
    assert reader.position == len(data)
    assert len(t7.write_bytes(value, long_size=size)) == len(data)
    told = t7.bytes_reader(data, long_size=size)
    assert t7.write_bytes(told.read()) == t7.write_bytes(value)


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_width_of_long_is_found_in_models(path: Any) -> None:
    value = t7.read_file(path)
    if path.stem == "Reshape_of_one":  # memory that Torch7 had not set
        with pytest.raises(t7.T7Error, match="an integer does not fit a long of 4 bytes"):
            t7.write_bytes(value, long_size=4)
        return
    reader = t7.bytes_reader(t7.write_bytes(value, long_size=4))
    again = reader.read()
    assert reader.source.long_size == 4
    assert t7.write_bytes(again) == t7.write_bytes(value)


def test_told_width_is_believed() -> None:
    with pytest.raises(t7.T7Error):
        t7.read_bytes(some_files(8)["tensor"], long_size=4)
    with pytest.raises(ValueError, match="long_size: needs 4 or 8"):
        t7.read_bytes(e.NIL, long_size=2)


def test_narrow_longs_become_wide() -> None:
    value = t7.read_bytes(e.storage(1, "torch.LongStorage", np.array([1, -2, 3], "<i4"), 4))
    assert value.tolist() == [1, -2, 3]
    assert value.buffer.dtype == np.int64


# -- classes --------------------------------------------------------------------------------------------------------

CLASSES = {
    "Byte": np.uint8, "Char": np.int8, "Short": np.int16, "Int": np.int32, "Long": np.int64, "Half": np.float16,
    "Float": np.float32, "Double": np.float64, "Cuda": np.float32, "CudaByte": np.uint8, "CudaChar": np.int8,
    "CudaShort": np.int16, "CudaInt": np.int32, "CudaLong": np.int64, "CudaHalf": np.float16, "CudaDouble": np.float64,
}  # fmt: skip


@pytest.mark.parametrize("word", sorted(CLASSES))
def test_every_tensor_class(word: str) -> None:
    array = np.array([1, 2, 3, 4, 5, 6], CLASSES[word])
    data = e.tensor(1, f"torch.{word}Tensor", (2, 3), e.storage(2, f"torch.{word}Storage", array))
    value = t7.read_bytes(data)
    assert isinstance(value, Tensor)
    assert value.array.dtype == CLASSES[word]
    assert value.array.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert value.storage().device == "cpu"
    raw = t7.read_bytes(data, builder=raw_graph.RawBuilder())
    assert t7.write_bytes(raw, describer=raw_graph.RawDescriber()) == data
    text = t7.write_bytes(raw, describer=raw_graph.RawDescriber(), format="ascii")
    assert t7.write_bytes(t7.read_bytes(text)) == t7.write_bytes(value)


def test_files_from_before_classes_had_versions() -> None:
    data = e.obj(1, "nn.Old", e.table(2, e.string("x"), e.number(1)), version=None)
    value = t7.read_bytes(data)
    assert (value.class_name, value.version, value.contents["x"]) == ("nn.Old", None, 1.0)
    assert t7.write_bytes(value) == data
    held = e.storage(2, "torch.FloatStorage", FLOATS)
    assert t7.read_bytes(e.tensor(1, "torch.FloatTensor", (6,), held)).array.tolist() == FLOATS.tolist()


def test_versions_are_kept() -> None:
    data = e.obj(1, "nn.New", e.NIL, version="V 12")
    value = t7.read_bytes(data)
    assert (value.version, value.contents) == (12, None)
    assert t7.write_bytes(value) == data


@pytest.mark.parametrize("kind", [6, 7, 8])
def test_functions_are_kept_and_never_run(kind: int) -> None:
    code = b"\x1bLJ not really"
    head = e.integer(kind) + (b"" if kind == 6 else e.integer(1))
    data = head + e.chars(code) + e.table(1 if kind == 6 else 2, e.number(1), e.number(7))
    value = t7.read_bytes(data)
    assert (value.code, value.kind, value.upvalues[1]) == (code, kind, 7.0)
    assert t7.write_bytes(value) == data


def test_a_function_can_capture_itself() -> None:
    data = e.integer(8) + e.integer(1) + e.chars(b"code") + e.table(2, e.string("me"), e.again(1, 8))
    value = t7.read_bytes(data)
    assert value.upvalues["me"] is value
    assert t7.write_bytes(value) == data


def test_generators_keep_their_state() -> None:
    data = e.table(1, e.string("g"), e.obj(2, "torch.Generator", bytes(range(8)) * 631), e.string("after"), e.TRUE)
    value = t7.read_bytes(data)
    assert value["g"].payload == bytes(range(8)) * 631
    assert value["after"] is True
    assert t7.write_bytes(value) == data


# -- tables ---------------------------------------------------------------------------------------------------------


def test_true_and_one_are_two_keys() -> None:
    value = t7.read_bytes(e.table(1, e.TRUE, e.string("yes"), e.number(1), e.string("one"), e.FALSE, e.number(0)))
    assert (value[True], value[1], value[False]) == ("yes", "one", 0.0)
    assert 0 not in value


def test_strings_that_are_no_text_stay_bytes() -> None:
    value = t7.read_bytes(e.table(1, e.string(b"\xff\0"), e.string("Wörter")))
    assert value.keys() == [b"\xff\0"]
    assert value[b"\xff\0"] == "Wörter"


def test_tables_are_keys_by_identity() -> None:
    value = t7.read_bytes(e.table(1, e.table(2), e.string("a"), e.table(3), e.string("b")))
    first, second = value.keys()
    assert (value[first], value[second]) == ("a", "b")


def test_table_as_list() -> None:
    assert t7.T7Table.of("abc").is_list()
    assert t7.T7Table([2.0, 1.0], "ba").is_list()
    assert t7.T7Table([2.0, 1.0], "ba").to_list() == ["a", "b"]
    assert t7.T7Table().is_list()
    assert not t7.T7Table([True], "a").is_list()
    assert not t7.T7Table([1.0, 3.0], "ab").is_list()
    assert t7.T7Table([1.0, 3.0], "ab").length() == 1
    assert t7.T7Table([1.0, 1.0], "ab")[1] == "b"  # the later entry wins, as when Lua reads the file


def test_table_setting() -> None:
    table = t7.T7Table()
    table["a"] = 1
    table["a"] = 2
    table[True] = 3
    assert list(table.items()) == [("a", 2), (True, 3)]
    with pytest.raises(KeyError):
        table[1]


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 100, 5000])
@pytest.mark.parametrize("odd", [None, 0, 20, 31, 99])
def test_numbers_in_bulk(count: int, odd: int | None) -> None:
    entries = [(e.number(i), e.number(i * 0.5)) for i in range(count)]
    values: list[Any] = [i * 0.5 for i in range(count)]
    if odd is not None and odd < count:
        entries[odd] = (e.number(odd), e.string("odd"))
        values[odd] = "odd"
    value = t7.read_bytes(e.table(1, *[part for entry in entries for part in entry]))
    assert value.keys() == list(range(count))
    assert value.values() == values


# -- depth ----------------------------------------------------------------------------------------------------------


def deep_tables(depth: int) -> bytes:
    return b"".join(e.integer(3) + e.integer(i) + e.integer(1) + e.number(1) for i in range(1, depth + 1)) + e.TRUE


def deep_objects(depth: int) -> bytes:
    return b"".join(e.obj(i, "nn.A") for i in range(1, depth + 1)) + e.TRUE


@pytest.mark.parametrize("make", [deep_tables, deep_objects])
@pytest.mark.parametrize("format", ["binary", "ascii"])
def test_a_hundred_thousand_levels(make: Any, format: str) -> None:
    depth = 100_000
    value = t7.read_bytes(make(depth))
    data = t7.write_bytes(value, format=format)
    if format == "binary":
        assert data == make(depth)
    value = t7.read_bytes(data)
    levels = 0
    while value is not True:
        value = value[1] if isinstance(value, t7.T7Table) else value.contents
        levels += 1
    assert levels == depth


# -- several values, builders ---------------------------------------------------------------------------------------


def test_values_one_after_another_share_their_objects() -> None:
    data = e.table(1, e.number(1), e.number(5)) + e.again(1) + e.string("end")
    reader = t7.bytes_reader(data)
    first, second, third = reader.read(), reader.read(), reader.read()
    assert first is second
    assert third == "end"
    assert reader.position == len(data)
    reader.position = 0
    assert reader.read() is first  # as Torch7 does: the file's objects are known


def test_a_reader_goes_on_in_grown_bytes() -> None:
    first, second = e.table(1), e.string("more") + e.again(1)
    reader = t7.bytes_reader(first)
    table = reader.read()
    with pytest.raises(t7.T7Error, match="the file ends within a type code"):
        reader.read()
    reader.source.rebind(bytearray(first + second))
    assert reader.read() == "more"
    assert reader.read() is table


def test_storages_are_shared_across_values() -> None:
    reader = t7.bytes_reader(
        e.tensor(1, "torch.FloatTensor", (6,), e.storage(2, "torch.FloatStorage", FLOATS))
        + e.tensor(3, "torch.FloatTensor", (2,), e.again(2, 4), offset=2)
    )
    whole, part = reader.read(), reader.read()
    assert part.storage() is whole.storage()
    part.array[...] = 9
    assert whole.array.tolist() == [1, 9, 9, 4, 5, 6]


class Coded(t7.GraphBuilder):
    """A class that reads its contents itself: an int and then a value, which may refer to the object."""

    def object_reader(self, obj: Any) -> Any:
        if obj.class_name != "corpus.Coded":
            return None

        def read(reader: Reader) -> None:
            obj.contents = (reader.source.int_("the code"), reader.read())

        return read


@pytest.mark.parametrize("format", ["binary", "ascii"])
def test_classes_that_read_and_write_themselves(format: str) -> None:
    class Described(t7.GraphDescriber):
        def describe(self, value: Any) -> Any:
            description = super().describe(value)
            if getattr(value, "class_name", "") != "corpus.Coded":
                return description

            def write(writer: t7.Writer) -> None:
                writer.sink.int_(value.contents[0])
                writer.write(value.contents[1])

            return description._replace(contents=None, write=write)

    data = e.table(
        1,
        e.number(1), e.obj(2, "corpus.Coded", e.integer(42), e.table(3, e.string("me"), e.again(2, 4))),
        e.number(2), e.again(2, 4),
        e.number(3), e.string("after"),
    )  # fmt: skip
    value = t7.read_bytes(data, builder=Coded())
    assert t7.write_bytes(value, describer=Described()) == data
    value = t7.read_bytes(t7.write_bytes(value, describer=Described(), format=format), builder=Coded())
    assert value[1].contents[0] == 42
    assert value[1].contents[1]["me"] is value[1] is value[2]
    assert value[3] == "after"


class Events(t7.GraphBuilder):
    """Tables that record what is told of them, to see that they begin before their contents."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def string(self, raw: bytes) -> Any:
        return raw

    def table_begin(self, count: int) -> Any:
        self.events.append(("begin", count))
        return [count]

    def table_fill(self, table: Any, items: list[Any]) -> None:
        self.events.append(("fill", list(items)))
        table.append(items)


@pytest.mark.parametrize("format", ["binary", "ascii"])
def test_a_builder_gets_containers_before_their_contents(format: str) -> None:
    cycle = t7.read_bytes(e.table(1, e.string("self"), e.again(1), e.string("n"), e.table(2)))
    builder = Events()
    value = t7.read_bytes(t7.write_bytes(cycle, format=format), builder=builder)
    assert value[0] == 2
    assert value[1][1] is value
    assert [name for name, _ in builder.events] == ["begin", "begin", "fill", "fill"]
    assert value[1][0] == b"self"


def test_an_error_leaves_the_reader_usable() -> None:
    reader = t7.bytes_reader(e.table(1, e.number(1), e.integer(99)) + e.string("next"))
    with pytest.raises(t7.T7Error, match="unknown type code 99"):
        reader.read()
    reader.position = len(e.table(1, e.number(1), e.integer(99)))
    assert reader.read() == "next"


def test_a_tensor_that_failed_is_not_remembered() -> None:
    broken = e.tensor(1, "torch.FloatTensor", (7,), e.storage(2, "torch.FloatStorage", FLOATS))
    reader = t7.bytes_reader(broken)
    for _ in range(2):
        reader.position = 0
        with pytest.raises(t7.T7Error, match="needs 7 elements"):
            reader.read()


def test_an_error_names_the_object_around_it() -> None:
    data = e.obj(1, "nn.A", e.table(2, e.string("x"), e.obj(3, "corpus.Coded", e.integer(42))))
    with pytest.raises(t7.T7Error, match=r"unknown type code 42; .* \(within an object of class corpus.Coded\)"):
        t7.read_bytes(data + e.NIL * 5)


def test_the_format_is_found_or_told() -> None:
    assert t7.read_bytes(b"1\n2.5\n") == 2.5
    assert t7.read_bytes(b"2\n1\n\n\n") == "\n"
    assert t7.read_bytes(memoryview(e.number(2))) == 2.0
    assert t7.read_bytes(b"xx" + e.number(2), position=2) == 2.0
    with pytest.raises(ValueError, match="format: needs"):
        t7.read_bytes(e.NIL, format="text")


def test_odd_layouts_of_ascii_are_read() -> None:
    data = b"4\n1\n3\nV 1\n19\ntorch.DoubleStorage\n3\n1.5\n  -nan \n inf"
    value = t7.read_bytes(data)
    assert value.tolist()[0] == 1.5
    assert np.signbit(value.buffer[1])
    assert value.tolist()[2] == float("inf")


def test_a_tensor_without_elements() -> None:
    value = t7.read_bytes(e.tensor(1, "torch.FloatTensor", (), e.NIL))
    assert value.shape == (0,)
    assert isinstance(value.storage(), Storage)
    assert len(value.storage()) == 0


def test_reading_needs_neither_lua_nor_torch() -> None:
    code = "import sys, lua_compat.t7; print([m for m in ('lupa', 'torch', 'numba', 'cupy') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
