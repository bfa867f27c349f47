"""Lua in the cells of a notebook, in a real kernel."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from tests.notebook.conftest import Kernel


def pictures(outputs: list[Any]) -> list[Any]:
    """The pictures among outputs, as arrays (H, W, 3)."""
    found = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")) for data in found]


def test_the_last_value_is_shown_as_torch_prints_it(kernel: Kernel) -> None:
    assert kernel.text("%%lua\nprint 'first'\nx = torch.range(1, 2)\nx") == (
        "first\n 1\n 2\n[torch.DoubleTensor of size 2]\n\n"
    )
    assert kernel.text("%%lua\nlocal net = nn ~= nil\n'text', x:sum(),\n   {1}") == "text\n3\n{\n  1 : 1\n}\n"


def test_what_is_no_value_is_not_shown(kernel: Kernel) -> None:
    for code in (
        "x = 1\nx;",
        "x = 1",
        "x = 1\n-- x",
        "require 'nn'",
        "x = 2\nrequire('nn')",
        "for i = 1, 2 do\nend",
        " \n ",
    ):
        assert kernel.text(f"%%lua\n{code}") == "", code


def test_a_line_goes_on_where_lua_says_so(kernel: Kernel) -> None:
    assert kernel.text("%%lua\nfunction f(x) print('f', x) end\nf\n'text'") == "f\ttext\n"  # a call, not two values
    assert kernel.text("%%lua\nf(1)\n(2 + 3) * 4") == "f\t1\n20\n"  # Lua alone would find this ambiguous
    assert kernel.text("%%lua\nx = 5\n- 2\nx") == "3\n"
    assert kernel.text("%%lua\nrequire 'nn'\nnn.Sequential()\n   :add(nn.Tanh()):size()") == "1\n"


def test_a_line_gives_python_its_value(kernel: Kernel) -> None:
    assert kernel.text("x = %lua torch.Tensor{1, 2}\nx") == "tensor([1., 2.], dtype=float64)"
    assert kernel.text("%lua 1 + 1, {a = 'b'}") == "(2, {'a': 'b'})"
    assert kernel.text("%lua y = 4") == ""
    assert kernel.text("%lua y") == "4"


def test_variables_go_in_and_out_and_tensors_are_shared(kernel: Kernel) -> None:
    kernel.text("a, n, words = torch.zeros(2, 2), 3, ['b', {'c': True}]")
    magic = "%%lua -i a,n -i words -o row -o net,answer"
    code = "a:fill(n)\nrow = a[1]\nrequire 'nn'\nnet = nn.Linear(2, 1)\nanswer = words"
    assert kernel.text(f"{magic}\n{code}") == ""
    assert kernel.text("row.zero_(); answer, a") == ("(['b', {'c': True}],\n tensor([[0., 0.],\n         [3., 3.]]))")
    kernel.text("with torch.no_grad():\n    net.weight.fill_(0.5); net.bias.fill_(1)")
    assert kernel.text("%lua net:forward(torch.ones(2)):squeeze()") == "2"
    assert kernel.text("%%lua -i net\nnet.bias:squeeze(), torch.type(net)") == "1\nnn.Linear\n"


def test_wrong_arguments_are_told_in_one_line(kernel: Kernel) -> None:
    rows = {
        "%%lua -i nothing\n1": "%%lua -i nothing: Python has no variable of that name",
        "%%lua -o nothing\nlocal nothing = 1": (
            "%%lua -o nothing: Lua has no global of that name; a local ends with its cell"
        ),
        "%%lua -q\n1": "%%lua: -q: allowed are -i NAME and -o NAME; the code begins on the next line",
        "%%lua -i 2x\n1": "%%lua -i: needs the name of a variable, got '2x'",
        "%%lua -o\n1": "%%lua -o: needs the name of a variable, got ''",
        "%%lua -i 'x\n1": "ValueError: No closing quotation",
        "%lua_reset --cuda": "%lua_reset: --cuda: allowed are --cuda=cpu and --no-bytecode",
    }
    assert {code: kernel.error(code) for code in rows} == {code: [line] for code, line in rows.items()}


def test_errors_show_lines_of_lua(kernel: Kernel) -> None:
    kernel.text("%%lua\nfunction deep(t)\n   local a = 1\n   return t.x.y\nend")
    lines = kernel.error("%%lua\nlocal a = 1\ndeep({})\nlocal b = 2")
    first = lines[0].split(":")
    assert lines[0] == f"LuaError: {first[1].strip()}:3: attempt to index field 'x' (a nil value)"
    assert lines[1:5] == [
        "      1 | function deep(t)",
        "      2 |    local a = 1",
        "-->   3 |    return t.x.y",
        "      4 | end",
    ]
    assert lines[5] == "stack traceback:"
    assert lines[6].endswith(":3: in function 'deep'")
    assert len(lines) == 8
    assert lines[7].split(":")[1] == "2"
    assert kernel.error("%%lua\nx = 1\nx = = 2")[0].endswith(":2: unexpected symbol near '='")
    lines = kernel.error("%%lua\ntorch.zeros(3):add(torch.zeros(4))")
    assert "add: inconsistent tensor size: 3, the second tensor has 4" in lines[0]
    assert "the Python calls behind it:" not in lines


def test_a_mistake_of_python_code_shows_its_calls(kernel: Kernel) -> None:
    kernel.text("def wrong():\n    return {}['key']")
    lines = kernel.error("%%lua -i wrong\nwrong()")
    assert lines[0].endswith("KeyError: 'key'")
    assert "the Python calls behind it:" in lines
    assert lines[-1] == "KeyError: 'key'"


def test_all_ways_of_printing_arrive_in_order(kernel: Kernel) -> None:
    code = """%%lua
