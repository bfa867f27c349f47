"""Every Lua script of the example models, translated: it runs, with the losses of the original."""

from __future__ import annotations

from pathlib import Path

import pytest

from lua_compat.translate import table


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, table.Row]:
    """All rows of the table, each script translated and run once in both languages."""
    return {row.script: row for row in table.rows([], tmp_path_factory.mktemp("table"))}


SCRIPTS = [row[0] for row in table.ROWS]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_translation_prints_the_losses_of_the_original(script: str, found: dict[str, table.Row]) -> None:
    row = found[script]
    assert table.numbers(row.in_python) == table.numbers(row.in_lua)
    assert row.equal
    assert any(character.isdigit() for line in table.numbers(row.in_lua) for character in line)


def test_every_script_that_is_no_part_of_another_is_in_the_table(found: dict[str, table.Row]) -> None:
    covered = {Path(f.source).resolve() for row in found.values() for f in row.made.files}
    assert covered == {path.resolve() for path in table.MODELS.rglob("*.lua")}


def test_nothing_in_the_models_is_marked_as_not_sure(found: dict[str, table.Row]) -> None:
    assert [str(u) for row in found.values() for u in row.made.unsure] == []


def test_the_page_shows_the_table(found: dict[str, table.Row]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "translate.md").read_text(encoding="utf-8")
    assert table.table(list(found.values())) in page


def test_lines_are_no_longer_than_120_and_comments_are_kept(found: dict[str, table.Row]) -> None:
    for row in found.values():
        for f in row.made.files:
            assert [line for line in f.text.splitlines() if len(line) > 120] == []
    text = found["word_vectors/train.lua"].made.text
    assert "# vocabulary: words from the most frequent, those of one count in order of the alphabet" in text
    inside = found["digits_gan/train.lua"].made.text
    assert "# planes of the generator next to the picture" in inside


def test_a_difference_would_be_seen() -> None:
    made = table.Row("x", None, "step 1: loss 0.5\n", "step 1: loss 0.6\n")  # type: ignore[arg-type]
    assert not made.equal
