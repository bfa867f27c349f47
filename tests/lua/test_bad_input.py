"""What a function cannot do: an error at the script's line that names the function, the argument and the sizes.

The tensors that were given are afterwards what they were before. In each call ``x`` is a matrix of 2 x 3 and ``v`` a
vector of 4 elements. A row holds calls, and what their message says, one word after another.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lua_compat import LuaError, Runtime

ROWS = {
    # dimensions and indices
    "narrow.*3.*2": ["x:narrow(3, 1, 1)"],
    "narrow.*size 2": ["x:narrow(1, 0, 1)", "x:narrow(1, 1, 9)", "x:narrow(1, 3, 1)", "x:narrow(1, 1, 0)"],
    "narrow.*string": ["x:narrow('a', 1, 1)"],
    "select.*out of range": ["x:select(1, 4)", "x:select(0, 1)", "x:select(3, 1)", "x:select(1, 0)"],
    "select.*size 4": ["v:select(1, 1)"],
    "sub.*": ["x:sub(1, 9)", "x:sub(1)", "x:sub(1, 2, 1, 2, 1, 2)", "x:sub('a', 2)", "x:sub(2, 1)", "x:sub()"],
    "transpose.*": ["x:transpose(1, 3)", "x:transpose(0, 1)", "x:transpose(1)", "x:transpose('a', 1)"],
    "t: .*size 4": ["v:t()"],
    "permute.*": ["x:permute(1, 1)", "x:permute(1)", "x:permute(1, 3)", "x:permute('a', 'b')", "torch.permute(x, 1)"],
    "unfold.*2": ["x:unfold(1, 9, 1)", "x:unfold(1, 1, 0)", "x:unfold(3, 1, 1)", "x:unfold(1, 0, 1)"],
    r"%s: .*3 is out of range.*2 dimension": [
        f"x:{name}" for name in ("sum(3)", "prod(3)", "mean(3)", "var(3)", "std(3)", "max(3)", "min(3)", "cumsum(3)",
                                 "cumprod(3)", "sort(3)", "norm(2, 3)", "renorm(2, 3, 1)", "mode(3)", "median(3)",
                                 "kthvalue(1, 3)", "topk(1, 3)", "size(3)", "stride(3)", "squeeze(3)", "split(1, 3)",
                                 "chunk(1, 3)")
    ],
    r"%s: .*0 is out of range": [
        f"x:{name}(0)" for name in ("sum", "max", "cumsum", "sort", "size", "stride", "squeeze")
    ],
    # sizes
    "view.*5.*6.*2x3": ["x:view(5)", "x:view(-1, 5)", "torch.view(x, 5)", "torch.view(x, x, 5)"],
    "view.*": ["x:view(-1, -1)", "x:view('a')", "x:view()", "x:view({2, 3})", "torch.view()", "torch.view(3, 2)"],
    "view.*3x2.*contiguous": ["x:t():view(6)"],
    "reshape.*": ["x:reshape(5)", "x:reshape('a')", "torch.reshape(3)"],
    "expand.*2x3": ["x:expand(2, 9)", "x:expand(3)", "x:expand(2, 6)", "x:expand()", "torch.expand(x, x, 7, 7)"],
    "expand.*string": ["x:expand('a', 'b')"],
    "expandAs.*": ["x:expandAs(v)", "x:expandAs(3)", "x:expandAs()"],
    "viewAs.*": ["x:viewAs(v)", "x:viewAs(3)", "x:viewAs()"],
    "repeatTensor.*": ["x:repeatTensor(2)", "x:repeatTensor('a', 2)", "x:repeatTensor(-1, 2)", "x:repeatTensor()"],
    "squeeze.*": ["x:squeeze('a')", "torch.squeeze()", "torch.squeeze(3)"],
    "resize.*": ["x:resize('a')", "x:resize({2, 3})", "x:resize(true)",
                 "x:resize(torch.LongStorage{2, 3}, torch.LongStorage{1})"],
    "resizeAs.*number": ["x:resizeAs(3)"],
    "set.*": ["x:set(3)", "x:set(torch.FloatTensor(2))", "x:set(x:storage(), 0, 2)", "x:set(x:storage(), 1, 'a')",
              "x:set(x:storage(), 'a')",
              "x:set(x:storage(), 1, torch.LongStorage{2}, torch.LongStorage{1, 2})"],
    "copy.*2x3.*4": ["x:copy(v)"],
    "copy.*": ["x:copy(3)", "x:copy('a')", "x:copy()"],
    # element by element
    "%s: .*2x3.*4": ["x:add(v)", "x:add(2, v)", "x:csub(v)", "x:cmul(v)", "x:cdiv(v)", "x:cfmod(v)", "x:cremainder(v)",
                     "x:cpow(v)", "x:cmax(v)", "x:cmin(v)", "x:atan2(v)", "x:lerp(v, 0.5)", "x:addcmul(v, x)",
                     "x:addcmul(1, x, v)", "x:addcdiv(x, v)", "x:lt(v)", "x:le(v)", "x:gt(v)", "x:ge(v)", "x:eq(v)",
                     "x:ne(v)", "torch.add(x, v)", "torch.eq(x, v)", "x:dot(v)", "x:dist(v)", "x:cross(v)"],
    "add: .*2x3.*4": ["x + v"], "sub: .*2x3.*4": ["x - v"],
    "(operator|div|mod).*DoubleTensor": ["x + 'a'", "x - torch.IntTensor(2, 3)", "x / x", "x % x", "x * {}"],
    "of %s: .*string.*expected.*number": ["x:add('a')", "x:mul('a')", "x:pow('a')", "x:fill('a')", "x:eq('a')"],
    "of %s: .*expected": ["x:add(torch.IntTensor(2, 3))", "x:add(1, 2)", "x:add()", "x:clamp(1)", "x:clamp('a', 2)",
                          "x:fill()", "x:zero(1)", "torch.fmod(x, x)", "torch.renorm(x, 2, 1)", "torch.numel()",
                          "torch.numel(3)", "x:sum('a')", "x:cmul(3)", "x:isSameSizeAs(3)"],
    "%s: .*integers": ["torch.bitand(x, 1)", "x:cbitor(x)", "x:bitxor(2)"],
    # products
    "%s: .*2x3.*2x3": ["torch.mm(x, x)", "torch.addmm(x, x, x)"],
    "%s: .*": ["torch.mm(x, v)", "torch.mv(x, x)", "torch.mv(x, v)", "torch.ger(x, v)", "torch.bmm(x, x)",
               "torch.addmv(v, x, v)", "torch.addr(x, v, v)", "torch.baddbmm(x, x, x)", "torch.addbmm(x, x, x)",
               "torch.match(x, v)", "x:cross(x, 1)", "x:renorm(0, 1, 1)", "v:renorm(2, 1, 1)", "torch.trace(v)",
               "torch.tril(v)", "torch.triu(v)", "torch.diag(torch.Tensor(2, 2, 2))", "torch.geqrf(v)"],
    "m[uv][lv]*: .*": ["x * v", "v * x"],
    # joining, cutting, choosing
    "cat.*": ["torch.cat(x, v)", "torch.cat(x, torch.FloatTensor(2, 3))", "torch.cat({})", "torch.cat({x, 3})",
              "torch.cat(x, x, 0)", "torch.cat(3)"],
    "cat.*2x3.*4x5": ["torch.cat({torch.ones(2, 3), torch.ones(4, 5)}, 1)"],
    "split.*": ["x:split(0)", "x:split('a')", "x:split()", "torch.split(3, 2)"],
    "chunk.*": ["x:chunk(0)", "x:chunk()"],
    "index: (3|0) .*1 to 2": ["x:index(1, torch.LongTensor{3})", "x:index(1, torch.LongTensor{0})"],
    "index.*": ["x:index(3, torch.LongTensor{1})", "x:index(1, torch.LongTensor{{1}})", "x:index(1, torch.Tensor{1})",
                "x:index(1, 1)"],
    "indexFill.*3.*1 to 2": ["x:indexFill(1, torch.LongTensor{1, 3}, 1)"],
    "%s: .*3x3.*2": ["x:indexCopy(1, torch.LongTensor{1, 2}, torch.ones(3, 3))",
                     "x:indexAdd(1, torch.LongTensor{1, 2}, torch.ones(3, 3))"],
    "%s: .*7.*1 to 2": ["x:indexCopy(1, torch.LongTensor{1, 7}, torch.ones(2, 3))",
                        "x:indexAdd(1, torch.LongTensor{1, 7}, torch.ones(2, 3))"],
    "gather.*": ["x:gather(1, torch.LongTensor{{3, 1, 1}})", "x:gather(1, torch.LongTensor{1})",
                 "x:gather(3, torch.LongTensor{{1}})"],
    "%s: .*1x2.*2x3": ["x:gather(1, torch.LongTensor{{1, 1}})", "x:scatter(1, torch.LongTensor{{1, 1}}, 1)"],
    "scatter.*": ["x:scatter(1, torch.LongTensor{{3, 1, 1}}, 1)", "x:scatter(1, torch.LongTensor{1}, 1)",
                  "x:scatter(1, torch.LongTensor{{1, 1, 1}}, torch.ones(2, 3))"],
    "%s: .*4.*2x3": ["x:maskedSelect(torch.ByteTensor(4))", "x:maskedFill(torch.ByteTensor(4), 1)",
                     "x:maskedCopy(torch.ByteTensor(4):fill(1), torch.ones(2))"],
    "masked.*": ["x:maskedFill(x, 1)", "x:maskedCopy(torch.ByteTensor(2, 3):fill(1), torch.ones(2))"],
    # reductions of nothing, counts
    "%s: .*no elements": ["torch.Tensor():max()", "torch.Tensor():min()", "torch.Tensor():mean()",
                          "torch.Tensor():var()", "torch.Tensor():median()", "torch.Tensor():sort()",
                          "torch.Tensor():norm()"],
    "b?histc.*(0|-1)": ["x:histc(0)", "x:histc(-1)", "x:bhistc(0)"], "bhistc.*3": ["torch.bhistc(torch.ones(2, 2, 2))"],
    "(topk|kthvalue).*size 3": ["torch.topk(x, 9)", "torch.topk(x, 0)", "torch.kthvalue(x, 0)", "torch.kthvalue(x, 4)"],
    # making
    "range.*": ["torch.range(1, 0)", "torch.range(0, 1, 0)", "torch.range(0, 1, -1)", "torch.range(0)"],
    "l(in|og)space.*": ["torch.linspace(0, 1, 0)", "torch.linspace(0, 1, 1)", "torch.logspace(0, 1, 0)"],
    "eye.*": ["torch.eye(0)", "torch.eye(-2)", "torch.eye('a')"],
    "(zeros|ones).*numbers.*got a ": ["torch.zeros('a')", "torch.zeros({2, 3})", "torch.ones(true)"],
    "(Double)?Tensor.*": ["torch.Tensor('a')", "torch.Tensor(true)", "torch.Tensor({1, 'a'})",
                          "torch.Tensor({{1, 2}, {3}})",
                 "torch.Tensor({{1, 2}, 3})", "torch.Tensor(2, 'a')", "torch.Tensor(torch.FloatTensor(2))",
                 "torch.Tensor(torch.FloatStorage(2))", "torch.Tensor(x:storage(), 0)",
                 "torch.Tensor(x:storage(), 'a')", "torch.Tensor(print)"],
    "(DoubleStorage|new).*": ["torch.DoubleStorage('nosuchfile')", "torch.DoubleStorage(-1)",
                              "torch.DoubleStorage({1, 'a'})",
                        "torch.DoubleStorage(true)", "torch.DoubleStorage(torch.FloatStorage(2))",
                        "torch.DoubleStorage(x:storage(), 3, 99)"],
    "%s.*": ["x:storage():resize(-1)", "x:storage():resize('a')", "x:storage():fill('a')",
             "x:storage():copy(torch.DoubleStorage(2))", "x:storage():copy(3)", "x:storage():type('foo')",
             "x:storage():type(3)", "torch.ByteStorage(2):string(3)", "x:type('torch.FooTensor')", "x:type(3)",
             "x:typeAs(3)", "torch.setdefaulttensortype('foo')", "torch.setdefaulttensortype(3)",
             "torch.setRNGState(3)", "torch.pointer(3)", "torch.isTypeOf(x)"],
    # types without the function
    "IntTensor does not implement %s": ["torch.mean(torch.IntTensor(3))", "torch.exp(torch.IntTensor(3))",
                                        "torch.norm(torch.IntTensor(3))", "torch.svd(torch.IntTensor(2, 2))"],
    "DoubleTensor does not implement all": ["torch.all(x)"],
    # memory
    "%s: not enough memory.*1000000000000000": ["torch.Tensor(1e15)", "torch.DoubleStorage(1e15)", "x:resize(1e15)",
                                               "x:storage():resize(1e15)", "torch.zeros(1e15)", "torch.rand(1e15)",
                                               "x:set(x:storage(), 1, 1e15)", "torch.range(1, 1e15)",
                                               "torch.linspace(0, 1, 1e15)", "torch.randperm(1e15)"],
    "%s: not enough memory": ["torch.Tensor(1e10, 1e10, 1e10)", "torch.eye(1e8)", "x:repeatTensor(1e8, 1e8)",
                              "v:view(1, 4):expand(1e13, 4):clone()", "v:view(1, 4):expand(1e13, 4):float()",
                              "torch.add(v:view(1, 4):expand(1e13, 4), 1)"],
}  # fmt: skip

CALLS = [pytest.param(said, call, id=call) for said, calls in ROWS.items() for call in calls]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _operands(lua: Runtime) -> Any:
    return lua.execute("return torch.range(1, 6):resize(2, 3), torch.range(1, 4)")


def _function(call: str) -> str:
    """The function that a call is about: the last one that does not stand among another's arguments."""
    depth, names, word = 0, [], ""
    for c in call:
        if c == "(" and depth == 0:
            names.append(re.split(r"[.:]", word)[-1])
        depth += (c in "({") - (c in ")}")
        word = "" if depth or c in ")}" else word + c
    return names[-1]


