"""The parts of the translator: the parser, the rules, the constructors, the layout, the command."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.commands import t7
from lua_compat.errors import TranslateError
from lua_compat.guide.functions import GROUPS
from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import learned, modules, rules, translate, translate_file
from lua_compat.translate import nodes as n
from lua_compat.translate.fields import attribute
from lua_compat.translate.layout import WIDTH, lay_out
from lua_compat.translate.modules import Arg, CannotTellError, construct
from lua_compat.translate.parser import parse
from lua_compat.translate.python import Py
from lua_compat.translate.runtime import patterns
from pytorch_from_lua import nn

# -- the parser


@pytest.mark.parametrize(
    ("source", "line"),
    [("x = = 1", 1), ("local a = 1\nfor i = 1 do end", 2), ("if x then\ny = 1\n", 1), ("f(", 1), ("\nx = 7 // 2", 2)],
)
def test_a_syntax_error_names_the_file_and_the_line(source: str, line: int) -> None:
    with pytest.raises(TranslateError, match=rf"^net\.lua:{line}: "):
        parse(source, "net.lua")


def test_every_lua_file_here_is_parsed_with_all_its_comments() -> None:
    root = Path(__file__).parents[2]
    files = [*(root / "models").rglob("*.lua"), *(root / "tests" / "published").rglob("*.lua")]
    assert len(files) > 40
    for path in files:
        source = path.read_text(encoding="utf-8")
        block = parse(source, str(path))
        kept = [c for x in n.walk(block) for c in getattr(x, "comments", [])]
        behind = [x.trailing for x in n.walk(block) if getattr(x, "trailing", "")]
        assert len(kept) + len(behind) >= sum(1 for line in source.splitlines() if line.strip().startswith("--"))


def test_strings_and_numbers_have_their_values() -> None:
    block: Any = parse(r"""return "a\n\65\x41\"", [[
long]], [==[a]]b]==], 0x10, 1e3, .5, '\z
   x' """)
    values = [v.value for v in block.statements[0].values]
    assert values == ['a\nAA"', "long", "a]]b", 16, 1000.0, 0.5, "x"]


# -- rules and constructors


def test_no_rule_repeats_what_the_registry_knows() -> None:
    known = {(rule.name, rule.params) for rule in learned.rules()}
    own = [*rules._TENSORS, *rules._LUA]
    assert [rule.name for rule in own if (rule.name, rule.params) in known] == []


def test_most_pairs_of_single_calls_become_rules() -> None:
    calls = [row.lua for rows in GROUPS.values() for row in rows if row.lua.count("(") == 1]
    assert len(learned.rules()) > 0.6 * len(calls) > 20
    found = {rule.name: rule.python for rule in learned.rules()}
    assert found[":narrow"] == "{0}.narrow({1}, {2}, {3})"
    assert found["torch.randperm"] == "torch.randperm({0}) + 1"


def test_options_of_optimizers_come_from_the_registry() -> None:
    assert learned.optimizer_options()["sgd"] == (
        "SGD",
        {"learningRate": "lr", "momentum": "momentum", "nesterov": "nesterov", "weightDecay": "weight_decay"},
    )


def arguments(nodes: list[Any]) -> list[Arg]:
    """The arguments of a constructor in an example; others than constants cannot be told."""
    made = []
    for node in nodes:
        if isinstance(node, n.Number):
            made.append(Arg(node.text, None))
        elif isinstance(node, n.Unary) and isinstance(node.operand, n.Number):
            made.append(Arg(f"-{node.operand.text}", None))
        elif isinstance(node, n.Bool):
            made.append(Arg(str(node.value).lower(), None))
        else:
            raise CannotTellError("no constant")
    return made


def test_constructors_make_the_modules_of_the_registrys_examples() -> None:
    told = 0
    for name, spec in REGISTRY.items():
        for example in spec.examples:
            block: Any = parse(f"return {example.lua}")
            call = block.statements[0].values[0]
            if not isinstance(call, n.Call) or not isinstance(call.function, n.Index):
                continue
            try:
                made = construct(name, arguments(call.args), [], {}).code
            except CannotTellError:
                continue
            if re.search(r"Max\(\)|Min\(\)", example.lua):
                continue  # Torch7 finds the dimension from the input, and so does the module without one
            ours, theirs = (eval(text, {"nn": nn, "tensor": torch.tensor}) for text in (made, example.python))
            assert repr(ours).replace(".0", "") == repr(theirs).replace(".0", ""), example.lua
            told += 1
    assert told > 200


def test_variables_are_followed_into_the_constructor() -> None:
    def given(*names: str) -> list[Arg]:
        return [Arg(None, Py(name)) for name in names]

    conv = construct("nn.SpatialConvolution", given(*"ioabcdef"), [("noBias", [])], {})
    assert conv.code == "nn.Conv2d(i, o, (b, a), stride=(d, c), padding=(f, e), bias=False)"
    assert construct("nn.JoinTable", given("d"), [], {}).code == "nn.JoinTable(d - 1)"
    assert construct("nn.Dropout", given("p"), [], {}).code == "nn.Dropout(p)"
    assert (
        construct("nn.BCECriterion", [], [], {"sizeAverage": Arg("false", None)}).code == 'nn.BCELoss(reduction="sum")'
    )


