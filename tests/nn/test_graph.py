"""nn.Graph: order, gradients and sharing; what it refuses; the way to nn.gModule and back."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat import Runtime, t7
from lua_compat.errors import MappingError
from lua_compat.mapping import to_python, to_torch7
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn.protocol import tree_leaves
from tests.corpus import ROOT

FILES = ["net_lstm_cell_gModule", "net_char_rnn_gModule"]


def cell(inputs: int, size: int) -> nn.Graph:
    """A cell with long short-term memory: x, c and h in, the next c and h out."""
    x, c, h = nn.Node(name="x"), nn.Node(name="c"), nn.Node(name="h")
    sums = nn.Node(nn.CAddTable(), x >> nn.Linear(inputs, 4 * size), h >> nn.Linear(size, 4 * size))
    i, f, o, g = (sums >> nn.Reshape(4, size) >> nn.SplitTable(1)).split(4)
    kept = nn.Node(nn.CMulTable(), f >> nn.Sigmoid(), c)
    new = nn.Node(nn.CAddTable(), kept, nn.Node(nn.CMulTable(), i >> nn.Sigmoid(), g >> nn.Tanh()), name="next c")
    return nn.Graph([x, c, h], [new, nn.Node(nn.CMulTable(), o >> nn.Sigmoid(), new >> nn.Tanh())])


def by_hand(net: nn.Graph, x: Any, c: Any, h: Any) -> tuple[Any, Any]:
    """The same out of the cell's formula."""
    i, f, o, g = (
        sum(m(v) for m, v in zip(net.findModules(nn.Linear), (x, h), strict=True)).view(-1, 4, c.shape[1]).unbind(1)
    )
    new = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return new, o.sigmoid() * new.tanh()


def test_a_cell_gives_what_its_formula_gives() -> None:
    net = cell(3, 4)
    x, c, h = torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 4)
    for given in [(x, c, h), ([x, c, h],)]:
        for got, want in zip(net(*given), by_hand(net, x, c, h), strict=True):
            np.testing.assert_allclose(got.detach().array, want.detach().array, rtol=1e-6)
    got = torch.autograd.grad([net(x, c, h)[1].sum()], list(net.parameters()))
    want = torch.autograd.grad([by_hand(net, x, c, h)[1].sum()], list(net.parameters()))
    for ours, theirs in zip(got, want, strict=True):
        np.testing.assert_allclose(ours.array, theirs.array, rtol=1e-5, atol=1e-7)


def test_text_shows_where_values_come_from() -> None:
    text = repr(cell(3, 4))
    assert text.startswith("Graph(\n  inputs: x, c, h\n  (0): Linear(in_features=3, out_features=16, bias=True) <- x\n")
    assert "  (4): SplitTable(dim=1) <- (3)\n  (5): Sigmoid() <- (4)[1]\n  (6): CMulTable() <- (5), c\n" in text
    assert "(10) next c: CAddTable() <- (6), (9)" in text
    assert text.endswith("  outputs: (10), (13)\n)")
    outer = nn.Graph(a := nn.Node(), nn.Node(nn.Graph(b := nn.Node(), b >> nn.Tanh()), a))
    assert (
        "  (0): Graph(\n    inputs: input[0]\n    (0): Tanh() <- input[0]\n    outputs: (0)\n  ) <- input[0]"
        in repr(outer)
    )


def test_modules_are_named_in_the_order_of_the_pass() -> None:
    net = cell(3, 4)
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    net.get_submodule("0").weight.array[...] = 0
    assert next(net.parameters()).sum().item() == 0


def test_one_module_at_two_places_is_one_module() -> None:
    shared = nn.Linear(3, 2)
    net = nn.Graph([a := nn.Node(), b := nn.Node()], nn.Node(nn.CAddTable(), a >> shared, b >> shared))
    x, y = torch.ones(4, 3), torch.full((4, 3), 2.0)
    net(x, y).sum().backward()
    assert len(list(net.parameters())) == 2
    np.testing.assert_array_equal(shared.weight.grad.array, np.full((2, 3), 12.0))
    np.testing.assert_array_equal(shared.bias.grad.array, [8.0, 8.0])


def test_a_value_may_be_an_input_and_an_output_and_a_list() -> None:
    a, b = nn.Node(), nn.Node()
    net = nn.Graph([a, b], [a, nn.Node(None, a, b), b >> nn.Tanh()])
    x, y = torch.ones(2), torch.zeros(2)
    first, both, last = net(x, y)
    assert first is x
    assert both == [x, y]
    assert last.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net)), lambda net: net.clone()])
