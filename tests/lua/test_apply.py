"""apply, map and map2, against the same function in a Python loop, and what the function may do meanwhile."""

from __future__ import annotations

import numpy as np
import pytest

from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError
from pytorch_from_lua.tensor import Storage, Tensor

DTYPES = ["uint8", "int8", "int16", "int32", "int64", "float32", "float64"]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _views(dtype):
    """Tensors of 24 elements with every kind of stride, each on memory of its own."""
    flat = lambda n: np.arange(n).astype(dtype)  # noqa: E731 - a short name for what the rows repeat
    make = Tensor.from_array
    return {
        "plain": make(flat(24)),
        "matrix": make(flat(24).reshape(4, 6)),
        "transposed": make(flat(24).reshape(4, 6).T),
        "column": make(flat(72).reshape(24, 3)[:, 1]),
        "narrowed": make(flat(48).reshape(4, 12)[:, 3:9]),
        "three strides": make(flat(240).reshape(4, 5, 12)[::2, 1:5, ::4]),
        "permuted": make(flat(24).reshape(2, 3, 4).transpose(2, 0, 1)),
        "nine dimensions": make(
            flat(48).reshape((2, 3, 1, 2, 1, 1, 2, 1, 2))[..., :1].transpose(3, 1, 0, 2, *range(4, 9))
        ),
        "offset": Tensor.from_storage(Storage(flat(40)), 7, (4, 6), (6, 1)),
        "expanded": Tensor.from_storage(Storage(flat(4)), 0, (4, 6), (1, 0)),
        "one": make(flat(1)),
        "empty": make(flat(0)),
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("view", list(_views("int8")))
def test_apply_visits_each_place_in_order_and_writes_before_it_reads_the_next(lua, dtype, view):
    x, reference = _views(dtype)[view], _views(dtype)[view]
    seen = []
    for place in np.ndindex(reference.shape):
        value = reference.array[place].item()
        seen.append(value)
        if value % 3 != 1:
            reference.array[place] = value + 2
    visited = lua.table()
    result = lua.execute(
        """
        local x, seen = ...
        return x:apply(function(v) seen[#seen + 1] = v; if v % 3 ~= 1 then return v + 2 end end)
        """,
        x, visited,
    )  # fmt: skip
    assert result is x
    assert list(visited.values()) == seen
    np.testing.assert_array_equal(x.storage().buffer, reference.storage().buffer)


@pytest.mark.parametrize("dtype", DTYPES)
def test_map_and_map2_walk_each_tensor_by_its_own_strides(lua, dtype):
    views = [(k, a, b) for k in ("plain", "transposed", "three strides") for a in ("matrix", "permuted") for b in
             ("column", "expanded")]  # fmt: skip
    for own, second, third in views:
        x, y, z = (_views(dtype)[name] for name in (own, second, third))
        flat = [t.array.reshape(-1).astype(np.int64) for t in (x, y, z)]
        lua.execute("local x, y = ...; x:map(y, function(a, b) return a + b * 2 end)", x, y)
        expected = (flat[0] + flat[1] * 2).astype(dtype)
        np.testing.assert_array_equal(x.array.reshape(-1), expected)
        code = "local x, y, z = ...; x:map2(y, z, function(a, b, c) if c > 1 then return a - b + c end end)"
        lua.execute(code, x, y, z)
        then = np.where(flat[2] > 1, expected - flat[1] + flat[2], expected).astype(dtype)
        np.testing.assert_array_equal(x.array.reshape(-1), then)


def test_long_loops_give_what_short_ones_do(lua):
    """After some sixty turns the loop is compiled code."""
    for dtype in DTYPES:
        values = np.arange(5000).astype(dtype)
        x = Tensor.from_array(values.copy().reshape(50, 100).T)
        lua.execute("(...):apply(function(v) if v > 3 then return math.floor(v / 2) end end)", x)
        expected = np.where(values > 3, np.floor(values / 2), values).astype(dtype)
        np.testing.assert_array_equal(x.array.T.reshape(-1), expected)


def test_closures_of_one_code_keep_their_upvalues_apart(lua):
    x = Tensor.from_array(np.zeros(300))
    lua.execute("local x = ...; for i = 1, 40 do x:apply(function(v) return v * 2 + i end) end", x)
    expected = 0.0
    for i in range(1, 41):
        expected = expected * 2 + i
    assert set(x.array.tolist()) == {expected}


def test_many_functions_and_types_after_another(lua):
    x = {dtype: Tensor.from_array(np.ones(200, dtype)) for dtype in DTYPES}
    lua.execute(
        """
        local xs = {...}
        for i = 1, 150 do
           local f = loadstring(('local v = ...; if v < 100 then return v + %d end; return 1'):format(i % 3))
           for _, x in ipairs(xs) do x:apply(f) end
        end
        """,
        *x.values(),
    )
    value = 1
    for i in range(1, 151):
        value = value + i % 3 if value < 100 else 1
    assert {int(v) for t in x.values() for v in t.array} == {value}


def test_functions_of_c_and_of_python(lua):
    x = Tensor.from_array(np.linspace(0, 1, 100))
    before = x.array.copy()
    lua.execute("local x = ...; x:apply(math.sqrt); x:apply(math.abs)", x)
    np.testing.assert_allclose(x.array, np.sqrt(before), rtol=1e-15)
    lua.set_global("halved", lua.function(lambda v: v / 2))
    lua.execute("(...):apply(halved)", x)
    np.testing.assert_allclose(x.array, np.sqrt(before) / 2, rtol=1e-15)


def test_booleans_of_python_stay_booleans(lua):
    x = Tensor.from_array(np.array([True, False, True]))
    lua.execute("(...):apply(function(v) return 5 * v - 0.5 * (1 - v) end)", x)
    assert x.array.view(np.uint8).tolist() == [1, 1, 1]
    lua.execute("(...):apply(function(v) return 0 end)", x)
    assert x.array.tolist() == [False] * 3


def test_a_string_that_is_a_number_counts_as_one(lua):
    assert lua.eval("torch.zeros(3):apply(function() return '2.5' end):sum()") == 7.5


@pytest.mark.parametrize("result", ["{}", "true", "'seven'", "torch.ones(1)"])
def test_another_result_is_an_error_after_which_the_earlier_ones_stand(lua, result):
    x = Tensor.from_array(np.array([[1.0, 2.0], [3.0, 4.0]]).T)
    with pytest.raises(LuaError, match="given function should return a number or nil"):
        lua.execute(f"(...):apply(function(v) if v == 2 then return {result} end; return -v end)", x)
    assert x.array.tolist() == [[-1, -3], [2, 4]]


def test_an_error_in_the_function_is_its_own_and_raises_the_version(lua):
    x = Tensor.from_array(np.arange(5.0))
    before = x.storage().version
    with pytest.raises(LuaError, match=r"^place:2: stop$"):
        lua.execute("(...):apply(function(v)\n if v == 2 then error('stop') end; return 9 end)", x, name="=place")
    assert x.array.tolist() == [9, 9, 2, 3, 4]
    assert x.storage().version > before


def test_apply_inside_apply(lua):
    found = lua.execute("""
        local x, y = torch.range(1, 3), torch.range(1, 4):resize(2, 2):t()
        local f
        f = function(v) return v < 100 and v + 100 or v end
        x:apply(function(v) y:apply(f); x:map(x, function(a, b) return a end); return v + y:sum() end)
        return x:sum(), y:sum()
    """)
    assert found == (6 + 3 * 410, 410)


@pytest.mark.parametrize("change", ["x:resize(1000)", "x:resize(2)", "x:t()", "x:set()", "x:set(torch.ones(3))"])
def test_the_function_may_resize_the_tensor_but_then_hears_of_it(lua, change):
    code = f"""
        local x = torch.range(1, 4):resize(2, 2)
        local n = 0
        x:apply(function(v) n = n + 1; if n == 2 then {change} end; return v * 10 end)
        return x
    """
    if change == "x:t()":  # a view of it changes nothing
        assert lua.execute(code).array.tolist() == [[10, 20], [30, 40]]
    else:
        with pytest.raises(LuaError, match="apply: the function changed the size of a tensor"):
            lua.execute(code)


def test_memory_that_moves_under_the_loop_is_followed(lua):
    found = lua.execute("""
        local x = torch.range(1, 400)
        local n = 0
        x:apply(function(v)
            n = n + 1
            if n % 100 == 0 then x:storage():resize(400 + n); collectgarbage() end
            return -v
        end)
        return x
    """)
    assert found.array.tolist() == [-v for v in range(1, 401)]


def test_what_is_refused(lua):
    with pytest.raises(LuaError, match="3 and 2 elements"):
        lua.execute("torch.ones(3):map(torch.ones(2), function(a, b) return a end)")
    with pytest.raises(LuaError, match=r"torch\.DoubleTensor expected, got torch\.FloatTensor"):
        lua.execute("torch.ones(3):map(torch.FloatTensor(3), function(a, b) return a end)")
    with pytest.raises(LuaError, match=r"argument #2 to 'apply' \(function expected, got number\)"):
        lua.execute("torch.ones(3):apply(5)")
    with pytest.raises(LuaError, match=r"argument #4 to 'map2' \(function expected, got nil\)"):
        lua.execute("torch.ones(3):map2(torch.ones(3), torch.ones(3))")
    array = np.arange(3.0)
    array.flags.writeable = False
    with pytest.raises(LuaError, match="read-only"):
        lua.execute("(...):apply(function(v) return 1 end)", Tensor.from_array(array))
    assert array.tolist() == [0, 1, 2]
    assert lua.eval("torch.HalfTensor.apply == nil and torch.HalfTensor.map == nil and torch.HalfTensor.map2 == nil")


def test_the_second_tensor_may_be_read_only(lua):
    array = np.arange(3.0)
    array.flags.writeable = False
    total = lua.execute("return torch.zeros(3):map((...), function(a, b) return b end):sum()", Tensor.from_array(array))
    assert total == 3