def test_new_modules_draw_the_same_numbers_but_for_those_listed() -> None:
    lua = Runtime()
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        for name, spec in REGISTRY.items():
            example = spec.examples[0]
            if not spec.params or "tensor(" in example.python or "require" in example.lua:
                continue
            lua.execute("require 'nn'; torch.manualSeed(3)")
            theirs = lua.to_python(lua.execute(f"return {example.lua}"))
            torch.manual_seed(3)
            ours = eval(example.python, {"nn": nn, "torch": torch})
            pairs = list(zip(ours.parameters(), theirs.parameters(), strict=True))
            same = all((a.detach() == b.detach()).all().item() for a, b in pairs)
            assert same == (name not in modules.DRAWN), name
    finally:
        torch.set_default_dtype(before)


def test_fields_of_modules_are_found() -> None:
    assert attribute("nn.SpatialConvolution", "kW") == ("{}.kernel_size[1]", True)
    assert attribute("nn.SpatialConvolution", "nOutputPlane") == ("{}.out_channels", True)
    assert attribute("nn.SpatialConvolution", "nothing") is None


def test_patterns_of_lua_become_regular_expressions() -> None:
    assert patterns.to_regex("^%s*(%w+)%-[^%d]") == r"^[ \t\n\r\f\v]*([A-Za-z0-9]+)\-[^0-9]"
    assert patterns.to_regex("%b()") is None
    assert patterns.captures("(%a)(%d)%(") == 2


# -- the text


def test_long_statements_are_opened_at_their_brackets() -> None:
    lines = lay_out("x = f(" + ", ".join([f"argument_{i}" for i in range(20)]) + ")", 4)
    assert lines[0] == "    x = f("
    assert lines[-1] == "    )"
    assert max(map(len, lines)) <= WIDTH


def test_what_is_not_sure_is_marked_and_listed() -> None:
    made = translate("local x = 1\nprint(unknown_thing(x))\n", "net.lua")
    assert [(u.file, u.line) for u in made.unsure] == [("net.lua", 2)]
    assert "unknown_thing" in made.unsure[0].reason
    assert "# unsure: " in made.text
    assert str(made.unsure[0]).startswith("net.lua:2: ")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("require 'hdf5'", "hdf5"),
        ("local t = setmetatable({}, {})", "metatable"),
        ("goto out\n::out::", "goto"),
        ("local t = {b = 1}; for k in pairs(t) do print(k) end", "order"),
        ("print(nn.NoSuchLayer(3))", "nn.NoSuchLayer"),
        ("print(torch.nosuch(3))", "torch.nosuch"),
    ],
)
def test_doubts(source: str, reason: str) -> None:
    assert any(reason in u.reason for u in translate(source).unsure)


def test_training_code_reads_as_a_person_would_write_it() -> None:
    source = """
require 'nn'
-- A net.
local net = nn.Sequential()
net:add(nn.Linear(4, 3)) -- the first
net:add(nn.Dropout(0.3)):add(nn.LogSoftMax())
for i, layer in ipairs(net.modules) do print(i) end
"""
    assert translate(source).text.endswith("""
# A net.
net = nn.Sequential(
    nn.Linear(4, 3),  # the first
    nn.Dropout(0.3),
    nn.LogSoftmax(),
)
for i, layer in enumerate(list(net.children()), 1):
    print(i)
""")


def test_a_class_says_where_its_gradients_come_from() -> None:
    source = "local Half, parent = torch.class('nn.Half', 'nn.Module')\nfunction Half:updateOutput(x) return x / 2 end"
    assert 'class Half(lua.Module, torch7="nn.Half"):\n' in translate(source).text
    more = source + "\nfunction Half:updateGradInput(x, g) return g / 2 end"
    assert 'torch7="nn.Half"):  # its gradients are what updateGradInput says\n' in translate(more).text


# -- the command


def test_the_command_prints_or_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "main.lua").write_text("local m = dofile 'inner/m.lua'\nprint(m.twice(4), nothing)\n")
    (tmp_path / "inner" / "m.lua").write_text("local M = {}\nfunction M.twice(x) return 2 * x end\nreturn M\n")
    assert t7(["translate", str(tmp_path / "main.lua")]) == 0
    shown = capsys.readouterr()
    assert "from inner import m" in shown.out
    assert "main.lua:2: the global nothing" in shown.err
    assert t7(["translate", str(tmp_path / "main.lua"), "-o", str(tmp_path / "out" / "main.py")]) == 0
    assert (tmp_path / "out" / "main.py").read_text() == shown.out
    assert "def twice(x):" in (tmp_path / "out" / "inner" / "m.py").read_text()
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["inner", "main.py"]


def test_the_command_does_not_write_over_what_it_did_not_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.lua").write_text("print(1)\n")
    (tmp_path / "a.py").write_text("mine\n")
    assert t7(["translate", str(tmp_path / "a.lua"), "-o", str(tmp_path / "a.py")]) == 1
    assert "it is not written over" in capsys.readouterr().err
    assert (tmp_path / "a.py").read_text() == "mine\n"


def test_the_command_says_where_a_script_is_no_lua(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.lua"
    path.write_text("local x = 1\nx = = 2\n")
    assert t7(["translate", str(path)]) == 1
    assert f"{path}:2: syntax error" in capsys.readouterr().err
    with pytest.raises(TranslateError, match="cannot be read"):
        translate_file(tmp_path / "none.lua")


def test_translating_leaves_the_random_stream_and_the_default_type() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(1).item()
    torch.manual_seed(5)
    kind = torch.get_default_dtype()
    translate("require 'nn'\nlocal net = nn.Sequential():add(nn.Linear(3, 4)):add(nn.LookupTable(5, 2))")
    assert torch.rand(1).item() == wanted
    assert torch.get_default_dtype() is kind
    assert "lua_compat.translate" in sys.modules
