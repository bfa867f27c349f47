"""cjson: JSON as lua-cjson reads and writes it, its errors included."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lua_compat import Runtime


@pytest.fixture(scope="module")
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("cjson = require 'cjson'; new = function() return cjson.new() end")
    return runtime


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{1, 2, {a = true}}", '[1,2,{"a":true}]'),
        ("{}", "{}"),
        ("{[1] = 1, [3] = 3}", "[1,null,3]"),
        ("{[1.5] = 2}", '{"1.5":2}'),
        ("{[0] = 2}", '{"0":2}'),
        ("{[1] = 1, x = 2}", None),  # in whatever order
        ("nil", "null"),
        ("cjson.null", "null"),
        ("1e15", "1e+15"),
        ("0.1", "0.1"),
        ("1/3", "0.33333333333333"),
        ("123456789012345", "1.2345678901234e+14"),
        ("-5", "-5"),
        ("'a/b\"\\\\\\n\\t\\1\\127\\200'", '"a\\/b\\"\\\\\\n\\t\\u0001\\u007f\\200"'),
    ],
)
def test_encode(lua: Any, value: str, text: str | None) -> None:
    found = lua.eval(f"cjson.encode({value})")
    if isinstance(found, str):
        found = found.encode("utf-8", "surrogateescape")
    if text is None:
        assert json.loads(found) == {"1": 1, "x": 2}
    else:
        assert found == text.encode().replace(b"\\200", b"\xc8")


def test_decode(lua: Any) -> None:
    assert lua.execute(r"""
        local r = cjson.decode [[
           {"a" : [1,2.5,-3e2,0x10,Infinity,-inf,null,true,false], "b":{"c":"\u00e9\ud83d\ude00\n\/"}} ]]
        return r.a[1], r.a[2], r.a[3], r.a[4], r.a[5], r.a[6], r.a[7] == cjson.null, r.a[8], r.a[9], r.b.c, #r.a,
           type(cjson.null), cjson.decode('12345678901234567890'), cjson.decode(3)
    """) == (
        1,
        2.5,
        -300,
        16,
        math.inf,
        -math.inf,
        True,
        True,
        False,
        "é😀\n/",
        9,
        "userdata",
        1.2345678901234567e19,
        3,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected value but found T_END at character 1"),
        ("[1", "Expected comma or array end but found T_END at character 3"),
        ("[1,]", "Expected value but found T_ARR_END at character 4"),
        ("[1 2]", "Expected comma or array end but found T_NUMBER at character 4"),
        ("{1", "Expected object key string but found T_NUMBER at character 2"),
        ('{"a" 1}', "Expected colon but found T_NUMBER at character 6"),
        ('{"a":1 "b"}', "Expected comma or object end but found T_STRING at character 8"),
        ('{"a":1,}', "Expected object key string but found T_OBJ_END at character 8"),
        ("tru", "Expected value but found invalid token at character 1"),
        ("@", "Expected value but found invalid token at character 1"),
        ('"abc', "Expected value but found unexpected end of string at character 5"),
        ('"\\x"', "Expected value but found invalid escape code at character 2"),
        ('"\\u12"', "Expected value but found invalid unicode escape code at character 2"),
        ('"\\ud800"', "Expected value but found invalid unicode escape code at character 2"),
        ("1 2", "Expected the end but found T_NUMBER at character 3"),
        ("-", "Expected value but found invalid number at character 1"),
        ("\\0\\0", "JSON parser does not support UTF-16 or UTF-32"),
    ],
)
def test_decode_says_what_it_expected_and_where(lua: Any, text: str, message: str) -> None:
    lua.globals["text"] = text.replace("\\0", "\0")
    assert lua.execute("return pcall(cjson.decode, text)") == (False, message)
    assert lua.execute("return require('cjson.safe').decode(text)") == (None, message)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("cjson.encode, {[1] = 1, [100] = 2}", "Cannot serialise table: excessively sparse array"),
        ("cjson.encode, print", "Cannot serialise function: type not supported"),
        ("cjson.encode, torch.ones(2)", "Cannot serialise userdata: type not supported"),
        ("cjson.encode, {[true] = 1}", "Cannot serialise table: table key must be a number or string"),
        ("cjson.encode, 0 / 0", "Cannot serialise number: must not be NaN or Inf"),
        ("cjson.encode", "bad argument #1 to 'encode' (expected 1 argument)"),
        ("cjson.decode, {}", "bad argument #1 to 'decode' (string expected, got table)"),
        (
            "cjson.encode_max_depth, 0",
            "bad argument #1 to 'encode_max_depth' (expected integer between 1 and 2147483647)",
        ),
        (
            "cjson.encode_number_precision, 15",
            "bad argument #1 to 'encode_number_precision' (expected integer between 1 and 14)",
        ),
        ("cjson.encode_max_depth, 3, 4", "bad argument #2 to 'encode_max_depth' (found too many arguments)"),
        ("cjson.encode_invalid_numbers, 'x'", "bad argument #1 to 'encode_invalid_numbers' (invalid option 'x')"),
    ],
)
def test_errors(lua: Any, code: str, message: str) -> None:
    assert lua.execute(f"return pcall({code})") == (False, message)


def test_an_error_names_the_line_of_the_script(lua: Any) -> None:
    told = lua.execute("local ok, why = pcall(function()\n cjson.decode('[')\n end) return why", name="@s.lua")
    assert told == "s.lua:2: Expected value but found T_END at character 2"


def test_settings_belong_to_one_package(lua: Any) -> None:
    assert lua.execute("""
        local own = cjson.new()
        own.encode_number_precision(3)
        own.encode_sparse_array(true)
        own.encode_invalid_numbers('null')
        own.decode_max_depth(1)
        local text = own.encode{1/3, 0/0, {[1000] = 1}}
        local deep = select(2, pcall(own.decode, '[[1]]'))
        own.encode_max_depth(1)
        local far = select(2, pcall(own.encode, {{1}}))
        own.encode_invalid_numbers(true)
        local odd = own.encode{1/0, -1/0}
        own.decode_invalid_numbers(false)
        local strict = select(2, pcall(own.decode, '[0x10]'))
        return text, deep, far, odd, strict, cjson.encode{1/3}, cjson.encode_number_precision(),
           own.encode_sparse_array()
    """) == (
        '[0.333,null,{"1e+03":1}]',
        "Found too many nested data structures (2)",
        "Cannot serialise, excessive depth (2)",
        "[inf,-inf]",
        "Expected value but found invalid number at character 2",
        "[0.33333333333333]",
        14,
        True,
        2,
        10,
    )


def test_safe_answers_a_message(lua: Any) -> None:
    assert lua.execute("local a, b = require('cjson.safe').encode(print) return a, b") == (
        None,
        "Cannot serialise function: type not supported",
    )


VALUES = st.recursive(
    st.one_of(
        st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text(), st.integers(-(10**14), 10**14)
    ),
    lambda inner: st.one_of(st.lists(inner, min_size=1), st.dictionaries(st.text(min_size=1), inner, min_size=1)),
    max_leaves=20,
)


@given(value=VALUES)
def test_what_python_writes_comes_back(lua: Any, value: Any) -> None:
    text = json.dumps(value)
    lua.globals["text"] = text
    again = lua.execute("local c = new(); return c.encode(c.decode(text))")
    assert _rounded(json.loads(again)) == _rounded(value)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.14g}") if isinstance(value, (int, float)) and not isinstance(value, bool) else value
