from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lupa.luajit21 import LuaError

from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError as LuaErrorOfOurs
from tests.lua.lua_library import bare_lua
from tests.lua.th_command import th


@pytest.fixture
def lua() -> Any:
    runtime = bare_lua()
    runtime.execute("require 'pl'")
    runtime.execute("lapp.show_usage_error = 'throw'")  # otherwise a mistake ends the process
    return runtime


USAGE = """
Trains a net.
   -s,--save          (default "logs")      subdirectory
   -n,--network       (default "")          reload
   -f,--full                                use all
   -r,--learningRate  (default 0.05)        learning rate
   --batch-size       (default 10)          of a step
   --kind             (sgd|adam default sgd) method
   --part             (0..1 default 0.5)    share
   --flag             (default true)        on
   --many             (optional number...)  several
   <input>            (string)              a file
   <rest...>          (optional string)     others
"""


def options(lua: Any, words: str) -> dict[str, Any]:
    lua.globals().usage = USAGE
    table = lua.eval(f"lapp(usage, {{{words}}})")
    return {k: v for k, v in table.items() if isinstance(k, str)}


def plain(value: Any) -> Any:
    return list(value.values()) if hasattr(value, "values") else value


def test_lapp_defaults(lua: Any) -> None:
    got = {k: plain(v) for k, v in options(lua, "'in.txt'").items()}
    assert got == {
        "save": "logs",
        "network": "",
        "full": False,
        "learningRate": 0.05,
        "batch_size": 10,
        "kind": "sgd",
        "part": 0.5,
        "flag": True,
        "input": "in.txt",
        "rest": [],
        "many": [],
    }


