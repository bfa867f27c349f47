"""Every serialized value of the corpus gives what the JSON beside it says."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from lua_compat import t7
from pytorch_from_lua.tensor import Storage, Tensor
from tests.t7.encode import CORPUS

FILES = sorted((CORPUS / "t7").glob("*.t7"))
WITH_SIDECAR = [f for f in FILES if f.with_suffix(".json").exists()]
MODELS = sorted((CORPUS / "models").glob("*.t7"))
GOLDEN = sorted((CORPUS / "golden").glob("*/*.t7"))


def close(found: float, told: Any) -> bool:
    told = float(told)
    return (math.isnan(found) and math.isnan(told)) or math.isclose(found, told, rel_tol=1e-12, abs_tol=0.0)


class Comparison:
    """Walks value and description side by side; ``seen`` is the value that each number in the sidecar stands for."""

    def __init__(self) -> None:
        self.seen: dict[int, Any] = {}
        self.checked = 0

    def check(self, value: Any, told: dict[str, Any]) -> None:
        self.checked += 1
        kind = told["kind"]
        if kind == "ref":
            assert value is self.seen[told["id"]]
            return
        if "id" in told:
            assert all(value is not other for other in self.seen.values())
            self.seen[told["id"]] = value
        getattr(self, "check_" + kind.replace(".", "_").lower())(value, told)

    def check_nil(self, value: Any, told: dict[str, Any]) -> None:
        assert value is None

    def check_number(self, value: Any, told: dict[str, Any]) -> None:
        assert type(value) is float
        assert close(value, told["value"])

    def check_boolean(self, value: Any, told: dict[str, Any]) -> None:
        assert value is told["value"]

    def check_string(self, value: Any, told: dict[str, Any]) -> None:
        assert (value.encode() if isinstance(value, str) else value) == bytes.fromhex(told["hex"])

    def check_table(self, value: Any, told: dict[str, Any]) -> None:
        assert isinstance(value, t7.T7Table)
        assert len(value) == len(told["entries"])
        for (key, item), (told_key, told_item) in zip(value.items(), told["entries"], strict=True):
            self.check(key, told_key)
            self.check(item, told_item)

    def check_tds_hash(self, value: Any, told: dict[str, Any]) -> None:
        assert type(value) is t7.TdsHash
        self.check_table(value, told)

    def check_tds_vec(self, value: Any, told: dict[str, Any]) -> None:
        assert type(value) is t7.TdsVec
        assert [k["value"] for k, _ in told["entries"]] == list(range(1, len(value) + 1))
        for item, (_, told_item) in zip(value, told["entries"], strict=True):
            self.check(item, told_item)

    def check_object(self, value: Any, told: dict[str, Any]) -> None:
        assert isinstance(value, t7.T7Object)
        assert (value.class_name, value.version) == (told["class"], 1)
        self.check_table(value.contents, told)

    def check_function(self, value: Any, told: dict[str, Any]) -> None:
        assert isinstance(value, t7.T7Function)
        assert value.code.startswith(b"\x1bLJ")
        assert isinstance(value.upvalues, t7.T7Table)

    def check_tensor(self, value: Any, told: dict[str, Any]) -> None:
        assert isinstance(value, Tensor)
        assert f"torch.{value.dtype.torch7}Tensor" == told["class"]
        assert value.shape == (tuple(told["size"]) if told["size"] else (0,))
        if told["size"]:
            assert tuple(value.stride()) == tuple(told["stride"])
        assert value.storage_offset() == told["offset"] - 1
        self.check_elements(value.array.ravel().tolist(), told)

    def check_storage(self, value: Any, told: dict[str, Any]) -> None:
        assert isinstance(value, Storage)
        assert f"torch.{value.dtype.torch7}Storage" == told["class"]
        self.check_elements(value.tolist(), told)

    def check_elements(self, found: list[Any], told: dict[str, Any]) -> None:
        expected = told["data"] or []
        assert len(found) == len(expected)
        assert all(map(close, found, expected))


@pytest.mark.parametrize("path", WITH_SIDECAR, ids=lambda p: p.stem)
@pytest.mark.parametrize("mmap", [True, False], ids=["mapped", "copied"])
def test_content(path: Any, mmap: bool) -> None:
    sidecar = json.loads(path.with_suffix(".json").read_text())
    reader = t7.open_reader(path, mmap=mmap)
    comparison = Comparison()
    comparison.check(reader.read(), sidecar["content"])
    assert comparison.checked > 0
    assert reader.source.binary == (sidecar["mode"] == "binary")
    assert reader.position == path.stat().st_size


def test_all_files_but_those_for_timing_have_a_sidecar() -> None:
    assert {f.stem for f in FILES if f not in WITH_SIDECAR} == {"many_numbers", "many_small_tables"}
    assert len(WITH_SIDECAR) >= 89


@pytest.mark.parametrize("path", FILES + MODELS + GOLDEN, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_written_again_it_is_the_same_file(path: Any) -> None:
    reader = t7.open_reader(path)
    value = reader.read()
    assert t7.write_bytes(value, format="binary" if reader.source.binary else "ascii") == path.read_bytes()


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_models(path: Any) -> None:
    record = t7.read_file(path)
    if path.stem == "checkpoint":
        assert len(record) > 0
        return
    assert isinstance(record["name"], str)
    assert isinstance(record["module"], t7.T7Object)
    assert isinstance(record["module"].contents, t7.T7Table)


def test_many_numbers() -> None:
    value = t7.read_file(CORPUS / "t7" / "many_numbers.t7")
    assert value.keys() == list(range(1, 100001))
    assert value.values() == [i / 2 for i in range(1, 100001)]


def test_many_small_tables() -> None:
    value = t7.read_file(CORPUS / "t7" / "many_small_tables.t7")
    assert len(value) == 50_000
    assert all(row.keys() == [1.0, 2.0] for row in value.values())
    assert [row[1] for row in value.values()] == list(range(1, len(value) + 1))
    assert [row[2] for row in value.values()] == [str(i) for i in range(1, len(value) + 1)]


def golden_values(name: str) -> list[Any]:
    for case in t7.read_file(CORPUS / "golden" / "torch" / "serialization.t7").values():
        if case["name"] == name:
            return case["values"].to_list()
    raise AssertionError(f"no case {name!r}")


def test_encodings_have_the_sizes_and_bytes_of_torch7() -> None:
    def ascii_of(value: Any) -> str:
        return t7.write_bytes(value, format="ascii").decode()

    assert golden_values("sizes of the encodings") == [
        len(t7.write_bytes([1, 2])),
        len(t7.write_bytes(Tensor.from_array(np.zeros(3)))),
        ascii_of(1.5),
        ascii_of({"a": 1}),
        ascii_of(Tensor.from_array(np.array([1, 2], np.int32))),
        ascii_of(True),
    ]
    elements = np.array([[0.5, 1 / 3], [1e10, -2]], np.float32)
    assert golden_values("the bytes of an ascii float tensor") == [ascii_of(Tensor.from_array(elements))]
