"""The runtime: running code, finding modules, values that cross, memory that Lua cannot see."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import lua_compat
from lua_compat.bridge import memory
from lua_compat.bridge.runtime import LUA_FOLDER, Runtime
from lua_compat.errors import LuaError, MappingError
from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor import storage as storages


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def test_results(lua):
    assert lua.eval("1 + 1") == 2
    assert lua.execute("return 1, 'a', nil, true") == (1, "a", None, True)
    assert lua.execute("x = 5") is None
    assert lua.execute("return nil") is None
    assert lua.execute("return false") is False
    assert lua.execute("return true") is True
    assert lua.execute("return ...", 1.5, "b") == (1.5, "b")


def test_runtimes_do_not_share_globals():
    first, second = Runtime(), Runtime()
    first.execute("shared = 1; torch.setdefaulttensortype('torch.FloatTensor')")
    t = Tensor.from_array(np.zeros(2))
    first.set_global("t", t)
    second.set_global("t", t)
    first.execute("t[1] = 7")
    assert second.eval("shared, t[1], torch.getdefaulttensortype()") == (None, 7, "torch.DoubleTensor")
    assert first.eval("torch.Tensor == torch.FloatTensor, torch.Storage == torch.FloatStorage") == (True, True)


def test_python_gives_the_runtime_by_name():
    assert lua_compat.Runtime is Runtime
    assert lua_compat.LuaError is LuaError
    with pytest.raises(AttributeError, match="nothing"):
        lua_compat.nothing  # noqa: B018


@pytest.mark.parametrize("text", ["", "plain", "umläut 日本", "a\0b", "\udcff\udc80", "é\udcc3"])
def test_strings_lose_nothing(lua, text):
    data = text.encode("utf-8", "surrogateescape")
    assert lua.execute("return ...", text) == text
    assert lua.execute("return #(...)", text) == len(data)
    assert lua.execute("return ...", data) == text


def test_all_bytes_survive(lua):
    everything = bytes(range(256))
    assert (
        lua.execute("local s = ...; assert(#s == 256); return s", everything).encode("utf-8", "surrogateescape")
        == everything
    )
    assert lua.to_python(lua.eval(r"'\255\254'")) == b"\xff\xfe"
    assert lua.to_python(lua.eval("'ä'")) == "ä"


def test_a_script_gets_its_arguments(lua, tmp_path):
    script = tmp_path / "script.lua"
    script.write_text("#!/usr/bin/env th\nreturn arg[0], arg[1], #arg, select('#', ...), (...)\n")
    assert lua.run(script, ["-size", "3"]) == (str(script), "-size", 2, 2, "-size")


def test_modules_beside_the_script_and_by_path(tmp_path, monkeypatch):
    (tmp_path / "job").mkdir()
    (tmp_path / "models").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "job" / "beside.lua").write_text("return {name = 'beside', ...}")
    (tmp_path / "job" / "deep").mkdir()
    (tmp_path / "job" / "deep" / "init.lua").write_text("return 'deep'")
    (tmp_path / "models" / "AE.lua").write_text("return 'autoencoder'")
    (tmp_path / "data" / "loader.lua").write_text("loads = (loads or 0) + 1; return loads")
    script = tmp_path / "job" / "train.lua"
    script.write_text(
        "return require('beside').name, require('deep'), require '../models/AE', require 'data/loader', "
        f"require 'data/loader', require '{tmp_path}/models/AE.lua'"
    )
    (tmp_path / "job" / "data").symlink_to(tmp_path / "data")
    monkeypatch.chdir(tmp_path / "job")
    assert Runtime().run("train.lua") == ("beside", "deep", "autoencoder", 1, 1, "autoencoder")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Runtime().run("../job/train.lua")[2:4] == ("autoencoder", 1)


def test_lua_path_is_searched_but_never_for_the_original_torch(tmp_path, monkeypatch):
    (tmp_path / "helper.lua").write_text("return 'helped'")
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "init.lua").write_text("error('the original wants its C library')")
    monkeypatch.setenv("LUA_PATH", f"{tmp_path}/?.lua;{tmp_path}/?/init.lua;;")
    assert Runtime().eval("require 'helper', torch.typename(torch) == nil") == ("helped", True)


def test_a_penlight_of_the_users_comes_first(tmp_path, monkeypatch):
    (tmp_path / "pl").mkdir()
    (tmp_path / "pl" / "stringx.lua").write_text("return {whose = 'yours'}")
    monkeypatch.setenv("LUA_PATH", f"{tmp_path}/?.lua;;")
    assert Runtime().eval("stringx.whose") == "yours"


def test_what_is_not_found_says_where_it_was_looked_for(lua):
    with pytest.raises(LuaError, match=r"module 'no\.such\.module' not found") as caught:
        lua.require("no.such.module")
    assert "no/such/module.lua" in str(caught.value)
    with pytest.raises(LuaError, match="no file 'no/such/file"):
        lua.require("no/such/file")


def test_a_module_with_a_mistake_names_its_file(tmp_path, monkeypatch):
    (tmp_path / "broken.lua").write_text("local x = = 1")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LuaError, match=r"broken\.lua:1: unexpected symbol"):
        Runtime().execute("require './broken'")


def test_what_th_put_in_scope(lua):
    assert lua.eval("type(torch), type(paths), type(sys), type(xlua)") == ("table",) * 4
    assert lua.eval("python, not_set_anywhere") == (None, None)
    assert lua.execute("path_before = rawget(_G, 'stringx'); return path_before == nil") is True


def test_include_and_the_folders_of_packages(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "init.lua").write_text("pack = {}; include('part.lua'); return pack")
    (tmp_path / "pack" / "part.lua").write_text("pack.part = 'included'; return 5")
    (tmp_path / "main.lua").write_text(
        "require 'pack'; return pack.part, torch.packageLuaPath('pack'), torch.include('pack', 'part.lua')"
    )
    lua = Runtime()
    assert lua.run(tmp_path / "main.lua") == ("included", str(tmp_path / "pack"), 5)
    assert lua.eval("torch.packageLuaPath('torch') == torch.packageLuaPath() .. '/torch'")
    with pytest.raises(LuaError, match="nowhere"):
        lua.execute("torch.include('nowhere', 'x.lua')")


def test_pointers_and_the_environment(lua, monkeypatch):
    monkeypatch.setenv("SOME_VARIABLE", "set")
    assert lua.eval("torch.getenv('SOME_VARIABLE'), torch.getenv('NO_SUCH_VARIABLE')") == ("set", None)
    t = Tensor.from_array(np.zeros(1))
    assert lua.execute("return torch.pointer(...)", t) == id(t)
    assert lua.execute("local s = {}; return torch.pointer(s) == torch.pointer(s)") is True
    assert lua.eval("torch.pointer({}) ~= torch.pointer(print), type(torch.version())") == (True, "string")
    with pytest.raises(LuaError, match="bad argument #1 to 'pointer'"):
        lua.eval("torch.pointer(3)")


def test_no_file_of_ours_sets_a_global_by_accident():
    expected = {
        "torch", "nn", "optim", "paths", "sys", "xlua", "image", "include", "tds", "nngraph", "graph",
        "cudnn", "cutorch", "inn", "csvigo", "gnuplot", "lfs", "md5", "noColors", "rawlen",
        "arg", "pcall", "xpcall", "print", "print_new", "print_old", "setprintlevel",
    }  # fmt: skip
    lua = Runtime()
    before = set(lua.globals.keys())
    modules = []
    for path in sorted(LUA_FOLDER.rglob("*.lua")):
        parts = path.relative_to(LUA_FOLDER).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "init" else parts)
        if parts[0] != "th" and name not in ("pl.strict", "pl.app"):
            modules.append(name)
    for name in sorted(modules, key=lambda n: ("." in n, n)):  # packages first, which load their files in their order
        lua.require(name)
    from lupa.luajit21 import LuaRuntime

    plain = set(LuaRuntime().globals().keys())
    assert set(lua.globals.keys()) - plain <= expected, sorted(set(lua.globals.keys()) - plain - expected)
    assert before - plain <= expected


# -- values -----------------------------------------------------------------------------------------------------------


def test_tables_become_lists_and_dicts(lua):
    assert lua.to_python(lua.eval("{1, 2.5, 'x', {true}}")) == [1, 2.5, "x", [True]]
    assert lua.to_python(lua.eval("{a = {1}, [3] = 'three', [1] = 0}")) == {"a": [1], 3: "three", 1: 0}
    assert lua.to_python(lua.eval("{}")) == []
    assert lua.to_python(lua.eval("{deep = {name = 'x'}}")).deep.name == "x"
    assert lua.to_python(lua.eval("{1, 2, n = 2}")) == {1: 1, 2: 2, "n": 2}


def test_shared_tables_and_cycles_stay_so(lua):
    value = lua.to_python(lua.execute("local s = {1}; local t = {a = s, b = s}; t.self = t; return t"))
    assert value["a"] is value["b"]
    assert value["self"] is value


def test_tensors_cross_on_the_same_memory(lua):
    t = Tensor.from_array(np.arange(3.0))
    lua.set_global("batch", lua.to_lua({"data": t, "sizes": [1, 2], "name": "x", "nothing": None}))
    lua.execute("batch.data[1] = 42; batch.sizes[3] = 3")
    assert t.array[0] == 42
    back = lua.to_python(lua.globals.batch)
    assert back["data"].storage() is t.storage()
    assert lua.to_lua(t) is t
    assert lua.to_python(t) is t
    assert back["sizes"] == [1, 2, 3]
    assert isinstance(lua.to_lua(np.zeros((2, 2), np.float32)), Tensor)
    assert lua.to_lua(np.float64(2.5)) == 2.5


def test_containers_with_cycles_go_to_lua(lua):
    items: list = [1]
    items.append(items)
    assert lua.execute("local t = ...; return t[1], rawequal(t, t[2])", lua.to_lua(items)) == (1, True)


def test_functions_cross(lua):
    double = lua.to_python(lua.eval("function(t) return {t[1] * 2, 'x'} end"))
    assert double([4]) == [8, "x"]
    assert lua.execute("local f = ...; return f(3)", lua.to_lua(lambda x: x + 1)) == 4


def test_objects_that_lua_has_nothing_like_are_refused(lua):
    with pytest.raises(MappingError, match="complex"):
        lua.to_lua({"a": 3j})
    with pytest.raises(LuaError, match=r"no class is called no\.Such"):
        lua.instance("no.Such")


def test_objects_of_the_scripts_own_classes_show_their_fields(lua):
    lua.execute("local C = torch.class('MyLayer'); function C:__init(n) self.size, self.gain = n, torch.ones(n) end")
    layer = lua.to_python(lua.eval("MyLayer(3)"))
    assert (layer.class_name, layer.size) == ("MyLayer", 3)
    again = lua.to_lua(layer)
    assert lua.execute("local x = ...; return torch.type(x), x.size, x.gain:sum()", again) == ("MyLayer", 3, 3)


# -- memory -----------------------------------------------------------------------------------------------------------


def _living() -> int:
    gc.collect()
    return sum(type(o) is Storage for o in gc.get_objects())  # isinstance would wake lazy objects of other packages


def test_temporaries_of_a_loop_are_collected_by_their_bytes(monkeypatch):
    monkeypatch.setattr(memory, "FIRST_LIMIT", 2**20)
    lua = Runtime()
    monkeypatch.setattr(memory, "_SHARE", 1e9)  # however slow this machine is, the limit stays
    alive: list[int] = []
    storage_sizes = 2**16

    def temporary():
        alive.append(1)
        return Tensor.from_array(np.zeros(storage_sizes // 8))

    lua.set_global("temporary", lua.function(temporary))
    most = 0

    def check():
        nonlocal most
        most = max(most, _living())

    lua.set_global("check", lua.function(check))
    before = _living()
    lua.execute("for i = 1, 400 do local x = temporary(); x = nil; if i % 20 == 0 then check() end end")
    assert len(alive) == 400
    assert most - before <= 2**20 // storage_sizes + 4  # the limit, and what is in use
    lua.execute("coroutine.wrap(function() for i = 1, 100 do temporary() end; check() end)()")
    assert most - before <= 2**20 // storage_sizes + 4


@pytest.mark.parametrize(
    "step",
    [
        "x = torch.add(x, 1)",
        "local y = x:clone()",
        "local y = torch.DoubleTensor():resizeAs(x):copy(x)",
        "local y = torch.DoubleTensor(8192)",
        "local y = torch.DoubleStorage(8192)",
        "local y = x:float():double()",
        "local y = -(x * 2 + x)",
    ],
)
def test_every_way_to_make_tensors_is_counted(monkeypatch, step):
    monkeypatch.setattr(memory, "FIRST_LIMIT", 2**20)
    monkeypatch.setattr(memory, "_SHARE", 1e9)
    lua = Runtime()
    collected = []
    collect = lua._collector._collect
    monkeypatch.setattr(lua._collector, "_collect", lambda: (collected.append(1), collect()))
    lua.execute(f"x = torch.DoubleTensor(8192):zero(); for i = 1, 160 do {step} end")
    assert len(collected) >= 160 * 8192 * 8 // 2**20 - 1


def test_nothing_is_collected_for_python_alone(monkeypatch):
    monkeypatch.setattr(memory, "FIRST_LIMIT", 1000)
    lua = Runtime()
    collected = []
    monkeypatch.setattr(lua._collector, "_collect", lambda: collected.append(1))
    for _ in range(10):
        Storage(np.zeros(1000))
    assert collected == []
    lua.execute("local f = ...; f()", lua.function(lambda: Storage(np.zeros(1000))))
    assert collected


@pytest.mark.parametrize(
    "own", ["", "collectgarbage('setstepmul', 200)", "if i % 7 == 0 then collectgarbage('step', 1) end"]
)
def test_what_lua_drops_and_gets_again_stays_alive(own):
    lua = Runtime()
    holder: list = [None]
    lua.set_global("again", lua.function(lambda: holder[0]))
    visit = lua.execute(
        f"""
        kept = {{}}
        local made = {{}}
        return function()
           for i = 1, 30 do
              local a = again()
              a = nil
              for j = 1, 200 do made[j] = {{j}} end
              {own}
           end
           kept[#kept + 1] = again()
           for i = 1, 3000 do made[i] = {{i}} end
        end
        """
    )
    references = []
    for _ in range(1500):
        holder[0] = Tensor.from_array(np.zeros(1))
        references.append(weakref.ref(holder[0]))
        lua.call(visit)
        holder[0] = None
    assert sum(r() is None for r in references) == 0
    assert lua.execute("local s = 0; for i = 1, #kept do s = s + kept[i][1] end; return s") == 0


def test_a_script_reads_back_its_own_step_multiplier(lua):
    assert lua.execute("local old = collectgarbage('setstepmul', 150); return collectgarbage('setstepmul', old)") == 150
    assert lua.execute("return type(collectgarbage('count')), collectgarbage()") == ("number", 0)


def test_a_runtime_that_nobody_holds_goes_away_with_its_tensors():
    lua = Runtime()
    t = Tensor.from_array(np.zeros(3))
    lua.set_global("t", t)
    lua.execute("require 'pl.List'; t[1] = 2")
    tensor, runtime = weakref.ref(t), weakref.ref(lua)
    del t, lua
    gc.collect()
    assert (runtime(), tensor()) == (None, None)


def test_the_count_ends_with_the_last_runtime():
    storages.allowance[0] = -1.0
    Storage(np.zeros(10))
    assert storages.allowance[0] > 0
