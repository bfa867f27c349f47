"""Elements read and written from Lua, against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from lua_compat.bridge import core
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError
from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor.storage import EPOCH

DTYPES = ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _tensor(values, dtype="float64"):
    return Tensor.from_array(np.array(values, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_reads_and_writes_every_type(lua, dtype):
    t = _tensor([3, 1, 2, 7], dtype)
    read = lua.execute("local t = ...; local r = {}; for i = 1, 4 do r[i] = t[i] end; return unpack(r)", t)
    assert read == (3, 1, 2, 7)
    lua.execute("local t = ...; for i = 1, 4 do t[i] = i * 10 end", t)
    assert t.array.tolist() == [10, 20, 30, 40]


@pytest.mark.parametrize(("dtype", "written", "read"), [
    ("uint8", 300, 44), ("uint8", -1, 255), ("int8", 200, -56), ("int16", 70000, 4464), ("int32", 2.9, 2),
    ("int32", -2.9, -2), ("int64", -7.5, -7), ("int64", 2**53, 2**53), ("float32", 0.1, float(np.float32(0.1))),
    ("float16", 0.1, float(np.float16(0.1))),
])  # fmt: skip
def test_a_written_number_is_converted_as_c_does(lua, dtype, written, read):
    t = _tensor([0, 0], dtype)
    lua.execute("local t, x = ...; t[2] = x", t, written)
    assert t.array[1].item() == read
    assert t.array[0] == 0
    assert lua.execute("local t = ...; return t[2]", t) == read


def test_a_compiled_loop_over_two_types_writes_what_numpy_does(lua):
    rng = np.random.default_rng(0)
    x, y, out = rng.normal(size=1000), rng.integers(-50, 50, 1000), np.zeros(1000, np.float32)
    tensors = [Tensor.from_array(a) for a in (out, x, y)]
    lua.execute("local o, x, y = ...; for k = 1, 3 do for i = 1, 1000 do o[i] = x[i] * 2 + y[i] end end", *tensors)
    np.testing.assert_array_equal(out, (x * 2 + y).astype(np.float32))


def test_strided_vectors(lua):
    base = np.arange(24.0).reshape(4, 6)
    column = Tensor.from_array(base).select(1, 2) if hasattr(Tensor, "select") else Tensor.from_array(base[:, 2])
    assert lua.execute("local t = ...; return t[1], t[2], t[3], t[4], t[-1], t[2.5]", column) == (2, 8, 14, 20, 20, 8)
    view = Tensor.from_storage(Storage(base.reshape(-1)), 1, (3,), (7,))
    lua.execute("local t = ...; for i = 1, 3 do t[i] = -i end", view)
    assert base.reshape(-1)[[1, 8, 15]].tolist() == [-1, -2, -3]
    assert (base < 0).sum() == 3


def test_rows_of_three_dimensions_alias(lua):
    base = np.arange(24.0).reshape(2, 3, 4)
    t = Tensor.from_array(base)
    total = lua.execute(
        "local t = ...; local s = 0; for r = 1, 20 do for i = 1, 2 do for j = 1, 3 do for k = 1, 4 do "
        "s = s + t[i][j][k] end end end end; t[2][3][4] = -1; t[-1][-3][1] = 99; return s", t
    )  # fmt: skip
    assert total == 20 * np.arange(24.0).sum()
    assert base[1, 2, 3] == -1
    assert base[1, 0, 0] == 99


def test_a_row_has_the_geometry_of_the_view(lua):
    t = Tensor.from_array(np.arange(24.0).reshape(2, 3, 4))
    row = lua.execute("local t = ...; return t[2]", t)
    assert row.shape == (3, 4)
    assert row.stride() == (4, 1)
    assert row.storage() is t.storage()
    assert row.storage_offset() == 12


def test_expanded_tensors_read_one_element_many_times(lua):
    t = Tensor.from_storage(Storage(np.array([5.0, 6.0])), 0, (2, 3), (1, 0))
    assert lua.execute("local t = ...; return t[1][1], t[1][3], t[2][2]", t) == (5, 5, 6)


@pytest.mark.parametrize("change", [
    lambda t: t.resize_(6),
    lambda t: t.set_(Storage(np.arange(10.0, 20.0)), 2, (4,)),
    lambda t: t.storage().replace_(np.arange(50.0, 60.0)),
    lambda t: t.storage().resize_(1000).fill_(3.0),
])  # fmt: skip
def test_an_entry_notices_that_geometry_or_memory_changed(lua, change):
    t = _tensor(np.arange(4.0))
    lua.set_global("t", t)
    assert lua.eval("t[3]") == 2
    before = EPOCH[0]
    change(t)
    assert EPOCH[0] > before
    expected = t.array.tolist()
    assert list(lua.eval(", ".join(f"t[{i + 1}]" for i in range(4)))) == expected[:4]
    lua.execute("t[4] = -8")
    assert t.array[3] == -8


def test_a_kept_row_follows_its_tensor_and_never_a_changed_row(lua):
    t = _tensor(np.arange(6.0).reshape(2, 3))
    lua.set_global("t", t)
    assert lua.eval("rawequal(t[1], t[1])")
    row = lua.eval("t[1]")
    row.set_(Storage(np.array([70.0, 80.0])))
    assert lua.eval("t[1][1], t[1][3]") == (0, 2)
    t.set_(Storage(np.arange(100.0, 112.0)), 0, (4, 3))
    assert lua.eval("t[1][1], t[4][3]") == (100, 111)


def test_rows_are_assigned_tensors_and_numbers(lua):
    base = np.zeros((3, 2, 4))
    t, images = Tensor.from_array(base), Tensor.from_array(np.arange(8.0).reshape(2, 4))
    lua.execute("local t, x = ...; t[1] = x; t[2] = 5; t[-1] = x:view(8); t[3][1] = -1", t, images)
    expected = np.stack([np.arange(8.0).reshape(2, 4), np.full((2, 4), 5.0), np.arange(8.0).reshape(2, 4)])
    expected[2, 0] = -1
    np.testing.assert_array_equal(base, expected)


@pytest.mark.parametrize(("target", "source"), [("float32", "float64"), ("uint8", "float64"), ("float64", "int64")])
def test_rows_of_another_type_are_converted(lua, target, source):
    t, x = _tensor(np.zeros((2, 3)), target), _tensor([1, 2, 3], source)
    lua.execute("local t, x = ...; t[2] = x", t, x)
    assert t.array.tolist() == [[0, 0, 0], [1, 2, 3]]


def test_rows_that_do_not_lie_in_one_piece_are_assigned_too(lua):
    base = np.arange(12.0).reshape(3, 4)
    lua.execute(
        "local t = ...; local u = t:t(); u[2] = torch.DoubleTensor{70, 80, 90}; u[4] = 7", Tensor.from_array(base)
    )
    assert base[:, 1].tolist() == [70, 80, 90]
    assert base[:, 3].tolist() == [7, 7, 7]


def test_tables_of_numbers_name_one_element(lua):
    base = np.arange(24.0).reshape(2, 3, 4)
    t = Tensor.from_array(base)
    assert lua.execute("local t = ...; return t[{2, 3, 4}], t[{1, 1, 1}], t[{2, 1, 3}], t[2][{1, 2}]", t) == (
        23,
        0,
        14,
        13,
    )
    lua.execute("local t = ...; t[{2, 3, 4}] = -1; t[{1, 2, 1}] = -2", t)
    assert (base[1, 2, 3], base[0, 1, 0]) == (-1, -2)
    assert lua.execute("local t = ...; return t[{2, 1, -1}], t[{1, 1}]:size(1)", t) == (15, 4)
    for key in ("{3, 1, 1}", "{1, 4, 1}", "{0, 1, 1}", "{1, 1, 1, 1}"):
        with pytest.raises(LuaError):
            lua.execute(f"local t = ...; return t[{key}]", t)


def test_overlapping_rows_are_copied_as_if_by_way_of_another_place(lua):
    memory = np.arange(6.0)
    t = Tensor.from_storage(Storage(memory), 0, (2, 4), (2, 1))
    lua.execute("local t = ...; t[2] = t[1]", t)
    assert memory.tolist() == [0, 1, 0, 1, 2, 3]


def test_a_row_of_another_size_is_refused(lua):
    t = _tensor(np.zeros((2, 3)))
    with pytest.raises(LuaError, match="code"):
        lua.execute("local t = ...; t[1] = torch.DoubleTensor(4)", t)
    with pytest.raises(LuaError, match="expected"):
        lua.execute("local t = ...; t[1] = 'text'", t)


def test_bounds(lua):
    lua.set_global("t", _tensor([1, 2, 3]))
    lua.set_global("m", _tensor([[1, 2, 3], [4, 5, 6]]))
    lua.set_global("s", Storage(np.array([1.0, 2.0])))
    for access in ("t[4]", "t[0]", "t[-4]", "m[3]", "m[0]", "m[1][4]", "s[3]", "s[0]", "s[-1]", "t[0/0]", "t[1e300]"):
        with pytest.raises(LuaError, match="out of range"):
            lua.eval(access)
        with pytest.raises(LuaError, match="out of range"):
            lua.execute(access + " = 1")
    assert lua.eval("t[3], t[-1], t[-3], m[-1][-1], s[2]") == (3, 3, 1, 6, 2)
    lua.set_global("e", Tensor.from_array(np.empty((0,))))
    with pytest.raises(LuaError, match="empty"):
        lua.eval("e[1]")


@pytest.mark.parametrize("value", ["'abc'", "nil", "true", "{}", "print"])
def test_only_numbers_are_written(lua, value):
    t = _tensor([1, 2])
    with pytest.raises(LuaError, match="number expected"):
        lua.execute(f"local t = ...; t[1] = {value}", t)
    lua.execute("local t = ...; t[1] = '7'", t)
    assert t.array.tolist() == [7, 2]


def test_storages(lua):
    s = Storage(np.arange(5, dtype=np.int16))
    lua.set_global("s", s)
    assert lua.eval("#s, s[1], s[5]") == (5, 0, 4)
    lua.execute("for i = 1, #s do s[i] = s[i] * 2 end")
    assert s.tolist() == [0, 2, 4, 6, 8]
    s.resize_(7)
    assert lua.eval("#s") == 7


def test_read_only_memory_is_never_written(lua):
    array = np.arange(3.0)
    array.flags.writeable = False
    t = Tensor.from_array(array)
    assert lua.execute("local t = ...; return t[1], t[3]", t) == (0, 2)
    with pytest.raises(LuaError, match="read-only"):
        lua.execute("local t = ...; t[1] = 5", t)
    assert array[0] == 0


def test_booleans_are_bytes_that_stay_booleans(lua):
    t = Tensor.from_array(np.array([True, False]))
    assert lua.execute("local t = ...; t[2] = 5; return torch.type(t), t[1], t[2]", t) == ("torch.ByteTensor", 1, 1)
    assert t.array.tolist() == [True, True]


def test_more_dimensions_than_an_entry_holds(lua):
    shape = (2,) * (core.MOST_DIMENSIONS + 1)
    array = np.arange(float(np.prod(shape))).reshape(shape)
    index = "[2]" * len(shape)
    assert lua.execute(f"local t = ...; return t{index}, t[1]{'[1]' * (len(shape) - 1)}", Tensor.from_array(array)) == (
        array.size - 1, 0
    )  # fmt: skip


def test_a_tensor_keeps_its_identity(lua):
    t = _tensor([1.0])
    lua.set_global("a", t)
    lua.set_global("b", t)
    assert lua.execute("local k = {[a] = 'found'}; return a == b, k[b]") == (True, "found")
    assert lua.eval("a") is t


def test_types_and_methods_of_one_type(lua):
    found = lua.execute(
        """
        local names = {}
        for i = 1, select('#', ...) do names[i] = torch.typename((select(i, ...))) end
        return table.concat(names, ' ')
        """,
        *[_tensor([1], d) for d in DTYPES],
        *[_tensor([1], d).storage() for d in DTYPES],
    )
    words = ["Byte", "Char", "Short", "Int", "Long", "Half", "Float", "Double"]
    assert found.split() == [f"torch.{w}Tensor" for w in words] + [f"torch.{w}Storage" for w in words]
    own = Runtime()
    own.execute("function torch.FloatTensor.twice(t) return t[1] * 2 end")
    assert own.execute("local t = ...; return t:twice()", _tensor([4], "float32")) == 8
    assert own.execute("local t = ...; return t.twice", _tensor([4], "float64")) is None
    own.execute("torch.getmetatable('torch.DoubleTensor').thrice = function(t) return t[1] * 3 end")
    assert own.execute("local t = ...; return t:thrice()", _tensor([4])) == 12


def test_subclasses_of_tensor_are_tensors(lua):
    class Mine(Tensor):
        __slots__ = ("note",)

    t = Mine.from_array(np.array([4.0, 5.0]))
    assert lua.execute("local t = ...; return torch.type(t), t[2], torch.isTensor(t)", t) == (
        "torch.DoubleTensor",
        5,
        True,
    )


def test_other_python_objects_keep_lupas_behaviour(lua):
    class Thing:
        colour = "blue"

    thing = Thing()
    assert lua.execute("local x = ...; x.size = 4; return x.colour, torch.typename(x), torch.isTensor(x)", thing) == (
        "blue", None, False
    )  # fmt: skip
    assert thing.size == 4
    assert lua.execute("local f = ...; return f.__name__", test_bounds) == "test_bounds"
    assert lua.eval("torch.isTensor(io.stdout), torch.isTensor(nil), torch.isStorage(3)") == (False, False, False)


def test_data_points_at_the_elements(lua):
    t = _tensor([1.5, 2.5])
    assert lua.execute("local t = ...; local p = t:data(); p[1] = 9; return p[0]", t) == 1.5
    assert t.array[1] == 9
