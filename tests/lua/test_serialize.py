"""Lua values in files: what comes back, what is shared, what is refused, what becomes of a file that fails half way."""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lua_compat import t7
from lua_compat.bridge.ops_files import MemoryFile
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError
from tests.t7.encode import CORPUS


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _path(tmp_path, name="x.t7"):
    return os.fspath(tmp_path / name)


def test_what_lua_saves_python_reads(lua, tmp_path):
    path = _path(tmp_path)
    lua.execute("""
        local x = torch.range(1, 6):resize(2, 3)
        torch.save(..., {1, 'two', x = x, row = x[2], list = {true, false}, [2.5] = 'half'})
    """, path)  # fmt: skip
    table = t7.read_file(path)
    assert (table[1], table[2], table[2.5]) == (1.0, "two", "half")
    np.testing.assert_array_equal(table["row"].array, [4, 5, 6])
    assert table["row"].storage() is table["x"].storage()
    assert table["list"].to_list() == [True, False]


def test_what_python_writes_lua_loads(lua, tmp_path):
    path = _path(tmp_path)
    t7.write_file(path, t7.T7Table.of({"a": 1.5, "text": "ä", "inner": t7.T7Table.of([1.0, 2.0])}))
    assert lua.execute("local t = torch.load(...); return t.a, t.text, #t.inner, t.inner[2]", path) == (1.5, "ä", 2, 2)


@pytest.mark.parametrize("mode", ["binary", "ascii", "b32", "b64"])
def test_tables_longer_than_luas_stack(lua, tmp_path, mode):
    assert lua.execute("""
        local path, mode = ...
        local t = {}
        for i = 1, 20001 do t[i] = i % 2 == 0 and i or 's' .. i end
        torch.save(path, t, mode)
        local r = torch.load(path, mode)
        for i = 1, #t do assert(t[i] == r[i]) end
        return #r
    """, _path(tmp_path), mode) == 20001  # fmt: skip


def test_binary_strings_and_functions_survive(lua):
    assert lua.execute(r"""
        local every = {}
        for i = 0, 255 do every[#every + 1] = string.char(i) end
        local text = table.concat(every)
        local k = 3
        local function f(x) return x * k end
        local r = torch.deserialize(torch.serialize{text, f})
        return r[1] == text, #r[1], r[2](5)
    """) == (True, 256, 15)


def test_long_chains_need_no_recursion(lua):
    assert (
        lua.execute("""
        local t = {}
        local x = t
        for i = 1, 100000 do x.n = {}; x = x.n end
        local r, depth = torch.deserialize(torch.serialize(t)), 0
        while r.n do r = r.n; depth = depth + 1 end
        return depth
    """)
        == 100000
    )


def test_loaded_storages_are_mapped(lua, tmp_path):
    path = _path(tmp_path)
    lua.execute("torch.save(..., torch.zeros(1000))", path)
    before = Path(path).read_bytes()
    assert lua.execute("local x = torch.load(...); x:fill(7); return x:sum()", path) == 7000
    assert Path(path).read_bytes() == before


def test_objects_within_objects_with_read_and_write_of_their_own(lua):
    assert lua.execute("""
        local Outer = torch.class('serialize_test.Outer', nil, {})
        local Inner = torch.class('serialize_test.Inner', nil, {})
        function Outer:write(file) file:writeString('head'); file:writeObject(self.inner); file:writeDouble(self.x) end
        function Outer:read(file, version)
            self.head = file:readChar(4):string()
            self.inner = file:readObject()
            self.x = file:readDouble()
        end
        local inner = torch.factory('serialize_test.Inner')()
        inner.v = torch.ones(3)
        local outer = torch.factory('serialize_test.Outer')()
        outer.inner, outer.x = inner, 2.5
        local r = torch.deserialize(torch.serialize{outer, inner, outer})
        return r[1].head, r[1].x, r[1].inner == r[2], r[1] == r[3], r[2].v:sum(), torch.type(r[2])
    """) == ("head", 2.5, True, True, 3, "serialize_test.Inner")


