"""Cases of maps along dimensions, and of windows in any number of dimensions."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.kernels.adaptive import average_taps, max_windows
from pytorch_from_lua.kernels.padding import border_taps
from pytorch_from_lua.kernels.pooling_nd import max_pool_windows
from pytorch_from_lua.kernels.upsampling import upsampling_taps


def resampling_cases(Case: Any, n: Any, ints: Any) -> dict[str, list[Any]]:
    """The cases, made of what ``cases.py`` has for all of them."""
    return {
        "resample": [
            Case(n(2, 5), axes=((-1, average_taps(5, 3)),)),
            Case(n(2, 3, 4), axes=((-2, border_taps("reflect", 3, 2, 1)), (-1, upsampling_taps("linear", 4, 7)))),
            Case(n(1, 3, 2), axes=((-2, upsampling_taps("cubic", 3, 5)), (-1, border_taps("circular", 2, -1, 1)))),
        ],
        "window_max": [
            Case(n(2, 5), windows=(max_pool_windows(5, 3, 2, 1, 1, True),)),
            Case(n(1, 2, 3, 4, 4), windows=tuple([max_windows(*sizes) for sizes in ((3, 2), (4, 3), (4, 4))])),
        ],
        "scatter_planes": [Case(n(1, 2, 2), index=ints(0, 3, 3, 1, shape=(1, 2, 2)), shape=(1, 2, 3), dims=2)],
        "gather_planes": [Case(n(1, 2, 3), index=ints(0, 5, 5, 1, shape=(1, 2, 2)), dims=2)],
        "place_planes": [Case(n(1, 2, 2), index=ints(0, 3, 5, 1, shape=(1, 2, 2)), shape=(1, 2, 3), dims=2)],
    }
