"""`MIGRATION.md` as a document: its links, its tables, its programs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lua_compat.errors import MappingError
from lua_compat.guide import story as story_file
from lua_compat.guide.coverage import named_in_rows
from lua_compat.guide.migration import contents, render
from lua_compat.guide.story import story
from lua_compat.mapping.registry import REGISTRY


@pytest.fixture(scope="module")
def text() -> str:
    return render()


def outside_of_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def test_every_link_leads_somewhere(text: str) -> None:
    root = Path(__file__).parents[2]
    titles = re.findall(r"^#{1,6} (.+)$", outside_of_code(text), re.MULTILINE)
    anchors = [re.sub(r"[^\w\s-]", "", title.lower()).replace(" ", "-") for title in titles]
    assert len(anchors) == len(set(anchors))
    for target in re.findall(r"\]\(([^)]+)\)", outside_of_code(text)):
        if target.startswith("#"):
            assert target[1:] in anchors
        else:
            assert (root / target).exists(), target


def test_every_row_of_a_table_has_the_cells_of_its_head(text: str) -> None:
    width = 0
    for line in outside_of_code(text).split("\n"):
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        width = width or cells
        assert cells == width, line


def test_every_class_and_call_stands_in_it(text: str) -> None:
    for name in REGISTRY:
        assert f"`{REGISTRY[name].examples[0].lua}`".replace("|", "\\|") in text, name
    assert "`m:zeroGradParameters()`" in text
    assert len(named_in_rows()) > 300


def test_contents_list_headings_and_no_comments_in_code() -> None:
    assert contents("# A\n## B, c\n```sh\n## no\n```\n### D\n") == "- [B, c](#b-c): [D](#d)"


def test_the_story_shows_the_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = story()
    assert "local criterion = nn.ClassNLLCriterion()" in text
    assert "+from torch import nn, optim" in text
    assert re.findall(r"\{\{.*?\}\}", text) == ["{{contents}}"]
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(story_file, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError):
        story()
    folder = tmp_path / "models" / "migration"
    folder.mkdir()
    for name in ("step1.lua", "step2.py", "step3.py", "step4.py", "step5.py"):
        (folder / name).write_text("pass\n")
    with pytest.raises(MappingError, match=r"step2\.py has no line that begins with '# net'"):
        story()
