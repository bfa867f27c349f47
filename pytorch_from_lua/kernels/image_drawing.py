"""Lines and letters drawn on pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from pytorch_from_lua.kernels.namespace import Array

#: The letters from the blank to the tilde, as displays of 5 x 7 dots show them: each is five columns from the left, two
#: hexadecimal digits a column, whose lowest bit is the dot on top. Further dots go below the line (bit 7).
_GLYPHS = """
0000000000 00005f0000 0007000700 147f147f14 242a7f2a12 2313086462 3649562050 0008070300 001c224100 0041221c00
2a1c7f1c2a 08083e0808 0080703000 0808080808 0000606000 2010080402 3e5149453e 00427f4000 7249494946 2141494d33
1814127f10 2745454539 3c4a494931 4121110907 3649494936 464949291e 0000140000 0040340000 0008142241 1414141414
0041221408 0201590906 3e415d594e 7c1211127c 7f49494936 3e41414122 7f4141413e 7f49494941 7f09090901 3e41415173
7f0808087f 00417f4100 2040413f01 7f08142241 7f40404040 7f021c027f 7f0408107f 3e4141413e 7f09090906 3e4151215e
7f09192946 2649494932 03017f0103 3f4040403f 1f2040201f 3f4038403f 6314081463 0304780403 6159494d43 007f414141
0204081020 004141417f 0402010204 4040404040 0003070800 2054547840 7f28444438 3844444428 384444287f 3854545418
00087e0902 18a4a49c78 7f08040478 00447d4000 2040403d00 7f10284400 00417f4000 7c04780478 7c08040478 3844444438
fc18242418 18242418fc 7c08040408 4854545424 04043f4424 3c4040207c 1c2040201c 3c4030403c 4428102844 4c9090907c
4464544c44 0008364100 0000770000 0041360800 0201020402
"""
_FIRST, CELL = " ", (8, 6)


@cache
def _font() -> Array:
    """(letters, 8, 6): the dots of all letters, each with its blank column."""
    columns = np.array([[int(word[i : i + 2], 16) for i in range(0, 10, 2)] + [0] for word in _GLYPHS.split()])
    return (columns[:, None, :] >> np.arange(8)[:, None]) & 1 == 1


def letter(character: str) -> Array:
    """Return (8, 6): the dots of a letter; of a question mark where there is no such letter."""
    font, place = _font(), ord(character) - ord(_FIRST)
    found: Array = font[place if 0 <= place < len(font) else ord("?") - ord(_FIRST)]
    return found


def draw_rect(x: Array, corners: tuple[int, int, int, int], width: int, color: Sequence[float]) -> None:
    """Draw the border of a rectangle into ``x`` (3, H, W), centred on its corners (left, top, right, bottom; from 0).

    The corners belong to it. What lies outside of the picture is not drawn.
    """
    left, top, right, bottom = (c - width // 2 for c in corners)
    for rows, cols in (
        ((top, top + width), (left, right + width)),
        ((bottom, bottom + width), (left, right + width)),
        ((top, bottom + width), (left, left + width)),
        ((top, bottom + width), (right, right + width)),
    ):
        part = (slice(max(rows[0], 0), max(rows[1], 0)), slice(max(cols[0], 0), max(cols[1], 0)))
        for plane, value in zip(x, color, strict=True):
            plane[part] = value


def draw_text(
    x: Array,
    text: str,
    left: int,
    top: int,
    size: int,
    color: Sequence[float],
    back: Sequence[float] | None,
    wrap: bool,
) -> None:
    """Draw letters of 5 x 7 dots, ``size`` pixels each, into ``x`` (3, H, W), from the column and row given on.

    A newline, and with ``wrap`` a letter that would cross the right border, begins the next line at the left border.
    ``back`` colours the cells behind the letters.
    """
    height, width = CELL[0] * size, CELL[1] * size
    column, row = left, top
    for character in text:
        if character == "\n" or (wrap and column + width > x.shape[2] and column > 0 and character != "\r"):
            column, row = 0, row + height
        if character in "\n\r":
            continue
        dots = letter(character).repeat(size, 0).repeat(size, 1)
        rows, cols = slice(max(row, 0), row + height), slice(max(column, 0), column + width)
        if row + height > 0 and column + width > 0:
            window = x[:, rows, cols]
            part = dots[rows.start - row :, cols.start - column :][: window.shape[1], : window.shape[2]]
            for i, plane in enumerate(window):
                if back is not None:
                    plane[~part] = back[i]
                plane[part] = color[i]
        column += width