def test_copies_are_of_their_own(again: Callable[[Any], Any]) -> None:
    net = cell(3, 4)
    other = again(net)
    given = [torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 4)]
    np.testing.assert_array_equal(other(given)[1].detach().array, net(given)[1].detach().array)
    next(other.parameters()).array[...] = 0
    assert next(net.parameters()).array.any()


def test_deep_nets_need_no_recursion(tmp_path: Path) -> None:
    node = start = nn.Node()
    for _ in range(3000):
        node = node >> nn.AddConstant(1)
    net = nn.Graph(start, node)
    assert net(torch.zeros(1)).item() == 3000
    lua_compat.save(tmp_path / "deep.t7", net)
    assert lua_compat.load(tmp_path / "deep.t7")(torch.zeros(1)).item() == 3000


def test_the_protocol_of_torch7() -> None:
    net = cell(3, 4)
    given = [torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 4)]
    net.updateOutput(given)
    gradients = net.backward(given, [torch.ones(2, 4), torch.ones(2, 4)])
    assert [g.shape for g in gradients] == [(2, 3), (2, 4), (2, 4)]
    assert all(p.grad.array.any() for p in net.parameters())


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda a, b: nn.Node(nn.Tanh), "module: a Node needs a module or None, got type"),
        (lambda a, b: nn.Node(nn.Tanh(), a, torch.ones(2)), "inputs: a Node needs nodes, got Tensor at place 1"),
        (lambda a, b: nn.Graph([a, b], a >> nn.Tanh()), r"inputs: Node\(None\) at place 1 is not used by any output"),
        (lambda a, b: nn.Graph([a, a], a), "inputs: Graph needs different nodes"),
        (lambda a, b: nn.Graph([b >> nn.Tanh()], b), r"inputs: Node\(Tanh\(\), <1 node>\) at place 0 has inputs"),
        (lambda a, b: nn.Graph(a, nn.Node(nn.CAddTable(), a, b)), r"outputs: need Node\(None\), which has no inputs"),
        (lambda a, b: nn.Graph(a, nn.Tanh()), "outputs: Graph needs a Node or a list of nodes, got Tanh"),
        (lambda a, b: nn.Graph([], a), "inputs: Graph needs a Node or a list of nodes, got \\[\\]"),
        (lambda a, b: a.split(0), "count: split needs a number from 1, got 0"),
        (lambda a, b: list(a), r"a Node is no list: split\(count\)"),
        (lambda a, b: nn.Graph([a, b], nn.Node(None, a, b))(torch.ones(1)), "inputs: Graph needs 2, got 1"),
        (lambda a, b: nn.Graph(a, a >> nn.Tanh())(torch.ones(1), torch.ones(1)), "inputs: Graph needs 1, got 2"),
        (lambda a, b: nn.Graph(a, a.split(2))([torch.ones(1)]), "split: needs a list of 2, got a list of 1"),
        (lambda a, b: nn.Graph(a, a.split(2))(torch.ones(2)), "split: needs a list of 2, got Tensor"),
    ],
)
def test_what_is_refused(build: Callable[[nn.Node, nn.Node], Any], words: str) -> None:
    with pytest.raises(ModuleError, match=words):
        build(nn.Node(), nn.Node())


def test_an_error_names_the_place() -> None:
    net = nn.Graph(a := nn.Node(), a >> nn.Linear(3, 2) >> nn.Tanh())
    with pytest.raises(ShapeError) as failed:
        net(torch.ones(2, 4))
    assert "Linear" in "".join([str(failed.value), *getattr(failed.value, "__notes__", [])])


# -- to Torch7 and back -----------------------------------------------------------------------------------------------


