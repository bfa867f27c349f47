"""``t7 diff``: what is told of two files that differ in one thing, and the exit status."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat.commands import t7
from lua_compat.inspection import statistics
from lua_compat.inspection.compare import Gap, Tolerance, gap_between
from lua_compat.t7 import T7Function, T7Object, T7Opaque, T7Table, TdsHash, TdsVec, write_file
from pytorch_from_lua import nn

CORPUS = Path(__file__).parents[1] / "conformance"
CHECKPOINT = str(CORPUS / "models" / "checkpoint.t7")


class Differ:
    """Writes two values to files and compares them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.paths = [str(folder / "a.t7"), str(folder / "b.t7")]
        self.capsys = capsys

    def __call__(self, a: Any, b: Any, *options: str) -> tuple[int, list[str]]:
        """The exit status and the lines, without those that name the files."""
        for path, value in zip(self.paths, (a, b), strict=True):
            write = (
                write_file if isinstance(value, (T7Table, T7Object, T7Function, T7Opaque, TdsVec)) else lua_compat.save
            )
            write(path, value)
        status = t7(["diff", *self.paths, *options])
        told = self.capsys.readouterr()
        assert told.err == ""
        lines = told.out.splitlines()
        assert lines[:2] == [f"--- {self.paths[0]}", f"+++ {self.paths[1]}"] or not lines
        return status, lines[2:]


@pytest.fixture
def differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Differ:
    return Differ(tmp_path, capsys)


def net(*more: nn.Module) -> nn.Sequential:
    torch.manual_seed(5)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), *more, nn.Linear(4, 2))


def table(**entries: Any) -> T7Table:
    return T7Table.of(entries)


def test_a_file_is_equal_to_itself_and_to_its_copy(differ: Differ, capsys: pytest.CaptureFixture[str]) -> None:
    assert t7(["diff", CHECKPOINT, CHECKPOINT]) == 0
    assert capsys.readouterr().out == ""
    assert differ(net(), net()) == (0, [])


@pytest.mark.parametrize("path", sorted((CORPUS / "t7").glob("*_ascii.t7")), ids=lambda path: path.stem)
def test_the_two_encodings_hold_the_same(path: Path) -> None:
    binary = path.with_name(path.name.replace("_ascii", ""))
    # A dump's bytes and a float in text are the same; so is the sharing.
    assert t7(["diff", str(binary), str(path), "--relative", "1e-6"]) == 0


