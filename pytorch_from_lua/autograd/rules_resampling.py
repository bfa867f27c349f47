"""Maps along single dimensions, and the largest of windows in any number of dimensions.

A map's transpose is a map; to put elements at places and to gather them from there undo each other. So all of these can
be differentiated as often as one likes.
"""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.rule import define

R = KernelFile("resampling")
W = KernelFile("windows")


def _scattered(n: Any, g: Any, e: Any, xs: Any, *, windows: Any) -> Any:
    return n.scatter_planes(g, index=e, shape=xs, dims=len(windows))


define(
    "resample",
    lambda xp, x, *, axes: R.resample(x, axes),
    ("", lambda n, g, *, axes: n.resample(g, axes=R.transposed(axes))),
)
define("window_max", lambda xp, x, *, windows: W.window_max(x, windows), ("e xs", _scattered), extra="output")
define(
    "scatter_planes",
    lambda xp, g, *, index, shape, dims: W.scatter_planes(g, index, shape, dims),
    ("", lambda n, g, *, index, shape, dims: n.gather_planes(g, index=index, dims=dims)),
)
define(
    "gather_planes",
    lambda xp, x, *, index, dims: W.gather_planes(x, index, dims),
    ("xs", lambda n, g, xs, *, index, dims: n.scatter_planes(g, index=index, shape=xs, dims=dims)),
)
define(
    "place_planes",
    lambda xp, x, *, index, shape, dims: W.place_planes(x, index, shape, dims),
    ("", lambda n, g, *, index, shape, dims: n.gather_planes(g, index=index, dims=dims)),
)