@pytest.mark.parametrize(("said", "call"), CALLS)
def test_the_error_names_what_is_wrong_and_changes_nothing(lua: Runtime, said: str, call: str) -> None:
    x, v = _operands(lua)
    before = [(t.array.copy(), t.stride(), t.storage_offset(), len(t.storage())) for t in (x, v)]
    with pytest.raises(LuaError) as caught:
        lua.execute(f"local x, v = ...\nlocal y = {call}", x, v, name="=here")
    message = str(caught.value)
    wanted = said.replace("%s", _function(call)) if "%s" in said else said
    assert re.match(rf"here:2: .*\b{wanted}", message, re.DOTALL), message
    assert not re.search(r"(Type|Value|Attribute|Index|Key)Error", message), message
    for t, (values, stride, offset, size) in zip((x, v), before, strict=True):
        np.testing.assert_array_equal(t.array, values)
        assert (t.stride(), t.storage_offset(), len(t.storage())) == (stride, offset, size)


RESULTS = ["torch.add(r, x, v)", "torch.mm(r, x, x)", "torch.addmm(r, x, x, x)", "torch.cat(r, x, v)",
           "torch.max(r, i, x, 3)",
           "torch.sort(r, i, x, 3)", "torch.topk(r, i, x, 9)", "torch.gather(r, x, 1, torch.LongTensor{{3, 1, 1}})",
           "r:index(x, 1, torch.LongTensor{3})", "torch.conv2(r, x, torch.ones(3, 3))",
           "torch.inverse(r, torch.zeros(2, 2))",
           "torch.gesv(r, r, x, torch.zeros(2, 2))", "torch.range(r, 1, 0)", "torch.eye(r, 0)", "torch.cumsum(r, x, 3)",
           "torch.sum(r, x, 3)", "torch.reshape(r, x, 5)", "torch.view(r, x, 5)", "torch.expand(r, x, 7, 7)",
           "torch.repeatTensor(r, x, 2)", "torch.zeros(r, 1e15)", "torch.rand(r, 1e15)", "torch.randperm(r, 0)",
           "r:maskedSelect(x, torch.ByteTensor(4))", "torch.cross(r, x, v)", "torch.histc(r, x, 0)",
           "torch.multinomial(i, torch.zeros(3), 2)", "torch.lt(b, x, v)", "torch.renorm(r, x, 0, 1, 1)",
           "torch.squeeze(r, x, 3)", "torch.dist(x, v)", "torch.potrf(r, -torch.eye(2))"]  # fmt: skip


