"""Operations that Lua calls: forms, results, element types, views, against numpy or against what C does."""

from __future__ import annotations

import numpy as np
import pytest

from lua_compat.bridge.ops.common import FUNCTIONS, scalar, shape_of
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor import dtype as dtypes

FLOATS = ["float32", "float64"]
INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _tensor(values, dtype="float64"):
    return Tensor.from_array(np.array(values, dtype))


def _list(result):
    return result.array.tolist()


# -- forms --------------------------------------------------------------------------------


@pytest.mark.parametrize(("call", "expected"), [
    ("torch.add(x, 1)", [2, 3, 4]),
    ("torch.add(r, x, 1)", [2, 3, 4]),
    ("torch.add(x, y)", [11, 22, 33]),
    ("torch.add(x, 2, y)", [21, 42, 63]),
    ("torch.add(r, x, 2, y)", [21, 42, 63]),
    ("x:clone():add(1)", [2, 3, 4]),
    ("x:clone():add(y)", [11, 22, 33]),
    ("x:clone():add(2, y)", [21, 42, 63]),
    ("r:add(x, y)", [11, 22, 33]),
    ("r:add(x, 2, y)", [21, 42, 63]),
    ("r:add(x, 5)", [6, 7, 8]),
    ("torch.pow(2, x)", [2, 4, 8]),
    ("torch.pow(r, x, 2)", [1, 4, 9]),
    ("r:pow(2, x)", [2, 4, 8]),
    ("1 - x", [0, -1, -2]),
    ("x * 2 - y / 10 + 1", [2, 3, 4]),
    ("torch.cmul(x, y)", [10, 40, 90]),
    ("torch.addcmul(x, 2, x, y)", [21, 82, 183]),
    ("torch.clamp(x, 2, 2.5)", [2, 2, 2.5]),
    ("torch.cumsum(x)", [1, 3, 6]),
    ("torch.sort(x, 1, true)", [3, 2, 1]),
    ("torch.range(1, 3)", [1, 2, 3]),
])  # fmt: skip
def test_every_calling_form_gives_its_result(lua, call, expected):
    found = lua.execute(f"local x, y = ...; local r = torch.Tensor(3):zero(); return ({call})",
                        _tensor([1, 2, 3]), _tensor([10, 20, 30]))  # fmt: skip
    assert _list(found) == expected


def test_a_given_result_is_returned_itself(lua):
    assert (
        lua.execute("""
        local x, r = torch.ones(2, 2), torch.Tensor()
        local v, i = torch.Tensor(), torch.LongTensor()
        local mv, mi = torch.max(v, i, x, 1)
        return rawequal(torch.exp(r, x), r), rawequal(x:add(1), x), rawequal(r:mm(x, x), r), rawequal(mv, v),
            rawequal(mi, i)
    """)
        == (True,) * 5
    )


def test_one_of_two_results_may_be_given(lua):
    v, i, same = lua.execute("""
        local v = torch.Tensor()
        local a, b = torch.max(v, torch.Tensor{{1, 5}, {7, 2}}, 2)
        return a, b, rawequal(a, v)
    """)
    assert (_list(v), _list(i), same) == ([[5], [7]], [[2], [1]], True)


@pytest.mark.parametrize("call", [
    "torch.add()", "torch.add(torch.ones(2), 'a')", "torch.add(torch.ones(2), torch.FloatTensor(2))",
    "torch.ones(2):add(torch.IntTensor(2))", "torch.exp(torch.IntTensor(2))", "torch.ones(2):sum(1, 2, 3)",
    "torch.ones(2):sum(0)", "torch.ones(2):sum(2)", "torch.ones(2):narrow(1, 1)", "torch.sort(torch.ones(2), 0)",
    "torch.ones(2, 2):select(3, 1)", "torch.ones(2):select(1, 1)", "torch.ones(2) + torch.ones(3)",
    "torch.Tensor(2) / torch.Tensor(2)",
    "torch.ones(2):add(nil, torch.ones(2))", "torch.mm(torch.ones(2, 3), torch.ones(2, 3))",
])  # fmt: skip
def test_arguments_that_no_form_takes_are_refused(lua, call):
    with pytest.raises(LuaError):
        lua.execute(f"return {call}")


