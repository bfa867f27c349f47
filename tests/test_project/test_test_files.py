"""A test cannot vanish: no two tests of one name in a module or class, the second of which would replace the first."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("test_*.py"))


def repeated_names(source: str) -> list[str]:
    """Return the functions, methods and classes that are defined twice in one scope, as `scope.name`."""
    repeated = []
    for scope in ast.walk(ast.parse(source)):
        if not isinstance(scope, ast.Module | ast.ClassDef):
            continue
        definitions = (n for n in scope.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef))
        # A decorated repetition may be meant, as a property's setter is; a test's is not.
        counted = Counter(n.name for n in definitions if not n.decorator_list or n.name.lower().startswith("test"))
        where = getattr(scope, "name", "module")
        repeated += [f"{where}.{name}" for name, times in counted.items() if times > 1]
    return repeated


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_test_name_stands_twice(path: Path) -> None:
    assert repeated_names(path.read_text(encoding="utf-8")) == []


def test_a_repeated_name_is_found() -> None:
    assert repeated_names("def test_a(): 1\ndef test_b(): 1\ndef test_a(): 2") == ["module.test_a"]
    assert repeated_names("class TestX:\n def test_a(self): 1\n @mark\n def test_a(self): 2") == ["TestX.test_a"]
    assert repeated_names("def test_a(): 1\nclass TestX:\n def test_a(self): 1") == []


def test_every_test_file_is_collected() -> None:
    """A file with tests whose name does not begin with `test_` would never run."""
    helpers = [path for path in TESTS.rglob("*.py") if not path.name.startswith("test_")]
    with_tests = [
        path.relative_to(TESTS).as_posix()
        for path in helpers
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert with_tests == []