@pytest.mark.parametrize(
    ("words", "key", "expected"),
    [
        ("'-r', '0.1', 'x'", "learningRate", 0.1),
        ("'-r0.1', 'x'", "learningRate", 0.1),
        ("'--learningRate=1e-3', 'x'", "learningRate", 0.001),
        ("'-fs', 'here', 'x'", "save", "here"),
        ("'-f', 'x'", "full", True),
        ("'--flag', 'x'", "flag", False),
        ("'--kind', 'adam', 'x'", "kind", "adam"),
        ("'--many', '1', '--many', '2', 'x'", "many", [1, 2]),
        ("'x', 'y', 'z'", "rest", ["y", "z"]),
        ("'--', '-x'", "input", "-x"),
        ("'-5'", "input", "-5"),
    ],
)
def test_lapp_reads_options(lua: Any, words: str, key: str, expected: Any) -> None:
    assert plain(options(lua, words)[key]) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "missing required parameter: input"),
        ("'--nothing', 'x'", "unrecognized parameter: nothing"),
        ("'-r', 'fast', 'x'", "unable to convert to number: fast"),
        ("'--kind', 'lbfgs', 'x'", "value 'lbfgs' not in sgd|adam"),
        ("'--part', '2', 'x'", "part out of range"),
        ("'x', '-r'", "learningRate was expecting a value"),
    ],
)
def test_lapp_refuses(lua: Any, words: str, message: str) -> None:
    with pytest.raises(LuaError) as failure:
        options(lua, words)
    assert message in str(failure.value)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("path.join('a', 'b', '/c', 'd')", "/c/d"),
        ("path.join('a/', 'b')", "a/b"),
        ("path.normpath('/a/./b/../c//d')", "/a/c/d"),
        ("path.normpath('../a/..')", ".."),
        ("path.splitext('a/b.tar.gz')", ("a/b.tar", ".gz")),
        ("path.splitext('a.d/b')", ("a.d/b", "")),
        ("path.splitpath('/a/b')", ("/a", "b")),
        ("path.relpath('/a/b/c', '/a/d')", "../b/c"),
        ("path.common_prefix('/a/bc/d', '/a/bd')", "/a"),
        ("path.extension('x.lua')", ".lua"),
        ("path.exists('/no/such/file')", False),
        ("stringx.strip('  x ')", "x"),
        ("stringx.strip('--x-', '-')", "x"),
        ("stringx.center('ab', 6)", "  ab  "),
        ("stringx.replace('a.b.c', '.', '%')", "a%b%c"),
        ("stringx.startswith('abc', {'x', 'ab'})", True),
        ("stringx.endswith('abc', 'bc')", True),
        ("stringx.rfind('abab', 'ab')", 3),
        ("stringx.count('aXbXX', 'X')", 3),
        ("stringx.partition('a=b=c', '=')", ("a", "=", "b=c")),
        ("stringx.rpartition('a=b=c', '=')", ("a=b", "=", "c")),
        ("stringx.shorten('abcdefgh', 5)", "ab..."),
        ("stringx.title('hello big world')", "Hello Big World"),
        ("stringx.join(',', {1, 2})", "1,2"),
        ("stringx.expandtabs('a\\tb', 4)", "a   b"),
        ("tablex.find({3, 4}, 4)", 2),
        ("tablex.reduce('+', {1, 2, 3})", 6),
        ("tablex.deepcompare({1, {x = 2}}, {1, {x = 2}})", True),
        ("tablex.deepcompare({1, {x = 2}}, {1, {x = 3}})", False),
        ("tablex.search({a = {b = 5}}, 5)", "a.b"),
        ("tablex.size{1, 2, x = 3}", 3),
        ("tablex.compare_no_order({1, 2}, {2, 1})", True),
        ("tostring(List{1, 2} .. List{3})", "{1,2,3}"),
        ("tostring(List.range(1, 3):map('_ * 2'))", "{2,4,6}"),
        ("tostring(List{1, 2, 3}:slice(2, -1))", "{2,3}"),
        ("tostring(List{3, 1, 2}:sort('>'))", "{3,2,1}"),
        ("tostring(List{1, 4}:splice(2, {2, 3}))", "{1,2,3,4}"),
        ("tostring(List('abc'))", "{a,b,c}"),
        ("List{1, 2} == List{1, 2}", True),
        ("tostring(List{1, 2, 3}:partition('_ > 1')[true])", "{2,3}"),
        ("List:class_of(List{}), List:class_of{}", (True, False)),
        ("tablex.keys{x = 1}:join()", "x"),
        ("tostring(tablex.merge({a = 1, b = 2}, {b = 3, c = 4}))", "{b=2}"),
        ("tostring(tablex.union({a = 1}, {b = 2}))", "{a=1,b=2}"),
        ("tostring(tablex.sub({1, 2, 3}, 2) .. tablex.index_by({4, 5}, {2}))", "{2,3,5}"),
        ("tostring(tablex.icopy(List{1, 2, 3}, {7, 8}))", "{7,8}"),
        ("tostring(tablex.move(List{1, 2, 3}, {7, 8}))", "{7,8,3}"),
        ("tostring(tablex.map_named_method('upper', {'a', 'b'}))", "{A,B}"),
        ("utils.enum('A', 'B').A, utils.enum{'A', 'B'}('B')", ("A", "B")),
        ("utils.enum('A', 'B')('C')", (None, "'C' is not a valid value (expected one of: 'A', 'B')")),
        ("utils.quote_arg{'a', 'b c', \"it's\"}", "a 'b c' 'it'\\''s'"),
        ("utils.string_lambda('x + 1')", (None, "not a string lambda")),
        ("stringx.center('ab', 5, '*')", "*ab**"),
        ("stringx.quote_string('a\\nb')", "[[a\nb]]"),
        ("stringx.splitv('a b')", ("a", "b")),
        ("stringx.indent('a', 2), text.upper == nil, text.strip(' x ')", ("  a\n", True, "x")),
        ("path.splitpath('/a')", ("", "a")),
        ("path.splitext('.bashrc')", ("", ".bashrc")),
        ("path.relpath('/a', '/a')", ""),
        (
            "path.mkdir('/no/such/folder')",
            (None, "mkdir failed for '/no/such/folder': No such file or directory (code 2)", 2),
        ),
        ("path.getsize('/no')", (None, "cannot obtain information from file '/no': No such file or directory", 2)),
        ("tostring(MultiMap{a = 1}:update{a = 2}.a)", "{1,2}"),
        ("seq.less_than(3)(2), seq.matching('b')('abc'), seq.equal_to(1)(2)", (True, True, False)),
        ("app.parse_args({'-n5', '-ab'}).n", "5"),
        ("config.read(stringio.open('[one]\\na.b = 1\\nl = 1,x')).one.a_b", 1),
        ("config.read(stringio.open('l = 1,x')).l[2]", "x"),
        ("config.read('/no')", (None, "/no: No such file or directory")),
        ("tostring(data.read(stringio.open('a,b\\n1,\"x,y\"\\n3,z')):column_by_name('b'))", "{x,y,z}"),
        ("tostring(data.read(stringio.open('p q\\n1 2')):copy_select('q'))", "q\n2\n"),
        ("tostring(data.read(stringio.open('1\\t2'), {fieldnames = 'p,q'}):column_by_name('q'))", "{2}"),
        ("template.substitute('a $(x)\\n# for i = 1, 2 do\\n$(i)\\n# end', {x = 5})", "a 5\n1\n2\n"),
        ("template.substitute('$(a.b)', {})", (None, "[string \"TMP\"]:2: attempt to index global 'a' (a nil value)")),
        ("#permute.order_table{1, 2, 3, 4}", 24),
        ("tostring(List(permute.order_table{1, 2, 3}[1]))", "{2,3,1}"),
        ("tostring(List(permute.list_table({1, 2}, {'a', 'b'})[2]))", "{2,a}"),
        ("url.quote('a b&c/d'), url.quote('a b', true), url.unquote('a%20b+c%26')", ("a%20b%26c/d", "a+b", "a b c&")),
        ("stringio.create():write('a', 1):writef('%d', 3):value()", "a13"),
        ("stringio.open('1 2\\nabc\\nlast'):read('*n', '*n', '*l', '*l', 2, '*a')", (1, 2, "", "abc", "la", "st")),
        ("stringio.open(''):read()", None),
        ("List{1, 2, 1}:count(1)", 2),
        ("tostring(Set{1, 2} + Set{3})", "[1,2,3]"),
        ("tostring(Set{1, 2} * Set{2, 5})", "[2]"),
        ("tostring(Set{1, 2} - Set{2})", "[1]"),
        ("Set{1} < Set{1, 2}", True),
        ("tostring(Map{a = 1})", "{a=1}"),
        ("Map{a = {1}} == Map{a = {1}}", True),
        ("pretty.write({1, x = 'a b', ['end'] = true}, '')", '{1,["end"]=true,x="a b"}'),
        ("pretty.read('{1, a = {2}}').a[1]", 2),
        ("pretty.read('{os.exit()}')", (None, "cannot have calls in a table")),
        ("pretty.number(123456789, 'T')", "123,456,789"),
        ("pretty.number(2048, 'M')", "2.0KiB"),
        ("text.Template('hi $name ${x}!'):substitute{name = 'bob', x = 2}", "hi bob 2!"),
        ("text.Template('$a $b'):safe_substitute{a = 1}", "1 $b"),
        ("text.fill('aa bb cc', 5)", "aa bb\ncc\n"),
        ("tostring(seq({1, 2, 3}):filter('|x| x > 1'):map('|x| x * x'):copy())", "{4,9}"),
        ("seq.sum{1, 2, 3}", (6, 3)),
        ("types.is_integer(3.5)", False),
        ("types.to_bool('yes')", True),
        ("utils.escape('a.b')", "a%.b"),
        ("operator.optable['..']('a', 'b')", "ab"),
        ("dir.fnmatch('a.lua', '*.lua')", True),
        ("dir.fnmatch('aXlua', '*.lua')", False),
    ],
)
def test_values(lua: Any, expression: str, expected: Any) -> None:
    assert lua.eval(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("stringx.split('a,b,,c', ',')", ["a", "b", "", "c"]),
        ("stringx.split('  a b  c ')", ["a", "b", "c"]),
        ("stringx.split('a b c d', nil, 2)", ["a", "b c d"]),
        ("stringx.split('a,b,', ',')", ["a", "b", ""]),
        ("stringx.split('', ',')", []),
        ("stringx.splitlines('a\\n\\nb\\n')", ["a", "", "b"]),
        ("utils.split('a b  c')", ["a", "b", "c"]),
        ("utils.split('a,b,', ',')", ["a", "b"]),
        ("utils.split('a,b,c', ',', true, 2)", ["a", "b,c"]),
        ("tablex.map('|x| x * 2', {1, 2})", [2, 4]),
        ("tablex.filter({1, 2, 3}, '|x| x > 1')", [2, 3]),
        ("tablex.sub({1, 2, 3}, 2, -1)", [2, 3]),
        ("tablex.rotate({1, 2, 3})", [3, 1, 2]),
        ("tablex.range(2, 6, 2)", [2, 4, 6]),
        ("List{1, 2, 3}:reverse()", [3, 2, 1]),
        ("List{1, 2, 3}:chop(1, 2)", [3]),
        ("seq.copy(seq.unique{1, 2, 1})", [1, 2]),
        ("seq.copy(seq.splice({1}, {2, 3}))", [1, 2, 3]),
    ],
)
def test_lists(lua: Any, expression: str, expected: list[Any]) -> None:
    assert list(lua.eval(expression).values()) == expected


