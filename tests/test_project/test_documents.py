"""Links of the documents lead somewhere, and MIGRATION.md is what the registry says. tests/docs runs what they show."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "models" / "README.md"]
#: Pages that `make docs` makes; tests/docs looks at links to them.
MADE = "reference/"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_into_the_project_lead_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```|`[^`\n]+`", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [target for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text) if "://" not in target]
    left = [target for target in targets if MADE not in target and not (document.parent / target).exists()]
    assert left == []


def test_migration_md_is_what_the_registry_says() -> None:
    command = [sys.executable, "-m", "lua_compat.guide.migration", "--check"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert process.returncode == 0, f"run `make migration`:\n{process.stdout}{process.stderr}"
