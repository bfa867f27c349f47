"""``t7 view``: what is on the page."""

from __future__ import annotations

import io
import json
import os
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lua_compat
import pytorch_from_lua as torch
from lua_compat.commands import t7
from lua_compat.errors import T7Error
from lua_compat.inspection.cli import read_raw
from lua_compat.inspection.view import graphs
from lua_compat.inspection.view import page as pages
from lua_compat.inspection.view import tree as trees
from lua_compat.inspection.view.filters import first_filters
from lua_compat.inspection.view.layered import laid_out, layers_of, passed_layers
from lua_compat.inspection.view.tree import ENTRIES, tree_of
from lua_compat.t7 import T7Object, T7Table, read_file, write_file
from pytorch_from_lua import nn
from tests.inspection.view_cases import CHECKPOINT, MODELS, nodes_of


class Reader(HTMLParser):
    """The elements of a page, and the text of each section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._section = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "section":
            self._section = dict(attrs)["id"] or ""

    def handle_data(self, data: str) -> None:
        self.texts[self._section] = self.texts.get(self._section, "") + " " + data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def test_a_checkpoint_of_torch7() -> None:
    page = lua_compat.view(CHECKPOINT)
    found = Reader(page.html)
    assert [s["id"] for s in found.named("section")] == ["model1", "model2", "beside", "tensors", "tree"]
    model = re.sub(r"\s+", " ", found.texts["model1"])
    for words in ("model: Sequential", "Conv2d(1, 4, kernel_size=(5, 5), stride=(1, 1))", "nn.SpatialConvolution",
                  "weight 4x1x5x5", "3,702 (28.9 KiB), all trainable",
                  "First layer, 0: 4 filters of 1x5x5"):  # fmt: skip
        assert words in model
    beside = re.sub(r"\s+", " ", found.texts["beside"])
    for words in ("Values epoch 3", 'batchSize 4 gpu false name "lenet"', ", optim.sgd or nag", "momentum 0.9",
                  "dfdx Double 3702", "Log: losses", "3 numbers from 2.105 to 2.23"):  # fmt: skip
        assert words in beside
    tensors = re.sub(r"\s+", " ", found.texts["tensors"])
    assert "model.modules[1].weight Double 4x1x5x5" in tensors
    assert "-0.2041 0.1976 -0.001298 0.1256" in tensors
    assert "8 more are gradients" in tensors
    assert "42 more are what modules keep between calls" in tensors
    assert "1.8 MiB" in found.texts[""]
    # Links into the tree lead to what they name.
    nodes = nodes_of(page.html)
    (number,) = re.findall(r'href="#n(\d+)">model\.modules\[1\]\.weight<', page.html)
    assert nodes[int(number)][:3] == [".weight", "tensor", "Double 4x1x5x5"]
    (number, *_) = re.findall(r'href="#t(\d+)">weight</a> 8x4x5x5<', page.html)
    assert f'<tr id="t{number}">' in page.html
    assert nodes[int(number)][:3] == [".weight", "tensor", "Double 8x4x5x5"]
    (number,) = re.findall(r'href="#n(\d+)">View\(128\)<', page.html)
    assert nodes[int(number)][:3] == ["[7]", "object", "nn.View"]


@pytest.mark.parametrize("path", sorted(MODELS.glob("net_*.t7")), ids=lambda path: path.stem)
def test_models_of_torch7_have_every_module_and_tensor(path: Path) -> None:
    html = lua_compat.view(path).html
    found = Reader(html)
    (model,) = [m for m in lua_compat.load(path).values() if isinstance(m, nn.Module)]
    rows = [a for a in found.named("tr") if "data-level" in a]
    assert len(rows) == sum(1 for _ in model.named_modules(remove_duplicate=False))
    assert "too deeply" not in html
    assert "cannot be loaded" not in html
    charts = [a for a in found.named("svg") if a.get("class") == "histogram"]
    assert len(charts) >= sum(1 for _ in model.parameters())
    if isinstance(model, nn.Graph):
        assert any(a.get("class") == "graph" for a in found.named("svg"))


def test_shapes_of_an_input_and_an_input_that_does_not_fit() -> None:
    html = lua_compat.view(CHECKPOINT, input=(2, 1, 28, 28)).html
    assert "2x4x24x24" in html
    assert "115,200" in html
    assert "The input was not run" in lua_compat.view(CHECKPOINT, input=(2, 3)).html


def test_an_unknown_class_is_named_and_the_rest_is_shown(tmp_path: Path) -> None:
    lua_compat.save(tmp_path / "net.t7", nn.Sequential(nn.Linear(3, 2), nn.Tanh()))
    net = read_file(tmp_path / "net.t7")
    net.contents["modules"][2.0] = T7Object("my.Layer", 1, T7Table.of({"size": 3.0}))
    write_file(tmp_path / "net.t7", net)
    found = Reader(lua_compat.view(tmp_path / "net.t7", input=(1, 3)).html)
    told = re.sub(r"\s+", " ", found.texts["model1"])
    assert "Unknown: my.Layer at 1; what they hold is not counted." in told
    assert "The input was not run: my.Layer has no Python counterpart" in told
    assert "weight 2x3 bias 2 8 1 my.Layer my.Layer" in told


def test_text_cannot_become_markup(hostile: Path) -> None:
    html = lua_compat.view(hostile).html
    found = Reader(html)
    assert found.named("img") == []
    assert len(found.named("script")) == 2
    assert not [a for _, attrs in found.elements for a in attrs if a.startswith("on")]
    assert "alert(1)" in found.texts["tree"] or "alert(1)" in json.dumps(nodes_of(html))
    assert all("\0" not in text for text in found.texts.values())
    assert html.count("<script") == 2


def test_the_page_asks_for_nothing() -> None:
    found = Reader(lua_compat.view(CHECKPOINT).html)
    for tag, attrs in found.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        for name in ("src", "href", "xlink:href", "srcset", "action", "data"):
            assert (attrs.get(name) or "#").startswith(("#", "data:image/png;base64,")), (tag, attrs)
    (policy,) = [a["content"] for a in found.named("meta") if a.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")


def test_shared_objects_and_cycles_are_links_to_the_shortest_place(tmp_path: Path) -> None:
    inner = T7Table.of({"x": 1.0})
    inner["self"] = inner
    storage = torch.ones(4)
    value = T7Table.of({"deep": T7Table.of([T7Table.of([inner])]), "near": inner, "a": storage, "b": storage[1:3]})
    write_file(tmp_path / "graph.t7", value)
    tree = tree_of(read_raw(str(tmp_path / "graph.t7")))
    shared = {n.step: tree.nodes[n.target] for n in tree.nodes if n.kind == "shared"}
    assert {step: node.step for step, node in shared.items()} == {"[1]": ".near", ".self": ".near", " (memory)": ".a"}
    for number, node in enumerate(tree.nodes):
        assert all(tree.nodes[node.first + i].parent == number for i in range(node.count))


def test_long_tables_are_cut_unless_all_is_asked_for(tmp_path: Path) -> None:
    lua_compat.save(tmp_path / "long.t7", {"list": [f"entry {i}" for i in range(ENTRIES + 20)]})
    short = nodes_of(lua_compat.view(tmp_path / "long.t7").html)
    assert [n[2] for n in short if n[1] == "more"] == ["20 more entries"]
    everything = lua_compat.view(tmp_path / "long.t7", everything=True).html
    assert len([n for n in nodes_of(everything) if n[1] == "string"]) == ENTRIES + 20


def test_tables_and_tensors_may_be_keys(tmp_path: Path) -> None:
    value = T7Table.of({"net": T7Object("nn.Tanh", 1, T7Table())})
    value[torch.ones(2)], value[T7Table.of([1.0])] = 3.0, "x"
    write_file(tmp_path / "keys.t7", value)
    html = lua_compat.view(tmp_path / "keys.t7").html
    found = {n[0]: n[2] for n in nodes_of(html)}
    assert found[" (key)"] == "table of 1"
    assert (found["[torch.FloatTensor]"], found["[table]"]) == ("3", '"x"')
    assert "Tanh" in Reader(html).texts["model1"]


def test_very_long_texts_are_cut_once_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lua_compat.save(tmp_path / "texts.t7", {"texts": ["a" * 5000, "b" * 5000, "c" * 5000]})
    monkeypatch.setattr(trees, "_ALL_TEXTS", 3000)
    texts = [n[2] for n in nodes_of(lua_compat.view(tmp_path / "texts.t7").html) if n[1] == "string"]
    assert [len(t) for t in texts] == [2000 + 17, 2000 + 17, 80 + 17]


def test_a_drawing_that_would_be_too_large_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 'class="graph"' in lua_compat.view(MODELS / "net_inception.t7").html
    monkeypatch.setattr(graphs, "_MOST", 9)
    html = lua_compat.view(MODELS / "net_inception.t7").html
    assert "A drawing would have 10 boxes and 11 edges, which is too much." in html
    assert 'class="graph"' not in html
    assert passed_layers([0, 1, 2, 3], [(0, 1), (0, 3), (1, 3)]) == 3


def test_a_model_too_deep_for_a_table_still_has_its_tree(tmp_path: Path) -> None:
    module = T7Object("nn.Tanh", 1, T7Table())
    for _ in range(2000):
        module = T7Object("nn.Sequential", 1, T7Table.of({"modules": T7Table.of([module])}))
    write_file(tmp_path / "deep.t7", module)
    html = lua_compat.view(tmp_path / "deep.t7").html
    assert "nested too deeply" in html
    assert sum(n[2] == "nn.Sequential" for n in nodes_of(html)) == 2000


def test_nan_and_infinity_are_counted(tmp_path: Path) -> None:
    x = torch.tensor([1.0, float("nan"), float("inf"), 2.0, -1.0])
    losses = [3.0, float("nan"), 1.0, float("inf"), 2.0]
    lua_compat.save(tmp_path / "nan.t7", {"x": x, "losses": losses, "none": torch.tensor([float("nan")])})
    html = lua_compat.view(tmp_path / "nan.t7").html
    assert '<td class="number bad" data-h="NaN">1</td><td class="number bad" data-h="Inf">1</td>' in html
    assert "nan" not in "".join(re.findall(r' d="([^"]*)"', html)).lower()
    assert "3 values from -1 to 2" in html


def test_graphs_that_stand_alone_are_drawn(tmp_path: Path) -> None:
    lua = lua_compat.Runtime()
    lua.execute(
        f"""
        require 'nngraph'
        local n = {{}}
        for i = 1, 4 do n[i] = graph.Node('node ' .. i) end
        local g = graph.Graph()
        for _, pair in ipairs{{{{1, 2}}, {{1, 3}}, {{2, 4}}, {{3, 4}}}} do
           g:add(graph.Edge(n[pair[1]], n[pair[2]]))
        end
        local x = nn.Identity()()
        local net = nn.gModule({{x}}, {{nn.Tanh()(nn.Linear(2, 3)(x))}})
        torch.save('{tmp_path}/graph.t7', {{g = g, net = net}})
        torch.save('{tmp_path}/nodes.t7', net.fg)
        """
    )
    found = Reader(lua_compat.view(tmp_path / "graph.t7").html)
    assert [s["id"] for s in found.named("section")] == ["model1", "graph1", "tensors", "tree"]
    drawn = found.texts["graph1"]
    assert all(f"node {i}" in drawn for i in range(1, 5))
    # The modules in the nodes are models of the file, at short places; the nodes themselves are none.
    found = Reader(lua_compat.view(tmp_path / "nodes.t7").html)
    told = {key: re.sub(r"\s+", " ", text).strip() for key, text in found.texts.items()}
    titles = [told[f"model{i}"].split(" ")[1] for i in range(1, 4)]
    assert sorted(titles) == ["Identity", "Linear", "Tanh"]
    assert all(re.match(r"nodes\[\d\]\.data\.module: ", told[f"model{i}"]) for i in range(1, 4))
    assert "Unknown" not in told["model1"]


def pixels(png: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_filters_are_drawn_each_from_black_to_white() -> None:
    layer = nn.Conv2d(1, 3, 2)
    weight = np.array([[0, 1, 2, 3], [-4, -3, -2, -1], [5, 5, 5, 5]], np.float32)
    layer.weight.data.copy_(torch.tensor(weight.reshape(3, 1, 2, 2).tolist()))
    made = first_filters(nn.Sequential(nn.Identity(), layer))
    assert made is not None
    assert (made.place, made.told, made.zoom) == ("1", "3 filters of 1x2x2", 12)
    grey, alpha = np.moveaxis(pixels(made.png), -1, 0)
    assert grey[:, :2].tolist() == [[0, 85], [170, 255]]
    assert grey[:, 3:5].tolist() == [[0, 85], [170, 255]]
    assert grey[:, 6:].tolist() == [[127, 127], [127, 127]]
    assert alpha.tolist() == [[255, 255, 0, 255, 255, 0, 255, 255]] * 2


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (nn.Linear(36, 4), None),
        (nn.Linear(64, 4), "the weights of 4 outputs, as pictures of 1x8x8"),
        (nn.Linear(192, 4), "the weights of 4 outputs, as pictures of 3x8x8"),
        (nn.Linear(100 + 1, 4), None),
        (nn.Sequential(nn.Embedding(5, 64), nn.Linear(64, 4)), None),
        (nn.Conv2d(3, 8, 3), "8 filters of 3x3x3"),
        (nn.Conv2d(5, 4, 3), "4 filters of 5x3x3, a picture for each plane"),
        (nn.Conv2d(3, 8, 1), None),
        (nn.Conv2d(3, 200, 3), "200 filters of 3x3x3; the first 144 of 200"),
        (nn.Tanh(), None),
    ],
)
def test_what_has_a_picture(module: nn.Module, told: str | None) -> None:
    made = first_filters(module)
    assert (None if made is None else made.told) == told


def test_every_edge_of_a_layout_leads_down_and_no_boxes_overlap() -> None:
    edges = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 5), (4, 5), (0, 5)]
    widths = [40.0, 120.0, 30.0, 60.0, 40.0, 40.0]
    made = laid_out(widths, edges, gap=10)
    assert made.layer == [0, 1, 1, 1, 2, 3]
    assert [len(way) for way in made.ways] == [made.layer[b] - made.layer[a] + 1 for a, b in edges]
    row = sorted((made.x[i], widths[i]) for i in (1, 2, 3))
    for (x, wide), (y, other) in pairwise(row):
        assert y - x >= (wide + other) / 2 + 10 - 1e-6
    assert min(x - w / 2 for x, w in zip(made.x, widths, strict=True)) >= 0
    assert sorted(layers_of(3, [(0, 1), (1, 2), (2, 0)])) == [0, 1, 2]


def test_writes_a_page_in_place_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "page.html"
    out.write_text("old")
    assert t7(["view", str(CHECKPOINT), "-o", str(out), "--input", "1x1x28x28"]) == 0
    assert out.read_text().startswith("<!DOCTYPE html>")
    assert "1x4x24x24" in out.read_text()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", str(out))

    kept = out.read_text()
    monkeypatch.setattr(os, "replace", full)
    assert t7(["view", str(CHECKPOINT), "-o", str(out)]) == 1
    assert out.read_text() == kept
    assert os.listdir(tmp_path) == ["page.html"]


def test_where_a_page_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.t7"
    lua_compat.save(path, nn.Linear(2, 2))
    kept = path.read_bytes()
    assert t7(["view", str(path), "-o", str(path)]) == 1
    assert capsys.readouterr().err == f"t7: output: {path} is the file that the page is about; choose another name\n"
    assert path.read_bytes() == kept
    assert t7(["view", str(path), "-o", str(tmp_path / "none" / "page.html")]) == 1
    assert capsys.readouterr().err == f"t7: {tmp_path / 'none'}: there is no such folder\n"
    assert t7(["view", str(path), "-o", str(tmp_path)]) == 1
    assert "Is a directory" in capsys.readouterr().err


def test_without_a_screen_it_says_where_the_page_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(pages.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(pages.webbrowser, "open", opened.append)
    monkeypatch.setattr(pages, "has_screen", lambda: False)
    assert t7(["view", str(CHECKPOINT)]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.parent == tmp_path
    assert path.name.startswith("checkpoint-")
    assert path.read_text(encoding="utf-8") == lua_compat.view(CHECKPOINT).html
    assert opened == []
    monkeypatch.setattr(pages, "has_screen", lambda: True)
    assert t7(["view", str(CHECKPOINT)]) == 0
    assert opened == [Path(capsys.readouterr().out.strip()).as_uri()]


@pytest.mark.parametrize("content", [b"", b"no such thing", b"\x89PNG\r\n\x1a\n", b"\x04\0\0\0\x01\0\0\0"])
def test_what_is_no_t7_file_is_told(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "x.t7", tmp_path / "x.html"
    path.write_bytes(content)
    assert t7(["view", str(path), "-o", str(out)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"t7: {path}: ")
    assert len(said.splitlines()) == 1
    assert not out.exists()
    with pytest.raises(T7Error):
        lua_compat.view(path)
    assert t7(["view", str(tmp_path / "none.t7")]) == 1
    assert "No such file" in capsys.readouterr().err


def test_a_value_in_memory_has_a_page_and_notebooks_show_it_in_a_frame() -> None:
    page = lua_compat.view({"net": nn.Linear(3, 2), "note": "<b>"})
    assert "Linear(in_features=3, out_features=2, bias=True)" in page.html
    ((tag, attrs),) = Reader(page._repr_html_()).elements
    assert tag == "iframe"
    assert attrs["srcdoc"] == page.html
    assert attrs["sandbox"] == "allow-scripts"
    assert repr(page).startswith("Page('Table', ") or repr(page).startswith("Page('dict', ")