def shape(graph: Any) -> list[Any]:
    """What nngraph keeps about a graph: its nodes, with where values come from and go, and the edges both ways."""
    fields = graph.contents

    def node(it: Any) -> tuple[Any, ...]:
        data, module = it.contents["data"], it.contents["data"].get("module")
        return (
            it.contents["id"],
            data["forwardNodeId"],
            None if module is None else module.class_name,
            [source["forwardNodeId"] for source in data["mapindex"].to_list()],
            [data["mapindex"][source] for source in data["mapindex"].to_list()],
            [child.contents["id"] for child in it.contents["children"].to_list()],
            sorted(user.contents["id"] for user in data["reverseMap"].keys()),  # noqa: SIM118 - a table of Lua's
            data.get("selectindex"),
            data.get("nSplitOutputs"),
            data["annotations"].get("name"),
        )

    def ends(name: str) -> list[tuple[float, float]]:
        edges = fields[name].contents["edges"].to_list()
        return [(e.contents["from"].contents["id"], e.contents["to"].contents["id"]) for e in edges]

    forward = fields["forwardnodes"].to_list()
    assert fields["innode"] is forward[0]
    assert fields["outnode"].contents["data"] is forward[-1].contents["data"]
    assert [module for n in forward if (module := n.contents["data"].get("module"))] == fields["modules"].to_list()
    names = sorted(str(key) for key in fields)
    return [
        *map(node, forward),
        *map(node, fields["backwardnodes"].to_list()),
        ends("fg"),
        ends("bg"),
        fields["nInputs"],
        names,
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_graph_goes_back_as_the_graph_that_it_was(name: str) -> None:
    raw = t7.read_file(ROOT / "models" / f"{name}.t7")["module"]
    again = to_torch7(to_python(raw))
    assert shape(again) == shape(raw)


@pytest.mark.parametrize("word", ["float64", "float32"])
def test_lua_runs_what_python_built(word: str, tmp_path: Path) -> None:
    net = cell(3, 4).to(word)
    given = [torch.randn(2, 3).to(word), torch.randn(2, 4).to(word), torch.randn(2, 4).to(word)]
    target = [torch.ones(2, 4).to(word), torch.ones(2, 4).to(word)]
    output = net.updateOutput(given)
    gradient = net.backward(given, target)
    lua_compat.save(tmp_path / "net.t7", {"net": net, "input": given, "target": target})
    lua = Runtime()
    got = lua.to_python(
        lua.execute(
            """local saved = torch.load((...))
               saved.net:zeroGradParameters()
               local y = saved.net:forward(saved.input)
               local g = saved.net:backward(saved.input, saved.target)
               local copy = saved.net:clone():forward(saved.input)
               local names = {}
               for _, node in ipairs(saved.net.forwardnodes) do names[#names + 1] = node.data.annotations.name end
               return {y, g, copy, select(2, saved.net:parameters()), names, saved.net.modules[3]:type()}""",
            str(tmp_path / "net.t7"),
        )
    )
    want = [output, gradient, output, [p.grad for p in net.parameters()]]
    for ours, theirs in zip(tree_leaves(got[:4]), tree_leaves(want), strict=True):
        np.testing.assert_allclose(ours.array, theirs.array, rtol=1e-5, atol=1e-6)
    assert got[4] == ["next c"]
    assert got[5] == {"float64": "torch.DoubleTensor", "float32": "torch.FloatTensor"}[word]


def test_clones_that_share_parameters_go_on_sharing() -> None:
    lua = Runtime()
    lua.execute("""
        require 'nngraph'
        local a = nn.Identity()()
        local one = nn.gModule({a}, {nn.Tanh()(nn.Linear(3, 3)(a))})
        local b = nn.Identity()()
        both = nn.gModule({b}, {one:clone('weight', 'bias', 'gradWeight', 'gradBias')(one(b))})
    """)
    net = lua.to_python(lua.globals.both)
    assert len(list(net.parameters())) == 2
    first, second = net.findModules(nn.Linear)
    assert first.weight is second.weight
    back = lua.call(lua.eval("function(net) return net:getParameters():nElement() end"), lua.to_lua(net))
    assert back == 12
    with torch.no_grad():
        first.weight.fill_(0.5)
        first.bias.fill_(0)
    x = torch.ones(1, 3).double()
    want = lua.call(lua.eval("function(net, x) return net:forward(x) end"), lua.globals.both, x)
    np.testing.assert_allclose(net(x).detach().array, want.array)


def test_notes_are_kept() -> None:
    node = nn.Node(nn.Tanh(), a := nn.Node(), name="squash")
    node.notes.update(description="between -1 and 1", graphAttributes={"color": "blue"}, sizes=[1, 2])
    again = to_python(to_torch7(nn.Graph(a, node)))
    step = again.steps[-1]
    assert step.name == "squash"
    assert {k: v for k, v in step.notes.items() if k != "_debugLabel"} == node.notes


def broken(change: Callable[[T7Table], None]) -> T7Object:
    """A graph as a file holds it, with something wrong in it."""
    a = nn.Node()
    raw = to_torch7(nn.Graph(a, nn.Node(nn.Sequential(nn.Tanh()), *a.split(2)[1:])))
    change(raw.contents)
    return raw


def data_at(fields: T7Table, place: int) -> T7Table:
    return fields["forwardnodes"].to_list()[place].contents["data"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda fields: fields.__setitem__("innode", None), "innode needs to be a node"),
        (lambda fields: fields.__setitem__("outnode", 3.0), "outnode needs to be a node"),
        (lambda fields: data_at(fields, 2).__setitem__("selectindex", 3.0), "element 3 of 2"),
        (lambda fields: data_at(fields, 2).__setitem__("selectindex", 0.0), "element 0 of 2"),
        (lambda fields: data_at(fields, 3)["mapindex"].__setitem__(1, "x"), "mapindex"),
        (lambda fields: fields.__setitem__("nInputs", "two"), "nInputs needs to be a number"),
    ],
)
def test_files_with_something_wrong(change: Callable[[T7Table], None], words: str) -> None:
    with pytest.raises(MappingError, match=words):
        to_python(broken(change))