io.write('a', 1, ' '); io.write('b ')
io.stdout:write('\\195'); io.stdout:write('\\164\\n')
print_old('old', nil)
setprintlevel(0); print(2, 3); setprintlevel(5)
local file = io.open('written.txt', 'w'); io.output(file); io.write('in the file'); io.close(); io.output(io.stdout)
print(io.open('written.txt'):read('*a'))"""
    assert kernel.text(code) == "a1 b ä\nold\tnil\n2\t3\nin the file\n"
    (output,) = kernel("%%lua\nio.stderr:write('wrong\\n');")
    assert (output["name"], output["text"]) == ("stderr", "wrong\n")
    assert "bad argument #1 to 'write'" in kernel.error("%%lua\nio.write({})")[0]


def test_an_interrupt_stops_a_loop_and_keeps_what_was_there(kernel: Kernel) -> None:
    kernel.text("%lua kept = 7")
    for loop in ("while true do end", "local n = 0\nrepeat n = n + 1 until n < 0"):
        outputs = kernel.interrupt_after(f"%%lua\nprint 'begun'\n{loop}", "begun")
        assert outputs[-1]["traceback"] == ["KeyboardInterrupt: the Lua code was interrupted"]
    assert kernel.text("%lua kept") == "7"


def test_pictures_are_below_the_cell(kernel: Kernel) -> None:
    code = "%%lua\nrequire 'image'\nprint 'before'\nimage.display {image = torch.eye(2), zoom = 4};\nprint 'after'"
    before, shown, after = kernel(code)
    assert (before["text"], after["text"]) == ("before\n", "after\n")
    (picture,) = pictures([shown])
    assert picture.shape == (8, 8, 3)
    assert picture[:, :, 0].tolist() == (np.kron(np.eye(2), np.ones((4, 4))) * 255).tolist()
    (picture,) = pictures(kernel("import lua_compat\nlua_compat.show(torch.eye(2), zoom=1)"))
    assert picture[:, :, 1].tolist() == [[255, 0], [0, 255]]


def test_plots_are_below_the_cell_when_it_ends(kernel: Kernel) -> None:
    plot = "require 'gnuplot'\ngnuplot.figure(1)\ngnuplot.plot(torch.range(1, 5))\ngnuplot.title 'a title'\nprint 'end'"
    text, shown = kernel(f"%%lua\n{plot}")
    assert text["text"] == "end\n"
    (first,) = pictures([shown])
    assert first.shape == (480, 640, 3)
    assert kernel("1") != []
    assert pictures(kernel("1")) == []  # once
    two = pictures(kernel("%%lua\ngnuplot.plot(torch.ones(3))\ngnuplot.figure(2)\ngnuplot.hist(torch.randn(9));"))
    assert len(two) == 2
    assert (two[0] != first).any()
    assert len(pictures(kernel("lua_compat.plot_losses([3, 2, 1])"))) == 1
    log = "require 'optim'\nlogger = optim.Logger('train.log')\nfor i = 1, 3 do logger:add{loss = 1 / i} end"
    assert len(pictures(kernel(f"%%lua\n{log}\nlogger:plot()"))) == 1


def test_tab_completes_lua_in_lua_cells_only(kernel: Kernel) -> None:
    offers = """
from IPython.core.completer import provisionalcompleter
def offers(code):
    with provisionalcompleter():
        return [(c.text, code[c.start:c.end]) for c in get_ipython().Completer.completions(code, len(code))]
thing = torch.zeros(2)
"""
    kernel.text(offers)
    kernel.text("%%lua\nrequire 'nn'\nnet = nn.Linear(2, 3)")
    assert kernel.text("offers('%%lua\\nnn.LinearWeight')") == "[('nn.LinearWeightNorm(', 'nn.LinearWeight')]"
    assert kernel.text("offers('%%lua\\nlocal t = {net.gradB')") == "[('net.gradBias', 'net.gradB')]"
    assert kernel.text("offers('x = %lua net.gradB')") == "[('net.gradBias', 'net.gradB')]"
    assert "net.gradBias" not in kernel.text("offers('net.gradB')")
    assert "zero_" in kernel.text("offers('thing.zero')")


def test_a_new_lua_knows_nothing_of_the_old_one(kernel: Kernel) -> None:
    kernel.text("%lua old = 1")
    assert kernel.text("%lua_reset --cuda=cpu") == ""
    assert kernel.text("%%lua\nrequire 'cutorch'\nold, torch.CudaTensor(1):fill(2):squeeze()") == "nil\n2\n"
    assert kernel.text("lua_compat.notebook_runtime().eval('1 + 2')") == "3"
    kernel.text("%unload_ext lua_compat")
    assert "not found" in kernel("%lua 1")[0]["text"]
    assert "run %load_ext lua_compat first" in kernel.error("lua_compat.notebook_runtime()")[-1]
    kernel.text("%load_ext lua_compat")
    assert kernel.text("%lua 6") == "6"
