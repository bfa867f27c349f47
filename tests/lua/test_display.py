"""What print shows of tensors and storages: formats that the recorded cases do not reach."""

from __future__ import annotations

import numpy as np
import pytest

from lua_compat.bridge.ops.display import choose, storage_text, tensor_text
from lua_compat.bridge.runtime import Runtime
from pytorch_from_lua.tensor import Storage, Tensor


@pytest.mark.parametrize(("values", "pattern", "scale"), [
    ([1, 2, 3], "%2d", None),
    ([-100, 5], "%4d", None),
    ([0, 0], "%2d", None),
    ([999999999, 1], "%10d", None),
    ([1e9, 1], "%11.4e", None),
    ([0.5, 0.25], "%7.4f", None),
    ([12.5, 99.5], "%8.4f", None),
    ([99999.5, 50000.5], "%11.4f", None),
    ([100000.5, 200000.5], "%7.4f", 1e5),
    ([0.0123, 0.05], "%7.4f", 0.01),
    ([1e-5, 1.5], "%11.4e", None),
    ([1e150, 1e-150], "%12.4e", None),
    ([np.inf, 1.5], "%12.4e", None),
    ([-np.inf, np.inf], "%11.4e", None),
    ([-0.0, 0.0], "%2d", None),
    ([0.0, 0.5], "%7.4f", None),
    ([0.0, 123456.5], "%11.4e", None),
    ([5e-324, 1.5], "%12.4e", None),
    ([5e-324, 1e-320], "%7.4f", 10.0**-321),
    ([2.0**53, -(2.0**62)], "%11.4e", None),
    ([0.99999, 0.1], "%7.4f", None),
    ([9.99995, 1.0], "%7.4f", None),
    ([np.nan, 1.5], "%f", None),
    ([np.nan], "%f", None),
])  # fmt: skip
def test_formats(values, pattern, scale):
    form = choose(np.array(values, np.float64))
    assert (form.pattern, form.scale) == (pattern, scale)


def test_a_scale_factor_goes_before_the_columns():
    x = Tensor.from_array(np.array([[0.01, 0.02], [0.03, -0.04]]))
    assert tensor_text(x) == "0.01 *\n  1.0000  2.0000\n  3.0000 -4.0000\n[torch.DoubleTensor of size 2x2]\n"


def test_all_matrices_of_a_tensor_share_one_format():
    x = Tensor.from_array(np.array([[[1.0]], [[250.0]]]))
    assert tensor_text(x) == "(1,.,.) = \n    1\n\n(2,.,.) = \n  250\n[torch.DoubleTensor of size 2x1x1]\n"


def test_wide_matrices_of_a_tensor_are_cut_into_columns():
    text = tensor_text(Tensor.from_array(np.full((1, 1, 40), 7.0)))
    row = " ".join([" 7"] * 26)
    assert text == (
        f"(1,.,.) = \n Columns 1 to 26\n {row}\n\nColumns 27 to 40\n {row[: 14 * 3 - 1]}\n"
        "[torch.DoubleTensor of size 1x1x40]\n"
    )


def test_the_first_index_runs_fastest():
    heads = [
        line for line in tensor_text(Tensor.from_array(np.zeros((2, 2, 1, 1)))).splitlines() if line.startswith("(")
    ]
    assert heads == ["(1,1,.,.) = ", "(2,1,.,.) = ", "(1,2,.,.) = ", "(2,2,.,.) = "]


def test_storages_and_empties():
    assert storage_text(Storage(np.array([1, 20], np.int64))) == "  1\n 20\n[torch.LongStorage of size 2]\n"
    assert storage_text(Storage(np.empty(0, np.float32))) == "[torch.FloatStorage of size 0]\n"
    assert tensor_text(Tensor.from_array(np.empty(0, np.int8))) == "[torch.CharTensor with no dimension]\n"


def test_tostring_and_print(capfd):
    lua = Runtime()
    lua.execute("print(torch.ones(2)); print(tostring(torch.LongStorage{3}) == '3' , torch.ones(1):size())")
    lua.execute("io.stdout:flush()")
    assert capfd.readouterr().out.startswith(" 1\n 1\n[torch.DoubleTensor of size 2]\n")


def _row(text: str, times: int) -> str:
    return " ".join([text] * times)


