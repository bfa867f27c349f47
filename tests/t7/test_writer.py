"""Whatever is written is read back the same; what cannot be written is refused with its place."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lua_compat import t7
from pytorch_from_lua.tensor import Storage, Tensor
from tests.t7.compare import same

NUMBERS = st.floats() | st.integers(-(2**53), 2**53).map(float)
STRINGS = st.text() | st.binary()
DTYPES = (np.uint8, np.int8, np.int16, np.int32, np.int64, np.float16, np.float32, np.float64)


@st.composite
def tensors(draw: Any) -> Tensor:
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(st.lists(st.integers(1, 4), max_size=4))
    count = math.prod(shape) if shape else 0
    raw = draw(st.binary(min_size=count * dtype.itemsize, max_size=count * dtype.itemsize))
    array = np.frombuffer(raw, dtype)
    if dtype.kind == "f":  # text keeps a nan's sign and none of its other bits
        array = np.where(np.isnan(array), np.copysign(dtype.type(np.nan), array), array)
    tensor = Tensor.from_array(array.copy().reshape(shape or (0,)))
    return Tensor.from_storage(tensor.storage(), 0, tensor.shape[::-1], tensor.stride()[::-1]) if shape else tensor


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.floats(allow_nan=False) | STRINGS | st.booleans()
    entries = st.lists(st.tuples(keys, inner), max_size=5)
    tables = entries.map(lambda pairs: t7.T7Table([k for k, _ in pairs], [v for _, v in pairs]))
    hashes = entries.map(lambda pairs: t7.TdsHash([k for k, _ in pairs], [v for _, v in pairs]))
    names = st.sampled_from(["nn.Linear", "corpus.A", "A"])
    return (
        tables
        | hashes
        | st.lists(inner, max_size=5).map(t7.TdsVec)
        | st.builds(t7.T7Object, names, st.none() | st.integers(0, 99), tables)
        | st.builds(t7.T7Function, st.binary(), tables, st.sampled_from([6, 7, 8]))
        | inner.map(lambda v: t7.T7Table([1.0, 2.0], [v, v]))
    )


VALUES = st.recursive(st.none() | st.booleans() | NUMBERS | STRINGS | tensors(), containers, max_leaves=15)


@given(VALUES, st.sampled_from(["binary", "ascii"]))
def test_what_is_written_is_read(value: Any, format: str) -> None:
    data = t7.write_bytes(value, format=format)
    found = t7.read_bytes(data)
    assert same(value, found)
    assert t7.write_bytes(found, format=format) == data


class Rules(t7.GraphDescriber):
    """Another class, so that every value goes through the rules."""


@given(VALUES)
def test_the_short_cut_writes_what_the_rules_write(value: Any) -> None:
    assert t7.write_bytes(value) == t7.write_bytes(value, describer=Rules())


@pytest.mark.parametrize("value", ["a\ud800", "x" * 2**20, b"y" * (2**20 - 1), True, False, -0.0, 3, np.True_])
def test_the_short_cut_leaves_the_rest_to_the_rules(value: Any) -> None:
    def outcome(**options: Any) -> bytes | str:
        try:
            return t7.write_bytes({"key": value}, **options)
        except t7.T7Error as error:
            return str(error)

    assert outcome() == outcome(describer=Rules())


@given(VALUES)
def test_and_with_longs_of_4_bytes(value: Any) -> None:
    try:
        data = t7.write_bytes(value, long_size=4)
    except t7.T7Error as error:
        if "does not fit a long of 4 bytes" not in str(error):
            raise
        return
    assert same(value, t7.read_bytes(data, long_size=4))


def test_same_tells_values_apart() -> None:
    shared = t7.T7Table()
    assert same(t7.T7Table.of([shared, shared]), t7.T7Table.of([shared, shared]))
    assert not same(t7.T7Table.of([shared, shared]), t7.T7Table.of([t7.T7Table(), t7.T7Table()]))
    assert not same(1.0, 2.0)
    assert not same(0.0, -0.0)
    assert not same(Tensor.from_array(np.zeros(2)), Tensor.from_array(np.ones(2)))


def test_cycles() -> None:
    table, obj = t7.T7Table(), t7.T7Object("nn.A", 1, t7.T7Table())
    table["self"], table["obj"] = table, obj
    obj.contents["owner"] = table
    found = t7.read_bytes(t7.write_bytes(table))
    assert found["self"] is found
    assert found["obj"].contents["owner"] is found


def test_python_values() -> None:
    shared = [1, np.float32(2.5), np.int64(3), np.bool_(True)]
    found = t7.read_bytes(t7.write_bytes({"list": shared, "again": shared, "tuple": ("a", b"\xff"), "none": None}))
    assert found["list"] is found["again"]
    assert found["list"].to_list() == [1, 2.5, 3, True]
    assert found["tuple"].to_list() == ["a", b"\xff"]
    assert found["none"] is None


def test_tensors_that_torch7_does_not_have() -> None:
    scalar = Tensor.from_array(np.array(2.5))
    none = Tensor.from_array(np.zeros((3, 0)))
    truth = Tensor.from_array(np.array([True, False]))
    found = t7.read_bytes(t7.write_bytes([scalar, none, truth]))
    assert found[1].shape == (1,)
    assert found[1].array.tolist() == [2.5]
    assert found[2].shape == (0,)
    assert found[3].dtype.name == "uint8"
    assert found[3].array.tolist() == [1, 0]


def test_nan_keeps_its_sign_in_text() -> None:
    assert t7.write_bytes(math.copysign(math.nan, -1), format="ascii") == b"1\n-nan\n"
    assert t7.write_bytes(math.copysign(math.nan, 1), format="ascii") == b"1\nnan\n"
    assert t7.write_bytes(-math.inf, format="ascii") == b"1\n-inf\n"


def test_text_of_a_large_storage() -> None:
    array = np.arange(200_000, dtype=np.float32) / 3
    data = t7.write_bytes(Storage(array), format="ascii")
    assert data.count(b" ") == 199_999 + 1  # and the one in "V 1"
    assert (t7.read_bytes(data).buffer == array).all()


class Unknown:
    pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Unknown(), "value: a .t7 file cannot hold a "),
        ({"a": [1, {"b": Unknown()}]}, "value['a'][2]['b']: a .t7 file cannot hold a "),
        ({"a": {Unknown(): 1}}, "value['a'][Unknown]: a .t7 file cannot hold a "),
        ({1.5: {"x": 2**60 + 1}}, "value[1.5]['x']: the integer 1152921504606846977 is no number in Lua"),
        ([10**400], "value[1]: the integer 1000"),
        ({"a": {math.nan: 1}}, "value['a']: a table cannot have the key nan"),
        ({None: 1}, "a table cannot have the key nil"),
        ("\ud800", "a string has no UTF-8 form"),
        (t7.T7Object("", 1), "'' is no class name"),
        (t7.T7Object("a\nb", 1), "is no class name"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(value: Any, text: str) -> None:
    with pytest.raises(t7.T7Error) as caught:
        t7.write_bytes(value)
    assert text in str(caught.value)
    assert caught.value.offset is None


def test_longs_that_do_not_fit() -> None:
    value = [Storage(np.array([1, 2**31]))]
    with pytest.raises(t7.T7Error, match=r"value\[1\]: an integer does not fit a long of 4 bytes"):
        t7.write_bytes(value, long_size=4)
    assert t7.read_bytes(t7.write_bytes(value))[1].tolist() == [1, 2**31]


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="format: needs"):
        t7.write_bytes(1, format="text")
    with pytest.raises(ValueError, match="long_size: needs 4 or 8, got 2"):
        t7.write_bytes(1, long_size=2)


def test_values_one_after_another() -> None:
    parts: list[bytes] = []
    writer = t7.Writer(lambda data: parts.append(bytes(data)))
    table = t7.T7Table.of([5.0])
    writer.write(table)
    writer.write(table)
    for i in range(50):
        writer.write([float(i)])  # lists that are gone after each call: their identities must not be mixed up
    reader = t7.bytes_reader(b"".join(parts))
    assert reader.read() is reader.read()
    assert [reader.read()[1] for _ in range(50)] == list(range(50))


def test_a_failed_value_leaves_the_writer_usable() -> None:
    parts: list[bytes] = []
    writer = t7.Writer(lambda data: parts.append(bytes(data)))
    with pytest.raises(t7.T7Error):
        writer.write([Unknown()])
    parts.clear()
    writer.write("next")
    assert t7.read_bytes(b"".join(parts)) == "next"


# -- files ----------------------------------------------------------------------------------------------------------


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "model.t7"
    t7.write_file(path, "old")
    with pytest.raises(t7.T7Error, match=r"model.t7: value\[1\]\[2\]"):
        t7.write_file(path, [["x" * 100_000, Unknown()]])
    assert t7.read_file(path) == "old"
    assert os.listdir(tmp_path) == ["model.t7"]


@pytest.mark.parametrize("format", ["binary", "ascii"])
def test_modes_and_links_are_kept(tmp_path: Path, format: str) -> None:
    path, link = tmp_path / "model.t7", tmp_path / "link.t7"
    t7.write_file(path, 1.0, format=format)
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    path.chmod(0o640)
    link.symlink_to(path)
    t7.write_file(link, 2.0, format=format)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert t7.read_file(path) == 2.0


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    t7.write_file("/dev/null", [1, 2, 3])
    assert not Path("/dev/null").is_file()


def test_a_pipe_that_has_a_path() -> None:
    """Such as /dev/stdout: the link that the system shows there leads to no file."""
    receiver, sender = os.pipe()
    try:
        t7.write_file(f"/dev/fd/{sender}", [1, "two"])
        found = t7.read_bytes(os.read(receiver, 1000))
    finally:
        os.close(receiver)
        os.close(sender)
    assert found.to_list() == [1, "two"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        t7.write_file(tmp_path / "no" / "model.t7", 1)
