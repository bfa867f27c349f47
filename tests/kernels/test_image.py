"""The loops over pixels give the bits that numpy gives; pictures of 16 bits keep them all."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua import pictures
from pytorch_from_lua.errors import SerializationError
from pytorch_from_lua.kernels import compiled, image

RANDOM = np.random.RandomState(5)
WORK: dict[str, Any] = {
    **{f"scale {m}": lambda x, m=m: image.scale(image.scale(x, 7, 5, m), 20, 11, m) for m in image.SCALE_MODES},
    **{
        f"scale many rows, {m}": lambda x, m=m: image.scale(image.scale(x, 50, 9, m), 50, 14, m)
        for m in image.SCALE_MODES
    },
    **{f"warp {m}": lambda x, m=m: image.warp(x, FIELD, m, True, True, 0.5) for m in image.WARP_MODES},
    "rotate": lambda x: image.rotate(x, 0.7, "bilinear", 12, 13),
    "polar": lambda x: image.polar(x, 9, 8, "bilinear", True, True),
}
FIELD = RANDOM.randn(2, 12, 13) * 3


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "i2"])
@pytest.mark.parametrize("name", WORK)
def test_loops_and_numpy_agree(monkeypatch: pytest.MonkeyPatch, name: str, dtype: str) -> None:
    x = (RANDOM.rand(3, 12, 13) * 255).astype(dtype)
    before = x.copy()
    found = []
    for setting in ("0", "1"):
        monkeypatch.setattr(compiled, "SETTING", setting)
        monkeypatch.setattr(compiled, "_ready", {})
        found.append(WORK[name](x))
    assert found[0].dtype == found[1].dtype == x.dtype
    assert found[0].tobytes() == found[1].tobytes()
    assert (x == before).all()


def png(rows: Any, color: int, filters: list[int]) -> bytes:
    """A PNG of 16 bits, (H, W, planes), whose lines have these filters."""
    height, width, planes = rows.shape
    raw = rows.astype(">u2").view(np.uint8).reshape(height, width, planes * 2).astype(int)
    lines = b""
    for i, kind in enumerate(filters):
        up = raw[i - 1] if i else raw[0] * 0
        left, corner = (np.concatenate([v[:1] * 0, v[:-1]]) for v in (raw[i], up))
        estimate = left + up - corner
        paeth = np.where(
            (abs(estimate - left) <= abs(estimate - up)) & (abs(estimate - left) <= abs(estimate - corner)),
            left,
            np.where(abs(estimate - up) <= abs(estimate - corner), up, corner),
        )
        guess = (0, left, up, (left + up) // 2, paeth)[kind]
        lines += bytes([kind]) + (raw[i] - guess).astype(np.uint8).tobytes()

    def chunk(word: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + word + data + zlib.crc32(word + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([16, color, 0, 0, 0])
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(("planes", "color"), [(1, 0), (2, 4), (3, 2), (4, 6)])
def test_pictures_of_16_bits(planes: int, color: int) -> None:
    rows = RANDOM.randint(0, 1 << 16, (5, 6, planes)).astype(np.uint16)
    data = png(rows, color, [0, 1, 2, 3, 4])
    found = pictures.decode(data, "it")
    assert found.dtype == np.uint16
    assert (found == rows.transpose(2, 0, 1)).all()
    assert pictures.size_of(data, "it") == (planes, 5, 6)
    with pytest.raises(SerializationError, match="it: a PNG picture that cannot be read"):
        pictures.decode(data[: len(data) // 2], "it")
