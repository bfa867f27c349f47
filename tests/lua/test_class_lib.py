from __future__ import annotations

from typing import Any

import pytest
from lupa.luajit21 import LuaError

from tests.lua.lua_library import bare_lua


@pytest.fixture
def lua() -> Any:
    runtime = bare_lua(torch=True)
    runtime.execute("conformance = {}")
    return runtime


def test_an_instance_has_its_class_and_its_parents_methods(lua: Any) -> None:
    assert lua.execute("""
        local A = torch.class('conformance.A')
        function A:__init(v) self.v = v end
        function A:twice() return 2 * self.v end
        function A:who() return 'A' end
        local B, parent = torch.class('conformance.B', 'conformance.A')
        function B:__init(v) parent.__init(self, v + 1) end
        function B:who() return 'B' .. parent.who(self) end
        local o = conformance.B(4)
        return o:who(), o:twice(), torch.type(o), torch.typename(o), parent == A, getmetatable(o) == B
    """) == ("BA", 10, "conformance.B", "conformance.B", True, True)


def test_the_constructor_table_reads_and_writes_the_class(lua: Any) -> None:
    assert lua.execute("""
        local A = torch.class('conformance.A')
        conformance.A.shared = 3
        function conformance.A:get() return self.shared end
        local o = conformance.A()
        return o:get(), A.shared, conformance.A.new().shared, torch.type(conformance.A), torch.typename(conformance.A),
           getmetatable(conformance.A) == A, torch.getconstructortable('conformance.A') == conformance.A
    """) == (3, 3, 3, "table", None, True, True)


def test_a_module_table_takes_the_class(lua: Any) -> None:
    assert lua.execute("""
        local own = {}
        torch.class('nowhere.Thing', own)
        torch.class('nowhere.Child', 'nowhere.Thing', own)
        return torch.type(own.Child()), torch.isTypeOf(own.Child(), 'nowhere.Thing'), rawget(_G, 'nowhere')
    """) == ("nowhere.Child", True, None)


def test_a_name_without_a_package_is_a_global_and_packages_nest(lua: Any) -> None:
    assert (
        lua.execute("""
        conformance.inner = {}
        torch.class('conformance.inner.Deep')
        return torch.type(conformance.inner.Deep())
    """)
        == "conformance.inner.Deep"
    )


def test_operators_reach_the_class_and_its_parents(lua: Any) -> None:
    assert lua.execute("""
        local A = torch.class('conformance.A')
        function A.__add__(a, b) return 'sum' end
        function A.__eq__(a, b) return true end
        function A:__call__(x) return x + 1 end
        function A:__unm__() return 'minus' end
        function A.__lt__(a, b) return true end
        function A:__tostring__() return 'an A' end
        torch.class('conformance.B', 'conformance.A')
        local a, b = conformance.A(), conformance.B()
        return a + b, 1 + b, b + 1, a == b, b(4), -b, a < b, tostring(b)
    """) == ("sum", "sum", "sum", True, 5, "minus", True, "an A")


def test_a_missing_operator_is_named_with_its_class(lua: Any) -> None:
    lua.execute("torch.class('conformance.A')")
    with pytest.raises(LuaError, match=r"conformance\.A has no addition operator"):
        lua.execute("local a = conformance.A(); return a + 1")
    assert lua.eval("tostring(conformance.A())") == "conformance.A"
    assert lua.execute("local a = conformance.A(); return a == conformance.A(), a == a") == (False, True)


def test_index_hooks_answer_before_methods_when_their_last_value_is_true(lua: Any) -> None:
    assert lua.execute("""
        local A = torch.class('conformance.A')
        function A:method() return 'method' end
        function A:__index__(k) if k == 'magic' then return 42, true end return false end
        function A:__newindex__(k, v) if k == 'taken' then rawset(self, 'kept', v) return true end return false end
        local o = conformance.A()
        o.taken, o.plain = 1, 2
        return o.magic, o.kept, rawget(o, 'taken'), o.plain, o:method(), o.nothing
    """) == (42, 1, None, 2, "method", None)


