"""The ``t7`` command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lua_compat import t7
from lua_compat.t7 import cli, raw, show
from tests.t7 import encode as e
from tests.t7.encode import CORPUS

FILES = CORPUS / "t7"


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    code = cli.main([str(a) for a in args])
    out, err = capsys.readouterr()
    return code, out, err


def test_show_views(capsys: pytest.CaptureFixture[str]) -> None:
    path = FILES / "views_of_one_storage.t7"
    code, out, err = run(capsys, "show", path)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{path}: binary, longs of 8 bytes",
        "table of 6",
        "  column: torch.DoubleTensor 4 (storage #1 from 3) = 3 9 15 21",
        "  block: torch.DoubleTensor 2x3 (storage #1 from 9) = 9 10 11 15 16 17",
        "  transposed: torch.DoubleTensor 6x4 (storage #1 from 1)",
        "  base: torch.DoubleTensor 4x6 (storage #1 from 1)",
        "  storage: torch.DoubleStorage of 24 #1",
        "  row: torch.DoubleTensor 6 (storage #1 from 7) = 7 8 9 10 11 12",
    ]


def test_show_cycles_and_objects(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "show", FILES / "object_cycle.t7")
    assert code == 0
    assert out.splitlines()[1:] == [
        "corpus.Point #1", "  y: 2", "  tags: table of 1", "    1: 'a'", "  x: 2", "  me: -> #1"
    ]  # fmt: skip


def test_show_functions(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, out, _ = run(capsys, "show", FILES / "functions_in_tables.t7")
    assert out.splitlines()[2] == "  f: function of 42 bytes (of t7_files.lua:60, compiled by LuaJIT 2.1)"
    path = tmp_path / "unknown.t7"
    t7.write_file(path, t7.T7Function(b"\x1b"))
    assert run(capsys, "show", path)[1].splitlines()[1] == "function of 1 bytes"


@pytest.mark.parametrize("path", sorted(FILES.glob("*.t7")), ids=lambda p: p.stem)
def test_show_everything(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    code, out, err = run(capsys, "show", path)
    assert (code, err) == (0, "")
    assert 2 <= len(out.splitlines()) <= 402


def test_show_is_bounded_unless_all_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "show", FILES / "deep.t7", "--depth", 2)
    assert [line for line in out.splitlines() if line.endswith(" ...")] == ["    next: table of 2 ..."]
    _, out, _ = run(capsys, "show", FILES / "many_numbers.t7")
    assert out.splitlines()[-1] == "  ... 99976 more"
    _, out, _ = run(capsys, "show", FILES / "many_numbers.t7", "--all")
    assert len(out.splitlines()) == 100_002


def test_show_says_that_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wide.t7"
    t7.write_file(path, [[[0] * 20 for _ in range(20)] for _ in range(20)])
    _, out, _ = run(capsys, "show", path)
    assert out.splitlines()[-1] == "... (--all shows the rest)"
    assert len(out.splitlines()) == 402


def test_show_a_hundred_thousand_levels() -> None:
    value: object = True
    for _ in range(100_000):
        value = t7.T7Table([1.0], [value])
    *_, last = show.lines(value, None, None)
    assert last.endswith("(100000) 1: true")


def test_show_escapes_what_a_terminal_would_obey(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "strings.t7"
    t7.write_file(path, {"\x1b[31m": "\x1b[2J", "long": "x" * 500})
    _, out, _ = run(capsys, "show", path)
    assert "\x1b" not in out
    assert "(500 long)" in out


@pytest.mark.parametrize("name", ["cycle", "views_of_one_storage", "mixed_table", "object_shared", "string_with_zeros"])
def test_convert(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, binary = tmp_path / "text.t7", tmp_path / "binary.t7"
    assert run(capsys, "convert", FILES / f"{name}.t7", text, "--ascii") == (0, "", "")
    assert text.read_bytes() == (FILES / f"{name}_ascii.t7").read_bytes()
    assert run(capsys, "convert", text, binary, "--long-size", 4)[0] == 0
    assert run(capsys, "convert", binary, binary)[0] == 0
    assert binary.read_bytes() == (FILES / f"{name}.t7").read_bytes()


def test_convert_keeps_cuda_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    data = e.tensor(1, "torch.CudaTensor", (2,), e.storage(2, "torch.CudaStorage", np.ones(2, np.float32)))
    path, copy = tmp_path / "cuda.t7", tmp_path / "copy.t7"
    path.write_bytes(data)
    assert run(capsys, "convert", path, copy)[0] == 0
    assert copy.read_bytes() == data
    assert "torch.CudaTensor 2 = 1 1" in run(capsys, "show", path)[1]


def test_convert_to_ascii_has_no_long_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "convert", FILES / "cycle.t7", tmp_path / "x.t7", "--ascii", "--long-size", 4)
    assert code == 2
    assert "--long-size" in err


def test_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good, bad, missing = FILES / "cycle_ascii.t7", FILES / "bad" / "is_html.t7", tmp_path / "missing.t7"
    more = tmp_path / "more.t7"
    more.write_bytes(e.number(1) + e.number(2))
    code, out, _ = run(capsys, "check", good, more)
    assert code == 0
    assert out.splitlines() == [
        f"{good}: ok (ASCII)",
        f"{more}: ok (binary, no longs in it, 12 bytes after its value)",
    ]
    code, out, _ = run(capsys, "check", bad, good, missing)
    assert code == 1
    lines = out.splitlines()
    assert "HTML page" in lines[0]
    assert lines[1].endswith("ok (ASCII)")
    assert lines[2] == f"{missing}: No such file or directory"


@pytest.mark.parametrize("command", ["show", "convert"])
def test_errors_go_to_stderr(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = [FILES / "bad" / "number_cut.t7"] + ([tmp_path / "out.t7"] if command == "convert" else [])
    code, out, err = run(capsys, command, *args)
    assert (code, out) == (1, "")
    assert err.startswith("t7: ")
    assert "at byte 4" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("args", [[], ["show"], ["nothing"], ["show", "x.t7", "--long-size", "5"]])
def test_wrong_usage(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(args)
    assert caught.value.code == 2
    assert "usage: t7" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert all(name in out for name in cli.COMMANDS)


def test_a_closed_pipe_is_no_crash() -> None:
    command = f"{sys.executable} -m lua_compat.t7.cli show --all {FILES / 'many_numbers.t7'} | head -1"
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert found.stderr == ""
    assert found.stdout.endswith("no longs in it\n")


def test_raw_graph_is_written_as_it_was() -> None:
    for path in sorted(FILES.glob("*_tensor.t7")):
        value = t7.read_file(path, builder=raw.RawBuilder())
        assert t7.write_bytes(value, describer=raw.RawDescriber()) == path.read_bytes()