@pytest.mark.parametrize(
    ("a", "b", "lines"),
    [
        ({"epoch": 3}, {"epoch": 4}, ["~ epoch: 3 -> 4", "1 other values"]),
        ({"name": "a\nb"}, {"name": "a"}, ['~ name: "a\\nb" -> "a"', "1 other values"]),
        ({"x": 1}, {"x": 1, "y": "z"}, ['+ y: "z"', "1 other added"]),
        ({"x": 1, "opt": {"lr": 0.1}}, {"x": 1}, ["- opt: table of 1", "1 other removed"]),
        ({"x": 1}, {"x": "1"}, ['~ x: 1 -> "1"', "1 other values"]),
        ({"x": True}, {"x": 1}, ["~ x: true -> 1", "1 other values"]),
        ({"x": [1, 2]}, {"x": torch.ones(2)}, ["~ x: table of 2 -> Float 2", "1 of another class"]),
        ({"x": 0.1}, {"x": math.nextafter(0.1, 1)}, ["~ x: 0.1 -> 0.10000000000000002", "1 other values"]),
        (
            {"loss": [3.0, 2.0]},
            {"loss": [3.0, 2.5, 1.0]},
            [
                "~ loss: 2 numbers -> 3 numbers",
                "~ loss: 1 of 2 elements differ by 0.5 (relative 0.2); [2]: 2 -> 2.5",
                "1 of another length, 1 other lists of numbers",
            ],
        ),
        (
            {"state": {"m": torch.tensor([[1.0, 2.0], [3.0, 4.0]])}},
            {"state": {"m": torch.tensor([[1.0, 2.5], [3.0, 5.0]])}},
            [
                "~ state.m: 2 of 4 elements differ by 1 at most (relative 0.2); [2][2]: 4 -> 5",
                "1 of 1 tensors differ",
            ],
        ),
        (
            {"x": torch.tensor([math.nan, 1.0, math.inf])},
            {"x": torch.tensor([math.nan, math.nan, math.inf])},
            ["~ x: 1 of 3 elements differ, 1 NaN in one only; [2]: 1 -> nan", "1 of 1 tensors differ"],
        ),
        (
            {"x": torch.tensor([2**60, 1])},
            {"x": torch.tensor([2**60 + 1, 1])},
            [
                "~ x: 1 of 2 elements differ by 1 (relative 8.67e-19); "
                "[1]: 1152921504606846976 -> 1152921504606846977",
                "1 of 1 tensors differ",
            ],
        ),
        (
            {"x": torch.ones(2, 3)},
            {"x": torch.ones(3, 2)},
            ["~ x: 2x3 -> 3x2", "0 of 1 tensors differ, 1 of another size"],
        ),
        (
            {"x": torch.ones(2)},
            {"x": torch.ones(2).double()},
            ["~ x: Float -> Double", "0 of 1 tensors differ, 1 of another type"],
        ),
        ({"x": torch.ones(1)}, {"x": torch.ones(0)}, ["~ x: 1 -> empty", "0 of 1 tensors differ, 1 of another size"]),
    ],
)  # fmt: skip
def test_one_difference_is_told(differ: Differ, a: Any, b: Any, lines: list[str]) -> None:
    assert differ(a, b) == (1, lines)
    assert differ(b, a)[0] == 1
    assert differ(a, a) == (0, [])


def test_modules_put_in_and_taken_out_leave_the_others_where_they_belong(differ: Differ) -> None:
    assert differ({"net": net()}, {"net": net(nn.Dropout(0.3))}) == (
        1,
        ["+ net.modules[3]: nn.Dropout", "0 of 19 tensors differ, 1 object added"],
    )
    changed = net(nn.Dropout(0.3))
    with torch.no_grad():
        changed[3].bias[1] = 9.0
    status, lines = differ({"net": changed}, {"net": net()})
    assert status == 1
    assert lines[0] == "- net.modules[3]: nn.Dropout"
    assert lines[1].startswith("~ net.modules[4].bias (net.modules[3].bias): 1 of 2 elements differ by ")


def test_a_module_of_another_class_at_the_same_place(differ: Differ) -> None:
    a, b = nn.Sequential(nn.Linear(2, 2), nn.Tanh()), nn.Sequential(nn.Linear(2, 2), nn.Sigmoid())
    with torch.no_grad():
        b[0].weight.copy_(a[0].weight)
        b[0].bias.copy_(a[0].bias)
    status, lines = differ(a, b)
    assert (status, lines[0]) == (1, "~ modules[2]: nn.Tanh -> nn.Sigmoid")


def test_a_field_of_a_module(differ: Differ) -> None:
    _, lines = differ(nn.Sequential(nn.Dropout(0.3)), nn.Sequential(nn.Dropout(0.4)))
    assert lines == ["~ modules[1].p: 0.3 -> 0.4", "0 of 5 tensors differ, 1 other values"]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 1),
        (["--tolerance", "0.01"], 1),
        (["--tolerance", "0.02"], 0),
        (["--relative", "0.001"], 1),
        (["--relative", "0.2"], 0),
        (["--relative", "0.015", "--tolerance", "0.01"], 1),
        (["--ignore", "w", "--ignore", "n"], 0),
        (["--ignore", "w"], 1),
    ],
)
def test_tolerances_are_for_tensors_and_numbers(differ: Differ, options: list[str], status: int) -> None:
    a = {"w": torch.tensor([0.1, 10.0]).double(), "n": [0.1, "x"]}
    b = {"w": torch.tensor([0.1, 10.0]).double() + torch.tensor([0.0125, 0.0]).double(), "n": [0.1125, "x"]}
    assert differ(a, b, *options)[0] == status