def test_classes(lua: Any) -> None:
    assert lua.execute("""
        local A = class()
        function A:_init(n) self.n = n end
        function A:get() return self.n end
        function A.__tostring(a) return 'A' .. a.n end
        local B = class(A)
        function B:_init(n) self:super(n + 1) end
        local C = class(B)
        class.Named(C)
        function Named:_init(n) self:super(n * 10); self.extra = true end
        local b, named = B(4), Named(1)
        return b:get(), tostring(b), b:is_a(A), b:is_a(C), A:class_of(b), C(1).n, named.n, named.extra, named.super,
           named:is_a() == Named
    """) == (5, "A5", True, False, True, 2, 11, True, None, True)


def test_a_class_from_a_table(lua: Any) -> None:
    assert lua.execute("""
        class.Bar{_init = function(self, x) self.x = x end, get = function(self) return self.x end}
        return Bar(3):get(), Bar._name
    """) == (3, "Bar")


def test_ordered_map(lua: Any) -> None:
    assert lua.execute("""
        local m = OrderedMap()
        m:set('z', 1) m:set('a', 2) m:set('m', 3) m:set('a', nil)
        local keys = {}
        for key, value in m:iter() do keys[#keys + 1] = key .. value end
        return table.concat(keys, ' '), tostring(m:values()), tostring(m), m:is_a(Map)
    """) == ("z1 m3", "{1,3}", "{z=1,m=3}", True)


