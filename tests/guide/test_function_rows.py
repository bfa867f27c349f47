"""Every row of `MIGRATION.md` about functions: the same values in Lua, in Python and in PyTorch."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from lua_compat import Runtime
from lua_compat.guide.functions import GROUPS, Row
from tests.guide import rows
from tests.guide.rows import equal

ROWS = [pytest.param(row, name, id=row.lua) for name, group in GROUPS.items() for row in group]
WITH_PYTORCH = [
    pytest.param(row, name, id=row.lua) for name, group in GROUPS.items() for row in group if row.in_pytorch is not None
]

#: Whose numbers are of another element type, as the note says.
OTHER_TYPE = {"torch.randperm(6)"}

#: Families in which PyTorch draws other numbers.
DRAWN = {"Random numbers"}

#: Families whose rows change Lua for good: each has a Lua of its own.
LASTING = {"Classes", "Command lines"}


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


@pytest.fixture(autouse=True)
def _folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lua: Runtime) -> None:
    """Rows write files here, and may change the default type."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    lua.execute("torch.setdefaulttensortype('torch.DoubleTensor')")


@pytest.mark.parametrize(("row", "family"), ROWS)
def test_a_row_gives_the_same_in_both_languages(row: Row, family: str, lua: Runtime) -> None:
    theirs, their_names = rows.lua_result(Runtime() if family in LASTING else lua, row.lua)
    mine, my_names = rows.python_result(row.python)
    equal(theirs, mine, same_type=row.lua not in OTHER_TYPE)
    for name, tensor in their_names.items():
        equal(tensor, my_names[name])


@pytest.mark.parametrize(("row", "family"), WITH_PYTORCH)
def test_a_row_gives_the_same_in_pytorch(row: Row, family: str) -> None:
    mine, my_names = rows.python_result(row.python)
    theirs, their_names = rows.pytorch_result(row.in_pytorch or "")
    numbers = family not in DRAWN
    equal(theirs, mine, numbers=numbers, tolerance=1e-7)
    for name, tensor in their_names.items():
        equal(tensor, my_names[name], numbers=numbers, tolerance=1e-7)


@pytest.mark.parametrize(
    ("one", "other"), [("x:sum(1)", "x.sum(0)"), ("x:dim()", "x.dim() + 1"), ("x:float()", "x"), ("x:add(1)", "x + 1")]
)
def test_a_row_that_differs_is_noticed(one: str, other: str, lua: Runtime) -> None:
    with pytest.raises(AssertionError):
        test_a_row_gives_the_same_in_both_languages(Row(one, other), "", lua)