#: An expression of Lua's, and the lines above the one with the type and size. Worked out from the rules by hand.
TEXTS = [
    ("torch.Tensor{{0/0, 1}, {2, -3}}", ["nan 1.000000", "2.000000 -3.000000"]),
    ("torch.Tensor{1.5, 0/0}", ["1.500000", "nan"]),
    ("torch.Tensor(1, 1, 30):fill(0/0)", ["(1,.,.) = ", " " + _row("nan", 30)]),
    ("torch.Tensor{-1.5, 2}", ["-1.5000", " 2.0000"]),
    ("torch.Tensor{-12.25, 100}", [" -12.2500", " 100.0000"]),
    ("torch.Tensor{1/0, -1/0}", ["        inf", "       -inf"]),
    ("torch.Tensor{{1/0, 0.5}}", ["         inf   5.0000e-01"]),
    ("torch.Tensor{0.01, -0.02}", ["0.01 *", " 1.0000", "-2.0000"]),
    ("torch.Tensor{123456.5, 200000}", ["100000 *", " 1.2346", " 2.0000"]),
    ("torch.Tensor{{1e20, 2.5e20}, {0.5, 1}}", [" 1.0000e+20  2.5000e+20", " 5.0000e-01  1.0000e+00"]),
    ("torch.Tensor{{1e300, 1.5}, {1e-300, 0}}", [" 1.0000e+300   1.5000e+00", " 1.0000e-300   0.0000e+00"]),
    ("torch.Tensor{1e-7, 2e-7}", ["1e-07 *", " 1.0000", " 2.0000"]),
    ("torch.Tensor{0, 0.25}", [" 0.0000", " 0.2500"]),
    ("torch.Tensor{-0.00001, 0}", ["1e-05 *", "-1.0000", " 0.0000"]),
    ("torch.IntTensor{1234567890, -1}", [" 1.2346e+09", "-1.0000e+00"]),
    ("torch.LongTensor{{999999999, -1}}", [" 999999999         -1"]),
    ("torch.ByteTensor{{0, 255}, {7, 64}}", ["   0  255", "   7   64"]),
    ("torch.CharTensor{-128, 5}", ["-128", "   5"]),
    ("torch.ShortTensor{-300, 2}", ["-300", "   2"]),
    ("torch.HalfTensor{0.5, 2}", [" 0.5000", " 2.0000"]),
    ("torch.FloatTensor{0.1}", [" 0.1000"]),
    ("torch.range(1, 12):resize(3, 4):t():select(1, 2)", ["  2", "  6", " 10"]),
    ("torch.range(1, 6):resize(2, 3):narrow(2, 2, 1)", [" 2", " 5"]),
    ("torch.Tensor(1):fill(7):expand(3)", [" 7"] * 3),
    ("torch.Tensor(2, 1, 1, 2):fill(0.5)", [
        "(1,1,.,.) = ", "  0.5000  0.5000", "", "(2,1,.,.) = ", "  0.5000  0.5000",
    ]),
    ("torch.Tensor(1, 2, 2):fill(250000.5)", [
        "(1,.,.) = ", " 100000 *", "  " + _row(" 2.5000", 2), "  " + _row(" 2.5000", 2),
    ]),
    ("torch.Tensor(2, 12):fill(123456.5)", [
        "Columns 1 to 10", "100000 *", " " + _row(" 1.2346", 10), " " + _row(" 1.2346", 10),
        "", "Columns 11 to 12", "100000 *", " " + _row(" 1.2346", 2), " " + _row(" 1.2346", 2),
    ]),
    ("torch.Tensor(1, 7):fill(1e9 + 0.5)", ["1e+09 *", " " + _row(" 1.0000", 7)]),
    ("torch.DoubleTensor(1, 7):fill(1e9)", [
        "Columns 1 to 6", _row(" 1.0000e+09", 6), "", "Columns 7 to 7", " 1.0000e+09",
    ]),
    ("torch.DoubleStorage{0.01, 0.05}", ["0.01 *", " 1.0000", " 5.0000"]),
    ("torch.FloatStorage{0/0, 1}", ["nan", "1.000000"]),
    ("torch.ByteStorage{3, 200}", ["   3", " 200"]),
    ("torch.IntStorage()", []),
]  # fmt: skip


@pytest.fixture(scope="module")
def lua():
    return Runtime()


@pytest.mark.parametrize(("expression", "lines"), TEXTS)
def test_whole_texts(lua, expression, lines):
    kind, sizes = lua.execute(f"""
        local x = {expression}
        local sizes = torch.isStorage(x) and {{#x}} or x:size():totable()
        return torch.typename(x), table.concat(sizes, 'x')
    """)
    assert lua.eval(f"tostring({expression})").split("\n") == [*lines, f"[{kind} of size {sizes}]", ""]