@pytest.mark.parametrize("call", RESULTS)
def test_a_given_result_stays_as_it_was(lua: Runtime, call: str) -> None:
    x, v = _operands(lua)
    r, i, b = lua.execute("return torch.Tensor{7, 8, 9}, torch.LongTensor{7, 8}, torch.ByteTensor{7}")
    with pytest.raises(LuaError, match=r"^here:2: "):
        lua.execute(f"local x, v, r, i, b = ...\nlocal y = {call}", x, v, r, i, b, name="=here")
    assert [t.array.tolist() for t in (r, i, b)] == [[7, 8, 9], [7, 8], [7]]
    assert [len(t.storage()) for t in (r, i, b)] == [3, 2, 1]
    assert x.array.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_names_of_functions_in_calls() -> None:
    assert _function("x:storage():resize(torch.foo(1), {2})") == "resize"
    assert _function("torch.cat({torch.ones(2)}, 1)") == "cat"


def test_a_mapped_storage_cannot_grow_beyond_its_file(lua: Runtime, tmp_path: Path) -> None:
    """What a shared mapping holds is the file's; it keeps its size, its values and its tensors."""
    path = tmp_path / "numbers"
    np.arange(6, dtype=np.float64).tofile(path)
    for shared in (True, False):
        s, x = lua.execute(
            "local s = torch.DoubleStorage(...); return s, torch.Tensor(s, 1, torch.LongStorage{2, 3})",
            str(path),
            shared,
        )
        for call in ("s:resize(100)", "x:resize(100)", "x:resize(3, 40)", "torch.add(x, torch.ones(9), 1)",
                     "x:set(s, 1, 7)"):  # fmt: skip
            name = _function(call)
            with pytest.raises(LuaError, match=rf"^here:2: {name}: .*mapped"):
                lua.execute(f"local s, x = ...\nlocal y = {call}", s, x, name="=here")
            assert (x.array.tolist(), x.shape, len(s)) == ([[0, 1, 2], [3, 4, 5]], (2, 3), 6)


def test_errors_in_a_tail_call_keep_the_scripts_line(lua: Runtime) -> None:
    with pytest.raises(LuaError, match=r"^here:\d: .*add: .*2x3.*4"):
        lua.execute("local function f(x, v) return x:add(v) end\nlocal y = f(...)", *_operands(lua), name="=here")