def test_values_that_went_through_a_file_are_given_back_to_memory(lua):
    """Without the help of Python's own garbage collector, which is off here."""

    def files() -> int:
        return sum(type(value) is MemoryFile for value in gc.get_objects())

    lua.execute("collectgarbage(); collectgarbage()")
    gc.collect()
    gc.disable()
    try:
        before = files()
        lua.execute("""
            for i = 1, 20 do
                local f = torch.MemoryFile()
                f:writeObject{torch.ones(5), {i}}
                f:seek(1)
                assert(f:readObject()[2][1] == i)
                assert(torch.deserialize(torch.serialize{i})[1] == i)
            end
            collectgarbage(); collectgarbage()
        """)
        assert files() <= before  # fewer where another test left some that are gone by now
    finally:
        gc.enable()


def test_an_unknown_class_is_named(lua, tmp_path):
    path = _path(tmp_path)
    t7.write_file(path, t7.T7Object("no.Such", 1, t7.T7Table.of({})))
    with pytest.raises(LuaError, match=r"unknown Torch class <no\.Such>"):
        lua.execute("torch.load(...)", path)


@pytest.mark.parametrize(
    ("value", "place", "what"),
    [
        ("coroutine.create(function() end)", "value", "a coroutine"),
        ("{coroutine.create(function() end)}", "value[1]", "a coroutine"),
        ("math.sin", "value", "a function of C"),
        ("{a = {b = io.stdout}}", "value.a.b", "a userdata"),
        ("{a = {{}, {io.stdout}}}", "value.a[2][1]", "a userdata"),
        ("{['two words'] = {[true] = io.stdout}}", 'value["two words"][true]', "a userdata"),
        ("{[{}] = {[1.5] = 1LL}}", "value[...][1.5]", "a cdata"),
        ("{[io.stdout] = 1}", "value[...]", "a userdata"),
        ("{a = require('ffi').new('int[1]')}", "value.a", "a cdata"),
        ("{f = function() return k.modules end}", "value.f(upvalue k).modules[3].fn", "a function of C"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(lua, value, place, what):
    with pytest.raises(LuaError) as caught:
        lua.execute(f"local k = {{modules = {{1, 2, {{fn = math.sin}}}}}}\ntorch.serialize({value})")
    assert str(caught.value) == f"(code):2: serialize: memory file: {place}: {what} cannot be written"


def test_errors_call_the_value_by_its_name(lua):
    with pytest.raises(LuaError, match=r"memory file: model\.modules\[1\]: a userdata cannot be written"):
        lua.execute("torch.MemoryFile():writeObject({modules = {io.stdout}}, 'model')")


def test_fields_that_cannot_be_written_are_left_out_with_a_warning(lua, capfd):
    assert lua.execute("""
        local A = torch.class('serialize_test.Partly', {})
        local a = torch.factory('serialize_test.Partly')()
        a.x, a.file, a.routine = 1, io.stdout, coroutine.create(function() end)
        local r = torch.deserialize(torch.serialize(a))
        return r.x, r.file == nil, r.routine == nil
    """) == (1, True, True)
    warned = capfd.readouterr().err
    assert "cannot write object field <file> of <serialize_test.Partly>" in warned
    assert "cannot write object field <routine> of <serialize_test.Partly>" in warned


def test_a_save_that_fails_leaves_the_old_file_alone(lua, tmp_path):
    path = _path(tmp_path)
    lua.execute("torch.save(..., 5)", path)
    with pytest.raises(LuaError):
        lua.execute("torch.save(..., {1, coroutine.create(print)})", path)
    assert lua.execute("return torch.load(...)", path) == 5
    assert os.listdir(tmp_path) == ["x.t7"]


def test_a_malformed_file_is_refused_by_name(lua, tmp_path):
    path = _path(tmp_path, "bad.t7")
    Path(path).write_bytes(b"\x03\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\x7f")
    with pytest.raises(LuaError, match=r"bad\.t7"):
        lua.execute("torch.load(...)", path)


def test_generators_and_their_streams(lua):
    assert lua.execute("""
        local g = torch.Generator()
        torch.manualSeed(g, 5)
        torch.normal(g)
        local h = torch.deserialize(torch.serialize(g))
        return torch.normal(g) == torch.normal(h), torch.type(h)
    """) == (True, "torch.Generator")


# -- forms -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["nil", "'binary'", "'ascii'", "'b32'", "'b64'"])
def test_every_format_of_every_function(lua, tmp_path, mode):
    assert lua.execute(f"""
        local path, mode = ..., {mode}
        local x = {{torch.LongTensor{{1, -2}}, 'text'}}
        torch.save(path, x, mode)
        local a, b = torch.load(path, mode), torch.deserialize(torch.serialize(x, mode), mode)
        local c = torch.deserializeFromStorage(torch.serializeToStorage(x, mode), mode)
        for _, r in ipairs{{a, b, c}} do assert(r[1]:equal(x[1]) and r[2] == 'text') end
        return #torch.serialize(x, mode) == torch.serializeToStorage(x, mode):size()
    """, _path(tmp_path)) is True  # fmt: skip


def test_long_sizes_of_formats(lua, tmp_path):
    path = _path(tmp_path)
    lua.execute("torch.save(..., torch.LongStorage{1, 2, 3}, 'b32')", path)
    assert Path(path).read_bytes().endswith(np.array([1, 2, 3], "<i4").tobytes())
    assert lua.execute("return torch.load(...):size()", path) == 3  # found from the file
    with pytest.raises(LuaError, match="the file ends within"):
        lua.execute("torch.load(..., 'b64')", path)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            "torch.save('x', 1, 'text')",
            "bad argument #3 to 'save' ('binary', 'ascii', 'b32' or 'b64' expected, got text)",
        ),
        ("torch.load('x', 'text')", "bad argument #2 to 'load' ('binary', 'ascii', 'b32' or 'b64' expected, got text)"),
        ("torch.serialize(1, 5)", "bad argument #2 to 'serialize' ('binary', 'ascii', 'b32' or 'b64' expected, got 5)"),
        ("torch.save()", "bad argument #1 to 'save' (a file name expected, got nil)"),
        ("torch.load({})", "bad argument #1 to 'load' (a file name expected, got table)"),
        ("torch.save('x', 1, nil, 1)", "bad argument #4 to 'save' (boolean expected, got number)"),
        ("torch.deserialize(1)", "bad argument #1 to 'deserialize' (string expected, got number)"),
        (
            "torch.deserializeFromStorage('x')",
            "bad argument #1 to 'deserializeFromStorage' (torch.CharStorage expected, got string)",
        ),
        ("torch.load('/no/such')", "load: cannot open </no/such> in mode r: No such file or directory"),
        ("torch.save('/no/such', 1)", "save: cannot open </no/such> in mode w: No such file or directory"),
    ],
)
def test_wrong_arguments_are_named(lua, use, message):
    with pytest.raises(LuaError) as caught:
        lua.execute(f"\n{use}")
    assert str(caught.value) == f"(code):2: {message}"