def test_what_can_be_left_out(differ: Differ) -> None:
    a, b = net(), net().double()
    assert differ(a, b)[0] == 1
    assert differ(a, b, "--no-types", "--no-scratch") == (0, [])
    shared = torch.ones(3)
    assert differ({"x": shared, "y": shared}, {"x": torch.ones(3), "y": torch.ones(3)}, "--no-sharing") == (0, [])


def test_what_is_one_object_in_one_file_only(differ: Differ) -> None:
    layer = nn.Linear(2, 2)
    twice = {"a": layer, "b": layer}
    copies = {"a": layer, "b": nn.Linear(2, 2)}
    with torch.no_grad():
        copies["b"].weight.copy_(layer.weight)
        copies["b"].bias.copy_(layer.bias)
    assert differ(twice, copies) == (
        1,
        ["~ b: the same as a -> by itself", "0 of 14 tensors differ, 1 shared otherwise"],
    )
    assert differ(copies, twice)[1][0] == "~ b: by itself -> the same as a"


def test_memory_that_is_shared_in_one_file_only(differ: Differ) -> None:
    flat = torch.arange(4.0)
    together = {"x": flat[:2], "y": flat[2:]}
    apart = {"x": torch.tensor([0.0, 1.0]), "y": torch.tensor([2.0, 3.0])}
    assert differ(together, apart)[1] == [
        "~ x: one storage, with y -> 2 storages for the 2 tensors",
        "0 of 2 tensors differ, 1 shared otherwise",
    ]
    assert differ(apart, together)[0] == 1
    assert differ(together, together) == (0, [])


def test_cycles_and_tables_as_keys(differ: Differ) -> None:
    def graph(value: float, length: int) -> T7Table:
        first = last = table(value=1.0)
        for _ in range(length - 1):
            last["next"] = table(value=1.0)
            last = last["next"]
        last["next"] = first
        return T7Table([table(k=value), "first"], [1.0, first])

    assert differ(graph(2.0, 3), graph(2.0, 3)) == (0, [])
    assert differ(graph(2.0, 3), graph(3.0, 3)) == (1, ["~ (key).k: 2 -> 3", "1 other values"])
    status, lines = differ(graph(2.0, 2), graph(2.0, 3))
    assert (status, lines[0]) == (1, "~ first.next.next: the same as first -> by itself")
    assert differ(graph(2.0, 101), graph(2.0, 103))[0] == 1


def test_keys_of_all_kinds(differ: Differ) -> None:
    a, b = T7Table([True, 1.0, "1", 0.5], [1.0, 2.0, 3.0, 4.0]), T7Table([True, 1.0, "1", 0.5], [1.0, 2.0, 3.0, 5.0])
    assert differ(a, a) == (0, [])
    assert differ(a, b)[1][0] == "~ [0.5]: 4 -> 5"
    assert differ(a, T7Table([1.0, "1", 0.5], [2.0, 3.0, 4.0]))[1][0] == "- [true]: 1"


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda n: T7Function(b"code%d" % n), "~ x: function of 5 bytes -> function of 5 bytes"),
        (lambda n: T7Function(b"code", table(captured=float(n))), "~ x (captured).captured: 1 -> 2"),
        (
            lambda n: T7Opaque("torch.Generator", 1, b"%d" % n),
            "~ x: torch.Generator, 1 bytes -> torch.Generator, 1 bytes",
        ),
        (lambda n: T7Object("my.Class", n, table(a=1.0)), "~ x: version 1 -> version 2"),
        (lambda n: T7Object("my.Class", 1, float(n)), "~ x (contents): 1 -> 2"),
        (lambda n: TdsVec([1.0, float(n), "x"]), "~ x[2]: 1 -> 2"),
        (lambda n: TdsHash(["k"], [float(n)]), "~ x.k: 1 -> 2"),
    ],
    ids=["code", "captured", "opaque", "version", "contents", "vec", "hash"],
)
def test_everything_that_a_file_can_hold(differ: Differ, make: Callable[[int], Any], line: str) -> None:
    if isinstance(make(1), T7Opaque):  # only torch.Generator's own form is read back: compared in memory
        from lua_compat.inspection.diff import compare, lines

        assert list(lines(compare(table(x=make(1)), table(x=make(2))))) == [line]
        assert compare(make(1), make(1)).differences == []
        return
    assert differ(table(x=make(1)), table(x=make(2)))[1][0] == line
    assert differ(table(x=make(1)), table(x=make(1))) == (0, [])


