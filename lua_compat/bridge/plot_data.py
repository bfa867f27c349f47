"""What a script plots, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lua_compat.bridge.plot_words import Settings, Style

Array = np.ndarray[Any, Any]


@dataclass
class Curve:
    """Columns of numbers, of shape (points, columns), under one name."""

    columns: Array
    name: str
    style: Style


@dataclass
class Surface:
    """Heights over a grid, all three of shape (rows, columns)."""

    x: Array
    y: Array
    z: Array
    name: str
    style: Style


@dataclass
class Image:
    """A matrix as coloured cells, its first row on top."""

    cells: Array


@dataclass
class Panel:
    """One pair or triple of axes and what is drawn in it."""

    solid: bool
    settings: Settings
    layers: list[Curve | Surface | Image] = field(default_factory=list)


@dataclass(eq=False)
class Picture:
    """A figure of a script's.

    Attributes:
        path: the file that it is for; None for a window.
        format: of that file.
        size: in inches.
        layout: rows and columns of a multiplot.
        multiple: whether that is still being filled.
    """

    number: int
    path: str | None
    format: str | None
    size: tuple[float, float] = (6.4, 4.8)
    layout: tuple[int, int] = (1, 1)
    multiple: bool = False
    heading: str = ""
    panels: list[Panel] = field(default_factory=list)
    window: Any = None
