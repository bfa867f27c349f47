"""Models as drawings: nodes and edges of the text, and the files that graphviz makes of it."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import pytest

from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import drawing


def flow(module: nn.Module, input: Any = None, **options: Any) -> list[str]:
    """The edges as ``from -> to``, by the first line of the labels."""
    text = nn.to_dot(module, input, **options)
    names = {n: label.split("\\n")[0] for n, label in re.findall(r'^\s*n(\d+) \[label="(.*?)",', text, re.MULTILINE)}
    edges = re.findall(r'^\s*n(\d+) -> n(\d+)(?: \[label="(.*?)"\])?;', text, re.MULTILINE)
    assert len(names) == text.count("fillcolor")
    return [f"{names[a]} -> {names[b]}" + (f" {shape}" if shape else "") for a, b, shape in edges]


RESIDUAL = nn.Sequential(nn.ConcatTable(nn.Linear(4, 4), nn.Identity()), nn.CAddTable())


def graph() -> nn.Module:
    """x goes two ways: through a layer, and beside it; the parts of a split are told apart."""
    x = nn.Node()
    hidden = x >> nn.Linear(4, 4)
    first, second = nn.Node(nn.SplitTable(1), nn.Node(nn.JoinTable(1), hidden, x)).split(8)[:2]
    return nn.Graph(x, [nn.Node(nn.CAddTable(), first, second), hidden >> nn.Tanh()])


FLOWS: list[tuple[nn.Module, Any, list[str]]] = [
    (nn.Tanh(), None, ["input -> Tanh", "Tanh -> output"]),
    (
        nn.Sequential(nn.Linear(4, 3), nn.Tanh()),
        (2, 4),
        ["input -> Linear 2x4", "Linear -> Tanh 2x3", "Tanh -> output 2x3"],
    ),
    (
        RESIDUAL,
        (2, 4),
        ["input -> Linear 2x4", "Linear -> CAddTable 2x4", "input -> CAddTable 2x4", "CAddTable -> output 2x4"],
    ),
    (
        nn.Concat(1, nn.Linear(4, 1), nn.Tanh()),
        (2, 4),
        [
            *("input -> Linear 2x4", "input -> Tanh 2x4", "Linear -> Concat 2x1", "Tanh -> Concat 2x4"),
            "Concat -> output 2x5",
        ],
    ),
    (
        nn.Sequential(nn.ParallelTable(nn.Tanh(), nn.ReLU()), nn.SelectTable(1)),
        [(2,), (3,)],
        ["input 0 -> Tanh 2", "input 1 -> ReLU 3", "ReLU -> output 3"],
    ),
    (
        nn.Sequential(
            nn.SplitTable(0), nn.ParallelTable(nn.Tanh(), nn.ReLU()), nn.FlattenTable(), nn.NarrowTable(0, 1)
        ),
        (2, 5),
        ["input -> SplitTable 2x5", "SplitTable -> Tanh 5", "SplitTable -> ReLU 5", "Tanh -> output 5"],
    ),
    (
        nn.Sequential(nn.MapTable(nn.Linear(3, 2)), nn.JoinTable(1)),
        [(1, 3), (1, 3)],
        [
            *("input 0 -> Linear 1x3", "input 1 -> Linear 1x3", "Linear -> JoinTable 1x2", "Linear -> JoinTable 1x2"),
            "JoinTable -> output 1x4",
        ],
    ),
    (
        graph(),
        (2, 4),
        [
            *(
                "input -> Linear 2x4",
                "Linear -> JoinTable 2x4",
                "input -> JoinTable 2x4",
                "JoinTable -> SplitTable 2x8",
            ),
            *("SplitTable -> CAddTable 2", "SplitTable -> CAddTable 2", "Linear -> Tanh 2x4"),
            *("CAddTable -> output 2", "Tanh -> output 2x4"),
        ],
    ),
    (nn.DontCast(nn.Tanh()), (2, 4), ["input -> Tanh 2x4", "Tanh -> output 2x4"]),
    (
        nn.Parallel(0, 0, nn.Tanh(), nn.ReLU()),
        None,
        ["input -> Tanh", "input -> ReLU", "Tanh -> Parallel", "ReLU -> Parallel", "Parallel -> output"],
    ),
]


@pytest.mark.parametrize(("module", "input", "edges"), FLOWS, ids=[str(i) for i in range(len(FLOWS))])
def test_data_flows_as_the_containers_say(module: nn.Module, input: Any, edges: list[str]) -> None:
    assert flow(module, input) == edges
    assert flow(module) == [re.sub(r" [\dx]+$", "", edge.replace("input 1", "input").replace("input 0", "input"))
                            for edge in edges] or isinstance(input, list)  # fmt: skip


def test_a_block_several_times_in_a_row_is_drawn_once() -> None:
    def block() -> nn.Module:
        return nn.Sequential(nn.Linear(4, 4), nn.Tanh())

    net = nn.Sequential(block(), block(), block(), nn.Linear(4, 2))
    text = nn.to_dot(net, (1, 4))
    assert 'label="Sequential, 3 times: 0 to 2"' in text
    assert len(flow(net, (1, 4))) == 4
    assert flow(net, (1, 4))[-1] == "Linear -> output 1x2"
    assert len(flow(net, (1, 4), collapse=False)) == 8


def test_containers_are_boxes_and_odd_names_are_quoted() -> None:
    net = nn.Sequential(nn.Sequential(nn.Sequential(nn.Tanh()), nn.ReLU()))
    text = nn.to_dot(net, name='a "name" \\ of a net')
    assert text.startswith('digraph "a \\"name\\" \\\\ of a net" {\n')
    assert text.count("subgraph") == 1  # not around a single node
    assert 'label="0: Sequential"' in text
    assert text.count("{") == text.count("}")


def test_what_a_class_of_ones_own_does_is_one_node() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside = nn.Linear(2, 2)

        def forward(self, x: Any) -> Any:
            return self.inside(x) + x

    assert flow(nn.Sequential(Own(), nn.Tanh())) == ["input -> Own", "Own -> Tanh", "Tanh -> output"]
    assert "1 modules inside" in nn.to_dot(Own())


def test_a_dot_file_needs_no_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    nn.draw(RESIDUAL, tmp_path / "net.dot", (2, 4))
    assert (tmp_path / "net.dot").read_text().startswith('digraph "net" {')
    with pytest.raises(ModuleError, match=r"\.svg needs graphviz's program dot.*apt install graphviz"):
        nn.draw(RESIDUAL, tmp_path / "net.svg")
    with pytest.raises(ModuleError, match=r"a drawing ends in \.dot, \.svg, \.png, \.pdf, got .*net\.jpeg"):
        nn.draw(RESIDUAL, tmp_path / "net.jpeg")
    assert [path.name for path in tmp_path.iterdir()] == ["net.dot"]


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_graphviz_is_given_the_text_and_the_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\necho "$1"\ncat\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setattr(drawing.shutil, "which", lambda name: str(program))
    nn.draw(RESIDUAL, tmp_path / f"net.{ending}", (2, 4))
    format, _, text = (tmp_path / f"net.{ending}").read_text().partition("\n")
    assert format == f"-T{ending}"
    assert text == nn.to_dot(RESIDUAL, (2, 4))
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    with pytest.raises(ModuleError, match="dot failed: broken"):
        nn.draw(RESIDUAL, tmp_path / "other.svg")
    assert not (tmp_path / "other.svg").exists()


@pytest.mark.skipif(drawing.shutil.which("dot") is None, reason="graphviz is not installed")
@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_graphviz_takes_the_text(tmp_path: Path, ending: str, start: bytes) -> None:
    nn.draw(RESIDUAL, tmp_path / f"net.{ending}", (2, 4))
    assert (tmp_path / f"net.{ending}").read_bytes().startswith(start)