def test_the_error_names_what_was_given_and_what_is_allowed(lua):
    with pytest.raises(LuaError) as caught:
        lua.execute("local x = torch.ones(2):add('a')")
    assert str(caught.value).endswith(
        "invalid arguments of add: DoubleTensor string\nexpected: *DoubleTensor* [DoubleTensor] number | "
        "*DoubleTensor* [DoubleTensor] [number] DoubleTensor"
    )
    with pytest.raises(LuaError, match=r"IntTensor does not implement exp"):
        lua.execute("return torch.exp(torch.IntTensor(2))")


def test_errors_of_operations_are_told_at_the_line_of_the_script(lua):
    for call in [
        "x:add(torch.ones(3))",
        "x:max(3)",
        "x:add('a')",
        "x:view(3)",
        "local y = x[{5}]",
        "x:narrow(1, 2, 2)",
    ]:
        code = f"local x = torch.ones(2)\n{call}\nreturn x"
        with pytest.raises(LuaError, match=r"^script:2: "):
            lua.execute(code, name="=script")


def test_a_call_without_tensors_follows_the_default_type(lua):
    assert lua.execute("""
        local a = torch.range(1, 2)
        torch.setdefaulttensortype('torch.FloatTensor')
        local b, c = torch.range(1, 2), torch.zeros(2)
        torch.setdefaulttensortype('torch.DoubleTensor')
        return torch.type(a), torch.type(b), torch.type(c), torch.type(torch.eye(2))
    """) == ("torch.DoubleTensor", "torch.FloatTensor", "torch.FloatTensor", "torch.DoubleTensor")


# -- element types --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_divide_and_wrap_as_in_c(lua, dtype):
    info = np.iinfo(dtype)
    x = _tensor([info.max, info.min, 7], dtype)
    added = lua.execute("local x = ...; return torch.add(x, 1)", x)
    assert _list(added) == [info.min, info.min + 1, 8]
    numerator = [7, -7, 9] if info.min < 0 else [7, 250, 9]
    divided = lua.execute("local x = ...; return torch.div(x, 2)", _tensor(numerator, dtype))
    assert _list(divided) == [int(n / 2) for n in numerator]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_numbers_are_cut_to_the_integer_type(lua, dtype):
    assert _list(lua.execute("local x = ...; return torch.mul(x, 2.9)", _tensor([1, 3], dtype))) == [2, 6]


@pytest.mark.parametrize(("dtype", "value", "stored"), [
    ("uint8", -1, 255), ("uint8", 300, 44), ("int8", 200, -56), ("int16", -40000, 25536), ("int32", 2.7, 2),
    ("int64", -2.7, -2), ("int32", float("nan"), 0), ("float32", 3, 3.0),
])  # fmt: skip
def test_scalar_stores_as_c_casts(dtype, value, stored):
    assert scalar(dtypes.DType.of(dtype), value) == stored


def test_sums_of_float32_are_accumulated_in_double(lua):
    x = Tensor.from_array(np.full(10_000_000, 0.1, np.float32))
    assert lua.execute("local x = ...; return x:sum()", x) == pytest.approx(
        np.float32(0.1).astype(float) * 1e7, rel=1e-12
    )


@pytest.mark.parametrize("dtype", FLOATS)
def test_infinities_and_nan_make_no_noise(lua, dtype):
    found = lua.execute(
        "local x = ...; return torch.log(x), torch.cdiv(x, x:clone():zero())", _tensor([0, -1, 1], dtype)
    )
    np.testing.assert_array_equal(found[0].array, [-np.inf, np.nan, 0])
    np.testing.assert_array_equal(found[1].array, [np.nan, -np.inf, np.inf])


# -- writing through views --------------------------------------------------------------------------------


def test_results_are_written_through_strides(lua):
    base = np.zeros((3, 4))
    view = Tensor.from_array(base.T)
    lua.execute("local r = ...; torch.add(r, torch.ones(4, 3), 1); r:select(1, 2):mul(10)", view)
    np.testing.assert_array_equal(base, [[2, 20, 2, 2]] * 3)


