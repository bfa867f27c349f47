"""Storages are mapped, not copied; writing to one never writes to the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lua_compat import t7
from pytorch_from_lua.tensor import Storage, Tensor
from tests.t7 import encode as e

HALF_A_GIGABYTE = 500_000_000


def file_with_storage(folder: Path, array: np.ndarray, cls: str, shift: int) -> tuple[Path, int]:
    """A table of a string and a storage whose elements lie ``shift`` bytes past a multiple of 8, and where that is."""

    def data(pad: int) -> bytes:
        return e.table(1, e.string("pad"), e.string("x" * pad), e.string("s"), e.storage(2, cls, array))

    start = len(data(0)) - array.nbytes
    pad = (shift - start) % 8
    path = folder / f"{cls}_{shift}.t7"
    path.write_bytes(data(pad))
    return path, start + pad


def mapped(storage: Storage) -> bool:
    base = storage.buffer
    while isinstance(base, np.ndarray):
        base = base.base
    return base is not None


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("shift", range(8))
@pytest.mark.parametrize(
    ("cls", "dtype"),
    [("torch.FloatStorage", np.float32), ("torch.DoubleStorage", np.float64), ("torch.ByteStorage", np.uint8)],
)
def test_mapped_where_it_is_aligned(tmp_path: Path, cls: str, dtype: Any, shift: int, mmap: bool) -> None:
    array = np.arange(1, 11).astype(dtype)
    path, start = file_with_storage(tmp_path, array, cls, shift)
    before = path.read_bytes()
    assert before[start : start + array.nbytes] == array.tobytes()
    storage = t7.read_file(path, mmap=mmap)["s"]
    assert storage._buffer is not None or (mmap and shift % array.itemsize)  # an unaligned one waits for its first use
    assert storage.tolist() == array.tolist()
    assert mapped(storage) == (mmap and shift % array.itemsize == 0)
    assert storage.buffer.flags.aligned
    assert storage.buffer.flags.writeable
    storage.fill_(7)
    assert storage.tolist() == [7] * 10
    assert path.read_bytes() == before


def test_a_change_in_a_view_reaches_the_others_and_not_the_file(tmp_path: Path) -> None:
    path = tmp_path / "two.t7"
    whole = Tensor.from_array(np.arange(12.0).reshape(3, 4))
    part = Tensor.from_storage(whole.storage(), 4, (4,), (1,))
    t7.write_file(path, {"whole": whole, "part": part})
    before = path.read_bytes()
    value = t7.read_file(path)
    value["part"].array[...] = -1
    assert value["whole"].array[1].tolist() == [-1] * 4
    assert path.read_bytes() == before
    assert t7.read_file(path)["whole"].array[1].tolist() == [4, 5, 6, 7]


def test_a_file_can_be_replaced_by_what_was_loaded_from_it(tmp_path: Path) -> None:
    path = tmp_path / "model.t7"
    t7.write_file(path, Tensor.from_array(np.arange(100_000.0)))
    value = t7.read_file(path)
    value.array[0] = 5
    t7.write_file(path, value)
    assert value.array[99_999] == 99_999
    assert t7.read_file(path).array[:2].tolist() == [5, 1]


def resident() -> int:
    """Bytes of this process's memory that are in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Path]:
    """A table with a storage of half a gigabyte that is a hole in the file, and what comes after it."""
    path = tmp_path / "large.t7"
    count = HALF_A_GIGABYTE // 4
    head = e.integer(3) + e.integer(1) + e.integer(2) + e.string("w")
    inner = e.chars("V 1") + e.chars("torch.FloatStorage") + e.long(count)
    head += e.tensor(2, "torch.FloatTensor", (count,), e.integer(4) + e.integer(3) + inner)
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(head) + 4 * count - 4)
        file.write(np.float32(2.5).tobytes() + e.string("n") + e.number(7))
    yield path
    path.unlink()


def test_a_large_file_opens_without_being_read(large: Path) -> None:
    t7.read_file(large, mmap=True)  # whatever is loaded on first use is loaded now
    before = resident()
    value = t7.read_file(large)
    assert resident() - before < 20_000_000
    assert value["n"] == 7
    assert value["w"].shape == (HALF_A_GIGABYTE // 4,)
    assert resident() - before < 20_000_000
    if value["w"].storage()._buffer is not None:  # aligned: an element costs a page
        assert value["w"].array[-1] == 2.5
        assert resident() - before < 20_000_000


def test_an_aligned_large_storage_is_used_page_by_page(tmp_path: Path) -> None:
    path = tmp_path / "large.t7"
    count = HALF_A_GIGABYTE // 4
    inner = e.chars("V 1") + e.chars("torch.FloatStorage") + e.long(count)
    body = e.integer(4) + e.integer(2) + inner
    head = next(
        h
        for pad in range(4)
        if len(h := e.integer(3) + e.integer(1) + e.integer(1) + e.string("x" * pad) + body) % 4 == 0
    )
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + 4 * count)
    storage = t7.read_file(path).values()[0]
    before = resident()
    storage[count // 2] = 3
    assert storage[count // 2] == 3
    assert len(storage) == count
    assert resident() - before < 1_000_000
    with path.open("rb") as file:
        file.seek(len(head) + 4 * (count // 2))
        assert file.read(4) == bytes(4)


def test_loaded_files_are_not_kept_open(tmp_path: Path) -> None:
    path = tmp_path / "sample.t7"
    t7.write_file(path, Tensor.from_array(np.arange(1000.0)))
    before = len(os.listdir("/proc/self/fd"))
    kept = [t7.read_file(path) for _ in range(20)]
    assert len(os.listdir("/proc/self/fd")) == before
    assert all(tensor.array[999] == 999 for tensor in kept)


def mappings(path: Path) -> int:
    return Path("/proc/self/maps").read_text().count(str(path))


def test_a_mapping_lives_as_long_as_what_uses_it(tmp_path: Path) -> None:
    path = tmp_path / "sample.t7"
    t7.write_file(path, {"x" * pad: Tensor.from_array(np.arange(1000.0)) for pad in range(8)})
    value = t7.read_file(path)
    arrays = [tensor.array for tensor in value.values()]
    del value
    assert mappings(path) == 1
    assert all(array[999] == 999 for array in arrays)
    del arrays
    assert mappings(path) == 0


def test_a_pipe_is_read_at_once(tmp_path: Path) -> None:
    import threading

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = t7.write_bytes({"x": Tensor.from_array(np.arange(3.0))})
    feeder = threading.Thread(target=pipe.write_bytes, args=(data,))
    feeder.start()
    value = t7.read_file(pipe)
    feeder.join()
    assert value["x"].array.tolist() == [0, 1, 2]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        t7.read_file(tmp_path / "missing.t7")
