"""The ``th`` command, run as its users do."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from lua_compat.bridge import cli
from tests.lua.th_command import TH, environment, th


def _start(*args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*TH, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())


# -- the command line -------------------------------------------------------------------------------------------------


def test_options():
    parsed = cli.parse(["-l", "nn", "-lpl.List", "-e", "x = 1", "-i", "train.lua", "-size", "3", "-e"])
    assert (parsed.libraries, parsed.code, parsed.interactive) == (["nn", "pl.List"], ["x = 1"], True)
    assert (parsed.script, parsed.arguments) == ("train.lua", ["-size", "3", "-e"])
    assert cli.parse(["--", "-odd.lua", "a"]).script == "-odd.lua"
    assert cli.parse([]).script is None


def test_options_of_the_original():
    assert all(cli.parse([o]).interactive is True for o in ("--interactive", "-a", "--async"))
    assert [cli.parse([o]).globals for o in ("-g", "--globals", "-gg", "--gglobals")] == ["tell"] * 2 + ["refuse"] * 2
    assert cli.parse(["x.lua", "-g"]).globals is None


def test_globals_are_watched(tmp_path):
    (tmp_path / "main.lua").write_text(
        "local known = torch ~= nil\nmade = 1\nmade = 2\nlocal x = made\nlocal y = missing\nprint(y, List ~= nil)\n"
    )
    told = th("-g", "main.lua", cwd=tmp_path)
    assert told.returncode == 0
    assert told.stdout.splitlines() == [
        "created global variable made @ main.lua:2",
        "read of an unknown global variable missing @ main.lua:5",
        "nil\ttrue",
    ]
    refused = th("-gg", "main.lua", cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("th: main.lua:2: created global variable made\n")
    assert th("main.lua", cwd=tmp_path).stdout == "nil\ttrue\n"


def test_wrong_options_and_help():
    wrong = th("--nonsense")
    assert wrong.returncode == 2
    assert "unknown option --nonsense" in wrong.stderr
    assert th("-e").returncode == 2
    assert "a server that drew in a browser" in th("-x").stderr
    for option in ("-h", "--help"):
        assert "usage: th" in th(option).stdout
    for option in ("-v", "--version"):
        assert "LuaJIT" in th(option).stdout


def test_a_script_with_arguments(tmp_path):
    (tmp_path / "lib.lua").write_text("return {twice = function(x) return 2 * x end}")
    (tmp_path / "main.lua").write_text(
        "#!/usr/bin/env th\nlocal lib = require 'lib'\n"
        "print(arg[0], #arg, arg[1], (...), lib.twice(tonumber(arg[2])))\n"
    )
    done = th("main.lua", "a b", "21", cwd=tmp_path)
    assert (done.returncode, done.stdout.split()) == (0, ["main.lua", "2", "a", "b", "a", "b", "42"])
    elsewhere = th(str(tmp_path / "main.lua"), "x", "1")
    assert elsewhere.stdout.split()[-1] == "2"


def test_code_and_libraries():
    done = th("-l", "paths", "-e", "x = 4", "-e", "print(x + 1, paths.basename('/a/b'))")
    assert done.stdout.split() == ["5", "b"]
    assert done.returncode == 0


def test_strings_have_the_methods_of_penlight():
    code = "print(('a,b'):split(','), (' x '):strip(), string.nothing)"
    assert th("-e", code).stdout == "{a,b}\nx\tnil\n"


def test_a_script_from_standard_input():
    assert th("-", "7", stdin="#!th\nprint(... * 6)").stdout.strip() == "42"
    assert th(stdin="print('from a pipe')").stdout.strip() == "from a pipe"


def test_errors_end_with_one_and_a_traceback(tmp_path):
    (tmp_path / "bad.lua").write_text("local function deep()\n  error('it broke')\nend\nprint('before')\ndeep()\n")
    done = th("bad.lua", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.strip() == "before"
    assert done.stderr.startswith("th: bad.lua:2: it broke\nstack traceback:")
    assert "in function 'deep'" in done.stderr
    assert "Python" not in done.stderr
    missing = th("missing.lua", cwd=tmp_path)
    assert missing.returncode == 1
    assert "missing.lua" in missing.stderr


def test_pythons_calls_are_shown_when_asked_for():
    code = "local t = torch.DoubleTensor(3); local x = t[4]"
    assert "first dimension" in th("-e", code).stderr
    code = "require('_core').row('not a tensor', 0)"  # a mistake of ours, so they are always shown
    assert "the Python calls behind it" in th("-e", code).stderr
    code = "require('_core').dtype_of('Complex')"
    assert "the Python calls behind it" not in th("-e", code).stderr
    assert "in dtype_of" in th("-e", code, TH_TRACEBACK="1").stderr


@pytest.mark.parametrize(("call", "code"), [
    ("os.exit(3)", 3), ("os.exit()", 0), ("os.exit(true)", 0), ("os.exit(false)", 1), ("pcall(os.exit, 5)", 5),
    ("coroutine.wrap(function() os.exit(6) end)()", 6),
])  # fmt: skip
def test_os_exit_ends_with_its_code_and_what_was_printed(call, code):
    done = th("-e", f"io.write('no newline'); {call}; io.write('not reached')")
    assert (done.returncode, done.stdout) == (code, "no newline")


# -- output -----------------------------------------------------------------------------------------------------------


def test_a_pipe_gets_each_line_as_it_is_printed():
    process = _start("-e", "print('first'); io.write('second\\n'); local t = os.time() while os.time() < t + 60 do end")
    try:
        assert process.stdout is not None
        begun = time.monotonic()
        assert [process.stdout.readline() for _ in range(2)] == [b"first\n", b"second\n"]
        assert time.monotonic() - begun < 50
    finally:
        process.kill()
        process.communicate()


def test_a_reader_that_stops_ends_it():
    process = _start("-e", "while true do print('line') end")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == -signal.SIGPIPE
    process.communicate()


# -- Ctrl-C -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loop",
    [
        "while true do end",
        "local x = 0; while true do x = x + 1 end",
        "local t = torch.DoubleTensor(3); while true do t[1] = t[2] + 1 end",
        "while true do pcall(function() require('_core').dtype_of('Double') end) end",
        "coroutine.wrap(function() while true do pcall(string.rep, 'x', 10) end end)()",
        "while true do xpcall(function() torch.DoubleTensor(3) end, print) end",
    ],
    ids=["empty", "compiled", "elements", "calls", "coroutine", "xpcall"],
)
def test_ctrl_c_stops_any_loop(loop):
    process = _start("-e", f"io.write('kept without a newline '); print('started'); {loop}")
    try:
        assert process.stdout is not None
        assert process.stdout.readline().endswith(b"started\n")
        time.sleep(0.2)  # let the loop be compiled
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors.decode().strip() == "th: interrupted"