def test_deepcopy_keeps_sharing_and_classes(lua: Any) -> None:
    assert lua.execute("""
        local shared = {1}
        local t = {shared, shared, List{2}}
        t.self = t
        local c = tablex.deepcopy(t)
        return c[1] == c[2], c[1] ~= shared, c.self == c, getmetatable(c[3]) == List
    """) == (True, True, True, True)


def test_files_and_folders(lua: Any, tmp_path: Path) -> None:
    lua.globals().d = str(tmp_path)
    assert lua.execute("""
        dir.makepath(d .. '/x/y')
        file.write(d .. '/x/f.txt', 'a\\nb\\n')
        file.copy(d .. '/x/f.txt', d .. '/x/y/g.txt')
        local walked = {}
        for root, folders, files in dir.walk(d) do
           walked[#walked + 1] = path.relpath(root, d) .. ':' .. table.concat(files, ',')
        end
        return file.read(d .. '/x/f.txt'), #utils.readlines(d .. '/x/f.txt'), #dir.getallfiles(d, '*.txt'),
           table.concat(walked, ' '), path.getsize(d .. '/x/f.txt'), path.isdir(d .. '/x'), (file.read(d .. '/no'))
    """) == ("a\nb\n", 2, 2, ": x:f.txt x/y:g.txt", 4, True, None)
    assert lua.execute("dir.rmtree(d .. '/x'); return path.exists(d .. '/x')") is False


def test_every_module_is_a_global_on_first_use_and_no_other_name_is() -> None:
    lua = bare_lua()
    lua.execute("require 'pl'")
    folder = Path(__file__).parent.parent.parent / "lua_compat" / "lua" / "pl"
    names = sorted(p.stem for p in folder.glob("*.lua") if p.stem not in ("init", "import_into", "strict"))
    for name in names:
        assert lua.eval(f"rawget(_G, '{name}') == nil") is True
        assert lua.eval(f"{name} == require('pl.{name}')") is True
    assert lua.eval("no_such_module") is None


def test_the_percent_operator_formats(lua: Any) -> None:
    lua.execute("text.format_operator()")
    assert lua.eval("'%d-%s' % {1, 'a'}") == "1-a"
    assert lua.eval("'$x' % {x = 3}") == "3"


