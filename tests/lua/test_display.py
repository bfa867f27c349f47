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