@pytest.mark.parametrize("call", [
    "x:gt(2)", "torch.exp(x)", "x + 1", "x:clone()", "x:float()", "torch.cumsum(x, 1)", "torch.max(x, 1)",
    "torch.sort(x, 1)", "x:index(1, torch.LongTensor{1, 2})", "torch.tril(x)", "torch.cat(x, x)", "torch.reshape(x, 6)",
    "x:repeatTensor(2, 2)", "torch.sum(x, 2)", "torch.std(x, 1)", "torch.mm(x, x:t())", "torch.histc(x, 3)",
    "torch.svd(x)",
    "torch.inverse(x:narrow(1, 1, 2))",
])  # fmt: skip
def test_results_of_transposed_tensors_are_row_major_and_their_storage_is_theirs(lua, call):
    view = Tensor.from_array(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]]).T)
    found = lua.execute(f"local x = ...; return (({call}))", view)
    assert found.is_contiguous()
    values = found.array.copy()
    found.storage().fill_(0)
    assert values.any()
    assert not found.array.any()


def test_operands_may_be_the_result(lua):
    rng = np.random.default_rng(1)
    a = rng.normal(size=(3, 3))
    for call, expected in [
        ("a:mm(a, a)", a @ a),
        ("a:addmm(a, a, a)", a + a @ a),
        ("torch.cmul(a, a:t(), a)", a.T * a),
    ]:
        given = Tensor.from_array(a.copy())
        lua.execute(f"local a = ...; {call}", given)
        np.testing.assert_allclose(given.array, expected)


def test_equal_counts_of_other_shapes_go_element_by_element(lua):
    found = lua.execute("local a = torch.range(1, 6):resize(2, 3); return a:add(torch.range(10, 60, 10):resize(3, 2))")
    assert _list(found) == [[11, 22, 33], [44, 55, 66]]


def test_writes_count_as_changes_in_place(lua):
    x = _tensor([1, 2, 3])
    calls = [
        "x:add(1)",
        "x:fill(2)",
        "x:zero()",
        "x:copy(torch.ones(3))",
        "x:apply(function(v) return v end)",
        "torch.exp(x, x)",
        "x[{{1, 2}}] = 5",
        "x:uniform()",
        "x:indexFill(1, torch.LongTensor{1}, 3)",
        "x:maskedFill(torch.ByteTensor{1, 0, 0}, 3)",
    ]
    for call in calls:
        before = x.storage().version
        lua.execute(f"local x = ...; {call}", x)
        assert x.storage().version > before, call


# -- views and storages --------------------------------------------------------------------------------


def test_views_share_memory_and_copies_do_not(lua):
    x = Tensor.from_array(np.arange(12.0).reshape(3, 4))
    for call, shares in [("x:narrow(2, 2, 2)", True), ("x:t()", True), ("x:view(4, 3)", True), ("x:sub(1, 2)", True),
                         ("x:unfold(1, 2, 1)", True), ("x[{{}, 2}]", True), ("torch.Tensor(x)", True),
                         ("x:reshape(12)", False), ("x:clone()", False), ("x:t():contiguous()", False)]:  # fmt: skip
        found = lua.execute(f"local x = ...; return {call}", x)
        assert np.shares_memory(found.array, x.array) == shares, call


def test_sizes_end_where_they_are_not_positive(lua):
    assert shape_of((2, None, 3)) == (2,)
    assert lua.execute("return torch.Tensor(0):dim(), torch.Tensor(2, 0):dim(), #torch.Tensor():size()") == (0, 1, 0)


def test_a_tensor_without_elements_has_no_dimensions(lua):
    assert lua.execute("""
        local x = torch.Tensor()
        return x:dim(), x:nElement(), #x:size(), pcall(x.size, x, 1), torch.cat(x, torch.ones(2)):size(1)
    """)[:4] == (0, 0, 0, False)


def test_a_squeezed_single_element_is_a_number(lua):
    assert lua.execute(
        "return torch.Tensor(1, 1):fill(4):squeeze(), torch.Tensor{7}:squeeze(), torch.ones(1, 2):squeeze():dim()"
    ) == (4, 7, 1)


