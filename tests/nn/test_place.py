"""An error names the module that failed, its place in the tree and what it was given, once."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(4, 3), nn.ConcatTable(nn.Tanh(), nn.Sequential(nn.Linear(5, 2))))

    def forward(self, x: Any) -> Any:
        return self.features(x)


class Failing(nn.Module):
    """Raises what it is given."""

    def forward(self, error: Any) -> Any:
        raise error


class Own(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def told(error: BaseException) -> str:
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


def test_the_place_is_a_path_from_the_module_that_was_called() -> None:
    net = Net()
    with pytest.raises(ValueError) as caught:
        net(torch.ones(2, 4))
    text = told(caught.value)
    place = "in module features.1.1.0 of Net: Linear(in_features=5, out_features=2, bias=True), which was given"
    assert text.endswith(f"\n  {place} float32 (2, 3)")
    assert text.count("in module") == text.count("Linear(") == 1
    assert net.get_submodule("features.1.1.0") is net.features[1][1][0]


def test_a_module_alone_is_named_without_a_place() -> None:
    with pytest.raises(ValueError, match=r"\n  in Linear\(in_features=5.*which was given float32 \(2, 3\)$"):
        nn.Linear(5, 2)(torch.ones(2, 3))


def test_the_traceback_leads_to_the_line_that_failed() -> None:
    try:
        nn.Sequential(Net())(torch.ones(2, 4))
    except ValueError as error:
        frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        assert frames[0] == "test_the_traceback_leads_to_the_line_that_failed"
        assert "linear" in frames


@pytest.mark.parametrize(
    "error",
    [KeyError("key"), Own(3), OSError(2, "No such file"), ValueError(), ZeroDivisionError("division"), RuntimeError(1)],
    ids=lambda error: type(error).__name__,
)
def test_any_error_keeps_its_type_and_what_it_holds(error: Exception) -> None:
    before = error.args
    with pytest.raises(type(error)) as caught:
        nn.Sequential(nn.Identity(), nn.Sequential(Failing()))(error)
    assert caught.value is error
    if hasattr(error, "add_note") or error.args != before:  # Python 3.10 has no notes
        assert told(error).count("in module 1.0 of Sequential: Failing(), which was given") == 1
    if not before or not isinstance(before[0], str) or isinstance(error, KeyError):
        assert error.args == before
    else:
        assert error.args[0].startswith(before[0])
    assert not isinstance(error, Own) or error.code == 3


def test_a_module_that_is_held_out_of_sight_is_named_all_the_same() -> None:
    hidden = [Failing()]

    class Holder(nn.Module):
        def forward(self, x: Any) -> Any:
            return hidden[0](x)

    with pytest.raises(ValueError, match=r"^no\n  in Failing\(\), which was given ValueError$"):
        nn.Sequential(Holder())(ValueError("no"))


def test_a_table_of_inputs_is_described() -> None:
    with pytest.raises(ValueError, match=r"in CAddTable\(\), which was given \[float32 \(2,\), float64 \(3,\)\]"):
        nn.CAddTable()([torch.ones(2), torch.ones(3, dtype=torch.float64)])
