"""The rows of `MIGRATION.md` that are calls, run as they are shown in Lua, Python and PyTorch: the same values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.guide.calls import CHAPTERS, PYTHON_IMPORTS, PYTORCH_IMPORTS, Call, Chapter
from tests.mapping.lua_side import runtime
from tests.module_cases import doubles

ROWS = [
    pytest.param(chapter, call, id=f"{call.names.split()[0]}-{call.lua[:20]}")
    for chapter in CHAPTERS
    for call in chapter.calls
]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return runtime()


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def plain(value: Any) -> Any:
    """The value as arrays, numbers, strings and lists of them; truth values as they are, bits as whole numbers."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, float)):
        return float(value)
    found = value.array if hasattr(value, "array") else value.detach().numpy()
    return found.astype(np.uint8) if found.dtype == bool else found


def equal(got: Any, want: Any) -> None:
    """Fails where values, shapes or element types differ."""
    assert type(got) is type(want)
    if isinstance(want, list):
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            equal(g, w)
    elif isinstance(want, np.ndarray):
        assert got.shape == want.shape
        assert got.dtype == want.dtype
        rough = want.dtype == np.float32
        np.testing.assert_allclose(got, want, rtol=1e-5 if rough else 1e-9, atol=1e-6 if rough else 1e-11)
    elif isinstance(want, float):
        assert got == pytest.approx(want, rel=1e-9, abs=1e-11)
    else:
        assert got == want


def in_lua(lua: Runtime, chapter: Chapter, call: Call) -> Any:
    shown = call.values[0]
    last = f"{call.lua}\nreturn {shown}" if shown else f"return {call.lua}"
    return plain(lua.to_python(lua.execute(f"{chapter.lua}\n{last}")))


def in_python(imports: str, setup: str, form: str, shown: str) -> Any:
    names: dict[str, Any] = {}
    exec(f"{imports}\n{setup}", names)
    if shown:
        exec(form, names)
    return plain(eval(shown or form, names))


@pytest.mark.parametrize(("chapter", "call"), ROWS)
def test_a_call_gives_the_same_in_lua_and_in_python(chapter: Chapter, call: Call, lua: Runtime) -> None:
    with doubles():
        mine = in_python(PYTHON_IMPORTS, chapter.python, call.python, call.values[1])
    equal(mine, in_lua(lua, chapter, call))


@pytest.mark.peer
@pytest.mark.parametrize(("chapter", "call"), [row for row in ROWS if row.values[1].in_pytorch is not None])
def test_a_call_gives_the_same_in_pytorch(chapter: Chapter, call: Call, lua: Runtime) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    assert call.in_pytorch is not None
    before = peer.get_default_dtype()
    try:
        theirs = in_python(PYTORCH_IMPORTS, chapter.in_pytorch, call.in_pytorch, call.values[2])
    finally:
        peer.set_default_dtype(before)
    equal(theirs, in_lua(lua, chapter, call))


def test_a_difference_is_noticed(lua: Runtime) -> None:
    chapter = CHAPTERS[0]
    for lua_form, python_form in [("m:forward(x)", "m(x) + 1e-6"), ("m:size()", "len(m) + 1"), ("{1, 2}", "[1, 3]")]:
        call = Call("", lua_form, python_form)
        with doubles(), pytest.raises(AssertionError):
            equal(in_python(PYTHON_IMPORTS, chapter.python, call.python, ""), in_lua(lua, chapter, call))
    assert torch.get_default_dtype() is torch.float32