def test_set_and_resize_reach_the_shared_storage(lua):
    found = lua.execute("""
        local flat = torch.range(1, 6)
        local w, b = torch.Tensor(2, 2), torch.Tensor(2)
        w:set(flat:storage(), 1, 2, 2)
        b:set(flat:storage(), 5, 2)
        flat:mul(10)
        w:resize(4)
        return w, b, w:storage() == flat:storage(), pcall(w.set, w, torch.FloatStorage(3))
    """)
    assert (_list(found[0]), _list(found[1]), found[2], found[3]) == ([10, 20, 30, 40], [50, 60], True, False)


def test_splits_and_chunks(lua):
    assert lua.execute("""
        local x, list = torch.range(1, 7), {}
        local parts = torch.split(list, x, 3)
        local again = x:chunk(3)
        local n = #list
        return n, list[3][1], #again, again[1]:size(1), #torch.split(list, torch.ones(2), 1), list[3] == nil
    """) == (3, 7, 3, 3, 2, True)


# -- brackets --------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "expected"), [
    ("2", [4, 5, 6, 7]), ("{2}", [4, 5, 6, 7]), ("{2, 3}", 6), ("{{1, 2}, 3}", [2, 6]),
    ("{{}, {2, -1}}", [[1, 2, 3], [5, 6, 7], [9, 10, 11]]),
    ("{{-1}, {1}}", [[8]]), ("{-1, -1}", 11), ("torch.LongStorage{3, 1}", 8),
])  # fmt: skip
def test_brackets(lua, key, expected):
    found = lua.execute(f"local x = ...; return x[{key}]", Tensor.from_array(np.arange(12.0).reshape(3, 4)))
    assert (_list(found) if isinstance(found, Tensor) else found) == expected


@pytest.mark.parametrize(
    "key", ["{4}", "{0}", "{1, 1, 1}", "{{3, 1}}", "{{1, 5}}", "{'a'}", "torch.ByteTensor(3)", "torch.ones(3)"]
)
def test_brackets_outside_of_the_tensor_are_refused(lua, key):
    with pytest.raises(LuaError):
        lua.execute(f"local x = ...; return x[{key}]", Tensor.from_array(np.arange(12.0).reshape(3, 4)))


def test_assignments_through_brackets(lua):
    x = Tensor.from_array(np.zeros((3, 4)))
    lua.execute("""
        local x = ...
        x[1] = 1
        x[{2, 3}] = 7
        x[{{2, 3}, {1, 2}}] = torch.FloatTensor{{1, 2}, {3, 4}}
        x[{{}, 4}] = torch.IntTensor{7, 8, 9}
        x[x:eq(0)] = -1
    """, x)  # fmt: skip
    np.testing.assert_array_equal(x.array, [[1, 1, 1, 7], [1, 2, 7, 8], [3, 4, -1, 9]])


# -- functions of Lua --------------------------------------------------------------------------------


def test_apply_visits_views_in_order_and_skips_nil(lua):
    base = np.arange(6.0).reshape(2, 3)
    seen = lua.execute("""
        local seen = {}
        local x = ...
        x:apply(function(v) seen[#seen + 1] = v; if v > 2 then return -v end end)
        return unpack(seen)
    """, Tensor.from_array(base.T))  # fmt: skip
    assert seen == (0, 3, 1, 4, 2, 5)
    np.testing.assert_array_equal(base, [[0, 1, 2], [-3, -4, -5]])


def test_map_refuses_other_counts(lua):
    with pytest.raises(LuaError, match="3 and 2 elements"):
        lua.execute("torch.ones(3):map(torch.ones(2), function(a, b) return a end)")


# -- the table --------------------------------------------------------------------------------


def test_every_python_operation_is_called_from_lua(lua):
    """A function that no Lua file mentions is dead, or its row was forgotten."""
    from lua_compat.bridge.runtime import LUA_FOLDER

    text = "\n".join(path.read_text() for path in LUA_FOLDER.glob("**/*.lua"))
    built = {f"{kind}_{name}" for kind in ("draw", "fill") for name in
             ("uniform", "normal", "exponential", "cauchy", "log_normal", "geometric", "bernoulli")}  # fmt: skip
    built |= {f"{name}_along" for name in ("sum", "prod", "mean", "var", "std", "max", "min")}
    missing = [
        name for name in FUNCTIONS if f"ops.{name}" not in text and f"'{name}'" not in text and name not in built
    ]
    assert missing == []
