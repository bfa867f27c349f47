"""Every file of the corpus, read and written anew: we and an independent reader find the same in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lua_compat import t7
from pytorch_from_lua.tensor import Tensor
from tests.t7.compare import TorchfileComparison
from tests.t7.encode import CORPUS
from tests.t7.test_sidecars import FILES, MODELS, WITH_SIDECAR, Comparison

torchfile = pytest.importorskip("torchfile")

EVERY = FILES + MODELS

#: The files whose content torchfile cannot hold, with the reason. One listed without need fails too.
NOT_FOR_TORCHFILE = dict.fromkeys(
    ["mixed_table", "mixed_table_ascii"],
    "its keys true and 1 are two in Lua and one in the Python dict that torchfile makes",
)


def torchfile_reads(path: Path) -> Any:
    """What torchfile makes of a file, without its guesses at lists and integers."""
    with open(path, "rb") as file:
        return torchfile.T7Reader(file, use_list_heuristic=False, use_int_heuristic=False).read_obj()


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def test_the_corpus_is_there() -> None:
    assert len(FILES) >= 91
    assert len(MODELS) >= 218
    assert set(NOT_FOR_TORCHFILE) <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", EVERY, ids=name_of)
def test_in_binary(path: Path, tmp_path: Path) -> None:
    reader = t7.open_reader(path)
    value = reader.read()
    ours = tmp_path / "ours.t7"
    t7.write_file(ours, value)
    assert (ours.read_bytes() == path.read_bytes()) == reader.source.binary
    _back_to_the_original(ours, path, reader.source.binary)
    comparison = TorchfileComparison()
    if path.stem in NOT_FOR_TORCHFILE:
        with pytest.raises(AssertionError):
            comparison.check(value, torchfile_reads(ours))
        return
    comparison.check(value, torchfile_reads(ours))
    assert comparison.checked > 0


@pytest.mark.parametrize("path", EVERY, ids=name_of)
def test_in_ascii(path: Path, tmp_path: Path) -> None:
    reader = t7.open_reader(path)
    ours = tmp_path / "ours.t7"
    t7.write_file(ours, reader.read(), format="ascii")
    assert (ours.read_bytes() == path.read_bytes()) == (not reader.source.binary)
    _back_to_the_original(ours, path, reader.source.binary)
    with pytest.raises(Exception):  # noqa: B017 - torchfile reads no ASCII; its errors are what the bytes lead to
        torchfile_reads(ours)


def _back_to_the_original(ours: Path, path: Path, binary: bool) -> None:
    """What we wrote, read and written in the encoding that Torch7 chose, is Torch7's file to the byte."""
    again = t7.write_bytes(t7.read_file(ours), format="binary" if binary else "ascii")
    assert again == path.read_bytes()


@pytest.mark.parametrize("path", WITH_SIDECAR, ids=name_of)
@pytest.mark.parametrize("format", ["binary", "ascii"])
def test_the_description_beside_it_holds_too(path: Path, format: str, tmp_path: Path) -> None:
    ours = tmp_path / "ours.t7"
    t7.write_file(ours, t7.read_file(path), format=format)
    comparison = Comparison()
    comparison.check(t7.read_file(ours), json.loads(path.with_suffix(".json").read_text())["content"])
    assert comparison.checked > 0


def test_the_comparison_with_torchfile_can_fail() -> None:
    shared = t7.T7Table()
    tensor = Tensor.from_storage(t7.read_file(CORPUS / "t7" / "double_storage.t7"), 0, (1,), (1,))
    for ours, theirs in [
        (1.0, 2.0),
        ("a", b"b"),
        (True, 1.0),
        (t7.T7Table.of([1.0]), {1.0: 2.0}),
        (t7.T7Table(), []),
        (t7.T7Table.of([shared, shared]), {1.0: {}, 2.0: {}}),
        (tensor, tensor.array + 1),
    ]:
        with pytest.raises(AssertionError):
            TorchfileComparison().check(ours, theirs)