def test_a_save_to_standard_output():
    command = [sys.executable, "-m", "lua_compat.bridge.cli", "-e", "torch.save('/dev/stdout', {1, 'two'})"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    assert t7.read_bytes(done.stdout).to_list() == [1, "two"]


def test_a_save_that_finds_no_room_leaves_the_old_file_alone(tmp_path):
    """Against the system's own limit on the size of files, in a process of its own."""
    path = _path(tmp_path)
    code = f"""
import resource, signal
from lua_compat import Runtime
lua = Runtime()
lua.execute("torch.save(..., 'old')", {path!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
print(lua.execute("return tostring(select(2, pcall(torch.save, ..., torch.zeros(1000))))", {path!r}))
print(lua.execute("return torch.load(...)", {path!r}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "old"
    assert "write error: File too large" in done.stdout
    assert os.listdir(tmp_path) == ["x.t7"]


# -- references --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_what_was_written_before_is_referred_to(lua, mode):
    assert lua.execute("""
        local f = torch.MemoryFile()
        f[...](f)
        local x, t, g = torch.range(1, 1000), {}, function() end
        f:writeObject(x); f:writeObject(t); f:writeObject(g)
        local before = f:position()
        local row = x:narrow(1, 3, 1)
        f:writeObject{x, t, x:storage(), g, row}
        local size = f:position() - before
        f:seek(1)
        local x2, t2, g2, all = f:readObject(), f:readObject(), f:readObject(), f:readObject()
        all[5]:fill(-1)
        return size < 400, all[1] == x2, all[2] == t2, all[4] == g2, x2[3], x2:storage() == all[3]
    """, mode) == (True, True, True, True, -1, True)  # fmt: skip


def test_files_without_references_hold_copies(lua, tmp_path):
    assert lua.execute("""
        local x = torch.ones(2)
        local t = {x = x, again = x}
        t.twice = {t.x}
        torch.save(..., {t, t}, 'binary', false)
        local r = torch.load(..., 'binary', false)
        r[1].x:fill(5)
        local f = torch.MemoryFile():referenced(false)
        f:writeObject(x); f:writeObject(x)
        f:seek(1)
        local a, b = f:readObject(), f:readObject()
        return r[1] == r[2], r[1].again:sum(), r[1].twice[1]:sum(), r[2].x:sum(), a == b, f:isReferenced()
    """, _path(tmp_path)) == (False, 2, 2, 2, False, False)  # fmt: skip


@pytest.mark.parametrize(
    ("make", "place"),
    [("local t = {}; t.a = {t}", "value.a[1]"), ("local t = {}; t.f = function() return t end", "value.f(upvalue t)")],
)
def test_without_references_nothing_can_contain_itself(lua, make, place):
    with pytest.raises(LuaError) as caught:
        lua.execute(f"local f = torch.MemoryFile():referenced(false)\n{make}\nf:writeObject(t)")
    assert f"memory file: {place}: it contains itself" in str(caught.value)


def test_references_outlive_a_change_of_encoding(lua):
    assert lua.execute("""
        local f = torch.MemoryFile()
        local t, g = {7}, {8}
        f:writeObject(t)
        f:binary():writeObject{t, g}
        f:storage()
        f:ascii():writeObject(g)
        f:seek(1)
        local a, b = f:readObject(), f:binary():readObject()
        local c = f:ascii():readObject()
        return a == b[1], c == b[2], c[1]
    """) == (True, True, 8)


def test_objects_in_big_endian_order(lua, tmp_path):
    path = _path(tmp_path)
    assert lua.execute("""
        local path = ...
        local x = {1.5, 'text', true, torch.IntTensor{1, -2}, torch.LongStorage{3}, torch.ones(2, 2)}
        x.self = x
        local f = torch.DiskFile(path, 'w'):binary():bigEndianEncoding()
        f:writeObject(x)
        f:nativeEndianEncoding():writeObject({x})
        f:close()
        local function check(g)
            g:binary():bigEndianEncoding()
            local r = g:readObject()
            assert(r[1] == 1.5 and r[2] == 'text' and r[3] and r[4][2] == -2 and r[5][1] == 3 and r[6]:sum() == 4)
            assert(r.self == r)
            local again = g:nativeEndianEncoding():readObject()
            g:close()
            return again[1] == r
        end
        return check(torch.DiskFile(path)), check(torch.PipeFile('cat ' .. path))
    """, path) == (True, True)  # fmt: skip
    data = Path(path).read_bytes()
    assert data.startswith(bytes([0, 0, 0, 3, 0, 0, 0, 1]))
    with pytest.raises(LuaError, match="big-endian byte order"):
        lua.execute("torch.load(...)", path)


def test_objects_that_write_themselves_and_each_other(lua):
    assert lua.execute("""
        local A = torch.class('serialize_test.Knows', {})
        A.__version = 7
        function A:__write(f) f:writeObject(self.other) end
        function A:__read(f, version) self.version = version; self.other = f:readObject() end
        local a, b = torch.factory('serialize_test.Knows')(), torch.factory('serialize_test.Knows')()
        a.other, b.other, a.write, a.read = b, a, 'a field', 'another'
        local r = torch.deserialize(torch.serialize(a))
        local f = torch.MemoryFile():referenced(false)
        return r.other.other == r, r.version, r.other.version, (pcall(f.writeObject, f, a))
    """) == (True, 7, 7, False)


@pytest.mark.parametrize("method", ["read", "write"])
def test_errors_of_a_classes_own_methods_keep_their_value(lua, method, tmp_path):
    code = """
        local A = torch.getmetatable('serialize_test.Failing') or torch.class('serialize_test.Failing', {})
        local method, path, value, caught = ...
        local problem = value == 'table' and {code = 3} or 'told'
        A.read, A.write = function() end, function() end
        local a = torch.factory('serialize_test.Failing')()
        torch.save(path, a)
        A[method] = function() error(problem, 0) end
        local function check(f, ...)
            local ok, e = pcall(f, ...)
            assert(not ok and e == problem)
        end
        local f = torch.MemoryFile()
        if method == 'read' then
            check(torch.load, path)
        else
            check(torch.save, path, a); check(torch.serialize, {a}); check(f.writeObject, f, a)
        end
        local ok, e = pcall(torch.deserialize, 'no t7 file')
        return type(e)
    """
    for value in ("table", "text"):
        assert lua.execute(code, method, _path(tmp_path), value) == "string"


def test_a_hook_changes_what_is_written(lua):
    assert lua.execute("""
        local f = torch.MemoryFile()
        f:writeObject({1, {2, 'x'}}, nil, function(v) return type(v) == 'number' and v * 10 or v end)
        f:writeObject({1})
        f:seek(1)
        local a, b = f:readObject(), f:readObject()
        return a[10], a[20][10], a[20][20], b[1]
    """) == (10, 20, "x", 1)


def test_factories_get_the_file(lua):
    assert (
        lua.execute("""
        local made
        torch.class('serialize_test.Made', {})
        local mt = torch.getmetatable('serialize_test.Made')
        local plain = mt.__factory
        local o = plain()
        local text = torch.serialize(o)
        mt.__factory = function(file) made = torch.typename(file); return plain() end
        torch.deserialize(text)
        return made
    """)
        == "torch.MemoryFile"
    )


# -- tables ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_unusual_tables(lua, mode):
    assert lua.execute("""
        local mode = ...
        local key = {}
        local t = setmetatable({[math.huge] = 'inf', [-math.huge] = '-inf', [key] = key, [true] = 1, [-0.0] = 'zero',
           [0.5] = 0 / 0, [1] = 'first', [3] = 'third'}, {__index = function() return 'default' end, __mode = 'k'})
        local r = torch.deserialize(torch.serialize(t, mode), mode)
        local found
        for k, v in pairs(r) do if type(k) == 'table' then found = k == v end end
        return r[math.huge], r[-math.huge], found, r[true], r[0], r[0.5] ~= r[0.5], r[1], r[3], r.missing == nil
    """, mode) == ("inf", "-inf", True, 1, "zero", True, "first", "third", True)  # fmt: skip


@pytest.mark.parametrize("kind", ["tables", "objects", "functions"])
def test_ten_thousand_levels(lua, kind):
    assert lua.execute("""
        local kind = ...
        local mt = torch.getmetatable('serialize_test.Level') or torch.class('serialize_test.Level', {})
        local make = {
           tables = function(inner) return {inner} end,
           objects = function(inner) local o = torch.factory('serialize_test.Level')(); o[1] = inner; return o end,
           functions = function(inner) return function() return inner end end,
        }
        local x = 'end'
        for i = 1, 10000 do x = make[kind](x) end
        local depth, r = 0, torch.deserialize(torch.serialize(x))
        while r ~= 'end' do
           if type(r) == 'function' then r = r() else r = r[1] end
           depth = depth + 1
        end
        return depth
    """, kind) == 10000  # fmt: skip


# -- functions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_functions_keep_what_they_share(lua, mode):
    assert lua.execute("""
        local mode = ...
        local count, unset = 0, nil
        local function add() count = count + 1; unset = 'set'; return count end
        local function get() return count, unset end
        local function factorial(n) return n < 2 and 1 or n * factorial(n - 1) end
        local t = {add = add, get = get, factorial = factorial, globals = function() return torch end}
        t.self = function() return t end
        local r = torch.deserialize(torch.serialize(t, mode), mode)
        local before = {r.get()}
        r.add(); r.add()
        local now, set = r.get()
        return before[1], now, set, count, r.factorial(5), r.globals() == torch, r.self() == r
    """, mode) == (0, 2, "set", 0, 120, True, True)  # fmt: skip


def test_functions_written_one_by_one_share_variables_too(lua):
    assert lua.execute("""
        local f = torch.MemoryFile():binary()
        do
           local x = 1
           f:writeObject(function() x = x + 1 end)
           f:writeObject(function() return x end)
        end
        for i = 1, 50 do
           local other = i
           f:writeObject(function() return other end)
           collectgarbage()
        end
        f:seek(1)
        local add, get = f:readObject(), f:readObject()
        add()
        local sum = 0
        for i = 1, 50 do sum = sum + f:readObject()() end
        return get(), sum
    """) == (2, 1275)


def test_functions_of_files_from_torch7_run(lua):
    f, nested = (os.fspath(CORPUS / "t7" / name) for name in ("function.t7", "functions_in_tables.t7"))
    assert lua.execute("return torch.load(...)(1)", f) == 9
    assert lua.execute("local t = torch.load(...); return type(t.f), type(t.g[1]), t.n", nested) == (
        "function", "function", 1,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [6, 7])
def test_functions_of_the_older_kinds(lua, tmp_path, kind):
    path = _path(tmp_path)
    code = lua.execute("local a, b; return string.dump(function() return a, b end)").encode("utf-8", "surrogateescape")
    t7.write_file(path, t7.T7Function(code, t7.T7Table([1.0, 2.0], ["one", t7.T7Table.of({"name": "two"})]), kind))
    assert lua.execute("local a, b = torch.load(...)(); return a, b.name", path) == ("one", "two")


def _dump(version: str, source: str = "return function(x) return x + 1 end") -> bytes:
    """What another Lua dumps a function as."""
    module = importlib.import_module(f"lupa.{version}")
    code = f"return string.dump(assert((loadstring or load)([[\n\n{source}]], '@train.lua'))())"
    return module.LuaRuntime(encoding=None).execute(code.encode())


FOREIGN = {
    "lua51": ("train.lua:2", "Lua 5.1"),
    "lua52": (None, "Lua 5.2"),
    "lua53": ("train.lua:2", "Lua 5.3"),
    "lua54": ("train.lua:2", "Lua 5.4"),
    "luajit20": ("train.lua:2", "LuaJIT 2.0"),
}


@pytest.mark.parametrize("version", sorted(FOREIGN))
@pytest.mark.parametrize("kind", [6, 7, 8])
def test_functions_of_another_lua_load_and_say_so_when_they_are_called(lua, tmp_path, version, kind):
    path, again = _path(tmp_path), _path(tmp_path, "again.t7")
    place, compiler = FOREIGN[version]
    upvalues = t7.T7Table([1.0], [5.0 if kind < 8 else t7.T7Table(["name", "value"], ["k", 5.0])])
    function = t7.T7Function(_dump(version), upvalues, kind)
    t7.write_file(path, t7.T7Table.of([1.0, function, {"same": function}]))
    with pytest.raises(LuaError) as caught:
        lua.execute("local t = torch.load(...)\nassert(type(t[2]) == 'function')\nt[2](1)", path)
    about = f"of {place}, compiled by {compiler}" if place else f"compiled by {compiler}"
    assert str(caught.value) == (
        f"(code):3: this function ({about}) of {path} cannot run: "
        f"it is bytecode of {compiler}, and LuaJIT 2.1 runs here"
    )
    lua.execute("local path, again = ...; torch.save(again, torch.load(path))", path, again)
    found = t7.read_file(again)
    assert [(f.code, f.kind) for f in (found[2], found[3]["same"])] == [(function.code, kind)] * 2
    assert (found[2] is found[3]["same"]) == (kind > 6)
    assert (
        found[2].upvalues[1] == 5.0 if kind < 8 else dict(found[2].upvalues[1].items()) == {"name": "k", "value": 5.0}
    )


def test_a_stand_in_may_hold_itself(lua, tmp_path):
    path = _path(tmp_path)
    function = t7.T7Function(_dump("lua51"))
    function.upvalues = t7.T7Table([1.0], [t7.T7Table(["name", "value"], ["me", function])])
    t7.write_file(path, function)
    lua.execute("local path = ...; torch.save(path, torch.load(path))", path)
    found = t7.read_file(path)
    assert found.code == function.code
    assert found.upvalues[1]["value"] is found
    assert lua.execute("""
        local seen = setmetatable({torch.load(...)}, {__mode = 'v'})
        collectgarbage(); collectgarbage()
        return #seen
    """, path) == 0  # fmt: skip


def test_damaged_bytecode_is_not_given_to_luajit(lua, tmp_path):
    path = _path(tmp_path)
    code = _dump("luajit21", "return function(x) return x + 1.5, 'text', {1, a = 2} end")
    for size in range(5, len(code)):
        t7.write_file(path, t7.T7Function(code[:size]))
        with pytest.raises(LuaError, match=r"its bytecode is damaged|its code is no bytecode"):
            lua.execute("torch.load(...)()", path)
    assert lua.execute("return torch.load(...)(1)", _written(path, t7.T7Function(code)))[:2] == (2.5, "text")


def _written(path, value):
    t7.write_file(path, value)
    return path


def test_functions_as_text(lua, tmp_path):
    path = _written(_path(tmp_path), t7.T7Function(b"return 1 + ..."))
    assert lua.execute("return torch.load(...)(2)", path) == 3
    path = _written(_path(tmp_path), t7.T7Function(b"return +"))
    with pytest.raises(LuaError, match=r"this function of .*x\.t7 cannot run: \(loaded\):1: "):
        lua.execute("torch.load(...)()", path)


def test_a_runtime_that_runs_no_functions_of_files(tmp_path):
    path, again = _path(tmp_path), _path(tmp_path, "again.t7")
    lua = Runtime(bytecode=False)
    with pytest.raises(LuaError) as caught:
        lua.execute("local k = 1; local f = torch.deserialize(torch.serialize(function() return k end))\nf()")
    assert str(caught.value).startswith(
        "(code):2: this function (of (code):1, compiled by LuaJIT 2.1) of string cannot"
    )
    assert str(caught.value).endswith("run: functions in files are not run here, by --no-bytecode")
    t7.write_file(path, t7.T7Table.of([t7.T7Function(b"os.exit(5)"), t7.T7Function(_dump("luajit21"))]))
    assert lua.execute("local t = torch.load(...); return type(t[1]), (pcall(t[1])), (pcall(t[2], 1))", path) == (
        "function", False, False,
    )  # fmt: skip
    lua.execute("local path, again = ...; torch.save(again, torch.load(path))", path, again)
    assert [f.code for f in t7.read_file(again).to_list()] == [f.code for f in t7.read_file(path).to_list()]


def test_the_command_that_runs_no_functions_of_files(tmp_path):
    script = tmp_path / "script.lua"
    script.write_text("print((pcall(torch.deserialize(torch.serialize(function() end)))))")
    command = [sys.executable, "-m", "lua_compat.bridge.cli"]
    for options, told in (([], b"true\n"), (["--no-bytecode"], b"false\n")):
        done = subprocess.run([*command, *options, os.fspath(script)], stdout=subprocess.PIPE, check=True)
        assert done.stdout == told


# -- torch.File --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["bigEndianEncoding", "littleEndianEncoding"])
def test_numbers_in_both_byte_orders(lua, tmp_path, order):
    path = _path(tmp_path, "n.bin")
    lua.execute(
        f"local f = torch.DiskFile(..., 'w'); f:binary(); f:{order}(); f:writeInt(-2); f:writeDouble(0.5); f:close()",
        path,
    )
    sign = ">" if order.startswith("big") else "<"
    data = Path(path).read_bytes()
    assert np.frombuffer(data[:4], f"{sign}i4")[0] == -2
    assert np.frombuffer(data[4:], f"{sign}f8")[0] == 0.5


def test_values_mixed_with_objects_in_one_file(lua, tmp_path):
    assert lua.execute("""
        local f = torch.DiskFile(..., 'rw'):binary()
        f:writeInt(1); f:writeObject({5}); f:writeInt(2); f:writeObject('x')
        f:seek(1)
        local a, b, c, d = f:readInt(), f:readObject(), f:readInt(), f:readObject()
        f:close()
        return a, b[1], c, d
    """, _path(tmp_path)) == (1, 5, 2, "x")  # fmt: skip


@pytest.mark.parametrize("use", ["f:readInt()", "f:position()", "f:writeInt(1)", "f:close()", "f:readObject()"])
def test_a_closed_file_is_refused(lua, use):
    with pytest.raises(LuaError, match="closed"):
        lua.execute(f"local f = torch.MemoryFile(); f:close(); {use}")


def test_a_pipe_takes_what_is_written(lua, tmp_path):
    path = _path(tmp_path, "out.txt")
    lua.execute("local f = torch.PipeFile('cat > ' .. ..., 'w'); f:writeInt(4); f:writeString('x'); f:close()", path)
    assert Path(path).read_text() == "4\nx"


def test_a_storage_given_for_a_memory_file_gets_what_is_written(lua):
    assert lua.execute("""
        local s = torch.CharStorage()
        local f = torch.MemoryFile(s, 'rw')
        f:writeString('abc')
        local same = f:storage() == s
        f:writeString('d')
        f:close()
        return same, s:string(), torch.MemoryFile(s, 'r'):readString('*a')
    """) == (True, "abcd\0", "abcd")


def test_text_that_is_no_number_ends_reading(lua):
    with pytest.raises(LuaError, match="read 1 blocks instead of 3"):
        lua.execute("local f = torch.MemoryFile(); f:writeString('12 abc 3'); f:seek(1); f:readInt(3)")
