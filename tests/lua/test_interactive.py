"""The interactive ``th``, on pipes and on a pseudo-terminal as its users have it."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lua_compat.bridge import interactive, interrupt
from lua_compat.bridge.runtime import Runtime
from tests.lua.th_command import TH, environment, th

PROMPT = "th> "


class Session:
    """A ``th`` on a terminal of its own."""

    def __init__(self, home: Path, *args: str) -> None:
        self._ours, theirs = pty.openpty()
        # opened by the leader of a new session a terminal becomes its own, and Ctrl-C a signal
        opening = f'exec "$@" <{os.ttyname(theirs)} >{os.ttyname(theirs)} 2>&1'
        self.process = subprocess.Popen(
            ["sh", "-c", opening, "sh", *TH, *args], cwd=home, start_new_session=True,
            env=environment(HOME=str(home), TERM="xterm", INPUTRC="/dev/null"),
        )  # fmt: skip
        self.wait_for(PROMPT)
        os.close(theirs)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait_for(self, text: str) -> str:
        """What the terminal shows up to a text, without colors; fails after half a minute without it."""
        shown, ends = "", time.monotonic() + 30
        while text not in shown:
            ready, _, _ = select.select([self._ours], [], [], max(0, ends - time.monotonic()))
            assert ready, f"{text!r} did not come, but {shown!r}"
            shown = _plain(shown + os.read(self._ours, 1).decode("latin-1"))
        return shown

    def enter(self, text: str) -> list[str]:
        """Types a line; the lines that are shown till the next prompt, without the echo and the time."""
        self.type(text + "\n")
        shown = self.wait_for(PROMPT).replace("\r", "").split("\n")
        return [line for line in shown[1:-1] if not re.fullmatch(r" +\[\d+\.\d{4}s\]", line)]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text)


@pytest.fixture(scope="module")
def lua() -> Runtime:
    lua = Runtime()
    lua.execute("""
        require 'nn'
        x, m, s, deep = torch.Tensor(2), nn.Linear(2, 1), 'text', {er = {value = 1, other = 2}}
        list = {1, {inner = 3}}
        function fun() end
        function x_function() end
    """)
    return lua


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session(tmp_path)
    yield made
    made.close()


# -- interactive ------------------------------------------------------------------------------------------------------


def test_interactive_prints_values_and_goes_on_after_errors(tmp_path):
    lines = (
        "1 + 1\n= 'equals'\nx = 5\nfor i = 1, 2 do\nprint('turn', i)\nend\n"
        "error('oops')\nlocal y = = 1\nx\nos.exit(4)\n"
    )
    done = th("-i", stdin=lines, HOME=str(tmp_path))
    assert done.returncode == 4
    shown = [line.replace("th> ", "").replace("..> ", "") for line in done.stdout.splitlines()]
    assert [s.split() for s in shown[1:]][:5] == [["2"], ["equals"], ["turn", "1"], ["turn", "2"], ["5"]]
    assert "oops" in done.stderr
    assert "unexpected symbol" in done.stderr


def test_interactive_prints_tables_and_tensors_and_runs_commands(tmp_path):
    lines = "{1, x = {2}}\ntorch.ones(2)\n1, nil, 'last'\n_LAST\n$echo from the shell\nreturn 7\n"
    done = th("-i", stdin=lines, HOME=str(tmp_path))
    shown = done.stdout.replace("th> ", "").split("\n", 1)[1]
    assert shown == (
        "{\n  1 : 1\n  x : \n    {\n      1 : 2\n    }\n}\n 1\n 1\n[torch.DoubleTensor of size 2]\n\n"
        "1\nnil\nlast\nlast\nfrom the shell\n7\n\n"
    )
    assert done.stderr == ""


@pytest.mark.parametrize(("begun", "offers"), [
    ("torch.setnum", ["torch.setnumthreads("]),
    ("torch.DoubleTen", ["torch.DoubleTensor("]),
    ("nn.Identit", ["nn.Identity("]),
    ("whi", ["while"]),
    ("fun", ["fun(", "function"]),
    ("x:zer", ["x:zero(", "x:zeros("]),
    ("x.zer", ["x.zero(", "x.zeros("]),
    ("x:dat", ["x:data("]),
    ("m:getPar", ["m:getParameters("]),
    ("m.wei", ["m.weight"]),
    ("m:wei", []),
    ("m.weight:nElem", ["m.weight:nElement("]),
    ("deep.er.va", ["deep.er.value"]),
    ("s:upp", ["s:upper("]),
    ("nothing.at", []),
    ("5 .", []),
    ("'a'..x:dat", ["'a'..x:data("]),
    ("list[2].inn", ["list[2].inner"]),
    ("list[x:dat", ["list[x:data("]),
    ("t['a'..x:dat", ["t['a'..x:data("]),
])  # fmt: skip
def test_names_are_completed(lua, begun, offers):
    complete = interactive.Completer(lua, lambda: begun)
    found = []
    while (offer := complete(begun, len(found))) is not None:
        found.append(offer)
    assert found == offers


def test_interactive_after_a_script(tmp_path):
    (tmp_path / "first.lua").write_text("value = 42")
    done = th("-i", "first.lua", stdin="value\n", cwd=tmp_path, HOME=str(tmp_path))
    assert done.returncode == 0
    assert "42" in done.stdout


def test_on_a_terminal_values_have_colors_and_inputs_their_time(session):
    os.write(session._ours, b"20 + 3\n")
    shown = b""
    while b"s]" not in shown:
        shown += os.read(session._ours, 4096)
    assert re.search(rb"\x1b\[0;36m23\x1b\[0m\r\n {60,75}\[0\.\d{4}s\]\r\n", shown)
    session.type("os.exit(9)\n")
    assert session.process.wait(timeout=60) == 9


def test_keys_complete_and_edit(session, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "only.txt").write_text("read")
    assert session.enter("x = torch.ones(4)") == []
    assert session.enter("x:nar\t1, 1, 2):size(1)") == ["2"]
    assert session.enter("io.open('da\ton\t):read()") == ["read"]
    assert session.enter("5 * 6\x1b[D\x1b[D\x1b[D\x1b[D0") == ["300"]  # the cursor four to the left
    assert session.enter("\x1b[A") == ["300"]  # the line before
    session.type("\x12x:nar\r")  # Ctrl-R looks for one
    session.wait_for("2\r\n")
    session.wait_for(PROMPT)
    session.type("\t")  # where nothing stands yet it indents
    assert session.wait_for("   ") == "   "


def test_lines_go_on_until_the_input_is_whole(session):
    session.type("for i = 1, 2 do\n")
    session.wait_for("..> ")
    session.type("print('turn ' .. i)\n")
    session.wait_for("..> ")
    assert session.enter("end") == ["turn 1", "turn 2"]
    session.type("1 +\n")
    session.wait_for("..> ")
    assert session.enter("2") == ["3"]
    session.type("x = {\n")
    session.wait_for("..> ")
    session.type("\x03")  # gives it up
    session.wait_for(PROMPT)
    assert session.enter("x") == ["nil"]
    assert session.enter("end")[0].endswith("'<eof>' expected near 'end'")
    # pasted code comes at once, and a tab in it is no wish for a completion
    assert session.enter("\x1b[200~function twice(n)\n\treturn 2 * n\nend print(twice(21))\x1b[201~")[-1] == "42"


LOOPS = {
    "while": "while true do end",
    "repeat": "local x = 0 repeat x = x + 1 until false",
    "for": "for i = 1, 1e15 do pcall(string.rep, 'x', 10) end",
    "function": "local f = function() for _ = 1, math.huge do end end f()",
    "elements": "local t = torch.DoubleTensor(3) while true do t[1] = t[2] + 1 end",
}


def test_ctrl_c_stops_a_typed_loop_and_the_session_goes_on(session):
    session.enter("kept = 5")
    for name, loop in LOOPS.items():
        session.type(f"print('star' .. 'ted') {loop}\n")
        session.wait_for("started")
        time.sleep(0.3)  # let the loop be compiled
        session.type("\x03")
        assert "(interrupted)" in session.wait_for(PROMPT), name
        assert session.enter("kept") == ["5"]


def test_a_loop_of_a_file_that_does_not_stop_takes_a_second_ctrl_c(session, tmp_path):
    (tmp_path / "loop.lua").write_text("print('star' .. 'ted') while true do end")
    session.type("dofile 'loop.lua'\n")
    session.wait_for("started")
    time.sleep(0.3)
    session.type("\x03")
    session.wait_for("another Ctrl-C ends th")
    session.type("\x03")
    assert session.process.wait(timeout=60) == 130


def test_what_stops_late_is_told_of_anew_the_next_time(monkeypatch, capfd):
    monkeypatch.setattr(interrupt, "_PATIENCE_OF_A_SESSION", 0.05)
    monkeypatch.setattr(interrupt, "_HEAD_START", 0.0)
    codes: list[int] = []

    def ended(code):
        codes.append(code)
        raise SystemExit

    monkeypatch.setattr(os, "_exit", ended)
    reading, writing = os.pipe()
    watch = interrupt._Watch(reading)
    watch.keeps_session = True

    def wait():
        with contextlib.suppress(SystemExit):
            watch.wait()

    waiting = threading.Thread(target=wait)
    waiting.start()

    def told_after_a_signal():
        os.write(writing, bytes([signal.SIGINT]))
        shown, ends = "", time.monotonic() + 30
        while "\n" not in shown.lstrip() and time.monotonic() < ends:
            shown += capfd.readouterr().err
            time.sleep(0.01)
        return shown.strip()

    hint = "th: this does not stop by itself; another Ctrl-C ends th"
    assert told_after_a_signal() == hint
    with pytest.raises(KeyboardInterrupt):  # it stopped after all
        watch.handle(signal.SIGINT, None)
    assert told_after_a_signal() == hint
    assert told_after_a_signal() == "th: interrupted"
    waiting.join(30)
    assert codes == [130]
    os.close(reading)
    os.close(writing)


def test_the_history_outlives_the_session(session, tmp_path):
    (tmp_path / ".th_history").write_text("earlier = 1\n")  # by a session beside this one
    session.enter("'one'")
    session.enter("'one'")
    session.type("\x04")
    assert session.process.wait(timeout=60) == 0
    assert (tmp_path / ".th_history").read_text() == "earlier = 1\n'one'\n"
    again = Session(tmp_path)
    assert again.enter("\x1b[A") == ["one"]
    again.close()


def test_a_name_is_explained():
    asked = "?torch.cat\n?nn.Linear\n?paths.dirname\n?nn.Linaer\n?Lin\n?zzzz\n?\n?torch.add\n?nn.Sequential.add\n"
    asked += "net = nn.Sequential()\n?net\n"
    shown = th("-i", stdin=asked).stdout.split(PROMPT)[1:]
    assert "torch.cat: a function" in shown[0]
    assert "Python   torch.cat([x, y], 0)" in shown[0]
    assert shown[1].startswith("nn.Linear: a class\n  made with (inputSize, outputSize, bias)\n")
    assert "nn.Linear(5, 3, bias=False)" in shown[1]
    assert "paths.dirname(path): the folder part" in shown[2]
    assert shown[3].startswith("nothing is called 'nn.Linaer'; like it are\n  nn.Linear\n")
    assert "  torch.linspace\n" in shown[4]
    assert shown[5] == "nothing is called 'zzzz'\n"
    assert "_RESULTS" in shown[6]
    assert "  add([*Tensor*] Tensor number)\n" in shown[7]
    assert "Tensor" not in shown[8]
    assert shown[10].startswith("net: a nn.Sequential\nnn.Sequential in Lua is nn.Sequential in Python and ")


def test_what_is_kept_quiet_and_what_is_kept():
    lines = "1 + 1;\n3, nil, 'x'\n#_RESULTS, _LAST\nmine = 1\nwho()\nrequire 'nn'\nimport 'nn'\nLinear == nn.Linear\n"
    shown = th("-i", stdin=lines).stdout.split(PROMPT)[1:]
    assert shown[:3] == ["", "3\nnil\nx\n", "2\nx\n"]
    assert shown[4].split() == ["mine", "number"]
    assert shown[5:8] == ["", "", "true\n"]


def test_trepl_is_the_loop(tmp_path):
    (tmp_path / "main.lua").write_text("local repl = require 'trepl'; print('before'); repl(); print('after')")
    gone_on = th("main.lua", stdin="1 + 1\n", cwd=tmp_path).stdout.replace(PROMPT, "").split("\n")
    assert [gone_on[0], *gone_on[2:]] == ["before", "2", "", "after", ""]
    assert th("main.lua", stdin="os.exit(7)\n", cwd=tmp_path).returncode == 7


def test_texts_are_colored_on_a_terminal_only(session):
    code = (
        "local c = require 'trepl.colorize' print(c.red 'x' .. c.Blue(1) .. c._green 'y') "
        "print(require('treplutils').isatty())"
    )
    assert th("-e", code).stdout == "x1y\nfalse\n"
    os.write(session._ours, f"{code}\n".encode())
    shown = b""
    while b"true" not in shown:
        shown += os.read(session._ours, 4096)
    assert b"\x1b[0;31mx\x1b[0m\x1b[1;34m1\x1b[0m\x1b[42my\x1b[0m\r\n" in shown


def test_an_error_has_its_line_and_no_lines_of_the_loop():
    done = th("-i", stdin="error('oops')\nfunction f() error('deep') end\nf()\n")
    assert done.stderr == (
        "th: stdin:1: oops\nstack traceback:\n\t[C]: in function 'error'\n\tstdin:1: in function 'input'\n"
        "th: stdin:1: deep\nstack traceback:\n\t[C]: in function 'error'\n\tstdin:1: in function 'f'\n"
        "\tstdin:1: in function 'input'\n"
    )


@pytest.mark.parametrize(
    "code",
    [
        "local s = 0 for i = 1, 3 do s = s + i end return s == 6",
        "local s = 'do repeat' -- do\nwhile #s < 12 do s = s .. 'x' end return s == 'do repeatxxx'",
        "local s = [=[ do ]] ]=] repeat local e = s until e == s return s == ' do ]] '",
        "local t = {a = {3}} --[[ do ]] for _ in pairs(t) do (print)() end return t.a[1] == 3",
        "local s = \"\\\" do\" do s = s .. 'd' end return s == '\" dod'",
        "return select('#', ...) == 0",
    ],
)
def test_typed_code_means_what_it_says(lua, code):
    chunk = lua.call(lua.require("th.loops").load, code, "=typed")
    assert lua.call(chunk) is True


def test_ctrl_c_in_the_interactive_loop_goes_on(tmp_path):
    process = subprocess.Popen(
        [*TH, "-i"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(HOME=str(tmp_path)),
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"print('go'); while true do require('_core').dtype_of('Double') end\n")
    process.stdin.flush()
    while b"go" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    time.sleep(1)  # longer than the patience with a loop that does not stop
    output, _ = process.communicate(b"'still ' .. 'here'\n", timeout=60)
    assert b"still here" in output
    assert process.returncode == 0


_SIGNALLED_ELSEWHERE = """
import readline, signal, sys, threading, time
from lua_compat.bridge import interrupt

def interrupted():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)  # a signal that the waiting thread does not hear

threading.Thread(target=interrupted, daemon=True).start()
with interrupt.watched(), interrupt.session():
    try:
        input("? ")
    except KeyboardInterrupt:
        print("woken")
"""


def test_a_signal_just_before_it_waits_for_a_key_wakes_it() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _SIGNALLED_ELSEWHERE], stdin=theirs, stdout=theirs, stderr=theirs, env=environment()
    )
    try:
        assert process.wait(timeout=30) == 0
        os.close(theirs)
        assert b"woken" in os.read(ours, 1000)
    finally:
        process.kill()
        os.close(ours)