def test_pretty_writes_as_the_original(lua: Any) -> None:
    assert lua.eval("pretty.write({1, {}, x = {2, nil, 4}, [10] = 1/0})") == (
        "{\n  1,\n  {\n  },\n  x = {\n    2,\n    [3] = 4\n  },\n  [10] = Inf\n}"
    )
    assert lua.eval("pretty.write('x')") == ('"x"', "not a table")


def test_a_scripts_own_checks(tmp_path: Path) -> None:
    (tmp_path / "main.lua").write_text(
        "test.asserteq({1, {2}}, {1, {2}}) test.asserteq(0.1, 0.2, 0.5) test.assertmatch('abc', 'b')\n"
        "test.assertraise(function() error('abc') end, 'abc')\nprint('so far')\ntest.asserteq({1}, {2})\n"
    )
    done = th("main.lua", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "so far\n")
    assert done.stderr == "main.lua:4: assertion failed\ngot:\t{\n [1] = 1\n}\nneeded:\t{\n [1] = 2\n}\n"


def test_children_of_lists_stay_what_they_are(lua: Any) -> None:
    assert lua.execute("""
        class.Stack(List)
        local s = Stack{1, 2, 3}
        local plain = class()()
        return tostring(s), getmetatable(s:slice(2, 3)) == Stack, getmetatable(s:map('_ + 1')) == Stack, s:is_a(List),
           tostring(plain):find('^table: 0x') ~= nil, Stack._name
    """) == ("{1,2,3}", True, True, True, True, "Stack")


def test_a_map_keeps_the_order_of_plain_assignments(lua: Any) -> None:
    assert lua.execute("""
        local m = OrderedMap()
        m.z = 1
        m.a = 2
        m.m = 3
        m.z = 4
        return tostring(m:keys()), tostring(m:values())
    """) == ("{z,a,m}", "{4,2,3}")


def test_modules_into_a_table_and_strict_globals() -> None:
    lua = bare_lua()
    assert lua.execute("""
        local pl = require 'pl.import_into' ()
        return pl.List{1}:len(), pl.nothing, rawget(_G, 'List')
    """) == (1, None, None)
    lua = Runtime()
    lua.execute("require 'pl.strict'; declared = nil; also = 1")
    assert lua.eval("declared") is None
    with pytest.raises(LuaErrorOfOurs, match="variable 'typo' is not declared"):
        lua.execute("return typo")
    with pytest.raises(LuaErrorOfOurs, match="assign to undeclared global 'inside'"):
        lua.execute("local function f() inside = 1 end f()")


def test_lapp_ends_a_script_with_its_text(tmp_path: Path) -> None:
    (tmp_path / "main.lua").write_text(
        "local opt = require('pl.lapp')[[\n   Trains\n   -r (0..1 default 0.5) rate\n   <input> (default stdin) x\n]]\n"
        "print(opt.r, opt.input_name, opt[1])\n"
    )
    usage = "   Trains\n   -r (0..1 default 0.5) rate\n   <input> (default stdin) x\n"
    assert th("main.lua", cwd=tmp_path).stdout == "0.5\tstdin\tnil\n"
    assert th("main.lua", "main.lua", "more", cwd=tmp_path).stdout == "0.5\tmain.lua\tmore\n"
    for words, message in [
        (["-r", "2"], "main: r out of range\n\n" + usage),
        (["--help"], usage),
        (["/no"], "main: /no: No such file or directory\n\n"),
    ]:
        done = th("main.lua", *words, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (1, message)


def test_a_penlight_of_the_users_comes_first(tmp_path: Path) -> None:
    (tmp_path / "pl").mkdir()
    (tmp_path / "pl" / "stringx.lua").write_text("return {mine = true}")
    done = th("-e", "print(stringx.mine, List ~= nil)", LUA_PATH=f"{tmp_path}/?.lua;;")
    assert done.stdout == "true\ttrue\n"


def test_errors_name_the_argument(lua: Any) -> None:
    with pytest.raises(LuaError, match="argument 1 expected a 'string', got a 'number'"):
        lua.execute("path.isdir(3)")
    with pytest.raises(LuaError, match="argument 1 expected a 'string', got a 'nil'"):
        lua.execute("stringx.split(nil)")
