"""Each construct of Lua: the script and its translation print the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import translate

HERE = Path(__file__).parent


def cases() -> dict[str, str]:
    """The scripts of ``constructs.lua`` by their names."""
    found = {}
    for part in (HERE / "constructs.lua").read_text(encoding="utf-8").split("--== ")[1:]:
        name, _, code = part.partition("\n")
        assert name not in found
        found[name] = code
    return found


CASES = cases()


@pytest.fixture(autouse=True)
def own_settings() -> Iterator[None]:
    """A translation sets the default type, and makes classes of the script known to files."""
    before, known = torch.get_default_dtype(), dict(REGISTRY)
    yield
    torch.set_default_dtype(before)
    for name in REGISTRY.keys() - known.keys():
        del REGISTRY[name]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def printed_by_python(code: str, capfd: pytest.CaptureFixture[str]) -> str:
    """What the translation of a script prints."""
    capfd.readouterr()
    text = translate(code, "case.lua").text
    exec(compile(text, "case.py", "exec"), {"__name__": "case", "__file__": "case.py"})
    return capfd.readouterr().out


def printed_by_lua(code: str, lua: Runtime, capfd: pytest.CaptureFixture[str]) -> str:
    """What a script prints, in an environment of its own."""
    capfd.readouterr()
    lua.execute(
        f"local function script(...) {code}\n end setfenv(script, setmetatable({{}}, {{__index = _G}})) script()"
    )
    lua.flush()
    return capfd.readouterr().out


@pytest.mark.parametrize("name", CASES)
def test_the_translation_prints_what_the_script_prints(
    name: str, lua: Runtime, capfd: pytest.CaptureFixture[str]
) -> None:
    wanted = printed_by_lua(CASES[name], lua, capfd)
    assert wanted.strip()
    assert printed_by_python(CASES[name], capfd) == wanted
