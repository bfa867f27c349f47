"""An independent reader, torchfile, reads what we write.

torchfile 0.1.0 compares each element of a list with the list itself, which numpy 2 refuses where it is an array:
tensors are given to it as the values of string keys here, never in a list.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lua_compat import t7
from pytorch_from_lua.tensor import Tensor

torchfile = pytest.importorskip("torchfile")

WORDS = {
    "Byte": np.uint8, "Char": np.int8, "Short": np.int16, "Int": np.int32, "Long": np.int64,
    "Float": np.float32, "Double": np.float64,
}  # fmt: skip


def through_torchfile(value: Any, folder: Path) -> Any:
    path = folder / "ours.t7"
    t7.write_file(path, value)
    return torchfile.load(str(path))


def test_plain_values(tmp_path: Path) -> None:
    found = through_torchfile(
        {"n": 1.5, "list": [1, 2, "three"], "yes": True, "no": False, "deep": {"a": "b"}}, tmp_path
    )
    assert dict(found.pop(b"deep")) == {b"a": b"b"}
    assert dict(found) == {b"n": 1.5, b"list": [1, 2, b"three"], b"yes": True, b"no": False}


def test_shared_tables_and_cycles(tmp_path: Path) -> None:
    table = t7.T7Table()
    table["self"] = table
    table["a"] = table["b"] = t7.T7Table.of({"x": 1})
    found = through_torchfile(table, tmp_path)
    assert found[b"self"] is found
    assert found[b"a"] is found[b"b"]


def test_objects(tmp_path: Path) -> None:
    found = through_torchfile(t7.T7Object("nn.Linear", 1, t7.T7Table.of({"train": True})), tmp_path)
    assert found.torch_typename() == b"nn.Linear"
    assert found[b"train"] is True


@pytest.mark.parametrize("word", sorted(WORDS))
def test_tensors(word: str, tmp_path: Path) -> None:
    array = np.arange(6).astype(WORDS[word]).reshape(2, 3)
    tensor = Tensor.from_array(array)
    column = Tensor.from_storage(tensor.storage(), 1, (2,), (3,))
    found = through_torchfile({"whole": tensor, "column": column}, tmp_path)
    assert found[b"whole"].dtype == WORDS[word]
    assert found[b"whole"].tolist() == array.tolist()
    assert found[b"column"].tolist() == array[:, 1].tolist()
    assert np.shares_memory(found[b"whole"], found[b"column"])
