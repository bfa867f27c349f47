"""torch.DiskFile, torch.MemoryFile and torch.PipeFile in every form that Torch7 documents, and their errors."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lua_compat.bridge import ops_files
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import FileError, LuaError

WORDS = {
    "Byte": ("u1", 200), "Char": ("i1", -5), "Short": ("i2", -300), "Int": ("i4", 70000), "Long": ("i8", 123456789),
    "Float": ("f4", 1.5), "Double": ("f8", -2.25),
}  # fmt: skip


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def path_in(folder: Path, name: str = "file") -> str:
    return os.fspath(folder / name)


def run(lua: Runtime, code: str, *args: Any) -> Any:
    return lua.execute(textwrap.dedent(code), *args)


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", sorted(WORDS))
@pytest.mark.parametrize("mode", ["ascii", "binary"])
def test_one_number_several_and_storages(lua: Runtime, word: str, mode: str) -> None:
    assert run(
        lua,
        """
        local word, mode, value = ...
        local f = torch.MemoryFile()
        f[mode](f)
        local read, write = f['read' .. word], f['write' .. word]
        assert(write(f, value) == 1)
        assert(write(f, torch[word .. 'Storage']{1, 2, 3}) == 3)
        f:seek(1)
        local one = read(f)
        local several = read(f, 2)
        local into = torch[word .. 'Storage']{9}
        local count = read(f, into)
        return one, torch.type(several), several[1], several[2], count, into[1], f:position()
        """,
        word, mode, WORDS[word][1],
    )[:-1] == (WORDS[word][1], f"torch.{word}Storage", 1, 2, 1, 3)  # fmt: skip


@pytest.mark.parametrize("word", sorted(WORDS))
@pytest.mark.parametrize("order", ["bigEndianEncoding", "littleEndianEncoding", "nativeEndianEncoding"])
def test_byte_orders(lua: Runtime, tmp_path: Path, word: str, order: str) -> None:
    path = path_in(tmp_path)
    kind, value = WORDS[word]
    back = run(
        lua,
        """
        local path, word, order, value = ...
        local f = torch.DiskFile(path, 'w'):binary()
        f[order](f)
        f['write' .. word](f, value)
        f:close()
        local g = torch.DiskFile(path):binary()
        g[order](g)
        local back = g['read' .. word](g)
        g:close()
        return back
        """,
        path, word, order, value,
    )  # fmt: skip
    assert back == value
    sign = {"b": ">", "l": "<", "n": "="}[order[0]]
    assert Path(path).read_bytes() == np.array([value], sign + kind).tobytes()


@pytest.mark.parametrize(("size", "width"), [(4, 4), (8, 8), (0, 8)])
def test_long_sizes(lua: Runtime, tmp_path: Path, size: int, width: int) -> None:
    path = path_in(tmp_path)
    code = """
        local path, size = ...
        local f = torch.DiskFile(path, 'rw'):binary():longSize(size)
        f:writeLong(-7)
        f:writeLong(torch.LongStorage{1, 2})
        f:seek(1)
        local a, b = f:readLong(), f:readLong(2)
        f:close()
        return a, b[1], b[2]
    """
    assert run(lua, code, path, size) == (-7, 1, 2)
    assert os.path.getsize(path) == 3 * width


def test_a_long_size_that_there_is_not(lua: Runtime) -> None:
    with pytest.raises(LuaError, match="longSize: a long has 4 or 8 bytes, or 0 for what is usual here, got 5"):
        run(lua, "torch.MemoryFile():longSize(5)")


def test_numbers_become_integers_as_in_c(lua: Runtime) -> None:
    assert run(
        lua,
        """
        local f = torch.MemoryFile():binary()
        f:writeInt(2.9); f:writeInt(-2.9); f:writeByte(-1); f:writeShort(65537); f:writeInt(0/0); f:writeLong('12')
        f:seek(1)
        return f:readInt(), f:readInt(), f:readByte(), f:readShort(), f:readInt(), f:readLong()
        """,
    ) == (2, -2, 255, 1, 0, 12)


@pytest.mark.parametrize(
    ("text", "reads", "expected"),
    [
        ("1,2;3", "f:readInt(), f:readChar(), f:readInt(), f:readString('*a')", (1, ord(","), 2, ";3")),
        ("  \t\n -12\n+5", "f:readInt(), f:readInt()", (-12, 5)),
        ("1.5 2", "f:readInt(), f:readString('*a')", (1, ".5 2")),
        ("1e3 .5 -2. inf -Infinity 0x1p4", "f:readDouble(4)[4], f:readFloat(2)[2]", (float("inf"), 16)),
        ("9223372036854775808", "f:readLong() == 2^63", True),  # C saturates
        ("7\n\n8", "f:readInt(), f:readString('*l'), f:readInt()", (7, "", 8)),
        ("7\nline\n", "f:readInt(), f:readString('*l')", (7, "line")),
    ],
)
def test_text_is_read_as_c_reads_it(lua: Runtime, text: str, reads: str, expected: Any) -> None:
    code = f"local f = torch.MemoryFile(); f:writeString(...); f:seek(1); return {reads}"
    assert run(lua, code, text) == expected


def test_nan_in_text(lua: Runtime) -> None:
    code = "local f = torch.MemoryFile(); f:writeDouble(0/0); f:seek(1); local x = f:readDouble(); return x ~= x"
    assert run(lua, code) is True


@pytest.mark.parametrize("count", [3, 100, 50_000])
@pytest.mark.parametrize("ending", ["", "\n", " x", "\n\n9"])
def test_where_the_file_stands_after_many_numbers(lua: Runtime, count: int, ending: str) -> None:
    text = " ".join(str(i / 4) for i in range(count)) + ending
    last, position, rest = run(
        lua,
        """
        local text, n = ...
        local f = torch.MemoryFile()
        f:writeString(text); f:seek(1)
        local s = f:readDouble(n)
        local p = f:position()
        f:quiet()
        return s[n], p, f:readString('*a')
        """,
        text, count,
    )  # fmt: skip
    assert last == (count - 1) / 4
    expected = ending[1:] if ending.startswith("\n") else ending
    assert rest == expected
    assert position == len(text) - len(expected) + 1


def test_spacing(lua: Runtime) -> None:
    assert run(
        lua,
        """
        local f = torch.MemoryFile()
        f:writeInt(5); f:writeDouble(torch.DoubleStorage{0.5, 1/3}); f:writeInt(torch.IntStorage())
        f:noAutoSpacing()
        f:writeInt(1); f:writeInt(torch.IntStorage{2, 3})
        f:autoSpacing():writeChar(torch.CharStorage{65, 66})
        return f:storage():string():sub(1, -2), f:isAutoSpacing()
        """,
    ) == ("5\n0.5 0.33333333333333331\n123AB\n", True)


def test_booleans(lua: Runtime) -> None:
    assert run(
        lua,
        """
        local f = torch.MemoryFile():binary()
        f:writeBool(true); f:writeBool(false)
        f:seek(1)
        return f:position(), f:readBool(), f:readBool(), f:position()
        """,
    ) == (1, True, False, 9)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("f:writeInt('x')", "bad argument #2 to 'writeInt' (a number or a IntStorage expected, got string)"),
        ("f:writeInt({1})", "bad argument #2 to 'writeInt' (a number or a IntStorage expected, got table)"),
        (
            "f:writeInt(torch.FloatStorage(1))",
            "bad argument #2 to 'writeInt' (a number or a IntStorage expected, got torch.FloatStorage)",
        ),
        ("f:readInt('x')", "bad argument #2 to 'readInt' (a number of elements or a IntStorage expected, got string)"),
        ("f:readInt(-1)", "readInt: the number of elements must not be negative, got -1"),
        ("f:readString()", "bad argument #2 to 'readString' ('*a' or '*l' expected, got nil)"),
        ("f:readString('*n')", "readString: the format should be '*a' or '*l', got '*n'"),
        ("f:writeString({})", "bad argument #2 to 'writeString' (string expected, got table)"),
        ("f:seek(0)", "bad argument #2 to 'seek' (position has to be greater than 0, got 0)"),
        ("f:seek()", "bad argument #2 to 'seek' (number expected, got nil)"),
        ("f:referenced()", "bad argument #2 to 'referenced' (boolean expected, got nil)"),
        ("torch.MemoryFile('x')", "MemoryFile: mode: should be 'r', 'w' or 'rw', got 'x'"),
        ("torch.MemoryFile(5)", "bad argument #1 to 'MemoryFile' (CharStorage or mode expected, got number)"),
        (
            "torch.MemoryFile(torch.ByteStorage(1))",
            "bad argument #1 to 'MemoryFile' (CharStorage expected, got torch.ByteStorage)",
        ),
        (
            "torch.MemoryFile(torch.CharStorage{1})",
            "MemoryFile: storage: a CharStorage for a file must be terminated by 0",
        ),
        ("torch.DiskFile()", "bad argument #1 to 'DiskFile' (string expected, got nil)"),
        ("torch.DiskFile('x', 'a')", "DiskFile: mode: should be 'r', 'w' or 'rw', got 'a'"),
        ("torch.PipeFile('true', 'rw')", "PipeFile: mode: should be 'r' or 'w', got 'rw'"),
        ("torch.File()", "torch.File has no constructor"),
    ],
)
def test_wrong_arguments_are_named(lua: Runtime, use: str, message: str) -> None:
    with pytest.raises(LuaError) as caught:
        run(lua, f"local f = torch.MemoryFile()\n{use}")
    assert str(caught.value).startswith("(code):2: " + message)


# -- errors and quiet files --------------------------------------------------------------------------------------------


def test_an_error_names_function_position_and_file(lua: Runtime, tmp_path: Path) -> None:
    path = path_in(tmp_path)
    Path(path).write_text("1 2")
    with pytest.raises(LuaError) as caught:
        run(lua, "local f = torch.DiskFile(...)\nf:readInt()\nf:readInt(3)", path)
    expected = f"(code):3: readInt: read error: read 1 blocks instead of 3 (at position 4 of {path})"
    assert str(caught.value) == expected
    assert isinstance(caught.value.__cause__, FileError)


def test_quiet_files_keep_failures_in_mind(lua: Runtime) -> None:
    assert run(
        lua,
        """
        local f = torch.MemoryFile():quiet()
        f:writeInt(3)
        f:seek(1)
        local into = torch.IntStorage{7, 8, 9}
        local n = f:readInt(into)
        local first = f:hasError()
        f:clearError()
        local none, text, cleared = f:readInt(), f:readString('*l'), f:hasError()
        f:clearError():seek(100)
        return n, into[1], into[2], first, none, text, cleared, f:hasError(), #f:readInt(4), f:isQuiet()
        """,
    ) == (1, 3, 8, True, 0, "", True, True, 0, True)


def test_pedantic_files_raise_and_keep_it_in_mind_too(lua: Runtime) -> None:
    assert run(
        lua,
        """
        local f = torch.MemoryFile():quiet():pedantic()
        local ok, problem = pcall(f.readInt, f)
        return ok, problem:match('read error: read 0 blocks instead of 1') ~= nil, f:hasError(), f:isQuiet()
        """,
    ) == (False, True, True, False)


@pytest.mark.parametrize("format", ["*a", "*l"])
def test_nothing_is_left_to_read(lua: Runtime, format: str) -> None:
    with pytest.raises(LuaError, match="readString: read error: read 0 blocks instead of 1"):
        run(lua, "torch.MemoryFile():readString(...)", format)


@pytest.mark.parametrize(
    ("mode", "use", "message"),
    [
        ("r", "f:writeInt(1)", "attempt to write in a read-only file"),
        ("r", "f:writeString('x')", "attempt to write in a read-only file"),
        ("r", "f:writeObject(1)", "attempt to write in a read-only file"),
        ("w", "f:readInt()", "attempt to read in a write-only file"),
        ("w", "f:readString('*a')", "attempt to read in a write-only file"),
        ("w", "f:readObject()", "attempt to read in a write-only file"),
    ],
)
def test_modes_are_kept_to_even_by_quiet_files(lua: Runtime, mode: str, use: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        run(lua, f"local f = torch.MemoryFile(...):quiet(); {use}", mode)


@pytest.mark.parametrize(
    "use",
    ["readInt()", "writeInt(1)", "readString('*a')", "position()", "seek(1)", "seekEnd()", "synchronize()",
     "readObject()", "writeObject(1)", "storage()", "close()"],
)  # fmt: skip
def test_a_closed_file_is_refused(lua: Runtime, use: str) -> None:
    with pytest.raises(LuaError, match=r"\(code\):1: (storage: )?attempt to use a closed file \(memory file\)"):
        run(lua, f"local f = torch.MemoryFile():quiet(); f:close(); f:{use}")


def test_what_tostring_says(lua: Runtime, tmp_path: Path) -> None:
    path = path_in(tmp_path)
    assert run(
        lua,
        "local m, d = torch.MemoryFile('r'), torch.DiskFile(..., 'w'); d:close(); return tostring(m), tostring(d)",
        path,
    ) == (
        "torch.MemoryFile [status: open -- mode: r]",
        f"torch.DiskFile on <{path}> [status: closed -- mode: w]",
    )


# -- files on disk -----------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_opened(lua: Runtime, tmp_path: Path) -> None:
    path = path_in(tmp_path, "no/such")
    with pytest.raises(LuaError) as caught:
        run(lua, "torch.DiskFile(...)", path)
    assert str(caught.value) == f"(code):1: DiskFile: cannot open <{path}> in mode r: No such file or directory"
    with pytest.raises(LuaError, match=r"cannot open <.*> in mode r: Is a directory"):
        run(lua, "torch.DiskFile(...)", os.fspath(tmp_path))
    assert run(lua, "return torch.DiskFile(..., 'r', true) == nil", path) is True


def test_modes(lua: Runtime, tmp_path: Path) -> None:
    path = path_in(tmp_path)
    run(lua, "local f = torch.DiskFile(..., 'rw'); f:writeString('abcdef'); f:close()", path)
    run(lua, "local f = torch.DiskFile(..., 'rw'); f:writeString('XY'); f:close()", path)
    assert Path(path).read_bytes() == b"XYcdef"
    assert run(lua, "local f = torch.DiskFile(...); return f:isReadable(), f:isWritable()", path) == (True, False)
    run(lua, "torch.DiskFile(..., 'w'):close()", path)
    assert Path(path).read_bytes() == b""


def test_positions(lua: Runtime, tmp_path: Path) -> None:
    path = path_in(tmp_path)
    assert run(
        lua,
        """
        local f = torch.DiskFile(..., 'rw')
        f:writeString('abc')
        local a = f:position()
        local b = f:seek(2):position()
        local c = f:readString('*a')
        local d = f:seekEnd():position()
        f:seek(6):writeString('z')
        f:close()
        return a, b, c, d
        """,
        path,
    ) == (4, 2, "bc", 4)
    assert Path(path).read_bytes() == b"abc\0\0z"


@pytest.mark.parametrize("how", ["f:synchronize()", "f:noBuffer(); f:writeString('!')"])
def test_what_is_written_reaches_the_disk(lua: Runtime, tmp_path: Path, how: str) -> None:
    path = path_in(tmp_path)
    lua.execute(f"f = torch.DiskFile(..., 'w'); f:writeString('here'); {how}", path)
    assert Path(path).read_bytes().startswith(b"here")
    lua.execute("f:close() f = nil")


def test_a_file_left_to_the_garbage_collector_is_whole(lua: Runtime, tmp_path: Path) -> None:
    path = path_in(tmp_path)
    run(lua, "do local f = torch.DiskFile(..., 'w'); f:writeString('kept') end collectgarbage() collectgarbage()", path)
    assert Path(path).read_bytes() == b"kept"


def test_a_full_disk_is_an_error(lua: Runtime) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    with pytest.raises(LuaError, match=r"writeInt: write error: No space left on device \(at position"):
        run(lua, "local f = torch.DiskFile('/dev/full', 'w'); f:noBuffer(); f:writeInt(1)")
    code = "local f = torch.DiskFile('/dev/full', 'w'):quiet():noBuffer(); return f:writeInt(1), f:hasError()"
    assert run(lua, code) == (0, True)


def test_standard_input(tmp_path: Path) -> None:
    script = tmp_path / "script.lua"
    script.write_text("""
        local f = torch.DiskFile('/dev/stdin')
        print(f:readInt(), f:readString('*l'), f:readDouble(), f:readString('*a'))
    """)
    command = [sys.executable, "-m", "lua_compat.bridge.cli", os.fspath(script)]
    done = subprocess.run(command, input=b"12 rest\n0.5 and\nmore", stdout=subprocess.PIPE, check=True)
    assert done.stdout.split() == [b"12", b"rest", b"0.5", b"and", b"more"]


# -- files in memory ---------------------------------------------------------------------------------------------------


def test_a_memory_file_and_its_storage_are_one_memory(lua: Runtime) -> None:
    assert run(
        lua,
        """
        local f = torch.MemoryFile()
        f:writeString('abc')
        local s = f:storage()
        local first = s:string()
        f:writeString('de')
        local same = f:storage() == s
        s[1] = ('X'):byte()
        f:seek(1)
        return first, same, s:string(), f:readString('*a'), f:position()
        """,
    ) == ("abc\0", True, "Xbcde\0", "Xbcde", 6)


def test_a_storage_that_was_given_is_written_in_place(lua: Runtime) -> None:
    assert run(
        lua,
        """
        local s = torch.CharStorage():string('hello world\\0')
        local f = torch.MemoryFile(s, 'rw')
        f:writeString('HELLO')
        local now = s:string()
        f:seekEnd():writeString(string.rep('!', 100))
        f:close()
        return now, #s, s:string():sub(1, 13)
        """,
    ) == ("HELLO world\0", 112, "HELLO world!!")


def test_an_empty_storage_grows(lua: Runtime) -> None:
    code = "local s = torch.CharStorage(); local f = torch.MemoryFile(s, 'w'); f:writeString('x'); return s:string()"
    assert run(lua, code + ":byte(1)") == ord("x")


def test_lines_of_a_storage(lua: Runtime) -> None:
    code = """
        local f = torch.MemoryFile(torch.CharStorage():string('one\\n\\nthree\\0'), 'r')
        return f:readString('*l'), f:readString('*l'), f:readString('*l')
    """
    assert run(lua, code) == ("one", "", "three")


def test_a_seek_behind_the_end_of_a_memory_file_leaves_it_where_it_is(lua: Runtime) -> None:
    assert run(
        lua,
        """
        local f = torch.MemoryFile()
        f:writeString('ab')
        f:seek(2)
        local ok, problem = pcall(f.seek, f, 9)
        return ok, problem:match('seek: unable to seek to position 9: the file has 2 bytes') ~= nil, f:position()
        """,
    ) == (False, True, 2)


# -- pipes -------------------------------------------------------------------------------------------------------------


def test_a_pipe_is_read_while_the_command_runs(lua: Runtime, tmp_path: Path) -> None:
    """The command goes on only when it is told to, which is after its first line was read."""
    gate = path_in(tmp_path, "gate")
    os.mkfifo(gate)
    command = f"echo 1 first; cat {gate}; printf '3.5'"
    assert run(
        lua,
        """
        local command, gate = ...
        local f = torch.PipeFile(command)
        local a, b = f:readInt(), f:readString('*l')
        local g = io.open(gate, 'w')
        g:write('opened\\n')
        g:close()
        local c, d = f:readString('*l'), f:readDouble()
        f:close()
        return a, b, c, d
        """,
        command, gate,
    ) == (1, " first", "opened", 3.5)  # fmt: skip


def test_an_endless_command_ends_with_the_pipe(lua: Runtime) -> None:
    code = """
        local f = torch.PipeFile('yes 7')
        local s = f:readInt(1000)
        local sum, place = 0, f:position()
        for i = 1, #s do sum = sum + s[i] end
        f:close()
        return sum, place
    """
    assert run(lua, code) == (7000, 2001)


def test_objects_come_through_pipes_one_by_one(lua: Runtime, tmp_path: Path) -> None:
    """The second object is written after the first one was read."""
    first, second, gate = (path_in(tmp_path, name) for name in ("first", "second", "gate"))
    os.mkfifo(gate)
    for format_ in ("binary", "ascii"):
        assert run(
            lua,
            """
            local format, first, second, gate = ...
            local big = torch.range(1, 30000)
            local function save(path, ...)
                local f = torch.DiskFile(path, 'w')
                f[format](f)
                for _, value in ipairs{...} do f:writeObject(value) end
                f:close()
            end
            save(first, {1, 'two', big, {k = {true}}}, 'text')
            save(second, {3})
            local f = torch.PipeFile(('cat %s; cat %s; cat %s'):format(first, gate, second))
            f[format](f)
            local a, b = f:readObject(), f:readObject()
            io.open(gate, 'w'):close()
            f:referenced(false)
            local c = f:readObject()
            f:close()
            return a[2], a[3]:sum(), a[4].k[1], b, c[1]
            """,
            format_, first, second, gate,
        ) == ("two", 30000 * 30001 / 2, True, "text", 3)  # fmt: skip


def test_objects_with_methods_of_their_own_come_through_pipes(lua: Runtime, tmp_path: Path) -> None:
    assert run(
        lua,
        """
        local A = torch.class('files_test.A', {})
        function A:write(f) f:writeInt(self.n); f:writeObject({self.n}); f:writeString('!') end
        function A:read(f) self.n = f:readInt(); self.t = f:readObject(); self.s = f:readChar() end
        local a = torch.factory('files_test.A')()
        a.n = 5
        torch.save(..., {a, 'after'})
        local f = torch.PipeFile('cat ' .. ...):binary()
        local r = f:readObject()
        f:close()
        return r[1].n, r[1].t[1], r[1].s, r[2]
        """,
        path_in(tmp_path),
    ) == (5, 5, ord("!"), "after")


def test_a_damaged_object_in_a_pipe_is_refused(lua: Runtime) -> None:
    with pytest.raises(LuaError, match=r"printf .*: at byte 8: the file ends within a string: 100 bytes are needed"):
        run(lua, r"torch.PipeFile([[printf '\2\0\0\0\144\0\0\0abcd']]):binary():readObject()")


def test_loading_from_a_device(lua: Runtime, tmp_path: Path) -> None:
    path, fifo = path_in(tmp_path), path_in(tmp_path, "fifo")
    os.mkfifo(fifo)
    code = """
        local path, fifo = ...
        torch.save(path, {torch.ones(3), 'x'})
        os.execute(('cat %s > %s &'):format(path, fifo))
        local r = torch.load(fifo)
        return r[1]:sum(), r[2]
    """
    assert run(lua, code, path, fifo) == (3, "x")


def test_a_command_gets_what_is_written_and_is_waited_for(lua: Runtime, tmp_path: Path) -> None:
    path = path_in(tmp_path)
    code = """
        local f = torch.PipeFile('sort > ' .. ..., 'w')
        f:writeString('b\\na\\n')
        f:close()
    """
    run(lua, code, path)
    assert Path(path).read_text() == "a\nb\n"


def test_a_command_that_is_gone_is_an_error(lua: Runtime) -> None:
    with pytest.raises(LuaError, match="synchronize: write error: Broken pipe"):
        run(
            lua,
            """
            local f = torch.PipeFile('exec 0<&-; echo', 'w')
            while true do f:writeString(('x'):rep(1000)); f:synchronize() end
            """,
        )


def test_one_cannot_go_back_in_a_pipe(lua: Runtime) -> None:
    with pytest.raises(LuaError, match="seek: unable to seek to position 1: what comes through a pipe"):
        run(lua, "local f = torch.PipeFile('echo 1'); f:readInt(); f:seek(1)")


def test_a_pipe_that_is_dropped_leaves_nothing_behind(lua: Runtime) -> None:
    run(lua, "do torch.PipeFile('yes'):readString('*l') end collectgarbage() collectgarbage()")
    lua.execute("torch.PipeFile('true'):close()")
    for process in ops_files._running:
        process.wait()  # it has lost its reader
    lua.execute("torch.PipeFile('true'):close()")
    assert not ops_files._running