def of_an_older_version(raw: T7Object) -> T7Object:
    """The graph without what later versions of nngraph added."""
    for data in [node.contents["data"] for node in raw.contents["forwardnodes"].to_list()]:
        data.fill(
            [x for k, v in data.items() if k not in ("nSplitOutputs", "annotations", "reverseMap") for x in (k, v)]
        )
    later = ("nInputs", "forwardnodes", "backwardnodes", "modules")
    return T7Object("nn.gModule", 1, T7Table.of({k: v for k, v in raw.contents.items() if k not in later}))


@pytest.mark.parametrize("language", ["Python", "Lua"])
@pytest.mark.parametrize("inputs", [1, 2])
def test_files_of_older_versions(inputs: int, language: str, tmp_path: Path) -> None:
    nodes = [nn.Node() for _ in range(inputs)]
    joined = nodes[0] if inputs == 1 else nn.Node(nn.CAddTable(), *nodes)
    a, b = (joined >> nn.Linear(3, 4) >> nn.SplitTable(1)).split(4)[1:3]
    net = nn.Graph(nodes, nn.Node(nn.CMulTable(), a, b >> nn.Tanh())).double()
    given = [torch.randn(2, 3).double() for _ in nodes]
    output = net.updateOutput(given if inputs > 1 else given[0])
    gradient = net.backward(net._trace[0], torch.ones(2).double())
    t7.write_file(tmp_path / "old.t7", of_an_older_version(to_torch7(net)))
    if language == "Python":
        again = lua_compat.load(tmp_path / "old.t7")
        assert again.num_inputs == inputs
        got = [again.updateOutput(net._trace[0]), again.backward(again._trace[0], torch.ones(2).double())]
    else:
        lua = Runtime()
        got = lua.to_python(
            lua.call(
                lua.execute(
                    """return function(path, x, y)
                          local net, input = torch.load(path), y and {x, y} or x
                          local output = net:forward(input):clone()
                          assert(#net.modules > 3 and tostring(net.fg.nodes[1]:label()))
                          return {output, net:backward(input, torch.ones(2))}
                       end"""
                ),
                str(tmp_path / "old.t7"),
                *given,
            )
        )
    for ours, theirs in zip(tree_leaves(got), tree_leaves([output, gradient]), strict=True):
        np.testing.assert_allclose(ours.array, theirs.array, rtol=1e-12)


def test_a_drawing_follows_the_nodes() -> None:
    net = cell(3, 4)
    text = nn.to_dot(net, [(2, 3), (2, 4), (2, 4)])
    inputs = [line for line in text.splitlines() if "input" in line]
    assert len(inputs) == 3
    assert text.count(" -> ") == sum(len(s.sources) for s in net.steps if s.module is not None) + len(net.outputs)
    assert nn.to_dot(net).count(" -> ") == text.count(" -> ")


# -- editing -----------------------------------------------------------------------------------------------------------


def small() -> nn.Graph:
    """Two layers in a row and a branch around the second."""
    x = nn.Node(name="x")
    hidden = nn.Node(nn.Linear(3, 4), x, name="hidden")
    return nn.Graph(x, nn.Node(nn.JoinTable(1), hidden, nn.Node(nn.Tanh(), hidden, name="bent")))


