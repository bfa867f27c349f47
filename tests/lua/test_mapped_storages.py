"""Storages over files in memory that programs and threads share: ``torch.FloatStorage(path, shared, size)``."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lua_compat import LuaError, Runtime
from tests.lua.th_command import TH, environment, th

#: Seconds after which a program counts as hanging.
PATIENCE = 60

#: Waits for the other program; its address is all that they have in common.
WAITING = """
local function wait(s, i, value)
   while s[i] ~= value do sys.sleep(0.001) end
end
"""


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "numbers"
    np.arange(6, dtype=np.float32).tofile(path)
    return path


def two_programs(path: str, options: str = "true, 4") -> list[str]:
    """What two programs print that run at the same time and answer each other through a file."""
    first = f"""require 'sys' {WAITING}
        local s = torch.FloatStorage('{path}', {options})
        s[1] = 7
        wait(s, 2, 14)
        local t = torch.FloatTensor(s, 3, torch.LongStorage{{2}}):fill(0.5)
        t:add(1)
        s[1] = 8
        print(s[2], #s)"""
    second = f"""require 'sys' {WAITING}
        local s = torch.FloatStorage('{path}', {options})
        wait(s, 1, 7)
        s[2] = 2 * s[1]
        wait(s, 1, 8)
        print(s[3] + s[4], #s)"""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with contextlib.ExitStack() as running:
        programs = [
            running.enter_context(subprocess.Popen([*TH, "-e", code], env=environment(), **pipes))
            for code in (first, second)
        ]
        try:
            return [program.communicate(timeout=PATIENCE)[0] for program in programs]
        finally:
            for program in programs:
                program.kill()


def test_two_programs_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    assert two_programs(str(path)) == ["14\t4\n", "3\t4\n"]
    assert np.fromfile(path, np.float32).tolist() == [8, 14, 1.5, 1.5]


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="this system shows no memory as files")
def test_two_programs_share_memory_under_a_name(tmp_path: Path) -> None:
    name = f"{tmp_path.parent.name}-{tmp_path.name}-{os.getpid()}"
    there = Path("/dev/shm") / name
    try:
        assert two_programs(f"/{name}", "true, 4, true") == ["14\t4\n", "3\t4\n"]
        assert np.fromfile(there, np.float32).tolist() == [8, 14, 1.5, 1.5]
    finally:
        there.unlink(missing_ok=True)


def test_what_one_program_wrote_the_next_reads(tmp_path: Path) -> None:
    def run(code: str) -> str:
        done = th("-e", code, cwd=tmp_path)
        assert done.stderr == ""
        return done.stdout

    run("local s = torch.Storage('values', true, 3) s:fill(2) s[3] = -0.5")
    assert run("print(torch.DoubleTensor(torch.DoubleStorage('values')):sum())") == "3.5\n"
    assert run("local s = torch.DoubleStorage('values', false) s[1] = 99 print(s[1])") == "99\n"
    assert np.fromfile(tmp_path / "values").tolist() == [2, 2, -0.5]


def test_a_file_that_grows_keeps_its_values(lua: Runtime, tmp_path: Path) -> None:
    assert lua.execute(
        """
        local path = ...
        local small = torch.IntStorage(path, true, 2)
        small:fill(5)
        local large = torch.IntStorage(path, 4, true)
        large[1] = 6
        return small[1], #small, #large, large[2], large[4]
        """,
        str(tmp_path / "grown"),
    ) == (6, 2, 4, 5, 0)


def test_jobs_in_threads_share_a_file(lua: Runtime, numbers: Path) -> None:
    assert lua.execute(
        """
        local threads = require 'threads'
        local path = ...
        local s = torch.FloatStorage(path, true)
        local pool, sums, own = threads.Threads(2), 0, {}
        pool:specific(true)
        for i = 1, 2 do
           pool:addjob(i, function()
              local mine, copy = torch.FloatStorage(path, true), torch.FloatStorage(path)
              mine[i] = 10 * i
              torch.FloatTensor(mine):narrow(1, 2 * i + 1, 2):mul(i + 1)
              copy:fill(0)
              return copy[6]
           end, function(last) own[#own + 1] = last end)
           pool:synchronize()
        end
        pool:terminate()
        return s[1], s[2], s[3], s[4], s[5], s[6], own[1], own[2]
        """,
        str(numbers),
    ) == (10, 20, 4, 6, 12, 15, 0, 0)
    assert np.fromfile(numbers, np.float32).tolist() == [10, 20, 4, 6, 12, 15]


@pytest.mark.parametrize("options", ["", ", true", ", false, 0", ", true, 0"])
def test_without_a_size_it_is_all_of_the_file(lua: Runtime, numbers: Path, options: str) -> None:
    assert lua.execute(f"local s = torch.FloatStorage(...{options}) return #s, s[6]", str(numbers)) == (6, 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("'missing'", r"cannot map <missing> into memory: No such file or directory"),
        ("'missing', true", r"cannot map <missing> into memory: No such file or directory"),
        ("'nowhere/new', true, 3", r"cannot map <nowhere/new> into memory: No such file or directory"),
        ("'folder', true, 3", r"cannot map <folder> into memory: Is a directory"),
        ("'', true, 3", r"cannot map <> into memory: No such file or directory"),
        ("'a\\0b', true, 3", r"cannot map <.*> into memory: embedded null"),
        ("'numbers', false, 7", r"numbers: holds 24 bytes, 28 are needed"),
        ("'odd'", r"odd: 10 bytes are no whole number of float32"),
        ("'numbers', true, -1", r"size: a whole number of at least 0 expected, got -1"),
        ("'numbers', true, 1.5", r"size: a whole number of at least 0 expected, got 1.5"),
        ("'numbers', true, 0/0", r"size: a whole number of at least 0 expected, got -?nan"),
        ("'numbers', true, 1/0", r"size: a whole number of at least 0 expected, got inf"),
        ("'numbers', true, 'x'", r"size: a whole number of at least 0 expected, got a string"),
        ("'numbers', true, {}", r"size: a whole number of at least 0 expected, got a table"),
    ],
)
def test_errors(lua: Runtime, numbers: Path, monkeypatch: Any, arguments: str, message: str) -> None:
    folder = numbers.parent
    (folder / "folder").mkdir()
    (folder / "odd").write_bytes(b"0123456789")
    monkeypatch.chdir(folder)
    before = sorted(os.listdir(folder))
    with pytest.raises(LuaError, match=rf"^here:1: .*{message}"):
        lua.execute(f"local s = torch.FloatStorage({arguments})", name="=here")
    assert sorted(os.listdir(folder)) == before
    assert (folder / "numbers").stat().st_size == 24
