"""Malformed files are refused: by name, place and problem, in little memory, and without a hang."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from lua_compat import t7
from tests.t7 import encode as e
from tests.t7.encode import CORPUS

BAD = sorted((CORPUS / "t7" / "bad").glob("*.t7"))
MAY_LOAD = {f for f in BAD if f.stem.startswith("flipped_")}
IS = {
    "is_a_git_lfs_pointer": ("git-lfs pointer", "git lfs pull"),
    "is_a_pytorch_pickle": ("PyTorch", "torch.load"),
    "is_a_pytorch_zip": ("zip archive", "torch.load"),
    "is_gzip": ("gzip", "gunzip"),
    "is_hdf5": ("HDF5", "h5py"),
    "is_html": ("HTML page", "download"),
    "is_numpy": ("numpy", "numpy.load"),
}


def test_the_corpus_is_there() -> None:
    assert len(BAD) >= 88
    assert {f.stem for f in BAD if f.stem.startswith("is_")} == set(IS)


@pytest.mark.parametrize("mmap", [True, False], ids=["mapped", "copied"])
@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_refused_by_name_and_place(path: Path, mmap: bool) -> None:
    tracemalloc.start()
    try:
        if path in MAY_LOAD:
            try:
                t7.read_file(path, mmap=mmap)
            except t7.T7Error:
                return
        with pytest.raises(t7.T7Error) as caught:
            t7.read_file(path, mmap=mmap)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    error = caught.value
    assert error.path == str(path)
    assert error.offset is not None
    assert 0 <= error.offset <= path.stat().st_size
    assert str(error) == f"{path}: at byte {error.offset}: {error.problem}"
    assert peak < 1_000_000 + 60 * path.stat().st_size


def test_none_of_them_takes_long_or_much() -> None:
    """All in one process that the system kills if it computes for a minute or wants a gigabyte."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (60, 60))\n"
        "from lua_compat import t7\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 2**29, used + 2**29))\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n"
        "        t7.read_file(path)\n"
        "    except t7.T7Error:\n"
        "        print('refused')\n"
    )
    found = subprocess.run([sys.executable, "-c", code, *map(str, BAD)], capture_output=True, text=True)
    assert found.stderr == ""
    assert found.stdout.count("refused") >= len(BAD) - len(MAY_LOAD)


@pytest.mark.parametrize("name", sorted(IS))
def test_files_of_other_kinds_are_named(name: str) -> None:
    with pytest.raises(t7.T7Error) as caught:
        t7.read_file(CORPUS / "t7" / "bad" / f"{name}.t7")
    assert all(part in str(caught.value) for part in IS[name])


def problem(data: bytes, **options: Any) -> str:
    with pytest.raises(t7.T7Error) as caught:
        t7.read_bytes(data, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "at byte 0: the file is empty"),
        (b"3\r\n1\r\n0\r\n", "line ends were changed"),
        (b"\0\0\0\3\0\0\0\1", "big-endian"),
        (b"\x1bLJ\2\n", "compiled Lua"),
        (b'\x40\0\0\0\0\0\0\0{"__metadata__"', "safetensors"),
        (bytes(257).replace(b"\0", b"x") + b"ustar", "tar archive"),
        (e.table(1, e.number(1.0), e.number(2.0))[:-1], "at byte 28: the file ends within a number"),
        (e.table(1, e.string("a"), e.string("b"), e.NIL, e.TRUE), "the key nil"),
        (e.table(1, *[e.number(i) for i in range(98)], e.number(float("nan")), e.TRUE), "the key nan"),
        (e.table(1, e.number(1), e.integer(5) + e.integer(2)), "a boolean is 2"),
        (e.integer(4) + e.integer(-1), "an object's number is -1"),
        (e.obj(1, "nn.A", e.obj(2, "torch.FancyTensor")), "'torch.FancyTensor'"),
        (e.obj(1, "nn\x07A", e.NIL), "is no class name"),
        (e.obj(1, "", e.NIL), "is no class name"),
        (e.integer(8) + e.integer(1) + e.integer(-4), "the length of a function is negative: -4"),
        (e.obj(1, "tds.Vec", e.long(3), e.TRUE, version="V 0"), "the size of a tds.Vec is 3"),
        (e.obj(1, "tds.Hash", e.long(-3), version="V 0"), "negative"),
        (e.obj(1, "torch.Generator", bytes(100)), "a random generator's state"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, text: str) -> None:
    assert text in problem(data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"1\n1_0\n", "a number should be a number, found b'1_0'"),
        (b"1\nx\n", "at byte 2: a number should be a number"),
        (b"3\n1.5\n", "an object's number should be an integer"),
        (b"3\n1\n99999999999\n", "does not fit 4 bytes"),
        (b"1\n", "the file ends where a number is expected"),
        (b"1\n" + b"1" * 10_000, None),
        (b"4\n1\n3\nV 1\n18\ntorch.ShortStorage\n2\n1 40000\n", "does not fit int16"),
        (b"4\n1\n3\nV 1\n18\ntorch.ShortStorage\n1000\n1 4\n", "cannot hold"),
        (b"4\n1\n3\nV 1\n17\ntorch.LongStorage\n1\n9223372036854775808\n", "does not fit int64"),
        (b"4\n1\n3\nV 1\n18\ntorch.FloatTensor\n", "is no class name"),
        (b"4\n1\n3\nV 1\n17\ntorch.FloatTensor\n1\n99999999999999999999\n1\n1\n", "do not fit 8 bytes"),
    ],
)
def test_what_is_wrong_in_ascii_is_said(data: bytes, text: str | None) -> None:
    if text is None:
        assert t7.read_bytes(data) == float("1" * 64)  # a number is read to its 64th digit and no further
        return
    assert text in problem(data, format="ascii")


def test_a_cut_file_is_refused_wherever_it_is_cut() -> None:
    whole = (CORPUS / "models" / "Linear.t7").read_bytes()
    for size in range(len(whole)):
        with pytest.raises(t7.T7Error):
            t7.read_bytes(whole[:size])


def test_an_ascii_file_cut_within_a_word_is_refused() -> None:
    whole = (CORPUS / "t7" / "views_of_one_storage_ascii.t7").read_bytes()
    for size in range(len(whole) - 2):
        with pytest.raises(t7.T7Error):
            t7.read_bytes(whole[:size])


def test_flipped_bytes_are_read_or_refused() -> None:
    whole = bytearray((CORPUS / "models" / "Linear.t7").read_bytes())
    refused = 0
    for place in range(0, len(whole), 3):
        damaged = whole.copy()
        damaged[place] ^= 0xFF
        try:
            t7.read_bytes(bytes(damaged))
        except t7.T7Error:
            refused += 1
    assert refused > len(whole) // 20


def test_a_table_that_declares_much_and_begins_well_costs_what_it_holds() -> None:
    entry = e.number(1) + e.number(2)
    declared = [e.integer(3) + e.integer(i) + e.integer(2000) + entry * 40 + e.string("k") for i in range(1, 500)]
    tracemalloc.start()
    try:
        assert "key" not in problem(b"".join(declared))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