def test_a_table_is_no_hash(differ: Differ) -> None:
    assert differ(table(x=TdsHash(["k"], [1.0])), table(x=table(k=1.0)))[1][0] == "~ x: tds.Hash of 1 -> table of 1"


def test_json(differ: Differ, capsys: pytest.CaptureFixture[str]) -> None:
    differ({"x": torch.tensor([1.0, 2.0]), "n": 1}, {"x": torch.tensor([1.0, math.inf]), "m": 1})
    assert t7(["diff", *differ.paths, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["a"], told["equal"], told["tensors"], told["tensors_differing"]) == (differ.paths[0], False, 1, 1)
    by_kind = {d["kind"]: d for d in told["differences"]}
    assert set(by_kind) == {"elements", "removed", "added"}
    assert by_kind["elements"] == {
        "kind": "elements", "place": "x", "other_place": None, "a": "2", "b": "inf", "at": "[2]", "count": 2,
        "differing": 1, "max_abs": "inf", "max_relative": "inf", "nans": 0,
    }  # fmt: skip
    assert t7(["diff", CHECKPOINT, CHECKPOINT, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["differences"] == []


def test_many_differences_are_cut_and_quiet_is_quiet(differ: Differ) -> None:
    a, b = ({f"k{i}": i + n for i in range(250)} for n in (0, 1))
    status, lines = differ(a, b)
    assert (status, len(lines)) == (1, 202)
    assert lines[-2:] == ["... 50 more (--all shows them)", "250 other values"]
    assert len(differ(a, b, "--all")[1]) == 251
    assert differ(a, b, "--quiet") == (1, [])


def test_trouble_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert t7(["diff", str(tmp_path / "none.t7"), CHECKPOINT]) == 2
    assert capsys.readouterr().err == f"t7: {tmp_path / 'none.t7'}: No such file or directory\n"
    (tmp_path / "bad.t7").write_bytes(b"\x03\0\0\0\x01\0\0\0\xff\xff\xff\x7f")
    assert t7(["diff", CHECKPOINT, str(tmp_path / "bad.t7")]) == 2
    assert capsys.readouterr().err.startswith(f"t7: {tmp_path / 'bad.t7'}: at byte ")
    for word in ("-1", "x", "nan"):
        with pytest.raises(SystemExit, match="2"):
            t7(["diff", CHECKPOINT, CHECKPOINT, "--tolerance", word])


def test_too_many_overlapping_elements_are_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "x.t7")
    lua_compat.save(path, {"x": torch.arange(1 << 13).float().as_strided((1 << 12, 1 << 12), (1, 1))})
    assert t7(["diff", path, path]) == 2
    assert capsys.readouterr().err == "t7: x: not compared, it has too many overlapping elements\n"
    lua_compat.save(path, {"x": torch.ones(2, 1).expand(2, 10**9)})
    assert t7(["diff", path, path]) == 0


def test_gaps_agree_with_numpy_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "PIECE", 8)
    random = np.random.RandomState(0)
    for dtype in ("float64", "float32", "int32", "uint8"):
        a, b = ((random.rand(5, 9) * 50).astype(dtype) for _ in "ab")
        far = np.abs(a.astype(float) - b.astype(float))
        relative = far / np.maximum(np.maximum(np.abs(a), np.abs(b)).astype(float), 1e-300)
        assert gap_between(a, b, Tolerance(5.0)) == Gap(
            45, int((far > 5).sum()), far.max(), pytest.approx(relative[far > 5].max()), 0, int(far.argmax())
        )  # type: ignore[arg-type]
        assert gap_between(a.T, a.T, Tolerance()) == Gap(45, 0, 0.0, 0.0, 0, 0)