def test_a_childs_class_methods_are_not_seen_by_the_parents_hooks(lua: Any) -> None:
    assert lua.execute("""
        local A = torch.class('conformance.A')
        local seen = {}
        function A:__newindex__(k, v) seen[#seen + 1] = k return false end
        local B = torch.class('conformance.B', 'conformance.A')
        function B:method() return 1 end
        local o = conformance.B()
        o.field = 1
        return #seen, seen[1], o:method()
    """) == (1, "field", 1)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("'conformance.B'", True),
        ("'conformance.A'", True),
        ("'conformance'", False),  # a plain name has to match whole
        ("'conformance.%a'", True),  # a pattern may match a part
        ("'B$'", True),
        ("conformance.A", True),
        ("conformance.C", False),
    ],
)
def test_is_type_of(lua: Any, spec: str, expected: bool) -> None:
    lua.execute(
        "torch.class('conformance.A') torch.class('conformance.B', 'conformance.A') torch.class('conformance.C')"
    )
    assert lua.eval(f"torch.isTypeOf(conformance.B(), {spec})") is expected


def test_what_is_no_instance_has_no_type_name(lua: Any) -> None:
    assert lua.execute("""
        return torch.typename({}), torch.typename(3), torch.typename(nil), torch.type({}), torch.type('a'),
           torch.isTypeOf(3, 'torch.Tensor'), torch.isTensor({}), torch.isStorage(nil)
    """) == (None, None, None, "table", "string", False, False, False)


def test_factories_and_setmetatable_make_instances_without_a_constructor(lua: Any) -> None:
    assert lua.execute("""
        local A = torch.class('conformance.A')
        function A:__init() self.built = true end
        local made, cast = torch.factory('conformance.A')(), torch.setmetatable({x = 1}, 'conformance.A')
        return made.built, torch.type(made), torch.type(cast), cast.x,
           torch.factory('no.such'), torch.getmetatable('no.such')
    """) == (None, "conformance.A", "conformance.A", 1, None, None)


def test_userdata_get_their_name_from_the_runtime() -> None:
    lua = bare_lua()
    lua.execute("""
        torch = {}
        require('torch.class').install(torch, function(x) return x == io.stdout and 'torch.FloatTensor' or nil end)
        torch.newmetatable('torch.FloatTensor', nil, function() return io.stdout end, nil, nil, torch)
    """)
    assert lua.execute("""
        return torch.typename(io.stdout), torch.isTensor(io.stdout), torch.isTypeOf(io.stdout, 'torch.FloatTensor'),
           torch.isTypeOf(io.stdout, 'torch.*Tensor'), torch.type(io.stderr), torch.FloatTensor() == io.stdout
    """) == ("torch.FloatTensor", True, True, True, "userdata", True)


def test_cdata_can_be_instances(lua: Any) -> None:
    assert lua.execute("""
        local ffi = require 'ffi'
        local Point = torch.class('conformance.Point')
        function Point:sum() return self.x + self.y end
        function Point.__add__(a, b) return a.x + b.x end
        local ctype = torch.metatype('conformance.Point', 'struct { double x, y; }')
        local p = ctype(1, 2)
        return torch.typename(p), p:sum(), p + p
    """) == ("conformance.Point", 3, 2)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("torch.class('conformance.A') torch.class('conformance.A')", "conformance.A is already defined"),
        ("torch.class('nosuch.Thing')", "nosuch is an invalid module name"),
        ("torch.class('conformance.A', 'no.Parent')", "invalid parent class name no.Parent"),
        ("torch.class(3)", "string expected, got number"),
        ("torch.setmetatable({}, 'no.such')", "unknown class no.such"),
        ("torch.isTypeOf({}, 3)", "a class name, a pattern or a class expected"),
    ],
)
def test_mistakes_are_named_at_the_callers_line(lua: Any, code: str, message: str) -> None:
    with pytest.raises(LuaError) as failure:
        lua.execute(code)
    assert message in str(failure.value)
    assert 'string "<python>"' in str(failure.value).splitlines()[0]


def test_a_failed_definition_leaves_nothing_behind(lua: Any) -> None:
    assert lua.execute("""
        local ok = pcall(torch.class, 'nosuch.Thing')
        return ok, torch.getmetatable('nosuch.Thing')
    """) == (False, None)