def test_a_loaded_language_model_is_edited_tuned_saved_and_run_in_lua(tmp_path: Path) -> None:
    record = lua_compat.load(ROOT / "models" / "net_char_rnn_gModule.t7")
    net, given = record["module"].eval(), record["input"]
    of_lua, given = given, [given[0].long() - 1, *given[1:]]  # the words count from 1 in Lua
    before = [value.clone() for value in net(*given)]
    decoder = net.find(6)
    assert isinstance(net.replace(6, nn.Linear(4, 9).double()), nn.Linear)
    net.rename(6, "labels")
    net.insert("labels", nn.MulConstant(0.5), name="cooler")
    assert (net.find("labels"), net.find("cooler")) == (decoder, decoder + 1)
    state, labels = net(*given)[:2], torch.arange(len(given[0])) % 9
    for got, want in zip(state, before, strict=False):
        np.testing.assert_allclose(got.detach().array, want.detach().array, rtol=1e-12)

    head = net["labels"]
    assert len({id(p) for p in net.parameters()} & {id(p) for p in head.parameters()}) == 2
    optimizer, losses = torch.optim.Adam(net.parameters(), lr=0.05), []
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.nll_loss(net(*given)[2], labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert "labels: Linear(in_features=4, out_features=9, bias=True)" in repr(net)

    lua_compat.save(tmp_path / "tuned.t7", net)
    lua = Runtime()
    want = [value.detach() for value in net(*given)]
    output, names, back = lua.to_python(
        lua.execute(
            """local path, x, c, h = ...
               local net = torch.load(path)
               net:evaluate()
               local output, names = net:forward{x, c, h}, {}
               for _, node in ipairs(net.forwardnodes) do names[#names + 1] = node.data.annotations.name end
               local gradients = net:backward({x, c, h}, {c, h, output[3]})
               return {output, names, gradients[3]}""",
            str(tmp_path / "tuned.t7"),
            *of_lua,
        )
    )
    for got, expected in zip(output, want, strict=True):
        np.testing.assert_allclose(got.array, expected.array, rtol=1e-12)
    assert names == ["labels", "cooler"]
    assert back.shape == given[2].shape
    again = lua.to_python(lua.to_lua(net))(*given)
    np.testing.assert_allclose(again[2].detach().array, want[2].array, rtol=1e-12)


def test_what_is_inserted_stands_before_all_that_took_the_value() -> None:
    net, x = small(), torch.randn(2, 3)
    hidden = net["hidden"](x)
    net.insert("hidden", nn.MulConstant(2.0), name="twice")
    want = torch.cat([2 * hidden, (2 * hidden).tanh()], 1)
    np.testing.assert_allclose(net(x).detach().array, want.detach().array, rtol=1e-6)
    assert list(net._modules) == ["0", "1", "2", "3"]
    assert isinstance(net.delete("twice"), nn.MulConstant)
    want = torch.cat([hidden, hidden.tanh()], 1)
    np.testing.assert_allclose(net(x).detach().array, want.detach().array, rtol=1e-6)
    net.insert("x", nn.MulConstant(0.0))
    assert not (net(x) - net(torch.zeros(2, 3))).detach().array.any()


def test_outputs_are_chosen_and_what_nothing_needs_goes() -> None:
    net, x = small(), torch.randn(2, 3)
    hidden = net["hidden"](x)
    net.set_outputs("bent", "hidden")
    for got, want in zip(net(x), (hidden.tanh(), hidden), strict=True):
        np.testing.assert_array_equal(got.detach().array, want.detach().array)
    assert [type(module) for module in net._modules.values()] == [nn.Linear, nn.Tanh]
    net.set_outputs("hidden")
    assert len(net.steps) == 2


def test_a_shared_module_is_found_by_its_number_and_stays_shared() -> None:
    x, layer = nn.Node(), nn.Linear(3, 3)
    net = nn.Graph(x, x >> layer >> layer)
    net.insert(0, nn.Tanh())
    assert net[0] is net[2] is layer
    assert len(list(net.parameters())) == 2
    with pytest.raises(ModuleError, match="fits 2 nodes"):
        net.find(layer)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda net: net.find("nothing"), ["'nothing'", "0 nodes", "'hidden'"]),
        (lambda net: net.replace(7, nn.Tanh()), ["7", "of 3"]),
        (lambda net: net.replace("hidden", 3), ["module", "int"]),
        (lambda net: net.replace("x", nn.Tanh()), ["'x'", "input"]),
        (lambda net: net.insert("hidden", None), ["module", "NoneType"]),
        (lambda net: net.delete(2), ["2 inputs"]),
        (lambda net: net.delete("x"), ["0 inputs"]),
        (lambda net: net.set_outputs(), ["where"]),
        (lambda net: net.rename("nobody", "x"), ["'nobody'"]),
    ],
)
def test_edits_that_are_refused_change_nothing(edit: Callable[[nn.Graph], Any], words: list[str]) -> None:
    net = small()
    before, modules = repr(net), dict(net._modules)
    with pytest.raises(ModuleError) as refused:
        edit(net)
    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert repr(net) == before
    assert net._modules == modules
